"""Old addresses of tables lead to the new ones."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from evidencehub.http.renamed_tables import NEW_NAMES


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
