"""What a form of the workspace says: which page sent it, where it is to go, what is to be set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from app.errors import N_, Invalid
from app.nn.wording import shown
from app.session.moves import By, Move, To

DEFAULT_ITERATIONS = "10"
MOST_FIELDS = 10_000
WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Shown:
    """The page that asks: its session's version, the moment and layout it shows, and what the reader has chosen."""

    version: int | None = None
    iteration: int | None = None
    position: int | None = None
    drawn: str = ""
    selected: str | None = None
    index: str | None = None
    view: str = "graph"
    iterations: str = DEFAULT_ITERATIONS


async def read_fields(request: Request) -> FormData:
    """The fields of a posted form, one of which may fill the body: the text of an expression, pasted rows."""
    most = request.app.state.settings.max_body_bytes
    return await request.form(max_fields=MOST_FIELDS, max_part_size=most)


def shown_by(fields: Mapping[str, Any]) -> Shown:
    """What a form says about the page it stands on."""
    return Shown(
        version=whole(fields, "version"),
        iteration=whole(fields, "at_iteration"),
        position=whole(fields, "at_position"),
        drawn=text(fields, "drawn"),
        selected=text(fields, "selected") or None,
        index=text(fields, "selected_index") or None,
        view="table" if text(fields, "view") == "table" else "graph",
        iterations=text(fields, "iterations") or DEFAULT_ITERATIONS,
    )


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field as it was typed; nothing where there is none, or a file."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def whole(fields: Mapping[str, Any], name: str) -> int | None:
    """A field as a whole number; None where it is left empty. Raises Invalid for anything else."""
    typed = text(fields, name).strip()
    if not typed:
        return None
    try:
        return int(typed[:40])
    except ValueError:
        raise Invalid(N_("Expected a whole number, got {came}."), came=shown(typed), pointer=f"/{name}") from None


def move_of(fields: Mapping[str, Any]) -> Move:
    """Where a form wants to go: `go` is `op:1`, `phase:1`, `iteration:1`; else an iteration and a position."""
    go = text(fields, "go")
    if go:
        by, _, count = go.partition(":")
        if by not in ("op", "phase", "iteration"):
            raise Invalid(N_("Expected op, phase or iteration, got {came}."), came=shown(by), pointer="/by")
        return By(by, whole({"count": count}, "count") or 0)
    return To(whole(fields, "iteration") or 0, whole(fields, "position") or 0)


def index_of(typed: str | None) -> tuple[int, ...] | None:
    """An index as addresses write it, `0,1`; None where there is none or it cannot be read."""
    parts = (typed or "").replace(" ", "").split(",")
    is_index = all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts)
    return tuple(map(int, parts)) if is_index else None


def typed_value(typed: str, pointer: str = "/value") -> Any:
    """A number or nested lists of numbers as a person types them; `−` and the names of what is not finite are read."""
    tidy = typed.strip().replace("\N{MINUS SIGN}", "-").replace("∞", "Infinity")
    if tidy in ("NaN", "Infinity", "-Infinity"):
        return tidy
    try:
        value = json.loads(tidy, parse_constant=str)
    except (ValueError, RecursionError):
        try:
            value = float(tidy)
        except ValueError:
            template = N_("Expected a number, got {came}.")
            raise Invalid(template, came=shown(typed.strip()), pointer=pointer) from None
    return value


def value_of(fields: FormData, shape: tuple[int, ...]) -> Any:
    """The whole new value of a leaf: its cells in order, or the text of its JSON."""
    cells = [cell for cell in fields.getlist("cell") if isinstance(cell, str)]
    if not cells:
        return typed_value(text(fields, "value"))
    flat = [typed_value(cell, f"/cell/{place}") for place, cell in enumerate(cells)]
    return nested(flat, shape)


def nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    """Numbers in row-major order as nested lists of a shape; left flat where their count does not fit."""
    if not shape:
        return flat[0] if len(flat) == 1 else flat
    for length in reversed(shape[1:]):
        flat = [flat[start : start + length] for start in range(0, len(flat), length)]
    return flat


def settings_of(fields: Mapping[str, Any], current: str, names: tuple[str, ...]) -> dict[str, Any]:
    """New settings of the optimizer; those typed for another kind are not of the kind chosen now and are left out."""
    kind = text(fields, "kind") or current
    if kind != current:
        return {"kind": kind}
    settings: dict[str, Any] = {"kind": kind}
    for name in names:
        typed = [part for part in fields.getlist(name) if isinstance(part, str)]
        if typed:
            settings[name] = WORDS[typed[-1]] if typed[-1] in WORDS else typed_value(typed[-1], f"/{name}")
    return settings
