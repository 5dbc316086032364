"""A session's workspace as a view: everything the page shows at one moment, worded and rounded, without any HTML."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from app.engine.graph import Graph
from app.engine.optim import OPTIMIZERS, Optimizer
from app.errors import N_
from app.session.moment import Picture
from app.session.state import Cursor
from app.views import numbers
from app.views.cards import Frame, Numbers, frames, kind_of, numbers_of
from app.views.curve import Curve, curve
from app.views.layout import GraphLayout, Pending
from app.views.marks import Marks, Shares, marks
from app.views.measure import Card, operation_text, shape_text
from app.views.naming import Name, textbook
from app.views.panel import Panel
from app.views.symbols import definition, gradient_formula
from app.views.timeline import Timeline, timeline

TABLE_PREVIEW = 4
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
    "update": N_("Every parameter has moved against its gradient."),
}


@dataclass(frozen=True, slots=True)
class Status:
    """Where the cursor is, in words and numbers. `loss` and `exact_loss` are None until it is computed."""

    phase: str
    phase_word: str
    telling: str
    node: str | None
    name: Name | None
    formula: str
    iteration: int
    epoch: int | None
    position: int
    length: int
    said: str
    loss: str | None
    exact_loss: str | None
    first_non_finite: str | None


@dataclass(frozen=True, slots=True)
class Controls:
    """Which controls can be used at this moment; the version that their forms send."""

    version: int
    can_back: bool
    can_undo: bool
    can_redo: bool
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the optimizer: a number or a choice."""

    name: str
    label: str
    text: str
    is_choice: bool
    is_on: bool


@dataclass(frozen=True, slots=True)
class OptimizerForm:
    """The optimizer as it is set at this moment, and the kinds there are."""

    kind: str
    kinds: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A node as a row of the table view, with the same numbers as its card."""

    number: int
    id: str
    name: Name
    kind: str
    operation: str
    inputs: tuple[str, ...]
    shape: str
    value: str | None
    gradient: str | None
    has_gradient: bool
    is_visited: bool
    is_selected: bool
    is_fresh: bool


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
class Workspace:
    """The whole page. `drawing` is None while the layout is pending, `rows` are empty in the graph view."""

    id: str
    title: str
    version: int
    view: str
    selection: str
    status: Status
    controls: Controls
    drawing: Drawing | None
    pending: Pending | None
    rows: tuple[Row, ...]
    panel: Panel
    curve: Curve
    optimizer: OptimizerForm
    is_frozen_note: bool


def status(picture: Picture) -> Status:
    """The line above the graph."""
    node, loss = picture.node, picture.loss
    return Status(
        phase=picture.phase,
        phase_word=PHASES[picture.phase],
        telling=TELLING[picture.phase],
        node=node,
        name=textbook(node) if node else None,
        formula=happening(picture),
        iteration=picture.cursor.iteration,
        epoch=picture.epoch if picture.batches is not None and picture.batches.size is not None else None,
        position=picture.cursor.position,
        length=picture.length,
        said=said(picture),
        loss=None if loss is None else numbers.short(loss),
        exact_loss=None if loss is None else numbers.exact(loss),
        first_non_finite=picture.first_non_finite,
    )


def happening(picture: Picture) -> str:
    """The formula of what was just computed, as MathML."""
    graph, node = picture.graph, picture.node
    if node is None:
        return ""
    return definition(graph, graph[node]) if picture.phase == "forward" else gradient_formula(graph, node)


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


def optimizer_form(optimizer: Optimizer) -> OptimizerForm:
    """The optimizer's fields with their present settings."""
    settings = []
    for field in fields(optimizer):
        setting = getattr(optimizer, field.name)
        is_choice = isinstance(setting, bool)
        text = "" if is_choice else numbers.typed(setting)
        settings.append(Setting(field.name, field.metadata["label"], text, is_choice, is_choice and setting))
    kinds = tuple((kind, row.title) for kind, row in OPTIMIZERS.items())
    return OptimizerForm(optimizer.kind, kinds, tuple(settings))


def drawing(
    picture: Picture, layout: GraphLayout, cards: Mapping[str, Card], marked: Marks, only: Iterable[str] | None = None,
    fresh: frozenset[str] = frozenset(),
) -> Drawing:
    """The picture of the graph; with `only`, the numbers of those nodes and no frames."""
    drawn = layout.box_of
    ids = [box.node for box in layout.boxes] if only is None else [id for id in only if id in drawn]
    return Drawing(
        layout,
        " ".join(edge.path for edge in layout.edges) if only is None else "",
        " ".join(f"M{edge.head.replace(' ', 'L')}Z" for edge in layout.edges) if only is None else "",
        frames(picture, layout, cards) if only is None else (),
        tuple(numbers_of(picture, cards[id], id in fresh) for id in ids),
        marked,
    )


def rows(picture: Picture, ids: Sequence[str], selected: str | None, fresh: frozenset[str] = frozenset()) -> list[Row]:
    """Rows of the table view."""
    return [row(picture, id, id == selected, id in fresh) for id in ids]


def row(picture: Picture, id: str, is_selected: bool, is_fresh: bool) -> Row:
    """One node as a row."""
    graph, node = picture.graph, picture.graph[id]
    return Row(
        graph.position(id), id, textbook(id), kind_of(graph, node), operation_text(node), node.inputs,
        shape_text(node.shape), preview(picture.value(id)), preview(picture.gradient(id)),
        graph.has_gradient(id), picture.is_visited(id), is_selected, is_fresh,
    )


def preview(array) -> str | None:
    """An array in one line: all of a small one, the beginning of a large one; None where nothing is computed."""
    if array is None:
        return None
    texts = [numbers.short(number) for number in array.ravel()[:TABLE_PREVIEW].tolist()]
    return "  ".join(texts) + ("  …" if array.size > TABLE_PREVIEW else "")


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


def build(
    picture: Picture,
    layout: GraphLayout | Pending | None,
    cards: Mapping[str, Card],
    panel: Panel,
    view: str,
    shares: Shares,
    *,
    only: frozenset[str] | None = None,
) -> Workspace:
    """The workspace at a moment. With `only`, the graph and the table hold just the nodes that changed."""
    fresh = only or frozenset()
    is_drawn = isinstance(layout, GraphLayout)
    ids = [node.id for node in picture.graph.nodes] if only is None else sorted(only, key=picture.graph.position)
    marked = marks(picture, layout, panel.id if panel.is_pinned else None, shares) if is_drawn else None
    return Workspace(
        id=picture.id,
        title=picture.title,
        version=picture.version,
        view=view,
        selection=panel.id if panel.is_pinned else "",
        status=status(picture),
        controls=controls(picture),
        drawing=drawing(picture, layout, cards, marked, None if only is None else ids, fresh) if is_drawn else None,
        pending=layout if isinstance(layout, Pending) else None,
        rows=tuple(rows(picture, ids, panel.id, fresh)) if view == "table" else (),
        panel=panel,
        curve=curve(picture.losses),
        optimizer=optimizer_form(picture.optimizer),
        is_frozen_note=bool(picture.frozen),
    )
