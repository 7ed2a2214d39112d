"""The map of the world: every country once, small, and marked without a measure."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evidencehub.web.charts import world_map
from tests.support.dataset_builder import PROJECT_ROOT

WORLD = PROJECT_ROOT / "evidencehub/web/charts/world.csv"
NOT_DRAWN = {
    *("AQ", "BQ", "BV", "CC", "CX", "GF", "GI", "GP", "MQ", "RE", "SJ", "TK", "TV", "UM", "YT")
}
"""Antarctica, and small or distant parts of other countries, which the source does not tell apart."""


def list_codes(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["code"] for row in csv.DictReader(file)]


def test_every_country_is_on_the_map_once() -> None:
    drawn = list_codes(WORLD)
    assert len(drawn) == len(set(drawn))
    countries = set(list_codes(PROJECT_ROOT / "codes/areas/iso-3166.csv"))
    assert {code for code in countries if len(code) == 2} - set(drawn) == NOT_DRAWN


def test_the_map_is_small_and_in_whole_numbers() -> None:
    text = WORLD.read_text("utf-8")
    assert len(text.encode()) < 12_000
    assert not re.search(r"\d\.\d", text)


@pytest.mark.parametrize("code", ["", *list_codes(WORLD)])
def test_a_country_has_an_outline_or_a_place_inside_the_map(code: str) -> None:
    outline = world_map.read_outlines()[code]
    assert bool(outline.path) != (outline.place is not None)
    starts = re.findall(r"M(\d+) (\d+)l", outline.path) or [outline.place]
    assert all(0 <= float(x) <= 720 and 0 <= float(y) <= 312 for x, y in starts)


def test_a_marked_country_is_drawn_once_and_the_others_are_outlines() -> None:
    peru = world_map.read_outlines()["PE"].path
    assert peru in world_map.draw_land(["CL"])
    assert peru not in world_map.draw_land(["PE", "MT"])
    assert ET.fromstring(world_map.draw_country("PE")).get("d") == peru
    assert ET.fromstring(world_map.draw_country("MT")).tag == "circle"
    assert world_map.draw_country("toy-lands:X01") == ""


def test_all_marked_countries_look_the_same() -> None:
    drawn = [ET.fromstring(world_map.draw_country(code)) for code in ("RU", "LU", "NR", "BR")]
    assert {shape.get("class") for shape in drawn} == {"moment"}
    assert {shape.get("r") for shape in drawn} == {None, f"{world_map.DOT_RADIUS:g}"}
