"""What the API answers about a whole iteration, as OpenAPI describes it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.web.answers import Index, Number

Text = Annotated[
    str | None,
    Field(description="As Python writes it, with numbers in full and functions by name; null for what is given."),
]
LeftOut = Annotated[int, Field(description="How many more there are, which are too many to write out.")]


class DerivedValue(BaseModel):
    """One number of the forward pass."""

    index: Index
    formula: Text
    value: Number


class DerivedTerm(BaseModel):
    """The share of a gradient that one number of a consumer sends back, and how its local derivative is computed."""

    consumer: str
    argument: int
    index: Index
    upstream: Number
    local_formula: Text
    local: Number
    product: Number


class OtherTerms(BaseModel):
    """The terms that are not listed: how many, and what they come to."""

    count: int
    total: Number


class DerivedGradient(BaseModel):
    """One gradient: the sum of its terms and of those not listed. The loss's own, 1, has neither."""

    index: Index
    formula: Text
    gradient: Number
    terms: list[DerivedTerm]
    others: OtherTerms | None


class UpdateStep(BaseModel):
    """One line of an optimizer's update: a name in LaTeX, or the parameter's, and its new number."""

    name: str
    title: str
    formula: Text
    value: Number


class DerivedUpdate(BaseModel):
    """One number of a parameter, updated."""

    index: Index
    steps: list[UpdateStep]
    value: Number


class DerivedNode(BaseModel):
    """What is written out about one node."""

    id: str
    op: str | None
    left_out: LeftOut


class ForwardNode(DerivedNode):
    numbers: list[DerivedValue]


class BackwardNode(DerivedNode):
    numbers: list[DerivedGradient]


class UpdatedNode(DerivedNode):
    numbers: list[DerivedUpdate]


class ForwardPass(BaseModel):
    """The ops' nodes in the order in which they are computed."""

    nodes: list[ForwardNode]
    left_out: LeftOut


class BackwardPass(BaseModel):
    """The nodes that have a gradient, from the loss back."""

    nodes: list[BackwardNode]
    left_out: LeftOut


class Update(BaseModel):
    """The parameters that the optimizer moves."""

    nodes: list[UpdatedNode]
    left_out: LeftOut


class GivenNode(BaseModel):
    """A leaf, its numbers as rows and columns; of a large array, the beginning."""

    id: str
    kind: Literal["input", "parameter", "constant"]
    shape: list[int]
    rows: list[list[Number]]
    left_out: LeftOut


class GivenNodes(BaseModel):
    """The leaves of the graph."""

    nodes: list[GivenNode]
    left_out: LeftOut


class Convention(BaseModel):
    """What is agreed upon here, and what others do."""

    says: str
    differs: str


class Derivation(BaseModel):
    """One whole iteration written out, wherever in it the session stands."""

    id: str
    version: int
    title: str
    iteration: Annotated[int, Field(ge=0)]
    epoch: int | None
    loss: Annotated[Number, Field(description="Before the update.")]
    first_non_finite: Annotated[str | None, Field(description="The first node with a NaN or an infinity.")]
    optimizer: dict[str, Any]
    frozen: list[str]
    conventions: list[Convention]
    given: GivenNodes
    forward: ForwardPass
    backward: BackwardPass
    update: Update
