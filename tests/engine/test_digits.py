"""Every op over wide ranges beside the same function in 450 digits: no value and no slope loses its own digits.

The slopes beside ours are its differences across a step of 10⁻⁶⁰, so that no rule of anybody’s is needed for them.
"""

from collections.abc import Callable, Sequence
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest

from app.engine.explain import local_formula, locals_of, value_formula
from app.engine.graph import Graph, GraphBuilder
from app.engine.ops import OPS
from app.engine.plan import Plan, Snapshot
from tests.engine.figures import as_array, torch_figures

PRECISE = Context(prec=450, Emin=-(10**6), Emax=10**6)
STEP = Decimal("1e-60")
"""As a share of the number that is moved."""
LEAST = 1e-300
"""Below this a number of 64 bits runs out of range, and on the way to it out of digits."""

WIDE = [sign * x for x in (1e-10, 0.3, 1.7, 5.0, 12.0, 20.0, 37.42994775023705, 40.0, 100.0, 300.0) for sign in (1, -1)]
POSITIVE = [1e-100, 1e-10, 0.5, 1.0000001, 3.0, 1e10, 1e200]
PROBABILITIES = [1e-5, 0.01, 0.3, 0.75, 1 - 1e-9]
SCORES = [
    [0.2, -0.3, 0.1],
    [40.0, 0.0, -3.0],
    [0.0, 0.0, 0.0],
    [-30.0, 30.0, 0.0],
    [200.0, -200.0, 0.0],
    [37.5, 0.0, 37.5],
]

Reference = Callable[..., Decimal]


def exp(x: Decimal) -> Decimal:
    return x.exp()


def smaller_than(x: Decimal) -> Decimal:
    """Φ(x), by ½ + φ(x) (x + x³/3 + x⁵/15 + …)."""
    term, total, odd = x, x, 1
    while abs(term) > Decimal("1e-440"):
        odd += 2
        term = term * x * x / odd
        total += term
    return Decimal("0.5") + total * exp(-x * x / 2) / (2 * pi()).sqrt()


def pi() -> Decimal:
    """Machin's formula."""
    return 4 * (4 * arctangent(5) - arctangent(239))


def arctangent(inverse: int) -> Decimal:
    term, total, number = Decimal(1) / inverse, Decimal(1) / inverse, 1
    while abs(term) > Decimal("1e-455"):
        term, number = -term / inverse**2, number + 2
        total += term / number
    return total


def sine(x: Decimal, first: int = 1) -> Decimal:
    """The sine by its series, or from first=0 the cosine."""
    term, total, number = x**first, x**first, first
    while abs(term) > Decimal("1e-445"):
        term = -term * x * x / ((number + 1) * (number + 2))
        total, number = total + term, number + 2
    return total


CURVES: dict[str, tuple[Reference, list[float]]] = {
    "sigmoid": (lambda x: 1 / (1 + exp(-x)), WIDE),
    "tanh": (lambda x: 1 - 2 / (exp(2 * x) + 1), WIDE),
    "relu": (lambda x: max(x, Decimal(0)), WIDE),
    "leaky_relu": (lambda x: x if x > 0 else x * Decimal("0.01"), WIDE),
    "elu": (lambda x: x if x > 0 else exp(x) - 1, WIDE),
    "gelu": (lambda x: x * smaller_than(x), [x for x in WIDE if abs(x) < 38]),
    "softplus": (lambda x: (1 + exp(x)).ln(), WIDE),
    "silu": (lambda x: x / (1 + exp(-x)), WIDE),
    "exp": (exp, WIDE),
    "log": (lambda x: x.ln(), POSITIVE),
    "sqrt": (lambda x: x.sqrt(), POSITIVE),
    "abs": (abs, WIDE),
    "sin": (sine, [x for x in WIDE if abs(x) < 50]),
    "cos": (lambda x: sine(x, 0), [x for x in WIDE if abs(x) < 50]),
    "neg": (lambda x: -x, WIDE),
}

