"""A dense layer as equations between whole matrices: what each symbol stands for, with its numbers at this moment.

x is (batch, features). Several rows are written as rows: z = x Wᵀ + b. A single one is written as textbooks have it, as
a column: z = W x + b. Whoever computes the right side from the pieces' numbers gets the left side.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from app.engine.formula import Index
from app.engine.graph import Graph
from app.engine.ops import OPS
from app.engine.reach import Numbers
from app.notation import numbers, symbols
from app.session.moment import Picture
from app.views.layers import letters
from app.views.layers.structure import Layer


@dataclass(frozen=True, slots=True)
class Piece:
    """One matrix of an equation. `node` is where its numbers stand, or those they are computed from, if anywhere.

    `array` is laid out like the node's own numbers (rows, columns), None while it is not computed; `is_turned` says
    that it stands on its side. `batch_axis` is the axis of the array along which the samples lie.
    `index_of` gives the index in the node of a row and column of the array.
    """

    symbol: str
    node: str | None
    role: str
    shape: tuple[int, int]
    array: np.ndarray | None
    is_turned: bool = False
    batch_axis: int | None = None
    index_of: Callable[[int, int], Index] | None = None

    @property
    def matrix(self) -> np.ndarray | None:
        """The numbers as they are written."""
        return self.array.T if self.is_turned and self.array is not None else self.array

    def place(self, row: int, column: int, axes: int) -> Index:
        """The index that a row and column of the array have in a node of so many axes."""
        if self.index_of is not None:
            return self.index_of(row, column)
        return ((), (column,), (row, column))[axes]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number before a matrix, as symbol and in digits."""

    symbol: str
    written: str
    number: float


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the matrix in the parentheses that follow."""

    symbol: str
    op: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over all samples of the matrix that follows; `axis` is that of the matrix as it is written."""

    axis: int


Part = Piece | Scalar | Function | Total | str
"""A string is a sign: `·` is the product of matrices, `⊙` of single numbers; `+`, `−` and parentheses."""


@dataclass(frozen=True, slots=True)
class Equation:
    """`left` = `right`. `name` says which of the layer's equations it is; `phase` when it is computed.

    `symbol` is what else the left side is called: δ is the gradient of z.
    """

    name: str
    phase: str
    left: Piece
    right: tuple[Part, ...]
    symbol: str = ""


