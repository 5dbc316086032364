"""What is remembered depends on nothing but what it is remembered by: each part of that is changed, and looked at."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from jinja2 import nodes

from app.engine import flow
from app.engine.plane import Plane
from app.engine.surface import Surface
from app.nn import batches
from app.nn.evaluation import Evaluator
from app.nn.expression import parse
from app.nn.limits import Limits
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.nn.supply import bundled, table
from app.nn.supply.rows import Rows
from app.notation import formulas, symbols
from app.pages import op_gallery
from app.pages.building import features, gallery
from app.pages.tour import notes
from app.session import starts
from app.session.ground import Ground
from app.views import catalog, path_list, published
from app.views.drawing import demonstration
from app.views.net import rank, spread
from app.web import data_fields, language, rendering, urls
from tests.session.problems import MAZUR
from tests.views.graphs import office, preset
from tests.web.forgetting import caches

TEXT = "1;2;3\n4;5;6\n7;8;9\n"
FEW_ROWS = Limits(max_rows=4)
DIAMOND = ((), (0,), (0,), (1, 2))
STEEP = ((0.0, 0.0, 10.0, 10.0), (0.0, 10.0, 10.0, 0.0))
RULE = r"\frac{#g}{#1}"

CACHES: Sequence[tuple[Any, Sequence[tuple]]] = [
    (batches.shuffled, [(5, 0, 0), (6, 0, 0), (5, 1, 0), (5, 0, 1)]),
    (table.read_table, [(TEXT,), (TEXT + "1;2;3",), (TEXT, FEW_ROWS), (TEXT, None, True), (TEXT, None, None, "/data")]),
    (
        data_fields.remembered,
        [(TEXT,), (TEXT + "1;2;3",), (TEXT, FEW_ROWS), (TEXT, None, True), (TEXT, None, None, "A")],
    ),
    (features.feature_map, [("x1", 2), ("x1^2", 2), ("x1", 1)]),
    (
        gallery.thumbnail,
        [("spiral", 60, 0.0, 0), ("moons", 60, 0.0, 0), ("spiral", 60, 0.3, 0), ("spiral", 60, 0.0, 1)],
    ),
    (formulas.formula, [(RULE, ("a",)), ("#1", ("a",)), (RULE, ("b",)), (RULE, ("a",), "y", "h"), (RULE, ("a",), "L")]),
    (formulas.formula, [("#1", ("a",), "y", "g", True), ("#y", ("a",), "y"), ("#y", ("a",), "L")]),
    (symbols.marked, [(RULE, 1), ("#1", 1), (RULE, 2)]),
    (rank.ranking, [(DIAMOND,), (DIAMOND[:3],), (((), (0,), (0,), (1, 1)),)]),
    (spread.label_places, [(STEEP,), (STEEP[:1],)]),
    (op_gallery.op_families, [()]),
    (op_gallery.worked, [("sin",), ("cos",)]),
    (op_gallery.curve, [("sin",), ("cos",)]),
    (published.figure_groups, [("mazur",), ("colah",)]),
    (notes.figures_of, [(name,) for name in list(notes.STOPS)[:2]]),
    (notes.document_of, [(name,) for name in list(notes.STOPS)[:2]]),
    (language.languages, [()]),
    (language.own_name, [("en",), ("zh_Hans",)]),
    (urls.digest, [("icon.svg",), ("js/workspace.js",)]),
]
"""Each cache, and what it is asked: of each part of its key, another one."""
KEYLESS = (rendering.environment, bundled.digits, bundled.iris)
"""What is read from files of the product or of a library: there is nothing to change."""
OTHERS = (published.problem_of, starts.begun, demonstration.drawn, language.catalog)
"""Caches of what cannot be written down; they have tests of their own."""


def test_every_cache_of_the_product_is_looked_at_here() -> None:
    known = {id(cache) for cache, _ in CACHES} | set(map(id, (*KEYLESS, *OTHERS)))
    found = {cache for cache in caches() if hasattr(cache, "cache_clear") and cache.__module__.startswith("app.")}
    assert {cache.__qualname__ for cache in found if id(cache) not in known} == set()


@pytest.mark.parametrize(("cache", "keys"), CACHES)
def test_what_is_remembered_is_what_would_be_made_whoever_asks(cache: Any, keys: Sequence[tuple]) -> None:
    cache.cache_clear()
    for key in keys:
        cache(*key)
    language.speak("zh_Hans")
    try:
        assert [written(cache(*key)) for key in keys] == [written(cache.__wrapped__(*key)) for key in keys]
    finally:
        language.speak(language.DEFAULT)


def written(made: Any) -> str:
    """All of a value, arrays in full."""
    with np.printoptions(threshold=10**9, floatmode="unique"):
        return repr(made)


def test_the_beginnings_of_a_network_are_its_own() -> None:
    one, other = (build(parse_spec(spec)) for spec in (MAZUR, MAZUR | {"data": {"x": [[1.0, 2.0]], "y": [[0.0, 1.0]]}}))
    keys = [(one, 0, "zeros"), (other, 0, "zeros"), (one, 1, "zeros"), (one, 0, "normal")]
    for key in keys:
        starts.begun(*key)
    for key in keys:
        for kept, made in zip(starts.begun(*key), starts.begun.__wrapped__(*key), strict=True):
            assert (kept.initializer, kept.is_own) == (made.initializer, made.is_own)
            assert kept.shown.gradients.tobytes() == made.shown.gradients.tobytes()


def test_the_picture_of_the_first_page_is_that_of_its_example_and_its_layout() -> None:
    with office() as layouts, office() as closed:
        closed.close()
        graphs = {name: published.problem_of(name).graph for name in ("colah", "micrograd")}
        keys = [(name, there.layout_for(graph)) for name, graph in graphs.items() for there in (layouts, closed)]
    for key in keys:
        demonstration.drawn(*key)
    assert [demonstration.drawn(*key) for key in keys] == [demonstration.drawn.__wrapped__(*key) for key in keys]


def test_the_problem_of_an_example_is_its_own() -> None:
    for name in ("colah", "mazur", "colah"):
        kept, made = published.problem_of(name), published.problem_of.__wrapped__(name)
        assert (kept.title, repr(kept.graph), kept.frozen) == (made.title, repr(made.graph), made.frozen)


def test_a_catalog_is_that_of_its_language() -> None:
    said = [language.catalog(name).gettext("Layers") for name in ("en", "zh_Hans", "en")]
    assert said[0] == said[2] == "Layers" != said[1]


def test_a_relief_is_that_of_the_plane_the_points_and_the_numbers_asked_for() -> None:
    graph = parse("a = 3\nb = 2\nc = input(5)\nl = a * b * b + c * a")
    ground, points = Ground(Surface(graph)), np.array([-1.0, 0.0, 1.0])
    first, second, origin, leaves = (
        np.array([1.0, 0.0]),
        np.array([0.0, 1.0]),
        np.array([3.0, 2.0]),
        {"c": np.array(5.0)},
    )
    usual = (Plane(origin, first, second), points, points, leaves)
    asked = [
        usual,
        (Plane(origin + 1, first, second), *usual[1:]),
        (Plane(origin, 2 * first, second), *usual[1:]),
        (Plane(origin, first, 2 * second), *usual[1:]),
        (usual[0], points / 2, points, leaves),
        (usual[0], points, points / 2, leaves),
        (*usual[:3], {"c": np.array(6.0)}),
    ]
    for question in asked:
        ground.relief(*question)
    for question in asked:
        found, alone = ground.relief(*question), Surface(graph).relief(*question)
        assert (found.losses.tobytes(), found.gradient.tobytes()) == (alone.losses.tobytes(), alone.gradient.tobytes())


def test_a_network_answers_as_its_parameters_and_rows_are_however_many_it_was_asked_before() -> None:
    problem = build(parse_spec(MAZUR))
    evaluator, parameters = Evaluator(problem), {id: problem.graph[id].initial for id in problem.parameters}
    rows, moved = Rows(np.ones((3, 2)), np.zeros((3, 2))), parameters | {"b1": np.array([1.0, 2.0])}
    asked = [
        (parameters, rows),
        (moved, rows),
        (parameters, Rows(rows.x * 2, rows.y)),
        (parameters, Rows(rows.x, rows.y + 1)),
        (parameters, Rows(rows.x[:2], rows.y[:2])),
    ]
    for question in asked:
        evaluator.score(*question)
    assert [evaluator.score(*one) for one in asked] == [Evaluator(problem).score(*one) for one in asked]


@pytest.mark.parametrize("found", [catalog.views_for, path_list.counted, flow.layers])
def test_what_follows_from_a_graph_is_its_own(found: Any) -> None:
    for graph in map(preset, ("colah", "mazur", "article", "colah")):
        found(graph)
        assert written(found(graph)) == written(found.__wrapped__(graph))


def test_templates_say_nothing_where_their_macros_are_remembered() -> None:
    """Jinja runs an imported template once, in the language of whoever came first, unless it is given the context."""
    environment = rendering.environment()
    sources = {
        name: environment.loader.get_source(environment, name)[0] for name in environment.list_templates(["html"])
    }
    trees = {name: environment.parse(source) for name, source in sources.items()}
    imported = {
        found.template.value
        for tree in trees.values()
        for found in tree.find_all((nodes.FromImport, nodes.Import))
        if not found.with_context
    }
    assert imported
    outside = {name: [node for node in trees[name].body if not is_silent(node)] for name in imported}
    assert {name: found for name, found in outside.items() if found} == {}


def is_silent(node: nodes.Node) -> bool:
    """Whether a node of a template is a macro, an import or plain text."""
    is_text = isinstance(node, nodes.Output) and all(isinstance(part, nodes.TemplateData) for part in node.nodes)
    return is_text or isinstance(node, nodes.Macro | nodes.FromImport)
