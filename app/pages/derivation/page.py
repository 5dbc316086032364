"""A derivation's equations, rules and numbers as MathML, in pieces between which a browser may break the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.formula import Named, Place
from app.engine.graph import Graph
from app.notation import symbols, writing
from app.notation.rounding import MOST, rounded
from app.pages.derivation.blocks import About
from app.pages.derivation.parts import Equation, Given, Line

LINKED = re.compile(r'<mstyle class="place[^<>]*>')


@dataclass(frozen=True, slots=True)
class PageWriting:
    """How a page writes its formulas; `more` says in the reader's language how many parts are left out."""

    graph: Graph
    digits: int
    more: Callable[[int], str]

    def lines(self, equation: Equation) -> list[tuple[str, list[str]]]:
        """The sign of each line, and its right side in pieces."""
        return [
            ("←" if equation.is_assignment and not place else "≈" if line.is_rounded else "=", self.pieces(line))
            for place, line in enumerate(equation.lines)
        ]

    def target(self, target: Place | Named) -> str:
        """What an equation is about."""
        return self.math("".join(writing.write(writing.Pen(self.graph), target)))

    def pieces(self, line: Line) -> list[str]:
        """The right side of one line."""
        digits = None if line.is_symbols else self.digits
        pen = writing.Pen(self.graph, digits, lambda number: rounded(number, digits or MOST))
        return [self.math(separate(piece)) for piece in writing.write(pen, line.formula)]

    def rule(self, about: About) -> str:
        """What holds for a whole node; in the update, its name."""
        if about.phase == "update":
            return self.math(symbols.symbol(self.graph, about.node))
        if about.phase == "backward":
            return self.chain_rule(about.node)
        return symbols.definition(self.graph, self.graph.operation(about.node))

    def chain_rule(self, id: str) -> str:
        """∂loss/∂node by its consumers: upstream · local for each, then what the rows' rules say it is."""
        edges = self.graph.flows(id)
        users = list(dict.fromkeys(user.id for user, _ in edges))
        whole, own = symbols.derivative(self.graph, id), symbols.symbol(self.graph, id)
        if not users:
            return self.math(f"{whole}<mo>=</mo><mn>1</mn>")
        rest = "<mo>+</mo><mo>⋯</mo>" if len(edges) > symbols.MOST_SHARES else ""
        chained = "<mo>+</mo>".join(
            f'{symbols.derivative(self.graph, user)}<mspace width="0.2em"/>'
            f"{symbols.ratio(symbols.symbol(self.graph, user), own)}"
            for user in users[: symbols.MOST_SHARES]
        )
        shares = symbols.joined(self.graph, edges[: symbols.MOST_SHARES])
        return self.math(f"{whole}<mo>=</mo>{chained}{rest}<mo>=</mo>{shares}{rest}")

    def numbers(self, given: Given) -> str:
        """A leaf and its numbers."""
        rows = [[f"<mn>{self.number(one)}</mn>" for one in row] for row in given.rows]
        sign = "≈" if given.is_rounded else "="
        whole = f"{symbols.symbol(self.graph, given.node.id)}<mo>{sign}</mo>"
        if not given.node.shape:
            return self.math(whole + rows[0][0])
        dots = "<mtd><mo>⋯</mo></mtd>" if given.left_out else ""
        table = "".join(f"<mtr>{''.join(f'<mtd>{one}</mtd>' for one in row)}{dots}</mtr>" for row in rows)
        return self.math(f"{whole}<mrow><mo>(</mo><mtable>{table}</mtable><mo>)</mo></mrow>")

    def number(self, number: float) -> str:
        """One number."""
        return rounded(number, self.digits)

    def math(self, content: str) -> str:
        """A formula without links, for paper, and with words for what is left out of it."""
        plain = LINKED.sub("<mrow>", content).replace("</mstyle>", "</mrow>")
        return symbols.math(writing.REST.sub(self.rest, plain))

    def rest(self, found: re.Match[str]) -> str:
        """What is left out of a sum."""
        if not found[2]:
            return "<mo>⋯</mo>"
        said = f"<mtext>{self.more(int(found[1]))}</mtext>"
        return f'<munder><mrow class="rest"><mn>{found[2]}</mn></mrow>{said}</munder>'


def separate(piece: str) -> str:
    """A piece that may stand on a line of its own: its sign keeps its distance, its brackets keep their size."""
    kept = re.sub(r"<mo>([()])</mo>", r'<mo stretchy="false">\1</mo>', piece)
    return re.sub(r'^<mo form="infix">', '<mo form="infix" lspace="0.2em" rspace="0.25em">', kept)
