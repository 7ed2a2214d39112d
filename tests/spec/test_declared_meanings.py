"""A declared meaning is honoured or refused, never passed over: pairs of what a package may say."""

from __future__ import annotations

import csv
import sqlite3
from typing import Any

import pytest

from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

GROUPS = "toy-repairs-groups"
WIDE = ("when", "alder", "birch", "other")


def wide_table(toys: DatasetBuilder, rows: list[tuple[str, ...]], **fields: Any) -> None:
    """A table with a column for each group; `fields` are other properties of its fields."""
    toys.tables["observations"] = [dict(zip(WIDE, row, strict=True)) for row in rows]
    toys.field_overrides["observations"] = {
        "when": {"type": "string", "hub": {"concept": "period"}},
        **{name: {"type": "number", **fields.get(name, {})} for name in WIDE[1:]},
    }
    constants = {"area": "toy-repairs-places:X01", "scheme": GROUPS, "source": "toy-report"}
    groups = {"alder": "A", "birch": "B", "other": "_U"}
    measures = [
        {"indicator": "toy-repairs-rate", "value": name, "constants": {"ethnicity": code}}
        for name, code in groups.items()
    ]
    toys.resource_overrides["observations"] = {
        "hub": {"constants": constants, "measures": measures}
    }


def published(site: BuildWorkspace, columns: str = "ethnicity, value, obs_status") -> list[Any]:
    outcome = site.build()
    assert outcome.build is not None, [p.message for p in outcome.reports["toy-repairs"].problems]
    with sqlite3.connect(outcome.build / "hub.db") as database:
        return database.execute(
            f"select {columns} from observation order by period_start, ethnicity"
        ).fetchall()


def test_marks_of_a_wide_column_need_no_concept(site: BuildWorkspace) -> None:
    toys = site.dataset()
    marks = {"*": {"obs_status": "Q", "conf_status": "A"}, "-": {"value": 0}, "": "M"}
    birch = {"missingValues": ["", "*", "-"], "hub": {"marks": marks}}
    wide_table(
        toys,
        [("2022", "12.5", "*", "3"), ("2023", "12.1", "-", "4"), ("2024", "12.0", "", "5")],
        birch=birch,
    )
    toys.write()
    rows = [row for row in published(site) if row[0] == "B"]
    assert rows == [("B", None, "Q"), ("B", 0.0, "A"), ("B", None, "M")]


def test_a_column_that_a_measure_takes_is_not_read_by_its_own_name(site: BuildWorkspace) -> None:
    toys = site.dataset()
    wide_table(toys, [("2024", "12.5", "10.5", "3")])
    toys.write()
    assert published(site, "ethnicity, value, other") == [
        ("A", 12.5, ""), ("B", 10.5, ""), ("_U", 3.0, ""),
    ]  # fmt: skip


def test_a_margin_of_error_gives_limits(site: BuildWorkspace) -> None:
    toys = site.dataset()
    for row, margin in zip(toys.tables["observations"], ("2.1", "0.3"), strict=True):
        row["moe"] = margin
        row["level"] = "90"
        row["numerator"] = row["denominator"] = ""
    toys.field_overrides["observations"] = {
        "moe": {"type": "number", "hub": {"concept": "margin_of_error"}},
        "level": {"type": "number", "hub": {"concept": "ci_level"}},
    }
    toys.write()
    assert published(site, "value, ci_lower, ci_upper, ci_level") == [
        (12.5, 10.4, 14.6, 90.0), (10.0, 9.7, 10.3, 90.0),
    ]  # fmt: skip


def test_a_margin_of_error_without_a_level_is_refused(dataset: DatasetBuilder) -> None:
    for row in dataset.tables["observations"]:
        row["moe"] = "0.3"
    dataset.field_overrides["observations"] = {
        "moe": {"type": "number", "hub": {"concept": "margin_of_error"}}
    }
    assert dataset.check().rules == ["structure/annotation"]


