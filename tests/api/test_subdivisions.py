"""Parts of countries (ISO 3166-2): taken by code or name, found by country and by what is above."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from evidencehub.api.app import ApiApp
from tests.api.v1.test_whole_answers import client_of
from tests.support.dataset_builder import CODE_FOLDER, BuildWorkspace, DatasetBuilder


def make_dataset(site: BuildWorkspace, places: tuple[str, ...]) -> DatasetBuilder:
    """A dataset with one figure for each place, in a column that names the list."""
    toys = site.dataset()
    toys.tables["observations"] = [
        toys.build_observation(area=place, value=str(10 + n)) for n, place in enumerate(places)
    ]
    toys.field_overrides["observations"] = {
        "area": {"hub": {"concept": "area", "codelist": "iso-3166-2"}}
    }
    return toys


@pytest.fixture
async def rows(tmp_path: Path) -> Any:
    site = BuildWorkspace(tmp_path)
    make_dataset(site, ("Rhône", "FR-ARA", "FR-75C", "GRAUBÜNDEN")).write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports["toy-repairs"].as_dict()
    async with client_of(ApiApp(outcome.build)) as client:

        async def read(query: str) -> list[tuple[str, str, str]]:
            answer = (await client.get(f"/api/v1/observations?{query}")).json()
            return sorted((r["area"], r["area_label"], r["country"]) for r in answer["data"])

        yield read


async def test_a_part_of_a_country_has_its_name_and_its_country(rows: Any) -> None:
    assert await rows("country=FR") == [
        ("FR-69", "Rhône", "FR"),
        ("FR-75C", "Paris", "FR"),
        ("FR-ARA", "Auvergne-Rhône-Alpes", "FR"),
    ]
    assert await rows("area=CH-GR") == [("CH-GR", "Graubünden", "CH")]


async def test_within_takes_all_that_the_standard_puts_below(rows: Any) -> None:
    assert [area for area, *_ in await rows("within=FR-ARA")] == ["FR-69", "FR-ARA"]
    assert [area for area, *_ in await rows("within=FR")] == ["FR-69", "FR-75C", "FR-ARA"]
    assert [area for area, *_ in await rows("within=CH")] == ["CH-GR"]


def test_an_unknown_part_is_told_with_the_nearest(tmp_path: Path) -> None:
    (problem,) = make_dataset(BuildWorkspace(tmp_path), ("Graubunden",)).check().problems
    assert problem.rule == "codes/unknown-code"
    assert "CH-GR" in problem.fix


def test_a_name_of_several_parts_is_refused_not_chosen(tmp_path: Path) -> None:
    (problem,) = make_dataset(BuildWorkspace(tmp_path), ("Central",)).check().problems
    assert problem.rule == "codes/ambiguous-label"
    assert "FJ-C" in problem.message


def test_the_name_of_a_country_stays_that_of_the_country(tmp_path: Path) -> None:
    toys = make_dataset(BuildWorkspace(tmp_path), ("Luxembourg", "BE-WLX", "Bayern"))
    toys.field_overrides["observations"]["area"]["hub"].pop("codelist")
    assert toys.check().rules == []


def test_every_part_begins_with_its_country_and_lies_in_what_is_known() -> None:
    with (CODE_FOLDER / "areas/iso-3166-2.csv").open(encoding="utf-8") as file:
        parts = {row["code"]: row["parent"] for row in csv.DictReader(file)}
    with (CODE_FOLDER / "areas/iso-3166.csv").open(encoding="utf-8") as file:
        countries = {row["code"] for row in csv.DictReader(file) if row["level"] == "country"}
    assert len(parts) == 5046
    assert {code[:2] for code in parts} <= countries
    assert all(parent in parts or parent == code[:2] for code, parent in parts.items())
