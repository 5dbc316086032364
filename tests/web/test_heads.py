"""HEAD is answered like GET without its body."""

import pytest

from tests.web.client import Api, problem


@pytest.mark.parametrize("path", ["/", "/api/ops", "/healthz", "/openapi.json"])
def test_what_can_be_read_can_be_asked_for_without_its_body(api: Api, path: str) -> None:
    head, get = api.request("HEAD", path), api.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-type"] == get.headers["content-type"]


def test_what_is_not_there_is_not_there_for_head_either(api: Api) -> None:
    answer = api.request("HEAD", "/api/nowhere")
    assert (answer.status_code, answer.content) == (404, b"")


def test_what_can_only_be_written_refuses_head(api: Api) -> None:
    assert api.request("HEAD", "/api/sessions").status_code == 405


def test_a_session_says_that_head_is_possible(api: Api) -> None:
    answer = api.request("PUT", api.session())
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, DELETE"
