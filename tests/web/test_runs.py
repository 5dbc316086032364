"""Runs through the API: started, steered and watched, refused where they must wait."""

from __future__ import annotations

import asyncio
import html
import json
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from app.errors import Unavailable
from app.nn.limits import Limits
from app.session import run, running
from app.session.run import RunState
from app.session.service import Sessions
from app.training.trainer import Trainer
from app.web import watching
from tests.training.nets import DIVERGING, SPIRAL, WITH_VALIDATION, work_off
from tests.web.client import CHAIN, Api, problem


@pytest.fixture
def api(fresh: type[Api], patient: None) -> Api:
    """A server of each test's own: runs that nobody ends would go on in the next test."""
    return fresh()


def at_look(api: Api, monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], None]) -> None:
    """Have something done after the stream has looked at a run so many times."""
    sessions, looks = api.app.state.sessions, count(1)

    def look(id: str, run_of: Callable[[str], RunState | None] = sessions.run_of) -> RunState | None:
        state = run_of(id)
        if next(looks) == number:
            act()
        return state

    monkeypatch.setattr(sessions, "run_of", look)


def close(api: Api) -> None:
    """Say that the server is about to go."""
    api.app.state.closing.is_near = True


def finished(api: Api) -> None:
    """Have everything that runs come to its end."""
    work_off(api.app.state.store)


def events(text: str) -> list[tuple[str, str, Any]]:
    """The events of a stream: name, id and data."""
    parts = [part for part in text.split("\n\n") if part.startswith("event")]
    split = [dict(line.split(": ", 1) for line in part.split("\n")) for part in parts]
    return [(part["event"], part["id"], json.loads(part["data"])) for part in split]


def test_a_run_is_started_and_says_how_far_it_is(api: Api) -> None:
    session = api.session(SPIRAL)
    started = api.post(f"{session}/run", {"iterations": 200, "loss_below": 1e-9})
    assert (started.status_code, started.json()["state"], started.json()["head"]) == (202, "running", 0)
    said = {name: wanted for name, wanted in started.json()["goal"].items() if wanted is not None}
    assert said == {"iterations": 200, "loss_below": 1e-9}
    finished(api)
    run, now = api.get(f"{session}/run").json(), api.get(session).json()
    assert (run["state"], run["reason"], run["head"], run["until"]) == ("finished", "iterations", 200, 200)
    assert (now["version"], now["cursor"]["iteration"], len(now["losses"])) == (2, 199, 200)
    assert run["following"] is True


def test_a_run_started_twice_is_a_conflict_and_so_are_edits_meanwhile(api: Api) -> None:
    session = api.session(SPIRAL)
    api.patch(f"{session}/optimizer", {"learning_rate": 0.5})
    api.post(f"{session}/run")
    for answer in (
        api.post(f"{session}/run", {"iterations": 5}),
        api.patch(f"{session}/nodes/W1", {"index": [0, 0], "value": 3}),
        api.patch(f"{session}/optimizer", {"learning_rate": 1}),
        api.post(f"{session}/undo"),
    ):
        assert "pause" in problem(answer, 409)["detail"]
    assert api.post(f"{session}/move", {"by": "op", "count": 2}).status_code == 200
    assert api.post(f"{session}/run/stop").json()["reason"] == "stopped"
    assert api.post(f"{session}/undo").status_code == 200


def test_a_run_is_paused_goes_on_and_is_stopped_and_nothing_else_is_possible_then(api: Api) -> None:
    session = api.session(SPIRAL)
    for verb in ("pause", "resume", "stop"):
        problem(api.post(f"{session}/run/{verb}"), 409)
    problem(api.get(f"{session}/run"), 404)
    api.post(f"{session}/run", {"epochs": 2})
    assert api.post(f"{session}/run/pause").json()["state"] == "paused"
    problem(api.post(f"{session}/run/pause"), 409)
    assert api.post(f"{session}/run/resume").json()["state"] == "running"
    assert api.post(f"{session}/run/stop").json()["state"] == "finished"
    for verb in ("pause", "resume", "stop"):
        problem(api.post(f"{session}/run/{verb}"), 409)


@pytest.mark.parametrize(
    ("spec", "body", "pointer"),
    [
        (SPIRAL, {"iterations": 0}, "/iterations"),
        (SPIRAL, {"iterations": 1.5}, "/iterations"),
        (SPIRAL, {"epochs": -1}, "/epochs"),
        (SPIRAL, {"loss_below": "low"}, "/loss_below"),
        (SPIRAL, {"gradient_norm_below": 0}, "/gradient_norm_below"),
        (SPIRAL, {"validation_rising": 3}, "/validation_rising"),
        (SPIRAL, {"until": 3}, "/until"),
        (CHAIN, {"epochs": 1}, "/epochs"),
    ],
)
def test_a_goal_that_cannot_be_is_refused_with_its_place(api: Api, spec: dict, body: dict, pointer: str) -> None:
    session = api.session(spec)
    assert problem(api.post(f"{session}/run", body), 422)["pointer"] == pointer
    problem(api.get(f"{session}/run"), 404)


