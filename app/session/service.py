"""What can be done with sessions, for pages and programs alike; each call loads, computes the next session, and saves.

Here are the calls that make sessions, move and edit them; `questions` and `running` have the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.engine.graph import Graph
from app.errors import N_, BeyondLimit, NotFound
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.nn.supply.target_scale import written_out
from app.session import moves, state
from app.session.branch import Change, branched
from app.session.edits import node_edit, optimizer_at, optimizer_edit
from app.session.moment import Picture
from app.session.moves import Move
from app.session.questions import Questions
from app.session.replay import Replay, initial_of
from app.session.run import check_iterations
from app.session.running import Running
from app.session.size import bytes_of, bytes_to_build, check_size
from app.session.state import Cursor, Session
from app.session.work import check_iteration, note_written


class Sessions(Questions, Running):
    """The service. Any thread may call; long calls on one session hold up nobody but that session."""

    def create(self, document: object) -> Picture:
        """A new session from a spec's JSON."""
        spec = parse_spec(document, self._limits)
        with self._lives.room(bytes_to_build(spec, self._limits)):
            problem = build(spec, self._limits)
        if problem.reading and problem.reading.doubt:
            raise problem.reading.doubt
        check_iteration(problem, self._limits.max_work)
        size = check_size(problem, self._limits)
        document = written_out(spec.document, problem.target_scale.name)
        session = Session(state.new_id(), str(problem.title), document, initial_of(problem))
        with self._lives.room(size):
            return self._add(session, Replay(problem, session.initial, self._limits.max_work))

    def read(self, id: str) -> Picture:
        """The session as it stands."""
        with self._lives.hold(id) as live:
            self._catch_up(live)
            return live.picture()

    def move(self, id: str, move: Move, version: int | None = None) -> Picture:
        """By ops, phases or iterations, or straight to a moment."""
        return self._go(id, lambda graph, cursor: moves.target(graph, cursor, move), version)

    def forward(self, id: str, version: int | None = None) -> Picture:
        """To the end of the forward pass."""
        return self._go(id, moves.forward, version)

    def backward(self, id: str, version: int | None = None) -> Picture:
        """To the end of the backward pass."""
        return self._go(id, moves.backward, version)

    def step(self, id: str, iterations: int = 1, version: int | None = None) -> Picture:
        """To the end of an iteration, finishing so many."""
        return self._go(id, lambda graph, cursor: moves.step(graph, cursor, iterations), version)

    def edit_node(self, id: str, node: str, value: Any, index: Any = None, version: int | None = None) -> Picture:
        """Set all numbers of an input or a parameter, or the one at `index`."""

        def next_session(session: Session, replay: Replay) -> Session:
            iteration = moves.finished(replay.problem.graph, session.cursor)
            graph = replay.graph(iteration)
            edit = node_edit(replay.problem, graph, iteration, node, value, index, self._limits)
            self._check_room(replay, session, len(edit.numbers) // 8)
            return state.edited(session, edit)

        return self._change(id, next_session, version)

    def edit_optimizer(self, id: str, settings: Mapping[str, Any], version: int | None = None) -> Picture:
        """Set the optimizer's hyperparameters, or choose another one."""

        def next_session(session: Session, replay: Replay) -> Session:
            iteration = moves.finished(replay.problem.graph, session.cursor)
            current = optimizer_at(replay.problem, session.edits, iteration)
            return state.edited(session, optimizer_edit(current, iteration, settings))

        return self._change(id, next_session, version)

    def undo(self, id: str, version: int | None = None) -> Picture:
        """Take back the last edit."""
        return self._change(id, lambda session, replay: state.undo(session), version)

    def redo(self, id: str, version: int | None = None) -> Picture:
        """Bring back the edit taken back last."""
        return self._change(id, lambda session, replay: state.redo(session), version)

    def fork(self, id: str, version: int | None = None) -> Picture:
        """A copy under an id of its own: cursor, edits, and what can be undone and redone."""
        with self._held(id, version) as live:
            picture, session, growth = live.picture(), state.fork(live.session), live.replay.trail.whole()
        # Nobody has asked for the copy yet: it is in the store alone, which has nearly all of it.
        self._store.create(session, growth, self._clock())
        note_written()
        return replace(picture, id=session.id, lineage=session.lineage)

    def branch(self, id: str, change: Change, iteration: int | None = None, version: int | None = None) -> Picture:
        """Another session that leaves this one at the start of an iteration, with one thing changed."""
        with self._held(id, version) as live, self._lives.room(bytes_of(live.replay.problem)):
            session, replay = branched(live.session, live.replay, change, iteration, self._limits)
        return self._add(session, replay)

    def delete(self, id: str) -> None:
        """Remove a session for good."""
        is_removed = self._store.delete(id)
        with self._lives.hold(id) as live:
            live.replay = None
        if not is_removed:
            raise NotFound(N_("There is no such session; it may have been removed."))

    def _go(self, id: str, target: Callable[[Graph, Cursor], Cursor], version: int | None) -> Picture:
        def next_session(session: Session, replay: Replay) -> Session:
            cursor = target(replay.problem.graph, session.cursor)
            check_iterations(cursor.iteration + 1, self._limits.max_total_elements // 2)
            return state.moved(session, cursor)

        return self._change(id, next_session, version)

    def _check_room(self, replay: Replay, session: Session, elements: int) -> None:
        """Refuse an edit that would make the session, with all that can be undone and redone, too large."""
        total = replay.graph_elements + session.edited_elements + elements
        if total > self._limits.max_total_elements:
            template = N_("With this edit the session would hold {came} elements; {most} are allowed ({limit}).")
            limit = "CHAINRULE_MAX_TOTAL_ELEMENTS"
            raise BeyondLimit(template, came=total, most=self._limits.max_total_elements, limit=limit)
