"""The description at `/openapi.json`: its examples work, and no request made from it meets an undescribed answer."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode, checks

from app.main import close, create_app
from app.settings import Settings
from tests.web.client import MAZUR, Api

PROMISED = {
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions/{id}"),
    ("DELETE", "/api/sessions/{id}"),
    ("POST", "/api/sessions/{id}/fork"),
    ("POST", "/api/sessions/{id}/forward"),
    ("POST", "/api/sessions/{id}/backward"),
    ("POST", "/api/sessions/{id}/step"),
    ("POST", "/api/sessions/{id}/move"),
    ("POST", "/api/sessions/{id}/undo"),
    ("POST", "/api/sessions/{id}/redo"),
    ("GET", "/api/sessions/{id}/nodes/{node}"),
    ("PATCH", "/api/sessions/{id}/nodes/{node}"),
    ("PATCH", "/api/sessions/{id}/optimizer"),
    ("POST", "/api/sessions/{id}/check"),
    ("GET", "/api/sessions/{id}/derivation"),
    ("POST", "/api/sessions/{id}/run"),
    ("GET", "/api/sessions/{id}/run"),
    ("POST", "/api/sessions/{id}/run/pause"),
    ("POST", "/api/sessions/{id}/run/resume"),
    ("POST", "/api/sessions/{id}/run/stop"),
    ("GET", "/api/sessions/{id}/run/events"),
    ("GET", "/api/presets"),
    ("GET", "/api/ops"),
}
WITHOUT_WRONG_REQUESTS = {
    ("DELETE", "/api/sessions/{id}"),
    ("GET", "/api/sessions/{id}/derivation"),
    ("GET", "/api/sessions/{id}/run"),
    ("POST", "/api/sessions/{id}/run/pause"),
    ("POST", "/api/sessions/{id}/run/resume"),
    ("POST", "/api/sessions/{id}/run/stop"),
    ("GET", "/api/sessions/{id}/run/events"),
    ("GET", "/api/presets"),
    ("GET", "/api/ops"),
}
"""Calls that take neither a body nor a query."""
SOUND = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def description(api: Api) -> dict[str, Any]:
    return api.get("/openapi.json").json()


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_promised_call_is_described(description: dict[str, Any]) -> None:
    assert {(method, path) for method, path, _ in operations(description)} >= PROMISED


def test_no_page_is_described_as_a_call_of_programs(description: dict[str, Any]) -> None:
    assert all(path.startswith("/api/") or path in ("/healthz", "/readyz") for path in description["paths"])


def test_every_write_describes_how_it_is_refused(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        if method != "GET" and path.startswith("/api/"):
            assert {"403", "413", "422"} <= set(operation["responses"]), path
        assert all("500" not in status for status in operation["responses"])


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from references(inner)

    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert set(references(description)) <= known


def bodies(operation: dict[str, Any]) -> list[Any]:
    """The examples of an operation's body, or none and no body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return [example["value"] for example in content["examples"].values()] if content else [None]


def ready(api: Api, path: str, is_read: bool) -> str:
    """The address of a session in which a call can succeed."""
    session = api.session()
    if path.endswith(("/undo", "/redo")):
        api.patch(f"{session}/nodes/W1", {"index": [0, 0], "value": 3})
        if path.endswith("/redo"):
            api.post(f"{session}/undo")
    if ("/run" in path and not path.endswith(("/run", "/events"))) or (is_read and path.endswith("/run")):
        api.post(f"{session}/run")
        if path.endswith("/resume"):
            api.post(f"{session}/run/pause")
    return session


def filled(path: str, operation: dict[str, Any]) -> str:
    """A path with the first example of each of its parameters in it."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and f"{{{parameter['name']}}}" in path:
            schema = parameter["schema"]
            path = path.replace(f"{{{parameter['name']}}}", (parameter.get("examples") or schema["examples"])[0])
    return path


def test_every_example_works(api: Api, description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        for body in bodies(operation):
            session = ready(api, path, method == "GET")
            body = {**body, "version": api.get(session).json()["version"]} if body and "version" in body else body
            id = session.rpartition("/")[2]
            address = path.replace("/api/sessions/{id}", session).replace("{one}", id).replace("{other}", id)
            address = filled(address, operation)
            query = {"index": "0,1"} if method == "GET" and "{node}" in path else {}
            answer = api.request(method, address, params=query, **({} if body is None else {"json": body}))
            assert answer.is_success, (method, path, body, answer.text)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An application that no made-up request keeps busy for long."""
    store = f"sqlite:///{(tmp_path_factory.mktemp('small') / 'sessions.db').as_posix()}"
    limits = {"max_nodes": 300, "max_elements": 3000, "max_total_elements": 30_000, "max_work": 10**7}
    app = create_app(Settings(store=store, hosts=("*",), **limits))
    yield app
    close(app)


@pytest.fixture(scope="module")
def call(small: Any) -> Callable[[Any], None]:
    """Sends a made-up request, mostly at a session that exists, and checks the answer against the description."""
    addressed = {"sessions": small.state.sessions, "count": 0}

    def send(case: Any) -> None:
        addressed["count"] += 1
        if "id" in case.path_parameters and addressed["count"] % 8:
            case.path_parameters["id"] = addressed["sessions"].create(MAZUR).id
        if "node" in case.path_parameters and addressed["count"] % 4:
            case.path_parameters["node"] = ("W1", "x", "z1", "loss")[addressed["count"] % 3]
        case.call_and_validate(checks=SOUND)

    return send


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [(*call, GenerationMode.POSITIVE) for call in sorted(PROMISED)]
    + [(*call, GenerationMode.NEGATIVE) for call in sorted(PROMISED - WITHOUT_WRONG_REQUESTS)],
)
def test_no_made_up_request_meets_an_undescribed_answer(
    small: Any, call: Callable[[Any], None], method: str, path: str, mode: GenerationMode
) -> None:
    async def without_lifespan(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError
        await small(scope, receive, send)

    described = schemathesis.openapi.from_asgi("/openapi.json", without_lifespan)
    strategy = described[path][method].as_strategy(generation_mode=mode)

    @seed(2)
    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def every(case: Any) -> None:
        call(case)

    every()
