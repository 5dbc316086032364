"""The child process: killed when it is slow, replaced when it ended, and never left behind."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.layout.layout_process import CHILD, LayoutFailed, LayoutProcess
from app.layout.placing import graphviz_request
from tests.views.graphs import FORMS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
TRIANGLE = {
    "seconds": 20,
    "graph": {"rankdir": "LR"},
    "nodes": [[40, 20, {}]] * 3,
    "edges": [[0, 1, {}], [1, 2, {}], [0, 2, {}]],
}
TANGLE = {
    "seconds": 600,
    "graph": {"rankdir": "LR", "mclimit": "1e6"},
    "nodes": [[40, 20, {}]] * 40,
    "edges": [[tail, head, {}] for tail in range(40) for head in range(tail + 1, 40, 1 + tail % 7)],
}
"""Graphviz would work on this for hours on any machine, in little memory: it may try a million times as often."""
SLEEPER = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(600)")
DEAF = (sys.executable, "-c", "print('not an answer', flush=True)")
PARENT = """
import sys, time
from app.layout.layout_process import LayoutProcess
process = LayoutProcess()
process.ask({"seconds": 20, "graph": {}, "nodes": [[9, 9, {}]], "edges": []}, 60)
print(process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def process():
    made = LayoutProcess()
    yield made
    made.close()


def has_ended(pid: int, within: float = PATIENCE) -> bool:
    """Whether a process ends in time, even if nobody waits for it."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], within)[0])
    finally:
        os.close(watched)


def hub(count: int) -> dict:
    """A layout that takes Graphviz much memory: one box feeding hundreds in a row."""
    edges = [[number, number + 1, {}] for number in range(count - 1)] + [[0, number, {}] for number in range(1, count)]
    return {"seconds": 60, "graph": {"rankdir": "LR"}, "nodes": [[40, 20, {}]] * count, "edges": edges}


def test_it_places_boxes_from_left_to_right(process):
    answer = process.ask(TRIANGLE, PATIENCE)
    xs = [x for x, _ in answer["centres"]]
    assert xs == sorted(xs) and len(answer["lines"]) == 3


def test_it_is_the_same_child_for_many_requests(process):
    process.ask(TRIANGLE, PATIENCE)
    first = process.pid
    process.ask(TRIANGLE, PATIENCE)
    assert process.pid == first


def test_nothing_is_started_before_it_is_needed(process):
    assert process.pid is None


def test_a_child_that_takes_too_long_is_killed():
    sleeper = LayoutProcess(SLEEPER, starting_seconds=0.0)
    children = []
    sleeper.stop, stop = (lambda: (children.append(sleeper._child.pid), stop())), sleeper.stop
    with pytest.raises(LayoutFailed):
        sleeper.ask(TRIANGLE, 0.3)
    assert sleeper.pid is None and has_ended(children[0])


def test_graphviz_itself_is_killed_in_the_middle_of_its_work_and_replaced(process):
    process.ask(TRIANGLE, PATIENCE)
    slow = process.pid
    with pytest.raises(LayoutFailed):
        process.ask(TANGLE, 0.5)
    assert has_ended(slow)
    assert process.ask(TRIANGLE, PATIENCE)["width"] > 0
    assert process.pid != slow


def test_a_child_that_ended_is_replaced(process):
    process.ask(TRIANGLE, PATIENCE)
    ended = process.pid
    os.kill(ended, signal.SIGKILL)
    assert has_ended(ended)
    assert process.ask(TRIANGLE, PATIENCE)["width"] > 0


def test_a_child_that_talks_nonsense_counts_as_failed():
    with pytest.raises(LayoutFailed):
        LayoutProcess(DEAF).ask(TRIANGLE, PATIENCE)


def test_a_program_that_is_missing_counts_as_failed():
    with pytest.raises(LayoutFailed):
        LayoutProcess(("/nowhere/graphviz",)).ask(TRIANGLE, PATIENCE)


def test_a_request_that_graphviz_refuses_says_so_and_the_child_goes_on(process):
    with pytest.raises(LayoutFailed, match="Error"):
        process.ask({**TRIANGLE, "edges": [[0]]}, PATIENCE)
    assert process.ask(TRIANGLE, PATIENCE)["width"] > 0


def test_once_closed_no_child_is_started():
    process = LayoutProcess()
    process.ask(TRIANGLE, PATIENCE)
    child = process.pid
    process.close()
    assert has_ended(child)
    with pytest.raises(LayoutFailed):
        process.ask(TRIANGLE, PATIENCE)


def test_the_child_ends_with_a_parent_that_was_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with parent:
        child = int(parent.stdout.readline())
        parent.kill()
    assert has_ended(child)


def test_the_child_rings_its_own_alarm_while_it_works():
    request = json.dumps({**TANGLE, "seconds": 0.2})
    ended = subprocess.run(CHILD, input=request, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == -signal.SIGALRM


def test_the_child_imports_nothing_of_the_product():
    listing = f"import sys; exec(open({CHILD[-1]!r}).read()); print(*sys.modules)"
    ended = subprocess.run([*CHILD[:-1], "-c", listing], input="", capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in ended.stdout.split()}
    assert "pygraphviz" in loaded and not loaded & {"app", "fastapi", "starlette", "numpy", "uvicorn"}


@pytest.mark.parametrize("form", ["micrograd", "article"])
def test_graphviz_reads_numbers_and_none_of_the_names(form):
    from app.layout.folding import Folding

    graph = FORMS[form]()
    request = graphviz_request(Folding().whole(graph).sketch, 1.0)
    words = set(json.dumps(request["nodes"]).split('"')) | set(json.dumps(request["edges"]).split('"'))
    assert not words & {node.id for node in graph.nodes}
    assert {key for *_, attributes in request["nodes"] for key in attributes} <= {"group"}
    assert {key for *_, attributes in request["edges"] for key in attributes} <= {"weight"}


def test_a_layout_that_needs_too_much_memory_ends_the_child_and_nothing_else(process):
    with pytest.raises(LayoutFailed):
        process.ask(hub(1_500), PATIENCE)
    assert process.ask(TRIANGLE, PATIENCE)["width"] > 0
