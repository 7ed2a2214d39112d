"""The schema makes the wrong thing unsayable: each of its conditions, on both sides.

The rules of the gate refuse all of this with a better message; here it is tried without them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from evidencehub.domain.observation import OBSERVATION_COLUMNS
from evidencehub.domain.status import MISSING_STATUSES, SUPPRESSED
from evidencehub.load.schema import build_schema_sql

Row = dict[str, Any]
EXACT = {"period_start": "2024-01-01", "period_end": "2024-12-31", "value": 12.5}
"""What a plain observation says, apart from texts that any condition allows."""

# table, the row's own words, and changes of it that are fine or refused; None is null
GOOD: list[tuple[str, Row]] = [
    ("observation", {}),
    ("observation", {"ci_lower": 12.5, "ci_upper": 12.5}),
    ("observation", {"period_end": "2024-01-01"}),
    ("observation", {"value": None, "value_min": 950.0}),
    ("observation", {"value": None, "value_max": 5.0}),
    ("observation", {"value": None, "value_min": 1.0, "value_max": 5.0, "obs_status": "A"}),
    *(
        ("observation", {"value": None, "obs_status": status})
        for status in MISSING_STATUSES
        if status != SUPPRESSED
    ),
    ("observation", {"value": None, "obs_status": "Q", "conf_status": "C"}),
    ("observation", {"value": None, "obs_status": "H", "numerator": 3.0}),
    ("observation", {"obs_status": "E", "numerator": 3.0, "se": 0.5}),
    ("crosswalk", {"relation": "exactMatch", "to_code": "X"}),
    ("crosswalk", {"relation": "noMatch", "to_code": None}),
    ("gap", {"difference": 1.0, "difference_lower": 1.0, "difference_upper": 1.0}),
    ("gap", {"difference": None, "ratio": 2.0, "ratio_lower": 2.0, "ratio_upper": 2.0}),
    ("gap", {"difference": 1.0, "ratio": 2.0}),
    ("inequality", {"value": 1.0, "ci_lower": 1.0, "ci_upper": 1.0}),
    ("inequality", {"value": 1.0}),
    ("comparison", {"comparison_status": "current", "reason": "", "headline": 1}),
    ("comparison", {"comparison_status": "history"}),
    ("gap_context", {"unknown_difference_min": 1.0, "unknown_difference_max": 2.0}),
    ("gap_context", {"earlier_start": "2024-01-01", "earlier_end": "2024-12-31"}),
]
BAD: list[tuple[str, Row]] = [
    ("observation", {"ci_lower": 12.6}),
    ("observation", {"ci_upper": 12.4}),
    ("observation", {"period_start": "2024-01"}),
    ("observation", {"period_end": "2024-12"}),
    ("observation", {"period_end": "2023-12-31"}),
    ("observation", {"value": None}),
    ("observation", {"value": None, "obs_status": "A"}),
    *(("observation", {"obs_status": status, "conf_status": "C"}) for status in MISSING_STATUSES),
    *(
        ("observation", {"value": None, "obs_status": "M", name: 1.0})
        for name in ("ci_lower", "ci_upper", "se")
    ),
    ("observation", {"value_min": 1.0}),
    ("observation", {"value_max": 20.0}),
    ("observation", {"value": None, "obs_status": "Q", "conf_status": "F"}),
    ("observation", {"value": None, "obs_status": "Q", "conf_status": "C", "numerator": 3.0}),
    ("observation", {"conf_status": "C"}),
    ("observation", {"value": None, "obs_status": "M", "conf_status": "C"}),
    ("crosswalk", {"relation": "exactMatch", "to_code": None}),
    ("crosswalk", {"relation": "noMatch", "to_code": "X"}),
    ("gap", {"difference": None, "ratio": None}),
    ("gap", {"difference": 1.0, "difference_lower": 1.1, "difference_upper": 2.0}),
    ("gap", {"difference": 1.0, "difference_lower": 0.0, "difference_upper": 0.9}),
    ("gap", {"ratio": 1.0, "ratio_lower": 1.1, "ratio_upper": 2.0}),
    ("gap", {"ratio": 1.0, "ratio_lower": 0.5, "ratio_upper": 0.9}),
    ("inequality", {"value": 1.0, "ci_lower": 1.0}),
    ("inequality", {"value": 1.0, "ci_upper": 1.0}),
    ("inequality", {"value": 1.0, "ci_lower": 1.1, "ci_upper": 2.0}),
    ("inequality", {"value": 1.0, "ci_lower": 0.5, "ci_upper": 0.9}),
    ("comparison", {"stratum": None}),
    ("comparison", {"published": 1}),
    ("comparison", {"comparison_status": "history", "reason": ""}),
    ("comparison", {"comparison_status": "left-out", "headline": 1}),
    ("gap_context", {"unknown_difference_min": 1.0}),
    ("gap_context", {"earlier_start": "2024-01-01"}),
    ("gap_context", {"difference_change": 1.0}),
]
BASE: dict[str, Row] = {
    "observation": {**EXACT, "obs_status": "A", "conf_status": "F"},
    "crosswalk": {"relation": "exactMatch", "to_code": "X"},
    "gap": {"difference": 1.0, "ratio": 2.0},
    "inequality": {"value": 1.0, "exploratory": 0},
    "comparison": {"stratum": 0, "reason": "newer-period"},
}
COMPANIONS: dict[tuple[str, Any], Row] = {
    ("relation", "noMatch"): {"to_code": None},
    ("published", 1): {"stratum": None},
}
"""What a word asks of another column."""
CODED = re.compile(r"(\w+) \w+ not null[^(,]*check \(((?:\s*(?:or )?\1 = ('[^']*'|\d+)\s*)+)\)")


@pytest.fixture
def empty_hub() -> Iterator[sqlite3.Connection]:
    """The tables of hub.db without a row; references are not looked at."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(build_schema_sql())
        yield connection


