"""Why a gradient and its central difference do not agree, in a sentence: a ✗ is never without its word."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.check import Comparison, Doubt
from app.errors import N_
from app.views.why import Part, worded

DOUBTS: Mapping[Doubt, str] = {
    "gradient": N_("The gradient is not finite, so no difference can confirm it."),
    "difference": N_(
        "A small step away the loss is not finite: this number stands at the edge of where the loss is defined, or the "
        "loss is too large."
    ),
    "kink": N_("The slopes to the left and to the right differ: at such a kink the gradient follows a convention."),
    "sequential": N_("Updates are sequential: this gradient was taken after later layers had moved."),
    "sharp": N_("The loss turns or jumps within the step of the difference: a shorter step gives another number."),
    "unknown": N_("The two disagree and no reason was found: the gradient may be wrong."),
}


STATES: Mapping[Doubt | None, str] = {
    None: "agrees",
    "gradient": "not finite",
    "difference": "not comparable",
    "kink": "kink",
    "held": "held",
    "sequential": "sequential",
    "sharp": "not comparable",
    "unknown": "differs",
}
"""How a comparison came out, in a word; in the order in which a list shows them."""


def doubted(comparison: Comparison | None) -> Part | None:
    """The sentence for a comparison; none where the two agree."""
    if comparison is None or comparison.doubt is None:
        return None
    if comparison.held:
        return worded(comparison.held).parts[0]
    return Part(DOUBTS[comparison.doubt], {})
