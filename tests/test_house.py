"""The architecture, held: who may import whom, how long a function may be, and what is never committed."""

import ast
import re
import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "errors", "engine", "nn", "session", "training", "notation", "plots", "layout", "views", "export", "pages", "web",
    "settings", "main",
)  # fmt: skip
LONGEST_FUNCTION = 60
TEXT = {".py", ".md", ".toml", ".json", ".lock", ".html", ".css", ".js", ".svg", ".po", ".yml", ".txt", ""}
OUTSIDE_THE_CALCULUS = {
    "asyncio", "datetime", "fastapi", "io", "os", "pathlib", "random", "secrets", "socket", "sqlite3", "starlette",
    "subprocess", "sys", "tempfile", "threading", "time",
}  # fmt: skip


def committed() -> list[Path]:
    """Every file of the repository; in an unpacked archive, every file that is not made by running something."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    folders = ("app", "tests", "templates", "scripts", "static/css", "static/js")
    return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXT and path.is_file()]


def modules() -> dict[str, ast.Module]:
    """The modules of the program by their dotted names."""
    paths = sorted((ROOT / "app").rglob("*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths]
    return {
        name: ast.parse(path.read_text(encoding="utf-8"), str(path)) for name, path in zip(names, paths, strict=True)
    }


MODULES = modules()


def imported(tree: ast.AST) -> set[str]:
    """The dotted names that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def own_imports(name: str) -> set[str]:
    """The modules of the program that one of them imports."""
    return {other for other in imported(MODULES[name]) if other in MODULES and other not in (name, "app")}


def room(module: str) -> int:
    """How high in the house a module is."""
    return ROOMS.index(module.split(".")[1])


INSIDE = sorted(name for name in MODULES if name != "app")


@pytest.mark.parametrize("name", INSIDE)
def test_imports_point_downwards(name: str) -> None:
    assert {other for other in own_imports(name) if room(other) > room(name)} == set()


def test_no_module_imports_itself_by_a_detour() -> None:
    # `import package.module` runs the package too, but a package here holds nothing but its first line.
    graph = {name: own_imports(name) for name in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


@pytest.mark.parametrize("name", [name for name in INSIDE if name.startswith("app.engine.")])
def test_the_engine_knows_no_web_no_disk_no_clock_and_no_chance(name: str) -> None:
    assert {other.split(".")[0] for other in imported(MODULES[name])} & OUTSIDE_THE_CALCULUS == set()
    assert "numpy.random" not in imported(MODULES[name])


@pytest.mark.parametrize("name", INSIDE)
def test_no_function_is_too_long_to_be_read_at_once(name: str) -> None:
    functions = [node for node in ast.walk(MODULES[name]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: node.end_lineno - node.lineno + 1 for node in functions if node.end_lineno}
    assert {function: lines for function, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("name", INSIDE)
def test_every_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(MODULES[name])


def test_nothing_committed_names_this_machine_or_a_package_index() -> None:
    paths = [re.escape(f"{folder}/") for folder in (ROOT, Path.home()) if len(folder.parts) > 1]
    pattern = re.compile("|".join([*paths, r"https?://(registry|files|pypi|index|npm)\."]))
    texts = [path for path in committed() if path.suffix in TEXT]
    assert [str(path) for path in texts if pattern.search(path.read_text(encoding="utf-8", errors="replace"))] == []


def test_browser_libraries_are_built_and_not_committed() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in committed()}
    assert [name for name in names if "vendor/" in name or "node_modules/" in name or name.endswith(".woff2")] == []
    assert "static/vendor/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("lock", sorted(path.name for path in ROOT.glob("requirements*.lock")))
def test_every_locked_package_has_a_version_and_a_checksum(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in lines if not re.match(r"[a-z0-9.-]+==\S+.*--hash=sha256:", line)] == []


def test_what_the_checks_use_of_others_is_pinned_to_the_very_commit() -> None:
    """A tag can be moved by whoever has taken over an account; the comment says which version the commit is."""
    used = re.findall(r"uses: *(.*)", "".join(path.read_text() for path in (ROOT / ".github").rglob("*.yml")))
    assert used and [one for one in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", one)] == []


def records() -> dict[str, dict[str, int]]:
    """How many fields each record of a module has, by its name."""
    found: dict[str, dict[str, int]] = {}
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(one) for one in node.decorator_list):
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
                found.setdefault(name, {})[node.name] = len(fields)
    return found


RECORDS = records()


@pytest.mark.parametrize("name", INSIDE)
def test_a_record_of_more_than_five_fields_is_made_by_their_names(name: str) -> None:
    known = dict(RECORDS.get(name, {}))
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.ImportFrom) and node.module in RECORDS:
            made = RECORDS[node.module]
            known |= {alias.asname or alias.name: made[alias.name] for alias in node.names if alias.name in made}
    calls = [node for node in ast.walk(MODULES[name]) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    # A part that comes as a row of its own, `*shape`, has no names.
    named = [node for node in calls if node.func.id in known and not any(isinstance(x, ast.Starred) for x in node.args)]
    assert [node.lineno for node in named if len(node.args) > 5] == []
