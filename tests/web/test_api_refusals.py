"""Bad input through the API: every refusal is a problem that says what was expected, and changes nothing."""

import json

import pytest

from tests.web.client import CHAIN, MAZUR, Api, node, problem

NET = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 1, "activation": "sigmoid"}],
    "loss": "half_squared_error",
    "data": {"x": [[0.5, 1.0]], "y": [[1.0]]},
}


def expression(source: str) -> dict[str, str]:
    return {"kind": "expression", "source": source}


def net(**changes: object) -> dict[str, object]:
    return {**NET, **changes}


def data(x: object, y: object) -> dict[str, object]:
    return net(data={"x": x, "y": y})


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (expression("a = 2\nb = sinn(a)"), ["sinn", "sin"]),
        (expression("alpha = 2\nb = alhpa * 2"), ["alhpa", "alpha"]),
        (expression("a = 2\nb = a * * 2"), []),
        (expression(""), []),
        (expression("   \n# nothing\n"), []),
        (expression("a = [1, 2]\nb = a * 2"), ["b", "scalar"]),
        (expression("a = [1, 2]\nb = [1, 2, 3]\nc = sum(a + b)"), ["[2]", "[3]"]),
        (expression("a = [[1, 2], [3]]\nb = sum(a)"), []),
        (expression("a = " + "(" * 5000 + "1" + ")" * 5000), []),
        (expression("a = " + "[" * 500 + "1" + "]" * 500), []),
        (expression("a = " + "-" * 5000 + "1\nb = a * 2"), []),
        (expression("a = 2\nb = a" + " + a" * 20_000), []),
        (expression("a = 2\nb = a.__class__"), []),
        (expression("a = __import__('os')"), []),
        (expression("a = 1e999\nb = a * 2"), []),
        (expression("a = " + "9" * 5000), []),
        (expression("a = 2\x00\nb = a"), []),
        (expression("a = nan\nb = a * 2"), []),
        (expression("_a = 2\nb = _a * 2"), ["_a"]),
        (expression("a = 2\nb = sum(a, axis=7)"), []),
        (expression("a = [[1, 2], [3, 4]]\nb = sum(reshape(a, shape=(3, 3)))"), []),
    ],
)
def test_an_expression_that_cannot_be_read_is_refused(api: Api, spec: dict, words: list[str]) -> None:
    said = problem(api.post("/api/sessions", spec), 422)
    assert all(word in said["detail"] for word in words), said


def test_a_refused_expression_names_line_and_column(api: Api) -> None:
    said = problem(api.post("/api/sessions", expression("a = 2\nb = a + q")), 422)
    assert (said["type"], said["line"], said["column"]) == ("expression", 2, 9)


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        ({}, "/kind"),
        ({"kind": "nothing"}, "/kind"),
        ({"kind": 3}, "/kind"),
        ({"kind": "preset", "name": "no such"}, "/name"),
        ({"kind": "preset"}, "/name"),
        ({"kind": "expression"}, "/source"),
        ({"kind": "expression", "source": 3}, "/source"),
        (net(speed=3), "/speed"),
        (net(inputs="two"), "/inputs"),
        (net(inputs=0), "/inputs"),
        (net(seed=10**30), "/seed"),
        (net(layers=[]), "/layers"),
        (net(layers=[{"kind": "dense", "units": 0}]), "/layers/0/units"),
        (net(layers=[{"kind": "dense", "units": 1, "activation": "sigmod"}]), "/layers/0/activation"),
        (net(layers=[{"kind": "dense", "units": 1, "hidden": 3}]), "/layers/0/hidden"),
        (net(loss="half"), "/loss"),
        (net(optimizer={"kind": "sgd", "learning_rate": -1}), "/optimizer/learning_rate"),
        (net(optimizer={"kind": "sgd", "learning_rate": "NaN"}), "/optimizer/learning_rate"),
        (net(optimizer={"kind": "sgdd"}), "/optimizer/kind"),
        (net(frozen=["W9"]), "/frozen/0"),
        (net(parameters={"W1": [[1.0, 2.0], [3.0, 4.0]]}), "/parameters/W1"),
        (net(parameters={"W9": 1.0}), "/parameters/W9"),
        (data([[0.5, "1"]], [[1.0]]), "/data/x/0/1"),
        (data([[0.5, "NaN"]], [[1.0]]), "/data/x/0/1"),
        (data([[0.5, None]], [[1.0]]), "/data/x/0/1"),
        (data([[0.5, True]], [[1.0]]), "/data/x/0/1"),
        (data([[0.5, 1.0], [0.5]], [[1.0], [1.0]]), "/data/x/1"),
        (data([], []), "/data/x"),
        (data([[0.5, 1.0]], [[1.0], [0.0]]), "/data/y"),
        (data([[0.5, 1.0]], [1.0]), "/data/y"),
    ],
)
def test_a_spec_that_is_not_valid_is_refused_with_its_place(api: Api, spec: dict, pointer: str) -> None:
    said = problem(api.post("/api/sessions", spec), 422)
    assert said["pointer"].startswith(pointer), said


