"""What the net answers over the plane of its two columns, as a picture with the rows on it; over one column, a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.nn.evaluation import Evaluator
from app.nn.losses import NO_CLASS
from app.nn.problem import Problem
from app.notation import numbers
from app.plots import colours, png
from app.plots.axes import Axis, Tick, path
from app.plots.contours import pieces
from app.views.train.answers import Answers, Plane
from app.views.train.points import FORMS, RING, Mark, Marks, colour_of, levels, mark, marks, spread, stamped
from app.views.train.window import Window

CLASSES, TARGET = "classes", "target"
FAR_OUT = 1e4
"""Percents of the picture beyond which a line need not be drawn."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the colours from one end to the other mean: what they are the scale of, and the ends and the middle."""

    of: str
    low: str
    middle: str
    high: str


@dataclass(frozen=True, slots=True)
class Boundary:
    """The answers over the plane: places are percents of the square.

    `kind` is classes, or target for a regression. `line` runs where one class gives way to another, in a square of
    `side`; `picture` is an address, empty for a single column, where `line` is the answer itself.
    """

    kind: str
    picture: str
    side: int
    line: str
    across: str
    up: str
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    marks: tuple[Marks, ...]
    wrong: str
    legend: tuple[Mark, ...]
    scale: Scale | None
    sets: tuple[str, ...]
    left_out: int
    is_line: bool = False


def boundary(problem: Problem, answers: Answers) -> Boundary | None:
    """The picture, where the data have one column or two, and the net answers with finite numbers somewhere."""
    plane = answers.plane
    has_one_class = problem.classes is not None and len(problem.classes) == 1
    if plane is None or has_one_class or not np.isfinite(plane.outputs).any():
        return None
    if plane.raw.shape[1] == 1:
        return fitted(problem, answers, plane) if plane.outputs.shape[1] == 1 else None
    if problem.task == "classification":
        return of_classes(problem, answers, plane)
    return of_target(problem, answers, plane) if plane.outputs.shape[1] == 1 else None


def of_classes(problem: Problem, answers: Answers, plane: Plane) -> Boundary:
    """Which class is told where, and how surely."""
    evaluator = answers.evaluator
    told = {name: true_classes(problem, rows.y) for name, rows in answers.sets.items()}
    strength, fields = strengths(evaluator, plane.outputs), fields_of(evaluator, plane.outputs)
    names = problem.classes
    pixels = ground(strength, fields, plane.side)
    line = "".join(frontier_of(field.reshape(plane.side, -1)) for field in margins(fields).T[len(names) == 2 :])
    is_sure = evaluator.probabilities(plane.outputs[:1]) is not None and len(names) == 2
    return Boundary(
        CLASSES,
        png.address(pixels),
        plane.side,
        line,
        *axes_of(problem, plane.window),
        tuple(one for name in told for one in marked(answers, plane.window, name, told[name])),
        "".join(rings(answers, plane.window, name, is_amiss(answers.predicted(name), told[name])) for name in told),
        tuple(mark(number, name) for number, name in enumerate(names)),
        Scale(names[1], "0 %", "50 %", "100 %") if is_sure else None,
        tuple(told),
        left_out(problem, answers),
    )


def frontier_of(field: np.ndarray) -> str:
    """The line on which a field (side, side) is 0, in cells: the number in row r, column c stands at (c + ½, r + ½)."""
    # The outermost numbers go on to the edge of the picture.
    ends = pieces(np.pad(field, 1, mode="edge"), 0.0) - 0.5
    return "".join([f"M{a:.2f} {b:.2f}L{c:.2f} {d:.2f}" for a, b, c, d in ends.tolist()])


def of_target(problem: Problem, answers: Answers, plane: Plane) -> Boundary:
    """How high the answer is where, on the scale of the targets."""
    targets = {name: problem.target_scale.undone(rows.y)[:, 0] for name, rows in answers.sets.items()}
    low, high = span(targets["training"])
    middle, half = (low + high) / 2, (high - low) / 2 or 1.0
    signed = ((answers.evaluator.numbers(plane.outputs)[:, 0] - middle) / half).reshape(plane.side, plane.side)
    return Boundary(
        TARGET,
        png.address(colours.between(signed, strongest=colours.GROUND)),
        plane.side,
        "",
        *axes_of(problem, plane.window),
        tuple(
            one
            for name, found in targets.items()
            for one in marked(answers, plane.window, name, levels(found, middle, half), True)
        ),
        "",
        (),
        Scale("y", *numbers.apart((middle - half, middle, middle + half), 3)),
        tuple(targets),
        left_out(problem, answers),
    )


