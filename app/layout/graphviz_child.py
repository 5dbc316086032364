"""The child process that runs Graphviz: places boxes and routes lines, and can be killed at any moment.

Run by its file name, so that it imports nothing of the product. It reads one JSON document a line from its standard
input and writes one a line to its standard output; it ends when its input ends, and by the system's alarm when a
layout takes longer than was asked, so that it never outlives the server.
"""

import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from pygraphviz import AGraph

POINTS_PER_INCH = 72.0
MOST_MEMORY = 256 * 2**20
NICENESS = 5


def place(request: dict[str, Any]) -> dict[str, Any]:
    """Lay out boxes given by `[width, height]` and lines given by `[tail, head]`, all in pixels, by number."""
    graph = AGraph(strict=False, directed=True)
    graph.graph_attr.update(request["graph"])
    for number, (width, height, attributes) in enumerate(request["nodes"]):
        size = {"width": width / POINTS_PER_INCH, "height": height / POINTS_PER_INCH}
        graph.add_node(number, shape="box", fixedsize="true", label="", **size, **attributes)
    for number, (tail, head, attributes) in enumerate(request["edges"]):
        graph.add_edge(tail, head, key=number, number=number, **attributes)
    drawn = json.loads(graph.draw(format="json0", prog="dot"))
    graph.close()
    return geometry(drawn, len(request["nodes"]), len(request["edges"]))


def geometry(drawn: dict[str, Any], node_count: int, edge_count: int) -> dict[str, Any]:
    """The centres of the boxes and the control points of the lines, with y growing downwards."""
    left, bottom, right, top = (float(part) for part in drawn["bb"].split(","))
    centres: list[list[float]] = [[0.0, 0.0]] * node_count
    lines: list[list[float]] = [[]] * edge_count
    for node in drawn.get("objects", ()):
        x, y = node["pos"].split(",")
        centres[int(node["name"])] = [float(x) - left, top - float(y)]
    for edge in drawn.get("edges", ()):
        lines[int(edge["number"])] = control_points(edge.get("pos", ""), left, top)
    return {"width": right - left, "height": top - bottom, "centres": centres, "lines": lines}


def control_points(spline: str, left: float, top: float) -> list[float]:
    """The points of one Bezier spline as Graphviz writes it, `x,y x,y …`, flattened to `x, y, x, y, …`."""
    points = []
    for pair in spline.split():
        if pair[0] not in "es":
            x, y = pair.split(",")
            points += [float(x) - left, top - float(y)]
    return points


def step_back() -> None:
    """Let the server go first, and fail alone where memory is short."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        os.nice(NICENESS)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def ring_after(seconds: float) -> None:
    """Set the alarm that ends this process, or put it off with 0; on Windows, which has none, only the server does."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def serve() -> None:
    """Answer requests until the input ends."""
    step_back()
    for line in sys.stdin:
        request = json.loads(line)
        ring_after(request["seconds"])
        try:
            answer = place(request)
        except Exception as problem:
            answer = {"problem": f"{type(problem).__name__}: {problem}"}
        ring_after(0)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
