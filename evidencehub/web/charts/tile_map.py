"""Areas as tiles of one size, arranged roughly as on a map: each with its value in writing.

No tile is shaded. Where a list of areas has marks that say how sure a difference is, its tile has
the same mark; an area without a value is dashed. Places across are percentages and places down are
pixels, so that letters keep their size.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup

from evidencehub.web.charts.dot_plot import Marker, draw_marker
from evidencehub.web.charts.svg import build_element, write_percent

COLUMNS = 11  # of the widest map: tiles of every map have the same size
TILE_HEIGHT, TILE_GAP = 54, 2  # pixels
TILE_SHARE = 0.94  # of the width of a column


@dataclass(frozen=True, slots=True)
class TilePlace:
    """Where the tile of an area stands, and its short name."""

    short_label: str
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class AreaValue:
    """The value of an area in writing, with the mark that the list of areas has for it."""

    text: str
    marker: Marker | None = None


@cache
def read_arrangements() -> Mapping[str, Mapping[str, TilePlace]]:
    """Return the places of the areas of each list that has an arrangement."""
    text = resources.files("evidencehub.web.charts").joinpath("tiles.csv").read_text("utf-8")
    arrangements: dict[str, dict[str, TilePlace]] = {}
    for row in csv.DictReader(text.splitlines()):
        place = TilePlace(row["short_label"], int(row["column"]), int(row["row"]))
        arrangements.setdefault(row["list"], {})[row["code"]] = place
    return arrangements


def draw_tile_map(code_list: str, values: Mapping[str, AreaValue]) -> Markup:
    """Return a tile for each area of a list, beside a table that says the same."""
    places = read_arrangements()[code_list]
    tiles = [tile for code, place in places.items() for tile in _draw_tile(place, values.get(code))]
    height = TILE_HEIGHT * (1 + max(place.row for place in places.values()))
    return build_element("svg", *tiles, width="100%", height=height, aria_hidden="true")


def _draw_tile(place: TilePlace, value: AreaValue | None) -> Iterator[Markup]:
    start, width = 100 * place.column / COLUMNS, 100 / COLUMNS
    middle, top = start + width * TILE_SHARE / 2, TILE_HEIGHT * place.row
    yield build_element(
        "rect", class_="whole" if value else "suppressed", x=write_percent(start),
        width=write_percent(width * TILE_SHARE), y=top + TILE_GAP,
        height=TILE_HEIGHT - 2 * TILE_GAP,
    )  # fmt: skip
    yield _draw_text(place.short_label, "part-label", middle, top + 17)
    if value:
        yield _draw_text(value.text, "tick", middle, top + 32)
        if value.marker:
            yield draw_marker(value.marker, middle, top + 43)


def _draw_text(text: str, css_class: str, middle: float, y: float) -> Markup:
    return build_element(
        "text", text, class_=css_class, x=write_percent(middle), y=y, text_anchor="middle"
    )
