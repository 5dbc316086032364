"""Pictures, explanations and checks as JSON; every float64 reads back to the same bits.

Nothing here is for pages: they get their numbers from views. What may be large is written in pieces.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

import msgspec
import numpy as np

from app.engine.check import Comparison
from app.engine.explain import Term
from app.engine.graph import Node
from app.engine.ops import Op
from app.nn.optimizers import document_of
from app.nn.supply.samples import Reading
from app.notation import mathml
from app.session.explanation import CheckReport, Explanation
from app.session.lineage import Lineage
from app.session.moment import NEWEST_LOSSES, Picture
from app.session.run import RunState
from app.views.doubt import doubted
from app.views.warnings import Warned, warnings_of
from app.views.why import Why

_ENCODER = msgspec.json.Encoder(enc_hook=str)
AT_ONCE = 8192
"""Numbers written in one piece."""


def encode(document: Any) -> bytes:
    """A document of plain values as JSON."""
    return _ENCODER.encode(document)


def numbers(array: np.ndarray | None, is_integer: bool = False) -> Any:
    """An array as nested lists, a scalar as a bare number, None (not computed yet) as null."""
    if array is None:
        return None
    if array.ndim == 0:
        return number(float(array), is_integer)
    if not np.isfinite(array).all():
        return named(array.tolist())
    return array.astype(np.int64).tolist() if is_integer else array.tolist()


def number(value: float | None, is_integer: bool = False) -> Any:
    """One number; what JSON has no digits for is written by its name."""
    if value is None or isfinite(value):
        return int(value) if is_integer and value is not None else value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def named(nested: Any) -> Any:
    """Nested lists in which NaN and infinities stand by their names."""
    return [named(part) for part in nested] if isinstance(nested, list) else number(nested)


def pieces(document: Any) -> Iterator[bytes]:
    """A document as JSON in pieces: of arrays, so many numbers at a time; of an iterator, one member at a time."""
    if isinstance(document, np.ndarray) and document.size > AT_ONCE:
        yield from _array(document)
    elif isinstance(document, Iterator):
        yield from _listed(map(pieces, document))
    elif isinstance(document, Mapping) and not all(map(_is_small, document.values())):
        yield b"{"
        for place, (key, value) in enumerate(document.items()):
            yield (b"," if place else b"") + encode(str(key)) + b":"
            yield from pieces(value)
        yield b"}"
    else:
        yield encode(numbers(document) if isinstance(document, np.ndarray) else document)


def _is_small(value: Any) -> bool:
    """Whether this is written at once; small arrays are lists by now."""
    if isinstance(value, dict):
        return all(map(_is_small, value.values()))
    return not isinstance(value, (np.ndarray, Iterator))


def _array(array: np.ndarray) -> Iterator[bytes]:
    size = array[0].size
    if size > AT_ONCE:
        return _listed(map(pieces, array))
    count = AT_ONCE // max(size, 1)
    blocks = (array[start : start + count] for start in range(0, len(array), count))
    return _joined(encode(numbers(block))[1:-1] for block in blocks)


def _listed(members: Iterable[Iterator[bytes]]) -> Iterator[bytes]:
    yield b"["
    for place, member in enumerate(members):
        if place:
            yield b","
        yield from member
    yield b"]"


def _joined(members: Iterable[bytes]) -> Iterator[bytes]:
    return _listed(iter([member]) for member in members)


def _shown(array: np.ndarray | None, is_integer: bool = False) -> Any:
    """An array as it stands in a document: nested lists, but a large one, or what is not computed, as it is."""
    if array is None or array.size <= AT_ONCE:
        return numbers(array, is_integer)
    return array.astype(np.int64) if is_integer and np.isfinite(array).all() else array


def session(
    picture: Picture,
    title: str,
    gettext: Callable[[str], str],
    with_values: bool = True,
    has_all_losses: bool = False,
) -> Iterator[bytes]:
    """A session as it stands; without values also without the spec and with the last loss alone."""
    newest = len(picture.losses) if has_all_losses else NEWEST_LOSSES
    losses = picture.losses[-newest if with_values else -1 :]
    nodes = _nodes(picture, with_values)
    is_large = (picture.snapshot.values.size if with_values else len(picture.graph.nodes)) > AT_ONCE
    document = {
        "id": picture.id,
        "version": picture.version,
        "title": title,
        **({"spec": picture.spec} if with_values else {}),
        "cursor": {
            "iteration": picture.cursor.iteration,
            "phase": picture.phase,
            "position": picture.cursor.position,
            "length": picture.length,
            "node": picture.node,
        },
        "epoch": picture.epoch,
        "loss": number(picture.loss),
        "losses": _shown(losses),
        "first_loss": len(picture.losses) - len(losses),
        "first_non_finite": picture.first_non_finite,
        "parameters": picture.parameters,
        "frozen": [id for id in picture.parameters if id in picture.frozen],
        "optimizer": document_of(picture.optimizer),
        "table": table(picture.problem.reading),
        "branch": branch(picture.lineage),
        "can_undo": picture.can_undo,
        "can_redo": picture.can_redo,
        "warnings": [warned(one, gettext) for one in warnings_of(picture.problem)],
        "nodes": nodes if is_large else list(nodes),
    }
    return pieces(document)


def warned(one: Warned, gettext: Callable[[str], str]) -> dict[str, Any]:
    """What does not go together: the kind, where it is seen, what that means."""
    return {"kind": one.kind, "node": one.node, "sentence": one.said(gettext)}


def table(reading: Reading | None) -> dict[str, Any] | None:
    """How a table was read."""
    if reading is None:
        return None
    document = {field.name: getattr(reading, field.name) for field in fields(reading) if field.name != "doubt"}
    return document | {"header": document.pop("has_header")}


def branch(lineage: Lineage | None) -> dict[str, Any] | None:
    """Where a branch came from."""
    if lineage is None:
        return None
    about = {"parent": lineage.parent or None, "iteration": lineage.iteration, "change": lineage.change}
    return about | {"is_continued": lineage.is_continued}


def _nodes(picture: Picture, with_values: bool) -> Iterator[dict[str, Any]]:
    for node in picture.graph.nodes:
        document = _structure(node)
        if with_values:
            document["value"] = _shown(picture.value(node.id), node.integer)
            document["gradient"] = _shown(picture.gradient(node.id))
        yield document


def _structure(node: Node) -> dict[str, Any]:
    # No layer that is built has steps or heads.
    place = {"layer": node.scope, "step": node.step, "head": None, "role": node.role}
    return {"id": node.id, "op": node.op, "kind": node.kind, "inputs": node.inputs, "shape": node.shape} | place


def explanation(explained: Explanation, why: Iterable[Why], gettext: Callable[[str], str]) -> bytes:
    """One number's gradient, the terms it is the sum of, and in words what is remarkable about it."""
    second = comparison(explained.second, gettext) or {}
    document = {
        "id": explained.id,
        "index": explained.index,
        "value": number(explained.value),
        "gradient": number(explained.gradient),
        "terms": [term(one) for one in explained.terms],
        "numeric_gradient": second.get("numeric_gradient"),
        "relative_error": second.get("relative_error"),
        "agrees": explained.second and explained.second.agrees,
        "doubt": second.get("doubt"),
        "why": [cause(one, gettext) for one in why],
    }
    return encode(document)


