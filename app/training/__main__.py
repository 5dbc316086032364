"""A trainer as a process: `python -m app.training STORE LIMITS`, the limits as JSON.

A byte on its standard input says that there is a run to take up; when that closes, its server is gone and it ends.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time

from threadpoolctl import threadpool_limits

from app.nn.limits import Limits
from app.session.memory import give_back_large_arrays
from app.session.stores import open_store
from app.training.trainer import Trainer

NICENESS = 10
POLL = 1.0
"""Seconds after which it looks by itself: another server on the same store may have started a run."""
SOON = 0.01
"""Seconds for each run that it works off, before it takes up one more."""


class Bell:
    """Rings when there may be something new, and for good when it is time to go."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self.is_over = False

    def listen(self) -> None:
        """Wait for bytes on standard input until it closes."""
        try:
            while os.read(sys.stdin.fileno(), 64):
                self._rung.set()
        finally:
            self.end()

    def end(self, *_: object) -> None:
        self.is_over = True
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Whether it has rung since it was asked last, waiting for it at most so long."""
        is_rung = self._rung.wait(seconds) if seconds else self._rung.is_set()
        self._rung.clear()
        return is_rung


def main() -> None:
    """Work until nobody listens any more."""
    bell = Bell()
    signal.signal(signal.SIGTERM, bell.end)
    # Ctrl-C reaches everybody at the terminal; the server then says when it is time to go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=bell.listen, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    give_back_large_arrays()
    limits = Limits(**json.loads(sys.argv[2]))
    store = open_store(sys.argv[1], limits.max_store_bytes)
    trainer = Trainer(store, limits)
    threading.Thread(target=trainer.liveness.keep_beating, daemon=True).start()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with threadpool_limits(limits=1, user_api="blas"):
        serve(trainer, bell)
    trainer.close()
    store.close()


def serve(trainer: Trainer, bell: Bell) -> None:
    """Give every run its turns; look for others when the bell rings, when one has ended, and now and then."""
    looked, pause, held, is_busy = 0.0, 0.0, 0, False
    while not bell.is_over:
        is_rung = bell.wait(0 if is_busy else POLL / 10 if trainer.count else POLL)
        if is_rung or trainer.count < held or time.monotonic() - looked > pause:
            pause = pause_after(trainer.look(), trainer.count)
            looked = time.monotonic()
        held = trainer.count
        is_busy = trainer.turn()


def pause_after(has_found: bool, count: int) -> float:
    """Seconds until the next look, for one who works off so many runs; where one waited there may be more.

    Whoever has little to do looks sooner, and takes up what waits before the others do.
    """
    return min(count * SOON, POLL / 4) if has_found else min(max(count, 1) * POLL / 4, 2 * POLL)


if __name__ == "__main__":
    main()
