"""A session's workspace as a view: everything the page shows at one moment, worded and rounded, without any HTML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.engine.graph import Graph
from app.engine.optim import Optimizer
from app.errors import N_, ChainruleError
from app.layout.layout import GraphLayout, Pending
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.notation.symbols import definition, gradient_formula
from app.plots.curve import Curve, curve
from app.session.lineage import Lineage
from app.session.moment import Picture
from app.session.moves import finished
from app.session.state import Cursor
from app.views.branch_form import BranchForm, branch_form
from app.views.catalog import SECTIONS, VIEWS, Section, View, options_for, views_for
from app.views.conventions import Agreement, conventions
from app.views.drawing.cards import Frame, Numbers, frames, numbers_of
from app.views.drawing.marks import Marks, Shares, marks
from app.views.node_table import TablePage, preview, table_page
from app.views.optimizer_form import OptimizerForm, optimizer_form
from app.views.panel import Panel
from app.views.run_bar import RunBar, run_bar
from app.views.scene import Scene
from app.views.timeline import Timeline, timeline

MOST_LIVELY = 80

PHASES = {
    "start": N_("Start"),
    "forward": N_("Forward"),
    "backward": N_("Backward"),
    "update": N_("Update"),
}
TELLING = {
    "start": N_("Nothing is computed yet: step to the first operation."),
    "forward": N_("This node's value was just computed."),
    "backward": N_("This node's gradient is now complete."),
    "update": N_("Every parameter that is not frozen has taken the optimizer’s step."),
    "move": N_("This parameter's gradient is now complete, and the parameter has taken the optimizer’s step."),
}


@dataclass(frozen=True, slots=True)
class Status:
    """Where the cursor is, in words and numbers. `loss` and `exact_loss` are None until it is computed.

    So many iterations are `done`: at the end of one, that one as well.
    """

    phase: str
    phase_word: str
    telling: str
    node: str | None
    name: Name | None
    formula: str
    iteration: int
    done: int
    epoch: int | None
    position: int
    length: int
    said: str
    loss: str | None
    exact_loss: str | None
    first_non_finite: str | None
    broken_since: int | None


@dataclass(frozen=True, slots=True)
class Controls:
    """Which controls can be used at this moment; the version that their forms send."""

    version: int
    can_back: bool
    can_undo: bool
    can_redo: bool
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Drawing:
    """The graph as a picture: frames, numbers, marks. All edges are one path, and all their heads another."""

    layout: GraphLayout
    lines: str
    heads: str
    frames: tuple[Frame, ...]
    numbers: tuple[Numbers, ...]
    marks: Marks

    @property
    def is_lively(self) -> bool:
        """Whether a step is animated: repainting a large picture again and again would hold up the next step."""
        return len(self.layout.boxes) <= MOST_LIVELY


@dataclass(frozen=True, slots=True)
class Staged:
    """A view or a section: what its template shows, once it is unfolded, or why it cannot be made."""

    name: str
    title: str
    is_open: bool = False
    content: Any = None
    refusal: ChainruleError | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The whole page. `drawing` is None while it is being made and in the table view, `table` in the graph view.

    `preset` names the worked example that the session was made from, if it was; `options` are the words of the address
    that the view listens to, `chosen` is an optimizer to be filled in before it is set.
    """

    id: str
    title: str
    preset: str | None
    version: int
    view: str
    tabs: tuple[View, ...]
    selection: str
    sample: int
    open: str
    tour: str
    status: Status
    controls: Controls
    drawing: Drawing | None
    table: TablePage | None
    panel: Panel
    stage: Staged | None
    sections: tuple[Staged, ...]
    run: RunBar
    picture: Picture
    options: Mapping[str, str] = field(default_factory=dict)
    chosen: Optimizer | None = None

    @property
    def is_live(self) -> bool:
        """Whether this view goes along with a run."""
        return VIEWS[self.view].is_live

    @property
    def is_of_runs(self) -> bool:
        """Whether this view shows many iterations, so that the next thing to do is to train."""
        return VIEWS[self.view].is_of_runs

    # What most steps do not change is made only when a template asks for it.

    @property
    def curve(self) -> Curve:
        """The loss curve."""
        return curve(self.picture.known, self.status.iteration, len(self.picture.losses) - 1)

    @property
    def optimizer(self) -> OptimizerForm:
        """The optimizer's form: of the one that is set, or of the one that a reader has chosen to fill in."""
        return optimizer_form(self.chosen or self.picture.optimizer)

    @property
    def branch(self) -> BranchForm:
        """What could be changed in a branch."""
        return branch_form(self.picture)

    @property
    def lineage(self) -> Lineage | None:
        """The run that this one left, if it did."""
        return self.picture.lineage

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """The conventions that hold here."""
        return conventions(self.picture)

    @property
    def shown(self) -> str:
        """What of the graph is drawn or listed: equal names, equal places for the same numbers."""
        if self.stage is not None:
            return self.stage.name
        if self.table is not None:
            return self.table.key
        return self.drawing.layout.key if self.drawing else ""


