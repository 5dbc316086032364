"""Trainers say that they are alive, and find out which of the others are no more."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable

from app.session.store import Store

SECONDS_BETWEEN = 0.5
"""Between two beats."""
MOST_MISSED = 6
"""Beats of one's own after which somebody else who has not been heard of meanwhile is dead.

Beats are counted and no clocks compared: where nobody can write, or the machine sleeps, everybody stays alive.
"""

logger = logging.getLogger(__name__)


class Liveness:
    """The beats of one trainer. They come from a thread of their own: a single iteration may take long."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.token = secrets.token_hex(8)
        self.count = 0
        self._store, self._clock = store, clock
        self._seen: dict[str, tuple[float | None, int]] = {}
        self._is_over = threading.Event()
        self._lock = threading.Lock()

    def beat(self) -> None:
        """Be heard of, and remove who has not been for long."""
        with self._lock:
            if not self._is_over.is_set():
                self._beat()

    def keep_beating(self) -> None:
        """Beat until it ends, also where a beat fails."""
        while not self._is_over.wait(SECONDS_BETWEEN):
            try:
                self.beat()
            except Exception as error:
                logger.warning("a trainer could not say that it is alive: %s", error)

    def end(self) -> None:
        """Say that one is no more."""
        self._is_over.set()
        with self._lock:
            self._store.hear(self.token, None)

    def _beat(self) -> None:
        self._store.hear(self.token, self._clock())
        self.count += 1
        heard = {token: at for token, at in self._store.trainers().items() if token != self.token}
        known = {token: self._seen.get(token, (None, 0)) for token in heard}
        self._seen = {token: known[token] if known[token][0] == at else (at, self.count) for token, at in heard.items()}
        for token, (_, since) in self._seen.items():
            if self.count - since >= MOST_MISSED:
                logger.warning("a trainer was not heard of any more; its runs go on elsewhere")
                self._store.hear(token, None)
