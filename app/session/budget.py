"""Memory lent to whoever needs it for a while: what all of them may have at a time is bounded, in bytes."""

import threading

from app.errors import N_, TooMany


class Budget:
    """Bytes for many users; one alone is always served, or a large thing that is allowed could never be had. Whoever
    needs no more than `spared` is served, too, whatever others have.
    """

    def __init__(self, most: int, spared: int = 0) -> None:
        self._most = most
        self._spared = spared
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """What is lent just now."""
        return self._used

    def take(self, size: int, held: int = 0) -> None:
        """Lend so many bytes to one who has `held` already. Raises TooMany if others have too many just now."""
        with self._lock:
            if held + size > self._spared and self._used > held and self._used + size > self._most:
                template = N_("Too many large requests are being answered just now; please try again in a moment.")
                raise TooMany(template)
            self._used += size

    def give_back(self, size: int) -> None:
        """Take back what was lent."""
        with self._lock:
            self._used -= size
