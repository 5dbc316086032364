"""The project's own Python environment in .venv: made when it is missing, renewed when what is locked has changed."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
DATASETS = "requirements-datasets.lock"
INPUTS = ("pyproject.toml", "hatch_build.py", "package.json", "package-lock.json", DATASETS)
TORCH, TORCH_CPU = "requirements-torch.lock", "requirements-torch-cpu.lock"
OLDEST = (3, 11)


def prepare(lock: str) -> None:
    """Make sure that .venv holds what the lock file names, the project itself and the browser libraries."""
    if sys.version_info < OLDEST:
        sys.exit(f"Chainrule needs Python {'.'.join(map(str, OLDEST))} or newer; this is {sys.version.split()[0]}.")
    stamp, expected = VENV / f"{lock}.stamp", fingerprint(lock)
    if has_browser_libraries() and stamp.is_file() and stamp.read_text(encoding="ascii") == expected:
        return
    if not has_pip():
        create()
    say(f"Installing what {lock} names into {VENV.name} …")
    pip("install", "--require-hashes", "--prefer-binary", "-r", str(ROOT / lock))
    install_datasets()
    say("Installing Chainrule and its browser libraries …")
    pip("install", "--no-deps", "--editable", str(ROOT))
    stamp.write_text(expected, encoding="ascii")


def install_datasets() -> None:
    """Bring the files of digits and irises: scikit-learn without what it depends on, since it is never imported."""
    arguments = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / DATASETS)]
    if not runs_pip("install", *arguments):
        say("Digits and irises are left out: there is no scikit-learn to install here.")


def prepare_torch() -> None:
    """Bring PyTorch, which runs exported code in the tests, without the gigabytes for graphics cards where it can."""
    stamp, expected = VENV / f"{TORCH}.stamp", fingerprint(TORCH)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == expected:
        return
    say("Installing PyTorch, which runs exported code in the tests …")
    arguments = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    # The build for processors alone, where an index has it; any other one then counts as installed.
    runs_pip("install", *arguments, "-r", str(ROOT / TORCH_CPU))
    pip("install", *arguments, "-r", str(ROOT / TORCH))
    if not succeeds([str(PYTHON), "-c", "import torch"]):
        # The only build that this index has does not start without the libraries for graphics cards.
        pip("install", "--prefer-binary", "torch")
    stamp.write_text(expected, encoding="ascii")


def fingerprint(lock: str) -> str:
    """A digest of everything that the environment is made from, and of where it lies: it cannot be moved."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {VENV}".encode())
    for name in (lock, *INPUTS):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def has_browser_libraries() -> bool:
    """Whether the build has put them where the server looks."""
    return (ROOT / "static" / "vendor" / "stamp.txt").is_file()


def has_pip() -> bool:
    """Whether the Python in .venv starts and has pip."""
    return succeeds([str(PYTHON), "-m", "pip", "--version"])


def create() -> None:
    """Make .venv anew."""
    say(f"Making {VENV.name} with Python {sys.version.split()[0]} …")
    shutil.rmtree(VENV, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    if not succeeds(command):
        # Debian keeps this part of Python in a package of its own.
        install_packages("python3-venv")
        shutil.rmtree(VENV, ignore_errors=True)
        if not succeeds(command):
            sys.exit("Python cannot make an environment here. On Debian or Ubuntu: apt install python3-venv")


def pip(*arguments: str) -> None:
    """Run pip inside .venv, and once more if it fails, as a network may; end with its message if it fails again."""
    if not runs_pip(*arguments) and not runs_pip(*arguments):
        sys.exit(f"This did not work: pip {' '.join(arguments)}")


def runs_pip(*arguments: str) -> bool:
    """Run pip inside .venv; whether that worked."""
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    command = [str(PYTHON), "-m", "pip", "--quiet", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def can_install_packages() -> bool:
    """Whether this is a Debian or Ubuntu system on which we may install packages."""
    return bool(shutil.which("apt-get") and privilege())


def install_packages(*packages: str) -> bool:
    """Install packages of a Debian or Ubuntu system, where we may; whether that worked."""
    if not shutil.which("apt-get") or not (prefix := privilege()):
        return False
    say(f"Installing {', '.join(packages)} with apt-get …")
    apt = [*prefix, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    # A machine that was just started may be renewing itself; and one list out of reach need not be the one we need.
    patient = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    manages([*apt, *patient, "update"])
    return manages([*apt, *patient, "install", "-y", "--no-install-recommends", *packages])


def privilege() -> list[str] | None:
    """What a command of the system's administrator begins with, or None where we may not run one."""
    if os.name == "posix" and os.geteuid() == 0:
        return ["env"]
    return ["sudo", "-n", "env"] if shutil.which("sudo") and succeeds(["sudo", "-n", "true"]) else None


def manages(command: list[str]) -> bool:
    """Run a command, and once more if it fails, as a network may; whether it ended well, and what it said if not."""
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.returncode:
            return True
    say(f"This did not work: {' '.join(command)}\n{(done.stdout + done.stderr).strip()[-2000:]}")
    return False


def succeeds(command: list[str]) -> bool:
    """Run a command without showing what it says; whether it ended well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def finish(main: Callable[[], int]) -> None:
    """Run a script to its end, or until somebody interrupts it."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)


def say(text: str) -> None:
    """Tell whoever waits what is going on."""
    print(text, file=sys.stderr, flush=True)
