"""Tables that may be read in two ways: what is certain is read, what is open is asked, and nothing is guessed silently.

The files of `tables` were made up after real ones, one for each fault.
"""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import Invalid
from app.nn.problem import Problem, build
from app.nn.spec import parse_spec
from app.nn.supply.numerals import is_number, read_columns
from app.nn.supply.preview import preview
from app.nn.supply.table import read_table

TABLES = Path(__file__).parent / "tables"
ANIMALS = "height,weight,kind\n1.2,3.4,cat\n1.1,3.0,cat\n2.5,9.1,dog\n2.7,8.8,dog\n"


def file(name: str) -> str:
    return next(TABLES.glob(f"{name}-*")).read_text()


def trained_on(text: str, width: int, units: int = 1, loss: str = "mean_squared_error", **data: Any) -> Problem:
    document = {"kind": "layers", "inputs": width, "layers": [{"units": units}], "loss": loss}
    return build(parse_spec(document | {"data": {"csv": text, **data}}))


def doubt_of(problem: Problem) -> Invalid:
    assert problem.reading is not None and isinstance(problem.reading.doubt, Invalid)
    return problem.reading.doubt


# -- decimal signs and thousands --------------------------------------------------------------------------------------


def test_thousands_beside_hundreds_are_shown_as_thousands_and_asked_about() -> None:
    found = preview(file("01"))
    assert found.first[1] == (1200.0, 1250.0) and found.table.numbers[0].max() == 2100
    (size, price) = found.doubts
    assert (size.cell, size.read("."), size.read(","), size.likely) == ("1,200", 1200.0, 1.2, ".")
    assert (size.place, price.place) == (0, 1)


def test_thousands_are_trained_on_only_when_the_decimal_sign_is_said() -> None:
    doubt = doubt_of(trained_on(file("01"), 1))
    assert doubt.pointer == "/data/decimal"
    assert "“size”" in str(doubt) and "“1,200” may be 1200 or 1.2" in str(doubt)
    thousands, fractions = (trained_on(file("01"), 1, decimal=sign) for sign in ".,")
    assert thousands.training.x.ravel().tolist() == [850, 1200, 2100, 1900, 740, 1050]
    assert fractions.training.x.ravel().tolist() == [850, 1.2, 2.1, 1.9, 740, 1.05]
    assert thousands.reading.doubt is None and fractions.reading.doubt is None


def test_a_session_that_was_kept_goes_on_with_the_numbers_it_was_made_with() -> None:
    assert trained_on(file("01"), 1).training.x.ravel().tolist() == [850, 1.2, 2.1, 1.9, 740, 1.05]
    assert trained_on(file("18"), 3, units=3).preparation.columns == ("A", "len", "wid")


def test_all_cells_with_quoted_decimal_commas_are_numbers() -> None:
    found = preview(file("17"))
    assert [column.kind for column in found.columns] == ["number", "number", "word"]
    assert found.first[1][:2] == (0.89, 72.3) and found.doubts == ()
    problem = trained_on(file("17"), 2)
    assert problem.classes == ("x", "y") and problem.training.x[1].tolist() == [0.89, 72.3]
    assert problem.reading.doubt is None


WRITINGS = [
    (["1,5", "2"], [1.5, 2.0]),
    (["0,125", "0,250"], [0.125, 0.25]),
    (["1.234,5", "7"], [1234.5, 7.0]),
    (["1,234.5", "7"], [1234.5, 7.0]),
    (["1,234,567", "850"], [1234567.0, 850.0]),
    (["1.234.567", "850"], [1234567.0, 850.0]),
    (["1.234,567", "1,5"], [1234.567, 1.5]),
    (["12,345.678", "1.5"], [12345.678, 1.5]),
    (["5.123", "4.987"], [5.123, 4.987]),
    (["1234.567", "1.234"], [1234.567, 1.234]),
    (["-1,200", "0.5"], [-1200.0, 0.5]),
    (["1e5", "2E-3"], [100000.0, 0.002]),
    (["1,5e3", "2"], [1500.0, 2.0]),
    (["−3", "－2.5", "＋1．5"], [-3.0, -2.5, 1.5]),
    (["1.5", "2,5"], [1.5, 2.5]),
    ([" 4 ", "5.", ".5"], [4.0, 5.0, 0.5]),
]


