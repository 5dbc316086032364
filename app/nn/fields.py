"""The strict model that every part of a spec is, and its refusals with JSON pointers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from app.errors import N_, Invalid
from app.nn.wording import nearest, shortened, shown

LARGEST = 2**53 - 1
MOST_LISTED = 100
"""Known names that a refusal lists; a table may have a thousand columns."""
"""The largest integer that JSON carries exactly everywhere."""
TAG = "tag:"
"""Begins the tags of unions, which pydantic puts into places and a JSON pointer must not have."""


class Part(BaseModel):
    """A part of a spec: no unknown keys, no conversions, no NaN; titles of fields are labels for forms."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


PartOf = TypeVar("PartOf", bound=Part)


def labelled(label: str, default: Any = ..., **rules: Any) -> Any:
    """A field with a label for people, a default (or none) and pydantic's rules."""
    return Field(default, title=label, **rules)


def validate(model: type[PartOf], document: Any, pointer: str = "") -> PartOf:
    """The document as a model. Raises Invalid with a pointer to the first thing wrong."""
    if not isinstance(document, dict):
        raise Invalid(N_("Expected an object, got {came}."), came=shown(document), pointer=pointer)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise refusal(error.errors(include_url=False)[0], model, document, pointer) from None


def refusal(problem: Mapping[str, Any], model: type[Part], document: Any, pointer: str = "") -> Invalid:
    """One of pydantic's errors as ours: what was expected, what came, and where."""
    kind, context, place = problem["type"], problem.get("ctx", {}), problem["loc"]
    at = pointer + "".join(f"/{escaped(step)}" for step in untagged(place))
    if kind == "missing":
        return Invalid(N_("The key {key} is missing."), key=str(place[-1]), pointer=at)
    if kind == "extra_forbidden":
        return unknown_key(str(place[-1]), known_keys(model, place[:-1]), at)
    if kind == "literal_error":
        known = [name.strip(" '") for name in context["expected"].replace(" or ", ", ").split(",")]
        return unknown_choice(problem["input"], known, at)
    if kind == "union_tag_invalid":
        tags = [tag.strip(" '").removeprefix(TAG) for tag in context["expected_tags"].split(",")]
        return unknown_choice(problem["input"].get("kind"), tags, f"{at}/kind")
    bound = next((f"{value:g}" for name, value in context.items() if name in BOUNDS), None)
    return Invalid(TEMPLATES.get(kind, OTHERWISE), came=shown(problem["input"]), pointer=at, bound=bound)


BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length")
OTHERWISE = N_("Expected another value, got {came}.")
TEMPLATES = {
    "int_type": N_("Expected an integer, got {came}."),
    "int_from_float": N_("Expected an integer, got {came}."),
    "float_type": N_("Expected a number, got {came}."),
    "finite_number": N_("Expected a finite number, got {came}."),
    "bool_type": N_("Expected true or false, got {came}."),
    "string_type": N_("Expected a text, got {came}."),
    "list_type": N_("Expected a list, got {came}."),
    "dict_type": N_("Expected an object, got {came}."),
    "model_type": N_("Expected an object, got {came}."),
    "model_attributes_type": N_("Expected an object, got {came}."),
    "union_tag_not_found": N_("Expected an object, got {came}."),
    "too_short": N_("Expected at least {bound}, got {came}."),
    "too_long": N_("Expected at most {bound}."),
    "greater_than_equal": N_("Expected a number of {bound} or more, got {came}."),
    "greater_than": N_("Expected a number greater than {bound}, got {came}."),
    "less_than_equal": N_("Expected a number of {bound} or less, got {came}."),
    "less_than": N_("Expected a number less than {bound}, got {came}."),
}
"""What pydantic calls a problem, and what we say."""


def untagged(place: tuple[str | int, ...]) -> list[str | int]:
    """A place without the tags of unions; the last step may be a key that only looks like one."""
    return [step for step in place[:-1] if not str(step).startswith(TAG)] + list(place[-1:])


def known_keys(model: type[Part], place: tuple[str | int, ...]) -> list[str]:
    """The keys that a part at this place of a model may have."""
    parts: list[tuple[str | None, type[Part]]] = [(None, model)]
    for step in place:
        if isinstance(step, int):
            continue
        if step.startswith(TAG):
            parts = [(tag, part) for tag, part in parts if tag == step]
        else:
            annotations = [part.model_fields[step].annotation for _, part in parts if step in part.model_fields]
            parts = [found for annotation in annotations for found in _parts_in(annotation)]
    return list(dict.fromkeys(key for _, part in parts for key in part.model_fields))


def _parts_in(annotation: Any, tag: str | None = None) -> Iterator[tuple[str | None, type[Part]]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield tag, annotation
        return
    arguments = get_args(annotation)
    tag = next((meta.tag for meta in arguments if isinstance(meta, Tag)), tag)
    for argument in arguments:
        yield from _parts_in(argument, tag)


def one_of(parts: Mapping[str, type[Part]], choose: Callable[[Any], str]) -> Any:
    """The type of a field that holds one of several parts; `choose` says which from the document."""

    def tagged(document: Any) -> str | None:
        if isinstance(document, Part):
            return next(TAG + name for name, part in parts.items() if type(document) is part)
        return TAG + choose(document) if isinstance(document, dict) else None

    options = [Annotated[part, Tag(TAG + name)] for name, part in parts.items()]
    return Annotated[Union[tuple(options)], Discriminator(tagged)]  # noqa: UP007 (made of a table)


def unknown_choice(came: Any, known: list[str], pointer: str) -> Invalid:
    """A name that is none of those there are: the nearest of them, or all."""
    if not isinstance(came, str):
        template = N_("Expected one of {known}, got {came}.")
        return Invalid(template, known=known, came=shown(came), pointer=pointer)
    near = [*map(shortened, nearest(came, known))]
    known = [*map(shortened, known[:MOST_LISTED]), *["…"] * (len(known) > MOST_LISTED)]
    if near:
        template = N_("Expected one of {known}, got {came}. Nearest: {nearest}.")
        return Invalid(template, known=known, came=shortened(came), nearest=near, pointer=pointer)
    return Invalid(N_("Expected one of {known}, got {came}."), known=known, came=shortened(came), pointer=pointer)


def unknown_key(came: str, known: list[str], pointer: str) -> Invalid:
    """A key that no part of a spec has."""
    near = nearest(came, known)
    if near:
        template = N_("Unknown key {came}. Nearest: {nearest}.")
        return Invalid(template, came=shortened(came), nearest=near, pointer=pointer)
    return Invalid(N_("Unknown key {came}; known are {known}."), came=shortened(came), known=known, pointer=pointer)


def escaped(step: str | int) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return str(step).replace("~", "~0").replace("/", "~1")
