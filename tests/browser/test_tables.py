"""Tables of one's own in a real browser: how large a file may be, and what is said where it cannot be sent or read."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, Route, expect

from app.main import create_app
from app.settings import Settings

WORKSPACE = re.compile(r"/sessions/[\w-]{16,}\?view=train$")
MOST = Settings.max_body_bytes
LINE = '0.23,"Ideal","E","SI2",61.5,55,326,3.95,3.98,2.43\n'
HEADER = "a,b,c,d,e,f,g,h,i,j\n"


def table_of(size: int) -> bytes:
    """A table of about so many bytes, ten columns of which three are quoted words."""
    rows = (size - len(HEADER)) // len(LINE)
    return (HEADER + LINE * (rows - 1) + LINE.replace("2.43", "2.44")).encode()


def choose(page: Page, content: bytes, name: str = "big.csv") -> None:
    page.set_input_files("#table-file", {"name": name, "mimeType": "text/csv", "buffer": content})


@contextmanager
def served(folder: Path, **settings: object) -> Iterator[str]:
    """The product with settings of its own, on a free port."""
    app = create_app(Settings(store=f"sqlite:///{(folder / 'sessions.db').as_posix()}", **settings))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.parametrize("size", [2_800_000, MOST - 120_000])
def test_a_file_as_large_as_the_server_takes_is_read_and_opened(
    open_page: Callable[..., Page], address: str, size: int
) -> None:
    page = open_page(address + "/build?source=csv")
    choose(page, table_of(size))
    expect(page.locator(".table-roles")).to_contain_text("j", timeout=60_000)
    expect(page.locator("#network-result")).to_contain_text("→ 1", timeout=60_000)
    expect(page.locator("#table-size")).to_contain_text(f"{(size / 1e6):.1f}"[:2])
    page.get_by_role("button", name="Open the network").click()
    expect(page).to_have_url(WORKSPACE, timeout=60_000)


def test_a_file_beyond_the_limit_is_not_taken_and_its_size_is_said_beside_the_button(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "/build?source=csv")
    expect(page.locator("#table-size")).to_have_text("At most 4.2 MB can be sent")
    page.locator("#network-data-csv").fill("a,b\n1,2\n")
    choose(page, table_of(MOST + 700_000))
    expect(page.locator("#table-size")).to_have_text("4.9 MB; at most 4.2 MB can be sent")
    expect(page.locator("#network-data-csv")).to_have_value("a,b\n1,2\n")


def test_a_table_that_grows_beyond_the_limit_is_held_back_and_not_lost(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    with served(tmp_path, max_body_bytes=100_000) as address:
        page = open_page(address + "/build?source=csv")
        page.fill("#network-seed", "41")
        choose(page, table_of(99_000))
        refusal = page.locator("#network-refusal")
        expect(refusal).to_contain_text("at most 100 kB can be sent")
        refusal.evaluate("place => place.replaceChildren()")
        page.get_by_role("button", name="Open the network").click()
        expect(refusal).to_contain_text("Nothing was sent, and nothing is lost.")
        assert page.url.endswith("/build?source=csv") and page.locator("h1").count() == 1
        expect(page.locator("#network-seed")).to_have_value("41")
        assert len(page.locator("#network-data-csv").input_value()) > 90_000
        page.fill("#network-data-csv", "a,b,kind\n1,2,x\n3,4,y\n")
        page.get_by_role("button", name="Read the table").click()
        expect(page.locator("#network-result")).to_contain_text("2 → 6 → 4 → 1")
        expect(page.locator("#network-seed")).to_have_value("41")
        # What it still asks for must not meet a server that has gone.
        page.close()


def test_a_refusal_of_the_server_is_a_sentence_in_the_form(open_page: Callable[..., Page], tmp_path: Path) -> None:
    with served(tmp_path, max_body_bytes=100_000) as address:
        page = open_page(address + "/build?source=csv")
        # As where the page was made before the server's limit was lowered.
        page.locator("#network-form").evaluate("form => { form.dataset.most = 1e9 }")
        choose(page, table_of(150_000))
        expect(page.locator("#network-refusal .result-wrong")).to_contain_text("may have at most 100000 bytes")
        assert (page.locator("h1").count(), page.locator("form#network-form").count()) == (1, 1)
        assert len(page.locator("#network-data-csv").input_value()) > 140_000
        page.close()


def test_a_page_of_a_server_in_between_stays_out_of_the_form(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/build?source=csv")

    def refuse(route: Route) -> None:
        route.fulfill(status=413, content_type="text/html", body="<html><body><h1>Refused</h1></body></html>")

    page.route("**/build", refuse)
    page.fill("#network-data-csv", "a,b,kind\n1,2,x\n3,4,y\n")
    page.get_by_role("button", name="Read the table").click()
    # What the form makes is answered in the meantime, and takes nothing away.
    expect(page.locator("#network-result")).to_contain_text("2 → 6 → 4 → 1")
    refusal = page.locator("#network-refusal")
    expect(refusal).to_contain_text("The server did not answer as it should.")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("#network-data-csv")).to_have_value("a,b,kind\n1,2,x\n3,4,y\n")
    page.locator("#network-data-csv").press_sequentially("5")
    expect(refusal).to_be_empty()


def test_thousands_are_asked_about_and_one_click_reads_them_otherwise(
    open_page: Callable[..., Page], address: str
) -> None:
    page = open_page(address + "/build?source=csv")
    page.fill("#network-data-csv", "size\tprice\n850\t999\n1,200\t1,250\n2,100\t2,300\n")
    page.get_by_role("button", name="Read the table").click()
    cells = page.locator(".table-cells").nth(1)
    expect(cells.locator("td")).to_have_text(["1200", "1250"])
    expect(page.locator(".table-questions")).to_contain_text("“1,200” was read as 1200. It may be 1.2 as well.")
    page.get_by_role("button", name="1.2", exact=True).click()
    expect(cells.locator("td")).to_have_text(["1.2", "1.25"])
    expect(page.locator(".table-questions")).to_have_count(0)
    page.select_option("#network-data-decimal", ".")
    expect(cells.locator("td")).to_have_text(["1200", "1250"])
    page.get_by_role("button", name="It is data").click()
    expect(page.get_by_text("First line: data")).to_be_visible()
