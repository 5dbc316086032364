"""The strip of all moments of an iteration: forward, backward, update, and where the cursor stands among them."""

from dataclasses import dataclass

from app.engine.graph import Graph

MOST_BEADS = 90


@dataclass(frozen=True, slots=True)
class Bead:
    """One moment on the strip: its place in percent, its phase, and whether it is past, now or ahead."""

    place: str
    phase: str
    when: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """All moments of one phase as a line from one percentage to another, on a strip too long for beads."""

    begin: str
    end: str
    phase: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The strip; `now` is the cursor's place in percent."""

    position: int
    length: int
    now: str
    beads: tuple[Bead, ...]
    stretches: tuple[Stretch, ...]


def timeline(graph: Graph, position: int) -> Timeline:
    """The strip of a graph's schedule with the cursor at a position."""
    length = graph.length
    ends = (
        ("forward", 0, graph.forward_end),
        ("backward", graph.forward_end, graph.backward_end),
        ("update", graph.backward_end, length),
    )
    stretches = tuple(Stretch(percent(begin, length), percent(end, length), phase) for phase, begin, end in ends)
    beads = ()
    if length <= MOST_BEADS:
        beads = tuple(
            Bead(percent(at, length), moment.phase, "now" if at == position else "past" if at < position else "ahead")
            for at, moment in enumerate(graph.schedule)
        )
    return Timeline(position, length, percent(position, length), beads, stretches)


def percent(position: int, length: int) -> str:
    """A position as a percentage of the strip."""
    return f"{100 * position / length:.3f}%"
