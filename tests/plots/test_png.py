"""A picture made of bytes is a PNG that any program reads."""

import base64
import struct
import zlib

import numpy as np
import pytest

from app.plots import png


def pixels_of(file: bytes) -> tuple[int, np.ndarray]:
    """The kind of a PNG that png.py made, and its bytes (height, width × channels)."""
    width, height, depth, kind = struct.unpack(">IIBB", file[16:26])
    length = struct.unpack(">I", file[33:37])[0]
    rows = np.frombuffer(zlib.decompress(file[41 : 41 + length]), np.uint8).reshape(height, -1)
    assert depth == 8 and not rows[:, 0].any()
    return kind, rows[:, 1:]


@pytest.mark.parametrize(("channels", "kind"), [(1, 0), (2, 4), (3, 2), (4, 6)])
def test_what_is_written_is_what_was_meant(channels, kind):
    wanted = np.arange(5 * 7 * channels, dtype=np.uint8).reshape(5, 7, channels)
    read = pixels_of(png.png(wanted))
    assert read[0] == kind and (read[1] == wanted.reshape(5, -1)).all()


def test_every_part_carries_its_checksum():
    file = png.png(np.zeros((2, 2, 3), np.uint8))
    assert file.startswith(b"\x89PNG") and file.endswith(b"IEND" + struct.pack(">I", zlib.crc32(b"IEND")))


def test_an_address_holds_the_whole_picture():
    pixels = np.full((1, 1, 4), 9, np.uint8)
    head, _, rest = png.address(pixels).partition(",")
    assert head == "data:image/png;base64" and base64.b64decode(rest) == png.png(pixels)
