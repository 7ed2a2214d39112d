"""The summary tables of a build, made again by a look at every figure, without any SQL of ours."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Rows = list[tuple[Any, ...]]

EXPECTED_HELD_SQL = (
    "indicator", "area", "scheme", "dataset", "observation_count", "value_count",
    "suppressed_count", "missing_count", "secondary_source_count", "period_start", "period_end",
)  # fmt: skip
EXPECTED_HELD_GROUP_SQL = ("scheme", "ethnicity", "indicator", "dataset", "source", "has_value")


def assert_summaries_match(build: Path) -> None:
    """Assert that `availability` and `group_availability` say what the observations say."""
    db = sqlite3.connect(build / "hub.db")
    observations, datasets = read_table(db, "observation"), read_table(db, "dataset")
    indicators = read_table(db, "indicator")
    held, groups = read_table(db, "availability"), read_table(db, "group_availability")
    db.close()
    assert sort_rows(held, EXPECTED_HELD_SQL) == summarise(observations, datasets)
    assert sort_rows(groups, EXPECTED_HELD_GROUP_SQL) == list_groups(
        observations, datasets, indicators
    )


def read_table(db: sqlite3.Connection, table: str) -> list[Row]:
    """Every row of a table, by the names of its columns."""
    answer = db.execute(f"select * from {table}")
    names = [column[0] for column in answer.description]
    return [dict(zip(names, cells, strict=True)) for cells in answer]


def sort_rows(rows: Iterable[Row], columns: tuple[str, ...]) -> Rows:
    """The rows as tuples, in an order of their own; a cell without anything comes first."""
    return sorted((tuple(row[name] for name in columns) for row in rows), key=order_cells)


def order_cells(cells: tuple[Any, ...]) -> tuple[tuple[bool, Any], ...]:
    return tuple((cell is not None, cell) for cell in cells)


def has_value(row: Row) -> bool:
    """Whether there is a figure to show, be it only a bound."""
    return any(row[name] is not None for name in ("value", "value_min", "value_max"))


def summarise(observations: Iterable[Row], datasets: Iterable[Row]) -> Rows:
    """What there is of each indicator, area, scheme and dataset, counted row by row."""
    verification = {row["dataset"]: row["verification"] for row in datasets}
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in observations:
        groups[row["indicator"], row["area"], row["scheme"], row["dataset"]].append(row)
    return [
        (*key, *count_rows(rows, verification[key[3]] or ""))
        for key, rows in sorted(groups.items())
    ]


def count_rows(rows: list[Row], usual: str) -> tuple[Any, ...]:
    """The counts and the time of some rows; `usual` is the verification where a row says none."""
    known = hidden = missing = quoted = 0
    for row in rows:
        if has_value(row):
            known += 1
        if row["obs_status"] == "Q":
            hidden += 1
        elif not has_value(row):
            missing += 1
        if (row["verification"] or usual).startswith("C3"):
            quoted += 1
    first = min(row["period_start"] for row in rows)
    last = max(row["period_end"] for row in rows)
    return len(rows), known, hidden, missing, quoted, first, last


def list_groups(
    observations: Iterable[Row], datasets: Iterable[Row], indicators: Iterable[Row]
) -> Rows:
    """Each group of an indicator that is not made up, with its sources; each line once."""
    invented = {row["dataset"] for row in datasets if row["synthetic"]}
    defined = {row["indicator"]: row["dataset"] for row in indicators}
    found = {
        (
            row["scheme"], row["ethnicity"], row["indicator"], row["dataset"], row["source"],
            int(has_value(row)),
        )
        for row in observations
        if defined[row["indicator"]] not in invented
    }  # fmt: skip
    return sorted(found, key=order_cells)
