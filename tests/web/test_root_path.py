"""Below a path of a proxy (`uvicorn --root-path`): every link, form, file and answer leads to where the product is."""

from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.client import Api

ROOT = "/chainrule"
PERSON = {"accept": "text/html", "accept-language": "en"}
NETWORK = {
    "kind": "layers",
    "inputs": 2,
    "layers": [{"kind": "dense", "units": 3, "activation": "tanh"}, {"kind": "dense", "units": 1}],
    "loss": "mean_squared_error",
    "data": {"x": [[0.0, 1.0], [1.0, 0.0]], "y": [[1.0], [0.0]]},
}
NOT_AN_ADDRESS = {"name", "id", "for", "aria-keyshortcuts", "data-key"}
"""Attributes that may begin as an address does: fields are named by pointers into a spec, and a key is a slash."""


class Addresses(HTMLParser):
    """Finds what leads to an address of this server: for each the attribute, and whether following it changes nothing.

    Whatever attribute begins with a slash counts, so that a new one is not overlooked.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str, bool]] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        is_field = tag in ("input", "option", "textarea", "button") and given.get("name") != "next"
        is_read = given.get("method", "get") == "get"
        for name, value in given.items():
            if value.startswith("/") and name not in NOT_AN_ADDRESS and not (is_field and name == "value"):
                leads = name in ("href", "src", "hx-get") or (name == "action" and is_read)
                self.found.add((name, value, leads))


@pytest.fixture(scope="module")
def below(api: Api) -> Iterator[Api]:
    """The application as a proxy's visitors reach it; a path that does not begin with the proxy's is not ours."""
    served = api.app

    async def as_uvicorn_asks(scope, receive, send) -> None:
        assert scope["type"] != "http" or scope["path"].startswith(ROOT + "/"), scope["path"]
        await served({**scope, "root_path": ROOT}, receive, send)

    api.app = as_uvicorn_asks
    yield api
    api.app = served


def within(address: str) -> str:
    """A path that a browser may ask for, once it is seen to be below the proxy's."""
    assert address.startswith(ROOT + "/"), address
    return address


def made(api: Api, spec: dict) -> str:
    """The id of a new session."""
    answer = api.post(f"{ROOT}/api/sessions", spec)
    assert answer.status_code == 201, answer.text
    return within(answer.headers["location"]).rpartition("/")[2]


def is_of_a_kind(address: str) -> tuple[str, ...]:
    """What makes two addresses alike enough that one of them need be followed."""
    path, query = urlsplit(address).path, urlsplit(address).query
    return (path, *sorted(part.partition("=")[0] for part in query.split("&")))


def pages(api: Api) -> dict[str, httpx.Response]:
    """Every kind of page, and the answers that a page's script swaps in."""
    network, chain = made(api, NETWORK), made(api, {"kind": "preset", "name": "mazur"})
    api.post(f"{ROOT}/api/sessions/{chain}/step", {"iterations": 2})
    branched = api.post(f"{ROOT}/api/sessions/{network}/branch", {"learning_rate": 0.3})
    branch = within(branched.headers["location"]).rpartition("/")[2]
    views = ("graph", "table", "layers", "net", "check", "paths", "flow", "train", "landscape", "histograms", "export")
    person = [
        *("/", "/expression", "/build", "/ops", "/tour", "/presets/mazur", "/nowhere", "/sessions/none"),
        *(f"/sessions/{network}?view={view}" for view in views),
        *(f"/sessions/{chain}?node=W1&index=0,0&tour=structure", f"/sessions/{branch}"),
        *(f"/sessions/{chain}/derivation", f"/compare/{network}/{branch}"),
    ]
    script = [f"/sessions/{chain}?node=W2", f"/sessions/{chain}/optimizer?kind=adam", f"/compare/{network}/{branch}"]
    asked = {path: api.get(ROOT + path, headers=PERSON) for path in person}
    return asked | {f"{path} (htmx)": api.get(ROOT + path, headers=PERSON | {"hx-request": "true"}) for path in script}


def test_every_address_on_every_kind_of_page_leads_back_here(below: Api) -> None:
    leading: dict[tuple[str, ...], str] = {}
    for page, answer in pages(below).items():
        found = Addresses(answer.text).found
        assert found or "(htmx)" in page, page
        assert {(page, name, value) for name, value, _ in found if not value.startswith(ROOT + "/")} == set()
        leading |= {is_of_a_kind(value): value for _, value, leads in found if leads}
    assert len(leading) > 50
    answers = {address: below.get(address, headers=PERSON).status_code for address in leading.values()}
    # A field that asks by itself brings its value along; without it the address is there, but has nothing to say.
    assert {address: status for address, status in answers.items() if status not in (200, 422)} == {}


def test_what_is_sent_elsewhere_is_sent_to_an_address_here(below: Api) -> None:
    post = partial(below.post, headers=PERSON)
    id = made(below, NETWORK)
    session = f"{ROOT}/sessions/{id}"
    for path, fields in (
        (f"{ROOT}/sessions", {"/kind": "preset", "/name": "mazur"}),
        (f"{session}/step", {"iterations": "1"}),
        (f"{session}/fork", {}),
        (f"{session}/branch", {"change": "learning_rate", "learning_rate": "0.3"}),
        (f"{ROOT}/tour/structure", {}),
        (f"{session}/delete", {}),
    ):
        answer = post(path, data=fields)
        assert answer.status_code == 303, answer.text
        assert within(answer.headers["location"])


def test_the_language_is_kept_for_this_place_and_leads_back_to_the_page(below: Api) -> None:
    page = below.get(f"{ROOT}/build?dataset=spiral", headers=PERSON)
    back = next(value for name, value, _ in Addresses(page.text).found if name == "value")
    assert back == f"{ROOT}/build?dataset=spiral"
    answer = below.post(f"{ROOT}/language", data={"language": "zh_Hans", "next": back}, headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    assert f"Path={ROOT}/;" in answer.headers["set-cookie"] + ";"


def test_what_is_for_programs_is_told_so_below_a_path_too(below: Api) -> None:
    assert below.get(f"{ROOT}/api/nowhere", headers=PERSON).headers["content-type"] == "application/problem+json"
    assert below.get(f"{ROOT}/openapi.json").json()["servers"][0]["url"] == ROOT
    refused = below.post(f"{ROOT}/expression/check", data={"/source": "a ="}, headers=PERSON | {"hx-request": "true"})
    assert 'id="message"' not in refused.text
