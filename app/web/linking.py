"""Numbers inside formulas as links: views say which number is meant, here it gets an address on the page."""

import re
from collections.abc import Mapping
from html import unescape

from markupsafe import Markup, escape

from app.errors import N_
from app.notation import writing
from app.views.catalog import FIRST_VIEW
from app.views.workspace import Workspace
from app.web import language, urls

PLACE = re.compile(r'<mstyle class="place (\w+)" data-node="([^"]*)" data-index="([^"]*)" title="([^"]*)">')


def linked(mathml: str, space: Workspace) -> Markup:
    """A formula whose places are links that choose them. What is left out of it is said in words.

    MathML has no links of its own; HTML inside `mtext` has, and a formula may stand in it again.
    """
    before, *places = PLACE.split(mathml)
    found = zip(*[iter(places)] * (PLACE.groups + 1), strict=True)
    return Markup(writing.REST.sub(left_out, before + "".join(link(space, *place) for place in found)))


def link(space: Workspace, role: str, node: str, index: str, title: str, text: str) -> str:
    """One place as a link, and what stands behind it."""
    content, _, behind = text.partition("</mstyle>")
    address = escape(at(space, unescape(node), index))
    anchor = f'<a class="place {role}" href="{address}" hx-get="{address}" title="{title}">'
    # In a formula of its own a fraction would be set small again.
    size = ' displaystyle="true"' if content.startswith("<mfrac>") else ""
    return f"<mtext>{anchor}<math{size}>{content}</math></a></mtext>{behind}"


def at(
    space: Workspace,
    node: str | None,
    index: str | None = None,
    view: str | None = None,
    sample: int | None = None,
    open: str | None = None,
    options: Mapping[str, str] | None = None,
) -> str:
    """The address of a number, seen as this page sees it unless another view, row, or what is open is asked for.

    `options` are words for the view in place of those that the page has.
    """
    kept = space.options if view in (None, space.view) else {}
    view, sample = view or space.view, space.sample if sample is None else sample
    return urls.session(
        space.id,
        node,
        index,
        view if view != FIRST_VIEW else None,
        sample or None,
        (space.open if open is None else open) or None,
        space.tour or None,
        kept if options is None else options,
    )


def toggled(open: str, name: str, instead_of: str = "") -> str:
    """What is open once a name is unfolded, perhaps instead of another one, or folded again if it was open."""
    names = open.split(",") if open else []
    if name in names:
        return ",".join(one for one in names if one != name)
    return ",".join((*(one for one in names if one != instead_of), name))


def left_out(rest: re.Match) -> str:
    """How many parts are not written, and what they come to."""
    count, total = rest.groups()
    template = N_("… {count} more, together {total}") if total else N_("… {count} more")
    return f'<mtext class="rest">{escape(language.translate(template, count=count, total=total))}</mtext>'
