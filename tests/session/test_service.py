"""The service: versions, waiting, other servers, copies, removal, explanations."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from app.errors import BeyondLimit, Conflict, Invalid, NotFound, Unavailable
from app.nn.limits import Limits
from app.nn.presets import PRESETS
from app.session.moves import By, To
from app.session.service import Sessions
from app.session.state import Cursor
from app.session.work import Allowance, TooLong, here
from tests.session.memory import MemoryStore
from tests.session.problems import EXPRESSION, MAZUR, MINIBATCHES

CALLS: dict[str, Callable[..., object]] = {
    "move": lambda sessions, id, **options: sessions.move(id, By("op"), **options),
    "forward": lambda sessions, id, **options: sessions.forward(id, **options),
    "backward": lambda sessions, id, **options: sessions.backward(id, **options),
    "step": lambda sessions, id, **options: sessions.step(id, **options),
    "edit_node": lambda sessions, id, **options: sessions.edit_node(id, "a", 3, **options),
    "edit_optimizer": lambda sessions, id, **options: sessions.edit_optimizer(id, {"learning_rate": 1.0}, **options),
    "undo": lambda sessions, id, **options: sessions.undo(id, **options),
    "redo": lambda sessions, id, **options: sessions.redo(id, **options),
}


def edited(sessions: Sessions) -> str:
    """A session in which something can be undone and redone."""
    id = sessions.create(EXPRESSION).id
    sessions.edit_node(id, "a", 5)
    sessions.edit_node(id, "a", 6)
    sessions.undo(id)
    return id


@pytest.mark.parametrize("call", CALLS)
def test_every_successful_call_adds_one_to_the_version(sessions: Sessions, call: str) -> None:
    id = edited(sessions)
    version = sessions.read(id).version
    assert CALLS[call](sessions, id).version == version + 1
    assert sessions.read(id).version == version + 1


@pytest.mark.parametrize("call", CALLS)
def test_a_call_meant_for_another_version_is_refused_and_changes_nothing(sessions: Sessions, call: str) -> None:
    id = edited(sessions)
    now = sessions.read(id)
    for version in (now.version - 1, now.version + 1):
        with pytest.raises(Conflict):
            CALLS[call](sessions, id, version=version)
    then = sessions.read(id)
    assert (then.version, then.cursor, then.value("a")) == (now.version, now.cursor, now.value("a"))
    assert CALLS[call](sessions, id, version=now.version).version == now.version + 1


def test_reading_explaining_and_checking_add_nothing_to_the_version(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(EXPRESSION).id).id
    version = sessions.read(id).version
    sessions.explain(id, "b")
    sessions.check(id)
    sessions.fork(id)
    assert sessions.read(id).version == version


def test_a_refused_call_adds_nothing_to_the_version(sessions: Sessions) -> None:
    first = sessions.create(EXPRESSION)
    for call in (
        lambda: sessions.move(first.id, By("op", -1)),
        lambda: sessions.step(first.id, 0),
        lambda: sessions.undo(first.id),
        lambda: sessions.redo(first.id),
        lambda: sessions.edit_node(first.id, "a", [1]),
    ):
        with pytest.raises((Invalid, Conflict)):
            call()
    assert sessions.read(first.id).version == first.version


def test_100_parallel_steps_all_count(sessions: Sessions) -> None:
    id = sessions.create(MINIBATCHES).id
    straight = sessions.step(sessions.fork(id).id, 100)
    with ThreadPoolExecutor(20) as threads:
        pictures = list(threads.map(lambda _: sessions.step(id), range(100)))
    last = sessions.read(id)
    assert sorted(picture.version for picture in pictures) == list(range(2, 102))
    assert last.cursor == straight.cursor
    assert last.losses.tobytes() == straight.losses.tobytes()
    for picture in pictures:
        assert picture.losses.size == picture.version - 1


def test_steps_on_two_servers_of_one_file_all_count(server) -> None:
    servers = [server(), server()]
    id = servers[0].create(MINIBATCHES).id
    straight = servers[0].step(servers[0].fork(id).id, 60)
    with ThreadPoolExecutor(6) as threads:
        versions = list(threads.map(lambda number: servers[number % 2].step(id).version, range(60)))
    assert sorted(versions) == list(range(2, 62))
    for sessions in (*servers, server()):
        assert sessions.read(id).losses.tobytes() == straight.losses.tobytes()


def test_an_edit_on_one_server_is_seen_on_the_other_and_never_lost(server) -> None:
    here, there = server(), server()
    id = here.create(MAZUR).id
    here.step(id, 100)
    there.edit_node(id, "W1", 0.7, [0, 1])
    here.edit_node(id, "W2", 0.1, [1, 1])
    picture = there.read(id)
    assert (picture.value("W1")[0, 1], picture.value("W2")[1, 1]) == (0.7, 0.1)
    there.undo(id)
    there.undo(id)
    assert here.read(id).cursor == Cursor(99, picture.length)
    assert here.step(id).losses.tobytes() == server().read(id).losses.tobytes()


def test_a_call_for_a_version_that_another_server_has_passed_is_refused(server) -> None:
    here, there = server(), server()
    first = here.create(MAZUR)
    there.step(first.id)
    with pytest.raises(Conflict):
        here.edit_node(first.id, "W1", 0.7, [0, 1], version=first.version)


def test_a_session_is_the_same_after_a_restart(server) -> None:
    before = server()
    id = edited(before)
    before.step(id, 3)
    before.move(id, By("op", -2))
    old, new = before.read(id), server().read(id)
    assert (new.version, new.cursor, new.title, new.spec) == (old.version, old.cursor, old.title, old.spec)
    assert (new.can_undo, new.can_redo) == (old.can_undo, old.can_redo) == (True, True)
    assert new.losses.tobytes() == old.losses.tobytes()
    assert new.snapshot.values.tobytes() == old.snapshot.values.tobytes()


def test_a_move_by_one_operation_stores_only_the_cursor() -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create(MAZUR).id
    for _ in range(12):
        sessions.move(id, By("op"))
    assert store.writes == [(False, False)] * 12
    sessions.edit_node(id, "W1", 1.0, [0, 0])
    sessions.step(id, 500)
    assert store.writes[12:] == [(True, True), (True, False)]


def test_while_the_store_refuses_nothing_changes() -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.step(sessions.create(MAZUR).id).id

    def refuse(*_: object) -> bool:
        raise Unavailable("full")

    save, store.save, store.touch = store.save, refuse, refuse
    edit = lambda: sessions.edit_node(id, "W1", 1.0, [0, 0])  # noqa: E731
    for call in (lambda: sessions.step(id, 7), edit, edit):
        with pytest.raises(Unavailable):
            call()
    before = sessions.read(id)
    store.save = save
    assert (before.version, before.losses.size) == (2, 1)
    assert sessions.step(id).losses.tolist() == Sessions(store).read(id).losses.tolist()


def test_a_session_whose_worked_example_has_changed_is_refused_and_not_shown_wrong(server, monkeypatch) -> None:
    id = server().create({"kind": "preset", "name": "mazur"}).id
    monkeypatch.setitem(PRESETS, "mazur", PRESETS["article"])
    with pytest.raises(Conflict, match="changed"):
        server().read(id)


def test_what_is_removed_is_not_found_anywhere(server) -> None:
    here, there = server(), server()
    id = here.create(MAZUR).id
    there.read(id)
    here.delete(id)
    for sessions in (here, there):
        for call in (sessions.read, sessions.step, sessions.fork, sessions.check, sessions.delete):
            with pytest.raises(NotFound):
                call(id)


def test_a_session_removed_while_others_wait_is_gone_for_them(sessions: Sessions) -> None:
    id = sessions.create(MAZUR).id
    outcomes: list[str] = []

    def step() -> None:
        try:
            sessions.step(id, 200)
            outcomes.append("stepped")
        except NotFound:
            outcomes.append("gone")

    threads = [threading.Thread(target=step) for _ in range(8)] + [threading.Thread(target=sessions.delete, args=(id,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    with pytest.raises(NotFound):
        sessions.read(id)


def test_a_fork_stands_where_the_original_stands_and_goes_its_own_way(sessions: Sessions) -> None:
    id = edited(sessions)
    original = sessions.step(id, 70)
    copy = sessions.fork(id)
    assert copy.id != id
    assert (copy.version, copy.cursor, copy.spec) == (original.version, original.cursor, original.spec)
    assert (copy.can_undo, copy.can_redo) == (True, True)
    assert copy.losses.tobytes() == original.losses.tobytes()
    sessions.redo(copy.id)
    assert sessions.read(id).cursor == original.cursor
    assert sessions.read(copy.id).value("a") == 6


def test_a_fork_survives_a_restart_and_its_original(server) -> None:
    before = server()
    id = before.step(before.create(MINIBATCHES).id, 300).id
    copy = before.fork(id)
    before.delete(id)
    assert server().read(copy.id).losses.tobytes() == copy.losses.tobytes()
    assert server().step(copy.id).losses.size == 301


def test_a_fork_may_be_meant_for_a_version(sessions: Sessions) -> None:
    first = sessions.create(MAZUR)
    sessions.step(first.id)
    with pytest.raises(Conflict):
        sessions.fork(first.id, first.version)


def test_looking_at_a_session_now_and_then_spares_it(server) -> None:
    now = [0.0]
    sessions = server(ttl=1000.0, clock=lambda: now[0])
    seen, forgotten = sessions.create(MAZUR).id, sessions.create(MAZUR).id
    now[0] = 900.0
    sessions.read(seen)
    sessions._store.sweep(before=100.0)
    assert sessions.read(seen).version == 1
    with pytest.raises(NotFound):
        sessions.read(forgotten)


def test_more_sessions_than_fit_into_memory_still_work() -> None:
    store = MemoryStore()
    sessions = Sessions(store, Limits(max_memory_bytes=100_000))
    ids = [sessions.create(MAZUR).id for _ in range(10)]
    for count in (1, 2):
        for id in ids:
            assert sessions.step(id).losses.size == count
    assert len(sessions._lives._lives) < len(ids)


def test_unknown_sessions_leave_nothing_in_memory(sessions: Sessions) -> None:
    for number in range(50):
        with pytest.raises(NotFound):
            sessions.read(str(number))
    assert not sessions._lives._lives


def test_terms_sum_to_the_gradient_and_central_differences_agree(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(EXPRESSION).id).id
    explained = sessions.explain(id, "b")
    assert (explained.value, explained.gradient) == (1.0, 5.0)
    assert [(term.consumer, term.upstream, term.local, term.product) for term in explained.terms] == [
        ("c", 2.0, 1.0, 2.0),
        ("d", 3.0, 1.0, 3.0),
    ]
    assert explained.second.difference.numeric == pytest.approx(5.0, rel=1e-9)
    assert explained.second.relative_error < 1e-9 and explained.second.agrees


def test_a_tiny_gradient_agrees_as_far_as_rounding_lets_it(sessions: Sessions) -> None:
    spec = {"kind": "expression", "source": "a = 0.3\nb = sin(a) * 0.000000001\nc = b + 5.0"}
    explained = sessions.explain(sessions.backward(sessions.create(spec).id).id, "a")
    assert explained.second.agrees and explained.second.relative_error > 1e-4


def test_every_number_of_a_network_is_explained(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(MAZUR).id).id
    picture = sessions.read(id)
    for node in ("x", "W1", "b1", "z1", "a2"):
        for index in np.ndindex(picture.graph[node].shape):
            explained = sessions.explain(id, node, index)
            assert sum(term.product for term in explained.terms) == pytest.approx(explained.gradient, rel=1e-12)
            assert explained.second.relative_error < 1e-6


def test_an_explanation_without_a_second_opinion_has_the_same_terms(sessions: Sessions) -> None:
    id = sessions.step(sessions.create(MAZUR).id).id
    full, short = sessions.explain(id, "W1", (0, 1)), sessions.explain(id, "W1", (0, 1), is_checked=False)
    assert short.terms == full.terms and short.gradient == full.gradient
    assert short.second is None


def test_a_number_at_a_kink_is_said_to_be_at_one(sessions: Sessions) -> None:
    id = sessions.create({"kind": "expression", "source": "a = 0.0\nb = 2.0\nc = relu(a) * b"}).id
    sessions.backward(id)
    at_kink, beside = sessions.explain(id, "a"), sessions.explain(id, "b")
    assert (at_kink.gradient, at_kink.second.agrees, at_kink.second.doubt) == (0.0, False, "kink")
    assert (beside.second.agrees, beside.second.doubt) == (True, None)


def test_terms_too_many_to_list_are_refused_and_shown_in_part(sessions: Sessions) -> None:
    count = 300_000
    source = f"w = 2.0\na = input({[1] * count})\nl = mean(w * a)"
    id = sessions.create({"kind": "expression", "source": source}).id
    sessions.backward(id)
    explained = sessions.explain(id, "w")
    assert len(explained.terms) == count and explained.terms[count - 1].index == (count - 1,)
    with pytest.raises(BeyondLimit):
        sessions.explain(id, "w", is_listed=True)


def test_the_second_opinion_follows_the_run(sessions: Sessions) -> None:
    """The probe that is compiled once stands at the numbers of each moment it is asked about."""
    id = sessions.create(MAZUR).id
    for _ in range(3):
        sessions.step(id)
        explained = sessions.explain(id, "W2", (1, 0))
        assert explained.second.difference.numeric == pytest.approx(explained.gradient, rel=1e-8)


def test_explaining_in_the_middle_of_the_backward_pass_shows_what_is_reached(sessions: Sessions) -> None:
    id = sessions.create(EXPRESSION).id
    sessions.move(id, To(0, 5))
    assert sessions.explain(id, "d").gradient == 3.0
    assert sessions.explain(id, "b").gradient is None


def test_after_the_update_the_gradient_is_still_explained_by_the_numbers_it_came_from(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create({**MAZUR, "optimizer": {"kind": "sgd", "learning_rate": 50.0}}).id).id
    before = sessions.explain(id, "W1", (0, 1))
    updated = sessions.step(id)
    after = sessions.explain(id, "W1", (0, 1))
    assert (after.gradient, after.terms, after.second.difference.numeric) == (
        before.gradient,
        before.terms,
        before.second.difference.numeric,
    )
    assert after.value == updated.value("W1")[0, 1] != before.value
    assert sessions.check(id).ok
    assert sessions.read(id).value("W1").tobytes() == updated.value("W1").tobytes()


def test_what_is_not_reached_yet_has_no_terms(sessions: Sessions) -> None:
    id = sessions.forward(sessions.create(EXPRESSION).id).id
    explained = sessions.explain(id, "b")
    assert (explained.value, explained.gradient, explained.terms) == (1.0, None, ())
    assert explained.second is None
    sessions.move(id, To(0, 0))
    assert sessions.explain(id, "c").value is None


def test_the_loss_has_gradient_1_and_no_terms(sessions: Sessions) -> None:
    id = sessions.backward(sessions.create(EXPRESSION).id).id
    explained = sessions.explain(id, "e")
    assert (explained.gradient, explained.terms, explained.second.difference.numeric) == (1.0, (), pytest.approx(1.0))


@pytest.mark.parametrize("index", [(), (0,), (2, 0), (0, -1), (0, 0, 0)])
def test_an_index_must_lead_to_one_number(sessions: Sessions, index: tuple) -> None:
    with pytest.raises(Invalid):
        sessions.explain(sessions.create(MAZUR).id, "W1", index)


def test_an_unknown_node_is_not_found(sessions: Sessions) -> None:
    with pytest.raises(NotFound):
        sessions.explain(sessions.create(MAZUR).id, "W9", (0, 0))


def test_a_check_compares_every_parameter_at_any_moment(sessions: Sessions) -> None:
    id = sessions.create(MINIBATCHES).id
    for move in (To(0, 0), To(2, 3), To(2, 5)):
        picture = sessions.move(id, move)
        report = sessions.check(id)
        assert report.ok
        assert [parameter.id for parameter in report.parameters] == list(picture.parameters)
        assert sessions.read(id).cursor == Cursor(move.iteration, move.position)


def test_a_check_beyond_the_limit_is_refused() -> None:
    sessions = Sessions(MemoryStore(), Limits(max_work=20_000))
    with pytest.raises(BeyondLimit):
        sessions.check(sessions.create(MAZUR).id)


def test_a_session_that_cannot_be_stored_is_not_made() -> None:
    store = MemoryStore()
    sessions = Sessions(store)

    def refuse(*_: object) -> None:
        raise Unavailable("full")

    store.create = refuse
    with pytest.raises(Unavailable):
        sessions.create(MAZUR)
    assert not sessions._lives._lives


@pytest.mark.parametrize("document", [{}, {"kind": "expression"}, {"kind": "preset", "name": "nobody"}, [], None, "a"])
def test_a_spec_that_cannot_be_used_makes_no_session(document: object) -> None:
    store = MemoryStore()
    with pytest.raises(Invalid):
        Sessions(store).create(document)
    assert not store._stored


class Waiting(MemoryStore):
    """A store that does something else before each save: others may be served while somebody waits for it."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def save(self, *arguments: Any) -> bool:
        self.meanwhile()
        return super().save(*arguments)


