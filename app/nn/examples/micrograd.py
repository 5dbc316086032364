"""Andrej Karpathy's micrograd: the example of its README and two neurons of the lecture about it."""

from app.errors import N_
from app.nn.preset import Preset, expression, figures

README = "https://github.com/karpathy/micrograd"
LECTURE = "https://github.com/karpathy/nn-zero-to-hero (lectures/micrograd/micrograd_lecture_first_half_roughly.ipynb)"

PRESETS = (
    Preset(
        name="micrograd",
        title=N_("micrograd's README"),
        summary=N_("Two numbers go through sums, powers, ReLUs and a division; names are assigned again on the way."),
        source=README,
        make=expression(
            "a = -4.0\nb = 2.0\nc = a + b\nd = a * b + b**3\nc += c + 1\nc += 1 + c + (-a)\n"
            "d += d * 2 + relu(b + a)\nd += 3 * d + relu(b - a)\ne = c - d\nf = e**2\ng = f / 2.0\ng += 10.0 / f",
            learning_rate=0.0001,
        ),
        published=(
            *figures("value", "g g.2 24.7041"),
            *figures("gradient", "∂g/∂a a 138.8338", "∂g/∂b b 645.5773"),
        ),
        notes=(N_("A name assigned again becomes a new node: after c come c.2 and c.3; the loss is g.2."),),
    ),
    Preset(
        name="micrograd-l",
        title=N_("The micrograd lecture: L = (a b + c) f"),
        summary=N_("The lecture's first graph, worked backwards by hand."),
        source=LECTURE,
        make=expression("a = 2.0\nb = -3.0\nc = 10.0\ne = a * b\nd = e + c\nf = -2.0\nL = d * f", learning_rate=0.01),
        published=(
            *figures("value", "e e -6", "d d 4", "L L -8"),
            *figures(
                "gradient",
                "∂L/∂a a 6",
                "∂L/∂b b -4",
                "∂L/∂c c -2",
                "∂L/∂e e -2",
                "∂L/∂d d -2",
                "∂L/∂f f 4",
                "∂L/∂L L 1",
            ),
        ),
    ),
    Preset(
        name="micrograd-neuron",
        title=N_("The micrograd lecture: a tanh neuron"),
        summary=N_("Two inputs, two weights and a bias chosen so that the gradients come out round."),
        source=LECTURE,
        make=expression(
            "x1 = input(2.0)\nx2 = input(0.0)\nw1 = -3.0\nw2 = 1.0\nb = 6.8813735870195432\n"
            "x1w1 = x1 * w1\nx2w2 = x2 * w2\nn = x1w1 + x2w2 + b\no = tanh(n)"
        ),
        published=(
            *figures(
                "value",
                "x1w1 x1w1 -6",
                "x2w2 x2w2 0",
                "n n 0.8813735870195432",
                "o o 0.7071067811865476",
                tolerance=2e-15,
            ),
            *figures(
                "gradient",
                "∂o/∂x1 x1 -1.5",
                "∂o/∂w1 w1 1.0",
                "∂o/∂x2 x2 0.5",
                "∂o/∂w2 w2 0.0",
                "∂o/∂b b 0.5",
                "∂o/∂x1w1 x1w1 0.5",
                "∂o/∂x2w2 x2w2 0.5",
                "∂o/∂n n 0.5",
                tolerance=2e-15,
            ),
        ),
    ),
)
