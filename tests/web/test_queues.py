"""Waiting without a thread: turns, limits, who goes away, and what is handed on to another process."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.errors import TooMany, Unavailable
from app.session import work
from app.session.live import LiveSessions
from app.session.service import Sessions
from app.web import queues as module
from app.web import streaming
from app.web.queues import Gone, Queue, Queues
from tests.web.client import CHAIN, Api, problem


def asker(gone: asyncio.Event | None = None) -> Request:
    """A request whose client goes away when it is said."""

    async def receive() -> dict[str, str]:
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def settled() -> None:
    """Let everybody who can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_who_came_first_is_let_in_first() -> None:
    async def play() -> list[int]:
        queue, order = Queue(1), []

        async def one(number: int) -> None:
            await queue.enter(asker())
            order.append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(5)]
        for _ in range(5):
            await settled()
            queue.leave()
        await asyncio.gather(*tasks)
        assert queue.room == 1
        return order

    assert asyncio.run(play()) == [0, 1, 2, 3, 4]


def test_who_goes_away_while_waiting_is_left_out_and_takes_nobodys_place() -> None:
    async def play() -> None:
        queue, gone = Queue(1), asyncio.Event()
        await queue.enter(asker())
        leaving = asyncio.create_task(queue.enter(asker(gone)))
        staying = asyncio.create_task(queue.enter(asker()))
        cancelled = asyncio.create_task(queue.enter(asker()))
        await settled()
        gone.set()
        cancelled.cancel()
        with pytest.raises(Gone):
            await leaving
        await settled()
        assert len(queue.waiting) == 1
        queue.leave()
        await staying
        queue.leave()
        assert queue.room == 1 and cancelled.cancelled()

    asyncio.run(play())


def test_who_is_let_in_and_gone_at_once_hands_the_place_on() -> None:
    async def play() -> None:
        queue, gone = Queue(1), asyncio.Event()
        await queue.enter(asker())
        leaving = asyncio.create_task(queue.enter(asker(gone)))
        staying = asyncio.create_task(queue.enter(asker()))
        await settled()
        gone.set()
        await asyncio.sleep(0)
        queue.leave()
        with pytest.raises(Gone):
            await leaving
        await staying

    asyncio.run(play())


def test_beyond_as_many_as_may_wait_is_refused_and_queues_are_forgotten_with_their_users() -> None:
    async def play() -> None:
        queues = Queues(2)
        inside = queues.of(asker(), "one", 1)
        await inside.__aenter__()
        waiting = [asyncio.create_task(through(queues)) for _ in range(2)]
        await settled()
        with pytest.raises(TooMany, match="2 \\(CHAINRULE_MAX_WAITING\\)"):
            await through(queues)
        await inside.__aexit__(None, None, None)
        await asyncio.gather(*waiting)
        assert not queues._queues and not queues._users

    asyncio.run(play())


def test_a_bound_that_no_setting_moves_names_none() -> None:
    async def play() -> None:
        queues = Queues(9)
        async with queues.of(asker(), "one", 1):
            waiting = asyncio.create_task(through(queues, 1))
            await settled()
            with pytest.raises(TooMany, match="too much to do") as refused:
                await through(queues, 1)
            assert "limit" not in refused.value.fields
        await waiting

    asyncio.run(play())


def test_closing_sends_away_who_waits_and_who_comes_and_leaves_who_is_inside() -> None:
    async def play() -> None:
        queues = Queues(9)
        inside = queues.of(asker(), "one", 1)
        await inside.__aenter__()
        waiting = asyncio.create_task(through(queues))
        await settled()
        queues.close()
        for one in (waiting, through(queues)):
            with pytest.raises(Unavailable, match="about to stop"):
                await one
        await inside.__aexit__(None, None, None)

    asyncio.run(play())


async def through(queues: Queues, most: int | None = None) -> None:
    async with queues.of(asker(), "one", 1, most):
        pass


