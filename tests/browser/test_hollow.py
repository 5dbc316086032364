"""Marks of rows that are held out are hollow, whatever their form, so that the key beside them is true."""

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_marks_held_out_are_hollow(open_page: Callable[..., Page], address: str) -> None:
    page = open_page(address + "/build?dataset=iris")
    held = page.locator(".data-picture .held")
    expect(held).to_have_count(3)
    ground = page.evaluate("getComputedStyle(document.querySelector('.data-picture')).backgroundColor")
    cores = page.evaluate(
        """[...document.querySelectorAll('.data-picture .held')].map((mark) => {
            const [own, core] = [mark, mark.nextElementSibling].map((one) => getComputedStyle(one));
            return core.display === "none" ? own.fill : core.stroke;
        })"""
    )
    assert cores == [ground] * 3