def test_a_unit_multiplier_is_applied(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"unit": "people", "scale": "", "value_type": "count"}
    for row in toys.tables["observations"]:
        row |= {"numerator": "", "denominator": "", "times": "1000"}
    toys.field_overrides["observations"] = {
        "times": {"type": "integer", "hub": {"concept": "unit_multiplier"}}
    }
    toys.write()
    assert published(site, "value, decimals") == [(12500.0, 0), (10000.0, 0)]


def test_a_unit_multiplier_in_words_is_applied_and_one_keeps_every_digit(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"unit": "people", "scale": "", "value_type": "mean"}
    rows = (
        ("12.147958448821581", "Units"),
        ("12.55", "Tens"),
        ("12.55", "Thousands"),
        ("12.55", "100"),
    )
    toys.tables["observations"] = [
        toys.build_observation(ethnicity="A", period=str(2020 + n), value=value, times=times)
        for n, (value, times) in enumerate(rows)
    ]
    words = {"Units": "1", "Tens": {"unit_multiplier": 10}, "Thousands": "1000"}
    toys.field_overrides["observations"] = {
        "times": {"type": "string", "hub": {"concept": "unit_multiplier", "map": words}}
    }
    toys.write()
    assert published(site, "value, decimals") == [
        (12.147958448821581, 15), (125.5, 1), (12550.0, 0), (1255.0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "rule"),
    [({"Units": "1"}, "values/split"), ({"Units": "one"}, "structure/annotation")],
)
def test_a_word_for_a_number_must_be_in_the_map_and_mean_a_number(
    dataset: DatasetBuilder, words: dict[str, str], rule: str
) -> None:
    for row in dataset.tables["observations"]:
        row["times"] = "Thousands"
    dataset.field_overrides["observations"] = {
        "times": {"type": "string", "hub": {"concept": "unit_multiplier", "map": words}}
    }
    assert rule in dataset.check().rules


def test_a_count_that_a_program_wrote_with_a_nought_has_no_decimals(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"unit": "count", "scale": "", "value_type": "count"}
    for row, value in zip(toys.tables["observations"], ("12642.0", "7.5"), strict=True):
        row |= {"numerator": "", "denominator": "", "value": value}
    toys.write()
    assert published(site, "value, decimals") == [(12642.0, 0), (7.5, 1)]
    (flat,) = site.out.glob("current/files/*/*/toy-repairs.csv")
    with flat.open(encoding="utf-8", newline="") as file:
        assert [row["decimals"] for row in csv.DictReader(file)] == ["0", "1"]


def test_a_rate_keeps_the_noughts_that_were_written(site: BuildWorkspace) -> None:
    site.dataset().write()
    assert published(site, "value, decimals") == [(12.5, 1), (10.0, 1)]


def test_blank_parts_of_a_combination_count_where_the_map_has_them(site: BuildWorkspace) -> None:
    toys = site.dataset()
    cells = (("red", "", "A"), ("", "red", "B"))
    for row, (colour, trim, _) in zip(toys.tables["observations"], cells, strict=True):
        row |= {"colour": colour, "trim": trim}
        del row["ethnicity"]
    mapped = {"red, ": "A", ", red": "B"}
    combine = [{"concept": "ethnicity", "fields": ["colour", "trim"], "map": mapped}]
    toys.resource_overrides["observations"] = {"hub": {"combine": combine}}
    toys.write()
    assert published(site, "ethnicity, value") == [("A", 12.5), ("B", 10.0)]


IDLE: list[tuple[str, dict[str, Any]]] = [
    ("a mark that no cell can have", {"value": {"type": "number", "hub": {"marks": {"..": "O"}}}}),
    ("a map of numbers", {"value": {"type": "number", "hub": {"map": {"1": "2"}}}}),
    ("marks of a code", {"ethnicity": {"type": "string", "hub": {"marks": {"..": "_U"}}}}),
    ("a kind of period of a group", {"ethnicity": {"type": "string", "hub": {"period": "years"}}}),
    ("a list of a period", {"period": {"type": "string", "hub": {"codelist": "age"}}}),
    ("two columns of one number", {"ci_lower": {"type": "number", "hub": {"concept": "value"}}}),
    ("two columns of one text", {"conf_status": {"type": "string", "hub": {"concept": "locator"}},
                                 "obs_status": {"type": "string", "hub": {"concept": "locator"}}}),
    ("a split number", {"value": {"type": "number", "hub": {"split": "flags"}}}),
]  # fmt: skip


