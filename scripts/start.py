"""Start Chainrule: `python3 scripts/start.py`, then open http://127.0.0.1:8000 in a browser. Ctrl-C stops it.

The first start installs everything into .venv; later ones begin at once. Arguments go to uvicorn: `--port 9000`.
"""

import argparse
import os
import subprocess

import environment


def main() -> int:
    """Prepare the environment and become the server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", default="8000", help="the port to listen on")
    chosen, others = parser.parse_known_args()
    environment.prepare("requirements.lock")
    server = ["-m", "uvicorn", "app.main:app", "--app-dir", str(environment.ROOT)]
    address = ["--host", chosen.host, "--port", chosen.port]
    # A page whose answer streams would otherwise hold up the end.
    patience = ["--timeout-graceful-shutdown", "5", "--http", "app.web.connections:Hurried"]
    environment.say(f"Chainrule is at http://{chosen.host}:{chosen.port} (Ctrl-C stops it)")
    return become([str(environment.PYTHON), *server, *address, *patience, *others])


def become(command: list[str]) -> int:
    """Turn into another program, so that signals reach it; on Windows wait for it instead."""
    if os.name == "posix":
        os.execv(command[0], command)
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    environment.finish(main)
