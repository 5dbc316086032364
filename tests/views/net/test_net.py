"""The net drawn number by number: the right numbers in the right places, whatever the size of the net."""

from itertools import combinations

import numpy as np
import pytest

from app.notation import numbers
from app.session.moment import Picture
from app.session.moves import To
from app.session.reading import Reading
from app.session.service import Sessions
from app.views.net import view as net
from app.views.net.chain import chain_of
from app.views.net.circles import Figure, fitted, width
from app.views.net.spread import Point, clipped, label_places, overlap
from app.views.net.units import MOST_UNITS
from app.views.net.view import Net
from app.views.scene import Scene
from tests.session.memory import MemoryStore
from tests.session.problems import LATE
from tests.views.pictures import COLAH

MAZUR = {"kind": "preset", "name": "mazur"}
TRAINING = {"kind": "preset", "name": "article-training"}


def layers(*units: int, inputs: int = 2, batch: int = 1, activation: str = "tanh") -> dict:
    """A network of so many units in each layer, on numbers without a pattern."""
    numbers = np.random.default_rng(5)
    return {
        "kind": "layers",
        "inputs": inputs,
        "layers": [{"units": count, "activation": activation} for count in units],
        "loss": "mean_squared_error",
        "data": {"x": numbers.normal(size=(batch, inputs)).tolist(), "y": np.zeros((batch, units[-1])).tolist()},
        "seed": 4,
    }


def look(spec: dict, position: int = 0, chosen: tuple[str, tuple[int, ...]] | None = None, sample: int = 0) -> Net:
    """The net of a new session at a moment, for a reader who has chosen a number or none."""
    sessions = Sessions(MemoryStore())
    picture = sessions.move(sessions.create(spec).id, To(0, position))
    return net.build(scene(sessions, picture, chosen, sample))


def scene(sessions: Sessions, picture: Picture, chosen: tuple[str, tuple[int, ...]] | None, sample: int) -> Scene:
    id, index = chosen or (picture.graph.loss.id, ())
    return Scene(picture, id, index, chosen is not None, Reading.of(sessions, picture), lambda: None, sample)


def covering(places: tuple[Point, ...]) -> float:
    """The largest part of a label that another one covers."""
    return max((overlap(*pair) for pair in combinations(places, 2)), default=0.0)


def figures(view: Net) -> dict[str, Figure]:
    """Every number that is drawn, by its name and index."""
    found = [part.figure for circle in view.circles for part in circle.parts]
    found += [circle.bias for circle in view.circles if circle.bias]
    found += [line.figure for line in view.lines if line.figure]
    found += [figure for _, _, figure in view.targets]
    return {figure.label: figure for figure in found}


def test_mazurs_net_shows_every_number_of_its_page() -> None:
    shown = figures(look(MAZUR, 16))
    assert (shown["W2[0, 0]"].value, shown["W2[0, 0]"].gradient) == ("0.4", "0.08217")
    assert (shown["W1[0, 0]"].value, shown["W1[0, 0]"].gradient) == ("0.15", "4.386e−4")
    assert (shown["a1[0, 0]"].value, shown["a1[0, 0]"].gradient) == ("0.5933", "0.0364")
    assert (shown["z2[0, 1]"].value, shown["b2[1]"].value) == ("1.225", "0.6")
    assert (shown["y[0, 1]"].value, shown["loss"].value, shown["loss"].gradient) == ("0.99", "0.2984", "1")
    assert len(shown) == 2 + 2 * 4 + 2 * 4 + 2 * 2 + 2 + 1


def test_what_is_not_computed_yet_is_pending_and_never_zero() -> None:
    shown = figures(look(MAZUR, 1))
    assert shown["z1[0, 0]"].value == "0.3775"
    assert [shown[name].value for name in ("a1[0, 0]", "z2[0, 0]", "loss")] == [None, None, None]
    assert {figure.gradient for figure in shown.values()} == {None}
    assert shown["W1[0, 0]"].has_gradient


