"""A calculation written out line by line: each line gives a name, or a place of the graph, a new number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.engine.formula import Formula, Named, Place

Leaf = Place | Named


@dataclass(frozen=True, slots=True)
class Assignment:
    """`target` ← `formula`. The target holds the new number already, so that later lines can use it as it is."""

    target: Leaf
    formula: Formula
    title: str
    """What the line is for, in a few words."""

    @property
    def value(self) -> float:
        """The new number."""
        return self.target.number


def assign(target: str | Leaf, formula: Formula, title: str) -> Assignment:
    """The line that gives a place, or a name written in LaTeX, the number of a formula."""
    number = formula.value
    made = Named(target, number) if isinstance(target, str) else replace(target, number=number)
    return Assignment(made, formula, title)