PAIRS = [(a, b) for a in (1e-10, 0.7, 3.0, 1e10) for b in (-2.5, 0.3, 4.0)]
NEAR = [(a, b) for b in (-0.4, 0.7) for a in (-9.0, b - 1e-9, b + 1e-9, b + 0.3, 50.0)]
TWO: dict[str, tuple[Reference, list[tuple[float, float]]]] = {
    "add": (lambda a, b: a + b, PAIRS),
    "sub": (lambda a, b: a - b, PAIRS),
    "mul": (lambda a, b: a * b, PAIRS),
    "div": (lambda a, b: a / b, PAIRS),
    "pow": (lambda a, b: (b * a.ln()).exp(), PAIRS),
    "maximum": (max, PAIRS),
    "minimum": (min, PAIRS),
    "half_squared_error": (lambda p, t: (p - t) ** 2 / 2, NEAR),
    "mean_squared_error": (lambda p, t: (p - t) ** 2, NEAR),
    "mean_absolute_error": (lambda p, t: abs(p - t), NEAR),
    "huber": (lambda p, t: (p - t) ** 2 / 2 if abs(p - t) <= 1 else abs(p - t) - Decimal("0.5"), NEAR),
    "hinge": (
        lambda p, t: max(Decimal(0), 1 - p * t),
        [(a, b) for a in (0.3, 1 - 1e-9, 5.0, -7.0) for b in (1.0, -1.0)],
    ),
    "binary_cross_entropy": (
        lambda p, t: -(t * p.ln() + (1 - t) * (1 - p).ln()),
        [(p, t) for p in PROBABILITIES for t in (0.0, 1.0, 0.2)],
    ),
    "binary_cross_entropy_with_logits": (
        lambda z, t: (1 + exp(z)).ln() - z * t,
        [(z, t) for z in WIDE for t in (0.0, 1.0, 0.2)],
    ),
    "l1_penalty": (lambda w, rate: rate * abs(w), [(w, 0.3) for w in WIDE]),
    "l2_penalty": (lambda w, rate: rate * w * w / 2, [(w, 0.3) for w in WIDE]),
}
OUTPUTS = {
    "softmax": lambda e: [one / sum(e) for one in e],
    "log_softmax": lambda e: [(one / sum(e)).ln() for one in e],
}
# What only adds up or moves numbers, or multiplies them, has no digits of its own to lose.
PLAIN = {"sum", "mean", "max", "matmul", "transpose", "reshape", "linear"}


def finished(graph: Graph) -> Snapshot:
    plan = Plan(graph)
    plan.run(1, graph.backward_end)
    return plan.snapshot()


def slope(function: Reference, arguments: Sequence[float], number: int) -> Decimal:
    """The slope of a function in one of its arguments."""
    around = [Decimal(one) for one in arguments]
    step = STEP * (abs(around[number]) or 1)
    above, below = ([*around[:number], around[number] + h, *around[number + 1 :]] for h in (step, -step))
    return (function(*above) - function(*below)) / (2 * step)


def assert_has_the_digits(ours: float, exact: Decimal, what: str) -> None:
    if abs(exact) >= Decimal(LEAST) or not exact:
        assert abs(Decimal(float(ours)) - exact) <= Decimal("1e-12") * abs(exact), f"{what}: {ours!r}, not {exact:.16e}"


def of_numbers(op: str, arguments: Sequence[float]) -> Graph:
    build = GraphBuilder()
    build.op(op, [build.parameter(f"x{number}", one) for number, one in enumerate(arguments)], "o")
    return build.build()


def of_arrays(op: str, points: Sequence[tuple[float, ...]]) -> Graph:
    """All points in arrays of one axis, and the sum of what the op makes of each."""
    build = GraphBuilder()
    leaves = [build.parameter(f"x{number}", list(one)) for number, one in enumerate(zip(*points, strict=True))]
    build.op("sum", [build.op(op, leaves, "o")], "L")
    return build.build()


CASES = {**{op: (function, [(x,) for x in points]) for op, (function, points) in CURVES.items()}, **TWO}


@pytest.mark.parametrize("op", CASES)
def test_single_numbers_keep_their_digits(op: str) -> None:
    function, points = CASES[op]
    with localcontext(PRECISE):
        for point in points:
            shown = finished(of_numbers(op, point))
            assert_has_the_digits(shown.value("o"), function(*map(Decimal, point)), f"{op}{point}")
            for number in range(len(point)):
                exact = slope(function, point, number)
                assert_has_the_digits(shown.gradient(f"x{number}"), exact, f"the slope of {op}{point} in {number}")


@pytest.mark.parametrize("op", [op for op in CASES if OPS[op].is_elementwise])
def test_arrays_keep_their_digits(op: str) -> None:
    function, points = CASES[op]
    shown = finished(of_arrays(op, points))
    with localcontext(PRECISE):
        for place, point in enumerate(points):
            assert_has_the_digits(shown.value("o")[place], function(*map(Decimal, point)), f"{op}{point}")
            for number in range(len(point)):
                exact = slope(function, point, number)
                ours = shown.gradient(f"x{number}")[place]
                assert_has_the_digits(ours, exact, f"the slope of {op}{point} in {number}")


