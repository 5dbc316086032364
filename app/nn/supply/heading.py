"""Whether the first line of a table names its columns, or is a row like the others."""

from collections.abc import Sequence

import numpy as np

from app.nn.supply.numerals import is_number, read_columns

PEEKED, SEARCHED = 25, 1000
YEARS = range(1900, 2101)
MANY = 4
"""So many numbers that count on are more likely names than a row."""

Records = Sequence[Sequence[str]]


def looks_like_header(records: Records) -> bool:
    """Whether the first line surely names the columns: it holds no number, and there are numbers below it."""
    first, below = records[0], records[1:PEEKED]
    if any(map(is_number, first)):
        return False
    return not below or any(any(map(is_number, row)) for row in below)


def may_be_header(records: Records) -> bool:
    """Whether a first line with numbers in it may name the columns all the same: years, doses, places.

    Its cells are all different and its numbers whole; they count on, or are nowhere below and stand above numbers of
    another kind.
    """
    first, below = [cell.strip() for cell in records[0]], records[1:SEARCHED]
    numbered = [place for place, cell in enumerate(first) if is_number(cell)]
    if not numbered or not below or len(set(first)) < len(first) or not all(first):
        return False
    if not all(first[place].isdecimal() for place in numbered):
        return False
    heads = np.array([float(first[place]) for place in numbered])
    is_counting = len(heads) >= MANY and bool((np.diff(heads) == 1).all())
    unseen = [place for place in range(len(first)) if not (is_counting and place in numbered)]
    if any(first[place] == row[place].strip() for row in below for place in unseen):
        return False
    columns, _ = read_columns([[row[place] for row in below] for place in numbered])
    return is_counting or all(map(is_unlike, heads, columns))


def is_unlike(head: float, below: np.ndarray) -> bool:
    """Whether a whole number stands above others: decimals, or for a year none of its time; True above words."""
    below = below[~np.isnan(below)]
    if head in YEARS:
        return not np.isin(below, YEARS).any()
    return bool((below != np.floor(below)).mean() >= 0.5) if len(below) else True
