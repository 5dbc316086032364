"""The stops of the guided tour: the article's parts, each with a session to look at and something to do in it.

Numbers in the texts stand as names in braces and are computed from the stop's own session, never typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import N_
from app.nn.preset import Printed, figures

ARTICLE: Mapping[str, Any] = {"kind": "preset", "name": "article"}
TRAINING: Mapping[str, Any] = {"kind": "preset", "name": "article-training"}
DEEP: Mapping[str, Any] = {
    "kind": "layers",
    "inputs": 2,
    "layers": [
        *({"kind": "dense", "units": 4, "activation": "sigmoid"} for _ in range(8)),
        {"kind": "dense", "units": 1, "activation": "sigmoid"},
    ],
    "loss": "half_squared_error",
    "data": {"x": [[0.5, 0.2]], "y": [[1.0]]},
    "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    "seed": 1,
}
HALF_MOONS: Mapping[str, Any] = {
    "kind": "layers",
    "inputs": 2,
    "layers": [*({"kind": "dense", "units": 8, "activation": "tanh"} for _ in range(2)), {"kind": "dense", "units": 1}],
    "loss": "binary_cross_entropy_with_logits",
    "data": {
        "dataset": "moons",
        "samples": 150,
        "noise": 0.3,
        "validation_fraction": 0.2,
        "test_fraction": 0.2,
        "seed": 1,
    },
    "optimizer": {"kind": "adam", "learning_rate": 0.03},
    "seed": 1,
}
SIGMOIDS: Mapping[str, Any] = {"kind": "preset", "name": "vanishing-sigmoid"}


@dataclass(frozen=True)
class Look:
    """Where in the session to look: a node's number, in a view, with a section unfolded."""

    words: str
    node: str | None = None
    index: str | None = None
    view: str | None = None
    open: str | None = None

    @property
    def place(self) -> str:
        """The part of the page that shows it, as an anchor: a section, else the panel, else the view."""
        if self.node is None:
            return "workspace"
        return f"section-{self.open}" if self.open else "panel"


@dataclass(frozen=True)
class Claim:
    """A line of the article, what is wrong with it, and where to see it."""

    printed: str
    verdict: str
    look: Look | None = None


@dataclass(frozen=True)
class Stop:
    """One part of the article as a session. `moment` is (phase, node) in the first iteration; None is its start.

    `figures` are numbers for the texts, by name.
    """

    name: str
    part: str
    title: str
    summary: str
    spec: Mapping[str, Any]
    says: tuple[str, ...]
    tries: tuple[str, ...]
    look: Look
    looks: tuple[Look, ...] = ()
    moment: tuple[str, str | None] = ("start", None)
    figures: tuple[Printed, ...] = ()
    claims: tuple[Claim, ...] = ()


