"""The curves of a run as CSV: the loss of every iteration, and what was measured beside it now and then."""

from __future__ import annotations

import csv
from io import StringIO

from app.session.moment import Picture
from app.views import numbers


def curves(picture: Picture) -> str:
    """A row for each iteration whose loss is known; cells of what was not measured there are empty."""
    gauges = picture.gauges
    measured = dict(zip(gauges.iterations.tolist(), gauges.numbers.tolist(), strict=True))
    empty = [""] * len(gauges.columns)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["iteration", "loss", *gauges.columns])
    for iteration, loss in enumerate(picture.known.tolist()):
        found = measured.get(iteration)
        writer.writerow([iteration, numbers.typed(loss), *(map(numbers.typed, found) if found else empty)])
    return text.getvalue()
