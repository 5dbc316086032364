"""What browsers are told to refuse, and what the server refuses: other names, other sites' writes, large bodies."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.datastructures import Headers

from app.web.security import is_foreign
from tests.web.client import MAZUR, Api, problem

PATHS = ["/", "/api/ops", "/api/nowhere", "/openapi.json", "/static/nothing.css", "/healthz"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_the_browser_what_to_refuse(api: Api, path: str) -> None:
    headers = api.get(path).headers
    policy = headers["content-security-policy"].split("; ")
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_nothing_that_holds_a_session_or_a_refusal_is_kept_by_a_browser(api: Api) -> None:
    """Every route that is read, whatever it is asked about; and what a write answers and leads to."""
    id = api.session().rpartition("/")[2]
    known = {"id": id, "one": id, "other": id, "node": "W1", "kind": "md", "format": "json", "name": "none"}
    known |= {"view": "layers", "section": "update"}
    routes = [route for part in api.app.routes for route in getattr(part, "original_router", api.app.router).routes]
    reads = {route.path for route in routes if "GET" in (getattr(route, "methods", None) or ())}
    asked = {path: api.get(path.format_map(known)) for path in reads if "/static" not in path and "live" not in path}
    asked |= {path: api.get(path, headers={"accept": "text/html"}) for path in ("/nowhere", "/sessions/none")}
    asked |= {path: api.post(path, headers={"accept": "text/html"}) for path in (f"/sessions/{id}/fork", "/nowhere")}
    kept = {path for path, answer in asked.items() if answer.headers["cache-control"] != "no-store"}
    assert len(asked) > 30
    assert kept == {"/", "/expression", "/build", "/ops", "/tour"}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_nothing_is_served_that_loads_from_elsewhere(api: Api, path: str) -> None:
    problem(api.get(path), 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://chainrule.test"},
        {"origin": "http://evil.test"},
        {"origin": "http://chainrule.test:8080"},
        {"origin": "http://chainrule.test.evil.test"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://[::1"},
    ],
)
@pytest.mark.parametrize("path", ["/api/sessions", "/sessions"])
def test_a_write_that_another_site_asked_for_is_refused(api: Api, headers: dict[str, str], path: str) -> None:
    assert problem(api.post(path, MAZUR, headers=headers), 403)["type"] == "forbidden"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"origin": "http://chainrule.test"},
        {"origin": "http://CHAINRULE.test:80"},
        {"origin": "http://localhost:8000", "host": "localhost:8000"},
        {"origin": "https://chainrule.test", "host": "chainrule.test"},
        {"origin": "http://rewritten.test", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_write_of_our_own_pages_and_of_programs_passes(api: Api, headers: dict[str, str]) -> None:
    assert api.post("/api/sessions", MAZUR, headers=headers).status_code == 201


def test_reading_is_free_for_everybody(api: Api) -> None:
    assert api.get("/api/ops", headers={"sec-fetch-site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT"])
def test_every_method_that_writes_is_guarded(api: Api, method: str) -> None:
    problem(api.request(method, api.session(), headers={"sec-fetch-site": "cross-site"}), 403)


def test_an_origin_without_a_host_to_compare_with_is_foreign() -> None:
    assert is_foreign(Headers({"origin": "http://chainrule.test"}))


ALWAYS = [
    "localhost", "localhost:8000", "LOCALHOST", "localhost.", "127.0.0.1", "127.0.0.1:8000", "[::1]", "[::1]:8000",
    "[2001:DB8::1]", "192.168.1.7:80", "10.0.0.1.", "",
]  # fmt: skip
NEVER = [
    "evil.test", "evil.test:8000", "localhost.evil.test", "127.0.0.1.evil.test", "notlocalhost", "sub.localhost",
    "evil.test:80:80", "[::1].evil.test", "[evil.test]", "::1", "[::1", "localhost/evil", "localhost@evil.test",
    "evil.test, localhost", "localhost evil.test", "127.0.0.1\x00", "[fe80::1%25eth0]", "例.test",
    "a" * 9000, ".", ":80",
]  # fmt: skip


@pytest.fixture
def unset(fresh) -> Api:
    """A server without a name of its own."""
    return fresh(hosts=())


def asked(api: Api, host: str, path: str = "/healthz", **options: object) -> httpx.Response:
    return api.get(path, headers={"host": host.encode(), **options})


def test_a_name_that_no_other_site_can_have_is_always_answered(unset: Api, fresh) -> None:
    named = fresh(hosts=("chainrule.test",))
    assert {host: asked(api, host).status_code for host in ALWAYS for api in (unset, named)} == dict.fromkeys(
        ALWAYS, 200
    )


def test_every_other_name_is_refused_with_the_setting_that_would_allow_it(unset: Api) -> None:
    for host in NEVER:
        said = problem(asked(unset, host), 421)
        assert (said["type"], said["limit"]) == ("misdirected", "CHAINRULE_HOSTS"), host
        assert "CHAINRULE_HOSTS" in said["detail"]
    # The setting takes no port, so none is shown.
    assert "evil.test." in problem(asked(unset, "evil.test:8000"), 421)["detail"]


@pytest.mark.parametrize("path", [*PATHS, "/static/icon.svg", "/readyz", "/sessions/none", "/api/sessions/none"])
def test_every_address_is_refused_under_another_name(unset: Api, path: str) -> None:
    page = asked(unset, "evil.test", path, accept="text/html", **{"accept-language": "zh"})
    assert page.status_code == 421 and page.headers["cache-control"] == "no-store"
    assert "CHAINRULE_HOSTS" in page.text
    problem(unset.post(path, MAZUR, headers={"host": "evil.test"}), 421)


def test_the_page_of_another_name_asks_for_nothing_that_would_be_refused_as_well(unset: Api) -> None:
    page = asked(unset, "evil.test", "/ops", accept="text/html", **{"accept-language": "zh"}).text
    assert 'lang="zh-Hans"' in page and "未知的服务器名称" in page
    assert re.findall(r'(?:href|src|action)="(?!data:)', page) == []


def test_a_forwarded_host_opens_nothing(unset: Api) -> None:
    """A browser on the proxy's own machine is trusted by its address, and a page in it may write such a header."""
    assert (
        asked(unset, "evil.test", **{"x-forwarded-host": "localhost", "forwarded": "host=localhost"}).status_code == 421
    )
    assert asked(unset, "localhost", **{"x-forwarded-host": "evil.test"}).status_code == 200


