"""The log: a JSON object a line whatever happens, and not filled by what happens again and again."""

import json
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from app.training.trainers import Keeper, note
from app.web import logs
from tests.processes import ROOT, started

ODDITIES = """
import threading, warnings
import numpy as np
from app.web import logs
logs.write_to_stdout("info")

class Odd:
    def __del__(self):
        raise ValueError("not raised to anybody")

np.array([1e308]) * 10
warnings.warn("a library has a word")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
Odd()
raise RuntimeError("at the end")
"""


def lines_of(said: str) -> list[dict]:
    return [json.loads(line) for line in said.splitlines()]


def test_warnings_of_numpy_and_errors_that_nobody_caught_are_lines_of_the_log(tmp_path: Path) -> None:
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", ODDITIES]
    done = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    lines = lines_of(done.stdout)
    told = [line["message"] + line.get("exception", "") for line in lines]
    for word in ("overflow encountered", "a library has a word", "ZeroDivisionError", "not raised", "at the end"):
        assert sum(word in one for one in told) == 1, (word, told)
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)


@pytest.fixture
def quiet() -> Iterator[tuple[logging.Logger, list[dict]]]:
    """A logger, and the lines that are written of what it is told."""

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(logs.JsonLines().format(record)))

    lines: list[dict] = []
    logger, handler = logging.getLogger("tests.repeats"), Kept()
    handler.addFilter(logs.Repeats())
    logger.addHandler(handler)
    yield logger, lines
    logger.removeHandler(handler)


def test_what_is_said_again_and_again_is_written_once_and_counted(quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    logger, lines = quiet
    now = [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: now[0])
    for _ in range(1000):
        logger.warning("no room for %s", "anybody")
    logger.warning("no room for %s", "others")
    now[0] = logs.REPEAT_SECONDS
    logger.warning("no room for %s", "anybody")
    told = [(line["message"], line.get("repeated")) for line in lines]
    assert told == [("no room for anybody", None), ("no room for others", None), ("no room for anybody", 999)]


def test_requests_and_what_is_no_warning_are_always_written(quiet) -> None:
    logger, lines = quiet
    logger.setLevel(logging.INFO)
    for _ in range(3):
        logger.info("a session was removed")
        logger.error("request", extra={"fields": {"status": 500}})
    assert len(lines) == 6


def test_what_is_remembered_of_the_log_is_bounded(quiet) -> None:
    logger, _ = quiet
    for number in range(3 * logs.MAX_REMEMBERED):
        logger.warning("number %d", number)
    assert len(logger.handlers[0].filters[0]._seen) <= logs.MAX_REMEMBERED


def test_what_a_trainer_says_is_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    code = "import numpy; numpy.array([1e308]) * 10; raise RuntimeError('worn out')"
    keeper = Keeper([sys.executable, "-c", code])
    assert keeper._spawn()
    with keeper._process as process:
        note(process)
    assert "overflow encountered" in caplog.text and "RuntimeError: worn out" in caplog.text
    assert all(record.levelname == "WARNING" for record in caplog.records)


def test_a_server_without_free_files_says_so_once_and_not_for_every_connection(tmp_path: Path) -> None:
    surroundings = {**os.environ, "CHAINRULE_STORE": "sqlite:///sessions.db", "CHAINRULE_TRAINERS": "0"}
    few = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (64, 64))
    options = {"cwd": tmp_path, "env": surroundings, "stdout": subprocess.PIPE, "text": True, "preexec_fn": few}
    with started(**options) as (process, address), ExitStack() as visitors:
        where = ("127.0.0.1", int(address.rpartition(":")[2]))
        for _ in range(100):
            visitors.enter_context(socket.create_connection(where, 60))
        said = [process.stdout.readline()]
        while "out of system resource" not in said[-1]:
            assert said[-1], said
            said.append(process.stdout.readline())
        visitors.close()
        process.send_signal(signal.SIGTERM)
        said.append(process.communicate(timeout=60)[0])
    told = [line["message"] for line in lines_of("".join(said))]
    assert sum("out of system resource" in message for message in told) < 10
