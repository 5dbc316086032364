"""Formulas as pages show them, and the same as text for whoever has no page: `∂loss/∂W_1 = x^⊤ · δ`."""

from __future__ import annotations

import re
from dataclasses import Field
from typing import Annotated
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

MathML = Annotated[str, "MathML"]
"""A field of a view model that holds a formula, or a piece of one."""

INFIX = frozenset("=←≈+−·×/<>≤≥⊙∗")
ATOM = re.compile(r"[^\s()]*(?:\([^()]*\))?")
OPENED = re.compile(r"(?<=[(\[]) ?− ?")


def is_mathml(field: Field) -> bool:
    """Whether a field is said to hold formulas."""
    return "MathML" in str(field.type)


def text(formula: MathML) -> str:
    """A formula as text. Fractions are quotients, places below and above a letter follow `_` and `^`."""
    return OPENED.sub("−", " ".join(spoken(ElementTree.fromstring(f"<mrow>{formula}</mrow>")).split()))


def spoken(element: Element) -> str:
    """One element as text."""
    inside = [spoken(child) for child in element]
    match element.tag.rpartition("}")[2], inside:
        case "mfrac", (above, below):
            return f"{grouped(above)}/{grouped(below)}"
        case "mover", (base, "^"):
            return f"{base}\N{COMBINING CIRCUMFLEX ACCENT}"
        case "msub" | "munder", (base, below):
            return f"{base}_{grouped(below)}"
        case "msup" | "mover", (base, above):
            return f"{base}{above}" if above == "′" else f"{base}^{grouped(above)}"
        case "msubsup" | "munderover", (base, below, above):
            return f"{base}_{grouped(below)}^{grouped(above)}"
        case "msqrt", _:
            return f"√({''.join(inside)})"
        case "mtr", _:
            return f"[{', '.join(inside)}]"
        case "mspace", _:
            return " "
        case "mo", _ if (sign := (element.text or "").strip()) in INFIX and element.get("form") != "prefix":
            return f" {sign} "
    return (element.text or "").strip(" \n") + "".join(inside)


def grouped(part: str) -> str:
    """A part of a formula, in parentheses unless it is one thing by itself."""
    part = part.strip()
    return part if ATOM.fullmatch(part) else f"({part})"
