"""What stands in each row, whatever the resource: its id, its country, empty cells, numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from evidencehub.api.app import ApiApp
from evidencehub.api.resources import RESOURCES
from evidencehub.domain.row_identity import OBSERVATION_ID_COLUMNS, build_row_id

REQUIRED = {"search": "q=toy", "compare": "family=maternal-mortality"}
WITH_ID = ("observations", "gaps", "inequality", "compare")
WITH_AREA = (*WITH_ID, "findings", "recommendations", "questions")
Cells = Mapping[str, Any]


@pytest.fixture(scope="module", params=["shipped", "rich"])
def hub(request: pytest.FixtureRequest) -> ApiApp:
    fixture = {"shipped": "built", "rich": "rich_hub"}[request.param]
    return ApiApp(Path(request.getfixturevalue(fixture)))


async def fetch(hub: ApiApp, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=hub)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        response = await client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.text
    return response


async def fetch_rows(hub: ApiApp, name: str, query: str = "") -> list[Cells]:
    query = "&".join(filter(None, [REQUIRED.get(name, ""), query]))
    response = await fetch(hub, f"{name}.ndjson?{query}")
    return [json.loads(line) for line in response.text.splitlines()]


def list_cells(rows: Iterable[Cells]) -> Iterable[tuple[str, Any]]:
    return ((name, cell) for row in rows for name, cell in row.items())


@pytest.mark.parametrize("name", RESOURCES)
async def test_what_is_not_there_is_null_in_every_column(hub: ApiApp, name: str) -> None:
    rows = await fetch_rows(hub, name)
    assert {column for column, cell in list_cells(rows) if cell == ""} == set()


@pytest.mark.parametrize("name", WITH_ID)
async def test_the_id_of_a_row_is_its_own(hub: ApiApp, name: str) -> None:
    ids = [row["id"] for row in await fetch_rows(hub, name)]
    assert len(ids) == len(set(ids)) > 0
    assert all(len(row_id) == 20 for row_id in ids)


async def test_the_id_of_an_observation_follows_from_its_key(hub: ApiApp) -> None:
    for row in await fetch_rows(hub, "observations"):
        assert row["id"] == build_row_id(*(row[name] for name in OBSERVATION_ID_COLUMNS))


async def test_a_converted_row_has_the_id_of_its_own_key(rich_hub: Path) -> None:
    query = "indicator=toy-north-rate&area=GB&convert=headings"
    for row in await fetch_rows(ApiApp(rich_hub), "observations", query):
        assert row["id"] == build_row_id(*(row[name] for name in OBSERVATION_ID_COLUMNS))


@pytest.mark.parametrize("name", ["gaps", "compare"])
async def test_a_gap_has_the_values_of_both_sides(hub: ApiApp, name: str) -> None:
    observations = {}
    observations = {row["id"]: row for row in await fetch_rows(hub, "observations")}
    sides = [
        (side, row)
        for row in await fetch_rows(hub, name)
        for side in ("group", "reference")
        if row[f"{side}_observation"] in observations
    ]
    assert sides
    for side, row in sides:
        observation = observations[row[f"{side}_observation"]]
        assert observation["ethnicity"] == row[side]
        for column in ("value", "ci_lower", "ci_upper", "numerator", "denominator"):
            assert row[f"{side}_{column}"] == observation[column]


@pytest.mark.parametrize("name", WITH_AREA)
async def test_a_row_about_an_area_says_its_country(hub: ApiApp, name: str) -> None:
    rows = [row for row in await fetch_rows(hub, name) if row["area"]]
    assert rows
    for row in rows:
        assert row["country"] is None or len(row["country"]) == 2
        if len(row["area"]) == 2:
            assert row["country"] == row["area"]


@pytest.mark.parametrize("name", RESOURCES)
async def test_numbers_are_written_without_noise_and_alike_in_json_and_csv(
    hub: ApiApp, name: str
) -> None:
    rows = await fetch_rows(hub, name)
    for column, cell in list_cells(rows):
        if isinstance(cell, float) and column != "rank":
            assert not cell.is_integer(), (column, cell)
            assert len(repr(cell).strip("-").replace(".", "").lstrip("0")) <= 15, (column, cell)
    query = REQUIRED.get(name, "")
    text = (await fetch(hub, f"{name}.csv?{query}")).text
    for row, cells in zip(rows, csv.DictReader(io.StringIO(text, newline="")), strict=True):
        for column, cell in row.items():
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                assert json.dumps(cell) == cells[column]
            elif cell is None:
                assert cells[column] == ""


@pytest.mark.parametrize("name", ["gaps", "inequality", "compare"])
async def test_a_level_stands_only_beside_a_limit(hub: ApiApp, name: str) -> None:
    for row in await fetch_rows(hub, name):
        limits = [cell for column, cell in row.items() if column.endswith(("_lower", "_upper"))
                  and not column.startswith(("group_", "reference_", "events", "difference_change", "ratio_change"))]  # fmt: skip
        assert (row["ci_level"] is None) == all(limit is None for limit in limits)


async def test_a_row_and_its_answer_say_the_terms_of_its_source(hub: ApiApp) -> None:
    sources = {(row["dataset"], row["source"]): row for row in await fetch_rows(hub, "sources")}
    rows = await fetch_rows(hub, "observations")
    for row in rows:
        terms = sources.get((row["dataset"], row["source"]), {})
        assert row["source_licence"] == terms.get("licence")
        assert row["source_licence_basis"] == terms.get("licence_basis")
    licences = (await fetch(hub, "observations?limit=1")).json()["licence"]
    stated = {(item["dataset"], item["source"]) for one in licences for item in one["sources"]}
    assert stated == {(row["dataset"], row["source"]) for row in rows if row["source"]}
    assert {one["basis"] for one in licences} == {"hub-text"}


@pytest.mark.parametrize("name", WITH_ID)
async def test_no_answer_links_a_licence_that_does_not_cover_its_sources(
    hub: ApiApp, name: str
) -> None:
    response = await fetch(hub, f"{name}?limit=1&{REQUIRED.get(name, '')}".rstrip("&"))
    licences = response.json()["licence"]
    for licence in licences:
        assert licence["sources"], licence
        for source in licence["sources"]:
            assert source["basis"]
            assert source["attribution"]
        if any(source["basis"] != "publisher-licence" for source in licence["sources"]):
            assert f'<{licence["url"]}>; rel="license"' not in response.headers["link"]
    assert 'basis=hub-text; sources="' in response.headers["hub-licence"]
