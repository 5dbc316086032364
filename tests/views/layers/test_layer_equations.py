"""Every equation of a layer, computed anew from the matrices that are shown in it."""

import re

import numpy as np
import pytest

from app.engine.ops import OPS
from app.session.moment import Picture
from app.views.layers.backward import backward
from app.views.layers.equations import Desk, Equation, Function, Piece, Scalar, Total, forward
from app.views.layers.structure import layers_of
from tests.views.pictures import expression, picture_of, preset

SIGNS = {"·": "@", "⊙": "*", "−": "-"}


def network(*units: int, activation="sigmoid", last=None, loss="mean_squared_error", batch=5, bias=True, inputs=3):
    """A layered network on random numbers."""
    generator = np.random.default_rng(7)
    last = last or activation
    names = [activation] * (len(units) - 1) + [last]
    targets = (
        generator.integers(0, units[-1], batch) if loss == "cross_entropy" else generator.random((batch, units[-1]))
    )
    if loss == "hinge":
        targets = np.sign(targets - 0.5)
    return {
        "kind": "layers",
        "inputs": inputs,
        "layers": [
            {"kind": "dense", "units": count, "activation": name, "bias": bias}
            for count, name in zip(units, names, strict=True)
        ],
        "loss": loss,
        "data": {"x": generator.normal(size=(batch, inputs)).tolist(), "y": targets.tolist()},
        "seed": 3,
    }


def finished(spec) -> Picture:
    """After the backward pass, before the update."""
    if isinstance(spec, str):
        return expression(spec, expression(spec).graph.backward_end)
    return picture_of(spec, picture_of(spec).graph.backward_end)


def equations(picture: Picture) -> list[tuple[int, Equation]]:
    layers = layers_of(picture.graph)
    desks = [Desk(picture, layers, layer, lambda id: picture.snapshot.value) for layer in layers if layer.is_dense]
    return [(desk.number, equation) for desk in desks for equation in (*forward(desk), *backward(desk))]


def computed(equation: Equation) -> np.ndarray:
    """The right side, from what is written there."""
    text, names = "", {"np": np}
    for place, part in enumerate(equation.right):
        match part:
            case Piece():
                names[f"m{place}"] = part.matrix
                text += f"m{place}"
            case Scalar():
                text += f"{part.number!r} * "
            case Function():
                names[f"f{place}"] = lambda x, part=part: in_rows(part, x, equation.left.is_turned)
                text += f"f{place}"
            case Total():
                text += f"np.sum(axis={part.axis}, keepdims=True, a="
            case sign:
                text += f" {SIGNS.get(sign, sign)} "
    return eval(text + ")" * text.count("np.sum("), names)


def in_rows(part: Function, matrix: np.ndarray, is_turned: bool) -> np.ndarray:
    """An activation of samples that may be written as columns."""
    made = OPS[part.op].value(matrix.T if is_turned else matrix, **part.attributes)
    return made.T if is_turned else made


