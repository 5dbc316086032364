"""All worked examples, in the order in which they are shown: by what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from app.errors import N_
from app.nn.examples import article, cs231n, illnesses, libraries, mazur, micrograd, textbooks, training
from app.nn.preset import Preset, Printed, by_name

__all__ = ["PRESETS", "SHELVES", "Preset", "Printed", "Shelf"]


@dataclass(frozen=True)
class Shelf:
    """Examples of one kind. `view` names the view of the workspace that they open with, if not the first one."""

    name: str
    title: str
    sentence: str
    presets: tuple[Preset, ...]
    view: str | None = None


SHELVES = (
    Shelf(
        "examples",
        N_("Worked examples"),
        N_(
            "Published by others, recomputed here digit by digit. Where the print is wrong, the example’s page says so."
        ),
        (
            *article.PRESETS,
            *mazur.PRESETS,
            *textbooks.COLAH,
            *cs231n.PRESETS,
            *micrograd.PRESETS,
            *textbooks.PRESETS,
            *libraries.PRESETS,
        ),
    ),
    Shelf(
        "training",
        N_("Networks to train"),
        N_("Ready to run: watch the boundary form, stop at any iteration, and look at any gradient there."),
        training.PRESETS,
        "train",
    ),
    Shelf(
        "illnesses",
        N_("What goes wrong, and what cures it"),
        N_("Pairs that differ in one thing. Train both, and the view of the gradients’ flow says what is the matter."),
        illnesses.PRESETS,
        "flow",
    ),
)

PRESETS: Mapping[str, Preset] = by_name(*chain.from_iterable(shelf.presets for shelf in SHELVES))


def view_of(name: str) -> str | None:
    """The view that an example opens with; None for the first one, and for what is no example."""
    return next((shelf.view for shelf in SHELVES for preset in shelf.presets if preset.name == name), None)
