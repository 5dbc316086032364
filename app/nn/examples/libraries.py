"""Examples from the front pages of two libraries for automatic differentiation."""

from app.errors import N_
from app.nn.preset import Preset, expression, figures

HIPS = "https://github.com/HIPS/autograd"
PYTORCH = "https://pytorch.org/tutorials/beginner/blitz/autograd_tutorial.html"

PRESETS = (
    Preset(
        name="autograd-tanh",
        title=N_("HIPS autograd: tanh of its README"),
        summary=N_("tanh written with exp, its gradient at 1 and the central difference printed beside it."),
        source=HIPS,
        make=expression("x = 1.0\ny = exp(-2.0 * x)\nt = (1.0 - y) / (1.0 + y)"),
        published=(
            *figures("gradient", "∂t/∂x x 0.419974341614026", tolerance=1e-12),
            *figures("central_difference", "Δt/Δx x 0.41997434264973155", tolerance=1e-12),
        ),
    ),
    Preset(
        name="pytorch-q",
        title=N_("PyTorch's introduction to autograd: Q = 3a³ − b²"),
        summary=N_("Two vectors, and a backward pass that begins with ones."),
        source=PYTORCH,
        make=expression("a = [2.0, 3.0]\nb = [6.0, 4.0]\nQ = 3 * a**3 - b**2\nL = sum(Q)", learning_rate=0.001),
        published=(
            *figures("value", "Q[0] Q[0] -12", "Q[1] Q[1] 65"),
            *figures("gradient", "∂Q/∂a[0] a[0] 36", "∂Q/∂a[1] a[1] 81", "∂Q/∂b[0] b[0] -12", "∂Q/∂b[1] b[1] -8"),
        ),
        notes=(
            N_("The source starts the backward pass of the vector Q with ones; that is the gradient of the sum of Q."),
        ),
    ),
)
