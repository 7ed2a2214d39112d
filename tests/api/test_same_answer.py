"""One selection answers everywhere: page, JSON, CSV and Parquet name the same places and values."""

from __future__ import annotations

import csv
import html
import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

FAMILIES = ("maternal-mortality", "infant-mortality", "perinatal-mortality", "stillbirth")


def answers(build: Path, family: str) -> set[tuple[str, ...]]:
    """What the database holds as the current answer of each place and group."""
    sql = """
    select indicator, area, period_start, ethnicity from comparison
    where family = ? and comparison_status = 'current' and synthetic = 0 and ethnicity <> ''
    """
    with closing(sqlite3.connect(build / "hub.db")) as db:
        return set(db.execute(sql, (family,)).fetchall())


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_rendering_names_the_same_places_and_values(
    client, built: Path, family: str
) -> None:
    path = f"/api/v1/compare{{}}?family={family}"
    rows = (await client.get(path.format("") + "&limit=10000")).json()["data"]
    expected = answers(built, family)
    assert expected
    named = {
        (row["indicator"], row["area"], row["period_start"], row["group"])
        for row in rows
        if row["group"]
    }
    assert named == expected
    values = {
        (
            row["indicator"],
            row["area"],
            row["period_start"],
            row["group"] or "",
            row["measure"],
        ): row["value"]
        for row in rows
    }
    text = (await client.get(path.format(".csv"))).text
    for row in csv.DictReader(io.StringIO(text)):
        key = (row["indicator"], row["area"], row["period_start"], row["group"], row["measure"])
        assert float(row["value"]) == values.pop(key)
    assert not values
    parquet = (await client.get(path.format(".parquet"))).content
    assert pq.read_table(io.BytesIO(parquet)).num_rows == len(rows)
    page = html.unescape((await client.get(f"/compare?family={family}")).text)
    chart = page.partition('<table class="chart compare"')[2].partition("</table>")[0]
    assert chart.count('<tr role="row">\n<th scope="row"') == len(expected)
    for indicator, area, _, _ in expected:
        assert re.search(rf'/indicators/{indicator}\?[^"]*area={quote(area, safe="")}"', chart)


async def test_no_country_of_a_family_goes_without_a_word(client, built: Path) -> None:
    """Each place with a figure by group is compared, left out for a reason, or listed without."""
    sql = """
    select distinct i.indicator from indicator as i
    join availability as h on h.indicator = i.indicator
    join dataset as d on d.dataset = i.dataset and d.synthetic = 0
    where i.family in (
      select code from code where list = 'family' and (code = ? or parent = ?)
    )
    """
    for family in FAMILIES[:2]:
        with closing(sqlite3.connect(built / "hub.db")) as db:
            indicators = [row[0] for row in db.execute(sql, (family, family))]
        page = (await client.get(f"/compare?family={family}")).text
        assert len(indicators) > 2
        for indicator in indicators:
            assert f"/indicators/{indicator}" in page, indicator


async def test_a_family_of_published_ratios_leads_to_the_family_that_they_compare(client) -> None:
    page = (await client.get("/compare?family=maternal-mortality-relative")).text
    assert '<option value="maternal-mortality" selected>' in page
    rows = (await client.get("/api/v1/compare?family=maternal-mortality-relative")).json()["data"]
    assert rows
    assert all(row["published"] for row in rows)
