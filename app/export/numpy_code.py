"""A session as a NumPy script: data, parameters, forward and backward pass, update and loop, all written out."""

from __future__ import annotations

from textwrap import indent

from app.engine.graph import Graph
from app.engine.optim import shrinking
from app.engine.update_order import SEQUENTIAL
from app.export import sections
from app.export.names import Names
from app.export.passes import Passes
from app.nn.evaluation import criterion_of
from app.notation.literals import array
from app.notation.written import assignments
from app.session.departure import Departure

NEEDS = "Python 3.9 or newer and NumPy"
OWN = ("parameters", "inputs", "move", "erfc")
PREDICTED = ("answer = forward(x, np.repeat(Y[:1], len(x), axis=0))[0]",)
ERFC = "erfc = np.vectorize(math.erfc, otypes=[float])\n"


def numpy_code(title: str, departure: Departure) -> str:
    """The script, which goes on with the run from this moment to the same numbers."""
    is_net = departure.problem.batches is not None
    passes = gradients(departure, is_net)
    evaluated = forward(departure) if is_net else ""
    uses_erfc = "erfc(" in passes + evaluated
    parts = [
        sections.heading(title, departure, NEEDS),
        ("import math\n" if uses_erfc else "")
        + "import sys\n\nimport numpy as np\n"
        + (f"\n{ERFC}" if uses_erfc else ""),
        sections.data(departure) if is_net else inputs(departure),
        "# What training moves, and what it leaves alone.\n" + sections.numbers_of("parameters", departure.parameters),
        f"# What the optimizer remembers of each parameter, after {departure.steps} updates.\n"
        + sections.slots_of(departure)
        + f"step = {departure.steps}\niteration = {departure.iteration}\n",
        evaluated,
        sections.predict(departure, PREDICTED) if is_net else "",
        passes,
        update(departure),
        *([sections.batch(departure), sections.masks(departure, mask_names(departure))] if is_net else []),
        train(departure, is_net),
        MAIN.format(loss="evaluate(X, Y)" if is_net else "gradients()[0]"),
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


def inputs(departure: Departure) -> str:
    """The inputs of an expression."""
    ids = [node.id for node in departure.problem.graph.nodes if node.kind == "input"]
    return sections.numbers_of("inputs", {id: departure.leaves[id] for id in ids})


def mask_names(departure: Departure) -> list[str]:
    """The masks of dropout, by their names in the script."""
    return [Names(OWN).of(mask.id) for mask in departure.problem.noises]


def forward(departure: Departure) -> str:
    """The function that answers for rows once training is over, and the loss of its answers without penalties."""
    problem = departure.problem
    graph, names = problem.evaluation_graph(*(array[:1] for array in departure.data)), Names(OWN)
    criterion = criterion_of(problem, graph)
    graph = Graph(graph.nodes[: graph.position(criterion.id) + 1])
    lines = Passes(graph, names, problem.batched).forward()
    answer = names.of(criterion.inputs[0])
    kept = [f"{names.of(noise.id)} = {noise.neutral}  # as it is once training is over" for noise in problem.noises]
    body = [*leaves(departure, graph, names), *kept, *lines, f"return {answer}, {names.of(criterion.id)}"]
    says = '"""What the network answers to rows x, and the loss of that beside y."""'
    shown = '"""The loss of rows, without penalties and dropout."""'
    return (
        f"def forward(x, y):\n{indent(chr(10).join([says, *body]), '    ')}\n\n\n"
        f"def evaluate(x, y):\n    {shown}\n    return forward(x, y)[1]\n"
    )


def gradients(departure: Departure, is_net: bool) -> str:
    """The function of an iteration's forward and backward pass."""
    problem, names = departure.problem, Names(OWN)
    masks = [names.of(mask.id) for mask in problem.noises]
    passes = Passes(problem.graph, names, (*problem.batched, *(mask.id for mask in problem.noises)))
    is_sequential = departure.optimizer.update_order == SEQUENTIAL
    moves = {id: f'{names.of(id)} = move("{id}", {passes.gradient(id)})' for id in departure.updated}
    lines = [
        *leaves(departure, problem.graph, names),
        *passes.forward(),
        "",
        "# Backward: d_z stands for the derivative of the loss in z, the sum over all ways from z to the loss.",
        *passes.backward(departure.updated, moves if is_sequential else None),
    ]
    found = ", ".join(f'"{id}": {passes.gradient(id)}' for id in departure.updated)
    lines += [f"return {names.of(problem.graph.loss.id)}, {{{found}}}"]
    arguments = [*problem.batched, *masks, *(["move"] if is_sequential and is_net else [])]
    arguments += ["move=lambda name, gradient: parameters[name]"] if is_sequential and not is_net else []
    says = '"""The loss of an iteration and its gradient in each parameter that is updated."""'
    return f"def gradients({', '.join(arguments)}):\n{indent(chr(10).join([says, *lines]), '    ')}\n"


def leaves(departure: Departure, graph: Graph, names: Names) -> list[str]:
    """Lines that give the parameters, the inputs of an expression and larger constants their names."""
    dropped = {mask.id for mask in departure.problem.noises}
    lines = []
    for node in graph.nodes:
        if node.kind == "parameter":
            lines.append(f'{names.of(node.id)} = parameters["{node.id}"]')
        elif node.kind == "input" and departure.problem.batches is None:
            lines.append(f'{names.of(node.id)} = inputs["{node.id}"]')
        elif node.kind == "constant" and node.shape and node.id not in dropped:
            lines.append(f"{names.of(node.id)} = {array(node.initial)}")
    return lines


def update(departure: Departure) -> str:
    """The function that moves one parameter."""
    optimizer, names = departure.optimizer, Names(("w", "g", "step", "new"))
    slots = [names.of(slot.name) for slot in optimizer.slots]

    def staged(sheet):
        known = [sheet.name(name, (1,)) for name in ("w", "g")]
        return optimizer.update(*known, sheet.name("step", ()), *(sheet.name(name, (1,)) for name in slots))

    made = assignments(staged, ["new", *(f"new_{slot}" for slot in slots)], lambda: names.fresh("part"))
    lines = [f'"""One step of {optimizer.kind} against the gradient g; step counts from 1."""', *made.lines]
    lines += [f"return {', '.join(['new', *(f'new_{slot}' for slot in slots)])}"]
    body = indent("\n".join(lines), "    ")
    return f"def update({', '.join(['w', 'g', 'step', *slots])}):\n{body}\n"


def train(departure: Departure, is_net: bool) -> str:
    """The loop; it prints the loss of each iteration, as computed before its update."""
    is_sequential = departure.optimizer.update_order == SEQUENTIAL
    given = ["*batch(iteration)"] if is_net else []
    if departure.problem.noises:
        given = ["x", "y", "*masks(iteration, len(x))"]
    given += ["move"] if is_sequential else []
    lines = ["global step, iteration", "for _ in range(iterations):"]
    lines += ["    x, y = batch(iteration)"] if departure.problem.noises else []
    passed = "parameters[{name}], {gradient}, np.float64(step + 1), *slots[{name}]"
    moved = f"parameters[{{name}}], *slots[{{name}}] = update({passed})"
    lines += [f"    loss, found = gradients({', '.join(given)})"]
    if departure.optimizer.clip_norm:
        lines += [f"    {line}" for line in clipping(departure)]
    if not is_sequential:
        lines += ["    for name, gradient in found.items():"]
        lines += ["        " + moved.format(name="name", gradient="gradient")]
    lines += ["    print(iteration, repr(float(loss)))", "    step, iteration = step + 1, iteration + 1"]
    loop = "def train(iterations):\n" + indent("\n".join(['"""Go on for so many iterations."""', *lines]), "    ")
    if not is_sequential:
        return f"{loop}\n"
    says = '"""Update a parameter as soon as its gradient is complete."""'
    mover = f"def move(name, gradient):\n    {says}\n    {moved.format(name='name', gradient='gradient')}\n"
    return f"{mover}    return parameters[name]\n\n\n{loop}\n"


def clipping(departure: Departure) -> list[str]:
    """Lines that make all gradients smaller together where their norm is too large."""
    made = assignments(
        lambda sheet: shrinking(departure.optimizer, sheet.name("squares", ())), ["share"], lambda: "share_part"
    )
    first = "squares = sum(np.sum(gradient * gradient) for gradient in found.values())"
    return [first, *made.lines, "found = {name: share * gradient for name, gradient in found.items()}"]


MAIN = """
if __name__ == "__main__":
    np.seterr(all="ignore")
    print("loss", repr(float({loss})))
    train(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
"""
