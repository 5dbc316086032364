"""A kind of layer is one file: two that the product does not have work everywhere."""

import subprocess
import sys

from tests.processes import ROOT


def test_two_toy_layers_work_in_sessions_views_forms_branches_checks_and_exports() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.toys",
        "tests/toys/checks.py",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
