"""Causes, remedies and gaps: what a page says of why, what was tried, and what is missing."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.odd_hub import build_odd_hub

CELL_SQL = "select * from evidence_coverage where facet = ? and topic = ? and country = ?"


@pytest.fixture(scope="module")
def odd_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_odd_hub(tmp_path_factory.mktemp("odd"))


def plain(text: str) -> str:
    main = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


async def fetch(hub_path: Path, address: str) -> str:
    hub = runtime.create_datasette(PROJECT_ROOT, hub_path)
    await hub.invoke_startup()
    answer = await hub.client.get(address)
    assert answer.status_code == 200, address
    return plain(answer.text)


async def test_a_cause_says_what_study_and_who_can_change_it(odd_hub: Path) -> None:
    text = await fetch(odd_hub, "/findings/toy-east-cause")
    assert "What the gap comes from Quality of care" in text
    assert "Kind of study Review" in text
    assert "Who can change it Australian Institute of Health and Welfare , NHS England" in text


async def test_a_gap_says_when_where_and_by_whom_it_was_looked_for(odd_hub: Path) -> None:
    text = await fetch(odd_hub, "/findings/toy-east-sought")
    assert "Last looked for 2 August 2025. Looked for in: The toy library. By: Toy Office." in text


async def test_causes_and_remedies_stand_apart_and_their_absence_is_said(odd_hub: Path) -> None:
    text = await fetch(odd_hub, "/indicators/toy-east-rate")
    causes = text.partition("What is known of causes")[2]
    assert causes.index("East cause") < causes.index("What was tried") < causes.index("East remedy")
    assert "East cause" not in text.partition("Related evidence")[2]
    text = await fetch(odd_hub, "/topics/workforce")
    assert "The hub holds no finding on causes of this," in text
    assert "The hub holds no finding on what was tried against this." in text


async def test_not_held_is_told_apart_from_not_found(odd_hub: Path) -> None:
    text = await fetch(odd_hub, "/coverage?group=AFD")
    row = text.partition("Workforce")[2].partition("Racism")[0]
    assert "looked for, not found 2 August 2025" in row
    assert "not held" in row
    assert "Several countries together, or no place named" in text or "not-found" not in row


async def test_a_group_has_a_cell_for_each_topic_in_all_countries_or_in_one(odd_hub: Path) -> None:
    everywhere = await fetch(odd_hub, "/coverage")
    row = everywhere.partition("Workforce")[2].partition("Racism")[0]
    assert "looked for, not found 2 August 2025" in row
    assert "Topics by group Topic Black Asian" in everywhere
    in_canada = await fetch(odd_hub, "/coverage?country=CA")
    assert "Canada: Topics by group" in in_canada
    assert in_canada.count("indicator") < everywhere.count("indicator")
    alone = await fetch(odd_hub, "/coverage?group=AFD&country=CA")
    assert "Topic Canada " in alone


@pytest.mark.parametrize(
    "query", ["country=XX", "country=E92000001", "by=group", "by=", "group=_T"]
)
async def test_a_grid_of_anything_else_is_refused(odd_hub: Path, query: str) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, odd_hub)
    await hub.invoke_startup()
    answer = await hub.client.get(f"/coverage?{query}")
    assert answer.status_code == (200 if query.endswith("=") else 400)


def test_a_cell_counts_what_there_is_and_no_other_country(odd_hub: Path) -> None:
    with closing(sqlite3.connect(odd_hub / "hub.db")) as db:
        db.row_factory = sqlite3.Row
        cells = db.execute("select * from evidence_coverage").fetchall()
        countries = {row["country"] for row in cells}
        for cell in cells:
            is_held = {"values": cell["indicators"] > 0, "findings": cell["findings"] > 0}
            if cell["coverage_status"] in is_held:
                assert is_held[cell["coverage_status"]]
            else:
                assert not any(is_held.values())
                assert (cell["last_checked"] is not None) == (
                    cell["coverage_status"] == "not-found"
                )
        sought = db.execute(
            "select distinct country from evidence_coverage where evidence_gap is not null"
        ).fetchall()
        topics = {row["topic"] for row in cells}
        facets = {row["facet"] for row in cells}
    assert [row["country"] for row in sought] == ["GB", "CA"]
    assert len(cells) == len(countries) * len(topics) * len(facets)


def test_no_shipped_cell_claims_values_of_several_countries_for_one(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        countries = {
            country for (country,) in db.execute("select distinct country from evidence_coverage")
        }
        homes = {
            area
            for (area,) in db.execute(
                "select min(area) from dataset_country group by dataset having count(*) = 1"
            )
        }
    assert "" in countries  # Roma in ten countries together, studies worldwide
    assert not countries & {"HR", "CZ", "001"}
    assert countries - {""} <= homes | {"GB", "US", "AU", "NZ", "CA", "IE"}


def test_a_broader_group_has_what_its_parts_have(built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        missing = db.execute(
            """
select c.facet, c.topic, c.country from evidence_coverage as c
join code as e on e.list = 'hub-facet' and e.code = c.facet and e.parent is not null
join evidence_coverage as p on p.facet = e.parent and p.topic = c.topic
  and p.country = c.country
where p.indicators < c.indicators or p.findings < c.findings
"""
        ).fetchall()
    assert missing == []
