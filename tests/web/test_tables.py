"""Tables that may be read in two ways, as programs and people meet them: asked about, told, and never read silently."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.nn.supply import test_reading
from tests.web.client import Api, node, problem
from tests.web.test_build import HTML, TABLE, fields_of, read, spec_of
from tests.web.test_own_table import net

file = test_reading.file
FILES = sorted(path.name[:2] for path in Path(test_reading.TABLES).iterdir())


def shown(api: Api, text: str, **fields: str) -> Any:
    """The form after a table was read in it."""
    return api.post("/build", data=TABLE | {"/data/csv": text, "read": "table"} | fields, headers=HTML)


def said(api: Api, page: Any, choice: str) -> Any:
    """The form after a button that says how its table is to be read."""
    assert f'name="say" value="{choice}"' in page.text
    return api.post("/build", data=fields_of(page.text) | {"say": choice}, headers=HTML)


def first_rows(page: Any) -> list[list[str]]:
    """The cells of the first rows, as the page shows them."""
    rows = re.findall(r'<tr class="table-cells">(.*?)</tr>', page.text, re.DOTALL)
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


def opened(api: Api, page: Any) -> dict[str, Any]:
    """The session that the form opens, as programs see it."""
    answer = api.post("/sessions", data=fields_of(page.text), headers=HTML)
    assert answer.status_code == 303, read(answer)
    return api.get("/api" + answer.headers["location"].partition("?")[0]).json()


# -- programs ---------------------------------------------------------------------------------------------------------

REGRESSION = {"loss": "mean_squared_error"}


def test_thousands_are_refused_until_the_decimal_sign_is_said(api: Api) -> None:
    spec = net(file("01"), 1) | REGRESSION
    refused = problem(api.post("/api/sessions", spec), 422)
    assert refused["pointer"] == "/data/decimal"
    assert all(word in refused["detail"] for word in ("“size”", "“1,200”", "1200", "1.2"))
    for decimal, second in ((".", 1200.0), (",", 1.2)):
        answer = api.post("/api/sessions", spec | {"data": spec["data"] | {"decimal": decimal}})
        assert answer.status_code == 201 and node(answer, "x")["value"][1] == [second]
    wrong = problem(api.post("/api/sessions", spec | {"data": spec["data"] | {"decimal": ";"}}), 422)
    assert wrong["pointer"] == "/data/decimal"


def test_a_header_of_years_is_refused_until_it_is_said(api: Api) -> None:
    refused = problem(api.post("/api/sessions", net(file("06"))), 422)
    assert refused["pointer"] == "/data/header" and "2021" in refused["detail"]
    table = api.post("/api/sessions", net(file("06"), header=True, target="region")).json()["table"]
    assert (table["header"], table["rows"], table["inputs"]) == (True, 6, ["2021", "2022"])


def test_the_answer_says_how_a_table_was_read(api: Api) -> None:
    table = api.post("/api/sessions?values=none", net(file("14"))).json()["table"]
    assert table == {
        "rows": 36, "left_out": 4, "header": True, "target": "sex", "inputs": ["a", "b"], "numberings": {},
    }  # fmt: skip
    assert api.post("/api/sessions", {"kind": "preset", "name": "mazur"}).json()["table"] is None


def test_row_numbers_are_an_input_only_where_they_are_named(api: Api) -> None:
    spec = net(file("18")) | {"loss": "cross_entropy", "layers": [{"kind": "dense", "units": 3}]}
    table = api.post("/api/sessions", spec).json()["table"]
    assert table["inputs"] == ["len", "wid"] and table["numberings"] == {"A": "counts"}
    refused = problem(api.post("/api/sessions", spec | {"inputs": 3}), 422)
    assert refused["pointer"] == "/data/inputs" and "“A”" in refused["detail"]
    named = spec | {"inputs": 3, "data": spec["data"] | {"inputs": ["A", "len", "wid"]}}
    assert api.post("/api/sessions", named).json()["table"]["inputs"] == ["A", "len", "wid"]


def test_the_last_column_of_a_headerless_table_is_told(api: Api) -> None:
    table = api.post("/api/sessions", net(file("02"), 25)).json()["table"]
    assert (table["target"], table["header"]) == ("Z", False)


# -- the form ---------------------------------------------------------------------------------------------------------


def test_the_preview_shows_no_zero_with_a_sign(api: Api) -> None:
    assert first_rows(shown(api, "a,b,kind\n-0,-0.0,x\n-1,0,y\n"))[0] == ["0", "0", "x"]


def test_the_preview_shows_numbers_as_they_are_read_and_one_click_reads_them_otherwise(api: Api) -> None:
    page = shown(api, file("01"))
    assert first_rows(page)[:2] == [["850", "999"], ["1200", "1250"]]
    assert "size, price: “1,200” was read as 1200. It may be 1.2 as well. Which is it?" in read(page)
    session = opened(api, page)
    assert session["spec"]["data"]["decimal"] == "." and session["spec"]["data"]["header"] is True
    assert first_rows(said(api, page, "/data/decimal=,"))[1] == ["1.2", "1.25"]
    again = said(api, page, "/data/decimal=.")
    assert first_rows(again)[1] == ["1200", "1250"] and "Which is it?" not in read(again)


def test_a_table_without_doubts_asks_nothing(api: Api) -> None:
    for name in ("02", "14", "17", "18"):
        assert "table-questions" not in shown(api, file(name)).text


def test_quoted_decimal_commas_are_shown_as_numbers(api: Api) -> None:
    page = shown(api, file("17"))
    assert first_rows(page)[1] == ["0.89", "72.3", "y"] and "decimal" not in opened(api, page)["spec"]["data"]


def test_the_first_line_is_said_to_be_names_or_data_and_one_click_changes_it(api: Api) -> None:
    page = shown(api, file("06"))
    assert "First line: names of the columns" in read(page) and "region, 2021, 2022" in read(page)
    assert opened(api, page)["table"]["header"] is True
    data = said(api, page, "/data/header=false")
    assert "First line: data" in read(data) and first_rows(data)[0] == ["region", "2021", "2022"]
    names = said(api, data, "/data/header=true")
    assert "First line: names of the columns" in read(names) and "table-questions" not in names.text


def test_columns_keep_their_roles_when_the_first_line_is_said_to_be_something_else(api: Api) -> None:
    page = shown(api, "a,b,c\n1,2,0.5\n3,4,0.7\n5,1,0.9\n")
    chosen = {name: text for name, text in fields_of(page.text).items() if name != "/data/inputs/1"}
    page = api.post("/build", data=chosen | {"/data/target": "0", "read": "table"}, headers=HTML)
    assert fields_of(page.text)["/data/target"] == "0"
    kept = fields_of(said(api, page, "/data/header=false").text)
    assert kept["/data/target"] == "0" and "/data/inputs/1" not in kept and kept["/data/inputs/2"] == "true"


def test_what_was_said_of_one_table_does_not_hold_for_the_next(api: Api) -> None:
    page = said(api, shown(api, file("01")), "/data/decimal=,")
    other = fields_of(page.text) | {"/data/csv": "mass\tcost\n5.123\t0.5\n7.250\t1.5\n", "read": "table"}
    page = api.post("/build", data=other, headers=HTML)
    assert fields_of(page.text)["/data/decimal"] == "" and first_rows(page)[0] == ["5.123", "0.5"]


def test_rows_without_a_target_are_said_to_be_left_out(api: Api) -> None:
    page = shown(api, file("14"))
    assert "4 rows without a target are left out." in read(page) and re.search(r"Classes: f \d+ m \d+ ", read(page))
    assert opened(api, page)["table"]["left_out"] == 4


def test_row_numbers_say_why_they_are_no_input_and_can_be_chosen(api: Api) -> None:
    page = shown(api, file("18"))
    assert "counts the rows" in read(page) and "/data/inputs/0" not in fields_of(page.text)
    chosen = fields_of(page.text) | {"/data/inputs/0": "true", "read": "table"}
    page = api.post("/build", data=chosen, headers=HTML)
    assert opened(api, page)["table"]["inputs"] == ["A", "len", "wid"]


def test_a_marker_among_the_inputs_is_told_as_missing(api: Api) -> None:
    page = shown(api, "a,b,kind\n1,?,x\n2,3,y\n4,5,x\n5,5,y\n")
    assert "Line 2, column “b”: “?” says that it is missing." in read(page)


@pytest.mark.parametrize("last", ["y", "kind"])
def test_another_target_changes_places_with_the_one_before(api: Api, last: str) -> None:
    words = {"y": "0.5 0.7 0.9", "kind": "cat dog cat"}[last].split()
    page = shown(api, f"a,b,{last}\n" + "".join(f"{row},{row * row}.5,{word}\n" for row, word in enumerate(words)))
    page = api.post("/build", data=fields_of(page.text) | {"/data/target": "2", "read": "table"}, headers=HTML)
    everything = fields_of(page.text)
    page = api.post("/build", data=everything | {"/data/target": "0", "read": "table"}, headers=HTML)
    numbers = ["b", last] if last == "y" else ["b"]
    assert spec_of(api, api.post("/sessions", data=fields_of(page.text), headers=HTML))["data"]["inputs"] == numbers
    page = api.post("/build", data=fields_of(page.text) | {"/data/target": "2", "read": "table"}, headers=HTML)
    assert fields_of(page.text) == everything


def test_the_target_before_becomes_an_input_also_where_nothing_was_read_in_between(api: Api) -> None:
    typed = fields_of(shown(api, "a,b,y\n1,2,0.5\n3,5,0.7\n5,1,0.9\n").text)
    spec = spec_of(api, api.post("/sessions", data=typed | {"/data/target": "0"}, headers=HTML))
    assert spec["data"]["inputs"] == ["b", "y"]


@pytest.mark.parametrize("name", FILES)
def test_every_table_opens_as_it_is_shown(api: Api, name: str) -> None:
    assert opened(api, shown(api, file(name)))["table"] is not None