class Held:
    """Calls of the service that wait in their threads until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.inside = 0
        self.most = 0
        self._lock = threading.Lock()

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def held(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            assert self.let_go.wait(60)
            with self._lock:
                self.inside -= 1
            return call(*arguments, **options)

        return held


@pytest.fixture
def held(api: Api, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Steps of the service wait."""
    made = Held()
    monkeypatch.setattr(api.app.state.sessions, "step", made.wrap(api.app.state.sessions.step))
    return made


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    while not holds():
        await asyncio.sleep(0.005)


def test_one_step_of_a_session_has_a_thread_and_others_wait_without(api: Api, held: Held) -> None:
    busy, other = api.session(), api.session(CHAIN)

    async def talk(client: httpx.AsyncClient) -> None:
        steps = [asyncio.create_task(client.post(f"{busy}/step")) for _ in range(100)]
        await until(lambda: held.inside == 1)
        # What only reads, what is static and what another session is asked for does not wait for it.
        for path in (busy, other, f"{busy}/run", "/static/css/tokens.css", "/healthz"):
            assert (await client.get(path)).status_code in (200, 404), path
        assert (await client.post(f"{other}/forward")).status_code == 200
        held.let_go.set()
        answers = await asyncio.gather(*steps)
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json()["version"] for answer in answers) == list(range(2, 102))

    api.together(talk)
    assert held.most == 1
    assert api.get(f"{busy}?values=none").json()["cursor"]["iteration"] == 99


