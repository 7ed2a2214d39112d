"""A table in its publisher's own shape and spelling, and the rows that the hub makes of it."""

from __future__ import annotations

import csv
import sqlite3
from typing import Any

import pytest

from evidencehub.check import structure
from evidencehub.normalise.lookup import SpellingLookup
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder


def asked(site: BuildWorkspace, sql: str) -> list[tuple[Any, ...]]:
    """Build, which must pass without a word, and ask the hub."""
    outcome = site.build()
    assert {slug: report.rules for slug, report in outcome.reports.items()} == {"toy-repairs": []}
    connection = sqlite3.connect(site.out / "current" / "hub.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def figures(toys: DatasetBuilder, *rows: dict[str, str], hub: Any = None, **fields: Any) -> None:
    """A table of other columns than the hub's, with what its annotation says."""
    toys.tables["observations"] = list(rows)
    toys.resource_overrides["observations"] = {"hub": hub or {}}
    toys.field_overrides["observations"] = fields
    toys.write()


SAME = {
    "area": "toy-repairs-places:X01",
    "period": "2024",
    "scheme": "toy-repairs-groups",
    "source": "toy-report",
}


def test_a_wide_table_gives_a_row_for_each_measure_with_its_own_constants(
    site: BuildWorkspace,
) -> None:
    figures(
        site.dataset(),
        {"group": "Group A", "girls": "12.5", "boys": "*", "why": "few"},
        {"group": "Group B", "girls": "8.5", "boys": "9.25", "why": ""},
        hub={
            "constants": SAME,
            "measures": [
                {"indicator": "toy-repairs-rate", "value": "girls", "constants": {"sex": "F"}},
                {
                    "indicator": "toy-repairs-rate",
                    "value": "boys",
                    "constants": {"sex": "M"},
                    "marks": {"field": "why", "map": {"few": {"obs_status": "Q"}}},
                },
            ],
        },
        group={"hub": {"concept": "ethnicity"}},
        girls={"type": "number", "hub": {"concept": "none"}},
        boys={
            "type": "number",
            "missingValues": ["", "*"],
            "hub": {"concept": "value", "marks": {"*": {"conf_status": "A"}}},
        },
    )
    sql = "select ethnicity, sex, value, decimals, obs_status, conf_status from observation"
    assert asked(site, f"{sql} order by sex, ethnicity") == [
        ("A", "F", 12.5, 1, "A", "F"),
        ("B", "F", 8.5, 1, "A", "F"),
        ("A", "M", None, None, "Q", "A"),
        ("B", "M", 9.25, 2, "A", "F"),
    ]


def test_a_measure_is_made_of_the_rows_that_its_condition_names(site: BuildWorkspace) -> None:
    measure = {"indicator": "toy-repairs-rate", "value": "figure"}
    figures(
        site.dataset(),
        {"group": "A", "kind": "rate", "figure": "12.5"},
        {"group": "A", "kind": "lower", "figure": "11"},
        {"group": "B", "kind": "rate of girls", "figure": "8.5"},
        hub={
            "constants": SAME,
            "measures": [
                {**measure, "where": {"kind": "rate"}},
                {**measure, "where": {"kind": ["rate of girls"]}, "constants": {"sex": "F"}},
            ],
            "hold_back": [{"where": {"kind": "lower"}, "reason": "Limits stand elsewhere."}],
        },
        group={"hub": {"concept": "ethnicity"}},
        figure={"type": "number"},
    )
    assert asked(site, "select ethnicity, sex, value from observation order by value") == [
        ("B", "F", 8.5),
        ("A", "_T", 12.5),
    ]
    assert asked(site, "select reason, rows from row_exclusion") == [("Limits stand elsewhere.", 1)]


def test_two_columns_together_spell_a_group_or_a_code(site: BuildWorkspace) -> None:
    figures(
        site.dataset(),
        {"group": "Group", "letter": "A", "who": "Women", "old": "all", "rate": "12.5"},
        {"group": "Group", "letter": "B", "who": "", "old": "", "rate": "8.5"},
        hub={
            "constants": {**SAME, "indicator": "toy-repairs-rate"},
            "combine": [
                {"concept": "ethnicity", "fields": ["group", "letter"], "separator": " "},
                {
                    "concept": "sex",
                    "fields": ["who", "old"],
                    "map": {"Women, all": "F", ", ": "_T"},
                },
            ],
        },
        rate={"type": "number", "hub": {"concept": "value"}},
    )
    sql = "select ethnicity, sex, value from observation order by ethnicity"
    assert asked(site, sql) == [("A", "F", 12.5), ("B", "_T", 8.5)]


def test_further_dimensions_come_from_constants_columns_and_cells(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["lists"].append(
        {"list": "toy-repairs-sizes", "title": "Sizes of toys", "kind": "dimension"}
    )
    usual = {"list": "toy-repairs-sizes", "level": "", "facet": ""}
    toys.tables["codes"] += [
        {**usual, "code": "big", "label": "Big"},
        {**usual, "code": "small", "label": "Small"},
    ]
    figures(
        toys,
        {"group": "A", "size": "Big", "also": "whose-ethnicity=mother", "rate": "12.5"},
        {"group": "B", "size": "small", "also": "", "rate": "8.5"},
        hub={
            "constants": {
                **SAME,
                "indicator": "toy-repairs-rate",
                "other": {"ethnicity-recording": "linked"},
            }
        },
        group={"hub": {"concept": "ethnicity"}},
        size={"hub": {"concept": "other", "codelist": "toy-repairs-sizes"}},
        also={"hub": {"concept": "other"}},
        rate={"type": "number", "hub": {"concept": "value"}},
    )
    assert asked(site, "select other from observation order by ethnicity") == [
        ("ethnicity-recording=linked;toy-repairs-sizes=big;whose-ethnicity=mother",),
        ("ethnicity-recording=linked;toy-repairs-sizes=small",),
    ]


def test_a_spelling_may_mean_several_concepts(site: BuildWorkspace) -> None:
    figures(
        site.dataset(),
        {"who": "Girls of Group A", "when": "at first", "rate": "12.5"},
        {"who": "B", "when": "2024", "rate": "8.5"},
        hub={
            "constants": {
                **{name: SAME[name] for name in ("area", "source", "scheme")},
                "indicator": "toy-repairs-rate",
            }
        },
        who={
            "hub": {
                "concept": "ethnicity",
                "map": {
                    "Girls of Group A": {
                        "ethnicity": "Group A",
                        "sex": "Female",
                        "other": "whose-ethnicity=patient",
                        "ci_level": 95,
                    }
                },
            }
        },
        when={
            "hub": {
                "concept": "period",
                "map": {"at first": {"period_start": "2001", "period_end": "2005"}},
            }
        },
        rate={"type": "number", "hub": {"concept": "value"}},
    )
    sql = "select ethnicity, sex, other, ci_level, period_start, period_end from observation"
    assert asked(site, f"{sql} order by ethnicity") == [
        ("A", "F", "whose-ethnicity=patient", 95.0, "2001-01-01", "2005-12-31"),
        ("B", "_T", "", None, "2024-01-01", "2024-12-31"),
    ]


def test_a_mapped_group_brings_the_scheme_of_its_column(site: BuildWorkspace) -> None:
    figures(
        site.dataset(),
        {"who": "the first", "rate": "12.5"},
        {"who": "Group B", "rate": "8.5"},
        hub={
            "constants": {
                **{name: SAME[name] for name in ("area", "source", "period")},
                "indicator": "toy-repairs-rate",
            }
        },
        who={
            "hub": {
                "concept": "ethnicity",
                "codelist": "toy-repairs-groups",
                "map": {"the first": {"ethnicity": "Group A", "sex": "F"}},
            }
        },
        rate={"type": "number", "hub": {"concept": "value"}},
    )
    sql = "select scheme, ethnicity, sex from observation order by ethnicity"
    assert asked(site, sql) == [("toy-repairs-groups", "A", "F"), ("toy-repairs-groups", "B", "_T")]


def test_a_code_of_another_list_is_written_with_its_list(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["lists"].append(
        {"list": "toy-repairs-ages", "title": "Ages of toys", "kind": "dimension"}
    )
    toys.tables["codes"].append(
        {"list": "toy-repairs-ages", "code": "old", "label": "Old toys", "level": "", "facet": ""}
    )
    for row in toys.tables["observations"]:
        row["age"] = "toy-repairs-ages:old"
    toys.write()
    assert asked(site, "select distinct age from observation") == [("toy-repairs-ages:old",)]
    flat = site.out / "current/files/toy-repairs/1.0.0/toy-repairs.csv"
    assert flat.read_text("utf-8").count("Old toys") == 2


def test_a_column_that_is_declared_to_carry_no_concept_is_kept_as_it_is(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    for row in toys.tables["observations"]:
        row["sex"] = "of the toy"
    toys.field_overrides["observations"] = {"sex": {"type": "string", "hub": {"concept": "none"}}}
    toys.write()
    assert asked(site, "select distinct sex from observation") == [("_T",)]
    flat = site.out / "current/files/toy-repairs/1.0.0/toy-repairs.csv"
    header, *rows = csv.reader(flat.read_text("utf-8").splitlines())
    assert len(rows) == 2
    for row in rows:
        cells = list(zip(header, row, strict=True))
        assert ("extra", '{"sex":"of the toy"}') in cells
        assert cells[-1] == ("sex_", "of the toy")


@pytest.mark.parametrize(
    ("kind", "cell", "kept"),
    [
        ("array", '["b", "a"]', '["b", "a"]'),
        ("object", '{"b": 1, "a": "é"}', '{"a": "é", "b": 1}'),
        ("yearmonth", "2024-03", "2024-03"),
        ("boolean", "true", "1"),
        ("any", "red; or blue", "red; or blue"),
    ],
)
def test_a_column_of_another_type_is_kept_as_text(
    kind: str, cell: str, kept: str, site: BuildWorkspace
) -> None:
    toys = site.dataset()
    for row in toys.tables["observations"]:
        row["beside"] = cell
    toys.field_overrides["observations"] = {"beside": {"type": kind}}
    toys.write()
    found = asked(site, "select distinct beside from dataset_toy_repairs")
    assert [(str(value),) for (value,) in found] == [(kept,)]


def test_a_column_of_numbers_without_a_concept_keeps_what_stands_for_no_number(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    beside = ["5", "*", "", "6.5"]
    toys.tables["observations"] = [
        {**toys.build_observation(period=str(2000 + n)), "beside": cell}
        for n, cell in enumerate(beside)
    ]
    toys.field_overrides["observations"] = {
        "beside": {"type": "number", "missingValues": ["", "*"]}
    }
    toys.write()
    found = asked(site, "select beside from dataset_toy_repairs order by period_start")
    assert [(None if cell is None else str(cell)) for (cell,) in found] == ["5.0", "*", None, "6.5"]


@pytest.mark.usefixtures("forked_stages")
def test_what_a_reader_forgets_it_asks_again(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structure, "MAX_CACHED_TEXTS", 2)
    monkeypatch.setattr(SpellingLookup, "MAX_CACHED_SPELLINGS", 2)
    toys = site.dataset()
    years = [str(1990 + n % 7) for n in range(28)]
    toys.tables["observations"] = [
        toys.build_observation(period=year, ethnicity="AB"[n % 2], sex="FM"[n // 14], value=str(n))
        for n, year in enumerate(years)
    ]
    for row, year in zip(toys.tables["observations"], years, strict=True):
        row["seen"] = f"{year}-05-01"
    toys.field_overrides["observations"] = {"seen": {"type": "date"}, "sex": {"type": "string"}}
    toys.write()
    sql = "select value, substr(period_start, 1, 4), seen from dataset_toy_repairs order by value"
    assert asked(site, sql) == [(float(n), year, f"{year}-05-01") for n, year in enumerate(years)]


def test_the_text_about_a_dataset_is_served_with_it(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.texts["about.md"] = "# Toys\n\nWhat was mended.\n"
    toys.descriptor["contributors"] = [{"title": "A. Mender", "roles": ["author"]}]
    toys.descriptor["licenses"] = [{"name": "CC-BY-4.0", "path": "https://example.org/by"}]
    toys.write()
    assert asked(site, "select about, publisher, licence_url from dataset") == [
        ("# Toys\n\nWhat was mended.\n", None, "https://example.org/by")
    ]
