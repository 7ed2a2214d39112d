"""Tiles of areas: every area once, none on another, and none shaded."""

from __future__ import annotations

import csv
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from evidencehub.web.charts import tile_map
from evidencehub.web.charts.tile_map import AreaValue
from tests.support.dataset_builder import PROJECT_ROOT

LISTS = sorted(tile_map.read_arrangements())


def list_areas(code_list: str) -> set[str]:
    """The states of the United States, and the regions of England."""
    with (PROJECT_ROOT / f"codes/areas/{code_list}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] in ("state", "region")]
    return {row["code"] for row in rows}


def test_states_and_regions_have_an_arrangement() -> None:
    assert LISTS == ["gss", "us-fips"]


@pytest.mark.parametrize("code_list", LISTS)
def test_every_area_has_a_tile_and_no_two_have_one_place(code_list: str) -> None:
    places = tile_map.read_arrangements()[code_list]
    assert set(places) == list_areas(code_list)
    spots = Counter((place.column, place.row) for place in places.values())
    assert max(spots.values()) == 1
    assert all(0 <= column < tile_map.COLUMNS and row >= 0 for column, row in spots)
    names = [place.short_label for place in places.values()]
    assert len(set(names)) == len(names)
    assert all(1 < len(name) <= 3 for name in names)  # wider ones leave their tile on a phone


@pytest.mark.parametrize("code_list", LISTS)
def test_no_tile_stands_alone_but_the_two_states_that_border_no_other(code_list: str) -> None:
    places = tile_map.read_arrangements()[code_list]
    spots = {(place.column, place.row) for place in places.values()}
    alone = {
        place.short_label
        for place in places.values()
        if not any(
            (place.column + x, place.row + y) in spots
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
        )
    }
    assert alone == ({"AK", "HI"} if code_list == "us-fips" else set())


def test_a_tile_has_its_value_and_the_mark_of_the_list_and_no_shade() -> None:
    values = {
        "06": AreaValue("9.1", "hollow"),
        "36": AreaValue("44.0", "filled"),
        "48": AreaValue("7"),
    }
    drawn = ET.fromstring(tile_map.draw_tile_map("us-fips", values))
    texts = [text.text for text in drawn.iter("text")]
    assert texts[texts.index("CA") + 1] == "9.1"
    assert texts[texts.index("NY") + 1] == "44.0"
    assert texts[texts.index("TX") + 1] == "7"
    tiles = {group.get("class"): len(group.findall("rect")) for group in drawn.iter("g")}
    assert tiles == {"whole": 3, "suppressed": 48}
    marks = Counter(circle.get("class") for circle in drawn.iter("circle"))
    assert marks == {"mark hollow": 1, "mark filled": 1}
    assert drawn.get("aria-hidden") == "true"


def test_zero_is_a_value_and_not_a_dashed_tile() -> None:
    drawn = ET.fromstring(tile_map.draw_tile_map("gss", {"E40000003": AreaValue("0")}))
    assert len(drawn.findall("g[@class='whole']/rect")) == 1


@pytest.mark.parametrize("code_list", LISTS)
def test_tiles_stand_for_half_of_the_areas_or_more_and_for_no_less(code_list: str) -> None:
    codes = sorted(tile_map.read_arrangements()[code_list])
    prefix = "" if code_list == "gss" else f"{code_list}:"
    values = {prefix + code: AreaValue("1.2") for code in codes[: (len(codes) + 1) // 2]}
    tiles = tile_map.choose_arrangement({**values, "elsewhere:X01": AreaValue("3.4")})
    assert tiles is not None
    assert tiles.code_list == code_list
    values.popitem()
    assert tile_map.choose_arrangement(values) is None
