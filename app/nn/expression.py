"""Expressions: a few lines of arithmetic, read into a graph.

One assignment a line; a bare literal is a parameter, `input(…)` is data, a literal inside a larger expression a
constant. A name assigned again makes a new node (`c`, `c.2`, …), and `b = a` gives the node `a` a second name.
The last line computes the loss.
"""

import ast
from typing import Any

import numpy as np

from app.engine.graph import Graph, GraphBuilder, Node
from app.engine.ops import OPS
from app.errors import N_, ExpressionError, Invalid, TooLarge
from app.nn.arrays import read_array
from app.nn.calls import Signature
from app.nn.grammar import Assignment, Text
from app.nn.limits import Limits, Tally
from app.nn.wording import nearest, shortened

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}
INPUT = "input"


def parse(source: str, limits: Limits | None = None) -> Graph:
    """The graph of an expression; the last name assigned is the loss.

    Raises ExpressionError with line and column, or TooLarge naming the setting.
    """
    limits = limits or Limits()
    return _Reader(Text(source, limits), limits).graph()


class _Reader:
    """Reads assignments one after another into a graph builder."""

    def __init__(self, text: Text, limits: Limits):
        self.text = text
        self.builder = GraphBuilder()
        self.tally = Tally(limits)
        self.limits = limits
        self.names: dict[str, Node] = {}
        self.times: dict[str, int] = {}
        self.unnamed = 0
        self.last: Node | None = None

    def graph(self) -> Graph:
        assignments = self.text.assignments()
        self.targets = {assignment.target for assignment in assignments}
        for assignment in assignments:
            self.names[assignment.target] = self._assign(assignment)
        self._check_loss(assignments[-1])
        return self.builder.build()

    def _assign(self, assignment: Assignment) -> Node:
        """The node that a line makes, or the one it gives another name."""
        value = assignment.value
        if assignment.operator is not None:
            name = ast.copy_location(ast.Name(assignment.target), assignment.place)
            value = ast.copy_location(ast.BinOp(name, assignment.operator, value), assignment.place)
        elif isinstance(value, ast.Name):
            return self._named(value)
        return self._evaluate(value, self._new_id(assignment.target))

    def _new_id(self, name: str) -> str:
        times = self.times[name] = self.times.get(name, 0) + 1
        return name if times == 1 else f"{name}.{times}"

    def _check_loss(self, assignment: Assignment) -> None:
        loss, name = self.names[assignment.target], assignment.target
        if loss.kind != "op":
            template = N_("The last line is the loss and must compute something; {name} is only {kind}.")
            raise self.text.error(assignment.place, template, name=name, kind=KINDS[loss.kind])
        if loss is not self.last:
            template = N_("The last line is the loss and must compute something; {name} was computed earlier.")
            raise self.text.error(assignment.place, template, name=name)
        if loss.shape != ():
            template = N_("The last line is the loss and must be a scalar, but {name} has shape {shape}; sum it.")
            raise self.text.error(assignment.place, template, name=name, shape=str(loss.shape))

    # -- one right side, without recursion: a + a + … is as deep a tree as it is long ---------------------------------

    def _evaluate(self, root: ast.expr, id: str) -> Node:
        pending: list[tuple[ast.expr, int | None]] = [(root, None)]
        done: list[Node] = []
        while pending:
            node, count = pending.pop()
            if count is None:
                operands = self._operands(node)
                pending.append((node, len(operands)))
                pending.extend((operand, None) for operand in reversed(operands))
            else:
                first = len(done) - count
                done[first:] = [self._node(node, done[first:], id if node is root else None, node is root)]
        return done[0]

    def _operands(self, node: ast.expr) -> list[ast.expr]:
        """What must be computed before this node; refuses everything that is no part of the language."""
        if isinstance(node, ast.Name) or self._is_literal(node):
            return []
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return [node.left, node.right]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return [node.operand]
        if isinstance(node, ast.Call):
            return self._arguments(node)
        raise self._not_allowed(node)

    def _arguments(self, call: ast.Call) -> list[ast.expr]:
        op = self._called(call)
        if op.id == INPUT:
            if len(call.args) != 1 or call.keywords or not self._is_literal(call.args[0]):
                raise self.text.error(call, N_("Expected input(…) around one number or one nested list of numbers."))
            return []
        if op.id not in OPS:
            raise self._unknown(op, N_("There is no op called {came}."), [*OPS, INPUT])
        Signature(OPS[op.id]).check_count(self.text, call)
        return call.args

    def _called(self, call: ast.Call) -> ast.Name:
        """What stands before the bracket; refuses all but a name."""
        if not isinstance(call.func, ast.Name):
            template = N_("Expected the name of an op before the bracket, got {came}.")
            raise self.text.error(call.func, template, came=self.text.quote(call.func))
        return call.func

    def _node(self, node: ast.expr, operands: list[Node], id: str | None, bare: bool) -> Node:
        """The graph's node for one node of the tree, its operands being known."""
        if isinstance(node, ast.Name):
            return self._named(node)
        if id is None:
            self.unnamed += 1
            id = f"_{self.unnamed}"
        if self._is_literal(node):
            return self._leaf("parameter" if bare else "constant", node, id)
        if isinstance(node, ast.Call) and self._called(node).id == INPUT:
            return self._leaf("input", node.args[0], id)
        return self._apply(node, operands, id)

    def _named(self, node: ast.Name) -> Node:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in self.targets:
            template = N_("{came} is used before it is given a value.")
            raise self.text.error(node, template, came=shortened(node.id))
        raise self._unknown(node, N_("There is no name {came} above this line."), self.names)

    def _apply(self, node: ast.expr, operands: list[Node], id: str) -> Node:
        attributes: dict[str, Any] = {}
        if isinstance(node, ast.BinOp):
            name = OPERATORS[type(node.op)]
        elif isinstance(node, ast.Call):
            name = self._called(node).id
            attributes = Signature(OPS[name]).attributes(self.text, node)
        else:
            name = "neg"
        try:
            made = self.builder.op(name, operands, id, line=node.lineno, **attributes)
        except Invalid as refusal:
            raise self.text.error(node, refusal.template, **refusal.fields) from None
        self._count(made, node)
        self.last = made
        return made

    def _leaf(self, kind: str, node: ast.expr, id: str) -> Node:
        made: Node = getattr(self.builder, kind)(id, self._array(node), line=node.lineno)
        self._count(made, node)
        return made

    def _count(self, made: Node, node: ast.expr) -> None:
        try:
            self.tally.add(made.shape)
        except TooLarge as refusal:
            place = self.text.error(node, "")
            refusal.line, refusal.column = place.line, place.column
            raise

    # -- literals -----------------------------------------------------------------------------------------------------

    def _is_literal(self, node: ast.expr) -> bool:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            node = node.operand
            return isinstance(node, ast.Constant) and type(node.value) in (int, float)
        return isinstance(node, ast.List) or (isinstance(node, ast.Constant) and type(node.value) in (int, float))

    def _array(self, node: ast.expr) -> np.ndarray:
        numbers = self.text.long_array(node)
        if numbers is None:
            numbers = self._numbers(node)
        try:
            return read_array(numbers, "", self.limits)
        except Invalid as refusal:
            place = node
            for step in (refusal.pointer or "").split("/")[1:]:
                place = place.elts[int(step)] if isinstance(place, ast.List) else place
            raise self.text.error(place, refusal.template, **refusal.fields) from None

    def _numbers(self, node: ast.expr) -> Any:
        """Nested lists of plain numbers; the parser lets brackets nest 200 deep at most."""
        if isinstance(node, ast.List):
            return [self._numbers(element) for element in node.elts]
        if not self._is_literal(node):
            template = N_("Expected a number inside the list, got {came}.")
            raise self.text.error(node, template, came=self.text.quote(node))
        return ast.literal_eval(node)

    # -- refusals -----------------------------------------------------------------------------------------------------

    def _unknown(self, node: ast.Name, template: str, known: Any) -> ExpressionError:
        near = nearest(node.id, known)
        if near:
            template = NEAREST[template]
        return self.text.error(node, template, came=shortened(node.id), nearest=near)

    def _not_allowed(self, node: ast.expr) -> ExpressionError:
        kind = REFUSED.get(type(node), N_("another part of Python"))
        template = N_("Expected numbers, names, + - * / ** @ and calls of ops, got {kind}: {came}")
        return self.text.error(node, template, kind=kind, came=self.text.quote(node))


