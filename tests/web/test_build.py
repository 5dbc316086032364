"""Building a network to train, as a browser asks for it: data sets by picture, tables of one's own, errors by line."""

import json
import re
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.nn.supply.datasets import DATASETS
from app.nn.supply.preparation import FEATURES
from app.web.building import start

HTML = {"accept": "text/html"}
HTMX = {"accept": "text/html", "hx-request": "true"}
SPIRAL = start() | {"/kind": "layers"}
ANIMALS = "身高;体重;种类\n24;4,1;猫\n25;3,9;猫\n52;21;狗\n60;26;狗\n"
TABLE = SPIRAL | {"/data/from": "csv", "/data/csv": ANIMALS, "/data/test_fraction": ""}
HERE = [name for name, row in DATASETS.items() if row.is_here]


def read(answer) -> str:
    """The words of a page without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the form: every named field that holds something."""
    form = re.search(r'<form[^>]*id="network-form".*?</form>', page, re.DOTALL)[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_off = (re.search(r'type="(radio|checkbox)"', tag) and " checked" not in tag) or " disabled" in tag
        if name and not is_off:
            found[name[1]] = unescape(value[1]) if value else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = re.search(r'value="([^"]*)" selected', options)[1]
    return found


def spec_of(api, answer) -> dict:
    """The spec of the session that an answer leads to."""
    assert answer.status_code == 303, read(answer)
    return api.get("/api" + answer.headers["location"].partition("?")[0]).json()["spec"]


def test_the_form_begins_with_a_spiral_and_a_network_that_learns_it(api):
    page = api.get("/build", headers=HTML)
    assert "2 → 8 → 8 → 1" in read(page)
    answer = api.post("/sessions", data=fields_of(page.text), headers=HTML)
    assert answer.headers["location"].endswith("?view=train")
    spec = spec_of(api, answer)
    assert spec["data"]["dataset"] == "spiral" and spec["inputs"] == 2
    assert [layer["units"] for layer in spec["layers"]] == [8, 8, 1]


@pytest.mark.parametrize("name", HERE)
def test_choosing_a_data_set_brings_a_network_that_fits_it(api, name):
    chosen = api.post("/build", data=SPIRAL | {"choose": name}, headers=HTML)
    assert re.search(r'<button[^>]*id="choose-([^"]*)"[^>]*aria-pressed="true"', chosen.text)[1] == name
    assert 'class="result-wrong"' not in chosen.text
    spec = spec_of(api, api.post("/sessions", data=fields_of(chosen.text), headers=HTML))
    assert spec["data"]["dataset"] == name and spec["inputs"] == len(DATASETS[name].columns)


def test_an_address_can_name_the_data(api):
    assert "4 → 8 → 3" in read(api.get("/build", params={"dataset": "iris"}, headers=HTML))
    assert "2 → 8 → 8 → 1" in read(api.get("/build", params={"dataset": "tulips"}, headers=HTML))
    assert fields_of(api.get("/build", params={"source": "csv"}, headers=HTML).text)["/data/from"] == "csv"


def test_an_unknown_data_set_is_refused_in_the_form(api):
    answer = api.post("/sessions", data=SPIRAL | {"/data/dataset": "tulips"}, headers=HTML)
    assert answer.status_code == 422 and "Expected one of spiral" in read(answer)


def test_the_number_of_inputs_follows_the_features(api):
    chosen = {
        f"/data/features/{number}": name for number, name in enumerate(FEATURES) if name in ("x1", "x1^2", "x1*x2")
    }
    spec = spec_of(api, api.post("/sessions", data=SPIRAL | chosen, headers=HTML))
    assert spec["inputs"] == 3 and spec["data"]["features"] == ["x1", "x1^2", "x1*x2"]
    again = api.post("/build", data=SPIRAL | chosen | {"add": "layer"}, headers=HTML)
    assert chosen.items() <= fields_of(again.text).items()


def test_features_that_the_next_data_set_cannot_have_are_dropped(api):
    chosen = api.post("/build", data=SPIRAL | {"/data/features/1": "x2", "choose": "sine"}, headers=HTML)
    assert spec_of(api, api.post("/sessions", data=fields_of(chosen.text), headers=HTML))["inputs"] == 1


def test_noise_is_kept_for_the_next_data_set_that_takes_it(api):
    digits = api.post("/build", data=SPIRAL | {"/data/noise": "0.25", "choose": "digits"}, headers=HTML)
    assert "noise" not in spec_of(api, api.post("/sessions", data=fields_of(digits.text), headers=HTML))["data"]
    moons = api.post("/build", data=fields_of(digits.text) | {"choose": "moons"}, headers=HTML)
    assert fields_of(moons.text)["/data/noise"] == "0.25"


def test_while_the_form_is_filled_in_the_pictures_follow(api):
    calm, noisy = (
        api.post("/build/check", data=SPIRAL | {"/data/noise": noise}, headers=HTMX).text for noise in ("0", "0.5")
    )
    for target in ("#data-gallery", "#data-figure", "#layer-inputs"):
        assert f'<hx-partial hx-target="{target}"' in calm
    thumbnail = r'id="choose-spiral".*?</button>'
    assert re.search(thumbnail, calm, re.DOTALL)[0] != re.search(thumbnail, noisy, re.DOTALL)[0]


def test_the_picture_of_the_data_stays_while_the_network_is_wrong(api):
    answer = api.post("/build/check", data=SPIRAL | {"/layers/0/units": "many"}, headers=HTMX)
    assert "Expected an integer" in read(answer) and 'class="data-counts"' in answer.text


def test_the_picture_says_how_many_rows_of_each_class_are_where(api):
    typed = SPIRAL | {"/data/validation_fraction": "0.1", "/data/test_fraction": "0.2"}
    words = read(api.post("/build/check", data=typed, headers=HTMX))
    assert "training validation test" in words and "rows 140 20 40" in words


def test_rows_held_out_are_marks_with_a_core(api):
    page = api.post("/build", data=SPIRAL, headers=HTML).text
    cores = re.findall(r'<path class="([\w-]+) core ', page)
    assert cores and set(cores) == {"data-marks"}


def test_a_pasted_table_is_read_with_roles_and_classes_as_words(api):
    page = api.post("/build", data=TABLE | {"read": "table"}, headers=HTML)
    words = read(page)
    assert "4 rows, separated by semicolons" in words and "Classes: 狗 2 猫 2" in words
    typed = fields_of(page.text)
    assert typed["/data/target"] == "2" and json.loads(typed["/data/columns"]) == ["身高", "体重", "种类"]
    assert (typed["/data/inputs/0"], typed["/data/inputs/1"]) == ("true", "true")
    spec = spec_of(api, api.post("/sessions", data=typed, headers=HTML))
    assert (spec["data"]["target"], spec["data"]["inputs"]) == ("种类", ["身高", "体重"])
    assert spec["data"]["csv"] == ANIMALS and spec["data"]["scale"] == "standardize"


def test_a_table_can_be_opened_without_being_read_first(api):
    spec = spec_of(api, api.post("/sessions", data=TABLE, headers=HTML))
    assert spec["data"]["target"] == "种类" and spec["inputs"] == 2


def test_a_table_that_was_never_read_gets_a_network_that_fits_it_all_the_same(api):
    typed = TABLE | {"/data/csv": ANIMALS + "90;300;马\n95;310;马\n"}
    spec = spec_of(api, api.post("/sessions", data=typed, headers=HTML))
    assert (spec["layers"][-1]["units"], spec["loss"]) == (3, "cross_entropy")
    assert "→ 3" in read(api.post("/build/check", data=typed, headers=HTMX))


def test_another_target_makes_it_another_task(api):
    typed = fields_of(api.post("/build", data=TABLE | {"read": "table"}, headers=HTML).text)
    typed |= {"/data/target": "1", "/data/inputs/0": "true"}
    page = api.post("/build", data=typed | {"read": "table"}, headers=HTML)
    assert "The target is a number to be told: regression." in read(page)
    spec = spec_of(api, api.post("/sessions", data=fields_of(page.text), headers=HTML))
    assert spec["loss"] == "mean_squared_error" and spec["data"]["inputs"] == ["身高"]


def test_the_columns_of_another_table_get_their_roles_anew(api):
    typed = fields_of(api.post("/build", data=TABLE | {"read": "table"}, headers=HTML).text)
    other = "a,b,label\n1,2,x\n2,1,y\n3,5,x\n4,4,y\n"
    page = api.post("/build", data=typed | {"/data/csv": other, "/data/target": "0", "read": "table"}, headers=HTML)
    assert fields_of(page.text)["/data/target"] == "2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste a table, or choose a file."),
        ("a,b,c\n1,2,x\n1,2\n", "Line 3: expected 3 cells as on line 1, got 2."),
        ("a,b,c\n1,,x\n1,2,y\n3,4,y\n", "Line 2, column “b”: nothing is there."),
        ("a,b,c\n1,2,x\n1,two,y\n3,4,y\n5,6,x\n", "Line 3, column “b”: “two” is no number."),
        ("a,b,c\n1,2,x\n3,4,x\n", "expected two classes or more"),
        ("word,kind\nred,x\nblue,y\nred,x\nblue,y\n", "Choose at least one column of numbers"),
        ('a,b\n1,"2\n', "a quotation mark is not closed"),
    ],
)
def test_a_table_that_cannot_be_trained_on_is_refused_by_line_and_nothing_is_lost(api, text, said):
    typed = TABLE | {"/data/csv": text, "/seed": "41", "/layers/0/units": "7"}
    for address, status in (("/sessions", 422), ("/build", 200)):
        answer = api.post(address, data=typed | {"read": "table"}, headers=HTML)
        assert answer.status_code == status and said in read(answer)
        kept = fields_of(answer.text)
        assert kept["/data/csv"] == text and (kept["/seed"], kept["/layers/0/units"]) == ("41", "7")
    assert (
        'aria-invalid="true"' in re.search(r'<textarea[^>]*name="/data/csv"[^>]*>', answer.text)[0]
        or "table-flaws" in answer.text
    )


