"""What came, in a few words, and the known name nearest to it: the second half of every refusal."""

import difflib
import json
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from app.errors import N_, visible

LONGEST = 60
SEARCHED, WORK = 2_000, 400_000
"""Known names that are compared, and pairs of signs in them at most; twenty thousand names would take a second."""


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
    """A text cut to a length that fits into a sentence, on one line, safe to encode and visible."""
    text = visible(" ".join(text.encode("utf-8", "replace").decode().split()))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def nearest(name: object, known: Iterable[str], most: int = 3) -> list[str]:
    """The known names most like this one, best first; none if nothing is alike."""
    if not isinstance(name, str):
        return []
    wanted = name[:100].casefold()
    newest = [*known][: -SEARCHED - 1 : -1]
    signs = [*accumulate(map(len, newest))]
    few = newest[: bisect_right(signs, WORK // max(len(wanted), 1))]
    folded = {candidate.casefold(): candidate for candidate in reversed(few)}
    found = difflib.get_close_matches(wanted, folded, n=most, cutoff=0.5)
    found += [other for other in folded if len(wanted) > 1 and wanted in other and other not in found]
    return [folded[match] for match in found[:most]]
