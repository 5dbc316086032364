"""Forms that bring a long text: `multipart/form-data`, in which it is no longer than it is (RFC 7578)."""

import re

from app.errors import N_, Invalid

MULTIPART = "multipart/form-data"
BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
NAME = re.compile(rb'^content-disposition:[^\r\n]*;\s*name="([^"\r\n]*)"', re.IGNORECASE | re.MULTILINE)


def read_parts(body: bytes, kind: str, most: int) -> list[tuple[str, str]]:
    """The fields of a form and their texts, in order; `kind` is the content type, with its boundary.

    Raises Invalid for a body that is no such form, and ValueError for more than `most` fields.
    """
    boundary = BOUNDARY.search(kind)
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + (boundary[1] or boundary[2]).encode()) if boundary else [body]
    if not parts or not parts.pop().startswith(b"--"):
        raise Invalid(N_("The form cannot be read: it is not complete."))
    if len(parts) > most:
        raise ValueError
    return [read_part(part) for part in parts]


def read_part(part: bytes) -> tuple[str, str]:
    """The name and the text of one field."""
    head, _, text = part.partition(b"\r\n\r\n")
    name = NAME.search(head)
    if name is None:
        raise Invalid(N_("The form cannot be read: it is not complete."))
    return name[1].decode(), text.decode()
