"""A child process that runs Graphviz for us: started when first needed, killed when it takes too long."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer
from typing import Any

CHILD = (sys.executable, "-P", str(Path(__file__).with_name("graphviz_child.py")))
STARTING_SECONDS = 5.0


class LayoutFailed(Exception):
    """Graphviz gave no answer: it took too long, ended, or could not place the boxes."""


class LayoutProcess:
    """One child, asked by one thread at a time; `close` may come from any thread, and then no child is started again.

    It ends with us even when we are killed, because its input then ends, or its alarm rings while it works.
    """

    def __init__(self, command: tuple[str, ...] = CHILD, starting_seconds: float = STARTING_SECONDS) -> None:
        self._command = command
        self._starting_seconds = starting_seconds
        self._child: subprocess.Popen[str] | None = None
        self._lock = Lock()
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is a child."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The child's answer. Raises LayoutFailed, having killed the child, when it takes longer than `seconds`."""
        is_new = self.pid is None
        child = self._running()
        timer = Timer(seconds + self._starting_seconds * is_new, child.kill)
        timer.start()
        try:
            child.stdin.write(json.dumps(request) + "\n")
            child.stdin.flush()
            answer = json.loads(child.stdout.readline())
        except (OSError, ValueError) as error:
            self.stop()
            raise LayoutFailed("no answer in time") from error
        finally:
            timer.cancel()
        if "problem" in answer:
            raise LayoutFailed(answer["problem"])
        return answer

    def stop(self) -> None:
        """End the child, if there is one; the next request starts another."""
        with self._lock:
            child, self._child = self._child, None
        if child:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                close_quietly(pipe)

    def close(self) -> None:
        """End the child for good."""
        self._is_closed = True
        self.stop()

    def _running(self) -> subprocess.Popen[str]:
        if self._child and self._child.poll() is not None:
            self.stop()
        with self._lock:
            if self._is_closed:
                raise LayoutFailed("closed")
            if self._child is None:
                self._child = start(self._command)
            return self._child


def start(command: tuple[str, ...]) -> "subprocess.Popen[str]":
    """Start a child with pipes, in a process group of its own, so that Ctrl+C reaches only the server."""
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            process_group=0,
        )
    except OSError as error:
        raise LayoutFailed("cannot start a process") from error


def close_quietly(pipe: Any) -> None:
    """Close a pipe whose other end may be gone."""
    with suppress(OSError):
        pipe.close()