def status(picture: Picture) -> Status:
    """The line above the graph."""
    node, loss = picture.node, picture.loss
    return Status(
        phase=picture.phase,
        phase_word=PHASES[picture.phase],
        telling=TELLING["move" if node and picture.is_updated(node) else picture.phase],
        node=node,
        name=textbook(node) if node else None,
        formula=happening(picture),
        iteration=picture.cursor.iteration,
        done=finished(picture.graph, picture.cursor),
        epoch=picture.epoch if picture.batches is not None and picture.batches.size is not None else None,
        position=picture.cursor.position,
        length=picture.length,
        said=said(picture),
        loss=None if loss is None else numbers.short(loss),
        exact_loss=None if loss is None else numbers.exact(loss),
        first_non_finite=picture.first_non_finite,
        broken_since=broken_since(picture),
    )


def broken_since(picture: Picture) -> int | None:
    """The first iteration whose loss was not finite, if it is an earlier one than this."""
    broken = np.flatnonzero(~np.isfinite(picture.losses))
    return int(broken[0]) if broken.size and broken[0] < picture.cursor.iteration else None


def happening(picture: Picture) -> str:
    """The formula of what was just computed, as MathML."""
    graph, node = picture.graph, picture.node
    if node is None:
        return ""
    return definition(graph, graph.operation(node)) if picture.phase == "forward" else gradient_formula(graph, node)


def said(picture: Picture) -> str:
    """The number(s) just computed, to be read out."""
    if picture.node is None:
        return ""
    is_backward = picture.phase == "backward"
    return preview(picture.gradient(picture.node) if is_backward else picture.value(picture.node)) or ""


def controls(picture: Picture) -> Controls:
    """The bar of buttons and the strip of moments."""
    return Controls(
        version=picture.version,
        can_back=picture.cursor > Cursor(0, 0),
        can_undo=picture.can_undo,
        can_redo=picture.can_redo,
        timeline=timeline(picture.graph, picture.cursor.position),
    )


def drawing(picture: Picture, layout: GraphLayout, marked: Marks, only: frozenset[str] | None = None) -> Drawing:
    """The picture of the graph; with `only`, the numbers of those nodes and no frames."""
    is_whole = only is None
    ids = [box.node for box in layout.boxes if is_whole or box.node in only]
    return Drawing(
        layout=layout,
        lines=" ".join(edge.path for edge in layout.edges) if is_whole else "",
        heads=" ".join(f"M{edge.head.replace(' ', 'L')}Z" for edge in layout.edges) if is_whole else "",
        frames=frames(picture, layout, layout.card_of) if is_whole else (),
        numbers=tuple(numbers_of(picture, layout.card_of[id], not is_whole) for id in ids),
        marks=marked,
    )


def changed(graph: Graph, before: Cursor, after: Cursor) -> frozenset[str] | None:
    """The nodes whose numbers differ between two moments of a run; None where that may be any of them.

    Within an iteration, a moment adds or takes away one node's value or gradient; the update moves the parameters.
    """
    if before.iteration != after.iteration:
        return None
    low, high = sorted((before.position, after.position))
    moments = graph.schedule[low + 1 : high + 1]
    found = {moment.node for moment in moments if moment.node}
    if any(moment.phase == "update" for moment in moments):
        found |= set(graph.parameters)
    return frozenset(found)


def stage(scene: Scene, view: str, is_live: bool) -> Staged | None:
    """The view under the tab that is chosen; None for those whose numbers are exchanged one by one.

    While a run goes on, only those that go along with it are made.
    """
    row = VIEWS[view]
    if row.build is None:
        return None
    return Staged(row.name, row.title) if is_live and not row.is_live else staged(row, scene)


def sections(scene: Scene) -> tuple[Staged, ...]:
    """What more there is to know of the number looked at; only what is unfolded is made."""
    rows = (row for row in SECTIONS.values() if row.is_for(scene.picture, scene.node))
    return tuple(staged(row, scene) if row.name in scene.opened else Staged(row.name, row.title) for row in rows)


def staged(row: View | Section, scene: Scene) -> Staged:
    """A row of the tables made, or the reason why it cannot be."""
    try:
        return Staged(row.name, row.title, is_open=True, content=row.build(scene))
    except ChainruleError as refusal:
        return Staged(row.name, row.title, is_open=True, refusal=refusal)


def build(
    scene: Scene,
    layout: GraphLayout | Pending | None,
    panel: Panel,
    view: str,
    shares: Shares,
    only: frozenset[str] | None = None,
    drawn: str = "",
    is_live: bool = False,
) -> Workspace:
    """The workspace at a moment, for a page that shows `drawn` of it.

    With `only`, the graph or the table holds just the nodes that changed, if the page shows the others already. One
    that `is_live` goes along with a run: it has only what is made quickly.
    """
    picture, selection = scene.picture, panel.id if panel.is_pinned else ""
    table = table_page(picture, panel.id, only, drawn) if view == "table" else None
    is_drawn = isinstance(layout, GraphLayout)
    marked = marks(picture, layout, selection or None, shares) if is_drawn else None
    return Workspace(
        id=picture.id,
        title=picture.title,
        preset=picture.spec["name"] if picture.spec["kind"] == "preset" else None,
        version=picture.version,
        view=view,
        tabs=views_for(picture.graph),
        selection=selection,
        sample=scene.sample,
        open=",".join(sorted(scene.opened)),
        tour=scene.tour,
        status=status(picture),
        controls=controls(picture),
        drawing=drawing(picture, layout, marked, only if layout.key == drawn else None) if is_drawn else None,
        table=table,
        panel=panel,
        stage=stage(scene, view, is_live),
        sections=() if is_live else sections(scene),
        run=run_bar(scene.reading.run(), picture),
        picture=picture,
        options=options_for(view, scene.options),
    )
