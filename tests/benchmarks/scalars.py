"""Scalar expressions of many nodes, small relu networks written out number by number, and their racers."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from app.engine.graph import Graph, GraphBuilder
from app.engine.optim import SGD
from app.engine.plan import Plan

THOUSAND = (6, 14, 16, 1)
"""The sizes of a network that is about 1,000 nodes when it is written out."""
THREE_HUNDRED = (4, 7, 8, 1)
"""And of one of about 300."""


@dataclass(frozen=True)
class Expression:
    """`ops` in the order they are computed, each (name, ids of its inputs, its id); the last one is the loss."""

    leaves: Mapping[str, float]
    parameters: tuple[str, ...]
    ops: tuple[tuple[str, tuple[str, ...], str], ...]
    rate: float = 0.001

    @property
    def size(self) -> int:
        return len(self.leaves) + len(self.ops)

    def evaluate(self, leaves: Mapping[str, Any], relu: Callable[[Any], Any]) -> Any:
        """The loss, computed with the operators of whatever the leaves are."""
        values = dict(leaves)
        functions = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "relu": relu}
        for name, inputs, id in self.ops:
            values[id] = functions[name](*[values[input] for input in inputs])
        return values[id]

    @property
    def source(self) -> str:
        """The text of the expression, as a person would type it."""
        signs = {"add": "{} = {} + {}", "sub": "{} = {} - {}", "mul": "{} = {} * {}", "relu": "{} = relu({})"}
        forms = {True: "{} = {!r}", False: "{} = input({!r})"}
        leaves = (forms[id in self.parameters].format(id, value) for id, value in self.leaves.items())
        return "\n".join([*leaves, *(signs[name].format(id, *inputs) for name, inputs, id in self.ops)])

    @cached_property
    def graph(self) -> Graph:
        builder = GraphBuilder()
        nodes = {}
        for id, value in self.leaves.items():
            nodes[id] = builder.parameter(id, value) if id in set(self.parameters) else builder.input(id, value)
        for name, inputs, id in self.ops:
            nodes[id] = builder.op(name, [nodes[input] for input in inputs], id)
        return builder.build()


def written_out_network(sizes: tuple[int, ...]) -> Expression:
    """Each unit a sum of products and a bias, then relu; the loss is the square of what misses the target."""
    generator = np.random.default_rng(3)
    leaves = {f"x{i}": float(generator.normal()) for i in range(sizes[0])} | {"target": 0.5}
    signals, parameters, ops = [f"x{i}" for i in range(sizes[0])], [], []

    def op(name: str, *inputs: str) -> str:
        ops.append((name, inputs, f"n{len(ops)}"))
        return ops[-1][2]

    def parameter(value: float) -> str:
        parameters.append(f"p{len(parameters)}")
        leaves[parameters[-1]] = value
        return parameters[-1]

    for layer, units in enumerate(sizes[1:], 1):
        outputs = []
        for _ in range(units):
            total = parameter(0.1)
            for signal in signals:
                weight = parameter(float(generator.normal()) / len(signals) ** 0.5)
                total = op("add", total, op("mul", weight, signal))
            outputs.append(op("relu", total) if layer < len(sizes) - 1 else total)
        signals = outputs
    missing = op("sub", signals[0], "target")
    op("mul", missing, missing)
    return Expression(leaves, tuple(parameters), tuple(ops))


class PlannedExpression:
    """Our plan, every value and gradient kept."""

    def __init__(self, expression: Expression) -> None:
        self._expression = expression
        self._plan = Plan(expression.graph, SGD(expression.rate))
        self.iterate = self._plan.iterate

    def gradients(self) -> dict[str, float]:
        snapshot = self._plan.snapshot()
        return {id: float(snapshot.gradient(id)) for id in self._expression.parameters}


class UfuncExpression:
    """Hand-written NumPy with `out=`: one call a node and a term on 0-d arrays, parameters and gradients in a row."""

    def __init__(self, expression: Expression) -> None:
        self._parameters = expression.parameters
        order = [*expression.parameters, *(id for id in expression.leaves if id not in set(expression.parameters))]
        order += [id for _, _, id in expression.ops]
        self._values, self._gradients = np.zeros(len(order)), np.zeros(len(order))
        values = {id: self._values[i : i + 1].reshape(()) for i, id in enumerate(order)}
        self._g = {id: self._gradients[i : i + 1].reshape(()) for i, id in enumerate(order)}
        for id, value in expression.leaves.items():
            values[id][...] = value
        self._loss, self._rate = values[order[-1]], np.array(expression.rate)
        self._calls: list[tuple] = []
        ufuncs = {"add": np.add, "sub": np.subtract, "mul": np.multiply}
        zero = np.zeros(())
        for name, inputs, id in expression.ops:
            arguments = [values[input] for input in inputs]
            if name == "relu":
                self._calls.append((np.clip, (arguments[0], zero, np.array(np.inf), values[id])))
            else:
                self._calls.append((ufuncs[name], (*arguments, values[id])))
        self._calls.append((np.copyto, (self._gradients, 0.0)))
        self._calls.append((np.copyto, (self._g[order[-1]], 1.0)))
        term = np.zeros(())
        for name, inputs, id in reversed(expression.ops):
            self._backward(name, inputs, id, values, term)

    def _backward(self, name: str, inputs: tuple[str, ...], id: str, values: dict, term: np.ndarray) -> None:
        g = self._g
        if name == "relu":
            self._calls.append((np.sign, (values[id], term)))
            self._calls.append((np.multiply, (term, g[id], g[inputs[0]])))
        elif name == "mul":
            for this, other in (inputs, inputs[::-1]):
                self._calls.append((np.multiply, (g[id], values[other], term)))
                self._calls.append((np.add, (g[this], term, g[this])))
        else:
            self._calls.append((np.add, (g[inputs[0]], g[id], g[inputs[0]])))
            self._calls.append(((np.add if name == "add" else np.subtract), (g[inputs[1]], g[id], g[inputs[1]])))

    def gradients(self) -> dict[str, float]:
        return {id: float(self._g[id]) for id in self._parameters}

    def iterate(self, count: int) -> np.ndarray:
        losses, updated = np.empty(count), slice(0, len(self._parameters))
        w, g = self._values[updated], self._gradients[updated]
        for iteration in range(count):
            for function, arguments in self._calls:
                function(*arguments)
            losses[iteration] = self._loss
            w -= self._rate * g
        return losses


class Value:
    """One number in the manner of micrograd: it remembers its parents and how to pass its gradient back to them."""

    __slots__ = ("_parents", "_pass_back", "grad", "number")

    def __init__(self, number: float, parents: tuple["Value", ...] = ()) -> None:
        self.number, self.grad, self._parents = number, 0.0, parents
        self._pass_back: Callable[[], None] = lambda: None

    def __add__(self, other: "Value") -> "Value":
        out = Value(self.number + other.number, (self, other))

        def pass_back() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._pass_back = pass_back
        return out

    def __sub__(self, other: "Value") -> "Value":
        out = Value(self.number - other.number, (self, other))

        def pass_back() -> None:
            self.grad += out.grad
            other.grad -= out.grad

        out._pass_back = pass_back
        return out

    def __mul__(self, other: "Value") -> "Value":
        out = Value(self.number * other.number, (self, other))

        def pass_back() -> None:
            self.grad += other.number * out.grad
            other.grad += self.number * out.grad

        out._pass_back = pass_back
        return out

    def relu(self) -> "Value":
        out = Value(max(self.number, 0.0), (self,))

        def pass_back() -> None:
            self.grad += (out.number > 0) * out.grad

        out._pass_back = pass_back
        return out

    def backward(self) -> None:
        order, seen = [], set()

        def visit(value: "Value") -> None:
            if value not in seen:
                seen.add(value)
                for parent in value._parents:
                    visit(parent)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            value._pass_back()


class ObjectExpression:
    """The expression built anew each iteration out of objects: our Value, or micrograd's own where it is installed."""

    def __init__(self, expression: Expression, make: Callable[[float], Any], number: str) -> None:
        self._expression, self._number = expression, number
        self._leaves = {id: make(value) for id, value in expression.leaves.items()}

    def gradients(self) -> dict[str, float]:
        return {id: self._leaves[id].grad for id in self._expression.parameters}

    def iterate(self, count: int) -> np.ndarray:
        return np.array([self._iteration() for _ in range(count)])

    def _iteration(self) -> float:
        leaves, number, rate = self._leaves, self._number, self._expression.rate
        for leaf in leaves.values():
            leaf.grad = 0.0
        loss = self._expression.evaluate(leaves, lambda value: value.relu())
        loss.backward()
        for id in self._expression.parameters:
            leaf = leaves[id]
            setattr(leaf, number, getattr(leaf, number) - rate * leaf.grad)
        return getattr(loss, number)
