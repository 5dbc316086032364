"""The office that makes layouts: asks Graphviz in a child process, waits a little, remembers what was made."""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from time import monotonic
from weakref import WeakKeyDictionary, WeakSet

from app.engine.graph import Graph
from app.layout.drafting import draft, key_of
from app.layout.folding import Folding, Part
from app.layout.layout import GraphLayout, Pending
from app.layout.layout_process import LayoutFailed, LayoutProcess
from app.layout.placing import Placement, Sketch, graphviz_request, read_answer
from app.layout.rough import place_roughly

LARGEST_QUICK = 300
SECONDS = 4.0
PATIENCE = 1.5
MAX_WAITING = 16
MOST_WAITED_FOR = 3
"""Layouts being made beyond which nobody waits for one: whoever waits holds a thread."""
MAX_REMEMBERED_BOXES = 30_000

Placer = Callable[[Sketch], Placement]


class Lane:
    """A child process and the one thread that asks it; the child starts with the first request."""

    def __init__(self, process: LayoutProcess, seconds: float) -> None:
        self._process = process
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="layout")

    def submit(self, act: Callable[[Placer], GraphLayout]) -> Future[GraphLayout]:
        """Have something done that places sketches. Raises RuntimeError once closed."""
        return self._thread.submit(act, self.place)

    def place(self, sketch: Sketch) -> Placement:
        """A placement by Graphviz, or a rough one."""
        try:
            answer = self._process.ask(graphviz_request(sketch, self._seconds), self._seconds)
        except LayoutFailed:
            return place_roughly(sketch)
        return read_answer(sketch, answer)

    def close(self) -> None:
        """End the child and forget what waits."""
        self._process.close()
        self._thread.shutdown(wait=False, cancel_futures=True)


class Layouts:
    """Layouts of graphs, made by child processes and remembered by all that they show.

    Any thread may ask. A graph too large to be read whole, or that Graphviz could not place in time, is shown by
    windows. Large pictures have a lane of their own, so that small ones never wait for them.
    """

    def __init__(self, make_process: Callable[[], LayoutProcess] = LayoutProcess, seconds: float = SECONDS) -> None:
        self._quick_lane, self._slow_lane = Lane(make_process(), seconds), Lane(make_process(), seconds)
        self._folding = Folding()
        self._lock = Lock()
        self._made: OrderedDict[str, GraphLayout] = OrderedDict()
        self._making: dict[str, Future[GraphLayout]] = {}
        self._keys: WeakKeyDictionary[Graph, dict[object, str]] = WeakKeyDictionary()
        self._shown_by_windows: WeakSet[Graph] = WeakSet()

    def layout_for(self, graph: Graph, focus: str | None = None, patience: float = PATIENCE) -> GraphLayout | Pending:
        """The layout of a graph, or of the window of it around a node, waiting at most `patience` seconds for it."""
        deadline = monotonic() + patience
        is_whole = self._is_whole(graph)
        name = "whole" if is_whole else self._folding.name(graph, focus)
        found = self._remembered(graph, name)
        if found is None:
            part = self._folding.whole(graph) if is_whole else self._folding.window(graph, focus)
            found = self._make(graph, name, part, deadline)
        if is_whole and isinstance(found, GraphLayout) and found.is_rough and len(found.boxes) > LARGEST_QUICK:
            self._shown_by_windows.add(graph)
            return self.layout_for(graph, focus, max(0.0, deadline - monotonic()))
        return found

    def close(self) -> None:
        """End the child processes; whoever still asks gets a rough layout."""
        for lane in (self._quick_lane, self._slow_lane):
            lane.close()

    def _is_whole(self, graph: Graph) -> bool:
        return self._folding.is_readable(graph) and graph not in self._shown_by_windows

    def _remembered(self, graph: Graph, name: object) -> GraphLayout | None:
        with self._lock:
            key = self._keys.get(graph, {}).get(name)
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def _make(self, graph: Graph, name: object, part: Part, deadline: float) -> GraphLayout | Pending:
        key = key_of(part)
        with self._lock:
            self._keys.setdefault(graph, {})[name] = key
            if key in self._made:
                return self._made[key]
            future = self._making.get(key) or self._ordered(key, part)
            patience = deadline - monotonic() if len(self._making) <= MOST_WAITED_FOR else 0.0
        try:
            if future is not None:
                return future.result(max(0.0, patience))
        except TimeoutError:
            return Pending(key)
        except CancelledError:
            pass
        return draft(part, place_roughly(part.sketch), key)

    def _ordered(self, key: str, part: Part) -> Future[GraphLayout] | None:
        """A layout put in the queue, unless the queue is full or closed."""
        if len(self._making) >= MAX_WAITING:
            return None
        lane = self._slow_lane if len(part.sketch.sizes) > LARGEST_QUICK else self._quick_lane
        try:
            self._making[key] = lane.submit(partial(self._draft, key, part))
        except RuntimeError:
            return None
        return self._making[key]

    def _draft(self, key: str, part: Part, place: Placer) -> GraphLayout:
        try:
            layout = draft(part, place(part.sketch), key)
            self._remember(layout)
            return layout
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _remember(self, layout: GraphLayout) -> None:
        with self._lock:
            self._made[layout.key] = layout
            boxes = sum(len(made.boxes) for made in self._made.values())
            while boxes > MAX_REMEMBERED_BOXES and len(self._made) > 1:
                boxes -= len(self._made.popitem(last=False)[1].boxes)
