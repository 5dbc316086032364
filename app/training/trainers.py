"""The trainers of a server: child processes that it starts, wakes, starts again if they die, and takes along."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict

from app.nn.limits import Limits

SECONDS_TO_GO = 3.0
SOONEST, LATEST = 0.5, 30.0
"""Seconds between the starts of a trainer that keeps dying; each time twice as many."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

logger = logging.getLogger(__name__)


class Trainers:
    """So many processes for the runs of a store. None of them at all is fine where another server has some."""

    def __init__(self, count: int, store: str, limits: Limits) -> None:
        self._command = [sys.executable, "-m", "app.training", store, json.dumps(asdict(limits))]
        self._count = count
        self._keepers: list[Keeper] = []

    def start(self) -> None:
        """Start them all; comes back before they are ready."""
        self._keepers = [Keeper(self._command) for _ in range(self._count)]
        for keeper in self._keepers:
            keeper.start()

    def are_there(self) -> bool:
        """Whether one of them has been alive long enough to have been heard of."""
        return any(keeper.has_started() for keeper in self._keepers)

    def wake(self) -> None:
        """Say that there is a run to take up. Whoever does not hear it finds it by itself a little later."""
        for keeper in self._keepers:
            keeper.wake()

    def close(self) -> None:
        """End them all; each writes down what it has found out."""
        for keeper in self._keepers:
            keeper.end()
        for keeper in self._keepers:
            keeper.join()

    def kill(self) -> None:
        """End them all at once."""
        for keeper in self._keepers:
            keeper.kill()


class Keeper:
    """Keeps one trainer alive."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._begun = 0.0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="trainer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def has_started(self) -> bool:
        """Whether the trainer is alive and has had the time to get ready."""
        process = self._process
        return process is not None and process.poll() is None and time.monotonic() - self._begun > LATEST

    def wake(self) -> None:
        with self._lock, suppress(OSError, ValueError):
            if self._process is not None and self._process.stdin is not None:
                os.write(self._process.stdin.fileno(), b".")

    def end(self) -> None:
        self._over.set()
        with self._lock:
            if self._process is not None:
                hang_up(self._process)
                self._process.terminate()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def join(self) -> None:
        """Wait until it has gone; what does not go is killed."""
        if not self._thread.is_alive():
            return
        self._thread.join(SECONDS_TO_GO)
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause = SOONEST
        while not self._over.is_set():
            try:
                process = self._spawn()
                if process is None:
                    return
                note(process)
                code = process.wait()
                hang_up(process)
            except Exception as error:
                logger.error("a trainer could not be started; this is tried again in %g s: %s", pause, error)
            else:
                if self._over.is_set():
                    return
                logger.error("a trainer ended with code %s and is started again in %g s", code, pause)
            self._over.wait(pause)
            pause = SOONEST if time.monotonic() - self._begun > LATEST + pause else min(2 * pause, LATEST)

    def _spawn(self) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._over.is_set():
                return None
            self._begun = time.monotonic()
            environment = {**os.environ, **ONE_THREAD}
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                self._command, env=environment, stdin=pipe, stderr=pipe, text=True, errors="replace"
            )
            return self._process


def hang_up(process: subprocess.Popen[str]) -> None:
    """Close what a trainer listens to."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def note(process: subprocess.Popen[str]) -> None:
    """Log what a trainer says until it has gone, warnings of its libraries and its last words too."""
    if process.stderr is None:
        return
    with process.stderr as voice:
        for line in voice:
            logger.warning("a trainer says: %s", line.rstrip(), extra={"fields": {"trainer": process.pid}})
