"""How many ways a regular expression may be matched in: one per place it has come to, or Python's matcher goes back.

The matcher tries the ways through a pattern one after another, and each way is a path through an automaton whose places
are the pattern's single signs. Where no text leads to one place by two paths, there are never more paths than places,
so that a text is refused in steps of its length times the pattern's. Looking ahead counts as a path of its own; what
must stand at a border (`^`, `$`, `(?<=…)`) is taken to be there, which only adds paths. A search begins anew at every
sign: it is the same pattern behind any text. There a place at which the pattern may end may be reached from several
beginnings, since the first of them succeeds and ends the search.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SIGNS = "aZß0_ -+.,;:\n\t\0\x1c²٣é中−\u00a0\u2028"
KINDS = {
    codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
SINGLE = (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)
LOOPS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
SEARCHING = {"search", "sub", "subn", "split", "findall", "finditer"}
Sign = tuple[Any, Any, int]
"""Some signs, as the parser says it and under which flags."""
Way = tuple[int, Sign | None]
"""A place that may follow, and the signs that must not come for it to."""


@dataclass
class Piece:
    """A part of a pattern: the places it may begin and end at, as often as there are ways to, and ways past it.

    `sure` are those of the last behind which nothing more is asked for; `is_sure` says so of the ways past it. `barred`
    says of some of the last which signs cannot come next: a possessive loop before has taken all of them.
    """

    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    empty: int = 1
    sure: list[int] = field(default_factory=list)
    is_sure: bool = True
    barred: dict[int, Sign] = field(default_factory=dict)


@dataclass
class Automaton:
    """The places of a pattern, what signs each takes, and which may follow it, as often as there are ways to."""

    takes: list[Sign] = field(default_factory=list)
    follows: list[list[Way]] = field(default_factory=list)

    def place(self, sign: tuple[Any, Any], flags: int) -> Piece:
        self.takes.append((*sign, flags))
        self.follows.append([])
        here = [len(self.takes) - 1]
        return Piece(here, here, 0, here)

    def then(self, one: Piece, other: Piece) -> Piece:
        for end in one.last:
            self.follows[end] += [(place, one.barred.get(end)) for place in other.first]
        return Piece(
            one.first + other.first * one.empty,
            other.last + one.last * other.empty,
            min(one.empty * other.empty, 2),
            other.sure + one.sure * (other.is_sure and other.empty),
            one.is_sure and other.is_sure,
            (one.barred if other.empty else {}) | other.barred,
        )

    def sequence(self, parts: Iterable[tuple[Any, Any]], flags: int) -> Piece:
        whole = Piece()
        for part in parts:
            whole = self.then(whole, self.piece(*part, flags))
            if part[0] is codes.POSSESSIVE_REPEAT and is_of_signs(*part[1]):
                code, value = part[1][2][0]
                bar = (code, tuple(value) if isinstance(value, list) else value, flags)
                whole.barred = dict.fromkeys(whole.last, bar)
        return whole

    def piece(self, code: Any, value: Any, flags: int) -> Piece:
        if code is codes.SUBPATTERN:
            return self.sequence(value[3], (flags | value[1]) & ~value[2])
        if code is codes.BRANCH:
            return either(self.sequence(branch, flags) for branch in value[1])
        if code is codes.ATOMIC_GROUP:
            return self.sequence(value, flags)
        if code in LOOPS:
            return self.loop(*value, flags)
        if code in (codes.ASSERT, codes.ASSERT_NOT):
            ahead = self.sequence(value[1], flags) if value[0] > 0 else Piece()
            return Piece(ahead.first, is_sure=False)
        if code is codes.AT:
            return Piece(is_sure=False)
        assert code in SINGLE, f"{code} is not counted here"
        return self.place((code, value), flags)

    def loop(self, least: int, most: Any, body: Iterable[tuple[Any, Any]], flags: int) -> Piece:
        whole = Piece()
        for _ in range(least):
            whole = self.then(whole, self.sequence(body, flags))
        if most is codes.MAXREPEAT:
            inner = self.sequence(body, flags)
            for end in inner.last:
                self.follows[end] += [(place, None) for place in inner.first]
            return self.then(whole, Piece(inner.first, inner.last, 1, inner.sure))
        rest = Piece()
        for _ in range(most - least):
            inner = self.then(self.sequence(body, flags), rest)
            rest = Piece(inner.first, inner.last, 1, inner.sure, barred=inner.barred)
        return self.then(whole, rest)


def is_of_signs(least: int, most: Any, body: Any) -> bool:
    """Whether a loop takes all that come of some signs."""
    return least == 0 and most is codes.MAXREPEAT and len(body) == 1 and body[0][0] in SINGLE


def either(pieces: Iterable[Piece]) -> Piece:
    made = [*pieces]
    return Piece(
        [place for piece in made for place in piece.first],
        [place for piece in made for place in piece.last],
        min(sum(piece.empty for piece in made), 2),
        [place for piece in made for place in piece.sure],
        any(piece.is_sure and piece.empty for piece in made),
        {end: bar for piece in made for end, bar in piece.barred.items()},
    )


def fits(sign: str, code: Any, value: Any, flags: int) -> bool:
    """Whether a single sign is one that a place takes."""
    if code is codes.ANY:
        return sign != "\n" or bool(flags & re.DOTALL)
    if code is codes.IN:
        is_not = value[0][0] is codes.NEGATE
        return any(fits(sign, *one, flags) for one in value[is_not:]) is not is_not
    if code is codes.CATEGORY:
        return re.match(KINDS[value], sign, flags & re.ASCII) is not None
    variants = {sign, sign.lower(), sign.upper()} if flags & re.IGNORECASE else {sign}
    if code is codes.RANGE:
        return any(value[0] <= ord(one) <= value[1] for one in variants if len(one) == 1)
    return (chr(value) in variants) is (code is codes.LITERAL)


def signs_of(automaton: Automaton) -> set[str]:
    """Signs enough to tell all places apart: those that stand in the pattern, the ends of its ranges, and the usual."""
    found = set(SIGNS)
    for code, value, _ in automaton.takes:
        for one, what in value if code is codes.IN else [(code, value)]:
            if one in (codes.LITERAL, codes.NOT_LITERAL):
                found.add(chr(what))
            elif one is codes.RANGE:
                found |= {chr(end) for end in (what[0] - 1, *what, what[1] + 1) if 0 <= end < 0x110000}
    return found


def doubled(pattern: "re.Pattern[Any]", methods: Iterable[str]) -> str | None:
    """A text that leads to one place of the pattern by two paths, in the way it is used; None where there is none."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    alone = way_twice(source, pattern.flags, is_search=False)
    return alone if alone is not None or not SEARCHING & {*methods} else way_twice(source, pattern.flags, True)


