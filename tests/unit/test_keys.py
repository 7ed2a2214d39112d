"""Keys that may not repeat: found among few rows in memory and among many on disk alike."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.check import keys
from evidencehub.check.keys import RepeatedHashes
from tests.spec.changes import Change, also, column, edit, field, rows, schema
from tests.support.dataset_builder import DatasetBuilder

HASHES = st.lists(
    st.lists(st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-20, 20)), max_size=30),
    max_size=8,
)


@settings(deadline=None)  # the first example loads Arrow
@given(parts=HASHES, spill=st.integers(1, 40))
def test_what_came_twice_is_found_however_little_is_held(
    parts: list[list[int]], spill: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "MAX_HASHES_IN_MEMORY", spill)
        repeats = RepeatedHashes()
        for part in parts:
            repeats.add(part)
        counts = Counter(number for part in parts for number in part)
        assert repeats.find() == {number for number, count in counts.items() if count > 1}


@pytest.mark.parametrize("spill", [1, 3, 1000])
@pytest.mark.usefixtures("forked_stages")
def test_a_repeat_among_many_rows_is_told_where_it_is(
    spill: int, dataset: DatasetBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MAX_HASHES_IN_MEMORY", spill)
    names = [f"n{number}" for number in range(40)]
    names[31] = "n7"
    dataset.tables["observations"] = [
        dataset.build_observation(period=str(1980 + n), note=name) for n, name in enumerate(names)
    ]
    schema("observations", uniqueKeys=[["note"]]).make(dataset)
    (problem,) = dataset.check().problems
    assert (problem.rule, problem.location) == (
        "structure/unique-keys",
        "data/observations.csv row 33",
    )
    assert problem.message == "This duplicates row 9 (same note)."


@pytest.mark.parametrize("spill", [1, 1000])
@pytest.mark.usefixtures("forked_stages")
def test_keys_that_do_not_repeat_pass_however_little_is_held(
    spill: int, dataset: DatasetBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MAX_HASHES_IN_MEMORY", spill)
    dataset.tables["observations"] = [
        dataset.build_observation(period=str(1980 + n), note=f"n{n}") for n in range(40)
    ]
    schema("observations", primaryKey=["note"]).make(dataset)
    assert dataset.check().problems == []


def notes(*found: str) -> Change:
    years = [{"period": str(2000 + n), "note": note} for n, note in enumerate(found)]
    return rows("", "observations", *years)


def key(kind: str) -> Change:
    if kind == "unique":
        return field("observations", "note", constraints={"unique": True})
    named: Any = [["source", "note"]] if kind == "uniqueKeys" else ["source", "note"]
    return schema("observations", **{kind: named})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unique", []),
        ("uniqueKeys", []),
        ("primaryKey", [("structure/key", "data/observations.csv row 4")]),
    ],
)
def test_empty_cells_repeat_in_a_primary_key_only(
    kind: str, expected: list[tuple[str, str]], dataset: DatasetBuilder
) -> None:
    also("", notes("one", "", "", "two"), key(kind)).make(dataset)
    assert [(p.rule, p.location) for p in dataset.check().problems] == expected


def test_a_mark_for_no_value_is_an_empty_cell_in_a_key(dataset: DatasetBuilder) -> None:
    def marked(toys: DatasetBuilder) -> None:
        toys.field_overrides["observations"] = {"note": {"missingValues": ["", "none"]}}

    also("", notes("one", "none", "none", "two"), edit("", marked), key("uniqueKeys")).make(dataset)
    assert dataset.check().problems == []


def test_a_reference_of_several_columns_that_leads_somewhere_passes(
    dataset: DatasetBuilder,
) -> None:
    there = {"resource": "sources", "fields": ["id", "kind"]}
    also(
        "",
        column("", "sources", kind="report"),
        column("", "observations", kind="report"),
        schema("observations", foreignKeys=[{"fields": ["source", "kind"], "reference": there}]),
    ).make(dataset)
    assert dataset.check().problems == []


@pytest.mark.parametrize("cells", [("", "x", "y"), ("x", "", "y"), ("x", "y", "")], ids=str)
def test_a_primary_key_without_any_value_is_refused_in_whichever_row(
    cells: tuple[str, str, str], dataset: DatasetBuilder
) -> None:
    also("", notes(*cells), schema("observations", primaryKey=["note"])).make(dataset)
    (problem,) = dataset.check().problems
    place = f"data/observations.csv row {cells.index('') + 2}"
    assert (problem.rule, problem.location) == ("structure/key", place)


@pytest.mark.parametrize("cells", [("", "x", "y"), ("x", "", "y"), ("x", "y", "")], ids=str)
def test_a_primary_key_may_be_empty_in_part(
    cells: tuple[str, str, str], dataset: DatasetBuilder
) -> None:
    also("", notes(*cells), key("primaryKey")).make(dataset)
    assert dataset.check().problems == []


def test_a_primary_key_without_any_value_is_refused_before_one_that_lacks_a_part(
    dataset: DatasetBuilder,
) -> None:
    parts = [("", ""), ("", "x"), ("y", "x")]
    cells = [
        {"period": str(2000 + n), "shelf": shelf, "note": note}
        for n, (shelf, note) in enumerate(parts)
    ]
    also(
        "", rows("", "observations", *cells), schema("observations", primaryKey=["shelf", "note"])
    ).make(dataset)
    assert [(p.rule, p.row) for p in dataset.check().problems] == [("structure/key", 2)]
