"""The office that makes layouts: asks Graphviz in a child process, waits a little, remembers what was made."""

from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from time import monotonic
from weakref import WeakKeyDictionary, WeakSet

from app.engine.graph import Graph
from app.views.drafting import draft, key_of
from app.views.folding import Folding, Part
from app.views.layout import GraphLayout, Pending
from app.views.layout_process import LayoutFailed, LayoutProcess
from app.views.placing import Placement, graphviz_request, read_answer
from app.views.rough import place_roughly

LARGEST_ROUGH_WHOLE = 300
SECONDS = 4.0
PATIENCE = 1.5
MAX_WAITING = 16
MAX_REMEMBERED_BOXES = 30_000


class Layouts:
    """Layouts of graphs, made one after the other by one child process, remembered by structure.

    Any thread may ask. A graph too large to be read whole, or that Graphviz could not place in time, is shown by
    windows.
    """

    def __init__(self, process: LayoutProcess | None = None, seconds: float = SECONDS) -> None:
        self._process = process or LayoutProcess()
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="layout")
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
        if is_whole and isinstance(found, GraphLayout) and found.is_rough and len(found.boxes) > LARGEST_ROUGH_WHOLE:
            self._shown_by_windows.add(graph)
            return self.layout_for(graph, focus, max(0.0, deadline - monotonic()))
        return found

    def close(self) -> None:
        """End the child process; whoever still asks gets a rough layout."""
        self._process.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

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
        if future is None:
            return draft(part, place_roughly(part.sketch), key)
        try:
            return future.result(max(0.0, deadline - monotonic()))
        except TimeoutError:
            return Pending(key)

    def _ordered(self, key: str, part: Part) -> Future[GraphLayout] | None:
        """A layout put in the queue, unless the queue is full or closed."""
        if len(self._making) >= MAX_WAITING:
            return None
        try:
            self._making[key] = self._thread.submit(self._place, key, part)
        except RuntimeError:
            return None
        return self._making[key]

    def _place(self, key: str, part: Part) -> GraphLayout:
        try:
            layout = draft(part, self._placement(part), key)
            self._remember(layout)
            return layout
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _placement(self, part: Part) -> Placement:
        try:
            answer = self._process.ask(graphviz_request(part.sketch, self._seconds), self._seconds)
        except LayoutFailed:
            return place_roughly(part.sketch)
        return read_answer(part.sketch, answer)

    def _remember(self, layout: GraphLayout) -> None:
        with self._lock:
            self._made[layout.key] = layout
            boxes = sum(len(made.boxes) for made in self._made.values())
            while boxes > MAX_REMEMBERED_BOXES and len(self._made) > 1:
                boxes -= len(self._made.popitem(last=False)[1].boxes)
