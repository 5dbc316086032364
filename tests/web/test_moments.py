"""What is on the screen is a function of the spec, the edits and the cursor: the way to a moment leaves no trace in it.

A run that went on from a moment shows in one place only: the curves, which are drawn as far as it is known.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.views.catalog import VIEWS
from tests.web.client import CHAIN, MAZUR, Api

ARTICLE = {"kind": "preset", "name": "article"}
TRAINED = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"units": 3, "activation": "relu"}, {"units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {"dataset": "circle", "samples": 40, "validation_fraction": 0.2, "test_fraction": 0.2, "seed": 1},
    "optimizer": {"kind": "adam", "learning_rate": 0.05},
    "batch_size": 8,
}
PERSON = {"accept": "text/html", "accept-language": "en"}
OF_THE_RUN = re.compile(r'<figure [^>]*id="(?:curve|chart-loss|chart-accuracy)".*?</figure>', re.DOTALL)
OF_THE_CALLS = re.compile(
    r'(name="version" value=|name="drawn" value=|data-version=|data-of=|id="second-)"?\d+| disabled(?=><span>Redo)'
)
FIRST = [name for name in VIEWS if name != "check"]
"""The check computes the whole iteration: it is looked at last, so that it cannot hide what others do alone."""

Way = Callable[[Api, str, int, int, int], None]


def go(api: Api, session: str, iteration: int, position: int) -> None:
    answer = api.post(f"{session}/move", {"iteration": iteration, "position": position})
    assert answer.status_code == 200, answer.text


def straight(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    if (iteration, position) != (0, 0):
        go(api, session, iteration, position)


def step_by_step(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    for _ in range(iteration * (length + 1) + position):
        assert api.post(f"{session}/move", {"by": "op"}).status_code == 200


def and_back(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    straight(api, session, iteration, position, length)
    api.post(f"{session}/move", {"by": "op"})
    api.post(f"{session}/move", {"by": "op", "count": -1})


def from_the_end(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    go(api, session, iteration, length)
    go(api, session, iteration, position)


def after_a_check(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    straight(api, session, iteration, position, length)
    assert api.post(f"{session}/check").status_code == 200


def after_an_edit(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    straight(api, session, iteration, position, length)
    parameter = api.get(session).json()["parameters"][0]
    value = next(node["value"] for node in api.get(session).json()["nodes"] if node["id"] == parameter)
    assert api.patch(f"{session}/nodes/{parameter}", {"value": value}).status_code == 200
    assert api.post(f"{session}/undo").status_code == 200


def after_a_run(api: Api, session: str, iteration: int, position: int, length: int) -> None:
    go(api, session, iteration + 7, length)
    go(api, session, iteration, position)


WAYS: dict[str, Way] = {
    way.__name__: way for way in (step_by_step, and_back, from_the_end, after_a_check, after_an_edit, after_a_run)
}


def seen(api: Api, session: str) -> Iterator[tuple[str, Any]]:
    """All that is shown of a moment, but for its curves."""
    id = session.rpartition("/")[2]
    for view in (*FIRST, "check"):
        answer = api.get(f"{session}/views/{view}")
        if answer.status_code == 200:
            yield f"{view} as JSON", without_curves(answer.json())
        page = api.get(f"/sessions/{id}", params={"view": view, "open": "update,paths,nudge,layer"}, headers=PERSON)
        assert page.status_code == 200
        yield view, OF_THE_CALLS.sub("", OF_THE_RUN.sub("", page.text.replace(id, "")))


def without_curves(document: dict[str, Any]) -> dict[str, Any]:
    """A view's answer without how far its run is known: the curves, and to where the strips have room."""
    charts = [
        {line["kind"]: (line["now"], points(line, chart["iteration"])) for line in chart["lines"]}
        for chart in document.get("charts", [])
    ]
    strips = [{"reads": strip["reads"], "iteration": strip["iteration"]} for strip in document.get("strips", [])]
    return document | ({"charts": charts} if charts else {}) | ({"strips": strips} if strips else {})


def points(line: dict[str, Any], iteration: int) -> list[tuple[int, float]]:
    """The points of a curve before this iteration."""
    return [pair for pair in zip(line["at"], line["values"], strict=True) if pair[0] < iteration]


@pytest.mark.parametrize(
    ("spec", "iteration", "position"),
    [
        (CHAIN, 0, 0), (CHAIN, 0, 2), (CHAIN, 1, 5), (MAZUR, 0, 4), (MAZUR, 2, 10), (ARTICLE, 0, 11), (ARTICLE, 1, 3),
        (ARTICLE, 1, 22), (TRAINED, 0, 6), (TRAINED, 3, 0), (TRAINED, 3, 8),
    ],
)  # fmt: skip
def test_a_moment_is_the_same_whatever_way_led_to_it(
    api: Api, spec: dict[str, Any], iteration: int, position: int
) -> None:
    first = api.session(spec)
    length = api.get(first).json()["cursor"]["length"]
    straight(api, first, iteration, position, length)
    expected = dict(seen(api, first))
    for name, way in WAYS.items():
        session = api.session(spec)
        way(api, session, iteration, position, length)
        found = dict(seen(api, session))
        differing = {what for what in expected if stripped(found[what]) != stripped(expected[what])}
        assert (name, differing) == (name, set())


def stripped(shown: Any) -> Any:
    """A page of the flow without its strips, which are as wide as the run is long."""
    return (
        re.sub(r'<section class="flow-time".*?</section>', "", shown, flags=re.DOTALL)
        if isinstance(shown, str)
        else shown
    )


@pytest.mark.parametrize("way", [after_a_check, and_back, from_the_end, after_a_run])
def test_before_the_gradients_there_is_no_strip_of_them(api: Api, way: Way) -> None:
    session = api.session(ARTICLE)
    way(api, session, 0, 11, 23)
    flow = api.get(f"{session}/views/flow").json()
    page = api.get(f"/sessions/{session.rpartition('/')[2]}?view=flow", headers=PERSON).text
    assert not flow["is_measured"] and flow["strips"] == []
    assert "Nothing is measured yet" in page and 'class="flow-strip' not in page


def test_a_strip_ends_where_the_moment_is_and_says_so(api: Api) -> None:
    session = api.session(ARTICLE)
    go(api, session, 9, 23)
    go(api, session, 4, 23)
    strip = api.get(f"{session}/views/flow").json()["strips"][0]
    assert (strip["reads"][0]["at"], strip["last"], strip["width"]) == ([0, 1, 2, 3, 4], 9, 50.0)
    page = api.get(f"/sessions/{session.rpartition('/')[2]}?view=flow", headers=PERSON).text
    assert "blank: later than this moment" in page and "pale: later than this moment" in page


def test_the_check_says_that_its_gradients_are_not_those_of_the_moment(api: Api) -> None:
    session = api.session()
    id = session.rpartition("/")[2]
    said = "computed for this check"
    assert said in api.get(f"/sessions/{id}?view=check", headers=PERSON).text
    api.post(f"{session}/backward")
    assert said not in api.get(f"/sessions/{id}?view=check", headers=PERSON).text