def test_a_wrong_shape_is_refused_with_both_shapes(api: Api) -> None:
    said = problem(api.patch(f"{api.session()}/nodes/W1", {"value": [[1.0, 2.0, 3.0]]}), 422)
    assert "2, 2" in said["detail"] and "1, 3" in said["detail"] and said["pointer"] == "/value"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/value"),
        ({"value": "seven"}, "/value"),
        ({"value": None}, "/value"),
        ({"value": True}, "/value"),
        ({"value": []}, "/value"),
        ({"value": {}}, "/value"),
        ({"value": [[1, 2], [3, "nan"]]}, "/value/1/1"),
        ({"value": 1, "index": [0]}, "/index"),
        ({"value": 1, "index": [0, 2]}, "/index"),
        ({"value": 1, "index": [0, -1]}, "/index/1"),
        ({"value": 1, "index": "0,1"}, "/index"),
        ({"value": 1, "index": [0, 1], "verson": 1}, "/verson"),
        ({"value": 1, "index": [0, 1], "version": "1"}, "/version"),
        ({"value": 1, "index": [0, 1], "version": 1.5}, "/version"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_with_its_place(api: Api, body: dict, pointer: str) -> None:
    session = api.session()
    assert problem(api.patch(f"{session}/nodes/W1", body), 422)["pointer"] == pointer
    assert api.get(session).json()["version"] == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/step", {"iterations": 0}),
        ("/step", {"iterations": -1}),
        ("/step", {"iterations": "3"}),
        ("/step", {"iterations": 2.5}),
        ("/step", {"steps": 3}),
        ("/step", []),
        ("/step", 3),
        ("/step", {"iterations": 10**12}),
        ("/step", {"iterations": 10**300}),
        ("/move", {}),
        ("/move", {"by": "node"}),
        ("/move", {"count": 3}),
        ("/move", {"by": "op", "count": -1}),
        ("/move", {"by": "phase", "count": -1}),
        ("/move", {"by": "iteration", "count": -1}),
        ("/move", {"by": "op", "count": 10**15}),
        ("/move", {"by": "op", "iteration": 1}),
        ("/move", {"iteration": 1}),
        ("/move", {"iteration": 0, "position": 18}),
        ("/move", {"iteration": -1, "position": 0}),
        ("/move", {"iteration": 10**15, "position": 0}),
        ("/forward", {"version": True}),
    ],
)
def test_a_move_that_leads_nowhere_is_refused(api: Api, path: str, body: object) -> None:
    session = api.session()
    problem(api.post(session + path, body), 422)
    assert api.get(session).json()["version"] == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": -1},
        {"learning_rate": "fast"},
        {"learning_rate": "NaN"},
        {"kind": "adamm"},
        {"beta1": 0.9},
        {"kind": "adam", "beta1": 1.0},
        {"nesterov": True},
        [],
    ],
)
def test_settings_that_no_optimizer_has_are_refused(api: Api, settings: object) -> None:
    problem(api.patch(f"{api.session()}/optimizer", settings), 422)


