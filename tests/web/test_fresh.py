"""Whatever a server has shown before, each of its pages is the one that a server shows which has just begun.

Of each family the first and another one, which differ in one respect, are shown after each other in both orders.
`CHAINRULE_TWINS=200 pytest tests/web/test_fresh.py` tries more of them, and so many pairs drawn at random.
"""

import copy
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import cycle
from typing import Any

import httpx
import pytest

from app.export.formats import FORMATS
from app.layout.layout import GraphLayout, Pending
from app.layout.layout_process import LayoutProcess
from app.layout.layouts import Layouts
from app.nn.presets import PRESETS
from app.views.catalog import SECTIONS, VIEWS, views_for
from tests.web.client import Api
from tests.web.forgetting import forget

PATIENCE = 60.0
TWINS = int(os.environ.get("CHAINRULE_TWINS", "0"))
FEW = 2
LITTLE_WORK = 3_000_000
"""Enough for every page, and landscapes of few points."""
LARGE = 80
"""Nodes from which on only what shows them all is looked at."""

UNFOLDED = {"layers": "open=layer1", "histograms": "show=beginnings"}

Spec = dict[str, Any]
Pages = dict[str, str]
Visit = Callable[[Api], Pages]
"""Somebody who comes to a server, and all that is shown to them, by address."""
Server = Callable[..., AbstractContextManager[Api]]


def session(spec: Spec, language: str = "en") -> Visit:
    """Somebody who makes a session and looks at everything there is to see of it, two iterations on."""
    return partial(pages, spec=spec, headers={"accept-language": language})


def asked(address: str, form: dict[str, str] | None = None, language: str = "en", **changed: str) -> Visit:
    """Somebody who asks for one page, or sends a form."""
    headers = {"accept-language": language, "hx-request": "true"} if form else {"accept-language": language}
    sent = {**form, **{f"/data/{key}": text for key, text in changed.items()}} if form else None
    method = "POST" if form else "GET"
    return lambda api: {address: api.request(method, address, data=sent, headers=headers).text}


def pages(api: Api, spec: Spec, headers: dict[str, str]) -> Pages:
    """All pages of a new session; what differs from one session to the next, its id, is left out."""
    id = api.post("/api/sessions", spec, headers=headers).json()["id"]
    api.post(f"/api/sessions/{id}/step", {"iterations": 2})
    copied = api.post(f"/api/sessions/{id}/fork").json()["id"]
    graph = api.app.state.sessions.backward(id).graph

    async def looked(client: httpx.AsyncClient) -> Pages:
        found = {}
        for address in addresses(graph):
            answer = await client.get(address.replace("ID", id).replace("COPY", copied), headers=headers)
            found[address] = f"{answer.status_code} {answer.text}".replace(id, "ID").replace(copied, "COPY")
        return found

    return api.together(looked)


def addresses(graph: Any) -> list[str]:
    """Where a session is to be seen. The picture that is saved as SVG or PNG is the one on the page."""
    views, leaf = [view.name for view in views_for(graph)], graph.nodes[0]
    index = ",".join("0" for _ in leaf.shape)
    if len(graph.nodes) > LARGE:
        return [f"/sessions/ID?view={name}&node={leaf.id}" for name in views if name in ("graph", "net", "layers")]
    return [
        "/api/sessions/ID",
        *(f"/sessions/ID?view={name}" for name in views),
        *(f"/api/sessions/ID/views/{name}" for name in views if VIEWS[name].build),
        f"/sessions/ID?node={leaf.id}&open={','.join(SECTIONS)},branch",
        f"/api/sessions/ID/nodes/{leaf.id}?index={index}",
        *(f"/api/sessions/ID/nodes/{leaf.id}/{name}?index={index}" for name in SECTIONS),
        *(f"/sessions/ID?view={name}&{word}" for name, word in UNFOLDED.items() if name in views),
        "/sessions/ID/derivation",
        "/sessions/ID/derivation.tex",
        *(f"/sessions/ID/export/{name}" for name in FORMATS),
        "/compare/ID/COPY",
    ]


def written(*lines: str) -> Visit:
    return session({"kind": "expression", "source": "\n".join(lines)})


def worked(name: str) -> Visit:
    return session({"kind": "preset", "name": name})