@pytest.mark.parametrize(("says", "fields"), IDLE, ids=[says for says, _ in IDLE])
def test_what_would_have_no_effect_is_refused(
    says: str, fields: dict[str, Any], dataset: DatasetBuilder
) -> None:
    dataset.field_overrides["observations"] = fields
    assert "structure/annotation" in dataset.check().rules, says


def test_a_dimension_that_is_blank_throughout_is_told_once(dataset: DatasetBuilder) -> None:
    for row in dataset.tables["observations"]:
        row["age"] = ""
    problems = dataset.check().problems
    assert [(p.rule, p.row, p.occurrences) for p in problems] == [("values/blank-dimension", 2, 2)]


@pytest.mark.parametrize("blank", ["", "NA"])
def test_a_blank_dimension_is_told_once_with_its_rows(blank: str, dataset: DatasetBuilder) -> None:
    observations = dataset.tables["observations"]
    observations.append(dataset.build_observation(ethnicity="A", value="9.5"))
    for row, age in zip(observations, ("0-4", blank, blank), strict=True):
        row["age"] = age
    dataset.field_overrides["observations"] = {
        "age": {"type": "string", "missingValues": ["", "NA"]}
    }
    problems = dataset.check().problems
    assert [(p.rule, p.row, p.occurrences) for p in problems] == [("values/blank-dimension", 3, 2)]


def test_everybody_is_no_code_of_a_list_and_can_be_said_of_any(dataset: DatasetBuilder) -> None:
    dataset.tables["codes"] += [
        {"list": "toy-repairs-ages", "code": code, "label": code} for code in ("Y", "O")
    ]
    dataset.descriptor["hub"]["lists"] = [
        *dataset.descriptor["hub"].get("lists", []),
        {"list": "toy-repairs-ages", "concept": "age", "title": "Toy ages"},
    ]
    for row, age in zip(dataset.tables["observations"], ("Y", "_T"), strict=True):
        row["age"] = age
    dataset.field_overrides["observations"] = {"age": {"hub": {"codelist": "toy-repairs-ages"}}}
    assert "codes/unknown-code" not in dataset.check().rules


def test_a_blank_that_has_a_meaning_has_it(site: BuildWorkspace) -> None:
    toys = site.dataset()
    for row, age in zip(toys.tables["observations"], ("0-4", ""), strict=True):
        row["age"] = age
    toys.field_overrides["observations"] = {"age": {"type": "string", "hub": {"map": {"": "_U"}}}}
    toys.write()
    assert published(site, "ethnicity, age") == [("A", "0-4"), ("B", "_U")]


def test_two_notes_on_a_row_are_both_kept(site: BuildWorkspace) -> None:
    toys = site.dataset()
    for row in toys.tables["observations"]:
        row |= {"note": "Counted twice.", "remark": "Rounded."}
    toys.field_overrides["observations"] = {
        "remark": {"type": "string", "hub": {"concept": "note"}}
    }
    toys.write()
    assert set(published(site, "note")) == {("Counted twice. Rounded.",)}


def test_ages_that_no_list_has_are_known_by_their_bounds(site: BuildWorkspace) -> None:
    for slug in ("toy-repairs", "toy-loans"):  # both bring the same ages
        toys = site.dataset(slug)
        for row, age in zip(toys.tables["observations"], ("aged 6 to 8", "under 1"), strict=True):
            row["age"] = age
        toys.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    with sqlite3.connect(outcome.build / "hub.db") as database:
        sql = "select distinct o.age, c.label from observation as o join code as c on c.list = 'age' and c.code = o.age order by 1"
        assert database.execute(sql).fetchall() == [
            ("6-8", "6 to 8 years"), ("under-1", "Under 1 year"),
        ]  # fmt: skip
