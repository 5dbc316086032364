"""The names that types write out are those of the tables: adding a row means adding its name beside it."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from app.engine.update_order import UPDATE_ORDERS, OrderName
from app.export.formats import FORMATS, FormatName
from app.nn.initializers import INITIALIZERS, InitializerName
from app.nn.layers.activations import ACTIVATIONS, ActivationName
from app.nn.losses import LOSSES, LossName
from app.nn.supply.datasets import DATASETS, DatasetName
from app.nn.supply.preparation import FEATURES, SCALES, FeatureName, ScaleName
from app.nn.supply.target_scale import TARGET_SCALES, TargetScaleName

WRITTEN_OUT = {
    "activation": (ActivationName, ACTIVATIONS),
    "data set": (DatasetName, DATASETS),
    "feature": (FeatureName, FEATURES),
    "form of an export": (FormatName, FORMATS),
    "initializer": (InitializerName, INITIALIZERS),
    "loss": (LossName, LOSSES),
    "order of updates": (OrderName, UPDATE_ORDERS),
    "scale of the inputs": (ScaleName, SCALES),
    "scale of the target": (TargetScaleName, TARGET_SCALES),
}


@pytest.mark.parametrize(("names", "table"), WRITTEN_OUT.values(), ids=WRITTEN_OUT)
def test_the_names_written_out_are_those_of_the_table(names: Any, table: Mapping[str, Any]) -> None:
    assert get_args(names) == tuple(table)