def test_the_whole_column_of_the_node_visited_is_marked_and_the_lines_that_led_there() -> None:
    forward = look(MAZUR, 3)
    assert {label for label, figure in figures(forward).items() if figure.is_visited} == {"z2[0, 0]", "z2[0, 1]"}
    assert {line.key for line in forward.lines if line.is_flowing} == {
        f"l2-{to}-{of}" for to in (0, 1) for of in (0, 1)
    }
    backward = look(MAZUR, 12)
    visited = {label for label, figure in figures(backward).items() if figure.is_visited}
    assert visited == {"a1[0, 0]", "a1[0, 1]"}
    assert {line.key[:2] for line in backward.lines if line.is_flowing} == {"l2"}


def test_a_weight_looked_at_is_marked_with_its_line_alone() -> None:
    view = look(MAZUR, 16, ("W2", (1, 0)))
    assert [label for label, figure in figures(view).items() if figure.is_chosen] == ["W2[1, 0]"]
    assert {line.key for line in view.lines if line.is_near and line.figure} == {"l2-1-0"}


def test_a_unit_looked_at_is_marked_with_all_lines_that_enter_and_leave_it() -> None:
    view = look(MAZUR, 16, ("a1", (0, 1)))
    assert {line.key for line in view.lines if line.is_near} == {"l1-1-0", "l1-1-1", "l2-0-1", "l2-1-1"}


def test_a_line_is_as_thick_as_its_weight_and_knows_its_sign() -> None:
    lines = {line.key: line for line in look(TRAINING).lines}
    assert lines["l1-2-1"].is_negative and not lines["l1-1-1"].is_negative
    assert lines["l1-2-1"].width > lines["l1-1-1"].width > lines["l1-1-0"].width


def test_no_label_covers_another_in_a_net_whose_lines_all_have_their_numbers() -> None:
    for before, after in [(2, 2), (2, 3), (3, 1), (4, 4), (6, 5), (3, 6)]:
        view = look(layers(after, 1, inputs=before))
        places = tuple((line.x, line.y) for line in view.lines if line.key.startswith("l1-"))
        assert {line.shows for line in view.lines if line.figure} == {"always"}
        assert covering(places) < 0.15, (before, after)


def test_labels_of_two_crossing_lines_stand_apart() -> None:
    crossing = (clipped((0, 0), (300, 140), 40, 40), clipped((0, 140), (300, 0), 40, 40))
    assert covering(label_places(crossing)) == 0.0


def test_a_row_of_the_batch_is_chosen_and_its_numbers_are_shown() -> None:
    view = look(TRAINING, 22, sample=7)
    assert {"x[7, 0]", "z1[7, 2]", "y[7, 0]"} <= set(figures(view))
    assert (view.samples.sample, view.samples.count) == (7, 100)
    assert (view.samples.earlier, view.samples.later) == ((6, ""), (8, ""))
    assert look(TRAINING, sample=1_000).samples.sample == 99
    assert look(MAZUR).samples is None


def test_the_row_follows_a_number_that_belongs_to_one_and_takes_it_along() -> None:
    view = look(TRAINING, 22, ("a1", (5, 2)), sample=7)
    assert view.samples.sample == 5
    assert view.samples.later == (6, "6,2")
    weight = look(TRAINING, 22, ("W1", (2, 1)), sample=7)
    assert weight.samples.sample == 7
    assert weight.samples.later == (8, "2,1")


def test_of_a_wide_layer_the_strongest_neighbours_of_the_unit_looked_at_are_drawn() -> None:
    spec = layers(128, 64, 10, inputs=64, batch=3)
    sessions = Sessions(MemoryStore())
    picture = sessions.move(sessions.create(spec).id, To(0, 16))
    view = net.build(scene(sessions, picture, ("a2", (1, 17)), 0))
    drawn = {number: [] for number in range(5)}
    for circle in view.circles:
        column, unit = circle.key[1:].split("-")
        drawn[int(column)].append(int(unit))
    strongest = np.argsort(-np.abs(picture.value("W2")[17]))[:8]
    assert drawn[1] == sorted(strongest.tolist())
    assert drawn[2] == [17]
    assert drawn[3] == list(range(10))
    assert [heading.left_out for heading in view.headings] == [56, 120, 63, 0, 0]
    shown = {line.key for line in view.lines if line.figure and line.shows == "always"}
    assert shown == {f"l2-17-{unit}" for unit in drawn[1]} | {f"l3-{unit}-17" for unit in drawn[3]}