@dataclass(frozen=True)
class Desk:
    """One layer with all that is needed to write it down: the graph, the moment, the layer after it.

    `picture` has the numbers of the forward pass. `found` are those that the backward pass found when it came to a
    node: with sequential updates some weights have moved by then.
    """

    picture: Picture
    layers: tuple[Layer, ...]
    layer: Layer
    found: Callable[[str], Numbers]

    @property
    def graph(self) -> Graph:
        return self.picture.graph

    @property
    def number(self) -> int:
        return self.layer.number

    @cached_property
    def count(self) -> int:
        """How many samples go through the layer at once."""
        shape = self.graph[self.layer.sum].shape
        if len(shape) < 2:
            return 1
        return shape[1] if self.layer.products[0].form == "left" else shape[0]

    @cached_property
    def is_column(self) -> bool:
        """Whether a sample is written as a column, W x; else as a row, x W."""
        form = self.layer.products[0].form
        return form == "left" or (form == "rows" and self.count == 1)

    @property
    def turns(self) -> bool:
        """Whether the arrays of samples stand on their side to be written so."""
        is_stored_in_columns = self.layer.products[0].form == "left" and len(self.graph[self.layer.sum].shape) == 2
        return self.is_column and not is_stored_in_columns

    def samples(self, id: str, symbol: str, role: str, array: np.ndarray | None) -> Piece:
        """A node with a number for every unit of every sample."""
        shape = matrix_shape(self.graph[id].shape)
        axis = 1 if self.is_column and not self.turns else 0
        return Piece(
            symbol=symbol,
            node=id,
            role=role,
            shape=shape,
            array=flat(array),
            is_turned=self.turns,
            batch_axis=axis if self.count > 1 else None,
        )

    def value(self, id: str, symbol: str) -> Piece:
        return self.samples(id, symbol, "value", self.picture.value(id))

    def gradient(self, id: str, symbol: str) -> Piece:
        return self.samples(id, symbol, "gradient", self.picture.gradient(id))

    def weights(self, role: str, is_factor: bool, is_back: bool = False) -> Piece:
        """The weights (or their gradient) as they stand in a product; going back they are turned once more."""
        id, form = self.layer.weights, self.layer.products[0].form
        array = self.found(self.layer.input)(id) if is_back else self.array_of(id, role)
        is_turned = is_factor and (form == "rows" and not self.is_column) != is_back
        symbol = letters.of_layer("W", self.number, is_turned)
        if role == "gradient":
            symbol = symbols.loss_by(self.graph, symbol)
        return Piece(
            symbol=symbol,
            node=id,
            role=role,
            shape=matrix_shape(self.graph[id].shape),
            array=flat(array),
            is_turned=is_turned,
        )

    def bias(self, role: str) -> Piece:
        """The bias (or its gradient), a column or a row like the samples."""
        id = self.layer.bias
        symbol = letters.of_layer("b", self.number)
        if role == "gradient":
            symbol = symbols.loss_by(self.graph, symbol)
        return Piece(
            symbol=symbol,
            node=id,
            role=role,
            shape=matrix_shape(self.graph[id].shape),
            array=flat(self.array_of(id, role)),
            is_turned=self.turns,
        )

    def array_of(self, id: str, role: str) -> np.ndarray | None:
        """A node's values or its gradients."""
        return self.picture.value(id) if role == "value" else self.picture.gradient(id)

    @property
    def input_symbol(self) -> str:
        """a of the layer before, or the node's own name: x."""
        before = self.layers[self.number - 2] if self.number > 1 else None
        is_output = before is not None and before.output == self.layer.input
        return letters.of_layer("a", before.number) if is_output else letters.of_node(self.graph, self.layer.input)

    @property
    def z(self) -> str:
        return letters.of_layer("z", self.number)

    @property
    def a(self) -> str:
        return letters.of_layer("a", self.number)

    @property
    def delta(self) -> Piece:
        """δ, the gradient of z."""
        return self.gradient(self.layer.sum, letters.of_layer("δ", self.number))

    @cached_property
    def slope(self) -> Piece:
        """The slope of the activation at every number of z."""
        op, value = self.layer.activation, self.picture.value(self.layer.sum)
        slopes = None if value is None else slopes_of(op, value)
        return self.samples(self.layer.sum, letters.slope_of(op, self.z), "local", slopes)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What the activation was told, as the axis of a softmax."""
        return self.graph[self.layer.output].attributes


def forward(desk: Desk) -> tuple[Equation, ...]:
    """z = W a + b, and a = σ(z)."""
    layer = desk.layer
    x, weights = desk.value(layer.input, desk.input_symbol), desk.weights("value", True)
    product: tuple[Part, ...] = (weights, "·", x) if desk.is_column else (x, "·", weights)
    right = (*product, "+", desk.bias("value")) if layer.bias else product
    total = desk.value(layer.sum, desk.z)
    made = Equation("sum", "forward", total, right)
    output = desk.value(layer.output, desk.a)
    if layer.activation is None:
        return (made, Equation("identity", "forward", output, (total,)))
    activation = Function(letters.function(layer.activation), layer.activation, desk.attributes)
    return (made, Equation("activation", "forward", output, (activation, "(", total, ")")))


def matrix_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of an array written as a matrix; a vector is one row."""
    return (shape[0], shape[1]) if len(shape) == 2 else (1, shape[0] if shape else 1)


def flat(array: np.ndarray | None) -> np.ndarray | None:
    """An array of at most two axes as rows and columns."""
    return None if array is None else numbers.matrix(array)


def slopes_of(op: str, x: np.ndarray) -> np.ndarray:
    """The derivative of an op of single numbers at each of them."""
    row = OPS[op]
    with np.errstate(all="ignore"):
        return np.broadcast_to(row.rules[0].vjp(np.ones(x.shape), row.forward(x), x), x.shape)
