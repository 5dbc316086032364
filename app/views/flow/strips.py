"""The gauges of all layers over time, as strips of colour: one row for each layer, the iterations across."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from sys import float_info

import numpy as np

from app.engine.flow import Layer
from app.errors import N_
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.plots import png
from app.plots.axes import Tick, along
from app.session.gauges import Gauges
from app.views.train.curves import percent

INK, ALARM, NOTHING = (210, 98, 15), (190, 30, 50), (128, 132, 138)
"""Backward's orange for what there is, red for what is no number, grey for exactly 0."""
FAINTEST, STRONGEST = 22, 255
MOST_COLUMNS = 256
MOST_READ = 6
LEAST_DECADES = 3
HIGHEST = float_info.max_10_exp
"""The largest power of ten that there is; numbers go on to 1.8 times it."""
DIGITS = 3
BY_LAYER, BY_PARAMETER = N_("Gradient by layer"), N_("Gradient by parameter")


@dataclass(frozen=True, slots=True)
class Read:
    """What is read out of one layer: the iterations of its gauges, and each in words."""

    name: str
    at: tuple[int, ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """One quantity of all layers: `picture` is an address of an image, with a row for each of `layers`.

    The colours go from `low` to `high`; `ramp` is a picture of them. Places are percents of the plot, of which the
    picture takes up `width`: what comes after the moment shown is left blank.
    """

    kind: str
    title: str
    picture: str
    width: float
    layers: tuple[tuple[Name, float], ...]
    reads: tuple[Read, ...]
    last: int
    iteration: int
    cursor: float
    columns: tuple[Tick, ...]
    low: str
    high: str
    ramp: str
    has_zeros: bool
    has_unfinite: bool

    @property
    def rows(self) -> int:
        return len(self.layers)


def strips(
    gauges: Gauges,
    layers: tuple[Layer, ...],
    last: int,
    iteration: int,
    title: str = BY_LAYER,
    until: int | None = None,
) -> tuple[Strip, ...]:
    """The gradient's norm by layer under a title, and what is saturated or dead, where it is measured; up to `last`.

    With `until`, nothing is drawn of the iterations after that one.
    """
    if not len(gauges):
        return ()
    until = last if until is None else until
    weights = [(layer.weight, f"{layer.weight}.gradient_norm") for layer in layers]
    found = [strip("norm", title, gauges, weights, last, iteration, until)]
    flat = [(layer.activation, flat_column(gauges, layer)) for layer in layers if layer.is_hidden and layer.activation]
    flat = [(id, column) for id, column in flat if column]
    return (
        *found,
        *([strip("flat", N_("Saturated or dead, by layer"), gauges, flat, last, iteration, until)] if flat else []),
    )


def flat_column(gauges: Gauges, layer: Layer) -> str | None:
    """The gauge that says what share of a layer lets nothing through."""
    names = (f"{layer.activation}.{column}" for column in ("dead_share", "saturated_share"))
    return next((name for name in names if gauges.has(name)), None)


def strip(
    kind: str, title: str, gauges: Gauges, rows: list[tuple[str, str]], last: int, iteration: int, until: int
) -> Strip:
    """One quantity of all layers over the iterations."""
    found = np.array([gauges.column(column) for _, column in rows])
    low, high = ends(found) if kind == "norm" else (0.0, 1.0)
    across, count = along(last), len(rows)
    say = short if kind == "norm" else percent
    shown, width = stretched(found, gauges.iterations, last, until)
    return Strip(
        kind=kind,
        title=title,
        picture=png.address(coloured(shown, kind, low, high)),
        width=width,
        layers=tuple((textbook(id), round(100 * (place + 0.5) / count, 2)) for place, (id, _) in enumerate(rows)),
        reads=tuple(read(rows[place][0], gauges.iterations, found[place], say) for place in chosen(count)),
        last=last,
        iteration=iteration,
        cursor=round(across.place(iteration), 3),
        columns=across.ticks(5),
        low=short(10.0**low) if kind == "norm" else "0 %",
        high=short(10.0**high) if kind == "norm" else "100 %",
        ramp=png.address(
            coloured(np.linspace(low, high, 32)[None] if kind == "flat" else ramp(low, high), kind, low, high)
        ),
        has_zeros=bool((found == 0).any()) and kind == "norm",
        has_unfinite=not bool(np.isfinite(found).all()),
    )


def ramp(low: float, high: float) -> np.ndarray:
    """The sizes from one power of ten to another."""
    return 10.0 ** np.linspace(low, high, 32)[None]


def ends(found: np.ndarray) -> tuple[float, float]:
    """The powers of ten between which the colours go: of all sizes, but not too few decades."""
    sizes = found[np.isfinite(found) & (found > 0)]
    if not sizes.size:
        return -LEAST_DECADES, 0
    low, high = floor(np.log10(sizes.min())), min(ceil(np.log10(sizes.max())), HIGHEST)
    return min(low, high - LEAST_DECADES), high


def stretched(found: np.ndarray, iterations: np.ndarray, last: int, until: int) -> tuple[np.ndarray, float]:
    """The gauges (layers, gauges) as evenly spaced columns from 0 on, and how much of the way to the last they take."""
    at = np.linspace(0, last, min(MOST_COLUMNS, last + 1))
    drawn = at[at <= until]
    return found[:, np.searchsorted(iterations, drawn, side="right").clip(1) - 1], round(100 * len(drawn) / len(at), 3)


def coloured(found: np.ndarray, kind: str, low: float, high: float) -> np.ndarray:
    """Pixels (layers, columns, 4)."""
    with np.errstate(all="ignore"):
        heights = np.log10(found) if kind == "norm" else found
        strength = np.nan_to_num((heights - low) / (high - low)).clip(0, 1)
    pixels = np.empty((*found.shape, 4), np.uint8)
    pixels[..., :3] = INK
    pixels[..., 3] = (FAINTEST + (STRONGEST - FAINTEST) * strength).astype(np.uint8)
    if kind == "norm":
        pixels[found == 0] = (*NOTHING, 110)
    pixels[~np.isfinite(found)] = (*ALARM, 255)
    return pixels


def chosen(count: int) -> list[int]:
    """The layers that are read out: all, or of many some, spread evenly, the first and the last among them."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, MOST_READ))})


def read(id: str, iterations: np.ndarray, found: np.ndarray, say) -> Read:
    """What is read out of one layer."""
    return Read(id, tuple(iterations.tolist()), tuple(map(say, found.tolist())))


def short(number: float) -> str:
    return numbers.short(number, DIGITS)
