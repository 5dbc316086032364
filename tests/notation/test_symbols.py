from app.engine.graph import Graph, GraphBuilder
from app.notation.symbols import definition, gradient_formula


def reused() -> Graph:
    """e = (−a − a) a."""
    build = GraphBuilder()
    a = build.parameter("a", 1.0)
    d = build.op("sub", [build.op("neg", [a], "c"), a], "d")
    build.op("mul", [d, a], "e")
    return build.build()


def dense() -> Graph:
    build = GraphBuilder()
    x, weights = build.input("x", [[1.0, 2.0]]), build.parameter("W", [[0.5, 0.25]])
    build.op("sum", [build.op("linear", [x, weights], "z")], "loss")
    return build.build()


def test_a_share_with_a_minus_is_not_added_with_a_plus():
    formula = gradient_formula(reused(), "a")
    assert formula.count("<mo>+</mo>") == 1 and formula.count("<mo>&#x02212;</mo>") == 2


def test_a_negative_number_stands_in_parentheses():
    build = GraphBuilder()
    x = build.parameter("x", 1.0)
    build.op("mul", [build.constant("_1", -2.0), x], "y")
    graph = build.build()
    for formula in (definition(graph, graph["y"]), gradient_formula(graph, "x")):
        assert "<mo>(</mo><mn>−2</mn><mo>)</mo>" in formula


def test_a_transposed_derivative_stands_in_parentheses():
    formula = gradient_formula(dense(), "W")
    transposed = formula[formula.index("<msup>") : formula.index("</msup>")]
    assert transposed.index("&#x00028;") < transposed.index("<mfrac>") < transposed.index("&#x00029;")
