"""A sample of odd sessions, each op, loss and activation among them: everything there is of them can be read."""

from itertools import islice
from pathlib import Path

import pytest

from app.engine.ops import OPS
from app.nn.layers import ACTIVATIONS
from app.nn.losses import LOSSES
from tests.odd.play import OPS_TOGETHER, Game

AT_EACH_MOMENT = 6
SAMPLES = {"graphs": -(-len(OPS) // OPS_TOGETHER), "networks": max(len(ACTIVATIONS), len(LOSSES))}


@pytest.mark.parametrize("kind", SAMPLES)
def test_everything_there_is_of_odd_sessions_can_be_read(tmp_path: Path, kind: str) -> None:
    game = Game(tmp_path, seed=0)
    try:
        sample = islice(getattr(game, kind)(), SAMPLES[kind])
        faults = [fault for spec in sample for fault in game.faults(spec, AT_EACH_MOMENT)]
    finally:
        game.close()
    assert not faults, "\n".join(faults)
    assert [name for name, count in game.reader.counts.items() if not count] == []
