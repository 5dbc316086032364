"""What came, in a few words, and the known name nearest to it: the second half of every refusal."""

import difflib
import json
from collections.abc import Iterable

from app.errors import N_

LONGEST = 60
SEARCHED = 2_000
"""Known names that are compared; twenty thousand would take a second."""


def shown(value: object) -> str:
    """What came, as JSON would write it, shortened; lists and objects by kind."""
    if isinstance(value, list | tuple):
        return N_("a list") if value else N_("an empty list")
    if isinstance(value, dict):
        return N_("an object")
    try:
        return shortened(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError):
        return type(value).__name__


def shortened(text: str) -> str:
    """A text cut to a length that fits into a sentence, on one line and safe to encode."""
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def nearest(name: object, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names most like this one, best first; none if nothing is alike."""
    if not isinstance(name, str):
        return []
    folded = {candidate.casefold(): candidate for candidate in [*known][-SEARCHED:]}
    wanted = name[:100].casefold()
    found = difflib.get_close_matches(wanted, folded, n=most, cutoff=0.5)
    found += [other for other in folded if len(wanted) > 1 and wanted in other and other not in found]
    return [folded[match] for match in found[:most]]
