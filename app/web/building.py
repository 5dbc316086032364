"""The form for a network, for the handlers: what it shows of what was typed, and what its buttons change in it."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from app.errors import ChainruleError
from app.nn.limits import Limits
from app.nn.problem import Problem
from app.nn.supply.datasets import DATASETS
from app.nn.supply.preparation import inputs_of
from app.nn.supply.preview import class_counts
from app.pages.building.about import About, about
from app.pages.building.features import switches
from app.pages.building.fields import Mistake
from app.pages.building.forms import NEW_LAYER, START, NetworkForm, network_form
from app.pages.building.gallery import cards, samples_of
from app.pages.building.outcome import Flaw, Outcome
from app.pages.building.pictures import STAMPS
from app.pages.building.suggestions import Demand, demand_of, fitted
from app.pages.building.table import TableView, table_view
from app.web.data_fields import (
    COLUMNS,
    DECIMAL,
    DOCUMENTS,
    FEATURE,
    HEADER,
    INPUT,
    PREVIOUS,
    TABLE,
    TARGET,
    TASK,
    features_of,
    forgetting,
    roles_of,
    signature,
    table_preview,
    table_text,
)
from app.web.forms import Fields, layers_of, with_layer_added, with_layers, without_layer
from app.web.outcomes import limits_of, looked_at, problem_from

SUGGESTED = "/suggested"


@dataclass(frozen=True)
class Given:
    """What the data of a form are, apart from any network: their columns, and what they ask of a network."""

    columns: tuple[str, ...]
    demand: Demand
    table: TableView | None = None
    image: tuple[int, int] | None = None


def network_context(request: Request, typed: Fields, mistake: Mistake | None = None) -> dict[str, Any]:
    """The network form, what it makes as filled in, and its data as pictures."""
    given = given_data(typed, limits_of(request))
    fields = {**typed, "/kind": "layers"}
    check, problem = looked_at(request, fields)
    form = network_form(typed, layers_of(typed), mistake or table_mistake(typed, given, check))
    return {
        "network": form,
        "network_check": None if is_waiting(typed, mistake) else check,
        "suggested": typed.get(SUGGESTED, ""),
        "gallery": cards(typed, typed.get("/data/dataset")),
        "takes_noise": takes_noise(typed, form),
        "features": switches(given.columns, features_of(typed, given.columns)) if given else (),
        "table": given.table if given else None,
        "inputs": inputs_shown(typed, given),
        "image": given.image if given else None,
        "about": about_data(request, fields, problem, given),
        "stamps": STAMPS,
        "most_bytes": request.app.state.settings.max_body_bytes,
    }


def is_waiting(typed: Fields, mistake: Mistake | None) -> bool:
    """Whether a table is still to be pasted: nothing is wrong yet."""
    is_empty = typed.get("/data/from") == "csv" and not table_text(typed).strip()
    return is_empty and mistake is None and "read" not in typed


def table_mistake(typed: Fields, given: Given | None, check: Outcome | Flaw) -> Mistake | None:
    """Why a table that was to be read cannot be trained on, to be said beside its text; None where cells say it."""
    is_about_table = isinstance(check, Flaw) and check.field is not None and check.field.name == TABLE
    was_asked = "read" in typed or bool(table_text(typed).strip())
    are_listed = given is not None and given.table is not None and given.table.flaws
    return Mistake(check.text, TABLE) if is_about_table and was_asked and not are_listed else None


def inputs_shown(typed: Fields, given: Given | None) -> tuple[str, ...]:
    """The names of what enters the network, as far as the data say it."""
    if given is None:
        return ()
    features = features_of(typed, given.columns)
    return inputs_of(given.columns, features)


def takes_noise(typed: Fields, form: NetworkForm) -> bool:
    """Whether the chosen data set can be made with noise."""
    row = DATASETS.get(typed.get("/data/dataset", ""))
    return row is None or row.takes_noise


def given_data(typed: Fields, limits: Limits) -> Given | None:
    """The data that a form holds; None where they cannot be told yet."""
    source = typed.get("/data/from", "")
    if source == "csv":
        return given_table(typed, limits)
    row = DATASETS.get(typed.get("/data/dataset", "")) if source == "dataset" else None
    if row is None:
        return None
    samples = samples_of(row, typed)
    demand = Demand(row.task, len(row.classes or ()), len(row.columns), samples, row.name)
    return Given(row.columns, demand, image=row.image)


def given_table(typed: Fields, limits: Limits) -> Given | None:
    """A pasted table with its roles, or None where there is none or it cannot be read."""
    text = table_text(typed)
    try:
        preview = table_preview(typed, limits)
    except ChainruleError:
        return None
    table, (target, inputs) = preview.table, roles_of(typed, preview)
    task = typed.get(TASK, "").strip() or preview.task
    classes = class_counts(table, table.names.index(target)) if task == "classification" else ()
    view = table_view(preview, text, target, inputs, classes, signature(preview))
    return Given(tuple(inputs), Demand(task, len(classes), len(inputs), preview.rows), view)


def about_data(request: Request, fields: Fields, problem: Problem | None, given: Given | None) -> About | None:
    """The data as they are to be trained on, even while the network around them cannot be made."""
    if problem is None and given is not None:
        # The data alone, with a network that surely takes them.
        problem = try_problem(request, suggested(without_network(fields), given.demand))
    return about(problem) if problem is not None and problem.raw else None


def without_network(fields: Fields) -> dict[str, str]:
    """The fields of the data alone."""
    return {name: text for name, text in fields.items() if name == "/kind" or name.startswith("/data/")}


def try_problem(request: Request, fields: Fields) -> Problem | None:
    """What a form makes, or None where it makes nothing."""
    try:
        return problem_from(request, fields)
    except ChainruleError:
        return None


def start(dataset: str | None = None, source: str | None = None) -> dict[str, str]:
    """What the form begins with, for a data set by name, or for data from elsewhere."""
    begun = dict(START) | {SUGGESTED: Demand("classification", name="spiral").text}
    if source in DOCUMENTS:
        return begun | {"/data/from": source}
    return chosen(begun, dataset) if dataset in DATASETS else begun


def changed(request: Request, typed: dict[str, str]) -> dict[str, str]:
    """The form after one of its buttons: a layer more or less, another data set, a table that was read."""
    typed = dict(forgetting(typed, limits_of(request)))
    if "say" in typed:
        return table_said(request, typed)
    if "remove" in typed:
        return without_layer(typed, typed["remove"])
    if "add" in typed:
        return with_layer_added(typed, NEW_LAYER)
    if "choose" in typed:
        return chosen(typed, typed["choose"])
    if "read" in typed:
        return table_read(request, typed)
    return typed


def chosen(typed: dict[str, str], name: str) -> dict[str, str]:
    """The form with another data set, and with a network that fits it where none was made by hand."""
    old, new = DATASETS.get(typed.get("/data/dataset", "")), DATASETS.get(name)
    if new is None:
        return typed | {"/data/from": "dataset", "/data/dataset": name}
    kept = {name: text for name, text in typed.items() if not FEATURE(name)} if changes_columns(old, new) else typed
    kept = dict(kept) | {"/data/from": "dataset", "/data/dataset": name}
    if old is None or typed.get("/data/samples", "") in ("", str(old.samples)) or new.most:
        kept["/data/samples"] = str(new.samples)
    given = given_data(kept, Limits())
    return suggested(kept, given.demand)


def changes_columns(old: Any, new: Any) -> bool:
    """Whether features chosen for one data set mean nothing for another."""
    return old is None or len(old.columns) != len(new.columns)


def ready(request: Request, typed: dict[str, str]) -> dict[str, str]:
    """The form as it would be opened: a table that was never read is read first, so that the network fits it."""
    if typed.get("/kind") != "layers" or typed.get("/data/from") != "csv":
        return typed
    typed = dict(forgetting(typed, limits_of(request)))
    given = given_data(typed, limits_of(request))
    is_known = given is None or given.table is None or given.table.signature == typed.get(COLUMNS)
    return typed if is_known else table_read(request, typed)


def table_said(request: Request, typed: dict[str, str]) -> dict[str, str]:
    """The form after a button that says how its table is to be read; the columns keep their roles, by their numbers."""
    name, _, value = typed["say"].partition("=")
    said = typed | {name: value} if name in (HEADER, DECIMAL) else typed
    given = given_data(said, limits_of(request))
    is_known = given is not None and given.table is not None and COLUMNS in typed
    return table_read(request, said | {COLUMNS: given.table.signature} if is_known else said)


def table_read(request: Request, typed: dict[str, str]) -> dict[str, str]:
    """The form with a network that fits the pasted table, its roles chosen or guessed."""
    given = given_data(typed, limits_of(request))
    if given is None or given.table is None:
        return typed
    before = demand_of(typed.get(SUGGESTED, ""))
    # Features chosen for so many columns would leave one of more columns out.
    is_as_wide = before is not None and before.inputs == given.demand.inputs
    roles = {name: text for name, text in typed.items() if not INPUT(name) and (is_as_wide or not FEATURE(name))}
    roles |= {f"/data/inputs/{column.number}": "true" for column in given.table.columns if column.is_input}
    roles[TARGET] = roles[PREVIOUS] = str(next(column.number for column in given.table.columns if column.is_target))
    return suggested(roles | {COLUMNS: given.table.signature}, given.demand)


def suggested(typed: dict[str, str], demand: Demand) -> dict[str, str]:
    """The form with a network that can learn these data; what a person changed stays where it can."""
    changes, has_layers = fitted(typed, layers_of(typed), demand_of(typed.get(SUGGESTED, "")), demand)
    return (with_layers(typed, []) if has_layers else typed) | changes | {SUGGESTED: demand.text}
