"""A process gives the memory of a large network back when it has gone."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
from app.session.memory import give_back_large_arrays

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

if sys.argv[1] == "yes":
    give_back_large_arrays()
np.ones(3_500_000)
before = resident()
arrays, between = [], []
for _ in range(40):
    arrays.append(np.ones(1_000_000))
    between.append(np.ones(10_000))
del arrays
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps them")
def test_large_arrays_leave_nothing_behind() -> None:
    def left(is_told: str) -> int:
        done = subprocess.run([sys.executable, "-c", PROGRAM, is_told], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert left("yes") < 40_000_000 < 300_000_000 < left("no")
