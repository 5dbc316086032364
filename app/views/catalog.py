"""The tables of views: whole pictures of a moment, and sections about the one number looked at.

To add one: a function from a scene to a frozen dataclass, a template of the same name (`workspace/views/<name>.html`,
`workspace/sections/<name>.html`), and a row here. Tabs, pages and the API read the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.graph import Graph, Node, once_for_each
from app.engine.nudge import ZOOMS
from app.errors import N_
from app.session.moment import Picture
from app.views import check, nudge, path_list, update
from app.views.flow import view as flow
from app.views.histograms import view as histograms
from app.views.landscape import view as landscape
from app.views.landscape import wish
from app.views.layers import view as layers
from app.views.net import view as net
from app.views.scene import Scene
from app.views.train import view as training


@dataclass(frozen=True, slots=True)
class Option:
    """A word of the address that a view or a section listens to, as the API describes it: its schema, what it is."""

    name: str
    schema: Mapping[str, Any]
    description: str


@dataclass(frozen=True, slots=True)
class View:
    """A picture of a moment under a tab of its own; `key` is its letter on the keyboard.

    The words of the address that are its `options` stay there for as long as it is the view that is shown.
    The graph and the table have no `build` here: a step exchanges their numbers one by one, not the whole.
    One that `is_live` goes along with a run: it needs no more than the picture and answers quickly. One that
    `is_of_runs` shows many iterations: where it is shown, to train is what is done next.
    """

    name: str
    title: str
    key: str
    build: Callable[[Scene], Any] | None
    is_for: Callable[[Graph], bool] = lambda graph: True
    options: tuple[Option, ...] = ()
    is_live: bool = False
    is_of_runs: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What more there is to know about the number looked at, folded until it is asked for."""

    name: str
    title: str
    build: Callable[[Scene], Any]
    is_for: Callable[[Picture, Node], bool] = lambda picture, node: True
    options: tuple[Option, ...] = ()


VIEWS: Mapping[str, View] = {
    row.name: row
    for row in (
        View("layers", N_("Layers"), "l", layers.build, layers.is_for),
        View("graph", N_("Graph"), "g", None, is_live=True),
        View("net", N_("Numbers"), "n", net.build, net.is_for),
        View("table", N_("Table"), "t", None, is_live=True),
        View("check", N_("Check"), "k", check.check),
        View(
            name="train",
            title=N_("Training"),
            key="c",
            build=training.build,
            is_for=training.is_for,
            options=(
                Option(
                    "of",
                    {"type": "string", "enum": ["training", "validation", "test"]},
                    "The set of rows that the confusion matrix counts; the one training knows least unless said.",
                ),
                Option("cell", {"type": "string", "examples": ["3-5"]}, "A cell of it: the true class, the one told."),
            ),
            is_live=True,
            is_of_runs=True,
        ),
        View("flow", N_("Gradient flow"), "w", flow.build, flow.is_for, is_live=True, is_of_runs=True),
        View(
            name="landscape",
            title=N_("Landscape"),
            key="s",
            build=landscape.view,
            is_for=landscape.is_for,
            options=(
                Option("plane", {"type": "string", "enum": [*wish.KINDS]}, "Which plane the loss is drawn over."),
                Option(
                    "directions",
                    {"type": "integer", "minimum": 0, "maximum": wish.LARGEST_SEED - 1},
                    "The seed of the random directions.",
                ),
                Option("across", {"type": "string", "examples": ["W1[0,1]"]}, "The number that grows to the right."),
                Option("up", {"type": "string", "examples": ["W2[0,0]"]}, "The number that grows upwards."),
                Option("closer", {"type": "number", "enum": [*wish.CLOSER]}, "How many times closer to look."),
            ),
            is_of_runs=True,
        ),
        View(
            name="histograms",
            title=N_("Histograms"),
            key="h",
            build=histograms.view,
            is_for=histograms.is_for,
            options=(
                Option(
                    "show",
                    {"type": "string", "enum": [histograms.BEGINNINGS]},
                    "`beginnings` compares initializers; unless that is said, parameters and gradients over time.",
                ),
                Option(
                    "first",
                    {"type": "integer", "minimum": 0, "maximum": 10**histograms.LONGEST_NUMBER - 1},
                    "The place of the first parameter shown.",
                ),
            ),
            is_of_runs=True,
        ),
    )
}

FIRST_VIEW = "graph"


@once_for_each
def views_for(graph: Graph) -> tuple[View, ...]:
    """The views that a graph can be seen in."""
    return tuple(row for row in VIEWS.values() if row.is_for(graph))


def view_for(graph: Graph, name: str) -> str:
    """A view by its name; the first where this graph cannot be seen in it."""
    return name if any(row.name == name for row in views_for(graph)) else FIRST_VIEW


def options_for(view: str, words: Mapping[str, str]) -> dict[str, str]:
    """Of the words of an address those that a view listens to, empty ones left out."""
    return {option.name: words[option.name] for option in VIEWS[view].options if words.get(option.name)}


SECTIONS: Mapping[str, Section] = {
    row.name: row
    for row in (
        Section(
            "nudge",
            N_("Nudge it"),
            nudge.nudge,
            nudge.is_for,
            (
                Option("by", {"type": "number"}, "How far the number is moved; half of its reach unless said."),
                Option("zoom", {"type": "number", "enum": [*ZOOMS], "default": 1}, "How closely the loss is drawn."),
            ),
        ),
        Section("update", N_("The update, step by step"), update.update, update.is_for),
        Section("paths", N_("Paths to the loss"), path_list.paths_of, path_list.is_for),
    )
}
