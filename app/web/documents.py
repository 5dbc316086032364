"""The JSON of a request's body, read strictly: what is not JSON, or has two meanings, is refused with its place."""

import json
from typing import Any, NoReturn

from app.errors import N_, Invalid, WrongMediaType

MOST_LEVELS = 64
MOST_DIGITS = 308


def read_document(body: bytes, content_type: str | None) -> Any:
    """What a body says. Raises WrongMediaType for another type than JSON, Invalid for what is not JSON."""
    require_json(content_type)
    text = _decoded(body)
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from error
    except RecursionError as error:
        raise Invalid(_TOO_DEEP, most=MOST_LEVELS) from error
    if not is_shallow(document):
        raise Invalid(_TOO_DEEP, most=MOST_LEVELS)
    _refuse_lone_surrogates(text, document)
    return document


def require_json(content_type: str | None) -> None:
    """Refuse every content type but JSON's; only UTF-8 is JSON, whatever a charset says."""
    if not content_type:
        raise WrongMediaType(N_("Expected a body of type application/json, but the request has no Content-Type."))
    kind, _, parameters = content_type.partition(";")
    charset = parameters.lower().partition("charset=")[2].split(";")[0].strip(' "')
    if kind.strip().lower() != "application/json" or charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise WrongMediaType(N_("Expected a body of type application/json, not {came}."), came=content_type[:100])


def is_shallow(document: Any) -> bool:
    """Whether lists and objects are nested no deeper than anything here needs. Not recursive, so depth cannot hurt."""
    level = [document]
    for _ in range(MOST_LEVELS + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, list | dict)
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, list | dict)
        ]
        if not level:
            return True
    return False


_TOO_DEEP = N_("The body is nested too deeply: at most {most} levels are read.")


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(N_("The body is not UTF-8: byte {position} cannot be read."), position=error.start) from error


def _not_json(error: json.JSONDecodeError) -> Invalid:
    template = N_("The body is not JSON: it cannot be read at line {at_line}, column {at_column}.")
    return Invalid(template, at_line=error.lineno, at_column=error.colno, line=error.lineno, column=error.colno)


def _refuse_lone_surrogates(text: str, document: Any) -> None:
    # Half a surrogate pair is a string that no answer and no store could write again.
    if "\\ud" not in text and "\\uD" not in text:
        return
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Invalid(N_("The body holds half a surrogate pair, which is not a character.")) from error


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Invalid(N_("The number {came} is too large for a float64."), came=digits[:40] + "…" * (len(digits) > 40))
    return number


def _integer(digits: str) -> int:
    # As a float64 it says whether it is too large; Python refuses to read thousands of digits as an integer.
    if len(digits) > MOST_DIGITS:
        _float(digits)
    return int(digits)


def _bare_word(word: str) -> NoReturn:
    raise Invalid(N_("The body is not JSON: {came} is not a number there. Write it as a string."), came=word)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Invalid(N_("The key {name} is given twice in one object."), name=json.dumps(_twice(pairs)[:60]))
    return document


def _twice(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    return next(name for name, _ in pairs if name in seen or seen.add(name))


_DECODER = json.JSONDecoder(
    parse_float=_float, parse_int=_integer, parse_constant=_bare_word, object_pairs_hook=_object
)
