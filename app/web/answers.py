"""What the API answers, as OpenAPI describes it; `encoding` writes it, and tests hold the two together."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, RootModel

from app.engine.cause import Kind
from app.engine.check import Doubt
from app.engine.graph import Role
from app.engine.mismatch import Kind as Mismatch
from app.session.run import Reason, Wait

Number = Annotated[
    float | Literal["NaN", "Infinity", "-Infinity"],
    Field(description="A float64; NaN and infinities are strings."),
]
Index = Annotated[list[int], Field(description="Where in the node's array, from 0; empty for a scalar.")]


SOFTMAX_TWICE = {
    "kind": "scores",
    "node": "a2",
    "sentence": "a2 (softmax) holds only numbers from 0 to 1, but cross_entropy takes scores of any size and makes "
    "probabilities of them itself. The loss cannot fall below 0.5514. Leave this activation out: give the loss "
    "what goes into it.",
}


class Value(RootModel["Number | list[Value]"]):
    """A number, or nested lists of them, row-major."""


class Cursor(BaseModel):
    """The moment of the run that is shown."""

    iteration: Annotated[int, Field(ge=0)]
    phase: Literal["start", "forward", "backward", "update"]
    position: Annotated[int, Field(ge=0, description="Counts the moments of this iteration; 0 is its start.")]
    length: Annotated[int, Field(description="The position of the update, the last moment of an iteration.")]
    node: Annotated[str | None, Field(description="The node just visited.")]


class Node(BaseModel):
    """One value of the graph. `null` means not computed yet, or, as a gradient, that there is none."""

    id: str
    op: str | None
    kind: Literal["input", "parameter", "constant", "op"]
    inputs: Annotated[list[str], Field(description="The arguments in order, with repeats.")]
    shape: list[int]
    layer: Annotated[str | None, Field(description="The layer of a network that this belongs to, from `1`.")]
    step: Annotated[int | None, Field(description="The step of a series.")]
    head: Annotated[int | None, Field(description="The head of an attention.")]
    role: Annotated[Role | None, Field(description="What this is in its layer, or in the network.")]
    value: Value | None = None
    gradient: Annotated[Value | None, Field(description="∂loss/∂node, never negated.")] = None


class Lineage(BaseModel):
    """Where a branch came from: the session it left, at the start of which iteration, and what was changed there."""

    parent: Annotated[str | None, Field(description="null in a copy: who has the id may change the session.")]
    iteration: Annotated[int, Field(ge=0)]
    change: dict[str, Any]
    is_continued: Annotated[bool, Field(description="Whether it goes on with the parent's run, or begins its own.")]


class Warned(BaseModel):
    """What does not go together in the graph, such as a softmax in front of a loss that has one inside."""

    model_config = {"json_schema_extra": {"examples": [SOFTMAX_TWICE]}}

    kind: Annotated[Mismatch, Field(description="The same in all languages.")]
    node: Annotated[str, Field(description="Where it is seen.")]
    sentence: Annotated[str, Field(description="What it means and what helps, in the language of Accept-Language.")]


class TableReading(BaseModel):
    """How the table of a spec was read, guesses and all."""

    rows: Annotated[int, Field(description="Rows that have a target.")]
    left_out: Annotated[int, Field(description="Rows without a target: nothing, NA, ?, - and the like.")]
    header: Annotated[bool, Field(description="Whether the first line names the columns.")]
    target: str
    inputs: list[str]
    numberings: Annotated[
        dict[str, Literal["counts", "id"]],
        Field(description="Columns that only tell rows apart, no inputs unless named: how they do it, by their names."),
    ]


class Session(BaseModel):
    """A session at its cursor. With `values=none` it has no spec, its nodes no numbers, and of the losses the last."""

    id: str
    version: int
    title: str
    spec: dict[str, Any] | None = None
    cursor: Cursor
    epoch: Annotated[int | None, Field(description="Which pass over the data this is, from 0.")]
    loss: Number | None
    losses: Annotated[
        list[Number],
        Field(
            description="Of the iterations finished, each before its update: the newest 10,000, with `losses=all` all."
        ),
    ]
    first_loss: Annotated[int, Field(ge=0, description="The iteration of the first of these losses.")]
    first_non_finite: Annotated[str | None, Field(description="The first node with a NaN or an infinity.")]
    parameters: list[str]
    frozen: list[str]
    optimizer: dict[str, Any]
    table: Annotated[TableReading | None, Field(description="Of a session on a table (CSV), else null.")]
    branch: Lineage | None
    can_undo: bool
    can_redo: bool
    warnings: Annotated[list[Warned], Field(description="Nothing is refused for them; mostly there are none.")]
    nodes: list[Node]


class Term(BaseModel):
    """The share of a gradient that one element of one consumer sends back: upstream × local = product."""

    consumer: str
    argument: int
    index: Index
    upstream: Number
    local: Number
    product: Number


class Why(BaseModel):
    """What is behind a number that is missing, 0, tiny or not finite, followed to where that began."""

    of: Literal["value", "gradient"]
    cause: Annotated[Kind, Field(description="The kind of cause, the same in all languages.")]
    node: Annotated[str, Field(description="The node where it began.")]
    index: Index
    sentence: Annotated[str, Field(description="The cause in the language of Accept-Language.")]


class Doubted(BaseModel):
    """Why a gradient and its central difference do not agree."""

    cause: Doubt
    sentence: Annotated[str, Field(description="The cause in the language of Accept-Language.")]


class Explanation(BaseModel):
    """Where one number's gradient comes from, and a second opinion on it."""

    id: str
    index: Index
    value: Number | None
    gradient: Number | None
    terms: list[Term]
    numeric_gradient: Annotated[Number | None, Field(description="A central difference.")]
    relative_error: Annotated[Number | None, Field(description="null where both lie below rounding noise.")]
    agrees: Annotated[bool | None, Field(description="Whether the two agree but for rounding; never where not finite.")]
    doubt: Annotated[Doubted | None, Field(description="Why the two do not agree.")]
    why: Annotated[list[Why], Field(description="Empty for an ordinary number.")]