def test_a_goal_beyond_what_a_session_may_hold_names_the_setting(api: Api) -> None:
    session = api.session(SPIRAL)
    refusal = problem(api.post(f"{session}/run", {"iterations": 10**12}), 422)
    assert (refusal["type"], refusal["limit"]) == ("beyond-limit", "CHAINRULE_MAX_TOTAL_ELEMENTS")


def test_a_run_meant_for_another_version_is_a_conflict(api: Api) -> None:
    session = api.session(SPIRAL)
    problem(api.post(f"{session}/run", {"version": 7}), 409)
    assert api.post(f"{session}/run", {"version": 1}).status_code == 202


def test_early_stopping_says_the_best_moment_and_divergence_where_it_began(api: Api) -> None:
    stopping, diverging = api.session(WITH_VALIDATION), api.session(DIVERGING)
    api.post(f"{stopping}/run", {"validation_rising": 2})
    api.post(f"{diverging}/run")
    finished(api)
    run = api.get(f"{stopping}/run").json()
    assert run["reason"] == "validation_rising" and run["best"]["iteration"] < run["head"]
    run = api.get(f"{diverging}/run").json()
    answer = api.get(diverging).json()
    assert run["non_finite"] == {"iteration": run["head"] - 1, "node": answer["first_non_finite"]}


def test_where_nothing_goes_on_the_stream_says_so_and_ends(api: Api) -> None:
    session = api.session(SPIRAL)
    answer = api.get(f"{session}/run/events")
    assert (answer.status_code, events(answer.text)) == (200, [("rest", "0", None)])
    assert answer.headers["content-type"].startswith("text/event-stream")
    problem(api.get("/api/sessions/none/run/events"), 404)


def test_a_stream_ends_with_its_session_and_outlasts_a_store_that_does_not_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, look, looks = api.session(), watching.look, []
    assert api.post(f"{session}/run").status_code == 202

    async def looked(sessions: Sessions, id: str) -> RunState | None:
        looks.append(id)
        if len(looks) == 2:
            raise Unavailable("")
        if len(looks) == 3:
            sessions.delete(id)
        return await look(sessions, id)

    monkeypatch.setattr(watching, "look", looked)
    monkeypatch.setattr(watching, "SECONDS_BETWEEN", 0)
    answer = api.get(f"{session}/run/events")
    assert answer.status_code == 200 and len(looks) == 3
    assert [line for line in answer.text.splitlines() if line.startswith("event")] == ["event: run", "event: rest"]


