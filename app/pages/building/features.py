"""What the inputs may be made of, as switches with a small map each: where in the plane a feature is high or low."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.nn.supply.preparation import FEATURES, MOST_COLUMNS, inputs_of
from app.plots import png

REACH = 6.0
PIXELS = 24
LOW, HIGH = (221, 122, 26), (43, 108, 201)
STRONGEST = 215


@dataclass(frozen=True)
class Switch:
    """One feature: its field's name, its own name and label, its map as an address, and whether it is chosen."""

    field: str
    name: str
    label: str
    map: str
    is_on: bool

    @property
    def id(self) -> str:
        return "network" + self.field.replace("/", "-")


def switches(columns: tuple[str, ...], chosen: Collection[str]) -> tuple[Switch, ...]:
    """The features that can be made of these columns; none where there are too many. `chosen` empty: the columns."""
    if len(columns) > MOST_COLUMNS:
        return ()
    chosen = chosen or list(FEATURES)[: len(columns)]
    possible = [name for name, row in FEATURES.items() if row.needs <= len(columns)]
    return tuple(
        Switch(f"/data/features/{number}", name, label, feature_map(name, len(columns)), name in chosen)
        for number, (name, label) in enumerate(zip(possible, inputs_of(columns, possible), strict=True))
    )


@lru_cache(maxsize=32)
def feature_map(name: str, columns: int) -> str:
    """A feature over the plane from −6 to 6: blue above zero, orange below, the stronger the darker."""
    along = np.linspace(-REACH, REACH, PIXELS)
    across, up = np.meshgrid(along, along[::-1])
    values = FEATURES[name].of((across, up)[:columns])
    share = values / np.abs(values).max()
    pixels = np.empty((*share.shape, 4), np.uint8)
    pixels[..., :3] = np.where(share[..., None] > 0, HIGH, LOW)
    pixels[..., 3] = np.round(np.abs(share) * STRONGEST)
    return png.address(pixels)