@pytest.mark.parametrize("document", [EXPRESSION, MAZUR, MINIBATCHES], ids=["expression", "small", "batches"])
def test_whoever_reads_while_the_store_is_waited_for_is_answered_and_spoils_nothing(document: dict) -> None:
    store = Waiting()
    sessions, plain = Sessions(store), Sessions(MemoryStore())
    id, other = sessions.create(document).id, plain.create(document).id
    seen: list[int] = []
    store.meanwhile = lambda: seen.append(sessions.read(id).version)
    name = sessions.read(id).graph.parameters[0]
    place = [0] * len(sessions.read(id).graph[name].shape)
    for act in (
        lambda one, id: one.step(id, 70),
        lambda one, id: one.move(id, To(30, 2)),
        lambda one, id: one.edit_node(id, name, 0.3, place),
        lambda one, id: one.step(id, 70),
        lambda one, id: one.undo(id),
        lambda one, id: one.step(id, 3),
        lambda one, id: one.redo(id),
        lambda one, id: one.step(id, 90),
    ):
        mine, theirs = act(sessions, id), act(plain, other)
        assert seen[-1] == mine.version - 1
        assert mine.losses.tobytes() == theirs.losses.tobytes()
        again = Sessions(store).read(id)
        assert (again.version, again.cursor) == (mine.version, mine.cursor)
        assert again.losses.tobytes() == theirs.losses.tobytes()
        assert all(np.array_equal(again.value(one), theirs.value(one)) for one in again.graph.parameters)


