"""Renew the lock files from pyproject.toml: `python3 scripts/lock.py`. `--upgrade` takes the newest versions.

They hold names, versions and checksums and nothing of where they came from, so that any index may serve them.
"""

import subprocess
import sys
import tomllib

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
        if code := compile_lock(lock, ["pyproject.toml", *groups]):
            return code
    return compile_lock(environment.DATASETS, ["-", "--no-deps"], "\n".join(datasets()))


def compile_lock(lock: str, what: list[str], given: str = "") -> int:
    """Write one lock file; `given` is read where `what` says so."""
    command = [str(environment.PYTHON), "-m", "uv", "pip", "compile", "--quiet", *what]
    arguments = [*FORM, *sys.argv[1:], "-o", lock]
    done = subprocess.run([*command, *arguments], cwd=environment.ROOT, input=given, text=True, check=False)
    return done.returncode


def datasets() -> list[str]:
    """What the extra of this name asks for."""
    with (environment.ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["optional-dependencies"]["datasets"]


if __name__ == "__main__":
    environment.finish(main)
