"""Plays: makes odd sessions, moves them, and reads what there is of them."""

import json
import logging
import time
import warnings
from collections.abc import Iterator, Mapping
from itertools import chain, count, cycle, islice, takewhile
from math import inf, lcm
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from app.engine.ops import OPS
from app.nn.layers.activations import ACTIVATIONS
from app.nn.losses import LOSSES
from tests.odd import specs
from tests.odd.reading import LANGUAGES, Reader, flaw_of
from tests.web.client import Api

OPS_TOGETHER = 4
MOST_TRACE = 1500

Spec = Mapping[str, Any]
Move = tuple[str, str, dict[str, Any]]


def play(seed: int = 0, seconds: float = 60.0) -> Iterator[str]:
    """Read odd sessions in full, graphs and networks in turns, until the time is over: a text for each fault."""
    end = time.monotonic() + seconds
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        game = Game(Path(folder), seed)
        try:
            both = chain.from_iterable(zip(game.graphs(), game.networks(), strict=True))
            for spec in takewhile(lambda _: time.monotonic() < end, both):
                yield from game.faults(spec, end=end)
        finally:
            game.close()


class Game:
    """An application of its own, and a reader of it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.api = Api(folder)
        self.reader = Reader(self.api.app, self.random)
        self.traces = Traces()
        logging.getLogger("app").addHandler(self.traces)

    def close(self) -> None:
        logging.getLogger("app").removeHandler(self.traces)
        self.api.close()

    def graphs(self) -> Iterator[Spec]:
        """Odd graphs without an end, all ops among them."""
        ops = cycle(self.random.sample(list(OPS), len(OPS)))
        while True:
            yield specs.graph(self.random, islice(ops, OPS_TOGETHER))

    def networks(self) -> Iterator[Spec]:
        """Odd networks without an end: in the end each loss with each activation."""
        losses, activations = list(LOSSES), list(ACTIVATIONS)
        for number in count():
            # One more in each round, so that other pairs meet than in the round before.
            activation = activations[(number + number // lcm(len(losses), len(activations))) % len(activations)]
            yield specs.network(self.random, losses[number % len(losses)], activation)

    def faults(self, spec: Spec, most: int | None = None, end: float = inf) -> Iterator[str]:
        """What is wrong with one odd session; at most so many answers are read at each of its moments."""
        for path, typed in specs.forms(spec).items():
            yield from self.told(self.ask("POST", path, data=typed), spec, [])
        answer = self.ask("POST", "/api/sessions", json=spec)
        yield from self.told(answer, spec, [])
        if answer.status_code != 201:
            return
        address, done = answer.headers["location"], []
        fork = self.ask("POST", f"{address}/fork").headers["location"]
        self.ask("POST", f"{fork}/step", json={"iterations": 2})
        for move in (None, *self.moves(answer.json())):
            if move:
                done.append(move)
                yield from self.told(self.ask(move[0], address + move[1], json=move[2]), spec, done)
            session = self.ask("GET", address).json()
            yield from self.told(self.ask("POST", f"{address}/check"), spec, done)
            for path, words in islice(self.reader.addresses(session, fork.rpartition("/")[2]), most):
                if time.monotonic() > end:
                    return
                yield from self.told(self.ask("GET", path, params=words), spec, done)

    def moves(self, session: Mapping[str, Any]) -> list[Move]:
        """Where a session is moved to, and what is set in it."""
        random, length = self.random, session["cursor"]["length"]
        leaf = random.choice([node for node in session["nodes"] if node["kind"] in ("parameter", "input")])
        number = random.choice((*specs.NOT_FINITE, *specs.ENDS))
        where = {"index": [random.randrange(size) for size in leaf["shape"]]} if leaf["shape"] else {}
        return [
            ("POST", "/move", {"iteration": 0, "position": random.randint(1, length)}),
            ("POST", "/backward", {}),
            ("POST", "/step", {}),
            ("PATCH", f"/nodes/{leaf['id']}", {"value": number, **where}),
            ("POST", "/move", {"iteration": 1, "position": random.randint(1, length)}),
            ("POST", "/step", {"iterations": 3}),
            ("PATCH", "/optimizer", specs.optimizer(random)),
            ("POST", "/step", {}),
        ]

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One answer, in one of the languages."""
        headers = {"accept-language": self.random.choice(LANGUAGES), "accept": "text/html"}
        return self.api.request(method, path, headers=headers, **options)

    def told(self, answer: httpx.Response, spec: Spec, done: list[Move]) -> Iterator[str]:
        """What is wrong with an answer, and how to get it again."""
        traces = self.traces.taken()
        if flaw := flaw_of(answer):
            asked = f"{answer.request.method} {answer.request.url.raw_path.decode()}"
            yield "\n  ".join((f"{flaw}: {asked}", json.dumps(spec), json.dumps(done), *traces))


class Traces(logging.Handler):
    """Keeps where something went wrong that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(logging.Formatter().format(record)[-MOST_TRACE:])

    def taken(self) -> list[str]:
        """What was kept since this was asked last."""
        found, self.found = self.found, []
        return found