def test_more_than_may_wait_for_a_session_are_refused_and_do_nothing(fresh: type[Api]) -> None:
    api, held = fresh(max_waiting=3), Held()
    sessions: Sessions = api.app.state.sessions
    sessions.step = held.wrap(sessions.step)  # type: ignore[method-assign]
    busy = api.session()

    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        steps = [asyncio.create_task(client.post(f"{busy}/step")) for _ in range(8)]
        await until(lambda: sum(step.done() for step in steps) == 4)
        held.let_go.set()
        return await asyncio.gather(*steps)

    answers = api.together(talk)
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 4 and all(answer.headers["retry-after"] == "1" for answer in refused)
    assert problem(refused[0], 429)["limit"] == "CHAINRULE_MAX_WAITING"
    assert api.get(f"{busy}?values=none").json()["cursor"]["iteration"] == 3


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application with the processes that a server starts for what takes long."""
    made = Api(tmp_path_factory.mktemp("office"))
    made.app.state.office.open()
    yield made
    made.close()


@pytest.fixture
def handed_on(office: Api, monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """What the requests that are handed on have written before."""
    seen: list[int | None] = []
    answer = office.app.state.office.answer

    async def noted(request: Request, written: int | None) -> Response:
        seen.append(written)
        return await answer(request, written)

    monkeypatch.setattr(office.app.state.office, "answer", noted)
    return seen


def test_what_takes_long_is_answered_by_another_process_and_is_the_same(
    api: Api, office: Api, handed_on: list[int | None]
) -> None:
    body = {"iterations": 5_000}
    expected = api.post(f"{api.session()}/step", body).json()
    session = office.session()
    answer = office.post(f"{session}/step", body)
    assert answer.status_code == 200 and handed_on == [None]
    assert {**answer.json(), "id": None} == {**expected, "id": None}
    assert {**office.get(session).json(), "id": None} == {**expected, "id": None}
    assert office.post(f"{session}/step").json()["cursor"]["iteration"] == 5_000 and len(handed_on) == 1


def test_a_refusal_from_another_process_is_the_same(office: Api, handed_on: list[int | None]) -> None:
    session = office.session()
    said = problem(office.post(f"{session}/step", {"iterations": 5_000, "version": 7}), 409)
    assert said["pointer"] == "/version" and not handed_on
    large = {"kind": "expression", "source": "a = 1\nb = a +\n" + "# much\n" * 30_000}
    said = problem(office.post("/api/sessions", large, headers={"accept-language": "zh-CN"}), 422)
    assert (said["line"], handed_on) == (2, [None]) and said["title"] != "The expression cannot be read"


def test_a_large_answer_from_another_process_comes_in_pieces_and_leaves_no_file(
    office: Api, handed_on: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    units = {"kind": "dense", "units": 400}
    data = {"x": [[0.0] * 400], "y": [[0.0]]}
    wide = {"kind": "layers", "inputs": 400, "layers": [units, units, {"kind": "dense", "units": 1}], "data": data}
    sizes: list[int] = []
    blocks = streaming.blocks
    monkeypatch.setattr(streaming, "blocks", lambda pieces: (sizes.append(len(one)) or one for one in blocks(pieces)))
    content = json.dumps({**wide, "loss": "mean_squared_error"}) + " " * module.MOST_BYTES
    made = office.post("/api/sessions", content=content, headers={"content-type": "application/json"})
    assert made.content and 0 < max(sizes) <= 2 * streaming.BLOCK
    read = office.get(made.headers["location"])
    assert made.status_code == 201 and handed_on == [None]
    assert made.content == read.content and len(made.content) > 3 * streaming.WHOLE
    assert not [*Path(gettempdir()).glob(f"chainrule-{os.getpid()}-*")] and streaming.BUDGET.used == 0


def test_what_was_written_before_a_page_takes_long_is_written_once(
    office: Api, handed_on: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = office.session()
    page = session.removeprefix("/api")
    monkeypatch.setattr(module, "ALLOWED", 20_000)
    # The step costs less than that; the numeric check of the page does not.
    answer = office.post(f"{page}/step", data={"iterations": "1", "view": "check"}, headers={"hx-request": "true"})
    assert answer.status_code == 200 and handed_on == [2]
    assert office.get(f"{session}?values=none").json()["version"] == 2


def test_whoever_cannot_be_shown_what_was_done_is_not_told_that_nothing_was(
    office: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, queues = office.session(), office.app.state.queues
    page = session.removeprefix("/api")
    monkeypatch.setattr(module, "ALLOWED", 20_000)
    monkeypatch.setattr(queues, "_most", 0)

    async def talk(client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        asked, headers = {"iterations": "1", "view": "check"}, {"hx-request": "true", "accept": "text/html"}
        async with AsyncExitStack() as stack:
            for _ in range(office.app.state.office.room):
                await stack.enter_async_context(queues.of(asker(), "office", office.app.state.office.room))
            step = await client.post(f"{page}/step", data=asked, headers=headers)
            return step, await client.get(f"{page}?view=check", headers=headers)

    step, look = office.together(talk)
    assert step.status_code == 503 and "has been done" in step.text
    assert look.status_code == 429 and "Nothing was changed" in look.text
    assert office.get(f"{session}?values=none").json()["version"] == 2


def test_who_needs_much_memory_waits_for_others_who_do(fresh: type[Api], monkeypatch: pytest.MonkeyPatch) -> None:
    api, lock, inside = fresh(), threading.Lock(), []
    room = LiveSessions.room

    @contextmanager
    def alone(self: LiveSessions, size: int) -> Iterator[None]:
        with room(self, size):
            # What needs none does not wait.
            assert not size or lock.acquire(blocking=False)
            inside.append(size)
            yield
            if size:
                lock.release()

    monkeypatch.setattr(LiveSessions, "room", alone)
    monkeypatch.setattr(work, "SMALL", 0)

    async def talk(client: httpx.AsyncClient) -> list[int]:
        asked = [client.post("/api/sessions", json=CHAIN) for _ in range(12)]
        return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert api.together(talk) == [201] * 12
    assert sum(size > 0 for size in inside) == 12


@pytest.fixture
def hungry(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Checks need much memory; each is noted."""
    check, asked = Sessions.check, []

    def hungry(self: Sessions, *arguments: Any) -> Any:
        asked.append(arguments)
        work.need_memory(work.SMALL + 1)
        return check(self, *arguments)

    monkeypatch.setattr(Sessions, "check", hungry)
    return asked


