"""Why a number is missing, 0, tiny or not finite, in sentences whose places can be gone to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isclose
from string import Formatter

from app.engine.cause import Cause
from app.engine.formula import Place
from app.engine.ops import OPS
from app.engine.remedy import Remedy
from app.engine.why import causes
from app.errors import N_
from app.notation import numbers
from app.notation.naming import Name, textbook
from app.session.explanation import Explanation

DIGITS = 4
MISSING = ("constant", "class_numbers", "no_path", "not_computed")

SENTENCES: Mapping[str, str] = {
    "constant": N_("A constant has no gradient: nothing can change it."),
    "class_numbers": N_("Class numbers have no gradient: they only say which output counts."),
    "no_path": N_("No path leads from this node to the loss, so nothing flows back to it."),
    "not_computed": N_("Not computed yet: the backward pass has not reached this node."),
    "off": N_("0 because {op} at {place} is off: its input {source} is {number}."),
    "beaten": N_("0 because {op} at {place} takes another number, {taken}: {source} is {number}."),
    "kink": N_("0 because {op} at {place} is at its kink, {source} = {number}, where its slope is taken to be 0."),
    "saturated": N_("0 because {op} at {place} is saturated: where {source} is {number}, its slope rounds to 0."),
    "level": N_("0 because {op} at {place} is level: where {source} is {number}, its slope rounds to 0."),
    "met": N_("0 because the prediction {source} equals its target, {number}: the loss has its minimum there."),
    "certain": N_("0 because the probability made of {source} = {number} equals its target in all digits."),
    "kept": N_("0 because the margin is kept: {source} = {number} is on the right side of it, where the loss is flat."),
    "flat": N_("0 because the slope of {op} at {place} is 0 where {source} is {number}."),
    "agreed": N_(
        "0 by agreement: where {source} is {number}, the formula for the slope of {op} at {place} has no value, for it "
        "contains ln 0 or 0 × ∞. It is taken to be 0 there, as in PyTorch."
    ),
    "factor": N_("0 because the way back from {place} multiplies by {source}, which is 0."),
    "cancel": N_("0 because what flows back to {place} cancels: {count} terms that are not 0 have the sum 0."),
    "held": N_(
        "The slope of {op} divides by p(1 − p), but never by less than 10⁻¹², and {source} is {number}: by this "
        "convention, which is also PyTorch’s, the gradient is not the slope of the loss’s own value."
    ),
    "underflow": N_("0 because {first} × {second} at {place} is too small for a number of 64 bits."),
    "fading": N_(
        "Small because {op} at {place} is saturated: its input {source} is far out, {op}′({number}) = {local}."
    ),
    "nearly_level": N_(
        "Small because {op} at {place} is nearly level: with {source} as input, {op}′({number}) = {local}."
    ),
    "small_factor": N_("Tiny because the way back from {place} multiplies by {source}, which is only {number}."),
    "small_slope": N_("Tiny because the slope of {op} at {place} is only {local} where {source} is {number}."),
    "nearly_cancel": N_(
        "Small because what flows back to {place} nearly cancels: "
        "only {local} times the sum of the terms’ sizes is left."
    ),
    "vanishing": N_(
        "Tiny because it vanished on the way: from {source} to here it passed {count} local derivatives below 1, "
        "and {first} of its size is left. The smallest is {local}, of {op} at {place}."
    ),
    "undefined": N_("The first number that is not finite is {call} at {place}, which is {number}: it is not defined."),
    "pole": N_("The first number that is not finite is {call} at {place}, which is {number}: it is unbounded there."),
    "overflow": N_(
        "The first number that is not finite is {call} at {place}, which is {number}: "
        "too large for a number of 64 bits."
    ),
    "indeterminate": N_("NaN arises at {place}, which an infinity has reached: {call} has no value."),
    "given": N_("The first number that is not finite is {place} = {number}: this iteration began with it."),
    "updated": N_("The update made {place} {number}: the optimizer’s step was too large, or not a number."),
    "zero_times_infinity": N_(
        "NaN because {first} × {second} has no value: {first} arrives at {place}, and the slope there is {second}."
    ),
    "infinities": N_("NaN because what flows back to {place} are infinities of both signs, and ∞ − ∞ has no value."),
    "no_logarithm": N_(
        "NaN because the slope of {op} at {place} takes the logarithm of {source}, which is {number}: negative numbers "
        "have none. An exponent that is to stay as it is can be written into the formula as a number."
    ),
    "steep": N_("Not finite because the slope of {op} at {place} is {local} where {source} is {number}."),
    "overflow_back": N_("Not finite because {first} × {second} at {place} is too large for a number of 64 bits."),
    "overflow_sum": N_(
        "Not finite because the sum of what flows back to {place} is too large for a number of 64 bits."
    ),
}
"""One sentence for each kind of cause."""

FROM_OUTPUT = N_(
    "From the output alone, as PyTorch computes it, this slope would be {from_output}: "
    "so near to its end the output has no digits left for it."
)
REMEDIES: Mapping[Remedy, str] = {
    "sigmoid": N_("A stable form of 1 / (1 + exp(−z)) is sigmoid(z)."),
    "softplus": N_("A stable form of log(1 + exp(z)) is softplus(z)."),
    "softmax": N_("A stable form of exp(z) / sum(exp(z)) is softmax(z)."),
    "log_softmax": N_("A stable form is log_softmax(z), or cross_entropy(z, t) of the scores z themselves."),
    "log_sigmoid": N_(
        "A stable form is −softplus(−z), or binary_cross_entropy_with_logits(z, t) of the scores z themselves."
    ),
    "epsilon": N_("A stable form adds a small number under the root: sqrt(… + 1e-12)."),
}
"""What to write instead."""

ROWS = N_("It is the same for all {count} rows of the batch.")
ALL = N_("It is the same at all {count} places that this number reaches.")
SOME = N_(
    "It is the same at {count} of the {among} places that this number reaches; nothing comes back from the others."
)
OTHER_WAYS = N_("Along its other paths nothing comes back either.")


@dataclass(frozen=True, slots=True)
class Spot:
    """A number that a sentence names, to go to: its node, its index as addresses write it, and as people do."""

    node: str
    name: Name
    index: str
    label: str

    def __str__(self) -> str:
        return self.node + self.label


Piece = str | Spot


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, untranslated, and what stands in its gaps."""

    template: str
    fields: Mapping[str, Piece]

    def said(self, gettext: Callable[[str], str]) -> str:
        """The sentence in a language."""
        return "".join(map(str, self.pieces(gettext)))

    def pieces(self, gettext: Callable[[str], str]) -> list[Piece]:
        """The sentence in a language, cut where a place is named."""
        found: list[Piece] = []
        for text, field, _, _ in Formatter().parse(gettext(self.template)):
            found += [text] if text else []
            found += [self.fields[field]] if field else []
        return found


