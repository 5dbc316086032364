"""Answers that grow with the run or with the network: the newest losses alone, and all in pieces where asked for."""

from __future__ import annotations

import asyncio
import csv
import io
import tracemalloc
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from app.export.curves import curves
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.session.budget import Budget
from app.session.gauges import Gauges
from app.session.moment import Picture
from app.session.replay import Replay, initial_of
from app.session.state import Cursor, Session
from app.web import encoding, streaming
from tests.web.client import MAZUR, Api, problem

SQUARE = {"kind": "expression", "source": "a = 2.0\nb = a*a"}
PERSON = {"accept": "text/html", "accept-language": "en"}


@pytest.fixture(scope="module")
def long_run(api: Api) -> str:
    """A session after more iterations than an answer has losses."""
    session = api.session(SQUARE)
    assert api.post(f"{session}/step?values=none", {"iterations": 12_000}).status_code == 200
    return session


def test_the_newest_losses_are_answered_and_which_iteration_the_first_is_of(api: Api, long_run: str) -> None:
    newest, all_of_them = api.get(long_run).json(), api.get(f"{long_run}?losses=all").json()
    assert (len(newest["losses"]), newest["first_loss"]) == (10_000, 2_000)
    assert (len(all_of_them["losses"]), all_of_them["first_loss"]) == (12_000, 0)
    assert newest["losses"] == all_of_them["losses"][2_000:]
    assert {**newest, "losses": [], "first_loss": 0} == {**all_of_them, "losses": []}


def test_without_values_the_last_loss_says_which_it_is(api: Api, long_run: str) -> None:
    found = api.get(f"{long_run}?values=none&losses=all").json()
    assert (len(found["losses"]), found["first_loss"]) == (1, 11_999)
    assert api.get(api.session(SQUARE)).json()["first_loss"] == 0


def test_moves_edits_forks_and_branches_answer_all_losses_where_asked(api: Api, long_run: str) -> None:
    moved = api.post(f"{long_run}/move?losses=all", {"by": "op", "count": -1}).json()
    forked = api.post(f"{long_run}/fork?losses=all").json()
    assert len(moved["losses"]) == len(forked["losses"]) == 11_999
    edited = api.patch(f"{long_run}/optimizer", {"learning_rate": 0.2}).json()
    assert (len(edited["losses"]), edited["first_loss"]) == (10_000, 1_999)
    assert len(api.post(f"{long_run}/undo?losses=all").json()["losses"]) == 11_999
    assert api.post(f"{long_run}/branch?losses=all", {"learning_rate": 0.3}).json()["first_loss"] == 0


def test_a_comparison_has_the_newest_losses_of_both(api: Api, long_run: str) -> None:
    ids = [one.rpartition("/")[2] for one in (long_run, api.session(SQUARE))]
    both = api.get(f"/api/compare/{ids[0]}/{ids[1]}").json()["sessions"]
    assert [len(one["losses"]) for one in both] == [10_000, 0]
    assert [one["first_loss"] for one in both] == [both[0]["iterations"] - 10_000, 0]


def test_what_is_asked_of_losses_otherwise_is_refused(api: Api, long_run: str) -> None:
    assert problem(api.get(f"{long_run}?losses=some"), 422)["detail"].count("losses")


def of_many(count: int) -> Picture:
    """What a session would show after so many iterations."""
    made = build(parse_spec(MAZUR))
    session = Session("id", "", MAZUR, initial_of(made))
    replay = Replay(made, session.initial, 10**12)
    replay.seek((), Cursor())
    replay.trail.record(0, np.linspace(1, 0.001, count))
    picture = replay.picture(session)
    return replace(picture, losses=picture.known, cursor=Cursor(count, 0), gauges=Gauges())


def peak_of(pieces: Any) -> tuple[int, int]:
    """Bytes of all pieces, and the most that was in use while they were made."""
    tracemalloc.start()
    try:
        total = sum(len(piece) for piece in pieces)
        return total, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_all_losses_and_the_curves_of_a_long_run_are_never_whole_in_memory() -> None:
    picture = of_many(300_000)
    total, peak = peak_of(encoding.session(picture, "", str, has_all_losses=True))
    assert total > 3_000_000 and peak < total / 3
    total, peak = peak_of(text.encode() for text in curves(picture))
    assert total > 3_000_000 and peak < total / 1.5


