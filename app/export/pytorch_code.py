"""A network as a PyTorch script: an nn.Module with these parameters, torch.optim's optimizer as it stands, the loop."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import indent
from typing import Any

from app.engine.optim import Optimizer
from app.engine.schedule import Constant
from app.engine.update_order import SEQUENTIAL
from app.errors import N_, Invalid
from app.export import sections
from app.export.names import Names
from app.nn.layers.layer import Module
from app.notation.written import assignments, number
from app.session.departure import Departure

NEEDS = "Python 3.9 or newer, NumPy and PyTorch"
PREDICTED = ("network.eval()", "with torch.no_grad():", "    answer = network(torch.tensor(x)).numpy()")
SETTINGS = {"learning_rate": "lr", "epsilon": "eps", "momentum": "momentum", "nesterov": "nesterov"}
SETTINGS |= {"alpha": "alpha", "weight_decay": "weight_decay"}
PENALTIES = {"l1_penalty": "{rate} * {weight}.abs().sum()", "l2_penalty": "0.5 * {rate} * ({weight} ** 2).sum()"}


def pytorch_code(title: str, departure: Departure) -> str:
    """The script. Raises Invalid for what PyTorch has no module or optimizer for."""
    problem = departure.problem
    if problem.batches is None:
        raise Invalid(N_("Only a network can be written as PyTorch modules; this is an expression."))
    if departure.optimizer.update_order == SEQUENTIAL:
        template = N_("PyTorch's optimizers move all parameters at once; this session's move one after the other.")
        raise Invalid(template)
    made = modules(departure)
    terms = [*(term for one in made for term in one.terms), *penalties(departure)]
    parts = [
        sections.heading(title, departure, NEEDS),
        "import sys\n\nimport numpy as np\nimport torch\nfrom torch import nn\n",
        sections.data(departure) + tensors(departure),
        "# The parameters at this moment; a layer's weight has a row for each of its units.\n"
        + sections.numbers_of("parameters", departure.parameters),
        module(departure, made),
        loading(departure, made),
        sections.predict(departure, PREDICTED),
        optimizer(departure),
        rate(departure.optimizer),
        sections.batch(departure),
        sections.masks(departure, [mask.id for mask in problem.noises]),
        losses(departure, terms),
        train(departure, bool(terms)),
        MAIN,
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


def tensors(departure: Departure) -> str:
    """The data as PyTorch takes them."""
    is_classes = departure.data[1].ndim == 1
    return f"X, Y = torch.tensor(X), torch.tensor(Y){'.long()' if is_classes else ''}\n"


def modules(departure: Departure) -> list[Module]:
    """The layers, each written by its row; each takes what leaves the one before."""
    problem, made = departure.problem, []
    noises, x = [noise.id for noise in problem.noises], problem.graph.data.id
    outer = [scope for scope in problem.layers if "_" not in scope]
    for scope in outer:
        made.append(problem.layers[scope].pytorch(problem.graph, scope, x, lambda id: f"masks[{noises.index(id)}]"))
        x = made[-1].output
    return made


def module(departure: Departure, made: list[Module]) -> str:
    """The class of the network."""
    mask = ", masks=None" if departure.problem.noises else ""
    attributes = [f"self.{name} = {value}" for one in made for name, value in one.made.items()]
    return "\n".join(
        [
            "class Network(nn.Module):",
            '    """The network, layer after layer."""',
            "",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        {line}" for line in attributes),
            "",
            f"    def forward(self, x{mask}):",
            *(f"        {line}" for one in made for line in one.lines),
            f"        return {made[-1].output}",
            "",
        ]
    )


def loading(departure: Departure, made: list[Module]) -> str:
    """Lines that make the network and give it its parameters."""
    found = {id: place for one in made for id, place in one.places.items()}
    named = [f'    "{id}": network.{found[id]},' for id in departure.parameters]
    frozen = [id for id in departure.parameters if id not in departure.slots]
    lines = ["network = Network()", "named = {", *named, "}", "with torch.no_grad():"]
    lines += ["    for name, numbers in parameters.items():", "        named[name].copy_(torch.tensor(numbers))"]
    lines += [f'named["{id}"].requires_grad_(False)  # frozen' for id in frozen]
    return "\n".join(lines) + "\n"


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


def penalties(departure: Departure) -> list[str]:
    """The penalties that are added to the loss."""
    graph = departure.problem.graph
    return [
        PENALTIES[node.op].format(rate=number(graph[node.inputs[1]].initial), weight=f'named["{node.inputs[0]}"]')
        for node in graph.operations
        if node.op in PENALTIES
    ]


def losses(departure: Departure, terms: list[str]) -> str:
    """The functions of the loss: of answers alone, and with what training adds."""
    lines = ["def fit(output, y):", '    """The loss of what the network answers, beside what it should."""']
    lines += [f"    return {departure.problem.loss.pytorch}"]
    if terms:
        says = '    """What training adds to the loss."""'
        lines += ["", "", "def penalty():", says, f"    return {' + '.join(terms)}"]
    return "\n".join(lines) + "\n"


def train(departure: Departure, is_penalized: bool) -> str:
    """The loop; it prints the loss of each iteration, as computed before its update."""
    given = "x, masks=[torch.tensor(mask) for mask in masks(iteration, len(x))]" if departure.problem.noises else "x"
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
