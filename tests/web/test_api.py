"""The API as it is promised: sessions, moves, edits, explanations, numbers."""

import asyncio
import json
import math

import pytest

from tests.web.client import CHAIN, MAZUR, Api, node, problem

KEYS = {"id", "version", "title", "spec", "cursor", "loss", "losses"}
KEYS |= {"first_non_finite", "parameters", "frozen", "nodes"}


def test_a_session_answers_with_its_address_and_every_promised_key(api: Api) -> None:
    answer = api.post("/api/sessions", MAZUR)
    made = answer.json()
    assert answer.status_code == 201 and answer.headers["location"] == f"/api/sessions/{made['id']}"
    assert set(made) >= KEYS and made["spec"] == MAZUR
    assert made["cursor"] == {"iteration": 0, "phase": "start", "position": 0, "length": 17, "node": None}
    assert (made["loss"], made["losses"], made["version"]) == (None, [], 1)


def test_a_session_reads_back_as_it_was_answered(api: Api) -> None:
    answer = api.post("/api/sessions", CHAIN)
    assert api.get(answer.headers["location"]).json() == answer.json()


def test_what_is_not_computed_yet_is_null_and_a_leaf_has_its_number(api: Api) -> None:
    answer = api.get(api.session())
    assert node(answer, "z1")["value"] is None and node(answer, "W1")["gradient"] is None
    assert node(answer, "W1")["value"] == [[0.15, 0.2], [0.25, 0.3]]


def test_forward_backward_and_step_go_to_the_ends_of_the_phases(api: Api) -> None:
    session = api.session(CHAIN)
    moments = [api.post(f"{session}/{verb}").json()["cursor"] for verb in ("forward", "backward", "step")]
    assert [moment["phase"] for moment in moments] == ["forward", "backward", "update"]
    assert [moment["position"] for moment in moments] == [3, 8, 9]
    assert api.get(session).json()["version"] == 4


def test_many_iterations_are_finished_at_once(api: Api) -> None:
    session = api.session()
    answer = api.post(f"{session}/step", {"iterations": 20}).json()
    assert answer["cursor"]["iteration"] == 19 and len(answer["losses"]) == 20
    assert answer["losses"][0] == pytest.approx(0.298371109, abs=1e-9)


def test_a_move_goes_by_ops_back_and_straight_to_a_moment(api: Api) -> None:
    session = api.session(CHAIN)
    assert api.post(f"{session}/move", {"by": "op", "count": 2}).json()["cursor"]["node"] == "d"
    assert api.post(f"{session}/move", {"by": "op", "count": -1}).json()["cursor"]["node"] == "c"
    assert api.post(f"{session}/move", {"by": "phase"}).json()["cursor"]["position"] == 3
    assert api.post(f"{session}/move", {"iteration": 3, "position": 1}).json()["cursor"]["iteration"] == 3


def test_moving_there_and_back_gives_the_same_bits(api: Api) -> None:
    session = api.session()
    before = api.post(f"{session}/move", {"iteration": 4, "position": 9}).json()["nodes"]
    api.post(f"{session}/move", {"by": "iteration", "count": 5})
    assert api.post(f"{session}/move", {"iteration": 4, "position": 9}).json()["nodes"] == before


def test_an_edit_sets_one_number_and_undo_and_redo_take_it_back_and_bring_it_back(api: Api) -> None:
    session = api.session()
    api.post(f"{session}/backward")
    edited = api.patch(f"{session}/nodes/W1", {"index": [0, 1], "value": 0.7})
    assert node(edited, "W1")["value"] == [[0.15, 0.7], [0.25, 0.3]] and edited.json()["cursor"]["position"] == 0
    undone = api.post(f"{session}/undo")
    assert node(undone, "W1")["value"][0][1] == 0.2 and undone.json()["cursor"]["phase"] == "backward"
    assert node(api.post(f"{session}/redo"), "W1")["value"][0][1] == 0.7


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_numbers_without_digits_are_named_in_both_directions(api: Api, name: str) -> None:
    session = api.session(CHAIN)
    edited = api.patch(f"{session}/nodes/a", {"value": name})
    assert node(edited, "a")["value"] == name
    run = api.post(f"{session}/step")
    assert run.json()["first_non_finite"] == "a" and run.json()["losses"] == [name]


def test_an_array_with_one_infinity_keeps_its_other_numbers(api: Api) -> None:
    edited = api.patch(f"{api.session()}/nodes/W1", {"value": [[0.1, "-Infinity"], ["NaN", -0.0]]})
    value = node(edited, "W1")["value"]
    assert value == [[0.1, "-Infinity"], ["NaN", 0.0]] and math.copysign(1, value[1][1]) == -1


@pytest.mark.parametrize("number", [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 1e22, 2**53 + 2.0])
def test_numbers_read_back_to_the_same_bits(api: Api, number: float) -> None:
    edited = api.patch(f"{api.session(CHAIN)}/nodes/a", {"value": number})
    came = float(node(edited, "a")["value"])
    assert came.hex() == number.hex()