def way_twice(source: str, flags: int, is_search: bool) -> str | None:
    """A text with two paths to one place, of those where the pattern may still fail if it is searched for."""
    automaton = Automaton()
    before = automaton.loop(0, codes.MAXREPEAT, [(codes.ANY, None)], re.DOTALL) if is_search else Piece()
    if is_search and source.startswith("^"):
        before = before_line(automaton) if flags & re.MULTILINE else Piece()
    own = automaton.sequence(parser.parse(source, flags), flags)
    return paths_meet(automaton, automaton.then(before, own).first, {*own.sure} if is_search else set())


def before_line(automaton: Automaton) -> Piece:
    """All lines before one."""
    lines = automaton.sequence(parser.parse("(?s:.*\n)", 0), 0)
    return Piece(lines.first, lines.last, 1)


def paths_meet(automaton: Automaton, start: list[int], sure: set[int]) -> str | None:
    """The shortest text by which two different paths come to one place that is not `sure` to succeed."""
    takers = {
        sign: {at for at, takes in enumerate(automaton.takes) if fits(sign, *takes)} for sign in signs_of(automaton)
    }
    reached: dict[tuple[int, int, bool], str] = {}
    first: list[Way] = [(place, None) for place in start]
    pending: list[tuple[list[Way], list[Way], bool, str]] = [(first, first, False, "")]
    while pending:
        ways, others, have_parted, text = pending.pop(0)
        for (one, bar), (other, other_bar), has_parted in pairs(ways, others, have_parted):
            for sign, takes in takers.items():
                if not (one in takes and other in takes) or is_barred(sign, bar) or is_barred(sign, other_bar):
                    continue
                if one == other and has_parted and one not in sure:
                    return text + sign
                state = (*sorted((one, other)), has_parted)
                if state not in reached:
                    reached[state] = text + sign
                    pending.append((automaton.follows[one], automaton.follows[other], has_parted, text + sign))
                break
    return None


def is_barred(sign: str, bar: Sign | None) -> bool:
    """Whether a sign cannot come next."""
    return bar is not None and fits(sign, *bar)


def pairs(ways: list[Way], others: list[Way], have_parted: bool) -> Iterable[tuple[Way, Way, bool]]:
    """Each way on with each; the same place twice over is two ways."""
    for at, one in enumerate(ways):
        for way, other in enumerate(others):
            yield one, other, have_parted or at != way


def steps(source: str, text: str, flags: int = 0) -> int:
    """How many places the matcher comes to before it refuses a text, all ways being tried."""
    automaton = Automaton()
    whole = automaton.sequence(parser.parse(source, flags), flags)
    ways: Mapping[Way, int] = {(place, None): whole.first.count(place) for place in whole.first}
    total = 0
    for sign in text:
        here = {way: count for way, count in ways.items() if fits(sign, *automaton.takes[way[0]])}
        here = {way: count for way, count in here.items() if not is_barred(sign, way[1])}
        total += sum(here.values())
        onwards: dict[Way, int] = {}
        for (place, _), count in here.items():
            for way in automaton.follows[place]:
                onwards[way] = onwards.get(way, 0) + count
        ways = onwards
    return total