def test_a_weak_weight_looked_at_is_drawn_among_the_strongest() -> None:
    spec = layers(40, 1, inputs=30)
    sessions = Sessions(MemoryStore())
    picture = sessions.create(spec)
    weakest = int(np.abs(picture.value("W1")[3]).argmin())
    view = net.build(scene(sessions, picture, ("W1", (3, weakest)), 0))
    assert f"u0-{weakest}" in {circle.key for circle in view.circles}
    assert [label for label, figure in figures(view).items() if figure.is_chosen] == [f"W1[3, {weakest}]"]


def test_wide_layers_and_the_weights_beside_them_are_maps_that_lead_to_single_numbers() -> None:
    spec = layers(128, 64, 10, inputs=64, batch=3)
    view = look(spec, 20, ("W2", (5, 70)), sample=2)
    assert [it.node for it in view.maps] == ["x", "W1", "a1", "W2", "a2", "W3"]
    x, weights = view.maps[0], view.maps[3]
    assert {target.index for target in x.values.targets} == {f"2,{unit}" for unit in range(64)}
    assert weights.values.chosen == (70 // 2, 5)
    assert weights.gradients is not None
    assert look(spec, 0).maps[3].gradients is None
    assert (look(spec, 0).maps[2].width, look(spec, 0).maps[2].height) == (view.maps[2].width, view.maps[2].height)


def test_narrow_nets_have_no_maps() -> None:
    assert look(layers(MOST_UNITS, 3)).maps == ()


def test_of_a_deep_net_the_columns_around_the_one_looked_at_are_drawn() -> None:
    view = look(layers(*[3] * 29, 1), 0, ("a12", (0, 1)))
    numbers = [heading.number for heading in view.headings]
    assert 12 in numbers[1:-1]
    assert len(numbers) < 12
    assert view.columns_before + len(numbers) + view.columns_after == 32
    assert (view.earlier, view.later) == (f"a{numbers[0] - 1}", f"a{numbers[-1] + 1}")
    assert view.width < 1_700


def test_the_page_of_a_deep_net_stands_still_while_its_layers_are_visited() -> None:
    pages = [look(layers(*[3] * 29, 1), position).headings[0].number for position in range(1, 60)]
    assert len(set(pages)) < 20
    assert pages == sorted(pages)


def test_the_loss_stands_beside_the_last_layer() -> None:
    view = look(layers(*[3] * 29, 1), 59)
    assert [heading.title for heading in view.headings][-2:] == ["Layer {number}", "Loss"]
    assert view.later is None


def test_an_expression_of_matrices_is_a_net_whichever_way_they_are_multiplied() -> None:
    columns = "x = input([[1, 3, 5], [2, 4, 6]])\nW = [[0.5, -1]]\nb = [[0.25]]\nz = W @ x + b\nL = sum(tanh(z))"
    rows = "x = input([[1, 2], [3, 4], [5, 6]])\nW = [[0.5], [-1]]\nb = [0.25]\nz = x @ W + b\nL = sum(tanh(z))"
    for source, of_sample, of_weight in ((columns, "[0, 1]", "[0, 1]"), (rows, "[1, 0]", "[1, 0]")):
        view = look({"kind": "expression", "source": source}, 5, sample=1)
        shown = figures(view)
        assert shown[f"x{of_sample}"].value == "3"
        assert shown[f"z{of_sample}"].value == "−2.25"
        assert shown[f"W{of_weight}"].value == "−1"
        assert view.samples.count == 3


def test_an_expression_of_single_numbers_shows_local_derivatives_on_its_lines() -> None:
    view = look({"kind": "expression", "source": COLAH}, 8)
    shown = {(line.key, line.figure.label): line.figure for line in view.lines if line.figure}
    by_label = {label: (figure.value, figure.gradient) for (_, label), figure in shown.items()}
    assert by_label == {
        "∂c/∂a": ("× 1", "= 2"),
        "∂c/∂b": ("× 1", "= 2"),
        "∂d/∂b": ("× 1", "= 3"),
        "∂e/∂c": ("× 2", "= 2"),
        "∂e/∂d": ("× 3", "= 3"),
    }
    assert {label: figure.gradient for label, figure in figures(view).items() if label in "ab"} == {"a": "2", "b": "5"}


def test_local_derivatives_stay_those_of_the_forward_pass_after_an_update() -> None:
    spec = {
        "kind": "expression",
        "source": "a = 3\nb = 4\nc = a * b\n",
        "optimizer": {"kind": "sgd", "learning_rate": 1},
    }
    view = look(spec, 4)
    assert [line.figure.value for line in view.lines] == ["× 4", "× 3"]


@pytest.mark.parametrize("position", range(5, 13))
def test_with_sequential_updates_the_lines_carry_what_the_backward_pass_found(position: int) -> None:
    spec = {**LATE, "update_order": "sequential", "optimizer": {"kind": "sgd", "learning_rate": 0.5}}
    view = look(spec, position)
    gradients = {circle.parts[0].figure.node: circle.parts[0].figure.gradient for circle in view.circles}
    shares: dict[str, list[float]] = {}
    for figure in (line.figure for line in view.lines if line.figure.gradient):
        shares.setdefault(figure.node, []).append(number(figure.gradient.removeprefix("= ")))
    known = {id for id, gradient in gradients.items() if gradient and id != "e"}
    assert shares.keys() == known
    assert {id: sum(found) for id, found in shares.items()} == pytest.approx(
        {id: number(gradients[id]) for id in known}, rel=1e-3
    )


def number(text: str) -> float:
    return float(text.replace(numbers.MINUS, "-"))


def test_a_number_used_twice_has_two_lines() -> None:
    view = look({"kind": "expression", "source": "x = 3\ny = x * x"}, 1)
    assert len({line.path for line in view.lines}) == 2
    assert [line.figure.value for line in view.lines] == ["× 3", "× 3"]


def test_circles_never_cover_each_other() -> None:
    for spec in ({"kind": "preset", "name": "micrograd"}, layers(5, 12, 2, inputs=7), TRAINING):
        circles = look(spec).circles
        for at, circle in enumerate(circles):
            for other in circles[at + 1 :]:
                apart = np.hypot(circle.x - other.x, circle.y - other.y)
                assert apart > circle.radius + other.radius


@pytest.mark.parametrize(
    "source",
    [
        "\n".join(["a0 = 1", *(f"a{n} = a{n - 1} + 1" for n in range(1, 70))]),
        "a = [1, 2]\nL = sum(a * a)",
        "x = input([1, 2])\nW = [[1, 2], [3, 4]]\nh = tanh(W @ x)\ny = h + x\nL = sum(y)",
    ],
)
def test_what_is_no_net_is_left_to_the_other_views(source: str) -> None:
    assert not net.is_for(Sessions(MemoryStore()).create({"kind": "expression", "source": source}).graph)


def test_a_number_that_does_not_fit_loses_digits_and_nothing_else() -> None:
    assert fitted(0.123456, 58) == "0.1235"
    assert fitted(-0.000123456, 42) == "−1e−4"
    assert fitted(123456.0, 58) == "1.235e5"
    assert width(fitted(-1.23456e-100, 58)) <= 58


def test_every_number_of_a_chain_is_found_again_from_its_place() -> None:
    graph = Sessions(MemoryStore()).create(TRAINING).graph
    chain = chain_of(graph)
    for column in chain.columns[:-1]:
        for unit in range(column.units):
            for id in column.nodes:
                focus = chain.focus(id, chain.place(id, unit, 3))
                assert (focus.column, focus.unit, focus.source) == (column.number, unit, None)
    assert chain.focus("W1", (2, 1)).source == 1
    assert chain.focus("b1", (2,)).unit == 2