def test_what_an_op_computes_cannot_be_edited(api: Api) -> None:
    assert "z1" in problem(api.patch(f"{api.session()}/nodes/z1", {"value": [[1, 2]]}), 422)["detail"]


def test_there_is_nothing_to_undo_or_redo_at_first(api: Api) -> None:
    session = api.session()
    assert problem(api.post(f"{session}/undo"), 409)["type"] == "conflict"
    assert problem(api.post(f"{session}/redo"), 409)["type"] == "conflict"


@pytest.mark.parametrize("index", ["", "0", "0,9", "0,1,2", "a", "-1,0", "0,,1", "0.0,1", "9" * 5000, "０,１"])
def test_an_index_outside_of_the_node_is_refused(api: Api, index: str) -> None:
    problem(api.get(f"{api.session()}/nodes/W1", params={"index": index}), 422)


def test_an_unknown_session_or_node_is_not_found(api: Api) -> None:
    session = api.session()
    for method, path in [
        ("GET", "/api/sessions/unknown"),
        ("POST", "/api/sessions/unknown/step"),
        ("DELETE", "/api/sessions/unknown"),
        ("POST", "/api/sessions/unknown/fork"),
        ("POST", "/api/sessions/unknown/check"),
        ("GET", "/api/sessions/%00"),
        ("GET", "/api/sessions/%ff%fe"),
        ("GET", "/api/sessions/" + "x" * 5000),
        ("GET", f"{session}/nodes/W3?index=0,1"),
        ("GET", "/api/nowhere"),
        ("GET", "/api"),
    ]:
        assert problem(api.request(method, path), 404)["type"] == "not-found"
    problem(api.patch(f"{session}/nodes/nothing", {"value": 1}), 404)


def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_takes(api: Api) -> None:
    session = api.session()
    answer = api.request("PUT", session)
    assert problem(answer, 405)["type"] == "wrong-method" and answer.headers["allow"] == "GET, HEAD, DELETE"
    assert api.request("PATCH", f"{session}/step").headers["allow"] == "POST"


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b'{"kind": "preset", "name": "mazur"',
        b"{'kind': 'preset'}",
        b"\xff\xfe\x00",
        b'{"kind": "expression", "source": "a = \xff"}',
        b'{"kind": "preset", "kind": "preset", "name": "mazur"}',
        b'{"kind": "preset", "name": "\\ud800"}',
        b'{"kind": "expression", "source": "a = 1 # \\udfff"}',
        b"[" * 100_000,
        b"[" * 100 + b"]" * 100,
        b'{"a":' * 100_000,
        b'{"kind": "layers", "inputs": ' + b"9" * 5000 + b"}",
        b'{"kind": "layers", "inputs": 1e400}',
        b'{"kind": "layers", "inputs": NaN}',
        b'{"kind": "layers", "inputs": -Infinity}',
        b"null",
        b"[]",
        b'"preset"',
        b"3",
    ],
)
def test_a_body_that_is_not_the_json_of_a_spec_is_refused(api: Api, body: bytes) -> None:
    problem(api.post("/api/sessions", content=body, headers=JSON), 422)


def test_an_integer_beyond_every_float64_is_no_infinity(api: Api) -> None:
    body = b'{"index": [0, 0], "value": 1' + b"0" * 309 + b"}"
    said = problem(api.request("PATCH", f"{api.session()}/nodes/W1", content=body, headers=JSON), 422)
    assert "too large for a float64" in said["detail"]


def test_a_syntax_error_of_a_body_has_its_line_and_column(api: Api) -> None:
    said = problem(api.post("/api/sessions", content=b'{"kind": "preset",\n "name" "mazur"}', headers=JSON), 422)
    assert (said["line"], said["column"]) == (2, 9)


def test_a_bare_nan_is_refused_by_name(api: Api) -> None:
    answer = api.request("PATCH", f"{api.session(CHAIN)}/nodes/a", content=b'{"value": NaN}', headers=JSON)
    assert "NaN" in problem(answer, 422)["detail"]


