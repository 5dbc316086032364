"""What a form of the workspace says: which page sent it, where it is to go, what is to be set."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field
from dataclasses import fields as fields_of
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request

from app.engine.optim import OPTIMIZERS
from app.errors import N_, Invalid, WrongMediaType
from app.nn.wording import shown
from app.pages.tour.stops import STOPS
from app.session.moves import By, Move, To
from app.views.catalog import FIRST_VIEW, VIEWS, options_for
from app.web.multipart import MULTIPART, read_parts
from app.web.rows import NUMBER

DEFAULT_ITERATIONS = "10"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10_000
MOST_DIGITS = 15
MOST_OPENED = 60
OPENED = re.compile(r"[a-z][a-z0-9-]{0,30}")
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
    view: str = FIRST_VIEW
    sample: int = 0
    opened: frozenset[str] = frozenset()
    tour: str = ""
    iterations: str = DEFAULT_ITERATIONS
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> dict[str, Any]:
        """What the address of the page keeps of it."""
        return {
            "node": self.selected,
            "index": self.index,
            "view": None if self.view == FIRST_VIEW else self.view,
            "sample": self.sample or None,
            "open": ",".join(sorted(self.opened)) or None,
            "tour": self.tour or None,
            "options": options_for(self.view, self.options),
        }


async def sent(request: Request) -> bytes:
    """The body of a posted form."""
    return await request.body()


def read_fields(request: Request, body: Annotated[bytes, Depends(sent)]) -> FormData:
    """What a form sent. A long text takes a while to decode, so this does not happen on the event loop."""
    sent_as = request.headers.get("content-type", FORM)
    kind = sent_as.partition(";")[0].strip().lower()
    if body and kind not in (FORM, MULTIPART):
        raise WrongMediaType(N_("Expected a form, {expected}, got {came}."), expected=FORM, came=kind[:60])
    try:
        if body and kind == MULTIPART:
            return FormData(read_parts(body, sent_as, MOST_FIELDS))
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Invalid(N_("The form is not UTF-8.")) from None
    except ValueError:
        raise Invalid(N_("Expected at most {most} fields in a form, got more."), most=MOST_FIELDS) from None
    return FormData(pairs)


def drawn_by(typed: str) -> tuple[int | None, str]:
    """What a page has drawn, `3/rows0`: which version of the session, None if that is not said, and what of it."""
    version, _, name = typed.rpartition("/")
    return whole({"version": version}, "version"), name


def shown_by(fields: Mapping[str, str]) -> Shown:
    """What a form says about the page it stands on."""
    return Shown(
        version=whole(fields, "version"),
        iteration=whole(fields, "at_iteration"),
        position=whole(fields, "at_position"),
        drawn=drawn_by(text(fields, "drawn"))[1],
        selected=text(fields, "selected") or None,
        index=text(fields, "selected_index") or None,
        view=view_named(text(fields, "view")),
        sample=sample_of(text(fields, "sample")),
        opened=opened_of(text(fields, "open")),
        tour=tour_of(text(fields, "tour")),
        options=fields,
        iterations=text(fields, "iterations") or DEFAULT_ITERATIONS,
    )


def view_named(typed: str) -> str:
    """A view by its name; the first for any other text."""
    return typed if typed in VIEWS else FIRST_VIEW


def sample_of(typed: str) -> int:
    """Which row of the batch is looked at; the first where that is not said."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def opened_of(typed: str) -> frozenset[str]:
    """What the reader has unfolded, by names with commas between them."""
    return frozenset(OPENED.findall(typed)[:MOST_OPENED])


def tour_of(typed: str) -> str:
    """A stop of the tour by its name; none for any other text."""
    return typed if typed in STOPS else ""


def text(fields: Mapping[str, str], name: str) -> str:
    """A field as it was typed; nothing where there is none."""
    return fields.get(name, "")


def whole(fields: Mapping[str, str], name: str) -> int | None:
    """A field as a whole number; None where it is left empty. Raises Invalid for anything else."""
    typed = text(fields, name).strip()
    if not typed:
        return None
    digits = typed.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise Invalid(N_("Expected a whole number, got {came}."), came=shown(typed), pointer=f"/{name}")
    return int(typed)


def move_of(fields: Mapping[str, str]) -> Move:
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
    parts = [part.strip() for part in (typed or "").split(",")]
    is_index = all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts)
    return tuple(map(int, parts)) if is_index else None


def typed_value(typed: str, pointer: str = "/value") -> Any:
    """A number or nested lists of numbers as a person types them; `−` and the names of what is not finite are read."""
    tidy = typed.strip().replace("\N{MINUS SIGN}", "-").replace("∞", "Infinity")
    if tidy in ("NaN", "Infinity", "-Infinity"):
        return tidy
    try:
        return finite(tidy) if NUMBER.fullmatch(tidy) else json.loads(tidy, parse_constant=str, parse_float=finite)
    except (ValueError, RecursionError):
        template = N_("Expected a number, got {came}.")
        raise Invalid(template, came=shown(typed.strip()), pointer=pointer) from None


def finite(digits: str) -> float:
    """A number as typed; one too large for a float64 is not meant as an infinity."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


def value_of(fields: FormData, shape: tuple[int, ...]) -> Any:
    """The whole new value of a leaf: its cells in order, or the text of its JSON."""
    cells = fields.getlist("cell")
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


def settings_of(fields: FormData, current: str) -> dict[str, Any]:
    """New settings of the optimizer. Those typed for another kind than the one chosen are left out."""
    kind = text(fields, "kind") or current
    settings: dict[str, Any] = {"kind": kind}
    if kind != (text(fields, "settings_of") or current) or kind not in OPTIMIZERS:
        return settings
    for row in fields_of(OPTIMIZERS[kind]):
        typed = fields.getlist(row.name)
        if typed and "parts" in row.metadata:
            settings[row.name] = part_of(fields, row, typed[-1])
        elif typed:
            settings[row.name] = setting_of(row, typed[-1], f"/{row.name}")
    return settings


def part_of(fields: FormData, row: Field, kind: str) -> dict[str, Any]:
    """A setting that is a part of its own, with the numbers typed for the kind of it that is chosen."""
    part: dict[str, Any] = {"kind": kind}
    for own in fields_of(row.metadata["parts"][kind]) if kind in row.metadata["parts"] else ():
        typed = fields.getlist(f"{row.name}.{kind}.{own.name}")
        if typed:
            part[own.name] = setting_of(own, typed[-1], f"/{row.name}/{own.name}")
    return part


def setting_of(row: Field, typed: str, pointer: str) -> Any:
    """One setting as typed: a word of several, a switch, or a number, which may be left out where it is optional."""
    if typed in WORDS or "choices" in row.metadata:
        return WORDS.get(typed, typed)
    if row.default is None and not typed.strip():
        return None
    number = typed_value(typed, pointer)
    is_whole = type(row.default) is int and isinstance(number, float) and number.is_integer()
    return int(number) if is_whole else number
