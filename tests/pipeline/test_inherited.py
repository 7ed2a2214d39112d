"""What a row says itself wins over what its indicator, classification or dataset says."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evidencehub.api.resources.observations import OBSERVATIONS
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder


@dataclass(frozen=True)
class Inherited:
    """A column that a row may leave to its parent: both values, and where the parent says its."""

    column: str
    from_parent: str
    of_row: str
    write_parent: Callable[[DatasetBuilder, str], Any]
    kind: str = "string"


def _of_indicator(column: str) -> Callable[[DatasetBuilder, str], Any]:
    return lambda toys, value: toys.tables["indicators"][0].update({column: value})


def _of_dataset(
    column: str, convert: Callable[[str], str | float] = str
) -> Callable[[DatasetBuilder, str], Any]:
    return lambda toys, value: toys.descriptor["hub"].update({column: convert(value)})


def _of_classification(column: str) -> Callable[[DatasetBuilder, str], Any]:
    return lambda toys, value: toys.descriptor["hub"]["lists"][0].update({column: value})


OBSERVATION = [
    Inherited("ci_level", "95", "99", _of_indicator("ci_level"), "number"),
    Inherited("decimals", "2", "1", _of_indicator("decimals"), "integer"),
    Inherited(
        "counting_basis", "prioritised", "total-response", _of_classification("counting_basis")
    ),
    Inherited("verification", "C1", "C3", _of_dataset("verification")),
]
INDICATOR = [
    Inherited("whose_ethnicity", "patient", "mother", _of_dataset("whose_ethnicity")),
    Inherited(
        "ethnicity_recording", "self-reported", "assigned", _of_dataset("ethnicity_recording")
    ),
    Inherited("same_source", "yes", "no", _of_dataset("same_source")),
    Inherited("unit_of_count", "reading", "person", _of_dataset("unit_of_count")),
    Inherited("ethnicity_known", "98", "97", _of_dataset("ethnicity_known", float), "number"),
    Inherited("ethnicity_unknown", "2", "3", _of_dataset("ethnicity_unknown", float), "number"),
    Inherited("population_year", "2021", "2011", _of_dataset("population_year", int), "integer"),
]


def built(site: BuildWorkspace, inherited: Inherited) -> Path:
    """Toys of which the first row of the table leaves the column to its parent."""
    toys = site.dataset()
    inherited.write_parent(toys, inherited.from_parent)
    declared = {inherited.column: {"type": inherited.kind}}
    toys.field_overrides |= {"observations": declared, "indicators": declared}
    toys.tables["observations"][0][inherited.column] = ""
    toys.tables["observations"][1][inherited.column] = inherited.of_row
    toys.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


def read_view(build: Path, view: str = "observation_flat") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(build / "hub.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"select * from {view} order by 1, 2, 10")]


def read_labelled(build: Path) -> list[dict[str, str]]:
    path = build / "files/toy-repairs/1.0.0/toy-repairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["ethnicity"])


def as_text(value: object) -> str:
    """A cell of the database as the labelled file writes it."""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("inherited", OBSERVATION, ids=lambda inherited: inherited.column)
def test_a_row_that_is_overridden_overrides_its_parent(
    inherited: Inherited, site: BuildWorkspace
) -> None:
    build = built(site, inherited)
    expected = [inherited.from_parent, inherited.of_row]
    assert [as_text(row[inherited.column]) for row in read_view(build)] == expected
    assert [row[inherited.column] for row in read_labelled(build)] == expected


@pytest.mark.parametrize("inherited", OBSERVATION, ids=lambda inherited: inherited.column)
def test_the_view_and_the_labelled_file_say_the_same(
    inherited: Inherited, site: BuildWorkspace
) -> None:
    build = built(site, inherited)
    view, labelled = read_view(build), read_labelled(build)
    shared = [column.name for column in OBSERVATIONS.columns if column.name in view[0]]
    assert {inherited.column, "decimals", "unit", "country"} <= set(shared)
    assert [[as_text(row[name]) for name in shared] for row in view] == [
        [row[name] for name in shared] for row in labelled
    ]


def test_every_column_of_the_view_that_falls_back_on_a_parent_is_tried(
    site: BuildWorkspace,
) -> None:
    build = built(site, OBSERVATION[0])
    with closing(sqlite3.connect(build / "hub.db")) as connection:
        ((sql,),) = connection.execute(
            "select sql from sqlite_master where name = 'observation_flat'"
        ).fetchall()
    fallbacks = re.findall(r"coalesce\(o\.(\w+), \w+\.\1\)", sql)
    assert sorted(fallbacks) == sorted(inherited.column for inherited in OBSERVATION)


@pytest.mark.parametrize("inherited", INDICATOR, ids=lambda inherited: inherited.column)
@pytest.mark.parametrize("is_overridden", [True, False])
def test_an_indicator_that_is_overridden_overrides_the_dataset(
    inherited: Inherited, is_overridden: bool, site: BuildWorkspace
) -> None:
    toys = site.dataset()
    inherited.write_parent(toys, inherited.from_parent)
    toys.field_overrides["indicators"] = {inherited.column: {"type": inherited.kind}}
    toys.tables["indicators"][0][inherited.column] = inherited.of_row if is_overridden else ""
    toys.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    (indicator,) = read_view(outcome.build, "indicator")
    assert as_text(indicator[inherited.column]) == (
        inherited.of_row if is_overridden else inherited.from_parent
    )