def test_a_refused_body_does_not_have_half_an_effect(api: Api) -> None:
    session = api.session()
    api.request("PATCH", f"{session}/nodes/W1", content=b'{"value": [[1, 2], [3, Infinity]]}', headers=JSON)
    assert node(api.get(session), "W1")["value"] == [[0.15, 0.2], [0.25, 0.3]]


OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"]


@pytest.mark.parametrize("kind", [None, *OTHER_TYPES])
def test_a_body_of_another_type_is_refused(api: Api, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = api.post("/api/sessions", content=json.dumps(MAZUR).encode(), headers=headers)
    assert problem(answer, 415)["type"] == "wrong-media-type"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8"])
def test_json_is_json_however_its_type_is_written(api: Api, kind: str) -> None:
    answer = api.post("/api/sessions", content=json.dumps(MAZUR).encode(), headers={"content-type": kind})
    assert answer.status_code == 201


def test_a_call_that_needs_nothing_said_takes_no_body_an_empty_one_and_a_byte_order_mark(api: Api) -> None:
    session = api.session()
    assert api.post(f"{session}/forward").status_code == 200
    for body in (b"{}", b"", b"\xef\xbb\xbf{}"):
        assert api.post(f"{session}/forward", content=body, headers=JSON).status_code == 200


def test_an_unknown_choice_of_values_is_refused(api: Api) -> None:
    assert "some" in problem(api.get(f"{api.session()}?values=some"), 422)["detail"]


def test_overflow_in_a_run_is_an_answer_that_names_the_node(api: Api) -> None:
    session = api.session(expression("a = 800\nb = exp(a)\nc = b - b"))
    answer = api.post(f"{session}/step")
    assert answer.status_code == 200 and answer.json()["first_non_finite"] == "b"
    assert node(answer, "b")["value"] == "Infinity" and answer.json()["loss"] == "NaN"


def test_limits_are_named_in_the_refusal(fresh) -> None:
    small = fresh(max_nodes=10, max_elements=8, max_work=2000)
    long = expression("a = 1\nb = a" + " + a" * 20)
    wide = expression("a = [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb = sum(a)")
    for spec, limit in ((long, "CHAINRULE_MAX_NODES"), (wide, "CHAINRULE_MAX_ELEMENTS")):
        answer = small.post("/api/sessions", spec)
        said = problem(answer, answer.status_code)
        assert answer.status_code in (413, 422) and said["limit"] == limit and limit in said["detail"]
    said = problem(small.post(f"{small.session(CHAIN)}/step", {"iterations": 5000}), 422)
    assert said["limit"] == "CHAINRULE_MAX_WORK" and said["type"] == "beyond-limit"


def test_a_store_that_cannot_be_reached_is_said_to_be_unavailable(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.errors import N_, Unavailable

    def fail(id: str) -> None:
        raise Unavailable(N_("The store cannot be reached."))

    monkeypatch.setattr(api.app.state.sessions, "read", fail)
    assert problem(api.get("/api/sessions/any"), 503)["type"] == "unavailable"


def test_what_nobody_foresaw_is_noted_and_answered_without_its_trace(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(api.app.state.sessions, "read", lambda id: 1 / 0)
    answer = api.get("/api/sessions/secret")
    assert answer.status_code == 500 and "ZeroDivision" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "ZeroDivisionError" in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nowhere", "text/html,*/*;q=0.8", "text/html"),
        ("/nowhere", "*/*", "application/problem+json"),
        ("/nowhere", "application/json", "application/problem+json"),
        ("/api/nowhere", "text/html,*/*;q=0.8", "application/problem+json"),
    ],
)
def test_people_get_pages_and_programs_get_problems(api: Api, path: str, accept: str, kind: str) -> None:
    answer = api.get(path, headers={"accept": accept})
    assert answer.status_code == 404 and answer.headers["content-type"].startswith(kind)
    assert ("Accept," in answer.headers["vary"] + ",") == (path == "/nowhere")


def test_a_form_that_cannot_be_read_is_refused(api: Api) -> None:
    answer = api.post("/sessions", content=b"\x00", headers={"content-type": "multipart/form-data"})
    assert problem(answer, answer.status_code)["type"] and 400 <= answer.status_code < 500