def test_a_large_array_in_pieces_reads_as_the_whole_would(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {
        "cube": np.arange(60.0).reshape(3, 4, 5),
        "odd": np.where(np.arange(24) % 7 == 0, np.nan, -np.inf).reshape(2, 12),
        "counts": np.arange(30, dtype=np.int64),
        "scalar": np.array(2.5),
        "none": np.empty((0, 3)),
    }
    document = {"arrays": arrays, "members": iter([{"a": np.arange(20.0)}, {"b": [1, "二"]}]), "nothing": None}
    whole = {"arrays": {id: encoding.numbers(array) for id, array in arrays.items()}, "nothing": None}
    whole["members"] = [{"a": np.arange(20.0).tolist()}, {"b": [1, "二"]}]
    monkeypatch.setattr(encoding, "AT_ONCE", 7)
    assert msgspec.json.decode(b"".join(encoding.pieces(document))) == msgspec.json.decode(encoding.encode(whole))


def test_the_curves_as_a_file_and_for_programs_are_the_same_rows(api: Api, long_run: str) -> None:
    answer = api.get(f"{long_run}/export/curves.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["iteration"] for row in rows] == [*map(str, range(len(rows)))] and len(rows) >= 11_999
    id = long_run.rpartition("/")[2]
    assert api.get(f"/sessions/{id}/export/curves.csv", headers=PERSON).content == answer.content


def test_a_program_of_too_many_numbers_is_refused_and_the_network_as_json_is_not(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = api.session(MAZUR)
    monkeypatch.setattr("app.export.formats.MOST_IN_PROGRAM", 11)
    for format in ("numpy", "pytorch"):
        assert "The network as JSON has all of them." in problem(api.get(f"{session}/export/{format}"), 413)["detail"]
    assert api.get(f"{session}/export/json").status_code == 200


class Slow:
    """One who reads the first piece and no more, until told."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.messages: list[dict] = []

    async def send(self, message: dict) -> None:
        self.messages.append(message)
        if len(self.messages) > 2:
            await self.told.wait()

    async def receive(self) -> dict:
        return await asyncio.Future()


SCOPE = {"type": "http", "method": "GET", "headers": [], "path": "/", "asgi": {"spec_version": "2.3"}}


def large(held: int = 0) -> Any:
    return streaming.sent((b"x" * 2**18 for _ in range(20)), "text/plain", held=held)


def test_no_piece_is_made_before_the_reader_has_taken_the_last() -> None:
    made: list[int] = []

    def pieces() -> Any:
        for number in range(100):
            made.append(number)
            yield b"x" * 2**18

    async def talk() -> int:
        slow = Slow()
        task = asyncio.create_task(streaming.sent(pieces(), "text/plain")(SCOPE, slow.receive, slow.send))
        while len(slow.messages) < 3:
            await asyncio.sleep(0)
        waiting = len(made)
        slow.told.set()
        await task
        return waiting

    assert asyncio.run(talk()) <= 8 and len(made) == 100


def test_a_reader_who_takes_nothing_any_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SILENCE", 0.01)
    slow = Slow()
    asyncio.run(large(held=5)(SCOPE, slow.receive, slow.send))
    assert not any(message.get("more_body") is False for message in slow.messages)
    assert streaming.BUDGET.used == 0


def test_a_reader_who_takes_a_little_now_and_then_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece comes long before the reader counts as silent, but all of them together would take too long."""
    monkeypatch.setattr(streaming, "SLOWEST", 2**40)
    monkeypatch.setattr(streaming, "SILENCE", 1.0)
    messages: list[Any] = []

    async def send(message: Any) -> None:
        await asyncio.sleep(0.1)
        messages.append(message)

    asyncio.run(large(held=5)(SCOPE, Slow().receive, send))
    assert messages and not any(message.get("more_body") is False for message in messages)
    assert streaming.BUDGET.used == 0


def test_what_all_answers_under_way_hold_on_to_is_bounded(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "WHOLE", 10)
    monkeypatch.setattr(streaming, "BUDGET", Budget(1000))
    session = api.session(MAZUR)
    streaming.BUDGET.take(1000)
    answer = api.get(session)
    assert problem(answer, 429)["type"] == "too-many" and answer.headers["retry-after"]
    streaming.BUDGET.give_back(1000)
    assert api.get(session).status_code == 200 and streaming.BUDGET.used == 0
