"""Run the tests in a browser and those with processes again and again on a busy machine: `python3 scripts/stress.py`.

Every file runs by itself, ten times, beside a loop on each processor that goes first where that is allowed (nice -5).
Arguments choose others: `--times 3 --singly tests/browser/test_run.py` runs each test of that file by itself.
"""

import argparse
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import environment
import test as command

TESTS = (
    "tests/browser", "tests/training", "tests/session/test_kill.py", "tests/session/test_service.py",
    "tests/session/test_store.py", "tests/layout", "tests/views/drawing", "tests/web/test_runs.py",
    "tests/web/test_run_pages.py",
    "tests/web/test_comparison.py", "tests/web/test_ending.py", "tests/web/test_logs.py", "tests/web/test_queues.py",
    "tests/web/test_slow_clients.py", "tests/web/test_streaming.py", "tests/test_main.py", "tests/test_packaging.py",
    "tests/benchmarks",
)  # fmt: skip


def main() -> int:
    """Say of each run whether it failed and how, at the end what failed how often."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*", default=TESTS, help="files, folders or single tests")
    parser.add_argument("--times", type=int, default=10, help="how often each runs")
    parser.add_argument("--loops", type=int, default=os.cpu_count(), help="how many loops keep the machine busy")
    parser.add_argument("--singly", action="store_true", help="each test by itself, instead of each file")
    chosen = parser.parse_args()
    environment.prepare("requirements-test.lock")
    os.environ.update(command.browser())
    names, failed = found(chosen.tests, chosen.singly), Counter()
    with busy(chosen.loops):
        for turn in range(1, chosen.times + 1):
            for name in names:
                done = pytest("-rfE", name)
                environment.say(f"{turn}/{chosen.times} {name}: {(done.stdout.splitlines() or [done.stderr])[-1]}")
                if done.returncode:
                    print(done.stdout, flush=True)
                    failed[name] += 1
    for name, times in failed.most_common():
        environment.say(f"{name} failed {times} of {chosen.times} times")
    return int(bool(failed))


def found(tests: list[str], is_singly: bool) -> list[str]:
    """The tests by name, or the files that hold them."""
    listed = pytest("--collect-only", *tests)
    names = [line for line in listed.stdout.splitlines() if "::" in line]
    if listed.returncode or not names:
        sys.exit(f"These tests cannot be run:\n{listed.stdout}{listed.stderr}")
    return names if is_singly else list(dict.fromkeys(name.partition("::")[0] for name in names))


def pytest(*arguments: str) -> subprocess.CompletedProcess:
    """Run pytest, and take what it says."""
    line = [str(environment.PYTHON), "-m", "pytest", "-q", *arguments]
    return subprocess.run(line, cwd=environment.ROOT, capture_output=True, text=True, check=False)


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep so many processors busy."""
    first = ["nice", "-n", "-5"] if os.name == "posix" else []
    line = [*first, sys.executable, "-c", "while True: pass"]
    loops = [subprocess.Popen(line, stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()


if __name__ == "__main__":
    environment.finish(main)
