"""What is to be seen of the training, said in a sentence or two."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.errors import N_
from app.nn.losses import NO_CLASS
from app.nn.problem import Problem
from app.notation import numbers
from app.session.moment import Picture
from app.views.train.answers import Answers
from app.views.train.curves import LOSS, Chart, percent
from app.views.warnings import found_in

SMALLEST_GAP = 0.03
HARDLY = 0.1
"""Of all that is left to be better than always giving the same answer, so much is hardly any of it."""
FEWEST = 20
"""Rows held out below which one more or less that is told right would turn the verdict."""
MUCH_LARGER = 0.3
RISEN = 1.1
GROWN, NEXT_TO_NOTHING = 10.0, 1e-6
"""How many times the first loss the last one is where a run goes the wrong way, and not only up and down; of a first
one that is next to nothing nobody asks.
"""
LONG_AGO, FEW = 0.1, 20

LEADS: Mapping[tuple[str, bool], str] = {
    ("test", True): N_("Test accuracy {fresh}, training accuracy {training}."),
    ("validation", True): N_("Validation accuracy {fresh}, training accuracy {training}."),
    ("training", True): N_("Training accuracy {training}."),
    ("test", False): N_("Test loss {fresh}, training loss {training}."),
    ("validation", False): N_("Validation loss {fresh}, training loss {training}."),
    ("training", False): N_("Training loss {training}."),
}
"""The first sentence: for which set of rows, and whether classes are told."""
OFF: Mapping[str, str] = {
    "test": N_("On the test rows the answers are off by {error} on average."),
    "validation": N_("On the validation rows the answers are off by {error} on average."),
    "training": N_("On the training rows the answers are off by {error} on average."),
}
"""How near numbers are told on a set of rows, in the target's own unit."""
R2 = N_("R² is {r2}: 1 would be perfect, 0 no better than always saying the mean.")
BETTER_ON_KNOWN = N_("It fits the training points better than new ones.")
AS_WELL = N_("It does about as well on new points as on those it was trained on.")
CHANCE = N_("With only {count} new points, so small a difference may be chance.")
GUESSING = N_("That is hardly better than always naming the commonest class.")
WORSE = N_("That is worse than always naming the commonest class.")
FLAT = N_("That is hardly better than always saying the mean.")
WORSE_THAN_FLAT = N_("That is worse than always saying the mean.")
TOO_FEW: Mapping[str, str] = {
    "test": N_("Too few test rows to tell ({count}): one row more or less changes such figures much."),
    "validation": N_("Too few validation rows to tell ({count}): one row more or less changes such figures much."),
}
LEAK = N_("The input “{name}” alone tells the target of every training row: is it the target in other words?")
CONSTANT = N_("Every training row has the same target, {value}: there is nothing to learn from them.")
NO_ANSWER = N_("{count} of these {total} rows have no answer: what the network gives for them is not a finite number.")
UNTRAINED = N_("Nothing is trained yet: these are the answers of the initial numbers.")
NOTES: Mapping[tuple[bool, bool], str] = {
    (True, False): N_("The batch’s loss includes the penalties; the losses of whole sets do not."),
    (False, True): N_("The batch’s loss is that with dropout; the losses of whole sets are without."),
    (True, True): N_("The batch’s loss is that with penalties and dropout; the losses of whole sets are without."),
}
"""Why the loss of a batch is not that of the same rows in a set: whether there are penalties, and dropout."""
UNIT = N_("Losses are those of the standardized target: {shift} counts as 0, and {divisor} more as 1.")
UNITS = N_("Losses are those of the standardized targets: the mean of each counts as 0, its deviation as 1.")
BROKEN = N_("The loss is not finite from iteration {iteration} on.")
RISING = N_("The validation loss was lowest at iteration {iteration} and has risen since.")
WENT = N_("The loss went from {first} to {last} in {count} iterations.")
GREW = N_("The loss has grown from {first} to {last}: “Gradient flow” looks for the cause.")
SOME = N_("Of very many rows, {count} are looked at here.")
WAITING = N_("No iteration is finished yet: run some, and the curve begins.")


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, to be filled in in the reader's language."""

    template: str
    fields: Mapping[str, Any]


def words(picture: Picture, answers: Answers | None, charts: Iterable[Chart]) -> tuple[Said, ...]:
    """The sentences that fit this moment."""
    found = [*verdict(picture.problem, picture, answers)] if answers else [*went(picture)]
    broken = np.flatnonzero(~np.isfinite(picture.losses))
    if broken.size:
        found.append(Said(BROKEN, {"iteration": int(broken[0])}))
    elif answers and len(picture.losses) and picture.losses[-1] > GROWN * max(abs(picture.losses[0]), NEXT_TO_NOTHING):
        # Little may be told, and equally little of new rows: no praise while a run goes the wrong way.
        found = [*(one for one in found if one.template not in (AS_WELL, CHANCE)), Said(GREW, ends(picture.losses))]
    loss = next((chart for chart in charts if chart.quantity == LOSS), None)
    if loss and (best := risen_since(loss)) is not None:
        # New rows may be told about as often, but by now with less reason to.
        found = [one for one in found if one.template not in (AS_WELL, CHANCE)]
        found.append(Said(RISING, {"iteration": best}))
    return tuple(found)


def note(picture: Picture) -> str | None:
    """What tells the loss that is trained from those of the sets, if anything does but the rows."""
    problem = picture.problem
    return NOTES.get((picture.graph.loss.op != problem.loss.name, bool(problem.noises)))