def cause(why: Why, gettext: Callable[[str], str]) -> dict[str, Any]:
    """Why a number is missing, 0, tiny or not finite: the kind of cause, where it lies, a sentence."""
    return {
        "of": "gradient" if why.is_gradient else "value",
        "cause": why.cause,
        "node": why.node,
        "index": why.index,
        "sentence": why.said(gettext),
    }


def term(one: Term) -> dict[str, Any]:
    """One share of a gradient: upstream × local = product."""
    return {
        "consumer": one.consumer,
        "argument": one.argument,
        "index": one.index,
        "upstream": number(one.upstream),
        "local": number(one.local),
        "product": number(one.product),
    }


def plain(document: Any) -> Any:
    """A view model as plain values: its fields by name, arrays as nested lists, NaN and infinities by their names.

    Formulas, which pages show as MathML, are text.
    """
    if is_dataclass(document):
        return {
            field.name: (in_text if mathml.is_mathml(field) else plain)(getattr(document, field.name))
            for field in fields(document)
        }
    if isinstance(document, Mapping):
        return {str(key): plain(value) for key, value in document.items()}
    if isinstance(document, list | tuple | set | frozenset):
        return [plain(part) for part in document]
    if isinstance(document, np.ndarray):
        return numbers(document)
    return number(document) if isinstance(document, float) else document


def in_text(formulas: Any) -> Any:
    """MathML, or a list of such pieces, as text."""
    return mathml.text(formulas) if isinstance(formulas, str) else list(map(mathml.text, formulas))


def check(report: CheckReport, gettext: Callable[[str], str]) -> bytes:
    """Every parameter's gradient beside its central differences."""
    parameters = [
        {
            "id": one.id,
            "max_relative_error": number(one.max_relative_error),
            "ok": one.ok,
            "skipped": one.skipped,
            "kinks": one.kinks,
            "unsampled": one.unsampled,
            "worst": comparison(one.worst, gettext),
            "kink": comparison(one.kink, gettext),
        }
        for one in report.parameters
    ]
    return encode({"ok": report.ok, "parameters": parameters, "first_non_finite": report.first_non_finite})


def doubt(one: Comparison | None, gettext: Callable[[str], str]) -> dict[str, Any] | None:
    """Why a gradient and its difference do not agree: a word, and a sentence."""
    said = doubted(one)
    return said and {"cause": one.doubt, "sentence": said.said(gettext)}


def comparison(one: Comparison | None, gettext: Callable[[str], str]) -> dict[str, Any] | None:
    """One number's gradient and its central difference."""
    if one is None:
        return None
    return {
        "index": one.index,
        "gradient": number(one.gradient),
        "numeric_gradient": number(one.difference.numeric),
        "relative_error": number(one.relative_error),
        "step": one.difference.step,
        "doubt": doubt(one, gettext),
    }


def run(state: RunState, gettext: Callable[[str], str] = str) -> dict[str, Any]:
    """A run as it is seen."""
    document = {field.name: getattr(state, field.name) for field in fields(state)}
    non_finite, best = state.non_finite, state.best
    document["non_finite"] = non_finite and {"iteration": non_finite[0], "node": non_finite[1]}
    document["best"] = best and {"iteration": best[0], "validation_loss": number(best[1])}
    document["failure"] = state.failure and gettext(state.failure)
    return document


def op(row: Op, sentence: str) -> dict[str, Any]:
    """One row of the ops."""
    return {
        "name": row.name,
        "sentence": sentence,
        "arguments": row.arguments,
        "optional": row.optional,
        "attributes": row.attributes,
        "is_elementwise": row.is_elementwise,
        "is_loss": row.is_loss,
        "latex": row.latex,
        "rules": [
            {"argument": argument, "latex": rule.latex if rule else None}
            for argument, rule in zip(row.arguments, row.rules, strict=True)
        ],
    }