def test_class_numbers_are_integers_and_have_no_gradient(api: Api) -> None:
    spec = {
        "kind": "layers",
        "inputs": 2,
        "layers": [{"kind": "dense", "units": 3, "activation": "identity"}],
        "loss": "cross_entropy",
        "data": {"x": [[0.5, 1.0], [1.5, -1.0]], "y": [2, 0]},
    }
    answer = api.post(f"{api.session(spec)}/step")
    assert json.dumps(node(answer, "y")["value"]) == "[2, 0]" and node(answer, "y")["gradient"] is None


def test_without_values_an_answer_has_the_structure_and_the_last_loss(api: Api) -> None:
    answer = api.post(f"{api.session()}/step?values=none", {"iterations": 3}).json()
    assert "spec" not in answer and len(answer["losses"]) == 1
    structure = {"id", "op", "kind", "inputs", "shape", "layer", "step", "head", "role"}
    assert set(answer["nodes"][0]) == structure


def test_new_settings_of_the_optimizer_are_merged_with_the_old_ones(api: Api) -> None:
    session = api.session()
    assert api.patch(f"{session}/optimizer", {"momentum": 0.9}).json()["optimizer"]["learning_rate"] == 0.5
    changed = api.patch(f"{session}/optimizer", {"kind": "adam"}).json()["optimizer"]
    assert (changed["kind"], changed["learning_rate"]) == ("adam", 0.001)


def test_the_order_of_updates_is_a_setting_that_outlives_the_kind_and_can_be_undone(api: Api) -> None:
    session = api.session()
    assert api.get(session).json()["optimizer"]["update_order"] == "simultaneous"
    changed = api.patch(f"{session}/optimizer", {"update_order": "sequential"}).json()["optimizer"]
    assert (changed["update_order"], changed["kind"], changed["learning_rate"]) == ("sequential", "sgd", 0.5)
    api.post(f"{session}/step", {"iterations": 2})
    assert f"{api.get(session).json()['losses'][1]:.9f}" == "0.291027924"
    changed = api.patch(f"{session}/optimizer", {"kind": "adam"}).json()["optimizer"]
    assert (changed["update_order"], changed["kind"]) == ("sequential", "adam")
    api.post(f"{session}/undo")
    assert api.post(f"{session}/undo").json()["optimizer"]["update_order"] == "simultaneous"
    problem(api.patch(f"{session}/optimizer", {"update_order": "backwards"}), 422)


@pytest.mark.parametrize("place", ["the network", "the optimizer"])
def test_a_network_may_ask_for_sequential_updates(api: Api, place: str) -> None:
    spec = next(preset["spec"] for preset in api.get("/api/presets").json() if preset["name"] == "mazur")
    if place == "the network":
        spec = {**spec, "update_order": "sequential"}
    else:
        spec = {**spec, "optimizer": {**spec["optimizer"], "update_order": "sequential"}}
    answer = api.post(f"{api.session(spec)}/step", {"iterations": 2}).json()
    assert f"{answer['losses'][1]:.12f}" == "0.291027923905"


def test_a_numbers_update_is_itemized(api: Api) -> None:
    session = api.session()
    api.patch(f"{session}/optimizer", {"kind": "adam", "learning_rate": 0.01})
    api.post(f"{session}/backward")
    update = api.get(f"{session}/nodes/W2/update?index=0,0").json()
    assert (update["when"], update["count"], update["before"]) == ("to come", 1, 0.4)
    assert [line["latex"] for line in update["lines"]] == ["m", "v", r"\hat{m}", r"\hat{v}", None]
    assert update["lines"][-1]["value"] == update["after"] == pytest.approx(0.39, abs=1e-8)
    assert [(slot["name"], slot["before"]) for slot in update["slots"]] == [("m", 0.0), ("v", 0.0)]
    after = node(api.post(f"{session}/step"), "W2")["value"][0][0]
    done = api.get(f"{session}/nodes/W2/update?index=0,0").json()
    assert (done["when"], done["after"]) == ("done", after)
    frozen = api.get(f"{session}/nodes/b1/update?index=0").json()
    assert (frozen["when"], frozen["after"], frozen["lines"]) == ("frozen", None, [])
    problem(api.get(f"{session}/nodes/z1/update?index=0,0"), 404)


def test_an_explanation_lists_the_terms_that_sum_to_the_gradient(api: Api) -> None:
    session = api.session(CHAIN)
    api.post(f"{session}/backward")
    explained = api.get(f"{session}/nodes/b").json()
    assert explained["terms"][0] == {
        "consumer": "c", "argument": 1, "index": [], "upstream": 2.0, "local": 1.0, "product": 2.0
    }  # fmt: skip
    assert sum(term["product"] for term in explained["terms"]) == explained["gradient"] == 5.0
    assert explained["numeric_gradient"] == pytest.approx(5) and explained["relative_error"] < 1e-9