@pytest.mark.parametrize(("name", "padding"), [("large", 0), ("office", module.MOST_BYTES)])
def test_who_goes_away_while_waiting_for_memory_or_another_process_is_left_out(
    office: Api, handed_on: list[int | None], monkeypatch: pytest.MonkeyPatch, name: str, padding: int
) -> None:
    monkeypatch.setattr(work, "SMALL", 0)
    monkeypatch.setattr(office.app.state.store, "create", None)
    queues, sent = office.app.state.queues, []
    scope = {"type": "http", "method": "POST", "path": "/api/sessions", "query_string": b""}
    scope["headers"] = [(b"content-type", b"application/json")]
    messages = [{"type": "http.request", "body": json.dumps(CHAIN).encode() + b" " * padding}]

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def talk(_: object) -> None:
        gone = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async with queues.of(asker(), name, 1):
            task = asyncio.create_task(office.app(scope, receive, send))
            await until(lambda: task.done() or bool(queues._queues[name].waiting))
            gone.set()
            await task
        assert not queues._queues

    office.together(talk)
    assert sent[0]["status"] == module.CLIENT_HAS_GONE and not handed_on


def test_what_one_request_has_written_is_not_taken_for_what_the_next_one_has(api: Api, hungry: list[Any]) -> None:
    page = api.session().removeprefix("/api")

    # Requests of one connection may have the same context.
    async def talk(client: httpx.AsyncClient) -> list[httpx.Response]:
        asked = {"iterations": "1", "view": "check"}
        return [await client.post(f"{page}/step", data=asked, headers={"hx-request": "true"}) for _ in range(3)]

    assert {answer.status_code for answer in api.together(talk)} == {200} and len(hungry) == 6
    assert api.get(f"/api{page}?values=none").json()["version"] == 4


def test_what_was_written_before_much_memory_is_needed_is_written_once(api: Api, hungry: list[Any]) -> None:
    session = api.session()
    page = session.removeprefix("/api")
    answer = api.post(f"{page}/step", data={"iterations": "1", "view": "check"}, headers={"hx-request": "true"})
    assert answer.status_code == 200 and len(hungry) == 2
    assert api.get(f"{session}?values=none").json()["version"] == 2
    # Nor where it was written before the request was handed on to this process.
    handed_on = httpx.ASGITransport(lambda scope, *channel: api.app({**scope, "written": 2}, *channel))  # type: ignore

    async def talk(_: object) -> None:
        async with httpx.AsyncClient(transport=handed_on, base_url="http://chainrule.test") as client:
            asked = {"iterations": "1", "view": "check"}
            await client.post(f"{page}/step", data=asked, headers={"hx-request": "true"})

    api.together(talk)
    assert api.get(f"{session}?values=none").json()["version"] == 2 and len(hungry) == 4


def test_when_the_process_dies_that_is_said_and_another_one_answers_next(office: Api) -> None:
    session, body = office.session(), {"iterations": 100_000}

    async def talk(client: httpx.AsyncClient) -> httpx.Response:
        step = asyncio.create_task(client.post(f"{session}/step", json=body))
        # Only once it has answered something has it begun to live.
        assert (await client.post("/api/sessions", json=LARGE)).status_code == 201
        for child in multiprocessing.active_children():
            child.kill()
        return await step

    answer = office.together(talk)
    if answer.status_code != 200:
        assert problem(answer, 503)["type"] == "unavailable" and answer.headers["retry-after"]
    at = office.get(f"{session}?values=none").json()["cursor"]["iteration"]
    assert at == (99_999 if answer.status_code == 200 else 0)
    assert office.post("/api/sessions", LARGE).status_code == 201


def test_who_waits_for_long_is_told_that_the_server_closes(fresh: type[Api], monkeypatch: pytest.MonkeyPatch) -> None:
    api, before = fresh(), set(multiprocessing.active_children())
    office, session = api.app.state.office, api.session()
    office.open()
    answer = office.answer

    async def closing(request: Request, written: int | None) -> Response:
        office.stop()
        for process in set(multiprocessing.active_children()) - before:
            process.join()
        return await answer(request, written)

    monkeypatch.setattr(office, "answer", closing)
    said = problem(api.post(f"{session}/step", {"iterations": 100_000}), 503)
    assert said["detail"].startswith("The server is closing")


LARGE = {"kind": "expression", "source": "a = 2.0\nb = a * a\n" + "# much\n" * 30_000}