class Sentences:
    """Something said in several sentences: its `parts`, one after the other."""

    __slots__ = ()
    parts: tuple[Part, ...]

    def pieces(self, gettext: Callable[[str], str]) -> list[Piece]:
        """All sentences in a language, with the places in them."""
        return [piece for part in self.parts for piece in (*part.pieces(gettext), " ")][:-1]

    def said(self, gettext: Callable[[str], str]) -> str:
        """The same as a text."""
        return "".join(map(str, self.pieces(gettext)))


@dataclass(frozen=True, slots=True)
class Why(Sentences):
    """One cause in words: its kind, the place that it names first, and the sentences."""

    cause: str
    node: str
    index: tuple[int, ...]
    is_gradient: bool
    parts: tuple[Part, ...]

    @property
    def is_missing(self) -> bool:
        """Whether it only says why there is no gradient."""
        return self.cause in MISSING


def why(explanation: Explanation) -> tuple[Why, ...]:
    """What is remarkable about a number, and why; nothing of an ordinary one."""
    before = explanation.before
    if before is None:
        return ()
    found = causes(
        before.graph,
        before.value,
        before.gradient,
        explanation.id,
        explanation.index,
        now=explanation.value,
        read=explanation.arguments,
    )
    return tuple(map(worded, found))


def worded(cause: Cause) -> Why:
    """One cause in words."""
    fields = fields_of(cause)
    tails = [Part(template, fields) for template in tails_of(cause, fields)]
    return Why(
        cause.kind, cause.at.node, cause.at.index, cause.is_gradient, (Part(SENTENCES[cause.kind], fields), *tails)
    )


def tails_of(cause: Cause, fields: Mapping[str, Piece]) -> Iterable[str]:
    """What is to be added: where else it happened, what others compute there, what to write instead."""
    if cause.kind not in ("cancel", "vanishing") and cause.among > 1:
        yield ROWS if cause.is_rows else ALL if cause.count == cause.among else SOME
    if cause.is_one_way:
        yield OTHER_WAYS
    if fields["from_output"]:
        yield FROM_OUTPUT
    if cause.remedy:
        yield REMEDIES[cause.remedy]


def fields_of(cause: Cause) -> dict[str, Piece]:
    """What may stand in the gaps of a cause's sentences."""
    told = cause.source or cause.at
    shown = [numbers.short(number, DIGITS) for number in cause.numbers]
    return {
        "op": cause.op,
        "place": spot(cause.at),
        "source": spot(told),
        "number": numbers.short(told.number, DIGITS),
        "taken": numbers.short(cause.at.number, DIGITS),
        "local": "" if cause.local is None else numbers.short(cause.local, 3),
        "first": shown[0] if shown else "",
        "second": shown[-1] if shown else "",
        "call": call(cause.op, shown) if cause.op else "",
        "from_output": from_output(cause),
        "count": str(cause.count),
        "among": str(cause.among),
    }


def from_output(cause: Cause) -> str:
    """The slope of a curve as it is told from its output alone, where that loses its digits; else nothing."""
    slope = OPS[cause.op].slope if cause.kind == "fading" else None
    told = slope(cause.at.number) if slope else None
    return "" if told is None or isclose(told, cause.local, rel_tol=1e-3) else numbers.short(told, 3)


def spot(place: Place) -> Spot:
    """A number as a sentence names it."""
    return Spot(place.node, textbook(place.node), numbers.index_address(place.index), numbers.index_text(place.index))


def call(op: str, operands: list[str]) -> str:
    """What an op was to compute, with its numbers: `log(0)`, `1 ÷ 0`; a long sum only by its name."""
    sign = OPS[op].sign
    if len(operands) == 2 and sign:
        left, right = (f"({number})" if number.startswith(numbers.MINUS) else number for number in operands)
        return f"{left} {sign} {right}"
    return f"{op}({', '.join(operands) or '…'})"
