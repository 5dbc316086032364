"""Plays for as long as one likes: `python -m tests.odd SECONDS SEED` prints each fault, and fails if there is any."""

import argparse
import sys

from tests.odd.play import play


def main() -> None:
    """Print what is wrong."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("seconds", type=float, nargs="?", default=60.0)
    arguments.add_argument("seed", type=int, nargs="?", default=0)
    given = arguments.parse_args()
    faults = 0
    for fault in play(given.seed, given.seconds):
        print(fault, flush=True)
        faults += 1
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
