"""Running a session: from the nearest checkpoint to any moment, always with the same bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from app.engine.check import Probe
from app.engine.graph import Graph, Node
from app.engine.plan import Plan, Snapshot, State
from app.engine.price import Price
from app.nn.evaluation import Evaluator
from app.nn.feed import Feeder
from app.nn.optimizers import parse_optimizer
from app.nn.problem import Problem
from app.nn.supply.rows import Rows
from app.session.departure import Departure
from app.session.edits import optimizer_at, replaced
from app.session.gauges import Gauges, Meter
from app.session.iteration import Iteration
from app.session.moment import Picture, Positions
from app.session.moves import finished
from app.session.state import Cursor, Edit, OptimizerEdit, Session
from app.session.trail import Kept, Known, Trail
from app.session.work import Prices, Work, check_work, spend

ELEMENTS_PER_NODE = 300
"""What a node's compiled calls and its place in tables weigh, in float64."""


class Replay:
    """The compiled plans of one session and where they stand. One thread at a time.

    The plan may have run further into its iteration than the cursor asks for: what is not computed yet *at the cursor*
    is masked by the picture, and parameters that were updated since are shown as they were when the iteration began.
    """

    def __init__(self, problem: Problem, initial: Mapping[str, np.ndarray], max_work: int) -> None:
        self.problem = problem
        self.work = Work(problem.graph)
        self.graph_elements = sum(node.size for node in problem.graph.nodes)
        self.positions = Positions.of(problem.graph)
        self.evaluator = Evaluator(problem, spend)
        self._meter = Meter(problem, self.work, self.evaluator)
        self._initial = initial
        self._max_work = max_work
        self._edits: tuple[Edit, ...] = ()
        self._edited: frozenset[int] = frozenset()
        self._optimizer = problem.optimizer
        self._prices = problem.optimizer, Prices(problem.graph, problem.optimizer)
        self._fixed = frozenset(node.id for node in problem.graph.nodes if is_fixed(problem, node))
        self._data: dict[str, np.ndarray] = {}
        self._plans: dict[int, Plan] = {}
        self._feeder = Feeder(problem.batches, problem.batched, problem.noises)
        self._probes: dict[Graph, Probe] = {}
        self._plan: Plan
        self._start: State
        self._iteration: int | None = None
        self._position = 0
        self._snapshots: dict[tuple[str, ...], Snapshot] = {}
        self._beginning = self._initial_state()
        self.trail = self._trail(Kept())

    @property
    def _here(self) -> int:
        """The iteration that this stands in. Raises TypeError before it stands anywhere."""
        if self._iteration is None:
            raise TypeError("the run stands nowhere")
        return self._iteration

    def graph(self, iteration: int) -> Graph:
        """The graph of an iteration; a short last batch has other shapes."""
        rows = self._rows(iteration)
        return self.problem.graph if rows is None else self.problem.graph_for(len(rows))

    def seek(self, edits: tuple[Edit, ...], cursor: Cursor, is_limited: bool = True) -> None:
        """Stand at a moment of the run with these edits. Raises BeyondLimit, having run nothing, if it is too far."""
        self._follow(edits)
        price = self._price_to(cursor)
        check_work(price, self._max_work) if is_limited else spend(price)
        try:
            if self._iteration != cursor.iteration:
                self._travel(cursor.iteration)
            self._run(cursor.position)
        except BaseException:
            self._iteration = None
            raise

    def resume(self, edits: tuple[Edit, ...], kept: Kept) -> None:
        """Go on from the trail that a run with these edits has left; the compiled plans stay."""
        self.trail = self._trail(kept)
        self._edits, self._edited, self._iteration = edits, frozenset(edit.iteration for edit in edits), None

    def known(self, edits: tuple[Edit, ...]) -> Known:
        """What is known of the trail of a run with these edits."""
        self._follow(edits)
        return self.trail.known()

    def take_over(self, kept: Kept) -> None:
        """Know, too, what another process has stored of this run."""
        self.trail.take_over(kept)

    def snapshot(self, position: int) -> Snapshot:
        """Copies of all numbers as they stand; of parameters that were updated after a position, those of before."""
        moves = self._plan.moves.items() if position < self._position else ()
        later = tuple(id for id, moved in moves if position < moved <= self._position)
        # All who look at this moment share it.
        if not self._snapshots:
            has_gradients = self._position > self.problem.graph.forward_end
            self._snapshots[()] = self._plan.snapshot(has_gradients)
        if later not in self._snapshots:
            self._snapshots = {(): self._snapshots[()]}
            self._snapshots[later] = self._plan.with_parameters(self._snapshots[()], self._start, later)
        return self._snapshots[later]

    def before_update(self, session: Session) -> Picture:
        """What a session shows, but its parameters as they were in the forward pass."""
        return replace(self.picture(session), snapshot=self.snapshot(0))

    def iteration(self, session: Session) -> Iteration:
        """The whole iteration that a session stands in; the plan must have run its backward pass."""
        graph = self.graph(session.cursor.iteration)
        at_end = replace(session, cursor=Cursor(session.cursor.iteration, graph.backward_end))
        moves, end = dict(self._plan.moves), self.snapshot(self._position)
        return Iteration(
            before=self.before_update(at_end),
            plan=self._plan,
            start=self._start,
            end=end,
            position=self._position,
            moves=moves,
        )

    def picture(self, session: Session) -> Picture:
        """What a session shows that stands, or is about to stand, where the runner is."""
        return Picture(
            id=session.id,
            version=session.version,
            title=session.title if session.lineage else self.problem.title,
            spec=session.spec,
            graph=self.graph(session.cursor.iteration),
            cursor=session.cursor,
            losses=self.trail.losses(finished(self.problem.graph, session.cursor)),
            frozen=self.problem.frozen,
            optimizer=self._optimizer,
            batches=self.problem.batches,
            lineage=session.lineage,
            can_undo=bool(session.done),
            can_redo=bool(session.undone),
            positions=self.positions,
            snapshot=self.snapshot(session.cursor.position),
            began=self.snapshot(0),
            problem=self.problem,
            gauges=self._gauges(session.cursor),
            known=self.trail.losses(self.trail.count),
            training=self._training,
            began_finite=self.began_finite,
        )

    def _gauges(self, cursor: Cursor) -> Gauges:
        """The gauges of all iterations known, and of the one at the cursor once its gradients are.

        Whoever asked about an iteration, as a check does, may have run it further than anybody has gone.
        """
        is_complete = cursor.position >= self.problem.graph.backward_end
        return self.trail.gauges().before(max(self.trail.count, cursor.iteration + is_complete))

    def departure(self) -> Departure:
        """What the run goes on with from the start of the iteration that this stands in."""
        begun = self.snapshot(0)
        leaves = {id: self._data[id] if id in self._fixed else begun.value(id) for id in self._initial}
        slots = {id: self._plan.slots_in(self._start, id) for id in self._plan.updated}
        return Departure(
            iteration=self._here,
            problem=self.problem,
            optimizer=self._optimizer,
            leaves=leaves,
            slots=slots,
            steps=self._start.step,
        )

    def beginning(self, id: str, index: tuple[int, ...]) -> tuple[float, tuple[float, ...], int]:
        """One number of an updated parameter as this iteration's update finds it, its slots, and which update it is."""
        number, slots = self._plan.number_in(self._start, id, index)
        return number, slots, self._start.step + 1

    @property
    def began_finite(self) -> bool:
        """Whether the parameters that updates move were all finite when this iteration began."""
        return bool(np.isfinite(self._start.parameters).all())

    def past(self, count: int) -> list[tuple[int, Mapping[str, np.ndarray]]]:
        """The parameters at the start of at most so many iterations, in order, the first known and the last of them."""
        places = sorted(self.trail.checkpoints)
        chosen = np.unique(np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(int))
        states = [(places[place], self.trail.checkpoints[places[place]].state) for place in chosen]
        return [(place, {**self._unmoved, **self._plan.parameters_in(state)}) for place, state in states]

    @property
    def _unmoved(self) -> dict[str, np.ndarray]:
        """The parameters that updates leave alone."""
        return {id: self._data[id] for id in self.problem.parameters if id in self._fixed}

    def probe(self, picture: Picture) -> Probe:
        """A probe that stands at a finished backward pass; each graph's is compiled once."""
        values = picture.snapshot.value
        if picture.graph in self._probes:
            self._probes[picture.graph].stand_at(values)
        else:
            self._probes[picture.graph] = Probe(picture.graph, values)
        return self._probes[picture.graph]

    @property
    def elements(self) -> int:
        """About how many float64 this takes up in memory: values, gradients and calls of each plan, what the optimizer
        remembers, copies to look at, first numbers, trail.
        """
        each = 2 * self.graph_elements + ELEMENTS_PER_NODE * len(self.problem.graph.nodes)
        plans = len(self._plans) + len(self._probes) + len(self.evaluator.plans)
        shown = sum(copy.values.size + copy.gradients.size for copy in self._snapshots.values())
        kept = sum(array.size for array in self._initial.values()) + (self.trail.bytes + self._beginning.bytes) // 8
        return each * max(plans, 1) + shown + kept

    def _follow(self, edits: tuple[Edit, ...]) -> None:
        """Forget what other edits made differently."""
        if edits is self._edits:
            return
        same = 0
        for old, new in zip(self._edits, edits, strict=False):
            if old != new:
                break
            same += 1
        other = [edit.iteration for edit in (*self._edits[same:], *edits[same:])]
        self._edits, self._edited = edits, frozenset(edit.iteration for edit in edits)
        if other:
            self.trail.cut(min(other))
            if self._iteration is not None and self._iteration >= min(other):
                self._iteration = None

    @property
    def prices(self) -> Prices:
        """What iterations with the optimizer there is now cost."""
        if self._prices[0] is not self._optimizer:
            self._prices = self._optimizer, Prices(self.problem.graph, self._optimizer)
        return self._prices[1]

    def _price_to(self, cursor: Cursor) -> Price:
        """What it costs to get to a moment from here or from the nearest checkpoint."""
        begin = Cursor(self.trail.nearest(cursor.iteration).iteration, 0)
        if self._iteration is not None and begin.iteration <= self._iteration <= cursor.iteration:
            begin = max(begin, Cursor(self._iteration, self._position))
        return self.prices.between(begin, cursor)

    def _travel(self, iteration: int) -> None:
        """Get to the start of an iteration, on from here or from the nearest checkpoint."""
        checkpoint = self.trail.nearest(iteration)
        if self._iteration is None or not checkpoint.iteration <= self._iteration < iteration:
            self._restore(checkpoint.iteration, checkpoint.state, is_landing=checkpoint.iteration == iteration)
        elif self._position:
            self._run(self._plan.length)
            self._begin(self._iteration + 1, is_landing=self._iteration + 1 == iteration)
        while (here := self._here) < iteration:
            count = self._stretch(iteration)
            if self.trail.is_gauge_due(here):
                count = 1
                self._measure_on_the_way()
            else:
                self.trail.record(here, self._iterate(count))
            self._begin(here + count, is_landing=here + count == iteration)

    def _stretch(self, until: int) -> int:
        """How many iterations can be run at one go: up to the next checkpoint due, or edit."""
        here = self._here
        edited = (place for place in self._edited if place > here)
        return min(until, self.trail.next_due(here), self.trail.next_gauge(here), *edited) - here

    def _iterate(self, count: int) -> np.ndarray:
        """Run so many iterations from the start of one; the loss of each."""
        losses = []
        for run in self._feeder.runs(self._data, self._here, self._here + count):
            self._turn_to(self._plan_of(run.rows))
            losses.append(self._plan.iterate(run.count, run.feed))
        return losses[0] if len(losses) == 1 else np.concatenate(losses)

    def _run(self, position: int) -> None:
        """Run the rest of this iteration up to a position; its loss is noted once it is finished."""
        if position <= self._position:
            return
        end = self.problem.graph.backward_end
        if self._position < end <= position and self.trail.is_gauge_due(self._here):
            self._go(end)
            self._measure()
        self._go(position)
        if position == self._plan.length:
            self.trail.record(self._here, np.array([self._plan.loss]))

    def _go(self, position: int) -> None:
        self._snapshots = {}
        self._plan.run(self._position + 1, position)
        self._position = position

    def _measure_on_the_way(self) -> None:
        """Run an iteration that is measured; what only parts of an iteration need is brought in before."""
        self._bring_in(self._here)
        self._start = self._plan.state()
        self._run(self._plan.length)

    def _measure(self) -> None:
        """Take a gauge at the end of the backward pass."""
        numbers, graph = self.snapshot(0), self.graph(self._here)
        measured = self._meter.measure(graph, numbers.value, numbers.gradient, self._training)
        self.trail.add_gauge(self._here, measured)

    @property
    def _training(self) -> Rows | None:
        """All training rows as they are now."""
        return None if self.problem.batches is None else Rows(*(self._data[id] for id in self.problem.batched))

    def _restore(self, iteration: int, state: State, is_landing: bool) -> None:
        """Make everything as it was before an iteration's edits, then begin it."""
        before = [edit for edit in self._edits if edit.iteration < iteration]
        self._data = {id: self._initial[id] for id in self._fixed}
        for edit in before:
            self._edit_fixed(edit)
        self._optimizer = optimizer_at(self.problem, before, iteration)
        self._go_on_in(self._plan_for(iteration), state)
        self._load(iteration, self._data)
        self._begin(iteration, is_landing, state)

    def _begin(self, iteration: int, is_landing: bool, state: State | None = None) -> None:
        """Start an iteration: keep a checkpoint if one is due, bring in its batch, apply its edits. The state is told
        if it is known, which saves a copy of it.
        """
        self._snapshots = {}
        self._iteration, self._position = iteration, 0
        if is_landing or iteration % self.trail.spacing == 0:
            self._start = state or self._plan.state()
            self.trail.add(iteration, self._start)
        if is_landing or iteration in self._edited:
            self._bring_in(iteration)
        if iteration in self._edited:
            for edit in self._edits:
                if edit.iteration == iteration:
                    self._apply(edit)
            self._start = self._plan.state()

    def _apply(self, edit: Edit) -> None:
        if isinstance(edit, OptimizerEdit):
            # One edit after the other: over another kind and back, the slots are fresh.
            self._optimizer = parse_optimizer(edit.settings)
            self._plan.set_optimizer(self._optimizer)
        elif edit.node in self._fixed:
            self._edit_fixed(edit)
            self._load(edit.iteration, (edit.node,))
        else:
            self._plan.load(edit.node, replaced(self._plan.value(edit.node), edit))

    def _edit_fixed(self, edit: Edit) -> None:
        """Change the numbers of a leaf that updates leave alone for good; of a minibatch, those of its rows."""
        if isinstance(edit, OptimizerEdit) or edit.node not in self._fixed:
            return
        whole, rows = self._data[edit.node], self._rows(edit.iteration)
        if rows is None or edit.node not in self.problem.batched:
            self._data[edit.node] = replaced(whole, edit)
            return
        self._data[edit.node] = whole.copy()
        self._data[edit.node][rows] = replaced(whole[rows], edit)

    def _load(self, iteration: int, ids: Iterable[str]) -> None:
        """Bring leaves that updates leave alone into the plan; of a minibatch, its rows."""
        rows = self._rows(iteration)
        for id in ids:
            array = self._data[id]
            self._plan.load(id, array if rows is None or id not in self.problem.batched else array[rows])

    def _rows(self, iteration: int) -> np.ndarray | None:
        """The rows of an iteration's minibatch, or None where every iteration takes all of them as they stand."""
        return self._feeder.rows(iteration)

    def _plan_for(self, iteration: int) -> Plan:
        rows = self._rows(iteration)
        return self._plan_of(0 if rows is None else len(rows))

    def _plan_of(self, rows: int) -> Plan:
        """The plan for batches of so many rows, 0 for all; all plans work on the same parameters and slots."""
        if rows not in self._plans:
            graph = self.problem.graph_for(rows) if rows else self.problem.graph
            other = next(iter(self._plans.values()), None)
            self._plans[rows] = Plan(graph, self._optimizer, self.problem.frozen, other)
        return self._plans[rows]

    def _bring_in(self, iteration: int) -> None:
        """Bring in what only this iteration has: the rows of its minibatch, its masks."""
        self._turn_to(self._plan_for(iteration))
        for id, numbers in self._feeder.at(self._data, iteration).items():
            self._plan.load(id, numbers)

    def _turn_to(self, plan: Plan) -> None:
        """Go on in the plan for batches of another size; leaves that are no part of a batch have to be told to it."""
        if plan is not self._plan:
            self._plan = plan
            for id in self._fixed.difference(self.problem.batched):
                plan.load(id, self._data[id])

    def _go_on_in(self, plan: Plan, state: State) -> None:
        # Other settings are compiled anew, which would be wasted on the same ones.
        if plan.optimizer != self._optimizer:
            plan.set_optimizer(self._optimizer)
        plan.restore(state)
        self._plan = plan

    def _trail(self, kept: Kept) -> Trail:
        reach = self._max_work // max(self.prices.iteration.total, 1)
        graph, slots = self.problem.graph, 1 + len(self.problem.optimizer.slots)
        size = slots * sum(graph[id].size for id in graph.parameters)
        return Trail(self.work.iteration, reach, kept, self._meter.columns, self._meter.pace, size, self._beginning)

    def _initial_state(self) -> State:
        plan = self._plan_for(0)
        for node in self.problem.graph.nodes:
            if node.kind == "parameter" and node.id not in self._fixed:
                plan.load(node.id, self._initial[node.id])
        return plan.state()


def initial_of(problem: Problem) -> dict[str, np.ndarray]:
    """The first numbers of all inputs and parameters; of data, all rows and not one batch of them."""
    initial = {node.id: node.initial for node in problem.graph.nodes if node.kind in ("input", "parameter")}
    if problem.batches is not None:
        initial.update(x=problem.batches.x, y=problem.batches.y)
    return initial


def is_fixed(problem: Problem, node: Node) -> bool:
    """Whether a node is a leaf whose numbers only an edit changes: an input, or a parameter that is not updated."""
    if node.kind == "parameter":
        return node.id in problem.frozen or not problem.graph.has_gradient(node.id)
    return node.kind == "input"
