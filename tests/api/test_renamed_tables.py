"""Old addresses of tables lead to the new ones."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evidencehub.http.renamed_tables import NEW_COLUMNS, NEW_NAMES


@pytest.mark.parametrize("old", NEW_NAMES)
@pytest.mark.parametrize("ending", ["", ".json", ".csv"])
async def test_an_old_table_leads_to_its_new_address(client: Any, old: str, ending: str) -> None:
    moved = await client.get(f"/hub/{old}{ending}?_size=1", follow_redirects=False)
    assert moved.status_code == 301
    assert moved.headers["location"] == f"/hub/{NEW_NAMES[old]}{ending}?_size=1"
    # a CSV of one page of rows takes no other size than all of it
    found = await client.get(moved.headers["location"].replace("_size=1", "_size=max"))
    assert found.status_code == 200, found.text


def test_the_table_names_what_is_in_the_database(built: Path) -> None:
    db = sqlite3.connect(built / "hub.db")
    names = {name for (name,) in db.execute("select name from sqlite_master")}
    db.close()
    assert set(NEW_NAMES.values()) <= names
    assert not names & NEW_NAMES.keys()


async def test_a_row_and_a_table_that_kept_its_name(client: Any) -> None:
    row = await client.get("/hub/other/a,b~2Fc", follow_redirects=False)
    assert row.headers["location"] == "/hub/observation_dimension/a,b~2Fc"
    kept = await client.get("/hub/observation?_size=1", follow_redirects=False)
    assert kept.status_code == 200


@pytest.mark.parametrize("text", ["%0d%0aX-Bad:1", "//evil.example", "%2F%2Fevil.example"])
async def test_no_old_address_leads_elsewhere(client: Any, text: str) -> None:
    moved = await client.get(f"/hub/other/{text}", follow_redirects=False)
    assert moved.headers.get("location", "/hub/").startswith("/hub/")
    assert "x-bad" not in moved.headers


OLD_COLUMNS = [(table, column) for table, names in NEW_COLUMNS.items() for column in names]


@pytest.mark.parametrize(("table", "column"), OLD_COLUMNS)
@pytest.mark.parametrize("query", ["_sort={}", "_sort_desc={}", "_facet={}", "{}__notnull=1"])
async def test_an_old_column_in_an_old_address_leads_to_the_same_rows(
    client: Any, table: str, column: str, query: str
) -> None:
    moved = await client.get(f"/hub/{table}?{query.format(column)}", follow_redirects=False)
    assert moved.status_code == 301
    found = await client.get(moved.headers["location"])
    assert found.status_code == 200, found.text


async def test_a_value_that_is_called_like_an_old_column_stays(client: Any) -> None:
    query = "indicator=known&area__contains=figures&_sort="
    moved = await client.get(f"/hub/held?{query}known", follow_redirects=False)
    assert moved.headers["location"] == f"/hub/availability?{query}value_count"
