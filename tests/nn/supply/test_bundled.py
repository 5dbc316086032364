"""Measured data are read from scikit-learn's files, without the library; missing ones are named."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from app.errors import Invalid
from app.nn.presets import PRESETS
from app.nn.problem import build
from app.nn.spec import parse_spec
from app.nn.supply import bundled
from app.nn.supply.datasets import DATASETS

NETWORK = {
    "kind": "layers",
    "inputs": 4,
    "layers": [{"units": 3}],
    "loss": "cross_entropy",
    "data": {"dataset": "iris"},
}


def test_digits_are_pictures_of_ten_classes() -> None:
    x, targets = bundled.digits()
    assert x.shape == (1797, 64) and (x.min(), x.max()) == (0, 16)
    assert np.bincount(targets.astype(int)).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    picture = x[0].reshape(DATASETS["digits"].image)
    assert picture[3].tolist() == [0, 4, 12, 0, 0, 8, 8, 0] and targets[0] == 0


def test_irises_are_fifty_of_each_kind() -> None:
    x, targets = bundled.iris()
    assert x.shape == (150, 4) and np.bincount(targets.astype(int)).tolist() == [50, 50, 50]
    assert x[0].tolist() == [5.1, 3.5, 1.4, 0.2]


def test_the_library_itself_is_not_imported() -> None:
    build(parse_spec(NETWORK))
    assert "sklearn" not in sys.modules


def test_a_part_of_a_set_is_drawn_by_the_seed() -> None:
    first, again, other = (
        build(parse_spec({**NETWORK, "data": {"dataset": "iris", "samples": 30, "seed": seed}})) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.training.x, again.training.x)
    assert len(first.training) == 30 and not np.array_equal(first.training.x, other.training.x)


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "find_spec", lambda name: None)
    bundled.iris.cache_clear()
    with pytest.raises(Invalid, match=r"pip install 'chainrule\[datasets\]'") as caught:
        build(parse_spec(NETWORK))
    assert caught.value.pointer == "/data/dataset"
    assert [name for name, row in DATASETS.items() if not row.is_here] == ["digits", "iris"]
    assert [name for name, preset in PRESETS.items() if not preset.is_here] == ["digits-classifier", "iris-classifier"]


def test_the_files_alone_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "datasets" / "data" / bundled.IRIS
    file.parent.mkdir(parents=True)
    file.write_text("1,4,setosa\n1.5,2.5,3.5,4.5,0\n2.5,2.5,3.5,4.5,1\n")
    spec = ModuleSpec("sklearn", None)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(bundled, "find_spec", lambda name: spec)
    x, targets = bundled.iris.__wrapped__()
    assert x.tolist() == [[1.5, 2.5, 3.5, 4.5], [2.5, 2.5, 3.5, 4.5]] and targets.tolist() == [0, 1]
