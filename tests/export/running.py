"""Runs exported scripts as a reader would, each as a program of its own, and reads what they print."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

RUNNER = """
import contextlib, io, json, runpy, sys
found = {}
for path in sys.argv[2:]:
    heard = io.StringIO()
    sys.argv[1:2] = [sys.argv[1]]
    with contextlib.redirect_stdout(heard):
        runpy.run_path(path, run_name="__main__")
    found[path] = heard.getvalue()
print(json.dumps(found))
"""


def run(scripts: Mapping[str, str], folder: Path, iterations: int) -> dict[str, tuple[float, list[float]]]:
    """The loss that each script prints for the rows it holds, and those of so many iterations; in one process."""
    paths = {name: folder / f"{number}.py" for number, name in enumerate(scripts)}
    for name, path in paths.items():
        path.write_text(scripts[name], encoding="utf-8")
    command = [sys.executable, "-c", RUNNER, str(iterations), *map(str, paths.values())]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    heard = json.loads(done.stdout)
    return {name: read(heard[str(path)]) for name, path in paths.items()}


def read(printed: str) -> tuple[float, list[float]]:
    """The first line's number, and the others'."""
    first, *others = [float(line.split()[1]) for line in printed.splitlines()]
    return first, others
