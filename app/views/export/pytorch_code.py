"""A network as a PyTorch script: an nn.Module with these parameters, torch.optim's optimizer as it stands, the loop."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import indent
from typing import Any

from app.engine.graph import Node
from app.engine.optim import Optimizer
from app.engine.schedule import Constant
from app.engine.update_order import SEQUENTIAL
from app.errors import N_, Invalid
from app.nn.evaluation import criterion_of
from app.nn.layers import ACTIVATIONS
from app.session.departure import Departure
from app.views.export import sections
from app.views.export.names import Names
from app.views.export.written import assignments, number

NEEDS = "Python 3.9 or newer, NumPy and PyTorch"
PREDICTED = ("network.eval()", "with torch.no_grad():", "    answer = network(torch.tensor(x)).numpy()")
SETTINGS = {"learning_rate": "lr", "epsilon": "eps", "momentum": "momentum", "nesterov": "nesterov"}
SETTINGS |= {"alpha": "alpha", "weight_decay": "weight_decay"}
PENALTIES = {"l1_penalty": "{rate} * {weight}.abs().sum()", "l2_penalty": "0.5 * {rate} * ({weight} ** 2).sum()"}
FUNCTIONS = {row.op: row.pytorch for row in ACTIVATIONS.values()}


def pytorch_code(title: str, departure: Departure) -> str:
    """The script. Raises Invalid for what PyTorch has no module or optimizer for."""
    problem = departure.problem
    if problem.batches is None:
        raise Invalid(N_("Only a network can be written as PyTorch modules; this is an expression."))
    if departure.optimizer.update_order == SEQUENTIAL:
        template = N_("PyTorch's optimizers move all parameters at once; this session's move one after the other.")
        raise Invalid(template)
    parts = [
        sections.heading(title, departure, NEEDS),
        "import sys\n\nimport numpy as np\nimport torch\nfrom torch import nn\n",
        sections.data(departure) + tensors(departure),
        "# The parameters at this moment; a layer's weight has a row for each of its units.\n"
        + sections.numbers_of("parameters", departure.parameters),
        module(departure),
        loading(departure),
        sections.predict(departure, PREDICTED),
        optimizer(departure),
        rate(departure.optimizer),
        sections.batch(departure),
        sections.masks(departure, [mask.id for mask in problem.masks]),
        losses(departure),
        train(departure),
        MAIN,
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


def tensors(departure: Departure) -> str:
    """The data as PyTorch takes them."""
    is_classes = departure.data[1].ndim == 1
    return f"X, Y = torch.tensor(X), torch.tensor(Y){'.long()' if is_classes else ''}\n"


def linears(departure: Departure) -> list[Node]:
    """The linear nodes, in order."""
    return [node for node in departure.problem.graph.nodes if node.op == "linear"]


def module(departure: Departure) -> str:
    """The class of the network."""
    made = [
        f"self.{layer(node)} = nn.Linear({shape(departure, node)}, dtype=torch.float64)" for node in linears(departure)
    ]
    steps = forward(departure)
    mask = ", masks=None" if departure.problem.masks else ""
    return "\n".join(
        [
            "class Network(nn.Module):",
            '    """The network: each layer is linear, then bent by its activation."""',
            "",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        {line}" for line in made),
            "",
            f"    def forward(self, x{mask}):",
            *(f"        {line}" for line in steps),
            "",
        ]
    )


def layer(node: Node) -> str:
    """What the module of a linear node is called."""
    return f"layer{node.id.removeprefix('z')}"


def shape(departure: Departure, node: Node) -> str:
    """The arguments of nn.Linear."""
    units, inputs = departure.problem.graph[node.inputs[1]].shape
    return f"{inputs}, {units}" + ("" if len(node.inputs) == 3 else ", bias=False")


def forward(departure: Departure) -> list[str]:
    """The lines of the forward pass up to what the loss compares."""
    graph, masks = departure.problem.graph, [mask.id for mask in departure.problem.masks]
    answer = criterion_of(departure.problem).inputs[0]
    lines: list[str] = []
    for node in graph.nodes[: graph.position(answer) + 1]:
        if node.kind != "op":
            continue
        lines.append(f"{node.id} = {expression(node, masks)}")
    return [*lines, f"return {answer}"]


def expression(node: Node, masks: list[str]) -> str:
    """A node as PyTorch computes it."""
    x = node.inputs[0]
    if node.op == "mul":
        return f"{x} * masks[{masks.index(node.inputs[1])}] if self.training else {x}"
    return f"self.{layer(node)}({x})" if node.op == "linear" else FUNCTIONS[node.op].format(x)


def loading(departure: Departure) -> str:
    """Lines that make the network and give it its parameters."""
    named = [f'    "{id}": network.{place},' for id, place in places(departure).items()]
    frozen = [id for id in departure.parameters if id not in departure.slots]
    lines = ["network = Network()", "named = {", *named, "}", "with torch.no_grad():"]
    lines += ["    for name, numbers in parameters.items():", "        named[name].copy_(torch.tensor(numbers))"]
    lines += [f'named["{id}"].requires_grad_(False)  # frozen' for id in frozen]
    return "\n".join(lines) + "\n"


def places(departure: Departure) -> dict[str, str]:
    """Where PyTorch keeps each parameter."""
    found = {}
    for node in linears(departure):
        found |= {id: f"{layer(node)}.{kind}" for id, kind in zip(node.inputs[1:], ("weight", "bias"), strict=False)}
    return {id: found[id] for id in departure.parameters}


def optimizer(departure: Departure) -> str:
    """The optimizer with its settings and what it remembers."""
    ids = ", ".join(f'"{id}"' for id in departure.updated)
    row = departure.optimizer
    lines = [f"optimizer = {row.pytorch}([named[name] for name in ({ids},)], {settings(row)})"]
    lines += [f"step = {departure.steps}", f"iteration = {departure.iteration}"]
    kept = any(slot.any() for slots in departure.slots.values() for slot in slots)
    if departure.steps and row.slots and kept:
        keys = ", ".join(f'"{slot.pytorch}"' for slot in row.slots)
        lines = [f"# What the optimizer remembers of each parameter, after {departure.steps} updates.", *lines]
        lines += [sections.slots_of(departure).strip("\n"), "for name, remembered in slots.items():"]
        lines += [f"    found = dict(zip(({keys},), map(torch.tensor, remembered)))"]
        lines += [f'    optimizer.state[named[name]] = {{"step": torch.tensor({float(departure.steps)}), **found}}']
    return "\n".join(lines) + "\n"


def settings(row: Any) -> str:
    """The settings by PyTorch's names."""
    given = asdict(row)
    parts = [f"{SETTINGS[name]}={value!r}" for name, value in given.items() if name in SETTINGS]
    if "beta1" in given:
        parts.append(f"betas=({given['beta1']!r}, {given['beta2']!r})")
    return ", ".join(parts)


