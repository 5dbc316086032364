"""Check and test everything: `python3 scripts/test.py`. Arguments go to pytest, such as `tests/engine -k matmul`.

Installs what the tests need into .venv, finds a browser and LaTeX, or fetches them where it may, then runs ruff, mypy
and pytest.
"""

import os
import shutil
import subprocess
import sys

import environment

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
FONT = ("fonts-noto-cjk",)
BROWSER = ("chromium",)
LATEX = ("texlive-xetex", "texlive-latex-recommended", "texlive-lang-chinese", "lmodern")


def main() -> int:
    """Say what is installed, prepare, check, test; the first that fails ends it."""
    announce()
    environment.prepare("requirements-test.lock")
    environment.prepare_torch()
    python = str(environment.PYTHON)
    surroundings = dict(os.environ, **browser())
    require_latex()
    for command in (
        ["-m", "ruff", "check", "."],
        ["-m", "ruff", "format", "--check", "."],
        ["-m", "mypy"],
        ["-m", "pytest", "--numprocesses=auto", "--dist=loadfile", "--no-loadscope-reorder", *sys.argv[1:]],
    ):
        environment.say(f"{' '.join(command[1:])} …")
        if code := subprocess.run([python, *command], cwd=environment.ROOT, env=surroundings, check=False).returncode:
            return code
    return 0


def announce() -> None:
    """Say what is going to be installed, before anything is."""
    environment.say(
        f"Into {environment.VENV.name}, unless it is there: what requirements-test.lock names, and PyTorch (200 MB, or"
        " some GB where the package index has only the build for graphics cards)."
    )
    missing = [*(() if has_chinese_font() else FONT), *(() if chromium() else BROWSER), *(() if has_latex() else LATEX)]
    if missing and environment.can_install_packages():
        environment.say(f"On this system, with apt-get: {', '.join(missing)}. To prevent it, press Ctrl-C now.")
    elif missing:
        environment.say(f"Not on this system, and not to be installed by this command: {', '.join(missing)}.")
    if not chromium():
        environment.say("Where apt-get has no browser, Playwright downloads its Chromium (about 150 MB).")


def chromium() -> str | None:
    """The browser's program, as the environment names it or as it is found."""
    return os.environ.get("CHROMIUM") or find_browser()


def browser() -> dict[str, str]:
    """The variable that tells the tests where the browser is; nothing where Playwright brings its own."""
    if not has_chinese_font() and not environment.install_packages(*FONT):
        environment.say("No font with Chinese characters was found: screenshots will show boxes instead of them.")
    if found := chromium():
        return {"CHROMIUM": found}
    if environment.install_packages(*BROWSER) and (found := find_browser()):
        return {"CHROMIUM": found}
    if environment.manages([str(environment.PYTHON), "-m", "playwright", "install", "chromium"]):
        return {}
    sys.exit(
        "The tests need Chromium or Chrome and could not install one. Install it (Debian: apt install chromium),\n"
        "or set the environment variable CHROMIUM to its program."
    )


def require_latex() -> None:
    """End here unless documents can be compiled, the Chinese ones too."""
    if has_latex() or (environment.install_packages(*LATEX) and has_latex()):
        return
    sys.exit(
        "The tests compile LaTeX documents with pdflatex and xelatex, and could not install them. Install TeX Live\n"
        f"with its Chinese part (Debian: apt install {' '.join(LATEX)})."
    )


def has_latex() -> bool:
    """Whether both programs are here, and the class that sets Chinese."""
    is_there = all(map(shutil.which, ("pdflatex", "xelatex", "kpsewhich")))
    return is_there and environment.succeeds(["kpsewhich", "ctexart.cls"])


def find_browser() -> str | None:
    """The program of a browser of Chromium's family on this machine."""
    on_path = filter(None, map(shutil.which, BROWSERS))
    return next(on_path, None) or next(filter(os.path.isfile, APPLICATIONS), None)


def has_chinese_font() -> bool:
    """Whether Chinese text can be drawn; systems without fontconfig bring such a font along."""
    if not shutil.which("fc-list"):
        return sys.platform != "linux"
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False).stdout.strip())


if __name__ == "__main__":
    environment.finish(main)