def test_one_name_of_two_is_not_enough(unset: Api) -> None:
    assert unset.get("/healthz", headers=[("host", "localhost"), ("host", "evil.test")]).status_code == 421


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("chainrule.test", 200),
        ("CHAINRULE.test.:443", 200),
        ("a.school.test", 200),
        ("a.b.school.test:80", 200),
        ("school.test", 421),
        ("badschool.test", 421),
        ("chainrule.test.evil.test", 421),
        ("www.chainrule.test", 421),
    ],
)
def test_names_and_all_below_a_name_can_be_allowed(fresh, host: str, status: int) -> None:
    assert asked(fresh(hosts=("chainrule.test", "*.school.test")), host).status_code == status


def test_a_star_allows_every_name(fresh) -> None:
    assert {asked(fresh(hosts=("*",)), host).status_code for host in ALWAYS + NEVER} == {200}


async def in_chunks(size: int, chunk: int = 65536) -> AsyncIterator[bytes]:
    for _ in range(size // chunk):
        yield b" " * chunk


@pytest.mark.parametrize("path", ["/api/sessions", "/sessions", "/api/nowhere"])
def test_a_body_of_fifty_megabytes_is_refused_by_its_length(api: Api, path: str) -> None:
    answer = api.post(path, content=b" " * 50_000_000, headers={"content-type": "application/json"})
    said = problem(answer, 413)
    assert said["type"] == "too-large" and said["limit"] == "CHAINRULE_MAX_BODY_BYTES"


def test_a_body_that_does_not_say_how_long_it_is_is_refused_once_it_is_too_long(api: Api) -> None:
    headers = {"content-type": "application/json"}
    assert problem(api.post("/api/sessions", content=in_chunks(50_000_000), headers=headers), 413)["limit"]


def test_a_body_in_chunks_within_the_limit_is_read(api: Api) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for byte in json.dumps(MAZUR).encode():
            yield bytes([byte])

    answer = api.post("/api/sessions", content=chunks(), headers={"content-type": "application/json"})
    assert answer.status_code == 201


def test_the_limit_of_bodies_is_a_setting(fresh) -> None:
    small = fresh(max_body_bytes=100)
    assert small.post("/api/sessions", MAZUR).status_code == 201
    said = problem(small.post("/api/sessions", {"kind": "expression", "source": "a = 1" + " " * 100}), 413)
    assert "100" in said["detail"]


def test_a_client_that_waits_to_be_asked_for_its_body_is_answered_at_once(api: Api) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was asked for")
        yield b""

    headers = {"content-length": "50000000", "expect": "100-continue", "content-type": "application/json"}
    problem(api.post("/api/sessions", content=never(), headers=headers), 413)


def test_a_client_that_goes_away_while_it_sends_changes_nothing(api: Api) -> None:
    messages = [{"type": "http.request", "body": b'{"kind":', "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict] = []

    async def receive() -> dict:
        return messages.pop(0)

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"host", b"chainrule.test")]
    scope = {"type": "http", "method": "POST", "path": "/api/sessions", "query_string": b"", "headers": headers}
    api.runner.run(api.app(scope, receive, send))
    assert sent[0]["status"] == 422
