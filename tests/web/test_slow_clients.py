"""Clients that send nothing, or not all: each is left after a while, and all together cannot fill the memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import h11
import pytest
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from app.errors import TooLarge, TooMany, TooSlow
from app.web import connections, security
from app.web.connections import Hurried
from app.web.security import BodyLimit
from tests.web.client import MAZUR, Api, problem

LIMIT = 1000
SCOPE = {"type": "http", "method": "POST", "path": "/api/sessions", "headers": []}


class Client:
    """One who sends some pieces of a body, and then nothing."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.is_waiting = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self.pieces:
            return {"type": "http.request", "body": self.pieces.pop(0), "more_body": True}
        self.is_waiting.set()
        return await asyncio.Future()


async def unasked(*messages: Any) -> None:
    raise AssertionError("an unfinished body was answered or handed on")


def reading(limit: BodyLimit, client: Client) -> asyncio.Task:
    return asyncio.create_task(limit(SCOPE, client.receive, unasked))


def limited() -> BodyLimit:
    return BodyLimit(unasked, LIMIT)


def run(talk: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(talk())


def test_a_body_that_comes_no_further_is_refused_and_its_connection_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "SILENCE", 0.01)

    async def talk() -> None:
        limit = limited()
        with pytest.raises(TooSlow) as refusal:
            await reading(limit, Client(b"{", b'"kind"'))
        assert refusal.value.headers == {"connection": "close"} and limit.budget.used == 0

    run(talk)


def test_a_body_that_comes_bit_by_bit_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "SECONDS", 0.05)

    async def endless() -> dict[str, Any]:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b"", "more_body": True}

    async def talk() -> None:
        with pytest.raises(TooSlow):
            await limited()(SCOPE, endless, unasked)

    run(talk)


def test_the_bodies_of_all_clients_together_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BODIES", 10 * LIMIT)
    monkeypatch.setattr(security, "SMALL", 0)

    async def talk() -> None:
        limit, clients = limited(), [Client(b" " * LIMIT) for _ in range(200)]
        tasks = [reading(limit, client) for client in clients]
        while sum(task.done() or client.is_waiting.is_set() for task, client in zip(tasks, clients, strict=True)) < 200:
            await asyncio.sleep(0)
        assert limit.budget.used == 10 * LIMIT
        refused = [task.exception() for task in tasks if task.done()]
        assert len(refused) == 190 and all(isinstance(error, TooMany) for error in refused)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert limit.budget.used == 0

    run(talk)


def test_small_bodies_are_read_whatever_large_ones_are_kept_unfinished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "BODIES", 2 * LIMIT)
    monkeypatch.setattr(security, "SMALL", 10)

    async def talk() -> None:
        limit = limited()
        large = [Client(b" " * LIMIT) for _ in range(2)]
        tasks = [reading(limit, client) for client in large]
        for client in large:
            await client.is_waiting.wait()
        with pytest.raises(TooMany):
            await reading(limit, Client(b"12345", b"12345", b"1"))
        small = Client(b"12345", b"12345")
        tasks.append(reading(limit, small))
        await asyncio.wait((tasks[-1], asyncio.create_task(small.is_waiting.wait())), return_when="FIRST_COMPLETED")
        assert limit.budget.used == 2 * LIMIT + 10 and not tasks[-1].done()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    run(talk)


def test_a_body_too_large_that_comes_no_further_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "SILENCE", 0.01)

    async def talk() -> None:
        limit = limited()
        with pytest.raises((TooLarge, TooSlow)):
            await reading(limit, Client(b" " * LIMIT, b" "))
        assert limit.budget.used == 0

    run(talk)


def test_a_program_hears_that_it_was_too_slow(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "SILENCE", 0.01)

    async def stuck() -> Any:
        yield b"{"
        await asyncio.Future()

    answer = api.post("/api/sessions", content=stuck(), headers={"content-type": "application/json"})
    assert problem(answer, 408)["type"] == "too-slow" and answer.headers["connection"] == "close"
    assert api.post("/api/sessions", MAZUR).status_code == 201


class Wire(asyncio.Transport):
    """A connection on which nothing happens but what a test does."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.is_aborted = b"", False

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.is_aborted = True

    def is_closing(self) -> bool:
        return self.is_aborted

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        self.is_aborted = True


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nhost: a\r\nx: "])
def test_a_connection_without_a_whole_head_is_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SECONDS", 0.01)

    async def talk() -> None:
        wire = connected(sent)
        while not wire.is_aborted:
            await asyncio.sleep(0.001)

    run(talk)


async def much(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x" * 2**23})


def test_whoever_takes_nothing_of_an_answer_is_cut_off_and_its_memory_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READING_SECONDS", 0.2)
    lost: list[Hurried] = []
    monkeypatch.setattr(H11Protocol, "connection_lost", lambda protocol, _: lost.append(protocol))

    async def talk() -> None:
        config = Config(much, http=Hurried, log_config=None)
        config.load()
        made = partial(Hurried, config, ServerState(), {})
        server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1)
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            while not lost:
                await asyncio.sleep(0.01)
            writer.transport.abort()
        assert lost[0].transport.get_write_buffer_size() == 0 and lost[0]._reading is None

    run(talk)


def test_a_whole_head_has_its_answer_and_a_second_one_that_is_not_whole_is_waited_for_anew() -> None:
    async def talk() -> None:
        wire = connected(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        protocol = wire.protocol
        while b"204" not in wire.written:
            await asyncio.sleep(0)
        assert protocol._ending is None
        protocol.data_received(b"GET / HT")
        assert protocol.conn.their_state is h11.IDLE and protocol._ending is not None
        protocol.data_received(b"TP/1.1\r\nhost: a\r\n\r\n")
        assert protocol._ending is None
        protocol.connection_lost(None)

    run(talk)


def connected(sent: bytes) -> Wire:
    """A connection on which so much has been sent."""
    config = Config(hello, http=Hurried, log_config=None)
    config.load()
    wire = Wire()
    wire.protocol = Hurried(config, ServerState(), {})
    wire.protocol.connection_made(wire)
    if sent:
        wire.protocol.data_received(sent)
    return wire