class Comparison(BaseModel):
    """One number's gradient and its central difference, taken `step` to either side."""

    index: Index
    gradient: Number
    numeric_gradient: Number
    relative_error: Annotated[Number | None, Field(description="null where both lie below rounding noise.")]
    step: Number
    doubt: Annotated[Doubted | None, Field(description="Why the two do not agree.")]


class ParameterCheck(BaseModel):
    """One parameter's gradient against central differences."""

    id: str
    max_relative_error: Number | None
    ok: bool
    skipped: Annotated[int, Field(description="Numbers that lie at a kink or beyond the work allowed.")]
    kinks: Annotated[int, Field(description="Numbers skipped because the slopes on their two sides differ.")]
    unsampled: Annotated[int, Field(description="Numbers skipped because of the work allowed, CHAINRULE_MAX_WORK.")]
    worst: Annotated[Comparison | None, Field(description="The number that comes out worst.")]
    kink: Annotated[Comparison | None, Field(description="The first number skipped at a kink.")]


class Check(BaseModel):
    """Every parameter's gradient against central differences."""

    ok: bool
    parameters: list[ParameterCheck]
    first_non_finite: Annotated[str | None, Field(description="The first node with a NaN or an infinity.")]


class Preset(BaseModel):
    """A worked example that a session can start from."""

    name: str
    title: str
    summary: str
    source: str
    spec: dict[str, Any]


class Rule(BaseModel):
    """How the gradient of one argument follows from the upstream one, #g."""

    argument: str
    latex: Annotated[str | None, Field(description="null where no gradient flows.")]


class Op(BaseModel):
    """One op. In LaTeX #1, #2, … are the operands, #y is the output."""

    name: str
    sentence: str
    arguments: list[str]
    optional: Annotated[int, Field(description="How many of the last arguments may be left out.")]
    attributes: Annotated[dict[str, Any], Field(description="Keyword values and their defaults.")]
    is_elementwise: bool
    is_loss: bool
    latex: str
    rules: list[Rule]


class Goal(BaseModel):
    """When the run ends; `null` is what was not asked for."""

    iterations: int | None
    epochs: int | None
    loss_below: float | None
    gradient_norm_below: float | None
    validation_rising: int | None
    per_second: float | None


class NonFinite(BaseModel):
    """Where a number was not finite for the first time."""

    iteration: int
    node: str


class Best(BaseModel):
    """The gauge with the lowest validation loss: the moment that early stopping would go back to."""

    iteration: int
    validation_loss: Number


class RunState(BaseModel):
    """Iterations that go on by themselves, from `start` on; all before `head` are finished."""

    state: Annotated[
        Literal["running", "paused", "finished", "stalled"],
        Field(description="stalled: it gets no further just now, and goes on by itself; waits_for says why."),
    ]
    reason: Annotated[Reason | None, Field(description="Why it is finished.")]
    start: int
    head: int
    until: Annotated[int | None, Field(description="The head at which it will be finished, if that is a goal.")]
    goal: Goal
    rate: Annotated[float | None, Field(description="Iterations a second.")]
    seconds_left: float | None
    non_finite: NonFinite | None
    best: Best | None
    following: Annotated[bool, Field(description="Whether the cursor goes to the last iteration when it rests.")]
    failure: Annotated[str | None, Field(description="Why it failed, or what went wrong before it was tried again.")]
    waits_for: Annotated[
        Wait | None,
        Field(
            description="What a stalled run waits for: its turn, memory enough, a store that can be written, or a "
            "trainer that runs at all."
        ),
    ]
    turn_in: Annotated[int | None, Field(description="In about how many seconds its turn comes.")]
