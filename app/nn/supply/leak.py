"""A leak: an input that is the target in other words, so that there is nothing to learn from the others."""

import numpy as np

FEWEST_OF_A_CLASS = 3
"""Two rows of a class stand at one end of some column by chance alone."""
ROWS_OF_A_VALUE = 5
"""With as many rows for each of its values, a column does not tell the target by chance."""
AS_GOOD_AS_ALL = 0.999
"""The share of a number's variance beyond which a line through one column tells it."""


def leak(raw: np.ndarray, targets: np.ndarray, are_classes: bool) -> int | None:
    """The place of the first column of rows (rows, columns) that alone tells all targets (rows,), if there is one.

    It tells them where equal cells always have equal targets, and either each class lies in a range of its own, or
    cells are repeated so often that they are names. Of numbers a line through the column tells them as well.
    """
    columns = raw.shape[1]
    if columns < 2 or (are_classes and np.unique(targets, return_counts=True)[1].min() < FEWEST_OF_A_CLASS):
        return None
    with np.errstate(all="ignore"):
        tells = tells_classes if are_classes else tells_numbers
        return next((place for place in range(columns) if tells(raw[:, place], targets)), None)


def tells_classes(column: np.ndarray, targets: np.ndarray) -> bool:
    """Whether a column alone says which class each row is of."""
    values, pieces, is_pure = sorted_by(column, targets)
    is_parted = pieces == len(np.unique(targets)) > 1
    return is_pure and (is_parted or 1 < values <= len(column) / ROWS_OF_A_VALUE)


def tells_numbers(column: np.ndarray, targets: np.ndarray) -> bool:
    """Whether a column alone says the number of each row."""
    values, pieces, is_pure = sorted_by(column, targets)
    is_named = is_pure and pieces > 1 and values <= len(column) / ROWS_OF_A_VALUE
    return bool(
        is_named or (len(column) > ROWS_OF_A_VALUE and np.corrcoef(column, targets)[0, 1] ** 2 > AS_GOOD_AS_ALL)
    )


def sorted_by(column: np.ndarray, targets: np.ndarray) -> tuple[int, int, bool]:
    """How many values a column has, into how many pieces of one target it falls, and whether equal cells agree."""
    order = np.lexsort((targets, column))
    is_new, is_other = np.diff(column[order]) != 0, np.diff(targets[order]) != 0
    return 1 + int(is_new.sum()), 1 + int(is_other.sum()), not (is_other & ~is_new).any()
