"""Single numbers: units as circles, weights as lines between them, each with its value and its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from app.engine.graph import Graph
from app.errors import N_
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.views.net.chain import Chain, Column, chain_of
from app.views.net.circles import Circle, Figure, Line, Marking
from app.views.net.layered import Sheet, Sight, column_sheet, lines_between
from app.views.net.maps import Map, maps
from app.views.net.scalars import is_scalar_net, scalar_net
from app.views.net.units import Drawn, drawn_columns, gap
from app.views.scene import Scene

MARGIN = 28.0
HEADER = 62.0
LOSS_GAP = 130.0


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a column, or the numbers it has: its title, its number, the names of its nodes, the op.

    `choice` says which of its units are drawn (all, first, strongest, chosen), `left_out` how many are not.
    """

    title: str
    number: int
    names: tuple[Name, ...]
    operation: str
    x: float
    bottom: float
    units: int
    drawn: int
    choice: str

    @property
    def left_out(self) -> int:
        return self.units - self.drawn


@dataclass(frozen=True, slots=True)
class Samples:
    """Which row of the batch is looked at, and the rows before and after it; the index follows where it must."""

    sample: int
    count: int
    data_row: int | None
    earlier: tuple[int, str] | None
    later: tuple[int, str] | None
    keeps_selection: bool


@dataclass(frozen=True, slots=True)
class Net:
    """The picture: `form` is layers or scalars. `earlier` and `later` are nodes to look at for columns left out.

    `maps` are those of wide layers and of the weights between them.
    """

    form: str
    phase: str
    width: float
    height: float
    headings: tuple[Heading, ...]
    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]
    targets: tuple[tuple[float, float, Figure], ...]
    maps: tuple[Map, ...]
    samples: Samples | None
    earlier: str | None
    later: str | None
    columns_before: int
    columns_after: int

    @property
    def has_focus(self) -> bool:
        """Whether some lines touch what is looked at, so that the others may step back."""
        return any(line.is_near for line in self.lines)

    @property
    def way_to_hidden_numbers(self) -> str:
        """How the numbers that do not stand on their lines are brought out: by pointing, by choosing, or nothing is."""
        hidden = {line.shows for line in self.lines if line.figure} - {"always"}
        return "point" if "near" in hidden else "choose" if hidden else ""


def is_for(graph: Graph) -> bool:
    """Whether a graph can be drawn number by number: layers in a row, or a few single numbers."""
    return is_scalar_net(graph) or chain_of(graph) is not None


def build(scene: Scene) -> Net:
    """The net at a moment, for one reader."""
    picture = scene.picture
    marking = Marking(picture, (scene.id, scene.index) if scene.is_pinned else None)
    chain = chain_of(picture.graph)
    if chain is None:
        return of_scalars(scene, marking)
    focus = chain.focus(scene.id, scene.index) if scene.is_pinned else None
    sample = sample_of(scene, chain)
    columns = drawn_columns(picture, chain, focus)
    return of_layers(scene, Sight(marking, chain, focus, sample), columns)


def of_scalars(scene: Scene, marking: Marking) -> Net:
    """The net of a graph of single numbers."""
    drawing = scalar_net(scene, marking)
    return Net(
        form="scalars", phase=scene.picture.phase, width=drawing.width, height=drawing.height,
        headings=(), circles=drawing.circles, lines=drawing.lines, targets=(), maps=(), samples=None,
        earlier=None, later=None, columns_before=0, columns_after=0,
    )  # fmt: skip


def of_layers(scene: Scene, sight: Sight, columns: tuple[Drawn, ...]) -> Net:
    """The net of a layered graph, of which some columns are drawn."""
    chain, sheets = sight.chain, placed(sight, columns)
    first, last = columns[0].column.number, columns[-1].column.number
    lines = [lines_between(sight, *pair) for pair in pairwise(sheets)]
    return Net(
        form="layers",
        phase=scene.picture.phase,
        width=sheets[-1].right + MARGIN,
        height=max(sheet.bottom for sheet in sheets) + MARGIN,
        headings=tuple(map(heading, sheets)),
        circles=tuple(circle for sheet in sheets for circle in sheet.circles),
        lines=tuple(line for found in lines for line in found),
        targets=tuple(target for sheet in sheets for target in sheet.targets),
        maps=maps(sight, columns),
        samples=samples(scene, chain, sight.sample),
        earlier=chain.columns[first - 1].nodes[-1] if first else None,
        later=chain.columns[last + 1].nodes[-1] if last + 1 < len(chain.columns) else None,
        columns_before=first,
        columns_after=len(chain.columns) - 1 - last,
    )


def placed(sight: Sight, columns: tuple[Drawn, ...]) -> tuple[Sheet, ...]:
    """The columns from left to right, all around one height."""
    height = max(column_sheet(sight, drawn, 0.0, 0.0).height for drawn in columns)
    x, sheets = MARGIN, []
    for place, drawn in enumerate(columns):
        sheet = column_sheet(sight, drawn, x, HEADER + height / 2)
        sheets.append(sheet)
        if place + 1 < len(columns):
            after = columns[place + 1]
            x = sheet.right + (LOSS_GAP if after.column.is_loss else gap(len(drawn.units), len(after.units)))
    return tuple(sheets)


def heading(sheet: Sheet) -> Heading:
    """What stands above a column."""
    drawn, column = sheet.drawn, sheet.drawn.column
    operation = (column.layer.activation or "") if column.layer else ""
    return Heading(
        title=title_of(column),
        number=column.number,
        names=tuple(textbook(id) for id in column.nodes),
        operation=operation.replace("_", " "),
        x=sheet.x,
        bottom=sheet.bottom,
        units=column.units,
        drawn=len(drawn.units),
        choice=drawn.choice,
    )


def title_of(column: Column) -> str:
    """The words above a column."""
    if column.is_loss:
        return N_("Loss")
    return N_("Layer {number}") if column.layer else N_("Input")


def sample_of(scene: Scene, chain: Chain) -> int:
    """The row of the batch that is shown: that of the number chosen, if it is one of the batch, else the one asked."""
    if scene.is_pinned and chain.has_samples(scene.id):
        return chain.sample_of(scene.id, scene.index)
    return max(0, min(scene.sample, chain.batch - 1))


def samples(scene: Scene, chain: Chain, sample: int) -> Samples | None:
    """The way to the other rows of the batch, if there are any."""
    if chain.batch < 2:
        return None
    rows = scene.picture.rows
    is_batched = scene.is_pinned and chain.has_samples(scene.id)

    def to(other: int) -> tuple[int, str] | None:
        if not 0 <= other < chain.batch:
            return None
        return other, numbers.index_address(moved(scene, chain, other) if is_batched else scene.index)

    return Samples(
        sample=sample,
        count=chain.batch,
        data_row=int(rows[sample]) if rows is not None and len(rows) == chain.batch else None,
        earlier=to(sample - 1),
        later=to(sample + 1),
        keeps_selection=scene.is_pinned and not is_batched,
    )


def moved(scene: Scene, chain: Chain, sample: int) -> tuple[int, ...]:
    """The index looked at, for another row of the batch."""
    if len(scene.index) == 1:
        return (sample,)
    return (scene.index[0], sample) if chain.is_turned else (sample, scene.index[1])
