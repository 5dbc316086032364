"""Numbers at the ends of float64 are numbers like others: no page, no answer and no document of theirs fails."""

from typing import Any

import pytest

from app.views.catalog import SECTIONS, VIEWS
from tests.web.client import Api

LARGEST = 1.7976931348623157e308


def expression(*lines: str) -> dict[str, Any]:
    return {"kind": "expression", "source": "\n".join(lines)}


def network(**more: Any) -> dict[str, Any]:
    """Two layers, with some numbers of the reader's own."""
    return {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"units": 2, "activation": "tanh"}, {"units": 1}],
        "loss": "half_squared_error",
        "data": {"x": [[0.5, 1.0], [1.0, 0.25]], "y": [[1.0], [0.0]]},
    } | more


CASES = {
    "a step that is nothing": expression("a = 5e-324", "b = abs(a)"),
    "paths too large to be added up": expression("v1 = 1e-308", "v2 = v1/v1", "l = v2+v2"),
    "paths that are infinite both ways": expression("x = 5e-324", "y = 1.0/x - 1.0/x", "l = y*1e308"),
    "a softmax of nothing but one number": expression("x = 2.0", "y = softmax(x)", "l = y*1.0"),
    "nothing beside the number itself": expression("x = [2.0]", "y = log_softmax(x)", "l = sum(y)"),
    "the largest of one": expression("x = [1e308]", "y = max(x, axis=0)", "l = y*y"),
    "the largest number": network(parameters={"W1": [[LARGEST, -LARGEST], [LARGEST, LARGEST]]}),
    "all parameters the largest": network(parameters={"W1": [[LARGEST] * 2] * 2, "b1": [LARGEST] * 2}),
    "numbers next to each other": network(parameters={"W1": [[1e16, 1e16 + 2.0], [1e16, 1e16]]}),
    "the smallest numbers": network(parameters={"W1": [[5e-324, 1e-323], [1.5e-323, 5e-324]]}),
    "squares that are none": network(parameters={"W1": [[1e200, -1e200], [1e-200, 1e-200]]}),
}


@pytest.mark.parametrize("spec", CASES.values(), ids=CASES)
def test_every_view_and_section_of_numbers_at_the_ends_can_be_read(api: Api, spec: dict[str, Any]) -> None:
    made = api.session(spec)
    page = f"/sessions/{made.rpartition('/')[2]}"
    asked = []
    for move in ("backward", "step"):
        assert api.post(f"{made}/{move}").status_code == 200
        asked.append(api.post(f"{made}/check"))
        for node in api.get(made).json()["nodes"]:
            words = {"node": node["id"], "index": ",".join("0" * len(node["shape"]))}
            asked.append(api.get(f"{made}/nodes/{node['id']}", params={"index": words["index"]}))
            asked.append(api.get(page, params=words | {"open": ",".join(SECTIONS)}))
    asked += [api.get(page, params={"view": view}) for view in VIEWS]
    asked += [api.get(page, params={"view": "histograms", "show": "beginnings"})]
    asked += [api.get(f"{page}/derivation{kind}") for kind in ("", ".tex", ".md", ".json")]
    assert {(answer.status_code, str(answer.url)) for answer in asked if answer.status_code >= 400} == set()


def test_a_nan_that_was_given_is_the_cause_wherever_an_infinity_stands(api: Api) -> None:
    made = api.session(network(update_order="sequential"))
    api.patch(f"{made}/nodes/W1", {"index": [0, 0], "value": "Infinity"})
    api.patch(f"{made}/nodes/b1", {"index": [0], "value": "NaN"})
    api.post(f"{made}/step")
    (why,) = [one for one in api.get(f"{made}/nodes/loss").json()["why"] if one["of"] == "value"]
    assert (why["cause"], why["node"], why["index"]) == ("given", "b1", [0])


def test_a_rate_that_grows_beyond_all_numbers_can_be_diagnosed(api: Api) -> None:
    schedule = {"kind": "exponential", "gamma": 1e308}
    made = api.session(network(l2=0.5, optimizer={"kind": "sgd", "learning_rate": 1e-308, "schedule": schedule}))
    assert api.post(f"{made}/step", {"iterations": 3}).status_code == 200
    assert api.get(f"{made}/views/flow").status_code == 200
