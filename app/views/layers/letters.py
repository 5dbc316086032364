"""The letters for whole layers, as MathML: W⁽²⁾, its transpose, δ⁽²⁾, ∂loss/∂W⁽²⁾, σ′(z⁽²⁾)."""

from app.engine.graph import Graph
from app.engine.ops import OPS
from app.notation import symbols

TOP = "<mo>⊤</mo>"
LETTERS = {"sigmoid": "σ", "softmax": "softmax", "leaky_relu": "leaky relu", "log_softmax": "log softmax"}


def of_layer(letter: str, number: int, is_turned: bool = False) -> str:
    """A letter with the number of its layer above it, in parentheses as textbooks write it."""
    top = called(f"<mn>{number}</mn>") + (TOP if is_turned else "")
    return f"<msup><mi>{letter}</mi><mrow>{top}</mrow></msup>"


def of_node(graph: Graph, id: str, is_turned: bool = False) -> str:
    """A node's own name."""
    name = symbols.symbol(graph, id)
    return f"<msup><mrow>{name}</mrow>{TOP}</msup>" if is_turned else name


def partial_in_line(graph: Graph, of: str) -> str:
    """∂loss/∂ of a symbol in one line, for where there is little room."""
    loss = symbols.symbol(graph, graph.loss.id)
    return f'<mi>∂</mi>{loss}<mo lspace="0" rspace="0">/</mo><mi>∂</mi>{of}'


def in_norm(of: str) -> str:
    """The norm of a symbol."""
    bar = '<mo stretchy="false" lspace="0" rspace="0">‖</mo>'
    return f"{bar}{of}{bar}"


def function(op: str) -> str:
    """The name of an activation as a function: σ, tanh, relu."""
    return f'<mi mathvariant="normal">{LETTERS.get(op, op.replace("_", " "))}</mi>'


def slope_of(op: str, of: str) -> str:
    """The derivative of an activation at a symbol: σ′(z)."""
    return f"<msup>{function(op)}<mo>′</mo></msup>{called(of)}"


def applied(op: str, of: str) -> str:
    """An activation of a symbol: σ(z)."""
    return function(op) + called(of)


def called(of: str) -> str:
    """What a function is of, in parentheses."""
    return f'<mrow><mo stretchy="false">(</mo>{of}<mo stretchy="false">)</mo></mrow>'


def ratio(above: str, below: str) -> str:
    """A fraction of our own letters or digits."""
    return f"<mfrac><mn>{above}</mn><mi>{below}</mi></mfrac>"


def slope_formula(op: str, of: str, output: str) -> str:
    """What the slope of an activation is, σ′(z) = a ⊙ (1 − a), from the op's own rule; nothing where it is no slope."""
    latex = OPS[op].rules[0].latex
    if not latex.startswith(r"#g \odot "):
        return ""
    inner = symbols.marked(latex.removeprefix(r"#g \odot "), 1)
    return f"{slope_of(op, of)}<mo>=</mo>" + symbols.filled(inner, {symbols.MARKS[0]: of, symbols.OUTPUT: output})


def activation_formula(op: str, of: str) -> str:
    """What an activation computes, from the op's own row."""
    inner = symbols.filled(symbols.marked(OPS[op].latex, 1), {symbols.MARKS[0]: of})
    start = "" if op == "sigmoid" else f"{applied(op, of)}<mo>=</mo>"
    return start + inner
