"""Renew the lock files from pyproject.toml: `python3 scripts/lock.py`. `--upgrade` takes the newest versions.

They hold names, versions and checksums and nothing of where they came from, so that any index may serve them.
"""

import subprocess
import sys

import environment

LOCKS = {"requirements.lock": [], "requirements-test.lock": ["--group", "test"]}
FORM = [
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate",
    "--no-emit-index-url", "--no-emit-find-links",
]  # fmt: skip


def main() -> int:
    """Resolve for every system and every Python from 3.11 on."""
    environment.prepare("requirements-test.lock")
    environment.pip("install", "uv")
    for lock, groups in LOCKS.items():
        command = [str(environment.PYTHON), "-m", "uv", "pip", "compile", "--quiet", "pyproject.toml", *groups]
        done = subprocess.run([*command, *FORM, *sys.argv[1:], "-o", lock], cwd=environment.ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    environment.finish(main)
