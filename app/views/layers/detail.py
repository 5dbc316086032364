"""A layer unfolded: its equations with live matrices, in symbols above and in numbers below, and its operations."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.engine.graph import Graph
from app.engine.ops import OPS
from app.nn.losses import LOSSES
from app.notation import symbols
from app.notation.mathml import MathML
from app.notation.naming import Name, textbook
from app.views.layers import letters
from app.views.layers.backward import arriving, backward, bare, gradient_of_output
from app.views.layers.equations import Desk, Equation, Function, Part, Piece, Scalar, Total, flat, forward
from app.views.layers.matrices import Focus, Matrix, matrix
from app.views.layers.words import COLUMN, COLUMNS, REMARKS, ROWS, mistake_in, words_for

MOST_OPERATIONS = 24
HALF_A_SCREEN, NUMBER, SIGN = 640.0, 70.0, 22.0


@dataclass(frozen=True, slots=True)
class Token:
    """One place of an equation: a matrix, or a sign or number as it stands among symbols and among matrices.

    `kind` is matrix, sign, open, close or function.
    """

    kind: str
    symbol: MathML = ""
    written: MathML = ""
    matrix: Matrix | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One equation as it is shown. `also` is another name of its left side, `formulas` what its functions are.

    `words` say what happens in it, `mistake` what the article has wrong; both are to be translated.
    """

    name: str
    phase: str
    tokens: tuple[Token, ...]
    also: MathML
    formulas: tuple[MathML, ...]
    words: str
    mistake: str

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a large screen."""
        return sum(breadth(token) for token in self.tokens) > HALF_A_SCREEN


def breadth(token: Token) -> float:
    """About how many pixels a part of an equation takes."""
    if token.matrix is None:
        return SIGN
    shown = token.matrix
    return shown.heat.width + SIGN if shown.heat else len(shown.rows[0]) * NUMBER + SIGN


@dataclass(frozen=True, slots=True)
class Operation:
    """One op of the layer: its formula, and what it passes back."""

    id: str
    name: Name
    definition: MathML
    gradient: MathML


@dataclass(frozen=True, slots=True)
class Detail:
    """`way` says how samples are written: column, rows, columns. `remarks` stand where there is no short equation."""

    way: str
    samples: int
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]
    operations: tuple[Operation, ...]
    left_out: int
    convention: str

    @property
    def has_moved(self) -> bool:
        """Whether some weights stand here as they were after their step, and others before it."""
        return REMARKS["moved"] in self.remarks


def detail(desk: Desk, focus: Focus) -> Detail:
    """A layer unfolded."""
    graph, layer = desk.graph, desk.layer
    ops = [id for id in layer.nodes if graph[id].kind == "op"]
    shown = tuple(operation(graph, id) for id in ops[:MOST_OPERATIONS])
    rest = max(0, len(ops) - MOST_OPERATIONS)
    if layer.is_loss:
        row = LOSSES.get(graph.criterion.op) if graph.criterion else None
        lines = of_loss(desk, focus)
        return Detail(
            way="",
            samples=1,
            lines=lines,
            remarks=(),
            operations=shown,
            left_out=rest,
            convention=row.convention if row else "",
        )
    if not layer.is_dense:
        return Detail(
            way="", samples=1, lines=(), remarks=(REMARKS["not dense"],), operations=shown, left_out=rest, convention=""
        )
    equations = (*forward(desk), *backward(desk))
    lines = tuple(line(desk, equation, focus) for equation in equations)
    remarks = tuple(REMARKS[name] for name in remarks_on(desk, equations))
    return Detail(
        way=way(desk), samples=desk.count, lines=lines, remarks=remarks, operations=shown, left_out=rest, convention=""
    )


def of_loss(desk: Desk, focus: Focus) -> tuple[Line, ...]:
    """∂loss/∂a of the last layer, where the loss has a short formula for it."""
    if len(desk.layers) < 2 or not desk.layers[-2].is_dense or not desk.graph.has_gradient(desk.layers[-2].output):
        return ()
    desk = replace(desk, layer=desk.layers[-2])
    made = arriving(desk)
    if not made:
        return ()
    return (line(desk, Equation("loss", "backward", gradient_of_output(desk), bare(made)), focus),)


def remarks_on(desk: Desk, equations: Sequence[Equation]) -> list[str]:
    """Which equations a dense layer does not have, and why; and whether some of its weights have moved."""
    graph, layer, names = desk.graph, desk.layer, {equation.name for equation in equations}
    found = [] if any(name.startswith("delta") for name in names) else ["delta"]
    found += ["gathered"] if len(graph.flows(layer.output)) > 1 else []
    found += ["weights"] if "weights" not in names and graph.has_gradient(layer.weights) else []
    is_bias_shared = layer.bias is not None and "bias" not in names and graph.has_gradient(layer.bias)
    found += ["bias"] if is_bias_shared else []
    parts = (part for equation in equations for part in equation.right)
    return found + (["moved"] if any(is_moved(desk, part) for part in parts) else [])


def is_moved(desk: Desk, part: Part) -> bool:
    """Whether these are weights as the backward pass found them, after their update."""
    if not isinstance(part, Piece) or part.role != "value" or desk.graph[part.node].kind != "parameter":
        return False
    return not np.array_equal(part.array, flat(desk.picture.value(part.node)), equal_nan=True)


def line(desk: Desk, equation: Equation, focus: Focus) -> Line:
    """An equation, ready to be shown."""
    tokens = (token(desk.graph, equation.left, focus), Token("sign", "<mo>=</mo>", "<mo>=</mo>"))
    tokens += tuple(token(desk.graph, part, focus) for part in equation.right)
    spec = desk.picture.spec
    return Line(
        name=equation.name,
        phase=equation.phase,
        tokens=tokens,
        also=equation.symbol,
        formulas=formulas(desk, equation),
        words=words_for(wording(desk, equation), way(desk)),
        mistake=mistake_in(spec["name"] if spec["kind"] == "preset" else None, equation.name, desk.number),
    )


def way(desk: Desk) -> str:
    """How the samples of a layer are written."""
    if desk.count == 1:
        return COLUMN
    return COLUMNS if desk.is_column else ROWS


def wording(desk: Desk, equation: Equation) -> str:
    """The name under which the words for an equation are kept."""
    if equation.name == "delta-jacobian" and desk.layer.activation == "log_softmax":
        return "delta-logarithm"
    if equation.name == "sum" and desk.layer.bias is None:
        return "sum-bare"
    is_plain = desk.layer.activation is None and equation.name in ("delta", "delta-last")
    return "delta-plain" if is_plain else equation.name


def formulas(desk: Desk, equation: Equation) -> tuple[str, ...]:
    """What the functions in an equation are, from the ops' own rows."""
    op = desk.layer.activation
    if op is None:
        return ()
    if equation.name == "activation":
        return (symbols.math(letters.activation_formula(op, desk.z)),)
    if any(part is desk.slope for part in equation.right if OPS[op].is_elementwise):
        made = letters.slope_formula(op, desk.z, desk.a)
        return (symbols.math(made),) if made else ()
    return ()


def token(graph: Graph, part: Part, focus: Focus) -> Token:
    """One part of an equation, ready to be shown."""
    match part:
        case Piece():
            return Token("matrix", part.symbol, "", matrix(graph, part, focus))
        case Scalar():
            return Token("sign", part.symbol, part.written)
        case Function():
            return Token("function", part.symbol, part.symbol)
        case Total():
            return Token("sign", "<mo>∑</mo>", "<mo>∑</mo>")
        case "(":
            return Token("open", '<mo stretchy="false">(</mo>')
        case ")":
            return Token("close", '<mo stretchy="false">)</mo>')
        case "·":
            return Token("sign")
        case sign:
            return Token("sign", f"<mo>{sign}</mo>", f"<mo>{sign}</mo>")


def operation(graph: Graph, id: str) -> Operation:
    """One op of a layer."""
    return Operation(
        id, textbook(id), symbols.definition(graph, graph.operation(id)), symbols.gradient_formula(graph, id)
    )
