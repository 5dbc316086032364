"""The page of an example puts our number beside each printed one, and says honestly whether they agree."""

import pytest

from app.nn.preset import Printed
from app.nn.presets import PRESETS
from app.pages.preset_pages import preset_page, source_of
from app.views.published import figure_groups, verdict


def figures(name):
    return [figure for group in figure_groups(name) for figure in group.figures]


def printed(digits, tolerance=None):
    return Printed("a", "a", (), "value", digits, tolerance=tolerance)


@pytest.mark.parametrize(
    ("number", "digits", "said"),
    [
        (0.5932699921, "0.593269992", "agrees"),
        (0.5932699926, "0.593269992", "differs"),
        (-19.26, "-19.3", "agrees"),
        (3.0000000001, "3", "agrees"),
        (3.5100e-05, "0.0000351085", "differs"),
        (float("nan"), "1", "differs"),
        (1.0, None, "silent"),
    ],
)
def test_a_number_agrees_where_it_rounds_to_the_printed_digits(number, digits, said):
    assert verdict(number, printed(digits)) == said


def test_a_tolerance_of_the_source_is_allowed():
    assert verdict(0.29836, printed("0.298371109", tolerance=1e-4)) == "agrees"


@pytest.mark.parametrize("name", PRESETS)
def test_every_published_figure_is_shown_once(name):
    assert len(figures(name)) == len(PRESETS[name].published)


@pytest.mark.parametrize("name", PRESETS)
def test_what_differs_is_what_the_example_states_as_a_misprint(name):
    differing = sorted(figure.name for figure in figures(name) if figure.verdict == "differs")
    assert differing == sorted(figure.name for figure in PRESETS[name].published if figure.is_misprint)


def test_mazurs_first_loss_stands_beside_its_printed_digits():
    loss = next(figure for figure in figures("mazur") if figure.name == "E_total")
    assert (loss.printed, loss.computed[:11]) == ("0.298371109", "0.298371108")
    assert (loss.iteration, loss.verdict) == (0, "agrees")


def test_a_term_names_the_consumer_it_comes_from():
    term = next(figure for figure in figures("mazur") if figure.name == "∂E_o2/∂out_h1")
    assert (term.node.letters, term.index, term.consumer.index, term.consumer_index) == ("a", "[0, 0]", "2", "[0, 1]")


def test_the_counts_say_how_many_figures_agree():
    page = preset_page(PRESETS["article-training"], None)
    assert page.counts == {"agrees": 0, "differs": 0, "silent": 11} and page.has_iterations


@pytest.mark.parametrize(
    ("text", "words", "address"),
    [
        ("https://www.mattmazur.com/2015/x/", "mattmazur.com", "https://www.mattmazur.com/2015/x/"),
        ("https://github.com/a/b (docs/c.md)", "github.com/a/b", "https://github.com/a/b"),
        ("《一切皆是映射》 §4.3", "《一切皆是映射》 §4.3", None),
        ("javascript:alert(1)", "javascript:alert(1)", None),
    ],
)
def test_a_source_is_named_by_its_site(text, words, address):
    source = source_of(text)
    assert (source.words, source.address) == (words, address)
