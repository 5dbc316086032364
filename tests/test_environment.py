"""What is brought along for the two commands of the README, over a network that may fail for a moment."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "environment.py"
FAILS_AT_FIRST = """
import pathlib, sys
tried = pathlib.Path(sys.argv[1])
if not tried.exists():
    tried.touch()
    sys.exit(1)
"""


@pytest.fixture
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_fails_once_is_tried_again(environment: ModuleType, tmp_path: Path, capsys) -> None:
    assert environment.manages([sys.executable, "-c", FAILS_AT_FIRST, str(tmp_path / "tried")])
    assert capsys.readouterr().err == ""


def test_what_fails_again_is_said_with_its_own_words(environment: ModuleType, capsys) -> None:
    assert not environment.manages([sys.executable, "-c", "import sys; sys.exit('no route to the mirror')"])
    said = capsys.readouterr().err
    assert said.startswith(f"This did not work: {sys.executable}") and "no route to the mirror" in said


def test_pip_is_tried_twice_and_then_ends_the_command(environment: ModuleType, monkeypatch) -> None:
    answers = iter([False, True, False, False])
    monkeypatch.setattr(environment, "runs_pip", lambda *arguments: next(answers))
    environment.pip("install", "one")
    with pytest.raises(SystemExit, match="pip install another"):
        environment.pip("install", "another")


def test_packages_are_installed_although_a_list_could_not_be_renewed(environment: ModuleType, monkeypatch) -> None:
    ran = []
    monkeypatch.setattr(environment, "privilege", lambda: ["env"])
    monkeypatch.setattr(environment.shutil, "which", lambda name: name)
    monkeypatch.setattr(environment, "manages", lambda command: ran.append(command) or "install" in command)
    assert environment.install_packages("chromium")
    assert ["update" in command for command in ran] == [True, False] and ran[1][-1] == "chromium"


def test_stress_on_tests_that_are_not_there_says_so(environment: ModuleType, monkeypatch) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    stress = importlib.import_module("stress")
    monkeypatch.setattr(stress.environment, "PYTHON", sys.executable)
    with pytest.raises(SystemExit, match="no_such_file"):
        stress.found(["tests/no_such_file.py"], is_singly=False)


@pytest.mark.parametrize("may", [True, False])
def test_what_will_be_installed_is_said_before_anything_is(
    environment: ModuleType, monkeypatch, capsys, may: bool
) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    spec = importlib.util.spec_from_file_location("the_tests_command", SCRIPT.with_name("test.py"))
    command = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(command)
    said: list[str] = []

    def prepare(lock: str) -> None:
        said.append(capsys.readouterr().err)
        raise InterruptedError

    for name, is_there in (("has_chinese_font", True), ("chromium", None), ("has_latex", False)):
        monkeypatch.setattr(command, name, lambda is_there=is_there: is_there)
    monkeypatch.setattr(command.environment, "can_install_packages", lambda: may)
    monkeypatch.setattr(command.environment, "prepare", prepare)
    with pytest.raises(InterruptedError):
        command.main()
    assert "PyTorch" in said[0] and "chromium, texlive-xetex" in said[0] and "fonts" not in said[0]
    assert ("with apt-get: chromium" in said[0]) is may