STOPS: Mapping[str, Stop] = {
    stop.name: stop
    for stop in (
        Stop(
            name="structure",
            part="§2.2.1",
            title=N_("What a network is made of"),
            summary=N_("Inputs, layers, weights, biases, an activation at each layer, and one number at the end."),
            spec=ARTICLE,
            says=(
                N_(
                    "Two inputs go through three layers of two neurons each. Every line carries a weight, every neuron "
                    "adds a bias and then applies its activation, here the sigmoid. The last number is the loss: how "
                    "far the outputs are from their targets."
                ),
                N_(
                    "Weights and biases are the parameters: the only numbers that training changes. The inputs are "
                    "data, and everything else is computed from the two."
                ),
            ),
            tries=(
                N_("Look at the same network as layers, as operations and as single numbers."),
                N_(
                    "Press “Finish phase” to compute forward; then click a weight, set another number and press it "
                    "again: which numbers are new?"
                ),
            ),
            look=Look(N_("The net, number by number"), view="net"),
            looks=(
                Look(N_("As layers"), view="layers"),
                Look(N_("As operations"), view="graph"),
            ),
        ),
        Stop(
            name="loop",
            part="§2.2.2",
            title=N_("The loop of training"),
            summary=N_("Forward, loss, backward, update, and again: one iteration after the other."),
            spec=ARTICLE,
            says=(
                N_(
                    "One iteration has three phases. Forward: every operation computes its value from those before it, "
                    "up to the loss. Backward: from the loss back, every number learns its gradient, which says how "
                    "fast "
                    "the loss changes with it. Update: every parameter takes a small step against its gradient."
                ),
                N_("Then it begins again with the new parameters. Nothing else happens in training."),
            ),
            tries=(
                N_("Press “Next operation” and watch which number appears; “Finish phase” takes the rest at once."),
                N_("Run ten iterations: the loss was {loss} before the first update; what is it now?"),
            ),
            look=Look(N_("The operations"), view="graph"),
            figures=(*figures("value", "loss loss -"),),
        ),
        Stop(
            name="forward",
            part="§3.2.1",
            title=N_("Forward: z = W x + b, then a = σ(z)"),
            summary=N_("A weighted sum, a bias, an activation: how one neuron computes its number."),
            spec=ARTICLE,
            says=(
                N_(
                    "The first neuron multiplies each input by a weight, adds the products and its bias: z1 is {z}. "
                    "The sigmoid squeezes that into a1 = {a}."
                ),
                N_(
                    "Every value here can be asked where it comes from: the formula, the same with numbers, the result."
                ),
                N_(
                    "Texts write W x + b with x as a column; the panel writes x W1ᵀ + b1 with x as a row, one for each "
                    "sample. The sums are the same."
                ),
            ),
            tries=(
                N_("Compute {z} by hand from the line with the numbers."),
                N_("Follow the second neuron the same way: its z is {other}."),
            ),
            look=Look(N_("z of the first neuron"), "z1", "0,0"),
            looks=(
                Look(N_("its activation"), "a1", "0,0"),
                Look(N_("z of the second neuron"), "z1", "0,1"),
            ),
            moment=("forward", "a1"),
            figures=(*figures("value", "z z1[0,0] -", "a a1[0,0] -", "other z1[0,1] -"),),
        ),
        Stop(
            name="loss",
            part="§4.2",
            title=N_("The loss, and where the backward pass begins"),
            summary=N_("loss = ½ Σ (ŷ − y)²: why there is a ½, and which sign its derivative has."),
            spec=ARTICLE,
            says=(
                N_(
                    "The outputs are {first} and {second}, the targets are both 1, and half the sum of the squared "
                    "differences is {loss}."
                ),
                N_(
                    "The derivative with respect to an output ŷ, here a3, is ŷ − y: the 2 of the square cancels the "
                    "½, and the sign is negative here because the output is too small. For the first output it is "
                    "{slope}."
                ),
            ),
            tries=(
                N_(
                    "Nudge the first output up: by less than 0.1 the loss falls; by 0.5 it goes past the target, and "
                    "the loss rises again."
                ),
                N_(
                    "Set the first target to {first}, press “Finish phase” twice, and see the gradient of the first "
                    "output almost vanish."
                ),
            ),
            look=Look(N_("The loss"), "loss"),
            looks=(
                Look(N_("the first output"), "a3", "0,0", open="nudge"),
                Look(N_("the targets"), "y", "0,0"),
            ),
            moment=("backward", "a3"),
            figures=(
                *figures("value", "first a3[0,0] -", "second a3[0,1] -", "loss loss -"),
                *figures("gradient", "slope a3[0,0] -"),
            ),
        ),
        Stop(
            name="chain-rule",
            part="§2.2.3",
            title=N_("The chain rule: upstream × local"),
            summary=N_("What arrives from the loss, times what happens here: one product at every edge."),
            spec=ARTICLE,
            says=(
                N_(
                    "To know how the loss changes with z3[0,0], multiply two numbers: the upstream gradient "
                    "∂loss/∂a3 = {upstream}, which is known already, and the local derivative ∂a3/∂z3 = σ′(z3) = a3 "
                    "(1 − a3) = {local}. The product is ∂loss/∂z3 = {gradient}."
                ),
                N_("That is all of backpropagation: this step, repeated from the loss back to every parameter."),
            ),
            tries=(
                N_("Check the product on a calculator."),
                N_("Go on to the weight W3[0,0]: its local derivative is the number it multiplies, a2[0,0]."),
            ),
            look=Look(N_("z of the first output"), "z3", "0,0"),
            looks=(
                Look(N_("the weight before it"), "W3", "0,0"),
                Look(N_("the bias before it"), "b3", "0"),
            ),
            moment=("backward", "W3"),
            figures=(
                *figures("gradient", "upstream a3[0,0] -", "gradient z3[0,0] -"),
                *figures("local", "local z3[0,0]>a3[0,0] -"),
            ),
        ),
        Stop(
            name="fork",
            part="§2.2.4",
            title=N_("Where paths meet, gradients add up"),
            summary=N_("A number that feeds several others receives a share from each of them."),
            spec=ARTICLE,
            says=(
                N_(
                    "The activation a2[0,0] feeds both output neurons: two paths lead from it to the loss. Each "
                    "sends its product back: {one} and {two}. Their sum, {sum}, is the gradient."
                ),
                N_(
                    "For a whole layer this is the transposed matrix: with columns, as texts write it, ∂loss/∂a2 = "
                    "W3ᵀ ∂loss/∂z3; with rows, as the panel does, ∂loss/∂z3 W3. The article multiplies by σ(z3) at "
                    "this step instead."
                ),
            ),
            tries=(
                N_(
                    "Walk on: click z3[0,0] in the table of products to go towards the loss, or z2[0,0] in the "
                    "formula of the value to go back to the inputs."
                ),
                N_(
                    "Press “Finish phase” and look at the paths of a weight to the loss: their products add up to its "
                    "gradient."
                ),
            ),
            look=Look(N_("The fork"), "a2", "0,0"),
            looks=(
                Look(N_("the paths of a weight"), "W2", "0,0", open="paths"),
                Look(N_("the same as matrices"), view="layers", open="layer2"),
            ),
            moment=("backward", "a2"),
            figures=(
                *figures("term", "one a2[0,0]>z3[0,0] -", "two a2[0,0]>z3[0,1] -"),
                *figures("gradient", "sum a2[0,0] -"),
            ),
        ),
        Stop(
            name="layers",
            part="§3.2.2",
            title=N_("The same for whole layers"),
            summary=N_("δ for each layer, and with it every weight’s gradient: symbols beside live matrices."),
            spec=ARTICLE,
            says=(
                N_(
                    "Write δ for ∂loss/∂z of a layer. Then every layer does the same: take the next layer’s δ back "
                    "through its weights, multiply element by element by σ′(z). A weight’s gradient is the δ of its "
                    "row times the activation it multiplies; a bias’s gradient is δ itself."
                ),
                N_(
                    "The article adds ∂b/∂W to the rule for the weights. It is zero: a bias does not depend on a "
                    "weight."
                ),
            ),
            tries=(
                N_("Unfold the layers from the last to the first and follow δ."),
                N_("Click any entry of a matrix: it is a number that can be asked where it comes from."),
            ),
            look=Look(N_("The layers"), view="layers", open="layer2"),
            moment=("backward", "x"),
        ),
        Stop(
            name="update",
            part="§2.1",
            title=N_("The update: a step against the gradient"),
            summary=N_("Gradient descent, and what momentum and Adam add to it."),
            spec=ARTICLE,
            says=(
                N_(
                    "The gradient of W3[0,0] is {gradient}: negative, so the loss falls when the weight grows. "
                    "Gradient "
                    "descent takes the learning rate times the gradient away from the weight, and {before} becomes "
                    "{after}."
                ),
                N_(
                    "Momentum and Adam are other rules for the step: they remember earlier gradients. How a "
                    "gradient is computed stays the same; backpropagation does nothing else."
                ),
            ),
            tries=(
                N_(
                    "Under “Optimizer” choose Adam, press “Set” and then “Finish iteration”, and read the update "
                    "line by line. Then gradient descent with a momentum of 0.9."
                ),
                N_("Set the learning rate to 50 and run a few iterations. “Undo edit” brings the old one back."),
            ),
            look=Look(N_("The update of a weight"), "W3", "0,0", open="update"),
            moment=("update", None),
            figures=(
                *figures("gradient", "gradient W3[0,0] -"),
                *figures("value", "before W3[0,0] -"),
                *figures("updated", "after W3[0,0] -"),
            ),
        ),
        Stop(
            name="check",
            part="§4.3",
            title=N_("A second opinion"),
            summary=N_("Is the gradient right? Move a number a little and see whether the loss agrees."),
            spec=ARTICLE,
            says=(
                N_(
                    "A derivative can be checked without any calculus: move one number up and down by a little, run "
                    "forward twice, and divide the difference of the losses by the distance. That is the central "
                    "difference, and it needs no backward pass."
                ),
                N_(
                    "It costs two forward passes for every parameter; backpropagation gets all of them in one pass "
                    "back. That is why networks are trained with it."
                ),
            ),
            tries=(
                N_("Find the parameter whose gradient agrees worst, and see how many digits still agree."),
                N_("Nudge a weight by more and more: the tangent is right only close by."),
            ),
            look=Look(N_("All parameters, checked"), view="check"),
            looks=(Look(N_("nudge a weight"), "W1", "0,0", open="nudge"),),
            moment=("backward", "x"),
        ),
        Stop(
            name="mistakes",
            part="§4.3",
            title=N_("Spot the mistake"),
            summary=N_("The article’s own numbers are wrong. Find out where, before you unfold the answer."),
            spec=ARTICLE,
            says=(
                N_(
                    "The article works this very network out by hand, and goes wrong at the first line. Each line "
                    "below is one of its statements; C is the loss and ŷ the output. Find what is wrong with it "
                    "before you unfold the answer; every number here can be asked."
                ),
            ),
            tries=(),
            look=Look(N_("The operations"), view="graph"),
            moment=("backward", "x"),
            claims=(
                Claim(
                    "z1 = [0.4, 0.8]",
                    N_("It is [{z}, {other}]: W1 x + b1 of the printed numbers was never computed."),
                    Look("z1", "z1", "0,0"),
                ),
                Claim(
                    "a1 = σ(0.4) = 0.9",
                    N_("σ(0.4) is 0.5987, and a1 has two entries, one for each neuron: [{a}, {a_other}]."),
                    Look("a1", "a1", "0,0"),
                ),
                Claim(
                    N_("∂C/∂ŷ = 2 (y − ŷ): the factor"),
                    N_("There is no 2: the ½ of ½ (y − ŷ)² cancels it."),
                    Look("a3", "a3", "0,0"),
                ),
                Claim(
                    N_("∂C/∂ŷ = 2 (y − ŷ): the sign"),
                    N_(
                        "The sign is the other way round, ŷ − y: the loss grows when an output that is too large grows."
                    ),
                    Look("a3", "a3", "0,0"),
                ),
                Claim(
                    "∂C/∂z3 = 0.2",
                    N_("The factor σ′(z3) is missing. It is [{d}, {d_other}]."),
                    Look("z3", "z3", "0,0"),
                ),
                Claim(
                    "∂C/∂a2 = ∂C/∂z3 · σ(z3) = 0.18",
                    N_("The way from z3 back to a2 leads through the weights: W3ᵀ ∂C/∂z3, which is [{e}, {e_other}]."),
                    Look("a2", "a2", "0,0"),
                ),
                Claim(
                    "∂C/∂z2 = ∂C/∂a2 · σ(z2) = 0.162",
                    N_(
                        "σ(z) stands where σ′(z) = σ(z) (1 − σ(z)) belongs, here and everywhere else: [{f}, {f_other}]."
                    ),
                    Look("z2", "z2", "0,0"),
                ),
                Claim(
                    "∂C/∂W = … + ∂b/∂W",
                    N_("∂b/∂W is zero: a bias does not depend on a weight."),
                    Look("W3", "W3", "0,0"),
                ),
                Claim(
                    N_("y is the output, and y is the target"),
                    N_("One letter cannot be both. Here the output is a3 and the target is y."),
                    Look("loss", "loss"),
                ),
                Claim(
                    N_("“A network with one hidden layer”"),
                    N_("It has two: layers 1 and 2 are hidden, layer 3 is the output."),
                    Look(N_("As layers"), view="layers"),
                ),
                Claim(
                    N_("“Backpropagation prevents overfitting”"),
                    N_(
                        "It computes gradients, nothing more. "
                        "What helps against overfitting is more data and regularization."
                    ),
                ),
                Claim(
                    N_("“loss(y, y)”: the program compares the targets with themselves"),
                    N_("Then the loss is always 0 and reaches no parameter. The next stop has it done right."),
                ),
            ),
            figures=(
                *figures("value", "z z1[0,0] -", "other z1[0,1] -", "a a1[0,0] -", "a_other a1[0,1] -"),
                *figures(
                    "gradient",
                    "d z3[0,0] -",
                    "d_other z3[0,1] -",
                    "e a2[0,0] -",
                    "e_other a2[0,1] -",
                    "f z2[0,0] -",
                    "f_other z2[0,1] -",
                ),
            ),
        ),
        Stop(
            name="training",
            part="§5.2",
            title=N_("The training program, done right"),
            summary=N_("100 random points, 1,000 iterations, and a loss that can hardly fall: why?"),
            spec=TRAINING,
            says=(
                N_(
                    "Layers 2-3-1-1, sigmoid, mean squared error, learning rate 0.1: the article’s program, but "
                    "with the network’s outputs compared with the targets. The first loss is {loss}."
                ),
                N_(
                    "The targets are drawn at random, so the inputs say nothing about them. A network this small can "
                    "do little better than always to answer about one half, and the loss of that is about 0.25."
                ),
            ),
            tries=(
                N_(
                    "Run 101 iterations and then 900 more: the losses of iterations 100 and 1,000 are those that "
                    "“Source and notes” lists."
                ),
                N_(
                    "Look at the gradients of the first layer: three sigmoids lie between it and the loss, and they "
                    "are small."
                ),
            ),
            look=Look(N_("The layers"), view="layers"),
            looks=(Look(N_("a weight of the first layer"), "W1", "0,0"),),
            figures=(*figures("value", "loss loss -"),),
        ),
        Stop(
            name="sets",
            part="§2.3",
            title=N_("Learned, or learned by heart"),
            summary=N_("Three sets of points: one to learn from, one to know when to stop, one for the final word."),
            spec=HALF_MOONS,
            says=(
                N_(
                    "The points are parted at random. Gradients come from the training set alone. The validation set "
                    "says along the way how well points are told that were not learned from, and with it one decides "
                    "when to stop and what to change. The test set is for the end: whatever was chosen by it can no "
                    "longer be measured by it."
                ),
                N_(
                    "A few points, much noise, and a network with room to spare: it can learn every point by heart, "
                    "noise included. That is overfitting, and backpropagation neither causes nor cures it."
                ),
            ),
            tries=(
                N_(
                    "Press “Train”, and pause after two or three seconds: the training loss goes on falling, but the "
                    "validation loss turns and rises."
                ),
                N_(
                    "Click the loss curve at the triangle, where the validation loss is lowest: how smooth is the "
                    "boundary there, and how is it at the end?"
                ),
                N_(
                    "In a network of your own, try what helps: more points, L2, dropout, or a run that ends by itself "
                    "when the validation loss rises."
                ),
            ),
            look=Look(N_("The curves and the boundary"), view="train"),
            looks=(Look(N_("the weights, as they grow"), view="histograms"),),
        ),
        Stop(
            name="vanishing",
            part="§3.3",
            title=N_("Why deep sigmoid networks learn slowly"),
            summary=N_("Every sigmoid multiplies the gradient by at most ¼. After nine of them little is left."),
            spec=DEEP,
            says=(
                N_(
                    "Nine layers, a sigmoid at each. The gradient of the last layer’s z is {last}; of the first z "
                    "in the first layer, {first}. On the way each layer multiplies by σ′(z), which is never more "
                    "than 0.25, and by its weights."
                ),
                N_("Small gradients mean small steps: the first layers hardly learn. This is the vanishing gradient."),
            ),
            tries=(
                N_("Follow the norm of the gradients in the picture above the layers, from the right to the left."),
                N_("Look at the paths of a first weight: how many small factors does each path multiply?"),
            ),
            look=Look(N_("The layers"), view="layers"),
            looks=(Look(N_("the paths of a first weight"), "W1", "0,0", open="paths"),),
            moment=("backward", "x"),
            figures=(*figures("gradient", "last z9[0,0] -", "first z1[0,0] -"),),
        ),
        Stop(
            name="cure",
            part="§3.3",
            title=N_("What keeps a gradient alive"),
            summary=N_("Twenty layers: the same picture for every layer at once, what is wrong, and its cure."),
            spec=SIGMOIDS,
            says=(
                N_(
                    "Twenty layers of sigmoids. A gradient of the last layer is {last}; of the first layer, {first}. "
                    "The bars show the size of every layer’s gradient, on a logarithmic scale."
                ),
                N_(
                    "Two things cure it together. ReLU has the slope 1 wherever it is on, so it takes nothing away. "
                    "He’s initial weights have the variance 2/n for n inputs, which makes up for the half of the "
                    "units that are off: values forward and gradients backward keep their size."
                ),
            ),
            tries=(
                N_("Press “Train”: the last layers learn and the first stand still, so the loss stays where it is."),
                N_(
                    "Then press “What cures it” and train again: every layer’s bar is about as long as the others, "
                    "and the loss falls."
                ),
            ),
            look=Look(N_("Layer by layer"), view="flow"),
            looks=(
                Look(N_("a weight of the first layer"), "W1", "0,0", view="flow"),
                Look(N_("how initial weights compare"), view="histograms"),
            ),
            moment=("backward", "x"),
            figures=(*figures("gradient", "last z20[0,0] -", "first z1[0,0] -"),),
        ),
    )
}