def test_a_stream_tells_how_a_run_goes_on_until_it_rests_and_all_again_to_whoever_comes_back(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.session(SPIRAL)
    api.post(f"{session}/run", {"iterations": 6_000})
    worker = threading.Thread(target=finished, args=(api,))
    # The first look is the answer's own, whether there is such a session; what is told begins with the second.
    at_look(api, monkeypatch, 2, worker.start)
    told = events(api.get(f"{session}/run/events").text)
    worker.join()
    assert [name for name, _, _ in told] == ["run"] * (len(told) - 1) + ["rest"] and len(told) > 1
    heads = [data["head"] for _, _, data in told]
    assert heads == sorted(heads) == [int(id) for _, id, _ in told] and heads[-1] == 6_000
    again = events(api.get(f"{session}/run/events", headers={"last-event-id": str(heads[0])}).text)
    assert again == told[-1:]


def test_a_page_that_closes_in_the_middle_stops_no_run_and_leaves_no_thread(api: Api) -> None:
    session = api.session(SPIRAL)
    api.post(f"{session}/run")

    async def watch_for_a_moment() -> None:
        scope = {"type": "http", "method": "GET", "path": f"{session}/run/events", "raw_path": b"", "headers": []}
        scope |= {"query_string": b"", "http_version": "1.1", "scheme": "http", "server": ("test", 80), "root_path": ""}
        told, asked = asyncio.Event(), iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            if (whole := next(asked, None)) is not None:
                return whole
            await told.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                told.set()

        await asyncio.wait_for(api.app(scope, receive, send), 60)

    api.runner.run(watch_for_a_moment())
    before = threading.active_count()
    for _ in range(20):
        api.runner.run(watch_for_a_moment())
    assert threading.active_count() <= before + 1
    assert api.get(f"{session}/run").json()["state"] == "running"
    assert Trainer(api.app.state.store, Limits()).look()


def test_a_server_that_is_about_to_go_ends_its_streams(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    session = api.session(SPIRAL)
    api.post(f"{session}/run")
    at_look(api, monkeypatch, 3, lambda: close(api))
    told = events(api.get(f"{session}/run/events").text)
    assert [name for name, _, _ in told] == ["run"]


def test_a_silent_stream_says_a_word_now_and_then(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "SECONDS_OF_SILENCE", 0.0)
    session = api.session(SPIRAL)
    api.post(f"{session}/run")
    at_look(api, monkeypatch, 4, lambda: close(api))
    assert api.get(f"{session}/run/events").text.count(watching.SILENCE) == 2


@pytest.fixture
def waiting(api: Api, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a session with a run that nobody has been heard of."""
    session = api.session(SPIRAL)
    api.post(f"{session}/run")
    monkeypatch.setattr(run, "LEASE", -1.0)
    monkeypatch.setattr(running, "SECONDS_BETWEEN", 0.0)
    return session


def test_a_run_that_waits_says_for_what_and_for_how_long(api: Api, waiting: str) -> None:
    def said() -> tuple[str, str | None, int | None]:
        state = api.get(f"{waiting}/run").json()
        return state["state"], state["waits_for"], state["turn_in"]

    assert said() == ("stalled", "trainer", None)
    api.app.state.sessions._has_trainers = lambda: True
    assert said() == ("stalled", "store", None)
    api.app.state.store.hear("somebody", time.time() + 60)
    assert said() == ("stalled", "turn", 5)
    trainer = Trainer(api.app.state.store, Limits())
    assert trainer.look()
    assert said() == ("running", None, None)


@pytest.mark.parametrize(
    ("heard", "english", "chinese"),
    [(False, "no process that trains is running", "没有负责训练的进程"), (True, "its turn, about 5 s", "大约 5 秒")],
)
def test_the_page_of_a_run_that_waits_says_for_what(api: Api, waiting: str, heard, english, chinese) -> None:
    if heard:
        api.app.state.store.hear("somebody", time.time() + 60)
    for language, words in (("en", english), ("zh-CN", chinese)):
        page = api.get(waiting.removeprefix("/api"), headers={"accept": "text/html", "accept-language": language})
        assert words in page.text


def test_the_page_of_a_run_that_cannot_be_written_says_what_to_do_about_a_full_store(api: Api, waiting: str) -> None:
    store, id, now = api.app.state.store, waiting.rpartition("/")[2], time.time()
    store.hear("somebody", now + 60)
    free = store.pulse(id).run
    store.put_run(id, free, run.claimed(free, "somebody", now - 3600), None, now)
    for language, words in (("en", "once sessions have been removed"), ("zh-CN", "如果存储已满，要等删除一些会话")):
        headers = {"accept": "text/html", "accept-language": language}
        assert words in api.get(waiting.removeprefix("/api"), headers=headers).text


@pytest.mark.parametrize(
    ("failure", "english", "chinese"),
    [
        (run.LOST, "ended again and again", "一再中断"),
        (run.TOO_LARGE, "takes up more memory", "占用的内存"),
        ("MemoryError: <b>", "MemoryError: <b>", "MemoryError: <b>"),
        (None, "ended again and again", "一再中断"),
    ],
)
def test_a_run_that_failed_says_why_in_both_languages(api: Api, failure, english, chinese) -> None:
    session, store = api.session(SPIRAL), api.app.state.store
    api.post(f"{session}/run")
    going = store.pulse(session.rpartition("/")[2]).run
    store.put_run(session.rpartition("/")[2], going, run.ended(going, "failed", failure=failure), None, time.time())
    for language, words in (("en", english), ("zh-CN", chinese)):
        headers = {"accept-language": language}
        assert words in api.get(f"{session}/run", headers=headers).json()["failure"]
        page = api.get(session.removeprefix("/api"), headers=headers | {"accept": "text/html"}).text
        assert html.escape(words) in page


def test_a_run_that_takes_up_too_much_memory_is_refused_and_names_the_setting(fresh: type[Api]) -> None:
    api = fresh(max_total_elements=500)
    session = api.session(SPIRAL)
    refusal = problem(api.post(f"{session}/run"), 422)
    assert (refusal["type"], refusal["limit"]) == ("beyond-limit", "CHAINRULE_MAX_TOTAL_ELEMENTS")
    assert "in memory" in refusal["detail"]
    problem(api.get(f"{session}/run"), 404)
