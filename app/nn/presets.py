"""All worked examples, in the order in which they are shown."""

from collections.abc import Mapping

from app.nn.examples import article, cs231n, illnesses, libraries, mazur, micrograd, textbooks, training
from app.nn.preset import Preset, Printed, by_name

__all__ = ["PRESETS", "Preset", "Printed"]

PRESETS: Mapping[str, Preset] = by_name(
    *article.PRESETS,
    *mazur.PRESETS,
    *training.PRESETS,
    *textbooks.COLAH,
    *cs231n.PRESETS,
    *micrograd.PRESETS,
    *textbooks.PRESETS,
    *libraries.PRESETS,
    *illnesses.PRESETS,
)
