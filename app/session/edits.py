"""What a person may set: numbers of a leaf, or settings of the optimizer. Read, checked, and put in place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from app.engine.graph import Graph, Leaf, Node
from app.engine.optim import Optimizer
from app.errors import N_, Invalid, NotFound
from app.nn.arrays import read_array
from app.nn.limits import Limits
from app.nn.losses import REAL
from app.nn.optimizers import document_of, parse_optimizer
from app.nn.problem import Problem
from app.nn.wording import nearest, shortened, shown
from app.session.state import Edit, NodeEdit, OptimizerEdit

KINDS = {"constant": N_("a constant"), "op": N_("computed by an op")}


def node_of(graph: Graph, id: str) -> Node:
    """A node by its id. Raises NotFound, with the nearest ids."""
    if id in graph:
        return graph[id]
    near = nearest(id, (node.id for node in graph.nodes[:1000]))
    if near:
        raise NotFound(N_("There is no node {came}. Nearest: {nearest}."), came=shortened(id), nearest=near)
    raise NotFound(N_("There is no node {came}."), came=shortened(id))


def node_edit(
    problem: Problem, graph: Graph, iteration: int, id: str, value: Any, index: Any, limits: Limits
) -> NodeEdit:
    """The edit that sets a leaf's numbers, or the one at `index`. `graph` is that of the iteration it applies to.

    Raises NotFound for an unknown node and Invalid where the numbers cannot stand there.
    """
    node = node_of(graph, id)
    if not isinstance(node, Leaf) or node.kind == "constant":
        template = N_("Only inputs and parameters can be edited; {node} is {kind}.")
        raise Invalid(template, node=id, kind=KINDS[node.kind])
    place = None if index is None else read_index(node, index)
    array = read_array(value, "/value", limits, finite=False)
    _check_shape(array, node, place)
    edit = NodeEdit(iteration, id, place, np.ascontiguousarray(array, dtype="<f8").tobytes())
    _check_targets(problem, node, edit)
    return edit


def read_index(node: Node, index: Any, pointer: str = "/index") -> tuple[int, ...]:
    """One element's index. Raises Invalid unless it is one whole number for each axis, within the shape."""
    shape = str(list(node.shape))
    is_index = isinstance(index, list | tuple) and all(type(place) is int for place in index)
    if not is_index or len(index) != len(node.shape):
        came = str(list(index)) if is_index and len(index) < 20 else shown(index)
        template = N_("Expected an index of {count} whole numbers into {node} of shape {shape}, got {came}.")
        raise Invalid(template, count=len(node.shape), node=node.id, shape=shape, came=came, pointer=pointer)
    if not all(0 <= place < size for place, size in zip(index, node.shape, strict=True)):
        template = N_("The index {came} is outside of {node}, whose shape is {shape}; indices count from 0.")
        raise Invalid(template, came=str(list(index)), node=node.id, shape=shape, pointer=pointer)
    return tuple(index)


def _check_shape(array: np.ndarray, node: Node, index: tuple[int, ...] | None) -> None:
    expected = node.shape if index is None else ()
    if array.shape != expected:
        template = N_("Expected a value of shape {expected} for {node}, got one of shape {came}.")
        came = str(list(array.shape))
        raise Invalid(template, node=node.id, pointer="/value", expected=str(list(expected)), came=came)


def _check_targets(problem: Problem, node: Leaf, edit: NodeEdit) -> None:
    """Keep class numbers, labels and one-hot rows what their loss takes."""
    is_any_number = problem.loss is not None and problem.loss.targets is REAL and not problem.loss.takes_classes
    if not is_any_number:
        problem.check_value(node.id, replaced(node.initial, edit), "/value")


def replaced(array: np.ndarray, edit: NodeEdit) -> np.ndarray:
    """An array with an edit's numbers in it."""
    if edit.index is None:
        return edit.array.reshape(array.shape)
    array = array.copy()
    array[edit.index] = edit.array[0]
    return array


def optimizer_at(problem: Problem, edits: Iterable[Edit], iteration: int) -> Optimizer:
    """The optimizer that updates the parameters in an iteration."""
    settings = [edit.settings for edit in edits if isinstance(edit, OptimizerEdit) and edit.iteration <= iteration]
    return parse_optimizer(settings[-1]) if settings else problem.optimizer


def optimizer_edit(current: Optimizer, iteration: int, settings: Any) -> OptimizerEdit:
    """The edit that gives the optimizer new settings; of the same kind, they merge with those there are."""
    if settings == {}:
        raise Invalid(N_("Expected at least one setting of the optimizer."), pointer="")
    return OptimizerEdit(iteration, document_of(parse_optimizer(settings, current)))
