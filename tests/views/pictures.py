"""Sessions at chosen moments, for tests of what is shown."""

from typing import Any

from app.session.moment import Picture
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore

COLAH = "a = 2\nb = 1\nc = a + b\nd = b + 1\ne = c * d"


def picture_of(spec: dict[str, Any], position: int = 0, iteration: int = 0) -> Picture:
    """A new session at a moment."""
    sessions = Sessions(MemoryStore())
    return sessions.move(sessions.create(spec).id, To(iteration, position))


def expression(source: str, position: int = 0) -> Picture:
    """A written graph."""
    return picture_of({"kind": "expression", "source": source}, position)


def colah(position: int = 0) -> Picture:
    """Colah's example: c, d, e forward (1 to 3), then e, d, c, b, a back (4 to 8), the update at 9."""
    return expression(COLAH, position)


def preset(name: str, position: int = 0) -> Picture:
    """A worked example."""
    return picture_of({"kind": "preset", "name": name}, position)
