"""The table of illnesses: how each is told from a run, what is said of it, and what cures it.

To add one: a function from a course to its evidence, and a row here, before the illnesses that it brings about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite, nan

from app.engine import illness, lowest, penalty, unfit
from app.engine.course import Course, Evidence
from app.errors import N_
from app.notation import numbers
from app.notation.naming import textbook
from app.session.moment import Picture
from app.views import warnings, why
from app.views.flow.cures import (
    GENTLER,
    Cure,
    Make,
    anew,
    at_rate,
    back_before,
    back_to,
    standardized,
    with_activation,
    with_output,
)
from app.views.train.curves import percent
from app.views.why import Part, Piece, Sentences, Spot

DIGITS = 3
FLOOR = N_("So the loss cannot fall below {floor}, whatever the weights are. Now it is {last}.")


@dataclass(frozen=True, slots=True)
class Illness:
    """One row: a name, the test, a sentence for each sort of evidence, what helps in words, and what can be tried.

    Where something else helps against one sort, `advices` and `other_cures` say it.
    """

    name: str
    title: str
    test: Callable[[Course], Evidence | None]
    sentences: Mapping[str, str]
    advice: str
    cures: tuple[Make, ...] = ()
    advices: Mapping[str, str] = field(default_factory=dict)
    other_cures: Mapping[str, tuple[Make, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding(Sentences):
    """An illness found: what tells it, in sentences whose places can be gone to, and what can be tried."""

    name: str
    title: str
    parts: tuple[Part, ...]
    advice: str
    cures: tuple[Cure, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


ILLNESSES: Mapping[str, Illness] = {
    row.name: row
    for row in (
        Illness(
            name="alike",
            title=N_("All units alike"),
            test=illness.alike,
            sentences={
                "zero": N_(
                    "All {units} units of {place} have the weights 0. Units with the same weights get the same "
                    "gradient, so they stay copies of each other, and the layer is worth one unit."
                ),
                "": N_(
                    "All {units} units of {place} have the same weights, in and out, so they get the same gradient, "
                    "stay copies of each other, and the layer is worth one unit."
                ),
            },
            advice=N_("Random initial weights tell the units apart."),
            cures=(anew("xavier_uniform"), anew("he_normal")),
        ),
        Illness(
            name="exploding",
            title=N_("Exploding gradients"),
            test=illness.exploding,
            sentences={
                "": N_(
                    "The run began with a gradient {times} times as large as the weights it belongs to, at {place}: "
                    "each layer makes larger what passes through it. The first steps throw away what the net began "
                    "with."
                )
            },
            advice=N_("Initial weights whose variance is 2 / inputs (He) or 1 / inputs keep the size of what passes."),
            cures=(anew("he_normal"), anew("xavier_normal")),
        ),
        Illness(
            name="mismatch",
            title=N_("Loss and last layer do not fit"),
            test=unfit.mismatched,
            sentences={
                **{kind: what for kind, (what, _) in warnings.SENTENCES.items()},
                "beyond": N_(
                    "{other} takes probabilities, numbers from 0 to 1, and {place} gives it {number}: there it is NaN."
                ),
            },
            advice=warnings.SENTENCES["probabilities"][1],
            cures=(with_output("sigmoid"),),
            advices={kind: warnings.SENTENCES[kind][1] for kind in ("scores", "targets", "single")},
            other_cures={"scores": (with_output("identity"),), "targets": (with_output("identity"),), "single": ()},
        ),
        Illness(
            name="penalty",
            title=N_("Penalty too strong"),
            test=penalty.penalized,
            sentences={
                "flipping": N_(
                    "Every update takes η · λ = {rate} · {penalty} = {product} times its own size off each weight of "
                    "{place}. From 2 times on a weight changes its sign and comes out larger than before."
                ),
                "momentum": N_(
                    "Every update takes η · λ = {rate} · {penalty} = {product} times its own size off each weight of "
                    "{place}. With this momentum, from {bound} times on a weight swings farther each time."
                ),
                "jumping": N_(
                    "Every update moves each weight by η · λ = {rate} · {penalty} = {product} towards 0, and those of "
                    "{place} are about {size}: they jump over 0 and back."
                ),
                "emptied": N_(
                    "The weights of {place} have shrunk to {share} of what they were, and the net answers nearly the "
                    "same to every row: being small counts for more than being right."
                ),
            },
            advice=N_("Penalties are usually between 0.0001 and 0.01."),
            cures=GENTLER,
        ),
        Illness(
            name="unbounded",
            title=N_("The loss has no lowest value"),
            test=lowest.unbounded,
            sentences={
                "falling": N_(
                    "{place} has gone from {first} to {last}, and farther along the gradient it falls without end: "
                    "there is no lowest value that training could come to."
                ),
                "overflowing": N_(
                    "{place} has gone from {first} to {last}, and in iteration {iteration} beyond all numbers: it "
                    "falls without end, and there is no lowest value that training could come to."
                ),
            },
            advice=N_(
                "No learning rate helps. Look at its sign and its powers: a square has a lowest value; a parameter by "
                "itself, a product and a cube have none. If this is −f, to climb f, then f has no highest value."
            ),
            cures=(back_to,),
        ),
        Illness(
            name="unscaled",
            title=N_("Data of another size than the steps"),
            test=unfit.unscaled,
            sentences={
                "inputs": N_("The inputs are about {inputs} in size: steps that suit inputs of about 1 go too far."),
                "targets": N_(
                    "The targets are about {targets} in size, and so are the first errors: steps that suit targets of "
                    "about 1 go too far."
                ),
                "both": N_(
                    "The inputs are about {inputs} in size and the targets about {targets}: steps that suit numbers of "
                    "about 1 go too far."
                ),
                "far": N_(
                    "The targets are about {targets} in size, and after {count} iterations the answers only about "
                    "{answers}: at this pace it takes about {needed} to get there."
                ),
            },
            advice=N_("Standardize the targets: then they are about 1 in size, and answers are scaled back."),
            cures=(standardized("target_scale"),),
            advices={
                "inputs": N_("Standardize the inputs: then they are about 1 in size."),
                "both": N_("Standardize both: then they are about 1 in size."),
            },
            other_cures={
                "inputs": (standardized("scale"),),
                "both": (standardized("scale"), standardized("target_scale")),
            },
        ),
        Illness(
            name="too_fast",
            title=N_("Learning rate too high"),
            test=illness.too_fast,
            sentences={
                "overflowing": N_(
                    "The loss went from {first} to {last} and was no finite number at iteration {iteration}: "
                    "each step lands higher than the one before."
                ),
                "rising": N_("The loss has risen from {first} to {last}: the steps go too far."),
                "swinging": N_(
                    "In the last {all} iterations the loss has risen {rises} times, between {low} and {high}, and got "
                    "no further: each step jumps across the valley that it should go down into."
                ),
                "hopping": N_(
                    "For {all} iterations the loss has stayed as it was, although the steps are large: each one jumps "
                    "across the valley that it should go down into."
                ),
            },
            advice=N_("A tenth of the rate is a good next try."),
            cures=(at_rate(0.1), back_to),
        ),
        Illness(
            name="non_finite",
            title=N_("Not finite"),
            test=illness.non_finite,
            sentences={
                "loss": N_("The loss of iteration {iteration} is the first that is not a finite number."),
                "": N_("{place} is the first node with a number that is not finite."),
            },
            advice=N_("Look at the first such number: its panel says which operation made it, and of what."),
            cures=(back_to,),
        ),
        Illness(
            name="saturated",
            title=N_("Saturated units"),
            test=illness.saturated,
            sentences={
                "inputs": N_(
                    "{share} of the numbers of {place} are at the ends of its curve, where the slope is below 0.01, "
                    "since the run began: the inputs are about {size} in size. Hardly any gradient gets through."
                ),
                "weights": N_(
                    "{share} of the numbers of {place} are at the ends of its curve, where the slope is below 0.01, "
                    "since the run began: the weights are too large. Hardly any gradient gets through."
                ),
                "": N_(
                    "{share} of the numbers of {place} have come to the ends of its curve, where the slope is below "
                    "0.01, and most of the loss is still there. Hardly any gradient gets through."
                ),
            },
            advice=N_(
                "Standardize the inputs, begin with smaller weights, or take relu, which is flat on one side only."
            ),
            cures=(anew("xavier_uniform"), with_activation("relu")),
            advices={
                "": N_(
                    "The steps have made the weights too large: a tenth of the rate is a good next try, or L2, which "
                    "keeps weights small."
                )
            },
            other_cures={"": (at_rate(0.1), with_activation("relu"))},
        ),
        Illness(
            name="dead",
            title=N_("Dead units"),
            test=illness.dead,
            sentences={
                "": N_(
                    "{count} of {all} relus are off in every row, {share} of those of {place}. No gradient gets "
                    "through a relu that is off, so the weights in front of it never move again."
                )
            },
            advice=N_(
                "Begin with biases of 0, take a smaller rate, or an activation with a slope below 0, as leaky ReLU."
            ),
            cures=(with_activation("leaky_relu"), at_rate(0.1)),
        ),
        Illness(
            name="vanishing",
            title=N_("Vanishing gradients"),
            test=illness.vanishing,
            sentences={
                "": N_(
                    "On its way back from {other} to {place} the gradient shrinks to {share} of its size, about "
                    "{each} times per layer. The last layers learn; the first ones hardly move."
                )
            },
            advice=N_("ReLU with He’s initial weights keeps the size of the gradient; so do fewer layers."),
            cures=(with_activation("relu"), anew("he_normal")),
        ),
        Illness(
            "standing",
            N_("Nothing moves any more"),
            lowest.standing,
            {
                "flat": N_("The gradient of every parameter is 0, so that no update changes anything. Of {place}:"),
                "saddle": N_(
                    "The gradient of every parameter is 0, so that no update changes anything. Yet this is no lowest "
                    "place: close by, {place} is {lower} instead of {here}."
                ),
            },
            N_("Begin somewhere else, with other initial numbers."),
        ),
        Illness(
            name="overfitting",
            title=N_("Overfitting"),
            test=illness.overfitting,
            sentences={
                "": N_(
                    "The validation loss was best at iteration {iteration}, {best}, and was {now} when last "
                    "measured, while the training loss went on falling to {training}: the net learns its training rows "
                    "by heart."
                )
            },
            advice=N_("Stop where the validation loss was best, or try L2, dropout, a smaller net, or more data."),
            cures=(back_before,),
        ),
        Illness(
            name="too_slow",
            title=N_("Learning rate too low"),
            test=illness.too_slow,
            sentences={
                "": N_(
                    "Each step moves the weights by at most {step} of their size, where a thousandth is usual, and "
                    "{count} iterations have taken only {fallen} off the loss."
                ),
                "faded": N_(
                    "Each step moves the parameters by at most {step} of their size, and {count} iterations have taken "
                    "only {fallen} off the loss: hardly any gradient reaches them."
                ),
            },
            advice=N_("Ten times the rate is a good next try."),
            cures=(at_rate(10.0),),
            advices={
                "faded": N_("No learning rate makes up for it: begin with numbers at which the slope is not lost.")
            },
            other_cures={"faded": ()},
        ),
    )
}


def diagnosed(picture: Picture, course: Course) -> Finding | None:
    """What is wrong with a run: what it began with rather than what came of that, and then down the table."""
    found = [(row, evidence) for row in ILLNESSES.values() if (evidence := row.test(course))]
    found.sort(key=lambda pair: not pair[1].is_first)
    return worded(picture, *found[0]) if found else None


def worded(picture: Picture, row: Illness, evidence: Evidence) -> Finding:
    """An illness in words."""
    makes, advice = row.other_cures.get(evidence.sort, row.cures), row.advices.get(evidence.sort, row.advice)
    cures = tuple(cure for make in makes if (cure := make(picture, evidence)))
    fields = fields_of(picture, evidence)
    parts = (Part(row.sentences[evidence.sort], fields), *behind(picture, evidence, fields))
    return Finding(name=row.name, title=row.title, parts=parts, advice=advice, cures=cures, evidence=evidence)


def behind(picture: Picture, evidence: Evidence, fields: Mapping[str, Piece]) -> tuple[Part, ...]:
    """What is known of an illness’s cause: where a gradient or a number was lost, or how low a loss can get."""
    if evidence.cause is not None:
        return why.worded(evidence.cause).parts
    is_floored = evidence.mismatch is not None and isfinite(evidence.mismatch.floor)
    return (Part(FLOOR, fields),) if is_floored else ()


def fields_of(picture: Picture, evidence: Evidence) -> dict[str, Piece]:
    """What may stand in the gaps of the sentences."""
    if evidence.mismatch is not None:
        told = warnings.fields_of(picture.graph, evidence.mismatch)
        return {**told, "last": counted(evidence.numbers.get("last", nan))}
    said = {name: SAID.get(name, counted)(number) for name, number in evidence.numbers.items()}
    places = {name: spot(id) for name, id in zip(("place", "other"), evidence.nodes, strict=False)}
    return {**said, **places, "iteration": str(evidence.iteration)}


def counted(number: float) -> str:
    """What was counted with all its digits, what was measured with a few."""
    return str(number) if isinstance(number, int) else short(number)


def short(number: float) -> str:
    return numbers.rounded(number, DIGITS)


def part_of(share: float) -> str:
    """A share as percents, or what is less than a percent as a number."""
    return percent(share) if not isfinite(share) or share >= 0.01 else short(share)


SAID: Mapping[str, Callable[[float], str]] = {
    "share": part_of,
    "fallen": part_of,
    "here": numbers.short,
    "lower": numbers.short,
}


def spot(id: str) -> Spot:
    """A node to go to."""
    return Spot(id, textbook(id), "", "")
