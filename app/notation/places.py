"""The numbers that formulas are made of as MathML: their names, their gradients, and which one each is."""

from __future__ import annotations

from html import escape

from app.engine.formula import Place
from app.engine.graph import Graph
from app.notation import numbers
from app.notation import symbols as names


def called(graph: Graph, place: Place) -> str:
    """What a number is called, where it is not to be gone to."""
    name = name_of(graph, place)
    return names.loss_by(graph, name) if place.is_gradient else name


def name_of(graph: Graph, place: Place) -> str:
    """The name of one number: its node's, with the index behind it."""
    index = f'<mtext class="index">[{numbers.index_address(place.index)}]</mtext>' if place.index else ""
    return names.symbol(graph, place.node) + index


def place(graph: Graph, formula: Place, text: str, is_known: bool = True) -> str:
    """A number that can be gone to: which one it is, and what it is."""
    what = formula.node + numbers.index_text(formula.index)
    role, said = ("gradient", f"∂{graph.loss.id}/∂{what}") if formula.is_gradient else ("value", what)
    which = f'data-node="{escape(formula.node)}" data-index="{numbers.index_address(formula.index)}"'
    title = escape(said) + (f" = {numbers.exact(formula.number)}" if is_known else "")
    return f'<mstyle class="place {role}" {which} title="{title}">{text}</mstyle>'
