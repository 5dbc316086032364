"""How fast the plan runs with all values and gradients kept, beside NumPy written by hand, PyTorch and micrograd.

    python -m tests.benchmarks.engine

PyTorch (one thread) and micrograd take part where they are installed. Takes about a minute.
"""

import importlib
import importlib.util
from collections.abc import Mapping

from tests.benchmarks.handwritten import Allocating, Preallocated
from tests.benchmarks.nets import NETS, Net, Planned
from tests.benchmarks.race import Racer, race, require_agreement
from tests.benchmarks.scalars import (
    THOUSAND,
    Expression,
    ObjectExpression,
    PlannedExpression,
    UfuncExpression,
    Value,
    written_out_network,
)

PLAN, TORCH = "plan, everything kept", "PyTorch, one thread"
BY_HAND, LEAN = "by hand, out=, everything kept", "by hand, out=, only what training needs"
ALLOCATING = "by hand, allocating"
MICROGRAD, OBJECTS = "micrograd", "objects in micrograd's manner"


def is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def torch_peer():
    """Imported late, because PyTorch need not be there."""
    return importlib.import_module("tests.benchmarks.torch_peer")


def racers_of(net: Net) -> dict[str, Racer]:
    racers: dict[str, Racer] = {
        PLAN: Planned(net),
        BY_HAND: Preallocated(net, everything=True),
        LEAN: Preallocated(net, everything=False),
        ALLOCATING: Allocating(net),
    }
    if is_installed("torch"):
        racers[TORCH] = torch_peer().TorchNet(net)
    return racers


def scalar_racers(expression: Expression) -> dict[str, Racer]:
    racers: dict[str, Racer] = {
        PLAN: PlannedExpression(expression),
        BY_HAND: UfuncExpression(expression),
        OBJECTS: ObjectExpression(expression, Value, "number"),
    }
    if is_installed("micrograd"):
        value = importlib.import_module("micrograd.engine").Value
        racers[MICROGRAD] = ObjectExpression(expression, value, "data")
    if is_installed("torch"):
        racers[TORCH] = torch_peer().TorchExpression(expression)
    return racers


def report(title: str, racers: Mapping[str, Racer], targets: Mapping[str, float]) -> None:
    """Races and prints: iterations per second of each, and how many times faster the plan is, beside the target."""
    agreement = require_agreement(racers)
    times = race(racers)
    print(f"\n{title}   (losses and gradients agree to {agreement:.0e})")
    print(f"  {'':42}{'µs':>10}{'per second':>12}{'plan is':>10}{'target':>10}")
    for name, time in times.items():
        ratio, target = time / times[PLAN], targets.get(name)
        reached = "" if target is None else f"≥ {target:g} {'✓' if ratio >= target else '✗'}"
        print(f"  {name:42}{time * 1e6:>10.1f}{1 / time:>12,.0f}{ratio:>9.2f}×{reached:>10}")


def main() -> None:
    for net in NETS:
        report(net.title, racers_of(net), {BY_HAND: 0.9, LEAN: 0.9, TORCH: net.over_torch})
    expression = written_out_network(THOUSAND)
    slower = OBJECTS if not is_installed("micrograd") else MICROGRAD
    report(f"A scalar expression of {expression.size:,} nodes", scalar_racers(expression), {BY_HAND: 0.9, slower: 1.5})
    missing = [package for package in ("torch", "micrograd") if not is_installed(package)]
    if missing:
        print(f"\nNot installed, so not raced: {', '.join(missing)}.")


if __name__ == "__main__":
    main()
