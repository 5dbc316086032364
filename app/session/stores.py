"""The table of stores: which one an address means."""

from collections.abc import Callable
from pathlib import Path

from app.nn.limits import Limits
from app.session.sqlite import SQLiteStore
from app.session.store import Store

STORES: dict[str, Callable[[Path, int], Store]] = {"sqlite": SQLiteStore}


def open_store(address: str, most_bytes: int = Limits.max_store_bytes) -> Store:
    """The store at an address: `sqlite:///relative.db` or `sqlite:////absolute/path.db`. It holds so many bytes.

    Raises ValueError, naming the address, where there is no such store: a server had better not start.
    """
    scheme, separator, path = address.partition(":///")
    if scheme not in STORES or not separator or not path:
        known = ", ".join(f"{name}:///…" for name in STORES)
        raise ValueError(f"CHAINRULE_STORE is {address!r}; expected {known} with a relative or an absolute path.")
    return STORES[scheme](Path(path), most_bytes)