def unit(problem: Problem) -> Said | None:
    """In which unit the losses are, where that is not the target's own."""
    scale = problem.target_scale
    if scale.is_raw:
        return None
    if len(scale.shift) > 1:
        return Said(UNITS, {})
    shift, divisor = (numbers.rounded(float(one[0]), 4) for one in (scale.shift, scale.divisor))
    return Said(UNIT, {"shift": shift, "divisor": divisor})


def nearness(answers: Answers, name: str) -> Iterable[Said]:
    """How near the numbers told for a set of rows come to the true ones."""
    fit = answers.fit(name)
    if fit is None or not math.isfinite(fit.mean_error):
        return
    yield Said(OFF[name], {"error": numbers.rounded(fit.mean_error, 3)})
    if fit.r2 is not None:
        yield Said(R2, {"r2": numbers.short(fit.r2, 3)})


def risen_since(chart: Chart) -> int | None:
    """Since when the validation loss, by now clearly above its lowest until now, has been so for a part of the run."""
    line = next((line for line in chart.lines if line.kind == "validation"), None)
    until_now = bisect_right(line.at, chart.iteration) if line else 0
    if not until_now or line.now is None:
        return None
    lowest, iteration = min(zip(line.values[:until_now], line.at, strict=False))
    is_old = chart.iteration - iteration > max(LONG_AGO * chart.iteration, FEW)
    return iteration if is_old and line.now > RISEN * lowest else None


def went(picture: Picture) -> Iterable[Said]:
    """How far the loss has come."""
    losses = picture.losses
    if not len(losses):
        yield Said(WAITING, {})
    elif np.isfinite(losses[[0, -1]]).all() and len(losses) > 1:
        yield Said(WENT, {**ends(losses), "count": len(losses)})


def ends(losses: np.ndarray) -> dict[str, str]:
    """The first loss of a run and its last until now, as sentences have them."""
    return {"first": numbers.short(losses[0], 4), "last": numbers.short(losses[-1], 4)}


def verdict(problem: Problem, picture: Picture, answers: Answers) -> Iterable[Said]:
    """How well the net does on rows it knows and on new ones."""
    scores = answers.scores
    name = next(name for name in ("test", "validation", "training") if name in scores)
    tells = scores[name].accuracy is not None
    figures = {
        key: percent(score.accuracy) if tells else numbers.short(score.loss, 4)
        for key, score in (("fresh", scores[name]), ("training", scores["training"]))
    }
    yield Said(LEADS[name, tells], figures)
    yield from nearness(answers, name)
    found = Said(UNTRAINED, {}) if not len(picture.losses) else judgement(problem, answers, name)
    if count := answers.unanswered(name):
        found = Said(NO_ANSWER, {"count": count, "total": len(answers.sets[name])})
    about = about_data(problem, picture)
    # What is wrong with the data or the loss is wrong for known and new rows alike.
    if found and not ((about or found_in(problem)) and found.template in (AS_WELL, CHANCE)):
        yield found
    if about:
        yield about
    if answers.left_out:
        yield Said(SOME, {"count": sum(len(rows) for rows in answers.sets.values())})


def about_data(problem: Problem, picture: Picture) -> Said | None:
    """What in the data themselves makes it too easy to be right, in a table of the reader's own."""
    if "csv" not in picture.spec.get("data", {}):
        return None
    targets = problem.target_scale.undone(problem.training.y)
    if problem.task == "regression" and targets.min() == targets.max():
        return Said(CONSTANT, {"value": numbers.short(float(targets.min()))})
    return Said(LEAK, {"name": problem.leak}) if problem.leak is not None else None


def judgement(problem: Problem, answers: Answers, name: str) -> Said | None:
    """Praise or blame for the answers to one set of rows, or that there are too few to tell."""
    is_held_out, count = name != "training", len(answers.sets[name])
    if is_held_out and count < FEWEST:
        return Said(TOO_FEW[name], {"count": count})
    tells = problem.task == "classification"
    better = ahead_of_commonest(problem, answers, name) if tells else answers.fit(name).r2
    if better is not None and better < HARDLY:
        worse, hardly = (WORSE, GUESSING) if tells else (WORSE_THAN_FLAT, FLAT)
        return Said(worse if better < 0 else hardly, {})
    template = judged(answers, name, tells) if is_held_out else None
    return template and Said(template, {"count": count} if template == CHANCE else {})


def ahead_of_commonest(problem: Problem, answers: Answers, name: str) -> float:
    """How much better a set is told than by always naming training's commonest class: 0 is no better, 1 all right."""
    classes = {rows: problem.loss.labelled(answers.sets[rows].y) for rows in ("training", name)}
    known = classes["training"][classes["training"] != NO_CLASS]
    share = float(np.mean(classes[name] == np.bincount(known, minlength=1).argmax()))
    return (answers.scores[name].accuracy - share) / (1 - share or 1.0)


def judged(answers: Answers, name: str, tells: bool) -> str | None:
    """Whether new rows are told as well as known ones, or whether so few rows may make the gap by chance."""
    fresh, known = answers.scores[name], answers.scores["training"]
    if tells:
        noise = 2 * math.sqrt(max(fresh.accuracy * (1 - fresh.accuracy), 0.0) / len(answers.sets[name]))
        gap = known.accuracy - fresh.accuracy
        return AS_WELL if gap <= SMALLEST_GAP else CHANCE if gap <= noise else BETTER_ON_KNOWN
    if not (math.isfinite(fresh.loss) and math.isfinite(known.loss)):
        return None
    noise = 2 * math.sqrt(2 / len(answers.sets[name]))
    return BETTER_ON_KNOWN if fresh.loss > (1 + max(MUCH_LARGER, noise)) * known.loss else AS_WELL