def test_every_wrong_cell_is_listed_with_its_line(api):
    text = "a,b,kind\n1,?,x\n2,3,y\n,5,x\n" + "4,5,y\n" * 9 + "n/a,1,x\n"
    page = api.post("/build", data=TABLE | {"/data/csv": text, "read": "table"}, headers=HTML)
    listed = re.search(r'<div class="table-flaws".*?</div>', page.text, re.DOTALL)[0]
    assert re.findall(r"Line (\d+)", listed) == ["2", "4", "14"] and "<code>1,?,x</code>" in listed


def test_a_table_too_long_names_the_setting(fresh):
    typed = TABLE | {"/data/csv": "a,b\n" + "1,2\n" * 60}
    answer = fresh(max_rows=50).post("/sessions", data=typed, headers=HTML)
    assert answer.status_code == 413 and "CHAINRULE_MAX_ROWS" in answer.text and 'name="/data/csv"' in answer.text


def test_what_a_table_says_is_only_text(api):
    text = "<b>a</b>,{{ b }},kind\n1,2,<script>\n3,4,y\n"
    page = api.post("/build", data=TABLE | {"/data/csv": text, "read": "table"}, headers=HTML)
    assert page.status_code == 200 and "<b>a</b>" not in page.text and "<script>" not in page.text


