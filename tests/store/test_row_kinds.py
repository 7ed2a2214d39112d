"""Are the facts of rows the same by their kinds as by SQL, and read by SQL where kinds end?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest

from evidencehub.api import query_parameters
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.domain import comparison_kinds as kinds_of_rows
from evidencehub.load import comparison_kinds
from evidencehub.load.comparison_kinds import ComparisonKinds
from evidencehub.load.schema import build_schema_sql
from evidencehub.store import answer_summary, row_kinds
from evidencehub.store.database import HubDatabase
from evidencehub.store.row_kinds import RowKinds
from tests.support.filters import RichApi

CHOICES: Sequence[Sequence[tuple[str, str]]] = [
    [],
    [("sex", "F")],
    [("adjustment", "none")],
    [("comparator", "none"), ("from", "2019")],
    [("obs_status", "B")],
    [("verification", "C1")],
    [("dataset", "toy-west")],
]


@pytest.fixture(scope="module")
def api(rich_hub: Path) -> RichApi:
    return RichApi(rich_hub)


def list_combinations(api: RichApi, query: Any) -> set[tuple[Any, ...]] | None:
    facts = answer_summary._read_combinations(query, 1, api.database.fetch_all, api.known)
    return None if facts is None else {tuple(item.items()) for item in facts}


@pytest.mark.parametrize("params", CHOICES)
def test_facts_are_those_that_sql_finds(api: RichApi, params: Sequence[tuple[str, str]]) -> None:
    query = query_parameters.parse_query(OBSERVATIONS, params, api.known)
    resolved = api.bitmaps.resolve(query)
    assert resolved.compared_facts is not None
    assert list_combinations(api, resolved) == list_combinations(api, query)


def test_more_kinds_than_are_kept_or_assessed(
    api: RichApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = query_parameters.parse_query(OBSERVATIONS, [], api.known)
    rowids = [rowid for (rowid,) in api.database.fetch_all("select rowid from observation")]
    everything = {tuple(i.items()) for i in RowKinds(api.database).list_facts(rowids) or ()}
    assert len(everything) > 3
    monkeypatch.setattr(row_kinds, "MAX_KEPT_KINDS", 2)
    kinds = RowKinds(api.database)
    for _ in range(2):
        facts = kinds.list_facts(rowids)
        assert facts is not None
        assert {tuple(item.items()) for item in facts} == everything
    monkeypatch.setattr(row_kinds, "MAX_COMPARED_COMBINATIONS", 3)
    assert len(kinds.list_facts(rowids) or ()) == 4
    monkeypatch.setattr(answer_summary, "MAX_COMPARED_COMBINATIONS", 3)
    assert list_combinations(api, replace(query, compared_facts=kinds.list_facts(rowids))) is None


def test_rows_of_several_pieces_and_rows_beyond_the_last_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison_kinds, "MAX_KINDS", 2)
    rowids = [1, kinds_of_rows.CHUNK_ROWS - 1, kinds_of_rows.CHUNK_ROWS, 200_000]
    names = ["a", "b", "a", "c"]
    width = len(kinds_of_rows.COMPARISON_FACTS_SQL) - 2
    columns = [*([names] * width), [0, 1, 0, 0], [0] * 4]
    kinds = ComparisonKinds()
    kinds.add(rowids[:2], [column[:2] for column in columns])
    kinds.add(rowids[2:], [column[2:] for column in columns])
    file = tmp_path / "kinds.db"
    db = apsw.Connection(str(file))
    db.execute(build_schema_sql())
    kinds.save(db)
    db.close()
    read = RowKinds(HubDatabase(file))
    assert [item["dataset"] for item in read.list_facts([rowids[0], rowids[2]]) or ()] == ["a"]
    found = read.list_facts(rowids[:3]) or ()
    assert {(item["dataset"], item["has_break"]) for item in found} == {("a", 0), ("b", 1)}
    assert read.list_facts(rowids) is None
