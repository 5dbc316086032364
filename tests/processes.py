"""The product as a process of its own, killed at the end."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def started(*arguments: str, app: str = "app.main:app", **options: Any) -> Iterator[tuple[subprocess.Popen, str]]:
    """A server and its address. It is given a port that listens already: nobody can take that away in between, and who
    asks before the server is ready waits for its answer, or fails when it ends instead.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address, port = f"http://127.0.0.1:{listener.getsockname()[1]}", str(listener.fileno())
        command = [sys.executable, "-m", "uvicorn", app, "--app-dir", str(ROOT), "--fd", port, *arguments]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], **options)
    with process:
        try:
            yield process, address
        finally:
            process.kill()