def net(language: str = "en", layer: Spec | None = None, **changed: Any) -> Visit:
    """A small network with some keys of its spec changed, or of its first layer."""
    hidden = {"kind": "dense", "units": 3, "activation": "tanh"} | (layer or {})
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [hidden, {"kind": "dense", "units": 1}],
        "loss": "mean_squared_error",
        "data": {"x": [[0.5, 1.0], [-1.0, 0.25], [2.0, -0.5]], "y": [[1.0], [0.0], [0.5]]},
    }
    return session(spec | changed, language)


def rows(count: int) -> Visit:
    numbers = [number / count for number in range(count)]
    return net(data={"x": [[number, 1.0] for number in numbers], "y": [[number] for number in numbers]})


SPIRAL = {"/kind": "layers", "/data/from": "dataset", "/data/dataset": "spiral", "/loss": "cross_entropy"}
SPIRAL |= {"/layers/0/kind": "dense", "/layers/0/units": "3", "/data/samples": "60"}
TABLE = SPIRAL | {"/data/from": "csv", "/data/csv": "1;2;3\n4;5;6\n7;8;9\n4;5;3\n"}

FAMILIES: dict[str, Sequence[Visit]] = {
    "expression": [
        written("u = 2", "v = 3", "w = u * v", "l = sin(w) + 4 * u"),
        written("u = 2", "v = 3", "w = u + v", "l = sin(w) + 4 * u"),
        written("u = 2", "v = 3", "w = u - v", "l = sin(w) + 4 * u"),
        written("u = 2", "v = 3", "w = u / v", "l = sin(w) + 4 * u"),
        written("u = 2", "v = 3", "w = u * v", "l = cos(w) + 4 * u"),
        written("u = 2", "t = 3", "w = u * t", "l = sin(w) + 4 * u"),
    ],
    "shape": [written(f"x = {[[1, 2]] * count}", "w = [[1, 2]]", "l = sum(x * w)") for count in (41, 57)],
    "illness": [worked("vanishing-sigmoid"), worked("vanishing-relu")],
    "homework": [worked("homework-sigmoid"), worked("homework-relu")],
    "language": [net(), net("zh")],
    "network": [
        net(),
        net(layer={"activation": "sigmoid"}),
        net(frozen=["b1"]),
    ],
    "first page": [asked("/"), asked("/", language="zh")],
    "op gallery": [asked("/ops"), asked("/ops", language="zh")],
    "example": [asked("/presets/homework-sigmoid"), asked("/presets/homework-relu"), asked("/presets/mazur")],
    "typed expression": [
        asked("/expression/check", {"/source": f"u = 2\nv = 3\nw = u {sign} v"}, language)
        for sign, language in (("*", "en"), ("+", "en"), ("*", "zh"))
    ],
    "typed network": [
        asked("/build/check", SPIRAL),
        asked("/build/check", SPIRAL, noise="0.3"),
        asked("/build/check", SPIRAL, samples="80"),
        asked("/build/check", SPIRAL, seed="1"),
        asked("/build/check", SPIRAL, language="zh"),
        asked("/build/check", SPIRAL, dataset="circle"),
    ],
    "typed table": [
        asked("/build", TABLE),
        asked("/build", TABLE, header="true"),
        asked("/build", TABLE, task="regression"),
        asked("/build", TABLE, csv="1;2;3\n4;5;6\n7;8;9\n4;5;6\n"),
    ],
}
MORE: dict[str, Sequence[Visit]] = {
    "expression": [
        written("u = 2", "v = 3", "w = u * v", "l = sin(w) + 4 * u"),
        written("u = 2", "v = 3", "w = v * u", "l = sin(w) + 4 * u"),
        written("u = 2", "v = 3", "w = u * v", "l = sin(w) + 5 * u"),
        written("u = 2", "v = -3", "w = u * v", "l = sin(w) + 4 * u"),
        written("u = 2", "v = input(3)", "w = u * v", "l = sin(w) + 4 * u"),
    ],
    "attribute": [written("x = [[1, 2], [3, 4]]", f"l = sum(sum(x * x, axis={axis}) ** 3)") for axis in (0, 1)],
    "rows": [rows(41), rows(57)],
    "network": [
        net(),
        net(optimizer={"kind": "adam", "learning_rate": 0.1}),
        net(update_order="sequential"),
        net(batch_size=2),
        net(layer={"bias": False}),
        net(layer={"dropout": 0.5}),
        net(layer={"units": 4}),
        net(loss="half_squared_error"),
        net(optimizer={"kind": "sgd", "learning_rate": 0.2}),
        net(optimizer={"kind": "sgd", "learning_rate": 0.1, "momentum": 0.5}),
        net(seed=1),
        net(initializer="he_normal"),
        net(l2=0.1),
        net(data={"x": [[0.5, 1.0], [-1.0, 0.25], [2.0, -0.5]], "y": [[1.0], [0.0], [0.25]]}),
    ],
    "example": [worked(name) for name in ("mazur", "mazur-biases", "article", "colah", "micrograd") if name in PRESETS],
}


