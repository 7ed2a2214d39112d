"""Of a large table rules read a part only: it holds all that they would find in the whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import count, product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evidencehub.check import stratum_index
from evidencehub.check.definition import RuleContext, Violation
from evidencehub.check.rules import plausible_groups
from evidencehub.check.summary import ObservationSummary
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.columns import HubChunk, encode_cells
from evidencehub.domain.concepts import OBSERVATION_KEY
from evidencehub.domain.package import SourcePackage
from evidencehub.source.code_lists import read_code_book
from tests.support.dataset_builder import CODE_FOLDER

GROUPS = ("_T", "_U", "G1", "1", "2", "G2", "G3", "G4", "15")
"""Of the census of England and Wales: totals, groups, and groups within them."""
COLUMNS = (*OBSERVATION_KEY, "value", "numerator", "obs_status")
CHUNK_ROWS = 70
Row = dict[str, Any]


@pytest.fixture(scope="module")
def book() -> CodeBook:
    return read_code_book(CODE_FOLDER)


def draw_rows(rng: Random) -> list[Row]:
    """Observations of a few places and years, with slips, gaps, marks and repeats among them."""
    rows: list[Row] = []
    for indicator, area, year, other in product(
        ("rate", "people"), ("E1", "E2", "E3", "E4", "E5", "W1"), (2019, 2020, 2021), ("", "urban")
    ):
        lost = rng.choice(GROUPS) if year == 2021 else ""
        level = rng.uniform(1, 90)
        for group in rng.sample(GROUPS, len(GROUPS) - rng.choice([0, 0, 0, 0, 0, 0, 2, 5])):
            if group == lost:
                continue
            value = round(
                level * rng.uniform(0.8, 1.3) * rng.choice([1] * 20 + [10, 0.1, 100, 2]), 1
            )
            people = rng.choice([None, 0, 10, 20, 30, 40, 80])
            rows.append({
                "indicator": indicator, "area": area, "period_start": f"{year}-01-01",
                "period_end": f"{year}-12-31", "scheme": "ew-census-2021", "ethnicity": group,
                "sex": "_T", "age": "_T", "other": other,
                "comparator": rng.choice(["", None, "", "last-year"]),
                "adjustment": rng.choice(["", None]),
                "value": rng.choice([value] * 9 + [None, -value]),
                "numerator": people, "obs_status": rng.choice(["A", "A", "A", "Q"]),
            })  # fmt: skip
    return rows


def stage(rows: list[Row], book: CodeBook) -> RuleContext:
    """The rows as rules meet them: in a database, and counted as they went by."""
    database = sqlite3.connect(":memory:")
    database.execute(f"create table observation (file, row, {', '.join(COLUMNS)})")
    database.execute("create table indicators (id, value_type, caveats, same_source)")
    database.execute(
        "insert into indicators values ('rate', 'rate', '', ''), ('people', 'count', '', '')"
    )
    summary, line = ObservationSummary(), count(2)
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk_rows = rows[start : start + CHUNK_ROWS]
        columns = {name: encode_cells(row[name] for row in chunk_rows) for name in COLUMNS}
        columns |= {
            name: encode_cells([None] * len(chunk_rows)) for name in ("source", "counting_basis")
        }
        lines = [next(line) for _ in chunk_rows]
        summary.add(HubChunk("observations", "t.csv", lines, columns, {}))
        marks = ", ".join("?" * (len(COLUMNS) + 2))
        staged = (
            columns[name].map(lambda c: "" if c is None else c)
            if name in OBSERVATION_KEY
            else columns[name]
            for name in COLUMNS
        )
        values = zip(["t.csv"] * len(lines), lines, *staged, strict=True)
        database.executemany(f"insert into observation values ({marks})", values)
    package = SourcePackage("toys", Path(), {"name": "toys"}, ())

    def query(sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        return database.execute(sql, values).fetchall()

    return RuleContext(package, book, query, summary)


def find_all(dataset: RuleContext) -> list[Violation]:
    found: list[Violation] = []
    for rule in plausible_groups.RULES:
        violations: Iterable[Violation] = rule.find_violations(dataset)  # type: ignore[operator,assignment,misc]
        found += violations
    return found


@pytest.mark.parametrize("rows_in_memory", [60, 1_000_000], ids=["on disk", "in memory"])
@pytest.mark.parametrize("seed", range(12))
def test_what_rules_find_in_a_part_is_what_they_find_in_the_whole(
    seed: int, rows_in_memory: int, book: CodeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = draw_rows(Random(seed))
    monkeypatch.setattr(stratum_index, "MAX_ROWS_IN_MEMORY", rows_in_memory)
    whole = find_all(stage(rows, book))
    monkeypatch.setattr(plausible_groups, "SMALL_TABLE_ROWS", 0)
    dataset = stage(rows, book)
    assert find_all(dataset) == whole
    assert find_all(dataset) == whole  # what is on disk can be read again
    assert {v.message.code for v in whole} == {rule.name for rule in plausible_groups.RULES}  # type: ignore[union-attr]
