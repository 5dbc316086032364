"""Specs are checked strictly: each mistake is refused with a pointer to it, what was expected and what came."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.engine.optim import OPTIMIZERS
from app.errors import ChainruleError, Invalid, TooLarge
from app.nn.fields import validate
from app.nn.layers.dense import Dense
from app.nn.limits import Limits
from app.nn.presets import PRESETS
from app.nn.problem import Problem, build
from app.nn.spec import SPECS, LayersSpec, SpecDocument, parse_spec

DENSE = {"kind": "dense", "units": 2, "activation": "sigmoid"}
NETWORK: dict[str, Any] = {
    "kind": "layers",
    "inputs": 2,
    "layers": [DENSE, {"kind": "dense", "units": 2}],
    "loss": "half_squared_error",
    "data": {"x": [[0.05, 0.10], [0.3, 0.4]], "y": [[0.01, 0.99], [0.5, 0.5]]},
}


def made(document: Any, limits: Limits | None = None) -> Problem:
    return build(parse_spec(document, limits), limits)


def refused(document: Any, limits: Limits | None = None) -> ChainruleError:
    with pytest.raises(ChainruleError) as caught:
        made(document, limits)
    assert str(caught.value)
    return caught.value


def network(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**NETWORK, **changes}.items() if value is not ...}


def layer(**changes: Any) -> list[dict[str, Any]]:
    return [DENSE, {key: value for key, value in {**DENSE, **changes}.items() if value is not ...}]


def rows(x: Any = None, y: Any = None) -> dict[str, Any]:
    return {"x": x or NETWORK["data"]["x"], "y": y or NETWORK["data"]["y"]}


def test_the_network_of_the_contract_is_accepted() -> None:
    assert made(NETWORK).title == "2 → 2 → 2"


BAD: list[tuple[Any, str, str]] = [
    # whole documents
    ([], "", "Expected an object, got an empty list"),
    (None, "", "got null"),
    ("mazur", "", 'got "mazur"'),
    ({}, "/kind", "kind is missing"),
    ({"kind": 3}, "/kind", "preset, expression, layers, got 3"),
    ({"kind": "layer"}, "/kind", "Nearest: layers"),
    ({"kind": ["layers"]}, "/kind", "got a list"),
    ({"kind": "preset"}, "/name", "name is missing"),
    ({"kind": "preset", "name": 3}, "/name", "Expected a text, got 3"),
    ({"kind": "preset", "name": "mazu"}, "/name", "Nearest: mazur"),
    ({"kind": "preset", "name": "qqq"}, "/name", "no preset qqq"),
    ({"kind": "preset", "name": "mazur", "seed": 1}, "/seed", "Unknown key seed"),
    ({"kind": "expression"}, "/source", "source is missing"),
    ({"kind": "expression", "source": ["a = 1"]}, "/source", "Expected a text, got a list"),
    ({"kind": "expression", "source": "a = 1\nb = a * a", "optimiser": {}}, "/optimiser", "Nearest: optimizer"),
    # keys
    (network(loss=...), "/loss", "loss is missing"),
    (network(inputs=...), "/inputs", "inputs is missing"),
    (network(layers=...), "/layers", "layers is missing"),
    (network(data=...), "/data", "data is missing"),
    (network(colour=1), "/colour", "Unknown key colour; known are kind, inputs"),
    (network(**{"a/b~c": 1}), "/a~1b~0c", "Unknown key a/b~c"),
    (network(**{"tag:x": 1}), "/tag:x", "Unknown key tag:x"),
    # numbers
    (network(inputs=0), "/inputs", "1 or more, got 0"),
    (network(inputs=2.0), "/inputs", "Expected an integer, got 2.0"),
    (network(inputs="2"), "/inputs", 'Expected an integer, got "2"'),
    (network(inputs=True), "/inputs", "Expected an integer, got true"),
    (network(inputs=10**30), "/inputs", "or less"),
    (network(inputs=3), "/data/x", "(batch, 3), got one of shape (2, 2)"),
    (network(seed=-1), "/seed", "0 or more, got -1"),
    (network(seed=1.5), "/seed", "Expected an integer, got 1.5"),
    (network(batch_size=0), "/batch_size", "1 or more"),
    (network(batch_size="all"), "/batch_size", "Expected an integer"),
    # layers
    (network(layers=[]), "/layers", "at least 1"),
    (network(layers={}), "/layers", "Expected a list, got an object"),
    (network(layers=[3]), "/layers/0", "Expected an object, got 3"),
    (network(layers=layer(units=0)), "/layers/1/units", "1 or more, got 0"),
    (network(layers=layer(units=-2)), "/layers/1/units", "1 or more, got -2"),
    (network(layers=layer(units=...)), "/layers/1/units", "units is missing"),
    (network(layers=layer(units="2")), "/layers/1/units", 'got "2"'),
    (network(layers=layer(units=None)), "/layers/1/units", "got null"),
    (network(layers=layer(unit=3)), "/layers/1/unit", "Nearest: units"),
    (network(layers=layer(kind="conv")), "/layers/1/kind", "one of dense, got conv"),
    (network(layers=layer(kind=3)), "/layers/1/kind", "got 3"),
    (network(layers=layer(activation="relux")), "/layers/1/activation", "Nearest: relu"),
    (network(layers=layer(activation=None)), "/layers/1/activation", "got null"),
    (network(layers=layer(bias=1)), "/layers/1/bias", "true or false, got 1"),
    (network(layers=layer(units=3)), "/data/y", "(2, 3), got one of shape (2, 2)"),
    # losses and targets
    (network(loss="half_squared_eror"), "/loss", "Nearest: half_squared_error"),
    (network(loss="sum"), "/loss", "Expected one of half_squared_error"),
    (network(loss=None), "/loss", "got null"),
    (network(loss="hinge"), "/data/y/0/0", "a label, 1 or -1, got 0.01"),
    (network(loss="binary_cross_entropy", data=rows(y=[[0, 1], [1, 1.5]])), "/data/y/1/1", "from 0 to 1, got 1.5"),
    (network(loss="binary_cross_entropy_with_logits", data=rows(y=[[0, -1], [1, 1]])), "/data/y/0/1", "got -1.0"),
    (network(loss="cross_entropy", data=rows(y=[1, 2])), "/data/y/1", "an integer from 0 to 1, got 2.0"),
    (network(loss="cross_entropy", data=rows(y=[1, -1])), "/data/y/1", "got -1.0"),
    (network(loss="cross_entropy", data=rows(y=[0.5, 1])), "/data/y/0", "got 0.5"),
    (network(loss="cross_entropy", data=rows(y=[[0, 1], [1, 1]])), "/data/y/1", "one-hot"),
    (network(loss="cross_entropy", data=rows(y=[[0, 1], [0.5, 0.5]])), "/data/y/1", "one-hot"),
    (network(loss="cross_entropy", data=rows(y=[0, 1, 1])), "/data/y", "(2, 2) / (2,), got one of shape (3,)"),
    # data
    (network(data=3), "/data", "Expected an object, got 3"),
    (network(data={}), "/data/x", "x is missing"),
    (network(data={"x": [[1, 2]]}), "/data/y", "y is missing"),
    (network(data={**rows(), "z": []}), "/data/z", "Unknown key z; known are x, y"),
    (network(data=rows(x=[[1, 2], [3]])), "/data/x/1", "equally long"),
    (network(data=rows(x=[[1, 2], [3, "4"]])), "/data/x/1/1", 'Expected a number, got "4"'),
    (network(data=rows(x=[[1, 2], [3, None]])), "/data/x/1/1", "got null"),
    (network(data=rows(x=[[1, 2], [3, True]])), "/data/x/1/1", "got true"),
    (network(data=rows(x=[[1, 2], [3, float("nan")]])), "/data/x/1/1", "finite number, got NaN"),
    (network(data=rows(x=[[1, 2], [3, float("inf")]])), "/data/x/1/1", "finite number, got Infinity"),
    (network(data=rows(x=[[1, 2], [3, "NaN"]])), "/data/x/1/1", 'got "NaN"'),
    (network(data=rows(x=[1, 2])), "/data/x", "(batch, 2), got one of shape (2,)"),
    (network(data=rows(x="1 2")), "/data/x", 'got "1 2"'),
    (network(data=rows(y=[[1, 2]])), "/data/y", "(2, 2), got one of shape (1, 2)"),
    (network(data=rows(y=[1, 2])), "/data/y", "(2, 2), got one of shape (2,)"),
    (network(data={"dataset": "spirl"}), "/data/dataset", "Nearest: spiral"),
    (network(data={"dataset": 3}), "/data/dataset", "got 3"),
    (network(data={"dataset": "xor", "samples": 0}), "/data/samples", "1 or more"),
    (network(data={"dataset": "xor", "noise": -0.1}), "/data/noise", "0 or more, got -0.1"),
    (network(data={"dataset": "xor", "noise": "0.1"}), "/data/noise", 'got "0.1"'),
    (network(data={"dataset": "xor", "noise": float("nan")}), "/data/noise", "finite"),
    (network(data={"dataset": "xor", "test_fraction": 1.0}), "/data/test_fraction", "less than 1"),
    (network(data={"dataset": "xor", "x": [[1]]}), "/data/x", "Unknown key x"),
    (network(data={"dataset": "xor"}, inputs=3), "/inputs", "2 inputs (x₁, x₂); the network takes 3"),
    (network(data={"dataset": "xor"}, layers=layer(units=3)), "/layers/1/units", "1 or 2 units"),
    (network(data={"dataset": "xor"}, layers=layer(units=1), loss="cross_entropy"), "/layers/1/units", "at least 2"),
    # parameters
    (network(parameters=[]), "/parameters", "Expected an object, got an empty list"),
    (network(parameters={"w1": [[1]]}), "/parameters/w1", "Nearest: W1"),
    (network(parameters={"a/b~": 1}), "/parameters/a~1b~0", "no parameter a/b~"),
    (network(parameters={"z1": [[1]]}), "/parameters/z1", "no parameter z1"),
    (network(parameters={"W1": [[1, 2]]}), "/parameters/W1", "(2, 2), got one of shape (1, 2)"),
    (network(parameters={"b1": 1}), "/parameters/b1", "(2,), got one of shape ()"),
    (network(parameters={"W1": [[1, 2], [3, "x"]]}), "/parameters/W1/1/1", 'got "x"'),
    (network(frozen="b1"), "/frozen", 'Expected a list, got "b1"'),
    (network(frozen=["b1", "B2"]), "/frozen/1", "no parameter B2. Nearest: b2"),
    (network(frozen=[1]), "/frozen/0", "Expected a text, got 1"),
    (network(initializer="he"), "/initializer", "Nearest: he_"),
    # optimizers
    (network(optimizer="sgd"), "/optimizer", 'Expected an object, got "sgd"'),
    (network(optimizer={"kind": "adm"}), "/optimizer/kind", "Nearest: adam"),
    (network(optimizer={"kind": None}), "/optimizer/kind", "got null"),
    (network(optimizer={"kind": "sgd", "learning_rate": -1}), "/optimizer/learning_rate", "0 or more, got -1"),
    (network(optimizer={"kind": "sgd", "learning_rate": "0.1"}), "/optimizer/learning_rate", 'got "0.1"'),
    (network(optimizer={"kind": "sgd", "learning_rate": True}), "/optimizer/learning_rate", "got true"),
    (network(optimizer={"kind": "sgd", "learning_rate": float("nan")}), "/optimizer/learning_rate", "finite"),
    (network(optimizer={"kind": "sgd", "rate": 1}), "/optimizer/rate", "Nearest: learning_rate"),
    (network(optimizer={"kind": "sgd", "beta1": 0.9}), "/optimizer/beta1", "known are kind, learning_rate, momentum"),
    (network(optimizer={"kind": "adam", "beta1": 1}), "/optimizer/beta1", "less than 1"),
    (network(optimizer={"kind": "adamw", "weight_decay": -1}), "/optimizer/weight_decay", "0 or more"),
    (network(optimizer={"kind": "sgd", "nesterov": 1}), "/optimizer/nesterov", "true or false"),
    (network(optimizer={"kind": "sgd", "nesterov": True}), "/optimizer/nesterov", "needs a momentum"),
    (network(update_order="sequentially"), "/update_order", "Nearest: sequential"),
    (network(update_order=None), "/update_order", "one of simultaneous, sequential, got null"),
    (network(optimizer={"update_order": "last"}), "/optimizer/update_order", "one of simultaneous, sequential"),
    (
        network(update_order="sequential", optimizer={"update_order": "simultaneous"}),
        "/update_order",
        "expected the same here, got sequential",
    ),
]


@pytest.mark.parametrize(("document", "pointer", "said"), BAD, ids=range(len(BAD)))
def test_a_mistake_is_refused_where_it_is(document: Any, pointer: str, said: str) -> None:
    before = copy.deepcopy(document)
    error = refused(document)
    assert isinstance(error, Invalid)
    assert error.pointer == pointer
    assert said in str(error)
    assert repr(document) == repr(before)


@pytest.mark.parametrize(
    ("document", "limits", "setting", "pointer"),
    [
        (network(layers=layer(units=10**6)), Limits(), "CHAINRULE_MAX_ELEMENTS", None),
        (network(layers=[{"kind": "dense", "units": 10**12}, DENSE]), Limits(), "MAX_ELEMENTS", "/layers/0"),
        (network(data={"dataset": "xor", "samples": 10**12}), Limits(), "MAX_ELEMENTS", "/data/samples"),
        (network(), Limits(max_nodes=5), "CHAINRULE_MAX_NODES", "/layers/1"),
        (network(), Limits(max_total_elements=10), "CHAINRULE_MAX_TOTAL_ELEMENTS", "/layers/0"),
        (network(), Limits(max_elements=3), "CHAINRULE_MAX_ELEMENTS", "/data/x"),
    ],
)
def test_a_network_that_is_too_large_is_refused_before_it_is_made(
    document: Any, limits: Limits, setting: str, pointer: str | None
) -> None:
    error = refused(document, limits)
    if pointer is not None:
        assert isinstance(error, TooLarge)
        assert setting in str(error) and error.fields["limit"].startswith("CHAINRULE_")
        assert error.pointer == pointer


def test_the_document_is_kept_as_it_was_given() -> None:
    assert parse_spec(NETWORK).document is NETWORK


def test_settings_that_are_not_said_are_the_rows_defaults() -> None:
    for kind, row in OPTIMIZERS.items():
        assert made(network(optimizer={"kind": kind})).optimizer == row()
    assert made(NETWORK).optimizer == OPTIMIZERS["sgd"](learning_rate=0.1)


EXPRESSION = {"kind": "expression", "source": "a = 2\nb = a * a"}


@pytest.mark.parametrize("document", [network(), EXPRESSION], ids=["layers", "expression"])
def test_the_order_of_updates_is_said_beside_the_optimizer_or_among_its_settings(document: dict) -> None:
    orders = [{}, {"update_order": "sequential"}, {"optimizer": {"kind": "adam", "update_order": "sequential"}}]
    both = {"update_order": "sequential", "optimizer": {"kind": "adam", "update_order": "sequential"}}
    found = [made({**document, **order}).optimizer for order in (*orders, both)]
    assert [optimizer.update_order for optimizer in found] == ["simultaneous", *["sequential"] * 3]
    assert found[2] == found[3] and found[1].kind == "sgd"


def test_the_description_for_programs_has_labels_bounds_and_examples_that_are_accepted() -> None:
    schema = TypeAdapter(SpecDocument).json_schema()
    dense = schema["$defs"]["Dense"]["properties"]
    assert dense["units"]["title"] == "units" and dense["units"]["minimum"] == 1
    assert json.loads(json.dumps(schema)) == schema
    examples = [example for model in SPECS.values() for example in model.model_config["json_schema_extra"]["examples"]]
    assert [made(example).graph.loss.shape for example in examples] == [()] * 4


def test_a_part_that_is_already_made_is_taken_as_it_is() -> None:
    dense = Dense(units=3)
    assert LayersSpec(**{**NETWORK, "layers": [dense]}).layers == [dense]


def test_what_is_no_object_is_no_part() -> None:
    with pytest.raises(Invalid, match="Expected an object, got 3"):
        validate(Dense, 3, "/layers/0")


KEYS = sorted({key for _, preset in PRESETS.items() for key in preset.spec})
LEAVES = st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=4) | st.sampled_from(KEYS)


def nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Lists and objects of such values."""
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, "x"]), inner, max_size=3)


VALUES = st.recursive(LEAVES, nested, max_leaves=8)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_of_a_good_spec_breaks_anything(data: st.DataObject) -> None:
    document = copy.deepcopy(PRESETS[data.draw(st.sampled_from(["mazur", "colah", "nielsen-a"]))].spec)
    part: Any = document
    while data.draw(st.booleans()):
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys or not isinstance(inner := part[data.draw(st.sampled_from(keys))], dict | list):
            break
        part = inner
    key = data.draw(st.sampled_from([*(part if isinstance(part, dict) else range(len(part))), "new"]))
    if isinstance(part, dict) or (part and key != "new"):
        part[key] = data.draw(VALUES)
    try:
        made(document)
    except ChainruleError as refusal:
        assert str(refusal)
