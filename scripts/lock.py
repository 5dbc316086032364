"""Renew the lock files from pyproject.toml: `python3 scripts/lock.py`. `--upgrade` takes the newest versions.

They hold names, versions and checksums and nothing of where they came from, so that any index may serve them.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

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
    if code := compile_lock(environment.TORCH, ["--group", "torch", "--constraint", "requirements-test.lock"]):
        return code
    lock_small_torch()
    return compile_lock(environment.DATASETS, ["-", "--no-deps"], "\n".join(datasets()))


def lock_small_torch() -> None:
    """Write down the build of the same PyTorch for processors alone, if an index of this machine has it."""
    text = (environment.ROOT / environment.TORCH).read_text(encoding="utf-8")
    wanted = re.search(r"^torch==\S+", text, re.MULTILINE)[0] + "+cpu"
    with tempfile.TemporaryDirectory() as folder:
        if not environment.runs_pip("download", "--no-deps", "--dest", folder, wanted):
            environment.say(f"{wanted} is not to be had here; {environment.TORCH_CPU} stays as it is.")
            return
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).iterdir()]
    lines = " \\\n".join([wanted, *(f"    --hash=sha256:{digest}" for digest in digests)])
    (environment.ROOT / environment.TORCH_CPU).write_text(f"{lines}\n", encoding="utf-8")


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
