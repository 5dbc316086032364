"""A sample of odd sessions, each op, loss and activation among them: everything there is of them can be read."""

from itertools import islice
from pathlib import Path

import httpx
import pytest

from app.engine.ops import OPS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.losses import LOSSES
from tests.odd.play import OPS_TOGETHER, Game
from tests.odd.reading import MOST_BYTES, flaw_of

FLAWS = {
    "text/html": [
        '<path d="Mnan 1L2 3"/>',
        '<circle cx="inf"/>',
        '<g style="left:nan%">',
        "a zq<zq> b",
        "<p title='zq\"zq'>",
    ],
    "application/json": ['{"a": NaN}', "[1, -Infinity]", "{", ""],
    "text/x-python": ["a = = 1"],
}
FLAWLESS = {
    "text/html": ['<path class="inf" d="M1 2"/>', '<input value="NaN">', "<p>∞, NaN, zq&lt;zq&gt;&#34;zq</p>"],
    "application/json": ['{"a": "NaN", "b": [1e308, null]}'],
    "text/x-python": ["a = np.inf"],
}
AT_EACH_MOMENT = 6
SAMPLES = {"graphs": -(-len(OPS) // OPS_TOGETHER), "networks": max(len(ACTIVATIONS), len(LOSSES))}


def flaws(kind: str, text: str, status: int = 200) -> bool:
    """Whether anything is found to be wrong with an answer."""
    return bool(flaw_of(httpx.Response(status, headers={"content-type": kind}, text=text)))


def test_what_is_wrong_is_seen_and_what_is_not_is_let_be() -> None:
    assert [text for kind, texts in FLAWS.items() for text in texts if not flaws(kind, text)] == []
    assert [text for kind, texts in FLAWLESS.items() for text in texts if flaws(kind, text)] == []
    assert flaws("text/plain", "", 500) and not flaws("text/plain", "", 422)
    assert flaws("text/plain", "a" * (MOST_BYTES + 1))


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
