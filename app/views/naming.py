"""Names of nodes as a textbook sets them: letters in italics, a number after them as an index."""

import re
from dataclasses import dataclass

INDEXED = re.compile(r"([^\W\d_]{1,3})(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Name:
    """A node's id in two parts: `W1` is W with the index 1; most names have no index. Together they are the id."""

    letters: str
    index: str = ""


def textbook(id: str) -> Name:
    """The id as it is set on the page."""
    match = INDEXED.fullmatch(id)
    return Name(match[1], match[2]) if match else Name(id)
