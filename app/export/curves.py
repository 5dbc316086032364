"""The curves of a run as CSV: the loss of every iteration, and what was measured beside it now and then."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from app.notation import numbers
from app.session.moment import Picture

AT_ONCE = 4096
"""Rows written in one piece."""


def curves(picture: Picture) -> Iterator[str]:
    """A row for each iteration whose loss is known, in pieces; cells of what was not measured there are empty."""
    gauges = picture.gauges
    measured = dict(zip(gauges.iterations.tolist(), gauges.numbers.tolist(), strict=True))
    empty = [""] * len(gauges.columns)
    header = ["iteration", "loss", *gauges.columns]
    for start in range(0, max(len(picture.known), 1), AT_ONCE):
        text = StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerows([header] if start == 0 else [])
        for iteration, loss in enumerate(picture.known[start : start + AT_ONCE].tolist(), start):
            found = measured.get(iteration)
            writer.writerow([iteration, numbers.typed(loss), *(map(numbers.typed, found) if found else empty)])
        yield text.getvalue()
