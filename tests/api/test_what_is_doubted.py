"""What a page says of what is doubtful: a period, an absent group, the last digit of a ratio."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import fields
from typing import Any

import pytest

from evidencehub import runtime
from evidencehub.store.gaps import GapValues
from evidencehub.store.topics import SchemeGroupRow
from evidencehub.web.pages.topics import build_missing_groups
from evidencehub.web.views.gap_view import build_gap_view, build_unit_text
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

NOTE = "The survey ran in two months of this year; which ones is not stated."
LINK = '<a href="#notes">Read the note on these figures</a>'


async def serve(site: BuildWorkspace) -> Any:
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


async def read_indicator_page(site: BuildWorkspace, *notes: str) -> str:
    toys = site.dataset()
    for row, note in zip(toys.tables["observations"], notes, strict=True):
        row["note"] = note
    toys.write()
    client = await serve(site)
    indicator = toys.tables["observations"][0]["indicator"]
    return (await client.get(f"/indicators/{indicator}")).text


async def test_a_note_on_all_latest_values_stands_beside_their_period(site: BuildWorkspace) -> None:
    page = await read_indicator_page(site, NOTE, NOTE)
    (latest,) = re.findall(r"<dt>Latest figures</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    assert LINK in latest
    assert NOTE in page.partition('id="notes"')[2].partition("</div>")[0]


async def test_a_note_on_one_value_does_not(site: BuildWorkspace) -> None:
    assert LINK not in await read_indicator_page(site, NOTE, "")


def group(label: str, facets: str | None, code: str = "", scheme: str = "s") -> SchemeGroupRow:
    return SchemeGroupRow(scheme, f"Scheme {scheme}", code or label, label, "en", facets)


def list_missing(*groups: SchemeGroupRow, covered: set[str]) -> tuple[list[str], dict[str, list]]:
    context = build_missing_groups(groups, {("s", code) for code in covered})
    absent = [row.label for _, rows in context["groups_without_values"] for row in rows]
    renamed = {
        row.label: [other.label for other in others]
        for row, others in context["groups_under_other_names"]
    }
    return absent, renamed


def test_a_group_with_values_under_a_narrower_name_is_not_missing() -> None:
    groups = [group("Pacific", "PAC"), group("Pacific alone", "PAC"), group("Tongan", "PAC")]
    absent, renamed = list_missing(*groups, covered={"Pacific alone"})
    assert absent == ["Tongan"]
    assert renamed == {"Pacific": ["Pacific alone"]}


def test_a_name_that_only_begins_alike_is_another_group() -> None:
    groups = [group("Black", "AFD"), group("Blackfoot", "AFD"), group("Black and White", "MIX")]
    absent, renamed = list_missing(*groups, covered={"Blackfoot", "Black and White"})
    assert (absent, renamed) == (["Black"], {})


async def test_a_group_that_others_are_compared_with_is_not_missing(client) -> None:
    page = (await client.get("/topics/maternity")).text
    missing = page.partition("Groups with no figures of their own")[2].partition("</section>")[0]
    assert ">Amarela</span>" in missing
    assert "Dutch<" not in missing


@pytest.mark.parametrize(
    ("ratio", "decimals", "bounds", "is_about"),
    [
        (1.333, 1, (1.26, 1.41), True),  # 4 and 3, rounded to whole numbers or nearly so
        (1.333, 1, (1.31, 1.34), False),  # every ratio that rounding allows reads 1.3
        (1.333, 2, (None, None), False),  # counts give it exactly
    ],
)
def test_a_ratio_that_rounding_leaves_open_is_told_as_about(
    ratio: float, decimals: int, bounds: tuple[float | None, ...], is_about: bool
) -> None:
    cells = dict.fromkeys(field.name for field in fields(GapValues))
    numbers = {"ratio": ratio, "ratio_decimals": decimals}
    values = GapValues(**cells | numbers | {"ratio_min": bounds[0], "ratio_max": bounds[1]})
    unit = build_unit_text("per-1000", "per 1,000")
    gap = build_gap_view(values, value=4.0, decimals=0, ci_decimals=None, ci_level=None, unit=unit)
    assert gap.has_rounding_range is is_about


async def test_pages_of_groups_and_places_say_about(client) -> None:
    page = " ".join((await client.get("/groups/ASI")).text.split())
    assert "about 0.78 times the figure for White non-Hispanic: 3.51 against 4.52" in page


async def test_numbers_of_lists_say_about_where_rounding_leaves_them_open(client, built) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        places = db.execute(
            "select distinct w.area, w.indicator from comparison_value as w "
            "join indicator as i using (indicator) where w.comparison_status = 'current' "
            "and w.synthetic = 0 and w.published = 0 and i.polarity <> 'neutral' "
            "and round(w.ratio_max, 1) > round(w.ratio_min, 1) + 0.05 and w.ratio_decimals = 1 and instr(w.area, ':') = 0 limit 3"
        ).fetchall()
    assert places
    for area, indicator in places:
        text = (await client.get(f"/places/{area}")).text
        line = text.partition(f"/indicators/{indicator}?")[2].partition("</li>")[0]
        assert "<bdi>about " in line, (area, indicator)