def test_the_form_answers_in_the_readers_language(api):
    page = api.post(
        "/build",
        data=TABLE | {"/data/csv": "甲,乙,类\n1,,猫\n2,3,狗\n", "read": "table"},
        headers=HTML | {"accept-language": "zh"},
    )
    assert "第 2 行“乙”列：这里是空的。" in read(page)


def test_the_first_page_leads_to_the_form_by_pictures(api):
    page = api.get("/", headers=HTML).text
    assert re.findall(r'<a class="data-card" href="/build\?dataset=(\w+)"', page) == HERE
    assert 'href="/build?source=csv"' in page


def test_a_schedule_of_the_rate_goes_with_any_optimizer(api):
    typed = SPIRAL | {"/schedule/kind": "step", "/schedule/step/gamma": "0.5", "/schedule/cosine/t_max": "77"}
    optimizer = spec_of(api, api.post("/sessions", data=typed, headers=HTML))["optimizer"]
    assert optimizer["kind"] == "adam" and optimizer["schedule"] == {"kind": "step", "gamma": 0.5}
    refused = api.post("/sessions", data=typed | {"/schedule/step/gamma": "-1"}, headers=HTML)
    assert refused.status_code == 422
    assert re.search(r'name="([^"]*)"[^>]*aria-invalid="true"', refused.text)[1] == "/schedule/step/gamma"
    assert fields_of(refused.text)["/schedule/cosine/t_max"] == "77"


