"""One iteration written out for the whole graph: every number's formula, first in symbols, then in numbers.

Nothing here is in a language or a notation: equations are formulas over single numbers, which documents write as
MathML, as LaTeX, or as text that Python evaluates. What is too much to write out is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import numpy as np

from app.engine.assignment import Assignment
from app.engine.elements import unraveled
from app.engine.explain import Terms, local_formula, terms, value_formula
from app.engine.formula import Formula, Index, Named, Negative, Number, Place, Product, Sum
from app.engine.graph import Node
from app.engine.optim import Optimizer
from app.engine.reach import Numbers
from app.engine.schedule import Schedule
from app.notation import numbers
from app.notation.excerpt import Rest, by_size, evaluated, excerpt, is_bare
from app.notation.rounding import is_changed, is_rounded
from app.pages.derivation.parts import Derivation, Equation, Given, Line, Part, Pass, Share
from app.session.iteration import Iteration
from app.views.conventions import conventions

MOST_NUMBERS = 320
"""A graph with no more values, gradients and updated parameters than this is written out in full."""
MOST_EQUATIONS = 200
MOST_OF_NODE = 8
MOST_NODES = 48
"""Nodes written out in each pass of a graph that is not: the first half of these, and the last."""
MOST_PARTS, FEWER_PARTS = 10, 4
"""Parts written out of one sum: in a graph written out in full, and in a larger one."""
MOST_ROWS, ROOM = 12, 72
"""How many rows of an array are shown, and how many digits wide a row may be."""


def derivation(run: Iteration, digits: int) -> Derivation:
    """The document about one iteration."""
    return Writer(run, digits).derivation()


class Writer:
    """What all parts of one document need: the numbers, and how much of them there is room for."""

    def __init__(self, run: Iteration, digits: int) -> None:
        self.run, self.graph, self.digits = run, run.graph, digits
        self.values: Numbers = run.values
        self.gradients: Numbers = run.gradients
        self.ops = [node for node in run.graph.nodes if node.kind == "op"]
        self.reached = [node for node in reversed(run.graph.nodes) if run.graph.has_gradient(node.id)]
        self.moved = [run.graph[id] for id in run.updated]
        everything = [*self.ops, *self.reached, *self.moved]
        shown = sum(min(len(nodes), MOST_NODES) for nodes in (self.ops, self.reached, self.moved))
        is_small = sum(node.size for node in everything) <= MOST_NUMBERS
        self.most_nodes = MOST_NUMBERS if is_small else MOST_NODES
        self.most = MOST_NUMBERS if is_small else min(MOST_OF_NODE, max(1, MOST_EQUATIONS // max(shown, 1)))
        self.most_parts = MOST_PARTS if is_small else FEWER_PARTS

    def derivation(self) -> Derivation:
        run, graph = self.run, self.graph
        leaves = [node for node in graph.nodes if node.kind in ("input", "parameter") or is_named_constant(node)]
        optimizer = run.before.optimizer
        return Derivation(
            id=run.before.id,
            version=run.before.version,
            title=run.before.title,
            digits=self.digits,
            graph=graph,
            iteration=run.before.cursor.iteration,
            epoch=run.before.epoch,
            loss=float(self.values(graph.loss.id)),
            optimizer=optimizer,
            settings=settings_of(optimizer),
            frozen=tuple(id for id in graph.parameters if id in run.before.frozen),
            agreements=conventions(run.before),
            givens=tuple(given(node, self.values(node.id), self.digits) for node in leaves[: self.most_nodes]),
            givens_left_out=max(0, len(leaves) - self.most_nodes),
            forward=self.passed(self.ops, self.computed),
            backward=self.passed(self.reached, self.explained),
            update=self.passed(self.moved, self.updated),
            first_non_finite=run.before.first_non_finite,
        )

    def passed(self, nodes: Sequence[Node], write: Callable[[Node], Part]) -> Pass:
        """One pass over nodes; in the middle of too many, some are left out."""
        if len(nodes) <= self.most_nodes:
            return Pass(tuple(map(write, nodes)), 0, 0)
        half = self.most_nodes // 2
        kept = [*nodes[:half], *nodes[-half:]]
        return Pass(tuple(map(write, kept)), len(nodes) - len(kept), half)

    def computed(self, node: Node) -> Part:
        """The values of an op's node."""
        value = self.values(node.id)
        places = self.chosen(value)
        return Part(node, tuple(places), tuple(self.value_of(node, index) for index in places), node.size - len(places))

    def value_of(self, node: Node, index: Index) -> Equation:
        target = Place(node.id, index, float(self.values(node.id)[index]))
        return self.equation(target, value_formula(self.graph, self.values, node.id, index))

    def explained(self, node: Node) -> Part:
        """The gradients of a node, each the sum of its terms."""
        places = self.chosen(self.gradients(node.id))
        found = [self.gradient_of(node, index) for index in places]
        equations, shares = zip(*found, strict=True) if found else ((), ())
        return Part(node, tuple(places), tuple(equations), node.size - len(places), tuple(shares))

    def gradient_of(self, node: Node, index: Index) -> tuple[Equation, tuple[tuple[Share, ...], Rest | None]]:
        target = Place(node.id, index, float(self.gradients(node.id)[index]), is_gradient=True)
        found = terms(self.graph, self.values, self.gradients, node.id, index, self.run.values_at(node.id))
        shares, rest = self.shares_of(found, index)
        parts = [self.term_of(share) for share in shares] + ([rest] if rest else [])
        whole = parts[0] if len(parts) == 1 else Sum(tuple(parts))
        return self.equation(target, whole if parts else None), (shares, rest)

    def shares_of(self, found: Terms, index: Index) -> tuple[tuple[Share, ...], Rest | None]:
        """The largest terms, and the rest as one number."""
        with np.errstate(all="ignore"):
            products = np.concatenate([np.zeros(0), *(edge.upstream * edge.local for edge in found.edges)])
        if len(products) <= self.most_parts + 1:
            return tuple(self.share(found, place, index) for place in range(len(products))), None
        kept, others = by_size(products, self.most_parts)
        shares = tuple(self.share(found, place, index) for place in kept)
        return shares, Rest(len(products) - len(kept), others)

    def share(self, found: Terms, place: int, index: Index) -> Share:
        term = found[place]
        values = self.run.values_at(self.graph[term.consumer].inputs[term.argument])
        local = local_formula(self.graph, values, term.consumer, term.argument, index, term.index)
        return Share(
            consumer=term.consumer,
            argument=term.argument,
            index=term.index,
            upstream=term.upstream,
            local=local,
            product=term.product,
        )

    def term_of(self, share: Share) -> Formula:
        """Upstream × local as a formula: the loss's own gradient, 1, and a local derivative of 1 are not written."""
        upstream = Place(share.consumer, share.index, share.upstream, is_gradient=True)
        local = excerpt(share.local, self.most_parts)
        if share.consumer == self.graph.loss.id:
            return local
        match local:
            case Number(1.0):
                return upstream
            case Number(-1.0):
                return Negative(upstream)
            case Negative(of):
                return Negative(times(upstream, of))
        return times(upstream, local)

    def updated(self, node: Node) -> Part:
        """The optimizer's steps for the numbers of a parameter."""
        places = self.chosen(self.gradients(node.id))
        equations = [
            self.assignment(step, is_alone=len(steps) == 1)
            for steps in (self.run.steps(node.id, index) for index in places)
            for step in steps
        ]
        return Part(node, tuple(places), tuple(equations), node.size - len(places))

    def assignment(self, step: Assignment, is_alone: bool) -> Equation:
        """One step; where there is but one, what it is for goes without saying."""
        made = self.equation(step.target, step.formula)
        return replace(made, title="" if is_alone else step.title, is_assignment=True)

    def equation(self, target: Place | Named, formula: Formula | None) -> Equation:
        """A number in symbols, in numbers, part by part where it is a sum, and as what comes out."""
        short = None if formula is None else excerpt(formula, self.most_parts)
        lines = [] if short is None or isinstance(short, Number) else self.lines(short)
        result = Line(Number(target.number), False, is_changed(target.number, self.digits))
        return Equation(target, short, (*lines, result))

    def lines(self, formula: Formula) -> list[Line]:
        """A formula in symbols, and, unless it is one number by itself, in numbers."""
        in_numbers = [] if is_bare(formula) else [formula, evaluated(formula)]
        shown = [Line(one, False, is_rounded(one, self.digits)) for one in in_numbers if one is not None]
        return [Line(formula, True, False), *shown]

    def chosen(self, array: np.ndarray) -> list[Index]:
        """The indices of the numbers that are written out, in order: all of them, or the largest by size."""
        flat = np.asarray(array).reshape(-1)
        places = range(flat.size) if flat.size <= self.most else sorted(by_size(flat, self.most)[0])
        return [unraveled(place, np.shape(array)) for place in places]


