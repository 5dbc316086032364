"""The list of paths: what is known at which moment, and sums that add up."""

import math

import pytest

from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.path_list import PathList, grouped, is_for, left, paths_of
from app.views.scene import Scene
from tests.session.memory import MemoryStore

MAZUR = {"kind": "preset", "name": "mazur"}


def listed(spec: dict, id: str, index: tuple[int, ...], position: int) -> PathList:
    sessions = Sessions(MemoryStore())
    picture = sessions.move(sessions.create(spec).id, To(0, position))
    return paths_of(Scene(picture, id, index, True, Reading.of(sessions, picture), lambda: None))


def test_the_two_paths_of_w1_add_up_to_its_gradient() -> None:
    found = listed(MAZUR, "W1", (0, 0), 16)
    assert [path.product for path in found.paths] == ["6.68396e−4", "−2.29828e−4"]
    assert (found.count, found.others, found.gradient) == ("2", "", "4.38567734e−4")


def test_paths_are_counted_before_the_forward_pass_and_listed_after_it() -> None:
    assert (listed(MAZUR, "W1", (0, 0), 0).state, listed(MAZUR, "W1", (0, 0), 0).count) == ("not run", "2")
    assert len(listed(MAZUR, "W1", (0, 0), 5).paths) == 2


def test_after_the_update_the_paths_are_still_those_of_before_it() -> None:
    assert listed(MAZUR, "W1", (0, 0), 17).paths == listed(MAZUR, "W1", (0, 0), 16).paths


def test_a_dead_relu_leaves_no_path_that_carries_anything() -> None:
    dead = {"kind": "expression", "source": "x = -1.0\nloss = relu(x)"}
    assert listed(dead, "x", (), 3).state == "nothing"


def test_of_a_very_long_path_the_middle_is_left_out() -> None:
    source = "x0 = 1.0\n" + "\n".join(f"x{at + 1} = x{at} * 1.0" for at in range(100))
    (path,) = listed({"kind": "expression", "source": source}, "x0", (), 100).paths
    assert (len(path.steps), path.left_out, path.gap) == (40, 60, 20)


def test_the_loss_has_no_paths_to_itself() -> None:
    picture = Sessions(MemoryStore()).create(MAZUR)
    assert not is_for(picture, picture.graph["loss"]) and is_for(picture, picture.graph["W1"])


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1"), (81920, "81\N{NARROW NO-BREAK SPACE}920"), (2**300, "2.03 × 10^90"), (10**20, "1.00 × 10^20")],
)
def test_counts_can_be_read(count: int, text: str) -> None:
    assert grouped(count) == text


def test_a_count_of_thousands_of_digits_is_written_too() -> None:
    assert grouped(2**15_000) == "2.81 × 10^4515"


def test_what_is_left_of_a_gradient_is_exact_where_there_is_an_exact_sum() -> None:
    assert left(0.25, [1e16, 0.25, -1e16]) == 0.0
    assert left(1.0, [1e308, 1e308]) == -math.inf
    assert math.isnan(left(1.0, [math.inf, -math.inf]))
