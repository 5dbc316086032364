"""Which landscape is wanted, as an address says it: the kind of plane, its directions, how closely to look."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.errors import N_, Invalid
from app.nn.wording import shown as quoted
from app.notation import numbers
from app.session.landscape import Element, Landscape, Wish

CLOSER = (0.25, 0.5, 1.0, 2.0, 5.0, 20.0)
ELEMENT = re.compile(r"([^\s:\[\]]+)([\s:\[][\s:\[\d,]*)?\]?", re.ASCII)
LONGEST = 200
LARGEST_SEED, MOST_DIGITS = 2**31, 12

KINDS: Mapping[str, str] = {
    "directions": N_("Two random directions"),
    "parameters": N_("Two parameters"),
    "path": N_("Along the way"),
}


def read_wish(options: Mapping[str, str]) -> Wish:
    """What the address asks for. Raises Invalid with a pointer to the word that cannot be used."""
    kind = options.get("plane", "").strip()
    if kind and kind not in KINDS:
        raise Invalid(N_("Expected one of {known}, got {came}."), known=[*KINDS], came=quoted(kind), pointer="/plane")
    typed = [options.get(name, "").strip() for name in ("across", "up")]
    is_named = kind in ("", "parameters") and all(typed)
    elements = tuple(read_element(*pair) for pair in zip(typed, ("/across", "/up"), strict=True)) if is_named else None
    return Wish(kind or None, read_seed(options), elements, read_closer(options))


def read_element(typed: str, pointer: str) -> Element:
    """A number by its node and its index: `W1[0,1]`, `W1:0,1`, `a`."""
    match = ELEMENT.fullmatch(typed.replace("][", ",")) if len(typed) <= LONGEST else None
    parts = re.findall(r"\d+", match[2] or "", re.ASCII) if match else []
    if match is None or any(len(part) > 9 for part in parts):
        raise Invalid(
            N_("Expected a number’s name and index, as W1[0,1], got {came}."), came=quoted(typed), pointer=pointer
        )
    return match[1], tuple(map(int, parts))


def read_seed(options: Mapping[str, str]) -> int:
    typed = options.get("directions", "").strip() or "0"
    if not (typed.isascii() and typed.isdigit() and len(typed) <= MOST_DIGITS and int(typed) < LARGEST_SEED):
        raise Invalid(N_("Expected a whole number, got {came}."), came=quoted(typed), pointer="/directions")
    return int(typed)


def read_closer(options: Mapping[str, str]) -> float:
    typed = options.get("closer", "").strip() or "1"
    choices = {f"{factor:g}": factor for factor in CLOSER}
    if typed not in choices:
        raise Invalid(
            N_("Expected one of {known}, got {came}."), known=[*choices], came=quoted(typed), pointer="/closer"
        )
    return choices[typed]


def words_of(found: Landscape, **other: str) -> dict[str, str]:
    """The words of the address for this landscape with some of them changed; the usual ones are left out."""
    words = {"plane": found.kind}
    if found.kind == "directions" and found.seed:
        words["directions"] = str(found.seed)
    if found.elements:
        words |= {name: address_of(*one) for name, one in zip(("across", "up"), found.elements, strict=True)}
    if found.closer != 1:
        words["closer"] = f"{found.closer:g}"
    return {name: word for name, word in (words | other).items() if word}


def address_of(id: str, index: tuple[int, ...]) -> str:
    """A number as the address and its field write it: `W1[0,1]`."""
    return id + (f"[{numbers.index_address(index)}]" if index else "")
