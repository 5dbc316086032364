"""What is packed and installed holds everything the program needs, and the browser libraries come by the build."""

import shutil
import tarfile
import warnings
import zipfile
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(hatch_build.__file__).parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the lock file of the browser libraries and the libraries as the build put them."""
    for name in hatch_build.NPM_FILES:
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "static" / "vendor", tmp_path / "static" / "vendor")
    return tmp_path


def hook(root: Path) -> hatch_build.BrowserLibraries:
    return hatch_build.BrowserLibraries(str(root), {}, None, None, str(root), "wheel")


def without_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build.shutil, "which", lambda name: None)


def test_the_libraries_in_place_belong_to_the_lock_file(project: Path) -> None:
    assert hatch_build.is_complete(project)


def test_a_missing_library_is_noticed(project: Path) -> None:
    (project / "static" / "vendor" / "htmx.min.js").unlink()
    assert not hatch_build.is_complete(project)


def test_another_lock_file_makes_the_build_fetch_again(project: Path) -> None:
    lock = project / "package-lock.json"
    lock.write_text(lock.read_text().replace("4.0.1", "4.0.2"))
    assert not hatch_build.is_complete(project)


def test_a_build_with_everything_in_place_needs_no_npm(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_npm(monkeypatch)
    monkeypatch.setattr(hatch_build, "install", pytest.fail)
    assert hook(project).dependencies() == []
    hook(project).initialize("standard", {})


def test_a_build_without_npm_asks_for_one_only_when_there_is_work_for_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "static" / "vendor" / "stamp.txt").unlink()
    monkeypatch.setattr(hatch_build.shutil, "which", lambda name: "/somewhere/npm")
    assert hook(project).dependencies() == []
    without_npm(monkeypatch)
    assert hook(project).dependencies() == [hatch_build.NPM_WHEEL]


def test_libraries_are_replaced_as_a_whole(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "static" / "vendor" / "left-over.js").write_text("old")
    (project / "static" / "vendor" / "htmx.min.js").write_text("old")

    def npm(arguments: list[str], folder: Path) -> None:
        assert arguments[:2] == ["ci", "--ignore-scripts"]
        for source in hatch_build.VENDOR.values():
            file = folder / "node_modules" / source
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("new")

    monkeypatch.setattr(hatch_build, "run_npm", npm)
    hatch_build.install(project)
    vendor = project / "static" / "vendor"
    assert {path.name for path in vendor.iterdir()} == {*hatch_build.VENDOR, "stamp.txt"}
    assert (vendor / "htmx.min.js").read_text() == "new"
    assert [path.name for path in (project / "static").iterdir()] == ["vendor"]


def test_a_failing_npm_leaves_what_was_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def npm(arguments: list[str], folder: Path) -> None:
        raise RuntimeError("no network")

    monkeypatch.setattr(hatch_build, "run_npm", npm)
    with pytest.raises(RuntimeError, match="no network"):
        hatch_build.install(project)
    assert hatch_build.is_complete(project)


def needed() -> set[str]:
    """Every file that the program reads while it runs, as paths inside the package."""
    found = {path for path in (ROOT / "app").rglob("*") if path.suffix in (".py", ".po")}
    inside = {path.relative_to(ROOT).as_posix() for path in found}
    beside = {path for folder in ("templates", "static") for path in (ROOT / folder).rglob("*") if path.is_file()}
    return inside | {f"app/{path.relative_to(ROOT).as_posix()}" for path in beside}


def test_a_wheel_holds_everything_the_program_reads(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert needed() - names == set()
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"app"}


def test_a_source_archive_can_be_built_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hatchling.builders.sdist import SdistBuilder

    archive = next(SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    with tarfile.open(archive) as packed, warnings.catch_warnings():
        # Python 3.12 and 3.13 warn that the default of `filter` will change.
        warnings.simplefilter("ignore", DeprecationWarning)
        packed.extractall(tmp_path)
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())
    without_npm(monkeypatch)
    assert hook(unpacked).dependencies() == []
    assert not any(".venv" in path.parts or "node_modules" in path.parts for path in unpacked.rglob("*"))
