"""What a derivation is made of: equations of single numbers, by node and by pass, and what was agreed upon."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.formula import Formula, Index, Named, Place
from app.engine.graph import Graph, Node
from app.engine.optim import Optimizer
from app.notation.excerpt import Rest
from app.views.conventions import Agreement


@dataclass(frozen=True, slots=True)
class Line:
    """What an equation says its number is: a formula, in symbols or in numbers, some of them perhaps rounded."""

    formula: Formula
    is_symbols: bool
    is_rounded: bool


@dataclass(frozen=True, slots=True)
class Equation:
    """One number and, line by line, how it is computed; the loss's own gradient, 1, follows from no formula.

    An assignment gives the number a new value; `title` says what for.
    """

    target: Place | Named
    formula: Formula | None
    lines: tuple[Line, ...]
    title: str = ""
    is_assignment: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """One term of a gradient: upstream × local, for one number of a consumer. `local` says how that one is computed."""

    consumer: str
    argument: int
    index: Index
    upstream: float
    local: Formula
    product: float


@dataclass(frozen=True, slots=True)
class Part:
    """What is written out about one node: equations, as many for each of these places, and how many places are not.

    `shares` are, for a gradient, the terms behind each equation, and what the terms not listed come to.
    """

    node: Node
    places: tuple[Index, ...]
    equations: tuple[Equation, ...]
    left_out: int
    shares: tuple[tuple[tuple[Share, ...], Rest | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """The nodes of one pass in order; `left_out` nodes are missing before the one at `gap`."""

    parts: tuple[Part, ...]
    left_out: int
    gap: int


@dataclass(frozen=True, slots=True)
class Given:
    """A leaf's numbers as rows and columns, or the first of them."""

    node: Node
    rows: tuple[tuple[float, ...], ...]
    left_out: int
    is_rounded: bool


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """The whole document. Numbers are rounded to `digits` significant ones where they are shown."""

    id: str
    version: int
    title: str
    digits: int
    graph: Graph
    iteration: int
    epoch: int | None
    loss: float
    optimizer: Optimizer
    settings: tuple[tuple[str, float | str], ...]
    frozen: tuple[str, ...]
    agreements: tuple[Agreement, ...]
    givens: tuple[Given, ...]
    givens_left_out: int
    forward: Pass
    backward: Pass
    update: Pass
    first_non_finite: str | None
