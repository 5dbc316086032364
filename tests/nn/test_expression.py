"""Expressions become graphs, and everything that is none is refused at its line and column."""

import ast
import gc
from threading import Event, Lock, Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.ops import OPS
from app.engine.plan import Plan
from app.errors import ChainruleError, ExpressionError, TooLarge
from app.nn import grammar, wording
from app.nn.expression import parse
from app.nn.limits import Limits


def value(source: str) -> float:
    graph = parse(source)
    plan = Plan(graph)
    plan.run(1, graph.forward_end)
    return float(plan.snapshot().value(graph.loss.id))


def kinds(source: str) -> dict[str, str]:
    return {node.id: node.op or node.kind for node in parse(source).nodes}


def refused(source: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert str(caught.value) and caught.value.line >= 1 and caught.value.column >= 1
    return caught.value


# -- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 6\nL = a + 2 - 3 * 4 / 2 ** 2", 5.0),
        ("a = 6\nL = (a + 2) * -a", -48.0),
        ("a = 2\nL = -a ** 2", -4.0),
        ("a = 2\nL = a ** -1", 0.5),
        ("a = 2\nL = 2 ** 3 ** a", 512.0),
        ("a = [[1, 2], [3, 4]]\nL = sum(a @ [1, 1])", 10.0),
        ("a = [1, 2, 3]\nL = a @ a", 14.0),
        ("a = [[1, 2], [3, 4]]\nL = sum(max(a, axis=1, keepdims=True))", 6.0),
        ("a = [[1, 2], [3, 4]]\nL = sum(a, axis=(0, -1))", 10.0),
        ("a = [[1, 2, 3]]\nb = reshape(a, shape=(3, 1))\nL = mean(transpose(b))", 2.0),
        ("x = [[1, 2]]\nL = sum(linear(x, [[3, 4]], [5]) + linear(x, [[3, 4]]))", 27.0),
        ("a = 2\nL = sum(a, axis=0) * max(a, axis=-1, keepdims=True) + mean(a)", 6.0),
        ("a = [[5]]\nL = reshape(sum(a, axis=()), shape=())", 5.0),
        ("a = [1, 2]\nL = sum(transpose(a, axes=-1) * a)", 5.0),
        ("a = 1_000\nL = a * 0x10", 16000.0),
        ("a = .5 # half\n\n# nothing here\nL = a * 2.  # done\n", 1.0),
        ("\ufeffa = 1\r\nL = a + 1\r\n", 2.0),
        ("a = (\n  1\n)\nL = (a +\n 1)", 2.0),
        ("z = [[0, 0]]\ny = input([1])\nL = cross_entropy(z, y)", np.log(2)),
        ("input = 3\nsum = input * 2\nL = sum + input", 9.0),
    ],
)
def test_an_expression_computes_what_python_would(source: str, expected: float) -> None:
    assert value(source) == pytest.approx(expected, abs=1e-15)


def test_a_bare_literal_is_a_parameter_an_input_is_data_and_a_literal_inside_is_a_constant() -> None:
    source = "a = -4.0\nb = +2\nx = input([1, -2])\nc = (a + b) * 3 + -1\nL = sum(x * c)"
    assert kinds(source) == {
        "a": "parameter", "b": "parameter", "x": "input", "_1": "add", "_2": "constant", "_3": "mul",
        "_4": "constant", "c": "add", "_5": "mul", "L": "sum",
    }  # fmt: skip
    graph = parse(source)
    assert graph["a"].initial == -4.0 and graph["_4"].initial == -1.0
    assert graph["x"].initial.tolist() == [1.0, -2.0]


def test_a_name_assigned_again_makes_a_new_node() -> None:
    graph = parse("a = 2\nc = a * a\nc += c + 1\nc = c * a\nc *= c")
    assert [node.id for node in graph.nodes] == ["a", "c", "_1", "_2", "c.2", "c.3", "c.4"]
    assert graph["c.2"].inputs == ("c", "_2")
    assert graph["c.3"].inputs == ("c.2", "a")
    assert graph["c.4"].inputs == ("c.3", "c.3")


