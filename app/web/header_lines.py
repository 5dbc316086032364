"""The lines before a body, as h11 0.16 matches them: with many blanks in one it went back for 12 seconds.

Blanks before an empty value, or behind a semicolon, could be parted in as many ways as there are blanks. Here a loop
keeps what it has taken, and what matches is the same but for a lone line end inside a chunk's extension.
"""

import re

from h11 import _readers

PIECES = (
    (rb":[ \t]*(?P<field_value>", rb":[ \t]*+(?P<field_value>"),
    (rb"(?P<chunk_ext>;.*)?", rb"(?P<chunk_ext>;[^\r\n]*+)?"),
)


def match_in_one_way() -> None:
    """Have every server of this process match them so."""
    for name in ("header_field_re", "chunk_header_re"):
        pattern = getattr(_readers, name).pattern
        for piece, better in PIECES:
            pattern = pattern.replace(piece, better)
        setattr(_readers, name, re.compile(pattern))