@pytest.mark.parametrize("op", CASES)
def test_what_is_written_out_has_the_same_digits(op: str) -> None:
    """The page's own formulas: what a reader multiplies is what was computed."""
    for point in CASES[op][1]:
        graph = of_numbers(op, point)
        shown = finished(graph)
        whole = float(shown.value("o"))
        assert value_formula(graph, shown.value, "o", ()).value == pytest.approx(whole, rel=1e-12, abs=LEAST)
        for number in range(len(point)):
            written = local_formula(graph, shown.value, "o", number, (), ()).value
            assert written == pytest.approx(float(shown.gradient(f"x{number}")), rel=1e-12, abs=LEAST)


@pytest.mark.parametrize("op", OUTPUTS)
@pytest.mark.parametrize("scores", SCORES, ids=str)
def test_probabilities_and_their_slopes_keep_their_digits(op: str, scores: list[float]) -> None:
    for place in range(len(scores)):
        build = GraphBuilder()
        picked = build.constant("g", np.eye(len(scores))[place])
        build.op("sum", [build.op("mul", [build.op(op, [build.parameter("x", scores)], "o"), picked], "m")], "L")
        graph = build.build()
        shown = finished(graph)

        def output(*z: Decimal, place: int = place) -> Decimal:
            return OUTPUTS[op]([exp(one) for one in z])[place]

        with localcontext(PRECISE):
            assert_has_the_digits(shown.value("o")[place], output(*map(Decimal, scores)), f"{op} {place}")
            for number in range(len(scores)):
                exact = slope(output, scores, number)
                places, local = locals_of(graph, shown.value, graph["o"], 0, (number,))
                written = local_formula(graph, shown.value, "o", 0, (number,), (place,))
                assert_has_the_digits(shown.gradient("x")[number], exact, f"the slope of {op} {place} in {number}")
                assert_has_the_digits(local[place], exact, f"the term of {op} {place} in {number}")
                assert_has_the_digits(written.value, exact, f"the formula of {op} {place} in {number}")


@pytest.mark.parametrize("is_one_hot", [False, True])
@pytest.mark.parametrize("own", range(3))
@pytest.mark.parametrize("scores", SCORES, ids=str)
def test_a_cross_entropy_and_its_slopes_keep_their_digits(scores: list[float], own: int, is_one_hot: bool) -> None:
    build = GraphBuilder()
    target = np.eye(3)[[own]] if is_one_hot else [own]
    build.op("cross_entropy", [build.parameter("z", [scores]), build.input("t", target)], "L")
    graph = build.build()
    shown = finished(graph)

    def loss(*z: Decimal) -> Decimal:
        return (sum(map(exp, z)) / exp(z[own])).ln()

    with localcontext(PRECISE):
        assert_has_the_digits(shown.value("L"), loss(*map(Decimal, scores)), "the loss")
        assert_has_the_digits(
            value_formula(graph, shown.value, "L", ()).value, loss(*map(Decimal, scores)), "its formula"
        )
        for number in range(3):
            exact = slope(loss, scores, number)
            assert_has_the_digits(shown.gradient("z")[0, number], exact, f"the slope in {number}")
            written = local_formula(graph, shown.value, "L", 0, (0, number), ())
            assert_has_the_digits(written.value, exact, f"its formula in {number}")


def test_every_op_is_tried() -> None:
    assert {*CASES, *OUTPUTS, *PLAIN, "cross_entropy"} == set(OPS)


@pytest.mark.parametrize(("op", "end"), [("sigmoid", 37.42994775023705), ("tanh", 20.0)])
def test_the_textbooks_form_would_have_lost_them(op: str, end: float) -> None:
    """What the convention says of PyTorch: from y alone, 1 − y and 1 − y² are 0 there."""
    row = OPS[op]
    assert row.slope(row.value(np.array(end))) == 0.0 < row.rules[0].vjp(1.0, row.forward(np.array(end)), np.array(end))
    figures = next(f for f in torch_figures()["ops"] if (f["op"], f["case"]) == (op, "thousands"))
    (gradient,), (x,) = figures["gradients"], figures["arguments"]
    assert (as_array(gradient)[as_array(x) > end] == 0).all()
