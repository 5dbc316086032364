"""Exported code is run: NumPy's and PyTorch's scripts compute the session's losses and go on with its very run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.errors import Invalid
from app.export.numpy_code import numpy_code
from app.export.pytorch_code import pytorch_code
from app.nn.evaluation import Evaluator
from app.session.departure import Departure
from app.session.service import Sessions
from app.session.sqlite import SQLiteStore
from tests.export.running import run
from tests.export.specs import EXPRESSIONS, NETS, SEQUENTIAL

BEGUN, MORE = (0, 7), 5
CLOSE = 1e-12
ALL = NETS | EXPRESSIONS | {"sequential": SEQUENTIAL}


@dataclass(frozen=True)
class Known:
    """A session at a moment: what it departs with, its loss on the training rows, and its next losses."""

    title: str
    departure: Departure
    loss: float
    losses: np.ndarray


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Known]]:
    store = SQLiteStore(tmp_path_factory.mktemp("store") / "sessions.db")
    sessions = Sessions(store)
    yield {f"{name} at {begun}": stood(sessions, spec, begun) for name, spec in ALL.items() for begun in BEGUN}
    store.close()


def stood(sessions: Sessions, spec: Mapping, begun: int) -> Known:
    picture = sessions.create(spec)
    if begun:
        picture = sessions.step(picture.id, begun)
    departure = sessions.departure(picture.id)
    losses = sessions.step(picture.id, MORE).losses[begun:]
    if departure.problem.training is None:
        return Known(picture.title, departure, float(losses[0]), losses)
    score = Evaluator(departure.problem).score(departure.parameters, departure.problem.training)
    return Known(picture.title, departure, score.loss, losses)


@pytest.fixture(scope="module")
def numpys(known: dict[str, Known], tmp_path_factory: pytest.TempPathFactory) -> dict:
    scripts = {name: numpy_code(one.title, one.departure) for name, one in known.items()}
    return run(scripts, tmp_path_factory.mktemp("numpy"), MORE)


@pytest.fixture(scope="module")
def torches(known: dict[str, Known], tmp_path_factory: pytest.TempPathFactory) -> dict:
    scripts = {
        name: pytorch_code(one.title, one.departure)
        for name, one in known.items()
        if name.rpartition(" at ")[0] in NETS
    }
    return run(scripts, tmp_path_factory.mktemp("torch"), MORE)


def agrees(found: tuple[float, list[float]], known: Known) -> None:
    loss, losses = found
    assert loss == pytest.approx(known.loss, rel=CLOSE, abs=CLOSE)
    assert losses == pytest.approx(known.losses.tolist(), rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.parametrize("name", ALL)
def test_numpy_code_goes_on_with_the_very_run(known: dict[str, Known], numpys: dict, name: str, begun: int) -> None:
    agrees(numpys[f"{name} at {begun}"], known[f"{name} at {begun}"])


@pytest.mark.parametrize("begun", BEGUN)
@pytest.mark.parametrize("name", NETS)
def test_pytorch_code_goes_on_with_the_very_run(known: dict[str, Known], torches: dict, name: str, begun: int) -> None:
    agrees(torches[f"{name} at {begun}"], known[f"{name} at {begun}"])


def test_pytorch_has_no_optimizer_that_moves_one_parameter_after_the_other(known: dict[str, Known]) -> None:
    with pytest.raises(Invalid, match="one after the other"):
        pytorch_code("", known["sequential at 0"].departure)


def test_an_expression_is_no_pytorch_module(known: dict[str, Known]) -> None:
    with pytest.raises(Invalid, match="expression"):
        pytorch_code("", known["scalars at 0"].departure)


def test_rows_that_were_edited_are_exported_as_they_are(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "sessions.db")
    sessions = Sessions(store)
    spec = NETS["spiral with features, standardized"]
    id = sessions.create({**spec, "batch_size": None}).id
    sessions.edit_node(id, "x", 0.25, (0, 0))
    departure = sessions.departure(id)
    script = numpy_code("", departure)
    found = run({"edited": script}, tmp_path, 2)
    assert found["edited"][1] == sessions.step(id, 2).losses.tolist()
    store.close()


@pytest.mark.parametrize("name", [*NETS, *EXPRESSIONS])
def test_a_script_names_what_it_computes(known: dict[str, Known], name: str) -> None:
    one = known[f"{name} at 0"]
    script = numpy_code(one.title, one.departure)
    compile(script, "script", "exec")
    ops = [node for node in one.departure.problem.graph.nodes if node.kind == "op"]
    assert all(f"{node.op}(" in script for node in ops)
    assert all(f'"{id}"' in script for id in one.departure.parameters)


def test_a_title_cannot_end_the_docstring(known: dict[str, Known]) -> None:
    script = numpy_code('a """ b \\', known["scalars at 0"].departure)
    compile(script, "script", "exec")
