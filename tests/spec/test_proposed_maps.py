"""Spellings without a meaning: each told once, and all of them as a `map` to paste."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inline_snapshot import snapshot

from evidencehub.domain.problem import CheckReport
from evidencehub.formats.check_report import render_html, render_json, render_text
from tests.spec.test_declared_meanings import GROUPS
from tests.support.dataset_builder import DatasetBuilder

PEOPLES = ("Maori", "pacific-peoples", "Asien", "Martian")


def read_maps(report: CheckReport) -> dict[tuple[str, str], dict[str, str]]:
    """The maps that report.json proposes, by file and field."""
    (dataset,) = json.loads(render_json([report]))["datasets"]
    return {(item["file"], item["field"]): item["map"] for item in dataset["maps"]}


def with_labels(toys: DatasetBuilder, table: str, labels: list[str], level: str = "") -> None:
    """A table of New Zealand's ethnic groups by label, one row for each."""
    toys.tables[table] = [
        toys.build_observation(ethnicity=label, period=str(2006 + n % 18), value=str(n))
        for n, label in enumerate(labels)
    ]
    for row in toys.tables[table]:
        row.pop("scheme")
    annotation: dict[str, Any] = {"concept": "ethnicity", "codelist": "nz-ethnicity-2005-v2"}
    toys.field_overrides[table] = {
        "ethnicity": {"hub": {**annotation, **({"level": level} if level else {})}}
    }
    toys.resource_overrides[table] = {"hub": {"role": "observations"}}


def test_a_spelling_in_many_rows_is_told_once_with_the_map_to_paste(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    with_labels(toys, "observations", [*PEOPLES * 3], "heading")
    report = toys.check()
    text = render_text(report)
    assert text[text.index("\ndata/observations.csv, ethnicity") :] == snapshot("""\

data/observations.csv, ethnicity: to keep these 4 spellings, add this to the `hub` object of the
field, and correct each code. “…” stands where no code is near.
"map": {
 "Maori": "2",
 "pacific-peoples": "3",
 "Asien": "4",
 "Martian": "…"
}\
""")
    assert [(p.spelling, p.row, p.occurrences) for p in report.problems if p.spelling] == [
        (name, 2 + n, 3) for n, name in enumerate(PEOPLES)
    ]


def test_the_map_that_is_pasted_works_once_its_gaps_are_filled(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    with_labels(toys, "observations", [*PEOPLES, "European"], "heading")
    proposed = read_maps(toys.check())["data/observations.csv", "ethnicity"]
    annotation = toys.field_overrides["observations"]["ethnicity"]["hub"]
    annotation["map"] = proposed
    (gap,) = [p for p in toys.check().problems if p.rule == "codes/unknown-code"]
    assert gap.spelling is None  # the map says it, so another map is no help
    annotation["map"] = {**proposed, "Martian": "_U"}
    assert toys.check().has_no_errors


def test_forty_spellings_in_two_columns_of_two_files_are_all_in_the_report(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    spelt = [f"Group {n} of Mars" for n in range(20)]
    for table in ("observations", "more"):
        with_labels(toys, table, [f"{label} ({table})" for label in spelt] * 2)
        for n, row in enumerate(toys.tables[table]):
            row["area"] = f"Land {n % 20}"
    maps = read_maps(toys.check())
    assert {key: len(found) for key, found in maps.items()} == {
        (f"data/{table}.csv", field): 20
        for table in ("observations", "more")
        for field in ("area", "ethnicity")
    }
    assert set(maps["data/more.csv", "ethnicity"]) == {f"{label} (more)" for label in spelt}


def test_a_wide_table_proposes_one_map_for_a_column_of_several_measures(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    toys.tables["observations"] = [
        {"who": who, "period": str(2000 + n), "one": "1", "two": "2"}
        for n, who in enumerate(["Alderr", "Birsh", "Alderr"])
    ]
    toys.field_overrides["observations"] = {
        "who": {"hub": {"concept": "ethnicity", "codelist": GROUPS}},
        **{name: {"type": "number"} for name in ("one", "two")},
    }
    constants = {"area": "toy-repairs-places:X01", "scheme": GROUPS, "source": "toy-report"}
    measures = [
        {"indicator": "toy-repairs-rate", "value": name, "constants": {"sex": sex}}
        for name, sex in (("one", "F"), ("two", "M"))
    ]
    toys.resource_overrides["observations"] = {
        "hub": {"constants": constants, "measures": measures}
    }
    report = toys.check()
    assert list(read_maps(report)) == [("data/observations.csv", "who")]
    assert [(p.spelling, p.row) for p in report.problems if p.spelling] == [
        ("Alderr", 2),
        ("Birsh", 3),
    ]


def test_a_single_cell_is_corrected_and_not_mapped(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    with_labels(toys, "observations", ["Martian", "Asian"], "heading")
    report = toys.check()
    assert '"map"' not in render_text(report)
    assert read_maps(report) == {("data/observations.csv", "ethnicity"): {"Martian": "…"}}


def test_a_map_on_the_page_is_no_markup(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    with_labels(toys, "observations", ["<b>Mars</b>"] * 2)
    page = render_html([toys.check()])
    assert "&lt;b&gt;Mars&lt;/b&gt;&quot;: &quot;…&quot;" in page
    assert "<b>" not in page


def test_every_category_beside_its_parent_is_told_with_its_rows(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    labels = ["1", "11", "12", "3", "31", "4", "5"]
    with_labels(toys, "observations", labels)
    for row in toys.tables["observations"]:
        row["period"] = "2020"
    last_year = [{**row, "period": "2019"} for row in toys.tables["observations"] if row]
    toys.tables["observations"] += last_year
    found = [p for p in toys.check().problems if p.rule == "codes/mixed-levels"]
    assert [(p.row, p.message.split(" ")[0], p.occurrences) for p in found] == [
        (3, "11", 2),
        (4, "12", 2),
        (6, "31", 2),
    ]


def test_each_group_before_its_time_is_told_with_its_rows(tmp_path: Path) -> None:
    toys = DatasetBuilder(tmp_path / "toy-repairs")
    labels = [str(code) for code in (*range(31, 38), *range(41, 45))]
    with_labels(toys, "observations", labels * 2)
    for n, row in enumerate(toys.tables["observations"]):
        row["period"] = str(1990 + n)
    found = [p for p in toys.check().problems if p.rule == "codes/before-its-time"]
    assert len(found) == len(labels)
    assert {p.occurrences for p in found} == {1, 2}
