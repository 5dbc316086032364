"""The forms show what the spec's models and the tables hold, and keep what was typed."""

from app.engine.optim import OPTIMIZERS
from app.nn.layers.kinds import LAYERS
from app.nn.spec import LayersSpec
from app.pages.building.fields import Mistake, default_text
from app.pages.building.forms import expression_form, network_form
from tests.pages.building.typed import NETWORK as TYPED

LAYER = {"units": "3", "activation": "relu", "bias": "false"}


def test_every_field_has_its_label_from_the_model():
    form = network_form({}, [])
    fields = LayersSpec.model_fields
    assert (form.inputs.label, form.seed.label, form.batch_size.label) == tuple(
        fields[key].title for key in ("inputs", "seed", "batch_size")
    )


def test_a_layer_has_the_fields_of_its_model():
    form = network_form({}, [LAYER])
    assert [field.name for field in form.layers[0]] == [
        f"/layers/0/{key}" for key in LAYERS["dense"].model_fields if key != "kind"
    ]
    assert [field.value for field in form.layers[0]][:3] == ["3", "relu", "false"]
    assert [field.kind for field in form.layers[0]][:3] == ["number", "choice", "switch"]


def test_every_optimizer_shows_its_settings_with_their_defaults():
    choices = network_form({}, []).optimizers
    assert [choice.value for choice in choices] == list(OPTIMIZERS)
    adam = {field.name: field.value for choice in choices if choice.value == "adam" for field in choice.fields}
    assert adam["/optimizer/adam/beta2"] == "0.999" and adam["/optimizer/adam/epsilon"] == "1e-08"


def test_what_was_typed_for_an_optimizer_that_is_not_chosen_is_kept():
    typed = {"/optimizer/kind": "sgd", "/optimizer/adam/beta1": "0.5"}
    adam = next(choice for choice in network_form(typed, []).optimizers if choice.value == "adam")
    assert not adam.is_chosen
    assert [field.value for field in adam.fields if field.name.endswith("beta1")] == ["0.5"]


def test_an_emptied_field_stays_empty():
    assert network_form({"/seed": ""}, []).seed.value == ""


def test_a_mistake_stands_at_its_field_or_else_above_the_form():
    at_field = network_form({}, [LAYER], Mistake("too few", "/layers/0/units"))
    assert at_field.layers[0][0].error == "too few" and at_field.mistake is None
    above = network_form({}, [LAYER], Mistake("no"))
    assert above.mistake == "no" and above.layers[0][0].error is None


def test_a_form_finds_its_fields_by_name():
    form = network_form(TYPED, [LAYER])
    for name in ("/inputs", "/layers/0/bias", "/data/rows", "/data/samples", "/optimizer/rmsprop/alpha"):
        assert form.field(name).name == name
    assert form.field("/nothing") is None and form.field(None) is None


def test_the_same_field_of_two_forms_has_two_ids():
    ids = [form.optimizers[0].fields[0].id for form in (network_form({}, []), expression_form({}, ""))]
    assert ids == ["network-optimizer-sgd-learning_rate", "expression-optimizer-sgd-learning_rate"]


def test_a_default_is_shown_as_a_person_would_type_it():
    defaults = [default_text(LayersSpec.model_fields[key]) for key in ("initializer", "seed", "batch_size", "inputs")]
    assert defaults == ["xavier_uniform", "0", "", ""]


def test_the_expression_form_begins_with_its_example():
    assert expression_form({}, "a = 1").source.value == "a = 1"
    assert expression_form({"/source": "b = 2"}, "a = 1").source.value == "b = 2"