@pytest.mark.parametrize(
    ("operator", "op"), [("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "div"), ("**", "pow"), ("@", "matmul")]
)
def test_every_operator_can_be_joined_with_the_assignment(operator: str, op: str) -> None:
    node = parse(f"a = [1, 2]\nb = [3, 4]\na {operator}= b\nL = sum(a)")["a.2"]
    assert (node.op, node.inputs) == (op, ("a", "b"))


def test_a_second_name_means_the_same_node() -> None:
    graph = parse("a = 2\nb = a\nc = b * a\nL = c")
    assert [node.id for node in graph.nodes] == ["a", "c"]
    assert graph["c"].inputs == ("a", "a")


def test_nodes_know_the_line_they_were_written_on() -> None:
    graph = parse("# first\na = 2\n\nL = a * (a + 1)")
    assert {node.id: node.line for node in graph.nodes} == {"a": 2, "_1": 4, "_2": 4, "L": 4}


def test_names_may_be_chinese_and_are_compared_in_their_normal_form() -> None:
    graph = parse("权重 = 0.5\nｘ = 2\n损失 = 权重 * x")
    assert [node.id for node in graph.nodes] == ["权重", "x", "损失"]


def test_class_numbers_are_known_by_the_op_that_takes_them() -> None:
    graph = parse("z = [[1, 2], [3, 4]]\ny = input([0, 1])\nL = cross_entropy(z, y)")
    assert graph["y"].integer and not graph.has_gradient("y")
    graph = parse("z = [[1, 2]]\ny = input([[0, 1]])\nL = cross_entropy(z, y)")
    assert not graph["y"].integer


@pytest.mark.parametrize("name", [name for name, row in OPS.items() if row.is_loss])
def test_every_loss_can_be_called_by_its_name(name: str) -> None:
    assert parse(f"p = [[0.5, 0.25]]\nt = input([[1, 0]])\nL = {name}(p, t)").loss.op == name


def test_a_chain_of_nine_thousand_lines_is_read() -> None:
    lines = ["x0 = 1.5", *(f"x{n} = x{n - 1} * 1.0001" for n in range(1, 9001))]
    graph = parse("\n".join(lines))
    assert graph.loss.id == "x9000" and len(graph.nodes) == 18001


def test_a_line_of_two_thousand_terms_is_read() -> None:
    assert len(parse("a = 1\nL = " + " + ".join(["a"] * 2000)).nodes) == 2000


def test_a_long_array_is_read_without_a_syntax_tree_and_leaves_every_place_where_it_was() -> None:
    rows = ",\n ".join(str([n, -n / 8]) for n in range(20_000))
    graph = parse(f"x = input([{rows},\n])\nL = mean(x)")
    assert graph["x"].initial.shape == (20_000, 2)
    assert graph["x"].initial[3].tolist() == [3.0, -0.375]
    error = refused(f"x = input([{rows}]) * 数\nL = sum(x)")
    assert error.line == 20_000
    assert error.column == len(f" {[19_999, -19_999 / 8]}]) * ") + 1


@pytest.mark.parametrize("length", [10, 1000])
def test_short_and_long_arrays_are_refused_alike(length: int) -> None:
    ragged = ", ".join(["[1, 2]"] * length) + ", [3]"
    assert "equally long" in str(refused(f"x = [{ragged}]\nL = sum(x)"))
    named = ", ".join(["1"] * length) + ", a"
    assert "got a" in str(refused(f"a = 1\nx = [{named}]\nL = sum(x)"))


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "line", "column", "said"),
    [
        ("", 1, 1, "at least one assignment"),
        ("# only words\n", 1, 1, "at least one assignment"),
        ("a = 1\nb = a +", 2, 8, "end of the line"),
        ("a = 1\nb = (a + 2", 2, 5, "never closed"),
        ("a = 1\nb = a)", 2, 6, "never opened"),
        ("权 = 2\n失 = sigmoid（权）", 2, 12, "not known here"),
        ("a = [1)\nb = a", 1, 7, "another kind"),
        ("a = 1; b = a * 2", 1, 8, "one assignment a line"),
        ("a = b = 1", 1, 1, "several"),
        ("a, b = 1, 2", 1, 1, "a name before the ="),
        ("a[0] = 1", 1, 1, "a name before the ="),
        ("a.b = 1", 1, 1, "a name before the ="),
        ("a: int = 1", 1, 1, "a statement"),
        ("import os", 1, 1, "a statement"),
        ("for a in [1]: b = a", 1, 1, "a statement"),
        ("a = 1\na * 2", 2, 1, "no ="),
        ("_a = 1\nb = _a * 2", 1, 1, "begin with _"),
        ("＿a = 1\nb = a * 2", 1, 1, "not known here"),
        ("class = 1", 1, 1, "kept for Python"),
        ("  a = 1", 1, 3, "left edge"),
        ("a = 1\n b = 1", 2, 2, "left edge"),
        ("a = 'x'", 1, 5, "in quotes"),
        ('a = 1 # "fine"\nb = f"{b}"', 2, 6, "in quotes"),
        ("a = True\nb = a * 2", 1, 5, "no number"),
        ("a = None", 1, 5, "no number"),
        ("a = ...", 1, 5, "no number"),
        ("a = 2j", 1, 5, "no number"),
        ("a = 1\nb = lambda: a", 2, 5, "a lambda"),
        ("a = 1\nb = [a for a in b]", 2, 5, "a comprehension"),
        ("a = 1\nb = a.real", 2, 5, "an attribute"),
        ("a = [1]\nb = a[0]", 2, 5, "an index"),
        ("a = 1\nb = a < 2", 2, 5, "a comparison"),
        ("a = 1\nb = a and a", 2, 5, "a condition"),
        ("a = 1\nb = a if a else a", 2, 5, "a condition"),
        ("a = 1\nb = (c := a)", 2, 6, "an assignment inside"),
        ("a = 1\nb = (a, a)", 2, 5, "arrays are written"),
        ("a = 1\nb = {a}", 2, 5, "a set"),
        ("a = 1\nb = {1: a}", 2, 5, "a dictionary"),
        ("a = 1\nb = a // 2", 2, 5, "another operator"),
        ("a = 1\nb = a ^ 2", 2, 5, "another operator"),
        ("a = 1\nb = a % 2", 2, 5, "another operator"),
        ("a = 1\nb = ~a", 2, 5, "another sign"),
        ("a = 1\nb = +a", 2, 5, "another sign"),
        ("a = 1\nb = not a", 2, 5, "another sign"),
        ("a = 1\nb = sum(*a)", 2, 9, "a star"),
        ("a = 1\nb = a.sum()", 2, 5, "the name of an op"),
        ("a = 1\nb = sum(a)(a)", 2, 5, "the name of an op"),
        ("权重 = 1\n损失 = 权重 * 权量", 2, 11, "Nearest: 权重"),
        ("alpha = 1\nL = alpha * alpa", 2, 13, "Nearest: alpha"),
        ("a = 1\nL = a * zzz", 2, 9, "no name zzz"),
        ("a = 1\nL = a * b\nb = 2", 2, 9, "before it is given a value"),
        ("a += 1", 1, 1, "before it is given a value"),
        ("a = 1\nL = sigmod(a)", 2, 5, "Nearest: sigmoid"),
        ("a = 1\nL = qqqqqq(a)", 2, 5, "no op called qqqqqq"),
        ("a = 1\nL = a(2)", 2, 5, "no op called a"),
        ("a = 1\nL = sigmoid()", 2, 5, "(x)"),
        ("a = 1\nL = max(a, a)", 2, 5, "got a call with 2"),
        ("a = 1\nL = linear(a)", 2, 5, "(x, W, b)"),
        ("a = [1]\nL = sum(a, ax=0)", 2, 12, "axis, keepdims"),
        ("a = [1]\nL = sum(a, **a)", 2, 12, "no keyword **"),
        ("a = 1\nL = exp(a, axis=0)", 2, 12, "takes no keywords"),
        ("a = [1]\nL = sum(a, axis=0.5)", 2, 17, "got 0.5"),
        ("a = [1]\nL = sum(a, axis=None)", 2, 17, "got None"),
        ("a = [1]\nL = sum(a, axis=True)", 2, 17, "an integer"),
        ("a = [1]\nL = sum(a, axis=[0])", 2, 17, "an integer"),
        ("a = 1\nL = sum(a, axis=7)", 2, 5, "sum cannot be applied"),
        ("a = [1, 2]\nL = linear(a, a)", 2, 5, "linear cannot be applied"),
        ("a = 2\nL = linear(a, [[1]])", 2, 5, "linear cannot be applied"),
        ("a = 1\nL = softmax(a, axis=1)", 2, 5, "softmax cannot be applied"),
        ("a = [1]\nL = sum(a, keepdims=1)", 2, 21, "True or False"),
        ("a = [1]\nL = sum(a, axis=99999999999)", 2, 17, "an integer"),
        ("a = [1]\nL = sum(a, axis=3)", 2, 5, "sum cannot be applied"),
        ("a = [1, 2]\nL = sum(a * [1, 2, 3])", 2, 9, "[2], [3]"),
        ("a = [[1, 2]]\nL = sum(a @ a)", 2, 9, "[1, 2], [1, 2]"),
        ("a = 1\nL = sum(a @ a)", 2, 9, "matmul"),
        ("p = [[1, 2]]\nL = half_squared_error(p, [1, 2])", 2, 5, "[1, 2], [2]"),
        ("z = [[1, 2]]\ny = [1]\nL = cross_entropy(z, y)", 3, 5, "class numbers"),
        ("z = [[1, 2]]\ny = input([2])\nL = cross_entropy(z, y)", 3, 5, "class numbers"),
        ("a = [1, [2]]\nL = sum(a)", 1, 9, "Expected a number"),
        ("a = [[1, 2], [3]]\nL = sum(a)", 1, 14, "equally long"),
        ("a = []\nL = sum(a)", 1, 5, "empty list"),
        ("a = [1, None]\nL = sum(a)", 1, 9, "got None"),
        ("a = [[[[[[[[[1]]]]]]]]]\nL = sum(a)", 1, 5, "too deeply"),
        ("x = input(a)\nL = sum(x)", 1, 5, "input(…)"),
        ("x = input()\nL = sum(x)", 1, 5, "input(…)"),
        ("x = input(1, 2)\nL = sum(x)", 1, 5, "input(…)"),
        ("a = 1e999\nL = a * 2", 1, 5, "finite"),
        ("a = [1, -1e999]\nL = sum(a)", 1, 9, "finite"),
        ("a = " + "9" * 400 + "\nL = a * 2", 1, 5, "finite"),
        ("a = 1", 1, 1, "a is only a parameter"),
        ("a = 1\nL = a * 2\nb = 3", 3, 1, "b is only a parameter"),
        ("x = input(1)", 1, 1, "x is only an input"),
        ("a = 1\nL = a * 2\nM = L * a\nK = L", 4, 1, "K was computed earlier"),
        ("a = [1, 2]\nL = a * 2", 2, 1, "(2,)"),
        ("a" * 101 + " = 1\nL = 2 * 3", 1, 1, "100 characters"),
        ("a = 1\0", 1, 6, "U+0000"),
        ("a = 1\nb = \ud800", 2, 5, "U+D800"),
        ("a = 1\x1b", 1, 6, "U+001B"),
        ("a = $", 1, 5, "an assignment"),
        ("a = 1 2", 1, 7, "an assignment"),
        ("a = 08", 1, 5, "an assignment"),
        ("a = 1\nb = 'x", 2, 5, "in quotes"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused_at_its_place(source: str, line: int, column: int, said: str) -> None:
    error = refused(source)
    assert (error.line, error.column) == (line, column)
    assert said in str(error)


@pytest.mark.parametrize(
    "source",
    [
        "a = " + "(" * 5000 + "1" + ")" * 5000,
        "a = " + "[" * 5000 + "1" + "]" * 5000,
        "a = " + "(" * 5000,
        "a = " + "-" * 5000 + "1",
        "a = " + "-" * 300_000 + "1",
        "a = 1\nb = " + "a ** " * 50_000 + "a",
        "a = 1\nb = " + "a + " * 9_000 + "a",
        "a = 1\nb = " + "abs(" * 150 + "a" + ")" * 150 + " )",
    ],
)
def test_deep_nesting_never_breaks_anything(source: str) -> None:
    try_to_parse(source)


def test_deep_brackets_are_refused_with_advice() -> None:
    assert "on lines of their own" in str(refused("a = " + "(" * 250 + "1" + ")" * 250))


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    assert "too many digits" in str(refused("a = " + "9" * 5000 + "\nL = a * 2"))


def test_the_index_of_a_long_list_is_refused_as_an_index() -> None:
    assert "an index" in str(refused(f"a = 1\nL = a[{', '.join(['1'] * 200)}]"))


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "limits", "setting"),
    [
        ("a = 1\nL = a + 1", Limits(max_nodes=2), "CHAINRULE_MAX_NODES"),
        ("a = [1, 2, 3]\nL = sum(a)", Limits(max_elements=2), "CHAINRULE_MAX_ELEMENTS"),
        ("a = [[1], [2]]\nL = sum(a @ [[1, 2]])", Limits(max_elements=3), "CHAINRULE_MAX_ELEMENTS"),
        ("a = [1, 2, 3]\nL = sum(a)", Limits(max_total_elements=3), "CHAINRULE_MAX_TOTAL_ELEMENTS"),
        ("a = [" + "1, " * 2_000_000 + "1]\nL = sum(a)", Limits(), "CHAINRULE_MAX_ELEMENTS"),
        ("a = [" + ".5, " * 1_000_000 + "1]\nL = sum(a)", Limits(), "CHAINRULE_MAX_NODES"),
        ("a = [" + "[" * 4_000_000, Limits(), "CHAINRULE_MAX_NODES"),
        ("a = 1\nL = " + "+".join(["a"] * 2_000_000), Limits(), "CHAINRULE_MAX_NODES"),
    ],
    ids=range(8),
)
def test_what_is_too_large_is_refused_by_the_name_of_the_setting(source: str, limits: Limits, setting: str) -> None:
    with pytest.raises(TooLarge, match=setting):
        parse(source, limits)


def test_the_place_of_what_is_too_large_is_named() -> None:
    with pytest.raises(TooLarge) as caught:
        parse("a = [[1], [2]]\nL = sum(a @ [[1, 2]])", Limits(max_elements=3))
    assert (caught.value.line, caught.value.column) == (2, 9)


def test_broadcasting_cannot_ask_for_more_memory_than_is_allowed() -> None:
    row = ", ".join(["1"] * 10_000)
    column = ", ".join(["[1]"] * 10_000)
    with pytest.raises(TooLarge, match="CHAINRULE_MAX_ELEMENTS"):
        parse(f"a = [{row}]\nb = [{column}]\nL = sum(a * b)")


# -- fuzz -------------------------------------------------------------------------------------------------------------

PIECES = [
    "a", "b", "c", "sum", "input", "1", "-2.5", "1e999", "[1, 2]", "[[1], [2]]", "[", "]", "(", ")", "=", "+=", "@=",
    "+", "-", "*", "/", "**", "@", ",", "\n", " ", "axis=", "keepdims=True", "max(", "sigmoid(", "cross_entropy(",
    "reshape(", "shape=(2,)", "权重", "#", "'", '"', "\\", ":", ":=", ".", "lambda", "for", "if", "True", "\t", "\r",
    "_x", "\x00", "0x", "1_0", "1j", "~", "{", "}", "%", "a = 1\n", "b = [1, 2]\n",
    "L = sum(b * b)\n", "\ufeff", "ℵ", "²",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_arrangement_of_pieces_breaks_the_parser(source: str) -> None:
    try_to_parse(source)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(source: str) -> None:
    try_to_parse(source)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_break_the_parser(octets: bytes) -> None:
    try_to_parse(octets.decode("utf-8", "surrogateescape"))


def try_to_parse(source: str) -> None:
    """Either a graph with a scalar loss, or a refusal that can be shown; nothing else."""
    try:
        assert parse(source).loss.shape == ()
    except ChainruleError as refusal:
        assert str(refusal)
        if isinstance(refusal, ExpressionError):
            assert refusal.line >= 1 and refusal.column >= 1


# -- what many threads and long texts meet ----------------------------------------------------------------------------


class Watched:
    """A lock that says when somebody has to wait for it."""

    def __init__(self, waits: Event) -> None:
        self.lock, self.waits = Lock(), waits

    def __enter__(self) -> None:
        if self.lock.locked():
            self.waits.set()
        self.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self.lock.release()


def test_one_text_at_a_time_is_parsed_whatever_a_collection_runs_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "a0 = 1.5\n" + "\n".join(f"a{n} = sigmoid(a{n - 1} * 2 + 1) - a{n - 1}" for n in range(1, 140))
    met, begun = Event(), Event()
    parse_tree, threshold = ast.parse, gc.get_threshold()

    def beside() -> None:
        parse(source)
        met.set()

    other = Thread(target=beside)

    def interrupt(phase: str, about: object) -> None:
        if begun.is_set() and not other.ident:
            other.start()
            met.wait()

    def parsed(*given: object, **named: object) -> ast.Module:
        begun.set()
        gc.set_threshold(10)
        return parse_tree(*given, **named)

    monkeypatch.setattr(grammar, "_PARSING", Watched(met))
    monkeypatch.setattr(ast, "parse", parsed)
    gc.callbacks.append(interrupt)
    try:
        assert len(parse(source).nodes) > 500
    finally:
        gc.callbacks.remove(interrupt)
        gc.set_threshold(*threshold)
    other.join()
    assert met.is_set()


def test_names_are_compared_in_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = []

    def compare(word: str, known: dict[str, str], n: int, cutoff: float) -> list[str]:
        pairs.append(sum(len(word) * len(name) for name in known))
        return []

    monkeypatch.setattr(wording.difflib, "get_close_matches", compare)
    names = [f"{number:b}".rjust(100, "a") for number in range(3000)]
    wording.nearest("a" * 5000, names)
    wording.nearest("ab", names)
    assert 0 < max(pairs) <= wording.WORK


def test_long_arrays_keep_their_places_behind_signs_of_several_bytes() -> None:
    long = "[" + ", ".join(["1.5"] * 200) + "]"
    source = f"µ = sum({long}) + sum({long})\nßß = sum({long}) * µ"
    assert value(source) == 300.0 * 600.0
