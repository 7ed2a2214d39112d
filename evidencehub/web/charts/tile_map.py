"""Areas as tiles of one size, arranged roughly as on a map: each with its value in writing.

No tile is shaded. Where a list of areas has marks that say how sure a difference is, its tile has
the same mark; an area without a value is dashed. Places across are percentages and places down are
pixels, so that letters keep their size.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup

from evidencehub.web.charts.dot_plot import Marker, draw_marker
from evidencehub.web.charts.svg import build_element, write_percent

COLUMNS = 11  # of the widest map: tiles of every map have the same size
TILE_HEIGHT, TILE_GAP = 54, 2  # pixels
COLUMN_WIDTH, TILE_WIDTH = 100 / COLUMNS, 8.5  # percent of the width


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


@dataclass(frozen=True, slots=True)
class TileMap:
    """The values of the areas of a list by their codes; those without a place are left out."""

    code_list: str
    values: Mapping[str, AreaValue]


@cache
def read_arrangements() -> Mapping[str, Mapping[str, TilePlace]]:
    """Return the places of the areas of each list that has an arrangement."""
    text = resources.files("evidencehub.web.charts").joinpath("tiles.csv").read_text("utf-8")
    arrangements: dict[str, dict[str, TilePlace]] = {}
    for row in csv.DictReader(text.splitlines()):
        place = TilePlace(row["short_label"], int(row["column"]), int(row["row"]))
        arrangements.setdefault(row["list"], {})[row["code"]] = place
    return arrangements


def choose_arrangement(values: Mapping[str, AreaValue]) -> TileMap | None:
    """Return the values of areas as tiles, where they are those of half an arrangement or more."""
    for code_list, places in read_arrangements().items():
        tiles = {area.removeprefix(f"{code_list}:"): value for area, value in values.items()}
        if 2 * len(tiles.keys() & places.keys()) >= len(places):
            return TileMap(code_list, tiles)
    return None


def draw_tile_map(code_list: str, values: Mapping[str, AreaValue]) -> Markup:
    """Return a tile for each area of a list, beside a table that says the same."""
    places = read_arrangements()[code_list]
    held = [place for code, place in places.items() if code in values]
    absent = [place for code, place in places.items() if code not in values]
    words = [
        word for code, place in places.items() for word in _draw_words(place, values.get(code))
    ]
    height = TILE_HEIGHT * (1 + max(place.row for place in places.values()))
    return build_element(
        "svg", _draw_squares("whole", held), _draw_squares("suppressed", absent), *words,
        class_="strip", height=height, text_anchor="middle", aria_hidden="true",
    )  # fmt: skip


def _draw_squares(css_class: str, places: Iterable[TilePlace]) -> Markup:
    squares = [
        build_element(
            "rect",
            x=write_percent(_locate_column(place)),
            width=write_percent(TILE_WIDTH),
            y=TILE_HEIGHT * place.row + TILE_GAP,
            height=TILE_HEIGHT - 2 * TILE_GAP,
        )
        for place in places
    ]
    return build_element("g", *squares, class_=css_class)


def _locate_column(place: TilePlace) -> float:
    return round(place.column * COLUMN_WIDTH, 1)


def _draw_words(place: TilePlace, value: AreaValue | None) -> Iterator[Markup]:
    """Yield the name of an area, its value and its mark, one below the other."""
    middle, top = round(_locate_column(place) + TILE_WIDTH / 2, 1), TILE_HEIGHT * place.row
    yield _draw_text(place.short_label, "part-label", middle, top + 17)
    if value:
        yield _draw_text(value.text, "tick", middle, top + 32)
        if value.marker:
            yield draw_marker(value.marker, middle, top + 43)


def _draw_text(text: str, css_class: str, middle: float, y: float) -> Markup:
    return build_element("text", text, class_=css_class, x=write_percent(middle), y=y)
