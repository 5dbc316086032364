"""Every way the product says no, in one tree.

    ChainruleError
    ├── Invalid               422  what was sent cannot be used
    │   ├── ExpressionError        … at a line and a column of an expression
    │   └── BeyondLimit            … because it would lead to more work or numbers than a setting allows
    ├── Forbidden             403  a write that another site's page asked for
    ├── NotFound              404  no such session, node, preset or page
    ├── WrongMethod           405  the address exists, the method does not
    ├── TooSlow               408  the body did not come in time
    ├── Conflict              409  an old version, or nothing to undo
    │   └── Damaged           409  … or what is stored of the session cannot be read
    ├── TooLarge              413  the body, or the graph it asks for, is larger than a setting allows
    ├── WrongMediaType        415  the body is not JSON
    ├── Misdirected           421  asked under a name that this server does not answer to
    ├── TooMany               429  asked too often
    └── Unavailable           503  the store cannot be reached just now
        └── StoreFull         507  … or holds as much as it may

An error carries an English template and its fields apart, so that whoever renders it can translate the template:

    raise Invalid(N_("Expected {expected}, not {came}."), expected=N_("a number"), came="'two'")

A field made with `N_` is a word of ours and is translated too; a plain string is somebody's text and never is. What
such a text holds that nobody sees is shown as what it is.
Braces that belong to the text are doubled, as in `str.format`.
"""

from typing import Any
from unicodedata import category

HIDDEN = ("Cc", "Cf", "Zl", "Zp")
"""Kinds of characters that draw nothing and act on what stands around them: U+202E turns a line round."""
FILLERS = "\u115f\u1160\u3164\uffa0"


class Phrase(str):
    """English words of our own, which the catalog can translate."""

    __slots__ = ()


def N_(text: str) -> Phrase:
    """Mark a text for the catalog without translating it yet."""
    return Phrase(text)


class ChainruleError(Exception):
    """Something was refused; the class says which kind, the template and its fields say what and why.

    `pointer` is a JSON pointer into the request, `line` and `column` (from 1) a place in an expression.
    """

    status: int = 500
    type: str = "error"
    title: str = N_("Something went wrong")

    def __init__(
        self,
        template: str,
        *,
        pointer: str | None = None,
        line: int | None = None,
        column: int | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(template)
        self.template = template
        self.pointer = pointer
        self.line = line
        self.column = column
        self.fields = fields

    def __str__(self) -> str:
        return self.template.format(**{name: english(field) for name, field in self.fields.items()})


def visible(text: str) -> str:
    """Somebody's text to be read: what nobody sees in it is shown by its number, `⟨U+202E⟩`."""
    return text if text.isprintable() and not any(map(text.__contains__, FILLERS)) else "".join(map(_seen, text))


def _seen(sign: str) -> str:
    is_hidden = sign in FILLERS or (category(sign) in HIDDEN and sign not in "\t\n\r")
    return f"⟨U+{ord(sign):04X}⟩" if is_hidden else sign


def english(field: Any) -> Any:
    """A field as the English sentence shows it: several words are listed, with commas between them."""
    return ", ".join(map(english, field)) if is_listing(field) else visible(field) if isinstance(field, str) else field


def is_listing(field: Any) -> bool:
    """Whether a field is several words to be listed; a sequence of numbers is a shape and stays as it is written."""
    return isinstance(field, list | tuple) and bool(field) and all(isinstance(part, str) for part in field)


class Invalid(ChainruleError):
    """What was sent is well-formed but cannot be used."""

    status = 422
    type = "invalid"
    title = N_("Not valid")


class ExpressionError(Invalid):
    """An expression cannot be read; `line` and `column` say where."""

    type = "expression"
    title = N_("The expression cannot be read")


class BeyondLimit(Invalid):
    """A call on a session would lead to more than a setting allows; the field `limit` names the setting."""

    type = "beyond-limit"
    title = N_("Beyond a limit")


class Forbidden(ChainruleError):
    """A write that a page of another site asked for."""

    status = 403
    type = "forbidden"
    title = N_("Not allowed")


class NotFound(ChainruleError):
    """No session, node, preset or page has this name."""

    status = 404
    type = "not-found"
    title = N_("Not found")


class WrongMethod(ChainruleError):
    """The address exists, but does not take this method."""

    status = 405
    type = "wrong-method"
    title = N_("Method not allowed")


class TooSlow(ChainruleError):
    """The body of the request did not come in time."""

    status = 408
    type = "too-slow"
    title = N_("Too slow")


class Conflict(ChainruleError):
    """The session is no longer, or not yet, where this call supposes it to be."""

    status = 409
    type = "conflict"
    title = N_("Conflict")


class Damaged(Conflict):
    """What is stored of a session cannot be read; it can only be removed."""

    type = "damaged"
    title = N_("Cannot be read")


class TooLarge(ChainruleError):
    """The body, or the graph it asks for, is larger than a setting allows; the field `limit` names the setting."""

    status = 413
    type = "too-large"
    title = N_("Too large")


class WrongMediaType(ChainruleError):
    """The body of the request is of a type that is not read here."""

    status = 415
    type = "wrong-media-type"
    title = N_("Wrong media type")


class Misdirected(ChainruleError):
    """Asked under a name that a setting, which the field `limit` names, does not allow."""

    status = 421
    type = "misdirected"
    title = N_("Unknown name of the server")


class TooMany(ChainruleError):
    """More requests than are answered at a time."""

    status = 429
    type = "too-many"
    title = N_("Too many requests")


class Unavailable(ChainruleError):
    """The store cannot be reached just now; nothing was changed."""

    status = 503
    type = "unavailable"
    title = N_("Not available just now")


class StoreFull(Unavailable):
    """The store holds as much as it may, until something is removed: to ask again soon would not help."""

    status = 507
    type = "store-full"
    title = N_("The store is full")
