"""What the NumPy and the PyTorch script share: the heading, the data with their preparation, the batches and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from app.errors import visible
from app.export.names import Names
from app.nn.batches import SHUFFLING
from app.nn.supply.preparation import Preparation
from app.nn.supply.target_scale import TargetScale
from app.notation.literals import array
from app.notation.written import assignments
from app.session.departure import Departure


def heading(title: str, departure: Departure, needs: str) -> str:
    """The script's docstring."""
    words = harmless(title)
    updates = f"{departure.iteration} iteration{'' if departure.iteration == 1 else 's'}"
    return (
        f'"""{words}, after {updates}; written by Chainrule.\n\n'
        f"It computes the loss of these parameters and goes on training with them, as Chainrule would:\n"
        f"    python this_file.py 5      (so many iterations more)\n"
        f'Needs {needs}.\n"""\n'
    )


def harmless(text: str) -> str:
    """A reader's own words as they may stand in a docstring: on one line, seen as they are, and never its end."""
    return visible(" ".join(text.replace("\\", "/").replace('"', "'").split()))


def data(departure: Departure) -> str:
    """The training rows, as they came where the preparation makes them of that, else as the network takes them."""
    problem, (x, y) = departure.problem, departure.data
    preparation, raw = problem.preparation, (problem.raw or {}).get("training")
    is_prepared = not is_plain(preparation)
    is_raw = raw is not None and is_prepared and np.array_equal(preparation.prepare(raw), x)
    lines = prepare(preparation) if is_prepared else []
    if is_raw:
        lines += ["# The training rows as they came, and what the network is to answer."]
        lines += [f"raw = {array(raw)}", "X = prepare(raw)"]
    else:
        lines += ["# The training rows as the network takes them, and what it is to answer.", f"X = {array(x)}"]
    return "\n".join([*lines, f"Y = {array(y)}", *target_scale(problem.target_scale), ""])


def target_scale(scale: TargetScale) -> list[str]:
    """Lines that say what was taken from the targets."""
    if scale.is_raw:
        return []
    says = "# Y and the answers are standardized: in the target's own unit they are y * target_divisor + target_shift."
    return [says, f"target_shift = {array(scale.shift)}", f"target_divisor = {array(scale.divisor)}"]


def predict(departure: Departure, answer: Sequence[str]) -> str:
    """The function that undoes the scale of the targets; `answer` are lines whose last one makes `answer` of rows x."""
    if departure.problem.target_scale.is_raw:
        return ""
    prepared = "raw" if is_plain(departure.problem.preparation) else "prepare(raw)"
    lines = [
        "def predict(raw):",
        '    """What the network answers to rows as they came, in the target\'s own unit."""',
        f"    x = {prepared}",
        *(f"    {line}" for line in answer),
        "    return answer * target_divisor + target_shift",
    ]
    return "\n".join(lines) + "\n"


def is_plain(preparation: Preparation | None) -> bool:
    """Whether rows enter the network as they came."""
    return preparation is None or (preparation.shift is None and not preparation.features)


def prepare(preparation: Preparation) -> list[str]:
    """The function that makes inputs of raw columns."""
    columns, inputs = (harmless(", ".join(names))[:80] for names in (preparation.columns, preparation.inputs))
    body = ["    x = raw"]
    if preparation.features:
        body = [f"    x = np.stack([{', '.join(features(preparation))}], axis=1)"]
    if preparation.shift is not None:
        body += [
            f"    shift = {array(preparation.shift, '    ')}",
            f"    divisor = {array(preparation.divisor, '    ')}",
        ]
        body += ["    return (x - shift) / divisor"]
    else:
        body += ["    return x"]
    says = f'    """Raw rows ({columns}) as the network takes them ({inputs})."""'
    return ["def prepare(raw):", says, *body, "", ""]


def features(preparation: Preparation) -> list[str]:
    """Each feature as an expression of the raw columns."""
    found = []
    for feature in preparation.features:
        made = assignments(
            lambda sheet, feature=feature: feature.of(tuple(sheet.name(f"raw[:, {at}]", (1,)) for at in range(2))),
            ["x"],
            Names().fresh_part,
        )
        found.append(made.lines[-1].removeprefix("x = "))
    return found


def numbers_of(name: str, arrays: Mapping[str, np.ndarray]) -> str:
    """Arrays by name as a dictionary."""
    return "\n".join([f"{name} = {{", *(f'    "{id}": {array(one, "    ")},' for id, one in arrays.items()), "}", ""])


def slots_of(departure: Departure) -> str:
    """What the optimizer remembers of each parameter; zeros are said short."""
    rows = []
    for id, slots in departure.slots.items():
        texts = [array(slot, "    ") if slot.any() else f"np.zeros({slot.shape})" for slot in slots]
        rows.append(f'    "{id}": [{", ".join(texts)}],')
    return "\n".join(["slots = {", *rows, "}", ""])


def batch(departure: Departure) -> str:
    """Which rows an iteration sees."""
    batches = departure.problem.batches
    if batches.size is None:
        return 'def batch(iteration):\n    """The rows of an iteration: all of them."""\n    return X, Y\n'
    return f'''def batch(iteration):
    """The rows of an iteration's minibatch, shuffled each epoch."""
    epoch, place = divmod(iteration, -(-len(X) // {batches.size}))
    seeds = np.random.SeedSequence({batches.seed}, spawn_key=({SHUFFLING}, epoch))
    order = np.random.Generator(np.random.PCG64(seeds)).permutation(len(X))
    rows = order[place * {batches.size} : (place + 1) * {batches.size}]
    return X[rows], Y[rows]
'''


def masks(departure: Departure, names: Sequence[str]) -> str:
    """Which outputs dropout leaves out of an iteration."""
    if not departure.problem.noises:
        return ""
    noises = departure.problem.noises
    made = [
        "def masks(iteration, rows):",
        f'    """The masks {", ".join(names)} of an iteration."""',
        "    return (",
        *(f"        {noise.call}[:rows]," for noise in noises),
        "    )",
    ]
    return "\n\n".join([*dict.fromkeys(noise.definition for noise in noises), "\n".join(made) + "\n"])
