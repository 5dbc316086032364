"""The ops: one row each. The parser, the gallery, the shapes, the cost, the views and the gradient tests read the rows.

In a rule `g` is the upstream gradient ∂loss/∂y, `y` what the forward pass returned, `a, b` / `x` the arguments. A rule
returns upstream × local *before* un-broadcasting and accumulating: the walk does both, once, for every op.
The last `optional` arguments of an op may be left out.
An op that saves context returns `(y, *saved)` and its rules receive that whole tuple as `y`.
In LaTeX `#1`, `#2`, … are the operands, `#y` the output and `#g` the upstream gradient.
Kinks are PyTorch's: relu′(0) = abs′(0) = 0, leaky_relu′(0) = 0.01, ties in maximum, minimum (two arguments) split in
halves like torch.maximum, ties in max (over axes) split evenly like torch.amax.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.engine.row import Convention, Example, Flat, Op, Rule, Shape
from app.engine.rows.activations import ACTIVATIONS
from app.engine.rows.elementary import ELEMENTARY
from app.engine.rows.layers import LAYERS
from app.engine.rows.losses import LOSSES
from app.engine.rows.penalties import PENALTIES
from app.engine.rows.products import PRODUCTS
from app.engine.rows.reductions import REDUCING

__all__ = ["OPS", "ROWS", "Convention", "Example", "Flat", "Op", "Rule", "Shape"]

ROWS = (*PRODUCTS, *ELEMENTARY, *REDUCING, *ACTIVATIONS, *LAYERS, *LOSSES, *PENALTIES)

OPS: Mapping[str, Op] = {row.name: row for row in ROWS}