NETS = {
    "mazur": {"kind": "preset", "name": "mazur"},
    "the article": {"kind": "preset", "name": "article"},
    "2-3-1-1 on a batch": {"kind": "preset", "name": "article-training"},
    "softmax cross-entropy": network(4, 3, activation="relu", last="identity", loss="cross_entropy"),
    "softmax cross-entropy of one sample": network(4, 3, last="identity", loss="cross_entropy", batch=1),
    "softmax and squared error": network(4, 3, activation="gelu", last="softmax"),
    "softmax inside": network(4, 3, activation="softmax", batch=1),
    "logits": network(4, 1, activation="silu", last="identity", loss="binary_cross_entropy_with_logits"),
    "absolute error": network(4, 2, activation="elu", loss="mean_absolute_error"),
    "huber": network(4, 2, activation="softplus", loss="huber"),
    "hinge": network(4, 2, activation="leaky_relu", last="identity", loss="hinge"),
    "cross-entropy of probabilities": network(2, 2, loss="binary_cross_entropy"),
    "no bias, no activation": network(3, 2, activation="identity", bias=False, loss="half_squared_error"),
    "wide": network(64, 128, 64, 10, inputs=64, batch=64, last="identity", loss="cross_entropy", activation="tanh"),
    "thirty layers": network(*[3] * 30, activation="tanh"),
    "rows written out": "x = input([[1, 2], [3, 4], [5, 7]])\nW = [[1, 2, 0], [3, -4, 0]]\nb = [1, 2, 3]\n"
    "V = [[0.1], [0.2], [-0.3]]\nh = tanh(0.1 * x @ W + b)\ny = h @ V\nL = mean((y - 1) ** 2) + 0.1 * sum(W ** 2)",
    "columns written out": "x = input([0.1, 0.2])\nW = [[1, 2], [3, 4]]\nb = [1, -1]\nV = [[1, -2]]\n"
    "h = softmax(W @ x + b)\ny = V @ h\nL = sum(y ** 2)",
    "many columns": "x = input([[0.1, 0.2, 0.3], [1, 2, 3]])\nW = [[1, 2], [3, 4]]\nb = [[1], [-1]]\n"
    "h = sigmoid(W @ x + b)\nL = sum(h ** 2)",
    "log of softmax": "x = input([[0.1, 0.2], [1, 2]])\nW = [[1, 2], [3, 4]]\n"
    "L = sum(log_softmax(x @ W) * [[1, 0], [0, -1]])",
    "a turned matrix": "x = input([[1, 2]])\nW = [[1, 2], [3, 4]]\nL = sum(sigmoid(x @ transpose(W)))",
    "rows after columns": "x = input([0.1, 0.2])\nW = [[1, 2], [3, 4]]\nV = [[1, 2], [3, 4]]\n"
    "L = sum(tanh(W @ x) @ V)",
    "shared weights": "x = input([[0.1, 0.2]])\nW = [[1, 2], [3, 4]]\nb = [1, 1]\n"
    "h = tanh(linear(x, W, b))\nL = sum(tanh(linear(h, W, b)))",
    "two consumers": "x = input([[0.1, 0.2]])\nW = [[1, 2], [3, 4]]\nh = tanh(x @ W)\nL = sum(h @ W) + sum(h * h)",
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_every_equation_holds_between_the_matrices_written_in_it(name: str) -> None:
    found = equations(finished(NETS[name]))
    assert found
    for number, equation in found:
        right = np.broadcast_to(computed(equation), equation.left.matrix.shape)
        np.testing.assert_allclose(
            right, equation.left.matrix, rtol=1e-12, atol=1e-15, err_msg=f"{name}: {equation.name} of layer {number}"
        )


@pytest.mark.parametrize("name", NETS)
def test_each_number_of_a_matrix_stands_where_it_says(name: str) -> None:
    picture = finished(NETS[name])
    for _, equation in equations(picture):
        for piece in (equation.left, *equation.right):
            if isinstance(piece, Piece) and piece.node and piece.role != "local" and piece.index_of is None:
                its = picture.gradient(piece.node) if piece.role == "gradient" else picture.value(piece.node)
                rows, columns = piece.array.shape
                assert piece.shape == (rows, columns)
                assert piece.array[rows - 1, columns - 1] == its[piece.place(rows - 1, columns - 1, its.ndim)]


def named(picture: Picture, name: str, number: int) -> Equation | None:
    return next((one for layer, one in equations(picture) if (layer, one.name) == (number, name)), None)


def words(equation: Equation) -> str:
    """An equation's symbols without their marks."""
    parts = [part.symbol if isinstance(part, Piece | Scalar | Function) else part for part in equation.right]
    text = "".join("Σ" if isinstance(part, Total) else part for part in (equation.left.symbol, "=", *parts))
    return re.sub(r"<[^>]+>", "", text).replace("·", "")


def test_one_sample_is_written_as_a_column_as_textbooks_have_it() -> None:
    picture = finished(NETS["the article"])
    assert [words(one) for number, one in equations(picture) if number == 2] == [
        "z(2)=W(2)a(1)+b(2)",
        "a(2)=σ(z(2))",
        "δ(2)=(W(3)⊤δ(3))⊙σ′(z(2))",
        "∂loss∂W(2)=δ(2)a(1)⊤",
        "∂loss∂b(2)=δ(2)",
    ]
    assert words(named(picture, "delta-last", 3)) == "δ(3)=(a(3)−y)⊙σ′(z(3))"
    assert words(named(picture, "input", 1)) == "∂loss∂x=W(1)⊤δ(1)"


def test_a_batch_is_written_in_rows() -> None:
    picture = finished(NETS["2-3-1-1 on a batch"])
    assert [words(one) for number, one in equations(picture) if number == 2] == [
        "z(2)=a(1)W(2)⊤+b(2)",
        "a(2)=σ(z(2))",
        "δ(2)=(δ(3)W(3))⊙σ′(z(2))",
        "∂loss∂W(2)=δ(2)⊤a(1)",
        "∂loss∂b(2)=Σδ(2)",
    ]


def test_softmax_with_cross_entropy_sends_back_p_minus_y() -> None:
    assert words(named(finished(NETS["softmax cross-entropy of one sample"]), "delta-last", 2)) == (
        "δ(2)=softmax(a(2))−one-hot(y)"
    )
    assert words(named(finished(NETS["softmax cross-entropy"]), "delta-last", 2)) == (
        "δ(2)=1n(softmax(a(2))−one-hot(y))"
    )


def test_what_something_else_has_a_share_in_is_not_claimed_by_one_layer() -> None:
    shared = finished(NETS["shared weights"])
    assert named(shared, "weights", 1) is None and named(shared, "bias", 2) is None
    assert "∂a(1)" in words(named(finished(NETS["two consumers"]), "delta", 1))
    assert named(finished(NETS["rows written out"]), "weights", 1) is None
    assert named(finished(NETS["rows written out"]), "weights", 2) is not None


def test_what_is_not_computed_yet_has_no_numbers() -> None:
    picture = preset("article", 3)
    sums = {number: equation for number, equation in equations(picture) if equation.name == "sum"}
    assert sums[2].left.array is not None and sums[3].left.array is None
    assert all(equation.left.array is None for _, equation in equations(picture) if equation.phase == "backward")
