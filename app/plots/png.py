"""Small pictures as PNG files, and as `data:` addresses that come with the page they belong to."""

import struct
import zlib
from base64 import b64encode

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, GREY_ALPHA, COLOUR, COLOUR_ALPHA = 0, 4, 2, 6
KIND_OF_CHANNELS = {1: GREY, 2: GREY_ALPHA, 3: COLOUR, 4: COLOUR_ALPHA}


def png(pixels: np.ndarray) -> bytes:
    """A PNG of bytes (height, width, channels): grey, grey and alpha, RGB or RGB and alpha.

    Source: PNG (third edition), W3C 2025: each row is led by the number of its filter, 0 for none.
    """
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = pixels.reshape(height, width * channels)
    header = struct.pack(">IIBBBBB", width, height, 8, KIND_OF_CHANNELS[channels], 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    """One part of the file: its length, kind and content, and a checksum of the last two."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def address(pixels: np.ndarray) -> str:
    """The picture as an address that holds it whole."""
    return "data:image/png;base64," + b64encode(png(pixels)).decode()