def insert(connection: sqlite3.Connection, table: str, changes: Row) -> None:
    """Insert a row that has what the table demands, and the changes."""
    columns = connection.execute(f"pragma table_info({table})").fetchall()
    fillers = {"TEXT": "x", "INTEGER": 0, "REAL": 0.0}
    row = {
        name: fillers[kind.upper()] for _, name, kind, is_required, _, _ in columns if is_required
    }
    for name, alternatives in list_coded(table).items():
        row[name] = alternatives[0]
    row |= {**BASE.get(table, {}), **changes}
    marks = ", ".join("?" for _ in row)
    connection.execute(
        f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values())
    )


def list_coded(table: str) -> dict[str, list[Any]]:
    """The columns of a table that take one of a few words, with the words."""
    text = build_schema_sql()
    if f"create table {table} (" not in text:
        return {}
    body = text[text.index(f"create table {table} (") :].partition(";")[0]
    return {
        match[1]: [
            word.strip("'") if word.startswith("'") else int(word)
            for word in re.findall(r"= ('[^']*'|\d+)", match[2])
        ]
        for match in CODED.finditer(body)
    }


@pytest.mark.parametrize(("table", "changes"), GOOD, ids=str)
def test_what_may_be_said_is_taken(empty_hub: sqlite3.Connection, table: str, changes: Row) -> None:
    insert(empty_hub, table, changes)


@pytest.mark.parametrize(("table", "changes"), BAD, ids=str)
def test_what_must_not_be_said_is_refused(
    empty_hub: sqlite3.Connection, table: str, changes: Row
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        insert(empty_hub, table, changes)


CODED_COLUMNS = {
    "code_list": {"kind": 5},
    "code": {"residual": 2},
    "crosswalk": {"relation": 6},
    "scheme_conversion": {"verdict": 3},
    "dataset": {"synthetic": 2},
    "indicator": {"polarity": 3},
    "inequality": {"exploratory": 2},
    "comparison": {
        "published": 2,
        "secondary": 2,
        "synthetic": 2,
        "declared": 2,
        "headline": 2,
        "comparison_status": 3,
    },
    "inequality_missing": {"what": 2},
    "finding_group": {"role": 2},
    "claim": {"measure": 7, "verdict": 5, "state": 2},
    "subject": {"kind": 5, "list": 2},
    "withdrawal": {"disclosure": 2, "synthetic": 2},
    "withdrawn_id": {"kind": 6},
    "partner": {"partner_kind": 3, "listed": 2},
    "partner_package": {"pull_state": 5},
}


def test_every_column_that_takes_one_of_a_few_words_is_found() -> None:
    found = {
        table: {name: len(words) for name, words in list_coded(table).items()}
        for table in re.findall(r"create table (\w+) \(", build_schema_sql())
        if list_coded(table)
    }
    assert found == CODED_COLUMNS


@pytest.mark.parametrize("table", sorted(CODED_COLUMNS))
def test_a_column_of_codes_takes_its_words_and_no_other(
    empty_hub: sqlite3.Connection, table: str
) -> None:
    for name, words in list_coded(table).items():
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            insert(empty_hub, table, {name: "other" if isinstance(words[0], str) else 2})
        for word in words:
            empty_hub.execute(f"delete from {table}")
            changes: Row = {name: word}
            changes |= COMPANIONS.get((name, word), {})
            insert(empty_hub, table, changes)


def test_a_column_that_an_observation_needs_is_not_left_out(empty_hub: sqlite3.Connection) -> None:
    for column in OBSERVATION_COLUMNS:
        if column.is_required:
            with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
                insert(empty_hub, "observation", {column.name: None})