def fitted(problem: Problem, answers: Answers, plane: Plane) -> Boundary:
    """The answer as a line over the one column, with the rows as points."""
    is_classes = problem.task == "classification"
    targets = {
        name: true_classes(problem, rows.y) if is_classes else problem.target_scale.undone(rows.y)[:, 0]
        for name, rows in answers.sets.items()
    }
    evaluator = answers.evaluator
    answer = strengths(evaluator, plane.outputs)[:, 1] if is_classes else evaluator.numbers(plane.outputs)[:, 0]
    low, high = span(np.concatenate([*targets.values()]))
    margin = 0.15 * (high - low or 1.0)
    view = Window(plane.window.across, Axis(low - margin, high + margin, 100.0, 0.0))
    finite = np.isfinite(answer)
    heights = view.up.places(answer[finite]).clip(-FAR_OUT, FAR_OUT)
    return Boundary(
        kind=TARGET, picture="", side=100, line=path(view.across.places(plane.raw[finite, 0]), heights),
        across=problem.preparation.columns[0], up="y", rows=view.up.ticks(4), columns=view.across.ticks(5),
        marks=tuple(dots(answers, view, name, found) for name, found in targets.items()),
        wrong="", legend=(), scale=None, sets=tuple(targets), left_out=left_out(problem, answers), is_line=True,
    )  # fmt: skip


def dots(answers: Answers, view: Window, name: str, targets: np.ndarray) -> Marks:
    """The rows of a set as points over their one column."""
    kept = spread(len(targets))
    places = view.places(np.stack([answers.raw[name][kept, 0], targets[kept]], axis=1))
    return Marks(name, colour_of(1), stamped(places[np.isfinite(places).all(axis=1)], FORMS["dot"]))


def strengths(evaluator: Evaluator, outputs: np.ndarray) -> np.ndarray:
    """How strongly each class is told, (points, classes): its probability, else its share of what lies between.

    NaN where the answer is not finite.
    """
    found = evaluator.probabilities(outputs)
    if found is None:
        # A target of ±1 lies as far from 0 as one of 0 or 1 lies from a half, doubled.
        threshold = evaluator.problem.loss.threshold
        share = ((outputs - threshold) * (0.5 if threshold == 0 else 1.0) + 0.5).clip(0, 1)
        found = np.hstack([1 - share, share]) if outputs.shape[1] == 1 else share
    return np.where(np.isfinite(outputs).all(axis=1, keepdims=True), found, np.nan)


def fields_of(evaluator: Evaluator, outputs: np.ndarray) -> np.ndarray:
    """What decides between the classes, (points, classes): the class with the largest number is told."""
    if outputs.shape[1] > 1:
        return outputs
    ahead = outputs - evaluator.problem.loss.threshold
    return np.hstack([-ahead, ahead])


def ground(strength: np.ndarray, fields: np.ndarray, side: int) -> np.ndarray:
    """The pixels: of two classes from one to the other, of more the one that is told, by how sure it is."""
    if strength.shape[1] == 2:
        return colours.between((strength[:, 1] - strength[:, 0]).reshape(side, side), strongest=colours.GROUND)
    chosen, fair = np.nan_to_num(fields, nan=-np.inf).argmax(axis=1), 1 / strength.shape[1]
    lead = (strength.max(axis=1) - fair) / (1 - fair)
    return colours.of_classes(chosen.reshape(side, side), lead.reshape(side, side))


def margins(fields: np.ndarray) -> np.ndarray:
    """How far each class is ahead of the strongest other one, (points, classes)."""
    ordered = np.sort(fields, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    return fields - np.where(fields == best, second, best)


def span(found: np.ndarray) -> tuple[float, float]:
    """The least and the largest number there is."""
    finite = found[np.isfinite(found)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)


def axes_of(problem: Problem, view: Window) -> tuple[str, str, tuple[Tick, ...], tuple[Tick, ...]]:
    """The names of the two columns, and the labels up and across."""
    across, up = problem.preparation.columns
    return across, up, view.up.ticks(5), view.across.ticks(5)


def marked(
    answers: Answers, view: Window, name: str, classes: np.ndarray, are_levels: bool = False
) -> tuple[Marks, ...]:
    """The rows of a set as marks."""
    kept = spread(len(classes))
    return marks(name, view.places(answers.raw[name][kept]), classes[kept], are_levels)


def true_classes(problem: Problem, y: np.ndarray) -> np.ndarray:
    """The class numbers of rows, NaN where a target was edited to be no number."""
    found = problem.loss.labelled(y)
    return np.where(found == NO_CLASS, np.nan, found)


def is_amiss(told: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Which rows are told to be of another class; one without an answer is told nothing."""
    return (told != true) & (told != NO_CLASS) & np.isfinite(true)


def rings(answers: Answers, view: Window, name: str, is_wrong: np.ndarray) -> str:
    """A ring around each row that is told wrong, of those drawn."""
    kept = spread(len(is_wrong))
    return stamped(view.places(answers.raw[name][kept[is_wrong[kept]]]), RING)


def left_out(problem: Problem, answers: Answers) -> int:
    """How many rows are too many to be drawn."""
    drawn = sum(len(spread(len(rows))) for rows in answers.sets.values())
    return sum(len(rows) for rows in problem.sets.values()) - drawn
