"""Names of nodes as a textbook sets them, letters in italics and a number after them as an index, and of ops."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import N_
from app.nn.losses import LOSSES

WORDS: Mapping[str, str] = {"linear": N_("linear")} | {op: loss.label for op, loss in LOSSES.items()}
"""The ops that pages call by words, each to be translated; the others are called as they are typed."""
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


def operation_words(op: str) -> str:
    """What an op is called on the page."""
    return WORDS.get(op, op.replace("_", " "))