@pytest.mark.parametrize(("cells", "numbers"), WRITINGS, ids=range(len(WRITINGS)))
def test_a_column_that_can_be_read_in_one_way_is_read_so(cells: list[str], numbers: list[float]) -> None:
    read, doubts = read_columns([cells])
    assert read[0].tolist() == numbers and doubts == ()


NO_NUMBERS = ["1_000", "inf", "nan", "", " ", "0x1", "1 2", "1,23,456", "12.34.56", "1,2,3", "31.12.2020", "5 kg", "7%"]


def test_what_only_looks_like_a_number_is_none() -> None:
    read, doubts = read_columns([[*NO_NUMBERS, "1.5"]])
    assert np.isnan(read[0][:-1]).all() and read[0][-1] == 1.5 and doubts == ()
    assert not any(map(is_number, NO_NUMBERS))


DOUBTS = [
    ([["850", "1,200"]], True),
    ([["940", "1.200"]], True),
    ([["1,200", "3,400"]], True),
    ([["1.200", "3.400"]], False),
    ([["99", "1.200"]], False),
    ([["1,200", "3,400"], ["0,5", "1,5"]], False),
    ([["1,200", "3,400"], ["0.5", "1.5"]], True),
    ([["1.200", "940"], ["0,5", "1,5"]], True),
    ([["1.200", "940"], ["0.5", "1.5"]], False),
    ([["1.200", "3.400"], ["0,5", "1,5"]], True),
    ([["850", "1,200"], ["0,5", "1.5"]], True),
]


@pytest.mark.parametrize(("columns", "is_open"), DOUBTS, ids=range(len(DOUBTS)))
def test_a_column_that_can_be_read_in_two_ways_is_told_by_the_others_or_asked_about(
    columns: list[list[str]], is_open: bool
) -> None:
    _, doubts = read_columns(columns)
    assert bool(doubts) is is_open