class Patient(Layouts):
    """Layouts that are waited for, so that a busy machine changes no page."""

    def layout_for(self, graph: Any, focus: str | None = None, patience: float = PATIENCE) -> GraphLayout | Pending:
        return super().layout_for(graph, focus, PATIENCE)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Makes servers that have just begun. They share what runs Graphviz, which remembers nothing."""
    processes = [LayoutProcess(), LayoutProcess()]

    @contextmanager
    def begun(**settings: Any) -> Iterator[Api]:
        forget()
        api = Api(tmp_path_factory.mktemp("store"), **{"max_work": LITTLE_WORK} | settings)
        turns = cycle(processes)
        api.app.state.layouts = Patient(lambda: next(turns), PATIENCE)
        yield api
        api.runner.close()
        api.app.state.store.close()

    yield begun
    for process in processes:
        process.close()


def check(server: Server, visits: Sequence[Visit]) -> None:
    """Show the first before all others, and each of them before the first."""
    with server() as api:
        first, *seen = [visit(api) for visit in visits]
    for visit, later in zip(visits[1:], seen, strict=True):
        with server() as api:
            alone, again = visit(api), visits[0](api)
        assert (unlike(later, alone), unlike(again, first)) == ([], [])


def unlike(shown: Pages, expected: Pages) -> list[str]:
    """The addresses at which something else is shown than expected."""
    return [address for address in {**expected, **shown} if shown.get(address) != expected.get(address)]


TRIED = FAMILIES | {f"more {name}": visits for name, visits in MORE.items() if TWINS}


@pytest.mark.parametrize("name", TRIED)
def test_what_differs_in_one_respect_is_shown_as_by_a_server_that_has_just_begun(name: str, server: Server) -> None:
    check(server, TRIED[name])


@pytest.mark.parametrize("seed", range(TWINS or FEW))
def test_expressions_drawn_at_random_that_differ_in_one_word_are_shown_as_well(seed: int, server: Server) -> None:
    check(server, [written(*lines) for lines in twins(random.Random(seed))])


WORDS = ({"+", "-", "*"}, {"sin", "cos", "tanh", "sigmoid", "exp"}, {"2", "3", "0.5"})


def twins(chance: random.Random) -> tuple[list[str], list[str]]:
    """Two expressions: ops and numbers drawn, and in the second one of these words replaced by another of its kind."""
    names = ["a", "b"]
    lines = [["a", "=", "2"], ["b", "=", "input(", "3", ")"]]
    for place in range(chance.randrange(1, 5)):
        left, right = chance.choice(names), chance.choice([*names, "2", "3"])
        sign, function = chance.choice("+-*"), chance.choice(["sin", "cos", "tanh", "sigmoid"])
        names.append(f"n{place}")
        lines.append([names[-1], "=", function, "(", left, sign, right, ")"])
    other = copy.deepcopy(lines)
    line, at, kind = chance.choice(
        [(line, at, kind) for line in other for at, word in enumerate(line) for kind in WORDS if word in kind]
    )
    line[at] = chance.choice(sorted(kind - {line[at]}))
    return [" ".join(line) for line in lines], [" ".join(line) for line in other]


def test_a_server_with_other_limits_refuses_by_its_own(server: Server) -> None:
    table = asked("/build", TABLE)
    with server(max_rows=3) as strict, server(max_rows=4) as generous:
        own = [table(api) for api in (generous, strict)]
        assert own == [table(api) for api in (generous, strict)]
        assert "CHAINRULE_MAX_ROWS" in own[1]["/build"] and "CHAINRULE_MAX_ROWS" not in own[0]["/build"]


def test_what_is_shown_of_a_worked_example_does_not_change_it(server: Server) -> None:
    with server() as api:
        worked("homework-relu")(api)
        asked("/presets/homework-relu")(api)
    preset = PRESETS["homework-relu"]
    assert preset.spec == preset.make()
