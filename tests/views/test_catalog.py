"""The tables of views: every row has its template, its own name and its own key."""

import pytest

from app.views.catalog import FIRST_VIEW, SECTIONS, VIEWS
from app.web.urls import folder

KEYS_TAKEN = set("fiuyre/+-0")


@pytest.mark.parametrize("view", [row for row in VIEWS.values() if row.build], ids=lambda row: row.name)
def test_every_view_has_a_template_of_its_name(view):
    assert (folder("templates") / "workspace" / "views" / f"{view.name}.html").is_file()


@pytest.mark.parametrize("section", SECTIONS.values(), ids=lambda row: row.name)
def test_every_section_has_a_template_of_its_name(section):
    assert (folder("templates") / "workspace" / "sections" / f"{section.name}.html").is_file()


def test_every_view_has_a_key_that_no_other_control_has():
    keys = [row.key for row in VIEWS.values()]
    assert len(set(keys)) == len(keys) and not KEYS_TAKEN & set(keys)


def test_the_first_view_is_one_of_them():
    assert FIRST_VIEW in VIEWS