KINDS = {"parameter": N_("a parameter"), "input": N_("an input"), "constant": N_("a constant")}

NEAREST = {
    "There is no op called {came}.": N_("There is no op called {came}. Nearest: {nearest}."),
    "There is no name {came} above this line.": N_("There is no name {came} above this line. Nearest: {nearest}."),
}

REFUSED: dict[type[ast.expr], str] = {
    ast.BinOp: N_("another operator"),
    ast.UnaryOp: N_("another sign"),
    ast.Constant: N_("something that is no number"),
    ast.Tuple: N_("round brackets with commas (arrays are written with [ ])"),
    ast.Attribute: N_("an attribute"),
    ast.Subscript: N_("an index"),
    ast.Compare: N_("a comparison"),
    ast.BoolOp: N_("a condition"),
    ast.IfExp: N_("a condition"),
    ast.Lambda: N_("a lambda"),
    ast.NamedExpr: N_("an assignment inside an expression"),
    ast.ListComp: N_("a comprehension"),
    ast.SetComp: N_("a comprehension"),
    ast.DictComp: N_("a comprehension"),
    ast.GeneratorExp: N_("a comprehension"),
    ast.Dict: N_("a dictionary"),
    ast.Set: N_("a set"),
    ast.Starred: N_("a star before an argument"),
}
