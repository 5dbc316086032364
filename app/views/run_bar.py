"""The run in words: how far it is, how fast it goes, and why it ended."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import N_, Phrase
from app.notation import numbers
from app.session.moment import Picture
from app.session.run import RunState, Wait
from app.session.state import Cursor

LONGEST = 1e7
"""Seconds, some months: nobody waits for what takes longer."""

ENDINGS: Mapping[str, str] = {
    "iterations": N_("The run is complete: {head} iterations."),
    "loss_below": N_("The run ended after {head} iterations: the loss fell below {bound}."),
    "gradient_norm_below": N_("The run ended after {head} iterations: the gradient's norm fell below {bound}."),
    "validation_rising": N_(
        "The run ended after {head} iterations: {bound} measurements in a row the validation loss was no lower than in "
        "iteration {best}."
    ),
    "non_finite": N_("The run ended in iteration {iteration}: ∞ or NaN appeared, first at {node}."),
    "stopped": N_("The run was stopped after {head} iterations."),
    "limit": N_("The run ended after {head} iterations: that is as far as one run goes. It can be started again."),
    "failed": N_("The run failed after {head} iterations: {failure}. Nothing before is lost; it can be started again."),
}
PAUSED = N_("Paused after {head} iterations.")
WAITS: Mapping[Wait, str] = {
    "turn": N_("The run waits for its turn, about {turn_in} s. Nothing is lost; it goes on by itself."),
    "memory": N_("The run waits until there is memory enough for it. Nothing is lost; it goes on by itself."),
    "store": N_(
        "The run waits until it can be written down; where the store is full, once sessions have been removed."
        " Nothing is lost."
    ),
    "trainer": N_("The run waits: no process that trains is running. Nothing is lost; it goes on once there is one."),
}

CHOICES: tuple[tuple[str, str], ...] = (
    ("", N_("until I pause it")),
    ("iterations", N_("iterations")),
    ("epochs", N_("epochs")),
    ("loss_below", N_("until the loss is below")),
    ("gradient_norm_below", N_("until the gradient's norm is below")),
    ("validation_rising", N_("until the validation loss rises, measurements in a row")),
)
"""What a run may go on to: the name of the goal, and in words."""

PACES = ("", "1000", "100", "10", "1")
"""At most so many iterations a second, as a form sends it; nothing for as many as the machine can."""
WATCHABLE = "1000"


@dataclass(frozen=True, slots=True)
class RunBar:
    """What the dock says of a run. `share` is how much of it is done, in percent, None where that is open.

    `sentence` with its `fields` says why it stands still; `is_open` whether it can go on to its goal.
    """

    is_going: bool = False
    is_open: bool = False
    is_following: bool = True
    head: str = ""
    rate: str = ""
    left: str = ""
    share: int | None = None
    sentence: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[tuple[str, str], ...] = CHOICES
    paces: tuple[str, ...] = PACES
    pace: str = ""


def run_bar(state: RunState | None, picture: Picture) -> RunBar:
    """The bar of a run; of one that has ended only while the session stands where it ended."""
    choices, pace = choices_for(picture), pace_for(picture)
    if state is None:
        return RunBar(choices=choices, pace=pace)
    if state.is_going:
        return RunBar(
            is_going=True,
            is_following=state.following,
            head=grouped(state.head),
            rate=grouped(round(state.rate)) if state.rate else "",
            left=duration(state.seconds_left),
            share=share(state),
            sentence=WAITS[state.waits_for] if state.waits_for else "",
            fields={"turn_in": state.turn_in},
            choices=choices,
        )
    is_paused, is_end = state.state == "paused", picture.cursor.position == picture.graph.length
    if not (is_paused and is_end) and not is_where_it_rests(state, picture):
        return RunBar(is_open=is_paused, choices=choices, pace=pace)
    return RunBar(
        is_open=is_paused,
        head=grouped(state.head),
        sentence=PAUSED if is_paused else ENDINGS[state.reason],
        fields=fields_of(state),
        choices=choices,
        pace=pace,
    )


def is_where_it_rests(state: RunState, picture: Picture) -> bool:
    """Whether the moment shown is the one that the run has left the session at; it may not have gone anywhere."""
    if state.head == state.start:
        return state.following
    return picture.cursor == Cursor(state.head - 1, picture.graph.length)


def choices_for(picture: Picture) -> tuple[tuple[str, str], ...]:
    """The goals that make sense here: epochs where there are batches, the validation loss where there is a set."""
    problem = picture.problem
    absent = set()
    if problem.batches is None or problem.batches.count == 1:
        absent.add("epochs")
    if problem.validation is None:
        absent.add("validation_rising")
    return tuple(choice for choice in CHOICES if choice[0] not in absent)


def pace_for(picture: Picture) -> str:
    """The pace that is suggested: where there is a plane to watch, the boundary would else be drawn in a moment."""
    raw = picture.problem.raw.get("training")
    return WATCHABLE if raw is not None and raw.shape[1] <= 2 else ""


def fields_of(state: RunState) -> dict[str, Any]:
    """What stands in the gaps of the sentence that says why a run stands still."""
    bound = getattr(state.goal, state.reason or "", None)
    iteration, node = state.non_finite or (None, None)
    return {
        "head": grouped(state.head),
        "bound": "" if bound is None else numbers.short(bound),
        "iteration": iteration,
        "node": node,
        "best": "" if state.best is None else grouped(state.best[0]),
        "failure": Phrase(state.failure or ""),
    }


def share(state: RunState) -> int | None:
    """How much of the way to its last iteration is done, in percent; None for a run without one."""
    if state.until is None:
        return None
    return round(100 * (state.head - state.start) / max(state.until - state.start, 1))


def grouped(count: int) -> str:
    """A count with its thousands apart."""
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def duration(seconds: float | None) -> str:
    """A time as clocks show it, `1:05` for 65 seconds; nothing where it is not known or longer than anybody waits."""
    if seconds is None or not seconds < LONGEST:
        return ""
    whole = math.ceil(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