def losses(departure: Departure) -> str:
    """The functions of the loss: of answers alone, and with the penalties that training adds."""
    problem = departure.problem
    penalties = [
        PENALTIES[node.op].format(
            rate=number(problem.graph[node.inputs[1]].initial), weight=f"named[{node.inputs[0]!r}]"
        )
        for node in problem.graph.nodes
        if node.op in PENALTIES
    ]
    lines = ["def fit(output, y):", '    """The loss of what the network answers, beside what it should."""']
    lines += [f"    return {problem.loss.pytorch}"]
    if penalties:
        sum_of = " + ".join(penalties).replace("'", '"')
        lines += ["", "", "def penalty():", '    """What the weights add to the loss."""', f"    return {sum_of}"]
    return "\n".join(lines) + "\n"


def train(departure: Departure) -> str:
    """The loop; it prints the loss of each iteration, as computed before its update."""
    given = "x, masks=[torch.tensor(mask) for mask in masks(iteration, len(x))]" if departure.problem.masks else "x"
    is_penalized = any(node.op in PENALTIES for node in departure.problem.graph.nodes)
    lines = [
        '"""Go on for so many iterations."""',
        "global step, iteration",
        "network.train()",
        "for _ in range(iterations):",
    ]
    body = ["x, y = batch(iteration)", "optimizer.zero_grad()"]
    body += [f"loss = fit(network({given}), y){' + penalty()' if is_penalized else ''}"]
    body += ["loss.backward()", *before_update(departure.optimizer), "optimizer.step()"]
    body += ["print(iteration, repr(loss.item()))", "step, iteration = step + 1, iteration + 1"]
    text = "\n".join([*lines, *(f"    {line}" for line in body)])
    return f"def train(iterations):\n{indent(text, '    ')}\n"


def before_update(optimizer: Optimizer) -> list[str]:
    """Lines that clip the gradients and set the rate of an update."""
    clipped = 'optimizer.param_groups[0]["params"]'
    lines = []
    if optimizer.clip_norm:
        lines.append(f"torch.nn.utils.clip_grad_norm_({clipped}, {optimizer.clip_norm!r})")
    if optimizer.clip_value:
        lines.append(f"torch.nn.utils.clip_grad_value_({clipped}, {optimizer.clip_value!r})")
    if not isinstance(optimizer.schedule, Constant):
        lines.append('optimizer.param_groups[0]["lr"] = rate(np.float64(step))')
    return lines


def rate(optimizer: Optimizer) -> str:
    """The function of the learning rate, if it changes."""
    if isinstance(optimizer.schedule, Constant):
        return ""
    made = assignments(
        lambda sheet: optimizer.schedule.rate(optimizer.learning_rate, sheet.name("done", ())),
        ["eta"],
        Names(("done",)).fresh_part,
    )
    says = '"""The learning rate of an update when so many are done."""'
    body = indent("\n".join([says, *made.lines, "return float(eta)"]), "    ")
    return f"def rate(done):\n{body}\n"


MAIN = """
if __name__ == "__main__":
    network.eval()
    with torch.no_grad():
        print("loss", repr(fit(network(X), Y).item()))
    train(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
"""
