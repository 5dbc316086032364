"""Choosing a language: remembered, back on the same page, never on another site."""

import httpx
import pytest

from app.web import language
from tests.web.client import Api

PERSON = {"accept": "text/html", "accept-language": "en"}


def switch(api: Api, chosen: str, back: str = "/ops") -> httpx.Response:
    return api.post("/language", data={"language": chosen, "next": back}, headers=PERSON)


def test_the_chosen_language_is_remembered_and_leads_back_to_the_page(api: Api) -> None:
    answer = switch(api, "zh_Hans", "/sessions/a?node=W1&view=table")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions/a?node=W1&view=table")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{language.COOKIE}=zh_Hans; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax")


def test_the_cookie_counts_for_more_than_what_the_browser_accepts(api: Api) -> None:
    answer = api.get("/ops", headers={**PERSON, "cookie": f"{language.COOKIE}=zh_Hans"})
    assert answer.headers["content-language"] == "zh-Hans"
    assert 'lang="zh-Hans"' in answer.text


ELSEWHERE = ["", "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "ops", "/\n"]


@pytest.mark.parametrize("back", ELSEWHERE)
def test_nobody_is_led_to_another_site(api: Api, back: str) -> None:
    answer = switch(api, "en", back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("chosen", ["", "xx", "../en"])
def test_a_language_that_is_not_there_is_refused(api: Api, chosen: str) -> None:
    answer = switch(api, chosen)
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers
