"""How a process hands memory back to the system."""

import ctypes
import sys

LARGE = 4 * 2**20
"""Bytes from which an array has pages of its own. What is smaller comes and goes too often for that."""
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def give_back_large_arrays() -> None:
    """Give the pages of large arrays back as soon as they are free; this needs glibc, and elsewhere does nothing.

    Otherwise glibc raises the size from which it does that with every array it frees, up to 32 MB (see mallopt(3)): a
    large network that has gone would leave hundreds of megabytes behind.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is not None:
        set_option(M_MMAP_THRESHOLD, LARGE)
        # As it would by itself: what is smaller is not asked for again and again.
        set_option(M_TRIM_THRESHOLD, 2 * LARGE)
