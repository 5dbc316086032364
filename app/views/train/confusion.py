"""Which classes are taken for which: a table of counts, and the rows behind one of its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from app.nn.losses import NO_CLASS
from app.nn.problem import Problem
from app.notation import numbers
from app.plots import colours
from app.views.train.answers import Answers
from app.views.train.curves import SETS

PREFERRED = ("test", "validation", "training")
MOST_CLASSES = 20
MOST_EXAMPLES = 24
LEVELS = 6
CELL = re.compile(r"(\d{1,3})-(\d{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cell:
    """How many rows of one class are told to be of another; `level` is how dark it is. `address` chooses it."""

    true: int
    told: int
    count: int
    level: int
    is_chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Example:
    """A row of the data as a little picture, with what it is, what it is told to be, and how surely."""

    row: int
    picture: str
    true: str
    told: str
    probability: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """The table for one set of rows, a line for each true class; `sets` are those that can be chosen, with titles.

    `examples` are those of the cell chosen, else the rows told wrong most surely; `found` counts all of them.
    Of the `total` of rows, those `unanswered` stand in no cell.
    """

    rows: str
    sets: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    total: int
    right: int
    unanswered: int
    examples: tuple[Example, ...]
    found: int
    chosen: Cell | None
    has_pictures: bool

    @property
    def left_out(self) -> int:
        return self.found - len(self.examples)


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """One set of rows: the class of each, the one told, and how surely (None where answers are no probabilities).

    Rows without an answer are in it with NO_CLASS, and are taken for no class.
    """

    rows: str
    true: np.ndarray
    told: np.ndarray
    sureness: np.ndarray | None

    @classmethod
    def of(cls, problem: Problem, answers: Answers, name: str) -> Telling:
        told, found = answers.predicted(name), answers.evaluator.probabilities(answers.outputs[name])
        sureness = None if found is None else found[np.arange(len(told)), told]
        return cls(name, problem.loss.labelled(answers.sets[name].y), told, sureness)

    def counts(self, classes: int) -> np.ndarray:
        """How many rows of each class are told to be of each, (true, told)."""
        found = np.zeros((classes, classes), int)
        np.add.at(found, (self.true[self.are_told], self.told[self.are_told]), 1)
        return found

    @property
    def are_told(self) -> np.ndarray:
        """Which rows have a class, and are told one."""
        return (self.true != NO_CLASS) & (self.told != NO_CLASS)

    def behind(self, place: tuple[int, int] | None) -> np.ndarray:
        """The rows of a cell, else all that are told wrong; those told most surely first."""
        is_meant = (self.true == place[0]) & (self.told == place[1]) if place else self.true != self.told
        found = np.flatnonzero(is_meant & self.are_told)
        return found if self.sureness is None else found[np.argsort(-self.sureness[found], kind="stable")]


def confusion(problem: Problem, answers: Answers, wanted: str = "", chosen: str = "") -> Confusion | None:
    """The table, where classes are told; of the set wanted, else of the one that training knows least."""
    if problem.task != "classification":
        return None
    name = wanted if wanted in answers.sets else next(name for name in PREFERRED if name in answers.sets)
    classes, count = problem.classes, len(problem.classes)
    if not 1 < count <= MOST_CLASSES:
        return None
    telling = Telling.of(problem, answers, name)
    counts, place = telling.counts(count), place_of(chosen, count)
    cells = tuple(tuple(cell(counts, row, column, place) for column in range(count)) for row in range(count))
    rows = telling.behind(place) if problem.image else np.empty(0, int)
    return Confusion(
        rows=name,
        sets=tuple((one, SETS[one]) for one in reversed(PREFERRED) if one in answers.sets),
        classes=classes,
        cells=cells,
        total=len(telling.told),
        right=int(counts.trace()),
        unanswered=int(len(telling.told) - counts.sum()),
        examples=tuple(
            example(problem, telling, classes, row, answers.raw[name][row]) for row in rows[:MOST_EXAMPLES].tolist()
        ),
        found=len(rows),
        chosen=cells[place[0]][place[1]] if place else None,
        has_pictures=bool(problem.image),
    )


def place_of(chosen: str, count: int) -> tuple[int, int] | None:
    """The cell that an address names, `3-5`; None for any other text."""
    match = CELL.fullmatch(chosen)
    place = (int(match[1]), int(match[2])) if match else None
    return place if place and max(place) < count else None


def cell(counts: np.ndarray, row: int, column: int, place: tuple[int, int] | None) -> Cell:
    """One cell, as dark as its share of the rows of its class."""
    total, count = int(counts[row].sum()), int(counts[row, column])
    level = int(np.ceil(LEVELS * count / total)) if count else 0
    return Cell(
        true=row, told=column, count=count, level=level, is_chosen=place == (row, column), address=f"{row}-{column}"
    )


def example(problem: Problem, telling: Telling, classes: tuple[str, ...], row: int, raw: np.ndarray) -> Example:
    """One row as a picture."""
    sure = "" if telling.sureness is None else numbers.short(float(telling.sureness[row]), 3)
    picture = colours.ink_of(raw.reshape(problem.image))
    return Example(row, picture, classes[telling.true[row]], classes[telling.told[row]], sure)
