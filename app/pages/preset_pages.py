"""Worked examples for people: a card for each on the first page, and a page with its figures."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.nn.preset import Preset
from app.nn.presets import PRESETS
from app.nn.spec import MadeRows
from app.nn.supply.datasets import DATASETS
from app.pages.building.gallery import samples_of, thumbnail
from app.pages.building.pictures import Mosaic, Scatter
from app.views.drawing.miniature import Miniature
from app.views.published import FigureGroup, figure_groups

VERDICTS = ("agrees", "differs", "silent")


@dataclass(frozen=True)
class Source:
    """Where an example is published: what to call it, and its address if it is on the web."""

    words: str
    address: str | None


@dataclass(frozen=True)
class PresetCard:
    """A worked example as the first page shows it."""

    name: str
    title: str
    summary: str
    source: Source
    picture: Miniature | None
    data: Scatter | Mosaic | None = None


@dataclass(frozen=True)
class CardShelf:
    """Cards of one kind, under a title."""

    name: str
    title: str
    sentence: str
    cards: tuple[PresetCard, ...]


@dataclass(frozen=True)
class PresetPage:
    """A worked example with everything its source prints. `counts` are how many figures agree, differ, are silent.

    `cure` is the example that cures what this one shows, `cures` the one that this one cures.
    """

    card: PresetCard
    notes: tuple[str, ...]
    groups: tuple[FigureGroup, ...]
    counts: dict[str, int]
    has_iterations: bool
    text: str | None
    cure: Preset | None = None
    cures: Preset | None = None


def preset_card(preset: Preset, picture: Miniature | None) -> PresetCard:
    """One card."""
    return PresetCard(
        name=preset.name,
        title=preset.title,
        summary=preset.summary,
        source=source_of(preset.source),
        picture=picture,
        data=data_of(preset),
    )


def data_of(preset: Preset) -> Scatter | Mosaic | None:
    """The points that an example learns from, as a picture; None where they are not those of a data set."""
    data = preset.spec.get("data", {})
    if "dataset" not in data:
        return None
    made = MadeRows.model_validate(data)
    return thumbnail(made.dataset, samples_of(DATASETS[made.dataset], {}), made.noise or 0.0, made.seed)


def preset_page(preset: Preset, picture: Miniature | None) -> PresetPage:
    """One page."""
    groups = figure_groups(preset.name)
    figures = [figure for group in groups for figure in group.figures]
    counts = {verdict: sum(figure.verdict == verdict for figure in figures) for verdict in VERDICTS}
    return PresetPage(
        card=preset_card(preset, picture),
        notes=preset.notes,
        groups=groups,
        counts=counts,
        has_iterations=len({figure.iteration for figure in figures}) > 1,
        text=preset.spec.get("source"),
        cure=PRESETS.get(preset.cure),
        cures=next((other for other in PRESETS.values() if other.cure == preset.name), None),
    )


def source_of(text: str) -> Source:
    """A source as it is shown: the site and path of an address with what is said after it, or a title as it is."""
    address, _, rest = text.partition(" ")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return Source(text, None)
    site = parts.netloc.removeprefix("www.")
    # A host of many people's pages does not say whose this one is.
    words = site + parts.path.rstrip("/") if site == "github.com" else site
    return Source(words, address)
