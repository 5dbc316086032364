"""What a form would make if it were sent now: said beside the form while a person fills it in."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request

from app.engine.graph import Graph, cost
from app.errors import N_, ChainruleError
from app.layout.layout import GraphLayout
from app.nn.limits import Limits
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.pages.building.fields import Mistake
from app.pages.building.forms import network_form
from app.pages.building.outcome import Flaw, Outcome, flaw, outcome
from app.session.work import check_iteration
from app.views.drawing.miniature import Miniature, miniature
from app.web import language
from app.web.data_fields import TABLE, table_text
from app.web.forms import Fields, field_at, layers_of, place_in_rows, spec_document

MOST_PICTURED = 150
SOURCE = "/source"
IN_ROWS = N_("Line {row}, column {cell}: {what}")


def limits_of(request: Request) -> Limits:
    """The bounds that this application was made with."""
    return request.app.state.settings.limits


def picture_of(request: Request, graph: Graph) -> Miniature | None:
    """The small picture of a graph, unless it is large or Graphviz is busy."""
    if len(graph.nodes) > MOST_PICTURED:
        return None
    layout = request.app.state.layouts.layout_for(graph)
    return miniature(graph, layout) if isinstance(layout, GraphLayout) else None


def problem_from(request: Request, fields: Fields) -> Problem:
    """The problem that a form stands for; refuses what cannot be made."""
    limits = limits_of(request)
    problem = build(parse_spec(spec_document(fields, limits), limits), limits)
    check_iteration(problem, limits.max_work)
    return problem


def outcome_of(request: Request, fields: Fields) -> Outcome | Flaw:
    """What the form would make, or why it makes nothing."""
    return looked_at(request, fields)[0]


def looked_at(request: Request, fields: Fields) -> tuple[Outcome | Flaw, Problem | None]:
    """What the form would make, in words and as a problem; or why it makes nothing, and None."""
    try:
        problem = problem_from(request, fields)
        # Of a network a sketch says more than the small picture of its graph.
        picture = None if problem.batches else picture_of(request, problem.graph)
        return outcome(problem, cost(problem.graph), picture), problem
    except ChainruleError as error:
        return flaw_of(error, fields), None


def flaw_of(error: ChainruleError, fields: Fields) -> Flaw:
    """What was refused, with its line quoted where it is about a line of a text."""
    if is_in_text(error):
        return flaw(language.detail(error), fields.get(SOURCE, ""), error.line, error.column)
    mistake = mistake_of(error, fields)
    found = Flaw(mistake.text, network_form(fields, layers_of(fields)).field(mistake.field))
    if mistake.field != TABLE or error.line is None:
        return found
    quote = flaw("", table_text(fields), error.line, 1).quote
    return replace(found, quote=quote)


def mistake_of(error: ChainruleError, fields: Fields) -> Mistake:
    """What was refused, in the reader's words, at the field that it is about."""
    pointer = SOURCE if is_in_text(error) else error.pointer
    return Mistake(said(error, fields), field_at(pointer, fields))


def is_in_text(error: ChainruleError) -> bool:
    """Whether a refusal points at a line of an expression."""
    return error.line is not None and error.pointer in (None, SOURCE)


def said(error: ChainruleError, fields: Fields) -> str:
    """A refusal in the reader's words; of a pasted number with its line and column."""
    what: dict[str, Any] | None = place_in_rows(error, fields)
    detail = language.detail(error)
    return language.translate(IN_ROWS, what=detail, **what) if what else detail