def test_an_explanation_says_why_a_gradient_is_zero_in_the_language_asked_for(api: Api) -> None:
    session = api.session({"kind": "expression", "source": "a = -0.4\nh = relu(a)\nL = h * 3"})
    api.post(f"{session}/backward")
    (why,) = api.get(f"{session}/nodes/a").json()["why"]
    (said,) = api.get(f"{session}/nodes/a", headers={"accept-language": "zh-CN"}).json()["why"]
    assert why == {
        "of": "gradient", "cause": "off", "node": "h", "index": [],
        "sentence": "0 because relu at h is off: its input a is −0.4.",
    }  # fmt: skip
    assert said == why | {"sentence": "为 0，因为 h 处的 relu 处于关闭状态：其输入 a 为 −0.4。"}


def test_an_explanation_of_an_ordinary_number_has_nothing_to_say_why(api: Api) -> None:
    session = api.session()
    api.post(f"{session}/backward")
    assert api.get(f"{session}/nodes/W1", params={"index": "0,1"}).json()["why"] == []


def test_an_explanation_takes_an_index(api: Api) -> None:
    session = api.session()
    api.post(f"{session}/backward")
    explained = api.get(f"{session}/nodes/W1", params={"index": "0,1"}).json()
    assert explained["index"] == [0, 1] and explained["gradient"] == pytest.approx(0.00087713546, abs=1e-9)


def test_a_check_compares_every_parameter_and_adds_no_version(api: Api) -> None:
    session = api.session()
    report = api.post(f"{session}/check").json()
    assert report["ok"] and [one["id"] for one in report["parameters"]] == ["W1", "b1", "W2", "b2"]
    assert api.get(session).json()["version"] == 1


def test_a_fork_is_a_session_of_its_own(api: Api) -> None:
    session = api.session()
    api.post(f"{session}/step")
    forked = api.post(f"{session}/fork")
    assert forked.status_code == 201 and forked.headers["location"] != session
    api.post(f"{forked.headers['location']}/step")
    assert len(api.get(session).json()["losses"]) == 1


def test_a_removed_session_is_gone(api: Api) -> None:
    session = api.session()
    assert api.request("DELETE", session).status_code == 204
    problem(api.get(session), 404)
    problem(api.request("DELETE", session), 404)


def test_node_ids_with_dots_and_of_any_script_have_addresses(api: Api) -> None:
    session = api.session({"kind": "expression", "source": "权重 = 3\nc = 权重 * 2\nc += 1"})
    answer = api.post(f"{session}/backward")
    assert [one["id"] for one in answer.json()["nodes"]][-1] == "c.2"
    assert api.get(f"{session}/nodes/c.2").json()["gradient"] == 1.0
    assert node(api.patch(f"{session}/nodes/权重", {"value": 4}), "权重")["value"] == 4.0


def test_presets_can_be_started_by_name_and_by_spec(api: Api) -> None:
    presets = api.get("/api/presets").json()
    assert {"article", "article-training", "mazur"} <= {preset["name"] for preset in presets}
    for preset in presets:
        assert {"title", "summary", "source"} <= set(preset)
        assert api.post("/api/sessions?values=none", preset["spec"]).status_code == 201


def test_every_op_says_what_it_does(api: Api) -> None:
    ops = api.get("/api/ops").json()
    assert {"matmul", "softmax", "half_squared_error"} <= {op["name"] for op in ops}
    assert all(op["sentence"] and len(op["rules"]) == len(op["arguments"]) for op in ops)


def test_a_version_is_accepted_once_and_refused_when_it_is_old(api: Api) -> None:
    session = api.session()
    assert api.post(f"{session}/forward", {"version": 1}).json()["version"] == 2
    for path, body in [
        ("/forward", {}),
        ("/backward", {}),
        ("/step", {"iterations": 2}),
        ("/move", {"by": "op"}),
        ("/undo", {}),
        ("/redo", {}),
        ("/fork", {}),
        ("/check", {}),
    ]:
        assert problem(api.post(session + path, {**body, "version": 1}), 409)["type"] == "conflict"
    problem(api.patch(f"{session}/nodes/W1", {"value": [[1, 2], [3, 4]], "version": 1}), 409)
    problem(api.patch(f"{session}/optimizer", {"learning_rate": 1, "version": 1}), 409)
    assert api.get(session).json()["version"] == 2


def test_a_hundred_steps_at_once_all_count(api: Api) -> None:
    session = api.session()

    async def talk(client):
        return await asyncio.gather(*(client.post(f"{session}/step") for _ in range(100)))

    answers = api.together(talk)
    assert [answer.status_code for answer in answers] == [200] * 100
    assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 102))
    assert len(api.get(session).json()["losses"]) == 100


def test_a_chain_of_nine_thousand_named_nodes_is_answered(api: Api) -> None:
    source = "n0 = 1\n" + "\n".join(f"n{k} = n{k - 1} + 1" for k in range(1, 9001))
    session = api.session({"kind": "expression", "source": source})
    answer = api.post(f"{session}/step").json()
    assert answer["losses"] == [9001.0] and len(answer["nodes"]) >= 9001


def test_answers_are_not_to_be_kept(api: Api) -> None:
    assert api.get(api.session()).headers["cache-control"] == "no-store"