def written(number: float, digits: int, is_german: bool) -> str:
    """A number as a spreadsheet of the United States or of Germany writes it, with its thousands set apart."""
    text = f"{number:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if is_german else text


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
@pytest.mark.parametrize("is_german", [False, True])
@pytest.mark.parametrize("with_decimals", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_what_a_spreadsheet_wrote_is_read_back_or_asked_about(
    delimiter: str, is_german: bool, with_decimals: bool, seed: int
) -> None:
    chance = random.Random(seed)
    amounts = [850.0, 1200.0, *(float(chance.randrange(1, 10 ** chance.randrange(2, 8))) for _ in range(20))]
    decimals = [round(chance.gauss(0, 500), 2) for _ in amounts]
    columns = [(amounts, 0), (decimals, 2)] if with_decimals else [(amounts, 0)]
    rows = [
        [f'"{written(numbers[row], digits, is_german)}"' for numbers, digits in columns] + [chance.choice("xy")]
        for row in range(len(amounts))
    ]
    text = "\n".join(delimiter.join(row) for row in [[*["a", "b"][: len(columns)], "kind"], *rows])
    found = preview(text)
    assert [numbers.tolist() for numbers in found.table.numbers[:-1]] == [numbers for numbers, _ in columns]
    plain = read_table(text)
    is_right = [numbers.tolist() for numbers in plain.numbers[:-1]] == [numbers for numbers, _ in columns]
    assert is_right or plain.doubts


def test_plain_numbers_of_a_program_are_never_asked_about() -> None:
    chance = np.random.default_rng(0)
    for digits in range(5):
        rows = "\n".join("\t".join(f"{x:.{digits}f}" for x in row) for row in chance.uniform(1, 999, (50, 3)))
        assert read_table(f"a\tb\tc\n{rows}").doubts == ()


def test_words_with_a_comma_in_them_are_no_numbers_and_ask_nothing() -> None:
    table = read_table('name\tn\tkind\n"Smith, J"\t1\tx\n"1,200"\t2\tx\n"Lee, K"\t3\ty\n"Ott, B"\t4\ty\n')
    assert table.kinds == ("word", "number", "word") and table.doubts == ()


# -- the first line ---------------------------------------------------------------------------------------------------


def test_a_header_of_years_is_shown_as_names_and_asked_about() -> None:
    found = preview(file("06"))
    assert found.is_header_likely and found.table.names == ("region", "2021", "2022") and found.rows == 6
    assert preview(file("06"), header=False).table.names == ("A", "B", "C")
    assert not preview(file("06"), header=False).is_header_likely


def test_a_header_of_years_is_refused_until_it_is_said_or_its_names_are() -> None:
    with pytest.raises(Invalid, match="region, 2021, 2022") as caught:
        trained_on(file("06"), 2)
    assert caught.value.pointer == "/data/header"
    for said in ({"header": True}, {"target": "region"}, {"inputs": ["2021", "2022"]}):
        problem = trained_on(file("06"), 2, **said)
        assert problem.classes == ("A", "B") and len(problem.training) == 6 and problem.reading.doubt is None
    with pytest.raises(Invalid, match="3 classes"):
        trained_on(file("06"), 2, header=False)


FIRST_LINES = [
    ("patient,10,50\nP1,0.5,1.7\nP2,0.3,1.1", True),
    ("2019;2020;2021;2022\n5;7;8;1\n4;4;2;9", True),
    ("label,0,1,2,3\n7,0,255,3,0\n2,0,0,0,12", True),
    ("1999,2001\n1.5,2\n1.5,3", True),
    ("5.1,3.5,setosa\n4.9,3,setosa\n7,3.2,versicolor", False),
    ("5,3,setosa\n4.9,3.1,setosa", False),
    ("1,2,cat\n3,4,dog", False),
    ("1,2,0.5\n3,4,0.7", False),
    ("1950,1.5\n1951,1.7\n1952,1.1", False),
    ("1,1\n1.5,2.5", False),
    ("1,2,3", False),
]


@pytest.mark.parametrize(("text", "may_be"), FIRST_LINES, ids=range(len(FIRST_LINES)))
def test_numbers_unlike_those_below_may_be_names(text: str, may_be: bool) -> None:
    table = read_table(text)
    assert table.may_have_header is may_be and not table.has_header


# -- names, ids, missing targets --------------------------------------------------------------------------------------


def test_a_letter_that_we_gave_a_column_is_no_name_of_a_target() -> None:
    found = preview(file("02"))
    assert (found.target, found.task) == ("Z", "classification") and len(found.inputs) == 25
    numbers = "\n".join(",".join(f"{row * place % 7}.5" for place in range(26)) for row in range(1, 9))
    assert preview(numbers).target == "Z"
    assert preview(",".join(f"c{place}" for place in range(24)) + ",y,last\n" + numbers).target == "y"


def test_letters_of_columns_are_no_names_of_ids() -> None:
    width = 240
    text = "\n".join(",".join(str(row + place) for place in range(width)) for row in (3, 1, 2))
    found = preview(text, header=False)
    assert found.table.names[237] == "ID" and "ID" in found.inputs


def test_row_numbers_without_a_name_are_no_input_unless_chosen() -> None:
    found = preview(file("18"))
    assert found.inputs == ("len", "wid") and found.columns[0].numbering == "counts"
    assert trained_on(file("18"), 2, units=3).preparation.columns == ("len", "wid")
    chosen = trained_on(file("18"), 3, units=3, inputs=["A", "len", "wid"])
    assert chosen.reading.doubt is None and dict(chosen.reading.numberings) == {"A": "counts"}
    refused = doubt_of(trained_on(file("18"), 3, units=3))
    assert refused.pointer == "/data/inputs" and "“A”" in str(refused)


IDS = [
    ("customer_id,a,y\n1003,1,0.5\n1001,2,0.7\n1007,3,0.1", "id"),
    ("CustomerID,a,y\n3,1,0.5\n1,2,0.7\n7,3,0.1", "id"),
    ("编号,a,y\n3,1,0.5\n1,2,0.7\n7,3,0.1", "id"),
    (",a,y\n0,1,0.5\n1,2,0.7\n2,3,0.1", "counts"),
    ("1,7,0.5\n2,7,0.5\n3,7,0.5\n4,8,0.5\n5,8,0.1", "counts"),
    ("acid,a,y\n0.3,1,0.5\n0.1,2,0.7\n0.7,3,0.1", None),
    ("paid,a,y\n3,1,0.5\n1,2,0.7\n7,3,0.1", None),
    ("HUMID,a,y\n30,1,0.5\n10,2,0.7\n70,3,0.1", None),
    ("userid,a,y\n3,1,0.5\n1,2,0.7\n2,3,0.1", "id"),
    ("store_id,a,y\n3,1,0.5\n3,2,0.7\n7,3,0.1", None),
    ("index,a,y\n1.51,1,0.5\n1.52,2,0.7\n1.53,3,0.1", None),
    ("day,a,y\n1,1,0.5\n2,2,0.7\n3,3,0.1", None),
    (",y\n1,0.5\n2,0.7\n3,0.1", None),
]


@pytest.mark.parametrize(("text", "numbering"), IDS, ids=range(len(IDS)))
def test_a_column_that_only_tells_rows_apart_is_known_by_its_name_and_its_numbers(
    text: str, numbering: str | None
) -> None:
    column = preview(text).columns[0]
    assert (column.numbering, column.role) == (numbering, "unused" if numbering else "input")


def test_what_stands_for_a_missing_target_is_no_class() -> None:
    found = preview(file("14"))
    assert [name for name, _ in found.classes] == ["f", "m"] and (found.rows, found.left_out) == (36, 4)
    problem = trained_on(file("14"), 2)
    assert problem.classes == ("f", "m") and len(problem.training) == 36
    assert (problem.reading.rows, problem.reading.left_out) == (36, 4)


@pytest.mark.parametrize("marker", ["NA", "n/a", "NaN", "null", "?", "-", "–", "#N/A", "", " ", ".", "缺失"])
@pytest.mark.parametrize("answers", [("cat", "dog"), ("0", "1"), ("1.5", "2.5")])
def test_rows_without_a_target_are_left_out_and_counted(marker: str, answers: tuple[str, str]) -> None:
    rows = [f"{row}.5,{answers[row % 2] if row != 3 else marker}" for row in range(8)]
    problem = trained_on("\n".join(["a,y", *rows]), 1)
    assert problem.training.x.ravel().tolist() == [0.5, 1.5, 2.5, 4.5, 5.5, 6.5, 7.5]
    assert (problem.reading.rows, problem.reading.left_out) == (7, 1)


def test_plus_and_minus_are_two_classes() -> None:
    assert trained_on("a,y\n1,+\n2,-\n3,+\n4,-", 1).classes == ("+", "-")


@pytest.mark.parametrize("answer", ["none", "unknown", "no"])
def test_an_answer_that_says_no_is_a_class(answer: str) -> None:
    assert trained_on(f"a,y\n1,yes\n2,{answer}\n3,yes\n4,{answer}", 1).classes == tuple(sorted(("yes", answer)))


def test_a_row_without_a_target_may_lack_its_inputs_as_well() -> None:
    assert len(trained_on("a,y\n1,x\nNA,?\n3,y", 1).training) == 2


def test_a_marker_in_an_input_is_told_as_a_missing_number() -> None:
    found = preview("a,b,y\n1,?,x\nNA,?,y\n?,3,y\n4,5,x")
    assert [column.kind for column in found.columns] == ["number", "number", "word"]
    assert [column.missing for column in found.columns] == [2, 2, 0]
    with pytest.raises(Invalid, match=r"Line 2, column “b”: expected a number; “\?” says that it is missing."):
        trained_on("a,b,y\n1,?,x\n2,3,y", 2)


def test_a_target_with_nothing_in_it_is_refused() -> None:
    with pytest.raises(Invalid, match="No row has anything in the column “y”"):
        trained_on("a,b,y\n1,2,NA\n3,4,?", 2, target="y")


@pytest.mark.parametrize("cell", ["", "NA"])
def test_a_target_with_nothing_in_it_has_no_rows_and_no_classes_in_the_preview(cell: str) -> None:
    shown = preview(f"a,b,y\n1,2,{cell}\n3,4,{cell}\n", target="y")
    assert (shown.rows, shown.left_out, shown.classes) == (0, 2, ())


def test_a_first_line_with_more_zeros_than_an_integer_is_read_from_is_looked_at() -> None:
    assert read_table(f"{'0' * 5000}7,8\n0.5,1.5\n2.5,3.5\n").may_have_header


def test_classes_that_are_one_number_are_one_class_in_the_preview_too() -> None:
    text = "a,y\n1,1\n2,1.0\n3,2\n4,2.0\n"
    assert preview(text, target="y").classes == (("1", 2), ("2", 2))
    assert trained_on(text, 1).classes == ("1", "2")


def test_a_column_that_tells_nothing_is_not_guessed_to_be_the_target() -> None:
    assert preview("a,b,kind,\n1,2,x,\n3,4,x,\n5,6,y,\n7,8,y,").target == "kind"
    assert preview("a,unit,y\n1.5,kg,3\n2.5,kg,4\n3.5,kg,5", target="").target == "y"
    assert preview("a,b,unit\n1.5,2,kg\n2.5,4,kg\n3.5,6,kg\nx,7,kg").target == "unit"
    assert preview("a,b,row_id\n1.5,2,3\n2.5,4,1\n3.5,6,2").target == "b"
