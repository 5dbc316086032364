"""A derivation's equations, rules and numbers as LaTeX; lines are broken so that they fit on a sheet of A4."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.engine.formula import Named, Place
from app.engine.graph import Graph
from app.notation import latex
from app.notation.latex import Pen
from app.notation.lettering import Chunk
from app.notation.names import chain_rule, definition, digits_of, symbol
from app.pages.derivation.blocks import About
from app.pages.derivation.parts import Equation, Given, Line

WIDTH = 82
"""About so many characters fit on a line."""
EQUALS, ABOUT, BECOMES = "=", r"\approx", r"\leftarrow"


@dataclass(frozen=True, slots=True)
class LatexWriting:
    """How one document writes its formulas; `more` says in the reader's language how many parts are left out."""

    graph: Graph
    digits: int
    more: Callable[[int], str]

    def rows(self, equation: Equation) -> list[str]:
        """The lines of one equation for an aligned display: each but the first begins at the sign."""
        target = self.target(equation.target)
        rows, room = [], WIDTH - target.width
        for place, line in enumerate(equation.lines):
            sign = BECOMES if equation.is_assignment and not place else ABOUT if line.is_rounded else EQUALS
            first, *others = latex.lines(self.written(line), room)
            rows.append(f"{'' if place else target.latex} &{sign} {first}")
            rows += [rf"&\quad {{}} {other}" for other in others]
        return rows

    def target(self, target: Place | Named) -> Chunk:
        """What an equation is about."""
        return latex.line(latex.write(Pen(self.graph), target))

    def written(self, line: Line) -> latex.Written:
        """The right side of one line."""
        return latex.write(Pen(self.graph, None if line.is_symbols else self.digits, self.more), line.formula)

    def rule(self, about: About) -> str:
        """What holds for a whole node; in the update, its name."""
        if about.phase == "update":
            return symbol(self.graph, about.node).latex
        if about.phase == "backward":
            return chain_rule(self.graph, about.node)
        return definition(self.graph, self.graph.operation(about.node))

    def numbers(self, given: Given) -> str:
        """A leaf and its numbers."""
        sign = ABOUT if given.is_rounded else EQUALS
        rows = [" & ".join(self.number(one) for one in row) for row in given.rows]
        if not given.node.shape:
            return f"{symbol(self.graph, given.node.id).latex} {sign} {rows[0]}"
        dots = r" & \cdots" if given.left_out else ""
        table = rf"{dots} \\ ".join(rows) + dots
        return rf"{symbol(self.graph, given.node.id).latex} {sign} \begin{{pmatrix}} {table} \end{{pmatrix}}"

    def number(self, number: float) -> str:
        """One number."""
        return digits_of(number, self.digits).latex
