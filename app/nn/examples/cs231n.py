"""The circuits of Stanford's CS231n notes on backpropagation."""

from app.errors import N_
from app.nn.preset import Preset, expression, figures

SOURCE = "https://cs231n.github.io/optimization-2/"

PRESETS = (
    Preset(
        name="cs231n",
        title=N_("CS231n: (x + y) z"),
        summary=N_("The smallest circuit of the notes: a sum, a product, and how the gradient parts at each."),
        source=SOURCE,
        make=expression("x = -2\ny = 5\nz = -4\nq = x + y\nf = q * z"),
        published=(
            *figures("value", "q q 3", "f f -12"),
            *figures("gradient", "∂f/∂x x -4", "∂f/∂y y -4", "∂f/∂z z 3", "∂f/∂q q -4", "∂f/∂f f 1"),
        ),
    ),
    Preset(
        name="cs231n-sigmoid",
        title=N_("CS231n: a sigmoid neuron, gate by gate"),
        summary=N_("A sigmoid taken apart into −1, exp, +1 and 1/x; the gradients of the four multiply to σ(1 − σ)."),
        source=SOURCE,
        make=expression(
            "w0 = 2.0\nx0 = input(-1.0)\nw1 = -3.0\nx1 = input(-2.0)\nw2 = -3.0\n"
            "w0x0 = w0 * x0\nw1x1 = w1 * x1\nsum01 = w0x0 + w1x1\ndot = sum01 + w2\n"
            "neg = -1 * dot\nexp = exp(neg)\nplus1 = exp + 1\nf = 1 / plus1"
        ),
        published=(
            *figures(
                "value",
                "w0x0 w0x0 -2.00",
                "w1x1 w1x1 6.00",
                "sum01 sum01 4.00",
                "dot dot 1.00",
                "neg neg -1.00",
                "exp exp 0.37",
                "plus1 plus1 1.37",
                "f f 0.73",
            ),
            *figures(
                "gradient",
                "∂f/∂w0 w0 -0.20",
                "∂f/∂x0 x0 0.39",
                "∂f/∂w1 w1 -0.39",
                "∂f/∂x1 x1 -0.59",
                "∂f/∂w2 w2 0.20",
                "∂f/∂w0x0 w0x0 0.20",
                "∂f/∂w1x1 w1x1 0.20",
                "∂f/∂sum01 sum01 0.20",
                "∂f/∂dot dot 0.20",
                "∂f/∂neg neg -0.20",
                "∂f/∂exp exp -0.53",
                "∂f/∂plus1 plus1 -0.53",
                "∂f/∂f f 1.00",
            ),
        ),
    ),
    Preset(
        name="cs231n-max",
        title=N_("CS231n: add, multiply, maximum"),
        summary=N_("What each gate does to a gradient: a sum copies it, a product swaps, a maximum chooses one way."),
        source=SOURCE,
        make=expression(
            "x = 3.0\ny = -4.0\nz = 2.0\nw = -1.0\nxy = x * y\nmax = maximum(z, w)\nsum = xy + max\nf = 2 * sum"
        ),
        published=(
            *figures("value", "xy xy -12.00", "max max 2.00", "sum sum -10.00", "f f -20.00"),
            *figures(
                "gradient",
                "∂f/∂x x -8.00",
                "∂f/∂y y 6.00",
                "∂f/∂z z 2.00",
                "∂f/∂w w 0.00",
                "∂f/∂xy xy 2.00",
                "∂f/∂max max 2.00",
                "∂f/∂sum sum 2.00",
                "∂f/∂f f 1.00",
            ),
        ),
    ),
    Preset(
        name="cs231n-staged",
        title=N_("CS231n: a larger function in stages"),
        summary=N_("(x + σ(y)) / (σ(x) + (x + y)²): x and y are each used several times, and their gradients add up."),
        source=SOURCE,
        make=expression(
            "x = 3\ny = -4\nsigy = sigmoid(y)\nnum = x + sigy\nsigx = sigmoid(x)\nxpy = x + y\n"
            "xpysqr = xpy ** 2\nden = sigx + xpysqr\ninvden = 1 / den\nf = num * invden"
        ),
        published=(
            *figures(
                "value",
                "sigy sigy - 0.017986209962",
                "num num - 3.017986209962",
                "sigx sigx - 0.952574126822",
                "xpy xpy - -1",
                "xpysqr xpysqr - 1",
                "den den - 1.952574126822",
                "invden invden - 0.512144448840",
                "f f - 1.545644884107",
                tolerance=1e-12,
            ),
            *figures("gradient", "∂f/∂x x - 2.059569795572", "∂f/∂y y - 1.592232751484", tolerance=1e-12),
        ),
        notes=(N_("The source prints no results for this one; the figures are recomputed in float64."),),
    ),
)