def test_a_refused_save_leaves_what_others_read_meanwhile() -> None:
    store = Waiting()
    sessions = Sessions(store)
    id = sessions.create(EXPRESSION).id
    before = sessions.step(id, 5)
    save = store.save

    def refuse(*_: object) -> bool:
        assert sessions.read(id).version == before.version
        raise Unavailable("locked")

    store.save = refuse
    for act in (lambda: sessions.step(id, 5), lambda: sessions.edit_node(id, "a", 9)):
        with pytest.raises(Unavailable):
            act()
    store.save = save
    after = sessions.step(id, 5)
    assert after.version == before.version + 1
    plain = Sessions(MemoryStore())
    assert after.losses.tobytes() == plain.step(plain.create(EXPRESSION).id, 10).losses.tobytes()


def test_a_version_made_before_a_request_was_handed_on_is_not_made_again() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(EXPRESSION).id
    made = sessions.step(id)
    token = here.set(Allowance(10**12, made=made.version))
    try:
        assert sessions.step(id).version == sessions.step(id, version=0).version == made.version
    finally:
        here.reset(token)


def test_a_move_that_is_too_long_for_here_changes_nothing_and_can_be_made_elsewhere() -> None:
    store = MemoryStore()
    sessions = Sessions(store)
    id = sessions.create(MAZUR).id
    token = here.set(Allowance(1_000_000))
    try:
        with pytest.raises(TooLong) as long:
            sessions.step(id, 1_000)
        assert long.value.written is None and sessions.read(id).version == 1
    finally:
        here.reset(token)
    elsewhere = Sessions(store).step(id, 1_000)
    assert sessions.read(id).losses.tobytes() == elsewhere.losses.tobytes()