def times(upstream: Formula, local: Formula) -> Product:
    """A product, the factors of whose second factor are its own."""
    return Product((upstream, *local.factors) if isinstance(local, Product) else (upstream, local))


def is_named_constant(node: Node) -> bool:
    """Whether a constant is worth listing: unnamed single numbers stand in the formulas themselves."""
    return node.kind == "constant" and (bool(node.shape) or not node.id.startswith("_"))


def given(node: Node, value: np.ndarray, digits: int) -> Given:
    """A leaf's numbers; of a large array, the corner it begins with."""
    table = numbers.matrix(value)[:MOST_ROWS, : max(1, ROOM // (digits + 5))]
    rows = tuple(map(tuple, table.tolist()))
    return Given(node, rows, node.size - table.size, any(is_changed(one, digits) for row in rows for one in row))


def settings_of(optimizer: Optimizer) -> tuple[tuple[str, float | str], ...]:
    """The optimizer's settings that are not switched off, each with its label."""
    found = (
        (field.metadata["label"], getattr(part, field.name)) for part in parts(optimizer) for field in fields(part)
    )
    return tuple((label, float(setting)) for label, setting in found if type(setting) in (int, float) and setting)


def parts(optimizer: Optimizer) -> tuple[Optimizer, Schedule]:
    """What has settings: the optimizer and its schedule of the rate."""
    return optimizer, optimizer.schedule
