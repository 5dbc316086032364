"""In sequential order the terms of a number are made of what the backward pass found when it came to that number."""

import numpy as np
import pytest

from app.session.moment import Picture
from app.session.moves import To
from app.session.service import Sessions
from tests.session.memory import MemoryStore
from tests.session.problems import CLASSES, LATE, MAZUR, MINIBATCHES

TARGETS = {
    "kind": "expression",
    "source": "w = [[0.5, -1.0, 0.25]]\nz = w * w\nt = [[0.0, 1.0, 0.0]]\nL = cross_entropy(z, t)",
}
"""The target is a parameter: the loss keeps it as it is and finds it moved."""
DISTANCE = {"kind": "expression", "source": "w = 2.0\nz = w * w\nt = 1.5\nL = half_squared_error(z, t) / t ** z"}
DOCUMENTS = {
    "late": LATE,
    "frozen": MAZUR,
    "minibatches": MINIBATCHES,
    "classes": CLASSES,
    "a target that moves": TARGETS,
    "a distance to what moves": DISTANCE,
}


def sequential(document: dict) -> dict:
    """The same spec with a step large enough to be seen."""
    return {**document, "optimizer": {"kind": "sgd", "learning_rate": 0.7}, "update_order": "sequential"}


def elements(picture: Picture) -> list[tuple[str, tuple[int, ...]]]:
    """Every number whose gradient is shown, the loss's own apart."""
    ids = [node.id for node in picture.graph.nodes if picture.has_gradient(node.id)]
    return [(id, index) for id in ids if id != picture.graph.loss.id for index in np.ndindex(picture.graph[id].shape)]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("is_updated", [False, True], ids=["before the update", "after it"])
def test_the_terms_sum_to_the_gradient_that_is_shown(document: dict, is_updated: bool) -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(sequential(document)).id
    sessions.step(id, 1)
    picture = sessions.step(id) if is_updated else sessions.backward(id)
    for node, index in elements(picture):
        explained = sessions.explain(id, node, index, is_checked=False)
        products = [term.product for term in explained.terms]
        size = max(map(abs, products), default=0.0)
        assert sum(products) == pytest.approx(explained.gradient, rel=1e-12, abs=1e-13 * size)


@pytest.mark.parametrize("position", range(17))
def test_an_explanation_reads_the_parameters_that_moved_before_and_no_others(position: int) -> None:
    sessions = Sessions(MemoryStore())
    picture = sessions.backward(sessions.create(sequential(MAZUR)).id)
    moment = sessions.move(picture.id, To(0, position))
    for node in ("W2", "a1", "W1"):
        explained = sessions.explain(picture.id, node, (0, 0), is_checked=False)
        assert explained.values("W2").tolist() == MAZUR["parameters"]["W2"]
        if moment.has_gradient(node):
            is_moved = explained.arguments("W2").tolist() != MAZUR["parameters"]["W2"]
            assert is_moved == (node != "W2")
            assert explained.arguments("W1").tolist() == MAZUR["parameters"]["W1"]


def test_central_differences_agree_with_the_last_layer_and_rightly_differ_from_the_first() -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.step(sessions.create(sequential(MAZUR)).id).id
    last, first = (sessions.explain(id, node, (0, 0)) for node in ("W2", "W1"))
    assert last.second.agrees and not first.second.agrees
    simultaneous = Sessions(MemoryStore())
    other = simultaneous.backward(simultaneous.create(MAZUR).id)
    assert first.second.difference.numeric == pytest.approx(float(other.gradient("W1")[0, 0]), rel=1e-6)


@pytest.mark.parametrize("document", [LATE, MINIBATCHES], ids=["scalars", "minibatches"])
def test_in_simultaneous_order_nothing_has_moved_before_a_gradient_is_taken(document: dict) -> None:
    sessions = Sessions(MemoryStore())
    id = sessions.create(document).id
    for picture in (sessions.backward(id), sessions.step(id)):
        assert not any(sessions.explain(id, *element, is_checked=False).has_moved for element in elements(picture))
