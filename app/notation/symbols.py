"""Formulas with the graph's own names in them, as MathML. A person's text never passes through LaTeX.

The rows' LaTeX is converted once with a mark in each place; the names, escaped, take the marks' places afterwards.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

from app.engine.graph import Flow, Graph, Node, Operation, rule_of
from app.notation import numbers
from app.notation.formulas import formula
from app.notation.naming import textbook

MARKS = tuple(f"qz{letter}q" for letter in "abcdefhijk")
OUTPUT, UPSTREAM = "qzyq", "qzgq"
MOST_SHARES = 5
UPSTREAM_OVER = re.compile(r"\\frac\{#g\}\{([^{}]*)\}")
ABSENT = re.compile(r"\+ ?#(\d)")


def symbol(graph: Graph, id: str) -> str:
    """A node's name as MathML; an unnamed constant is its number."""
    node = graph[id]
    if node.kind == "constant" and not node.shape and id.startswith("_"):
        return f"<mn>{escape(numbers.short(float(node.initial)))}</mn>"
    name = textbook(id)
    letters = f"<mi>{escape(name.letters)}</mi>"
    return f"<msub>{letters}<mn>{name.index}</mn></msub>" if name.index else letters


def operand(graph: Graph, id: str) -> str:
    """A name inside a formula: a negative number in parentheses, so that no two signs follow each other."""
    name = symbol(graph, id)
    return f"<mrow><mo>(</mo>{name}<mo>)</mo></mrow>" if name.startswith(f"<mn>{numbers.MINUS}") else name


def derivative(graph: Graph, id: str) -> str:
    """∂loss/∂node as MathML."""
    return loss_by(graph, symbol(graph, id))


def loss_by(graph: Graph, name: str) -> str:
    """∂loss/∂ what has a name already."""
    return ratio(symbol(graph, graph.loss.id), name)


def ratio(above: str, below: str) -> str:
    """∂ of one name over ∂ of another."""
    return f"<mfrac><mrow><mi>∂</mi>{above}</mrow><mrow><mi>∂</mi>{below}</mrow></mfrac>"


def definition(graph: Graph, node: Operation) -> str:
    """`y = f(a, b)` of an op node, with the names of this graph."""
    latex = node.row.latex
    return math(f"<mrow>{symbol(graph, node.id)}</mrow><mo>=</mo>" + inner(graph, node, latex))


def flowing_back(graph: Graph, consumer: Operation, argument: int) -> str:
    """What one argument of a consumer receives, as its row's rule says it."""
    return inner(graph, consumer, share_latex(consumer, argument))


def share_latex(consumer: Operation, argument: int) -> str:
    """A rule's LaTeX, for derivatives as upstream gradients.

    A derivative is a fraction: it stands beside another one, not in it, and needs parentheses to be transposed.
    """
    latex = UPSTREAM_OVER.sub(r"\\frac{1}{\1} #g", rule_of(consumer, argument).latex)
    return latex.replace("#g^", r"\left(#g\right)^")


def joined(graph: Graph, edges: Sequence[Flow]) -> str:
    """The shares of several edges as one sum; a share with a minus before it needs no plus."""
    text = ""
    for user, argument in edges:
        plus = "<mo>+</mo>" if text and not rule_of(user, argument).latex.startswith("-") else ""
        text += f"{plus}<mrow>{flowing_back(graph, user, argument)}</mrow>"
    return text


def gradient_formula(graph: Graph, id: str) -> str:
    """∂loss/∂node as the sum of what its consumers send back; nothing where there is no gradient."""
    if not graph.has_gradient(id):
        return ""
    if id == graph.loss.id:
        return math(f"{derivative(graph, id)}<mo>=</mo><mn>1</mn>")
    edges = graph.flows(id)
    rest = "<mo>+</mo><mo>…</mo>" if len(edges) > MOST_SHARES else ""
    return math(f"{derivative(graph, id)}<mo>=</mo>{joined(graph, edges[:MOST_SHARES])}{rest}")


def inner(graph: Graph, node: Operation, latex: str) -> str:
    """A row's formula without its outer element, names in place."""
    return filled(marked(fitting(graph, node, latex), len(node.row.arguments)), names(graph, node))


def fitting(graph: Graph, node: Node, latex: str) -> str:
    """A row's LaTeX as it fits a node: single numbers are multiplied with a dot, and `linear` may have no bias."""
    if not any(graph[id].shape for id in (node.id, *node.inputs)):
        latex = latex.replace(r"\odot", r"\cdot")
    return ABSENT.sub(lambda summand: summand[0] if int(summand[1]) <= len(node.inputs) else "", latex).rstrip()


def names(graph: Graph, node: Node) -> Mapping[str, str]:
    """What stands in the place of each mark."""
    operands = {MARKS[place]: operand(graph, id) for place, id in enumerate(node.inputs)}
    return operands | {OUTPUT: symbol(graph, node.id), UPSTREAM: derivative(graph, node.id)}


def filled(mathml: str, names: Mapping[str, str]) -> str:
    """Names in the places of their marks."""
    for mark, name in names.items():
        mathml = mathml.replace(f"<mtext>{mark}</mtext>", name)
    return mathml


@lru_cache(maxsize=1024)
def marked(latex: str, count: int) -> str:
    """A row's formula as MathML with marks, without its outer element."""
    whole = formula(latex, MARKS[:count], OUTPUT, UPSTREAM)
    return whole[whole.index(">") + 1 : whole.rindex("</math>")]


def math(content: str) -> str:
    """An element that the browser sets as a formula, in its full height."""
    return f'<math displaystyle="true"><mrow>{content}</mrow></math>'
