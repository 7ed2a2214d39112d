"""Faults that other tools were seen to have with packages like ours: the hub has none of them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder


def asked(site: BuildWorkspace, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(site.out / "current" / "hub.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def field(toys: DatasetBuilder, name: str, **told: Any) -> None:
    toys.field_overrides.setdefault("observations", {})[name] = told


# Frictionless: publish, index and validate


def test_a_date_with_limits_is_loaded(site: BuildWorkspace) -> None:
    """Elsewhere the limit becomes arithmetic in SQL, and a valid package cannot be loaded."""
    toys = site.dataset()
    for row in toys.tables["observations"]:
        row["checked"] = "2024-05-01"
    limits = {"minimum": "1990-01-01", "maximum": "2030-12-31"}
    field(toys, "checked", type="date", constraints=limits)
    toys.write()
    assert site.build().is_ok
    assert asked(site, "select distinct checked from dataset_toy_repairs") == [("2024-05-01",)]


def test_no_suppressed_row_is_dropped(site: BuildWorkspace) -> None:
    """Elsewhere a fast load loses exactly the rows with an empty number, and says nothing."""
    toys = site.dataset()
    toys.tables["observations"] = [
        toys.build_observation(
            period=str(1900 + n),
            value="" if n % 20 == 0 else "12.5",
            obs_status="Q" if n % 20 == 0 else "A",
            conf_status="A" if n % 20 == 0 else "",
        )
        for n in range(100)
    ]
    field(toys, "value", type="number", constraints={"maximum": 1000})
    toys.write()
    assert site.build().is_ok
    rows = asked(site, "select obs_status, count(*), count(value) from observation group by 1")
    assert rows == [("A", 95, 95), ("Q", 5, 0)]


def test_a_word_in_a_number_column_is_an_error_and_not_an_empty_cell(
    dataset: DatasetBuilder,
) -> None:
    dataset.tables["observations"][0]["value"] = "notanumber"
    assert dataset.check().rules == ["structure/type"]


@pytest.mark.parametrize("text", ["ab\n", "xa", "b"])
def test_a_pattern_holds_for_the_whole_cell(dataset: DatasetBuilder, text: str) -> None:
    dataset.tables["observations"][0]["note"] = text
    dataset.tables["observations"][1]["note"] = "a"
    field(dataset, "note", type="string", constraints={"pattern": "(?:a|ab)"})
    expected = [] if text == "ab\n" else ["structure/constraint"]  # Frictionless' own $ takes it
    assert dataset.check().rules == expected


def test_a_choice_without_brackets_in_a_pattern_is_refused(dataset: DatasetBuilder) -> None:
    field(dataset, "note", type="string", constraints={"pattern": "a|b"})
    assert dataset.check().rules == ["structure/pattern"]


@pytest.mark.parametrize(
    ("told", "cell"),
    [
        ({"type": "number", "constraints": {"minimum": 0}}, "sNaN"),
        (
            {"type": "datetime", "constraints": {"minimum": "2020-01-01T00:00:00"}},
            "2024-01-01T00:00:00Z",
        ),
        ({"type": "number", "constraints": {"minimum": "x"}}, "1"),
    ],
    ids=["a signalling NaN", "a naive limit of a moment", "a limit that is no number"],
)
def test_a_crash_of_frictionless_is_the_package_s_problem(
    dataset: DatasetBuilder, told: dict[str, Any], cell: str
) -> None:
    for row in dataset.tables["observations"]:
        row["extra"] = cell
    field(dataset, "extra", **told)
    report = dataset.check()
    assert not report.has_no_errors
    assert report.rules == ["structure/crash"]


def test_a_date_that_would_be_filled_from_today_is_refused(dataset: DatasetBuilder) -> None:
    for row in dataset.tables["observations"]:
        row["checked"] = "10"
    field(dataset, "checked", type="date", format="any")
    assert "structure/any-date" in dataset.check().rules


def test_a_delimiter_is_never_guessed(dataset: DatasetBuilder) -> None:
    folder = dataset.write()
    table = folder / "data/observations.csv"
    dataset.raw_files["observations"] = table.read_bytes().replace(b",", b";")
    assert dataset.check().rules == ["structure/header"]
    dataset.resource_overrides["observations"] = {"dialect": {"delimiter": ";"}}
    assert dataset.check().rules == []


def test_unique_keys_are_enforced(dataset: DatasetBuilder) -> None:
    fields = [{"name": c, "type": "string"} for c in dataset.tables["sources"][0]]
    dataset.tables["sources"].append({**dataset.tables["sources"][0], "id": "toy-leaflet"})
    dataset.resource_overrides["sources"] = {
        "schema": {"fields": fields, "uniqueKeys": [["title"]]}
    }
    assert "structure/unique-keys" in dataset.check().rules


def test_categories_are_enforced(dataset: DatasetBuilder) -> None:
    dataset.tables["observations"][0]["note"] = "blue"
    field(dataset, "note", type="string", categories=["red", "green"])
    assert dataset.check().rules == ["structure/category"]


# datapackage-to-datasette


def test_a_row_that_breaks_an_enum_and_a_foreign_key_is_not_loaded(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"][0] |= {"note": "maybe", "source": "toy-nothing"}
    field(toys, "note", type="string", constraints={"enum": ["yes", "no"]})
    toys.write()
    descriptor = json.loads((toys.folder / "datapackage.json").read_text("utf-8"))
    schema = next(r for r in descriptor["resources"] if r["name"] == "observations")["schema"]
    reference = {"resource": "sources", "fields": ["id"]}
    schema["foreignKeys"] = [{"fields": ["source"], "reference": reference}]
    (toys.folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    outcome = site.build()
    assert outcome.build is None
    found = outcome.reports["toy-repairs"].rules
    assert {"structure/constraint", "structure/foreign-key"} <= set(found)


def test_a_failed_build_leaves_no_database_behind(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"][0]["value"] = "-1"
    toys.write()
    assert site.build().build is None
    assert list(site.out.rglob("*.db")) == []


def test_a_build_can_be_run_again_over_its_own_output(site: BuildWorkspace) -> None:
    site.dataset().write()
    assert site.build().build == site.build().build


def test_titles_descriptions_licence_and_units_reach_datasette(site: BuildWorkspace) -> None:
    site.dataset().write()
    outcome = site.build()
    assert outcome.build is not None
    told = json.loads((outcome.build / "metadata.json").read_text("utf-8"))
    view = told["databases"]["hub"]["tables"]["dataset_toy_repairs"]
    assert (view["title"], view["license"]) == ("Toys that were mended", "CC-BY-4.0")
    assert view["columns"]["value"] == "the figure, per 1,000 population"
    assert view["columns"]["ethnicity"]


def test_the_database_has_keys_indexes_and_search(site: BuildWorkspace) -> None:
    site.dataset().write()
    assert site.build().is_ok
    names = {name for (name,) in asked(site, "select name from sqlite_master where type = 'index'")}
    assert {"observation_key", "observation_dataset", "observation_ethnicity"} <= names
    found = asked(
        site, "select id from search_page where search_page match 'mended' and kind = 'dataset'"
    )
    assert found == [("toy-repairs",)]
    assert asked(site, "pragma foreign_key_check") == []


# values that loaders change


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("12.50", 12.5),
        (" 12.5", 12.5),
        ("1e2", 100.0),
        (".5", 0.5),
        ("١٢", 12.0),
        ("0.1234567890123456789", 0.12345678901234568),
    ],
)
def test_a_value_is_stored_as_frictionless_reads_it(
    site: BuildWorkspace, text: str, stored: float
) -> None:
    toys = site.dataset()
    toys.tables["observations"] = [toys.build_observation(value=text)]
    toys.write()
    assert site.build().is_ok
    assert asked(site, "select value, typeof(value) from observation") == [(stored, "real")]


def test_a_sign_within_a_number_that_a_library_skips_is_refused(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"] = [toys.build_observation(value="1_000")]
    toys.write()
    assert not site.build().is_ok


@pytest.mark.parametrize(
    "text", ["NA", "null", "None", "nan", "x\u0000y", 'say "hi"', "two\nlines", "é"]
)
def test_a_text_is_stored_as_it_is(site: BuildWorkspace, text: str) -> None:
    toys = site.dataset()
    toys.tables["observations"][0]["locator"] = text
    toys.write()
    outcome = site.build()
    if "\x00" in text:
        assert outcome.reports["toy-repairs"].rules == ["values/control-character"]
        return
    assert asked(site, "select locator from observation where locator is not null") == [(text,)]


def test_a_column_of_codes_keeps_its_zeros(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["codes"][-1]["code"] = "007"
    for row in toys.tables["observations"]:
        row["area"] = "007"
    field(toys, "area", type="integer", hub={"concept": "area", "codelist": "toy-repairs-places"})
    toys.write()
    assert site.build().is_ok
    assert asked(site, "select distinct area from observation") == [("toy-repairs-places:007",)]


def test_built_under_another_locale_and_time_zone_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = []
    for zone in ("UTC", "Pacific/Auckland"):
        monkeypatch.setenv("TZ", zone)
        site = BuildWorkspace(tmp_path / zone.replace("/", "-"))
        toys = site.dataset()
        for row in toys.tables["observations"]:
            row["checked"] = "2024-05-01T10:00:00Z"
        field(toys, "checked", type="datetime")
        toys.write()
        outcome = site.build()
        assert outcome.build is not None
        builds.append((outcome.build.name, (outcome.build / "hub.db").read_bytes()))
    assert builds[0] == builds[1]
