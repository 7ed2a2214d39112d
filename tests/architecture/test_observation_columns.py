"""Does everything that has an observation's columns agree with their one definition?"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

import pytest

from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.domain.concepts import OBSERVATION_CONCEPTS, OBSERVATION_KEY
from evidencehub.domain.observation import (
    NUMBER_COLUMNS,
    OBSERVATION_COLUMNS,
    PUBLIC_COLUMNS,
    REQUIRED_CONCEPTS,
)
from evidencehub.domain.status import MISSING_STATUSES
from evidencehub.load.schema import build_finish_sql, build_observation_table_sql, build_schema_sql
from evidencehub.store import spreadsheets
from tests.support.dataset_builder import PROJECT_ROOT


@pytest.fixture(scope="module")
def empty_hub() -> Iterable[sqlite3.Connection]:
    db = sqlite3.connect(":memory:")
    db.executescript(build_schema_sql())
    db.executescript(build_finish_sql())
    yield db
    db.close()


def columns_of(db: sqlite3.Connection, table: str) -> list[tuple[str, str, bool]]:
    return [
        (row[1], row[2].lower(), bool(row[3])) for row in db.execute(f"pragma table_info({table})")
    ]


def only(names: Iterable[str], wanted: Iterable[str]) -> list[str]:
    wanted = set(wanted)
    return [name for name in names if name in wanted]


def test_the_table_has_the_columns_of_the_definition(empty_hub: sqlite3.Connection) -> None:
    assert columns_of(empty_hub, "observation") == [
        (column.name, column.sql_type, column.is_required) for column in OBSERVATION_COLUMNS
    ]


def test_the_definition_has_every_concept() -> None:
    names = [column.name for column in OBSERVATION_COLUMNS]
    assert only(names, OBSERVATION_CONCEPTS) == [n for n in OBSERVATION_CONCEPTS if n != "period"]
    assert set(OBSERVATION_KEY) < REQUIRED_CONCEPTS
    assert all(column.description for column in OBSERVATION_COLUMNS)


def test_the_view_for_people_has_every_public_column(empty_hub: sqlite3.Connection) -> None:
    names = [name for name, _, _ in columns_of(empty_hub, "observation_flat")]
    assert only(names, PUBLIC_COLUMNS) == list(PUBLIC_COLUMNS)
    others = [name for name in names if name not in PUBLIC_COLUMNS]
    assert all(
        name.endswith(("_label", "_title")) or name in ("country", "family", "unit")
        for name in others
    )


def test_the_unique_key_is_that_of_the_vocabulary(empty_hub: sqlite3.Connection) -> None:
    rows = empty_hub.execute("pragma index_info(observation_key)").fetchall()
    assert {name for _, _, name in rows} == {*OBSERVATION_KEY, "dataset"}


def test_the_api_has_every_public_column_in_its_words() -> None:
    names = [column.name for column in OBSERVATIONS.columns]
    assert sorted(only(names, PUBLIC_COLUMNS)) == sorted(PUBLIC_COLUMNS)
    numbers = [column.name for column in OBSERVATIONS.columns if column.column_type == "number"]
    assert only(numbers, PUBLIC_COLUMNS) == list(NUMBER_COLUMNS)
    descriptions = {column.name: column.description for column in OBSERVATIONS.columns}
    for column in OBSERVATION_COLUMNS:
        if column.is_public and column.name != "indicator":  # a package may use another's
            assert descriptions[column.name] == column.description


def test_sheets_have_every_public_column() -> None:
    assert set(spreadsheets.OBSERVATION_COLUMNS) == set(PUBLIC_COLUMNS) - {"indicator"}


def test_the_dictionary_describes_every_concept() -> None:
    text = (PROJECT_ROOT / "docs" / "reference" / "package.md").read_text("utf-8")
    for column in OBSERVATION_COLUMNS:
        if column.name in OBSERVATION_CONCEPTS:
            assert f"`{column.name}`" in text


def test_the_constraints_name_the_statuses_of_missing_values() -> None:
    named = re.findall(r"obs_status = '(\w)'", build_observation_table_sql())
    assert set(named) == set(MISSING_STATUSES)
