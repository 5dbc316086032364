"""Answers as colours: orange and blue for two sides, one colour for each class, the surer the stronger."""

from __future__ import annotations

import numpy as np

from app.plots import png

Sides = tuple[tuple[int, ...], tuple[int, ...]]

CLASSES = ((221, 122, 26), (43, 108, 201), (42, 138, 102), (138, 79, 176), (184, 144, 58), (192, 70, 106))
PLUS, MINUS = (60, 140, 90), (150, 80, 170)
FAINTEST, STRONGEST, GROUND = 14.0, 205.0, 150.0
"""How opaque the least and the most sure answer is, of 255: what is behind, light or dark, shows through.

As the ground of marks they are less so.
"""
STEP = 4


def between(signed: np.ndarray, sides: Sides = CLASSES[:2], strongest: float = STRONGEST) -> np.ndarray:
    """Pixels (…, 4) of numbers from −1, the first colour, over 0 to 1, the second. NaN is clear."""
    magnitude = np.abs(np.nan_to_num(signed)).clip(0, 1)
    return pixels(np.asarray(sides)[(signed > 0).astype(int)], magnitude, np.isfinite(signed), strongest)


def of_classes(chosen: np.ndarray, sureness: np.ndarray) -> np.ndarray:
    """Pixels of class numbers, with how sure each is from 0 to 1."""
    colours = np.asarray(CLASSES)[chosen % len(CLASSES)]
    return pixels(colours, 0.2 + 0.8 * np.nan_to_num(sureness).clip(0, 1), np.isfinite(sureness), GROUND)


def pixels(colours: np.ndarray, strength: np.ndarray, is_number: np.ndarray, strongest: float) -> np.ndarray:
    """Colours made as opaque as their strength says."""
    found = np.empty((*strength.shape, 4), np.uint8)
    found[..., :3] = colours
    opacity = np.where(is_number, FAINTEST + (strongest - FAINTEST) * strength, 0.0)
    # Steps that no eye tells apart make the file half as long.
    found[..., 3] = opacity // STEP * STEP
    return found


def maps_of(matrices: np.ndarray, sides: Sides = CLASSES[:2]) -> tuple[str, ...]:
    """Pictures of matrices (count, height, width), each number beside the largest magnitude of its matrix."""
    largest = np.where(np.isfinite(matrices), np.abs(matrices), 0.0).max(axis=(1, 2), keepdims=True, initial=0.0)
    signed = matrices / np.where(largest > 0, largest, 1.0)
    return tuple(png.address(picture) for picture in between(signed, sides))


def ink_of(matrix: np.ndarray) -> str:
    """A picture of brightnesses as ink on paper, the largest black."""
    low, high = float(matrix.min()), float(matrix.max())
    shares = (matrix - low) / (high - low) if high > low else np.zeros(matrix.shape)
    return png.address((255 - 255 * shares).astype(np.uint8)[..., None])