def test_what_the_spec_offers_to_train_with_is_in_the_form(api):
    names = fields_of(api.get("/build", headers=HTML).text)
    wanted = (
        "/l1",
        "/l2",
        "/layers/0/dropout",
        "/optimizer/adam/clip_norm",
        "/data/scale",
        "/data/validation_fraction",
    )
    assert set(wanted) <= set(names)
    typed = SPIRAL | {"/l2": "0.01", "/layers/0/dropout": "0.2", "/optimizer/adam/clip_norm": "1"}
    spec = spec_of(api, api.post("/sessions", data=typed, headers=HTML))
    assert (spec["l2"], spec["layers"][0]["dropout"], spec["optimizer"]["clip_norm"]) == (0.01, 0.2, 1)


def test_what_is_guessed_of_a_table_can_be_said_instead(api):
    text = "size;stars\n" + "1;1\n2;2\n3;3\n4;1\n" * 2
    page = api.post("/build", data=TABLE | {"/data/csv": text, "read": "table"}, headers=HTML)
    assert "Classes: 1 4 2 2 3 2" in read(page)
    page = api.post("/build", data=fields_of(page.text) | {"/data/task": "regression", "read": "table"}, headers=HTML)
    assert "regression" in read(page)
    spec = spec_of(api, api.post("/sessions", data=fields_of(page.text), headers=HTML))
    assert (spec["loss"], spec["data"]["task"]) == ("mean_squared_error", "regression")


def test_a_first_line_of_words_can_be_said_to_be_data(api):
    text = "red;small\nblue;large\nred;large\nblue;small\n"
    page = api.post("/build", data=TABLE | {"/data/csv": text, "/data/header": "true", "read": "table"}, headers=HTML)
    assert "3 rows" in read(page)
    page = api.post("/build", data=fields_of(page.text) | {"/data/header": "false", "read": "table"}, headers=HTML)
    assert "4 rows" in read(page) and json.loads(fields_of(page.text)["/data/columns"]) == ["A", "B"]


def test_nothing_is_wrong_before_a_table_is_pasted(api):
    page = api.get("/build", params={"source": "csv"}, headers=HTML)
    assert "result-wrong" not in page.text and "Paste a table, or choose a file." in read(page)


TEXTS = ["", "0", "-1", "1e308", "nan", "true", "\u0663", "0.5", "64", "regression", "cross_entropy", "x1*x2", "digits"]
TABLES = [
    "",
    "a",
    "a,b",
    "1,2\n3,4",
    ANIMALS,
    "a;a\n1;2",
    "\ufeffx\ty\n1\t2\n",
    '"',
    "1,1e308,x\n2,-1e308,y\n",
    "\x00,\n",
]
OTHERS = ["target", "columns", "inputs/0", "inputs/1", "task", "header", "features/0", "rows", "dataset", "from"]
NAMES = [*SPIRAL, *(f"/data/{name}" for name in OTHERS), "/schedule/kind", "choose", "read", "remove"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS) | st.text(max_size=8), max_size=4),
    source=st.sampled_from(["dataset", "csv", "rows"]),
    table=st.sampled_from(TABLES) | st.text(max_size=30),
)
def test_nothing_that_can_be_typed_breaks_the_form(api, changes, source, table):
    typed = SPIRAL | {"/data/from": source, "/data/csv": table, "/data/rows": table} | changes
    for address in ("/build", "/build/check"):
        assert api.post(address, data=typed, headers=HTML).status_code == 200
