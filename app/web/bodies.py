"""What programs may send to a session: the bodies of its calls, read into what the service takes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.errors import N_, Invalid
from app.nn.fields import LARGEST, Part, validate
from app.nn.wording import shown
from app.session.moves import By, Move, To
from app.session.run import Goal


def _whole(came: Any) -> Any:
    """JSON has one kind of number: 2.0 is the integer 2."""
    return int(came) if isinstance(came, float) and came.is_integer() else came


Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST), BeforeValidator(_whole)]
Place = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(_whole)]
Version = Annotated[Whole | None, Field(description="The version this call supposes; an older one is answered 409.")]

Numbers = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "A number or nested lists of them; NaN and infinities are strings.",
            "anyOf": [
                {"type": "number"},
                {"enum": ["NaN", "Infinity", "-Infinity"]},
                {"type": "array", "items": {}, "minItems": 1},
            ],
        }
    ),
]


def _examples(*bodies: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


class Plain(Part):
    """A call that needs nothing said."""

    model_config = _examples({}, {"version": 1})

    version: Version = None


class Steps(Part):
    """How many iterations to finish."""

    model_config = _examples({}, {"iterations": 10}, {"iterations": 1, "version": 1})

    iterations: Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_whole)] = 1
    version: Version = None


Count = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_whole)]


class Run(Part):
    """When a run ends: the first of these that comes true. One that says nothing goes on until it is paused."""

    model_config = _examples(
        {},
        {"iterations": 1000},
        {"epochs": 10, "loss_below": 0.01},
        {"gradient_norm_below": 1e-3, "per_second": 20, "version": 1},
    )

    iterations: Annotated[Count | None, Field(description="Iterations from here on.")] = None
    epochs: Annotated[Count | None, Field(description="Passes over the data from here on.")] = None
    loss_below: Annotated[float | None, Field(description="Ends with the first iteration of a lower loss.")] = None
    gradient_norm_below: Annotated[float | None, Field(gt=0, description="Of all parameters, at a gauge.")] = None
    validation_rising: Annotated[
        Count | None, Field(description="Gauges in a row that show no lower validation loss than the best one.")
    ] = None
    per_second: Annotated[
        float | None, Field(gt=0, le=1e6, description="At most so many iterations a second, for somebody to watch.")
    ] = None
    version: Version = None

    @property
    def goal(self) -> Goal:
        return Goal(**self.model_dump(exclude={"version"}))


class MoveBy(Part):
    """A move over so many ops, ends of phases or ends of iterations; back where `count` is negative."""

    model_config = _examples({"by": "op", "count": 3}, {"by": "phase"}, {"by": "iteration", "count": 2, "version": 1})

    by: Literal["op", "phase", "iteration"]
    count: Whole = 1
    version: Version = None

    def move(self) -> Move:
        return By(self.by, self.count)


class MoveTo(Part):
    """A move straight to one moment."""

    model_config = _examples({"iteration": 2, "position": 1})

    iteration: Place
    position: Place
    version: Version = None

    def move(self) -> Move:
        return To(self.iteration, self.position)


class NodeEdit(Part):
    """New numbers for an input or a parameter: all of them, or the one at `index`."""

    model_config = _examples({"index": [0, 1], "value": 0.7}, {"value": [[0.1, 0.2], [0.3, 0.4]], "version": 1})

    value: Numbers
    index: list[Place] | None = None
    version: Version = None


def read_move(document: Any) -> MoveBy | MoveTo:
    """The one of the two kinds of move that the keys speak of."""
    if isinstance(document, dict) and not {"by", "count", "iteration", "position"} & set(document):
        template = N_('Expected either "by" and "count" or "iteration" and "position", got {came}.')
        raise Invalid(template, came=shown(document), pointer="")
    is_by = isinstance(document, dict) and bool({"by", "count"} & set(document))
    return validate(MoveBy if is_by else MoveTo, document)


def settings_and_version(document: Any) -> tuple[Any, int | None]:
    """New settings of an optimizer, for the service to read, and the version beside them."""
    if not isinstance(document, dict):
        raise Invalid(N_("Expected an object, got {came}."), came=shown(document), pointer="")
    version = validate(Plain, {name: document[name] for name in ("version",) if name in document}).version
    return {name: value for name, value in document.items() if name != "version"}, version
