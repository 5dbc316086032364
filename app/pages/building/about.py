"""The data of a network's form as they are to be trained on: a picture, the marks' meaning, and how many rows where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.errors import N_
from app.nn.problem import Problem
from app.notation import numbers
from app.pages.building.pictures import Mosaic, Points, Scatter, class_colour, form_of, picture

PARTS: Mapping[str, str] = {"training": N_("training"), "validation": N_("validation"), "test": N_("test")}
MOST_MARKS, MOST_IMAGES = 900, 144


@dataclass(frozen=True)
class CountRow:
    """One line of the table: a class with its mark, or all rows, and how many there are in each part."""

    name: str
    counts: tuple[str, ...]
    form: str = ""
    colour: str = ""
    is_ours: bool = False


@dataclass(frozen=True)
class About:
    """What the form says of its data: their picture, the names of the parts, and how many rows each has."""

    picture: Scatter | Mosaic
    parts: tuple[str, ...]
    rows: tuple[CountRow, ...]

    @property
    def axes(self) -> tuple[str, str]:
        """What goes to the right and what goes up; nothing for images."""
        return (self.picture.across, self.picture.up) if isinstance(self.picture, Scatter) else ("", "")


def about(problem: Problem) -> About:
    """What is to be said of a problem's data."""
    parts = [name for name in PARTS if name in problem.raw]
    raw = [problem.raw[name] for name in parts]
    targets = [targets_of(problem, name) for name in parts]
    held = np.concatenate([np.full(len(rows), name != "training") for name, rows in zip(parts, raw, strict=True)])
    points = Points(
        x=np.concatenate(raw),
        y=np.concatenate(targets),
        held=held,
        columns=problem.preparation.columns,
        classes=problem.classes,
        image=problem.image,
    )
    most = MOST_IMAGES if problem.image else MOST_MARKS
    return About(
        picture(points, most),
        tuple(PARTS[name] for name in parts),
        count_rows(targets, problem.classes, has_marks=problem.image is None),
    )


def targets_of(problem: Problem, part: str) -> np.ndarray:
    """The class numbers of a part's rows, or their targets where there are no classes (of several, the first)."""
    y = problem.target_scale.undone(problem.sets[part].y)
    if problem.classes is None:
        return y if y.ndim == 1 else y[:, 0]
    if y.ndim == 1:
        return y
    return (y[:, 0] > 0.5) * 1 if y.shape[1] == 1 else y.argmax(axis=1)


def count_rows(targets: Sequence[np.ndarray], classes: tuple[str, ...] | None, has_marks: bool) -> tuple[CountRow, ...]:
    """How many rows each class has in each part; without classes how many there are."""
    whole = CountRow(N_("rows"), tuple(numbers.short(len(part)) for part in targets), is_ours=True)
    if classes is None:
        return (whole,)
    return (
        *(
            CountRow(
                name,
                tuple(str(np.count_nonzero(part == number)) for part in targets),
                form_of(number) if has_marks else "",
                class_colour(number),
            )
            for number, name in enumerate(classes)
        ),
        whole,
    )
