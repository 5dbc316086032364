"""What is said beside the equations of a layer, and where the article behind the product has them wrong."""

from app.errors import N_

COLUMN, ROWS, COLUMNS = "column", "rows", "columns"
"""How samples are written: a single one as a column, many as rows, or as columns side by side."""

WORDS = {
    ("sum", COLUMN): N_("Each unit adds up its inputs, every one times its weight, and its bias."),
    ("sum", ROWS): N_("Each row is one sample of the batch; the bias is added to every row."),
    ("sum", COLUMNS): N_("Each column is one sample of the batch; the bias is added to every column."),
    ("sum-bare", COLUMN): N_("Each unit adds up its inputs, every one times its weight. There is no bias."),
    ("activation", COLUMN): N_("The activation is applied to every number of z."),
    ("identity", COLUMN): N_("There is no activation: what leaves the layer is z itself."),
    ("output", COLUMN): N_("What the next layer sends back to this layer’s output."),
    ("delta", COLUMN): N_("What the next layer sends back, times the slope of this layer’s activation."),
    ("delta-plain", COLUMN): N_("What the next layer sends back; with no activation there is no slope to multiply by."),
    ("delta-last", COLUMN): N_("What the loss sends back, times the slope of this layer’s activation."),
    ("delta-jacobian", COLUMN): N_(
        "Softmax mixes the units of a sample: in the place of slopes stands a whole Jacobian matrix, diag(a) − a aᵀ. "
        "Multiplied out, it is this."
    ),
    ("delta-logarithm", COLUMN): N_(
        "The logarithm of softmax mixes the units of a sample: in the place of slopes stands a whole Jacobian matrix. "
        "Multiplied out, it is this."
    ),
    ("weights", COLUMN): N_("Each weight: the δ of the unit that it leads to, times the input that it multiplies."),
    ("weights", ROWS): N_("The product of matrices adds up all samples: for each of them δ times the input."),
    ("bias", COLUMN): N_("A bias is added as it is, so its gradient is δ itself."),
    ("bias", ROWS): N_("The bias is added to every sample, so its gradient adds up the δ of all samples."),
    ("input", COLUMN): N_("What the weights send back to the input of the network; no parameter needs it."),
    ("loss", COLUMN): N_("What the loss sends back: how far the output is off."),
}

REMARKS = {
    "delta": N_(
        "More than one slope for each number stands between z and the loss: δ = Jᵀ ∂loss/∂a with a whole Jacobian J. "
        "The operations, one by one, show how."
    ),
    "weights": N_("These weights have a share elsewhere, too; their gradient is the sum of all shares, in the panel."),
    "bias": N_("This bias has a share elsewhere, too; its gradient is the sum of all shares, in the panel."),
    "moved": N_(
        "Updates are sequential: the forward pass was computed with the weights before their step; "
        "those that stand in an equation of the way back have taken it already."
    ),
    "not dense": N_(
        "This layer is more than one product, a bias and an activation, so it has no short rule of its own. "
        "Its operations, one by one:"
    ),
    "gathered": N_("The output is used in more than one place: ∂loss/∂a is the sum of what comes back from each."),
}

ARTICLES = ("article", "article-training")
MISTAKES = {
    "sum": N_("The article prints [0.4, 0.8] for z⁽¹⁾, which does not follow from its own x, W and b."),
    "activation": N_("The article prints a single 0.9 here; every unit has an output of its own."),
    "delta": N_(
        "The article writes σ(z) here, where the slope σ′(z) = σ(z)(1 − σ(z)) belongs; in its numbers it multiplies by "
        "σ(z) also where the transposed weights belong."
    ),
    "delta-last": N_("The article leaves out σ′(z) here."),
    "loss": N_("The article has this difference the other way round and twice as large: the ½ cancels the 2."),
    "weights": N_("The article adds a term ∂b/∂W to this rule. It is zero: the bias does not depend on the weights."),
}
IN_NUMBERS = ("sum", "activation", "delta-last", "loss")
"""Mistakes of the worked example; the others are in the article's rules."""


def words_for(name: str, way: str) -> str:
    """The sentence beside an equation, for one of the ways to write samples."""
    many = WORDS.get((name, ROWS), WORDS[name, COLUMN])
    return WORDS[name, COLUMN] if way == COLUMN else WORDS.get((name, way), many)


def mistake_in(preset: str | None, name: str, number: int) -> str:
    """What the article has wrong about an equation; nothing for sessions that are not the article's."""
    if preset not in ARTICLES or (name in IN_NUMBERS and preset != ARTICLES[0]) or (name == "sum" and number != 1):
        return ""
    return MISTAKES.get(name, "")
