"""Are the rows of a query the same by bitmaps as by SQL, page by page, and counted exactly?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest

from evidencehub.api import query_parameters
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.load.row_bitmaps import BITMAP_COLUMNS
from evidencehub.store import query_sql, row_bitmaps
from evidencehub.store.logical_query import LogicalQuery
from tests.support.filters import RichApi

CHOICES: Sequence[Sequence[tuple[str, str]]] = [
    [],
    [("sex", "F")],
    [("sex", "F"), ("sex", "M"), ("from", "2020")],
    [("to", "2019"), ("adjustment", "none")],
    [("dataset", "toy-west"), ("other", "none")],
    [("from", "2030")],
]


@pytest.fixture(scope="module")
def api(rich_hub: Path) -> RichApi:
    return RichApi(rich_hub)


def parse(api: RichApi, params: Sequence[tuple[str, str]], **options: str) -> LogicalQuery:
    return query_parameters.parse_query(OBSERVATIONS, [*params, *options.items()], api.known)


def read_page(api: RichApi, query: LogicalQuery) -> list[tuple[Any, ...]]:
    statement = query_sql.compile_json_rows(query, query.total or 0, api.known)
    return api.database.fetch_all(*statement)


@pytest.mark.parametrize("params", CHOICES)
@pytest.mark.parametrize("limit", [1, 7])
def test_a_walk_by_rowids_meets_each_row_once(
    api: RichApi, params: Sequence[tuple[str, str]], limit: int
) -> None:
    query = parse(api, params, limit=str(limit))
    by_sql = [json.loads(row[0]) for row in read_page(api, replace(query, limit=100_000))]
    walked: list[Any] = []
    position = None
    while True:
        resolved = api.bitmaps.resolve(replace(query, cursor_position=position))
        assert resolved.total == len(by_sql)
        rows = read_page(api, resolved)
        walked += [json.loads(row[0]) for row in rows[:limit]]
        if len(rows) <= limit:
            break
        position = rows[limit - 1][1:]
    assert walked == by_sql


def test_what_is_sorted_is_the_same_by_rowids(api: RichApi) -> None:
    query = parse(api, [("sex", "F")], sort="-value,area", limit="5")
    assert read_page(api, api.bitmaps.resolve(query)) == read_page(api, query)


def test_many_rows_are_counted_and_read_by_an_index(
    api: RichApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_bitmaps, "MAX_LISTED_ROWIDS", 3)
    query = parse(api, [("sex", "F")])
    resolved = api.bitmaps.resolve(query)
    assert resolved.conditions == query.conditions
    assert resolved.total == len(read_page(api, replace(query, limit=100_000)))


def test_every_row_is_in_one_bitmap_of_each_column_that_it_has(rich_hub: Path) -> None:
    db = apsw.Connection(str(rich_hub / "hub.db"), flags=apsw.SQLITE_OPEN_READONLY)
    ((rows,),) = db.execute("select count(*) from observation")
    names = {name for (name,) in db.execute("select distinct column_name from row_bitmap")}
    assert names == set(BITMAP_COLUMNS)
    for name in ("dataset", "indicator", "sex", "period_start", "ethnicity", "adjustment"):
        sizes = [
            len(row_bitmaps.BitMap.deserialize(blob))
            for (blob,) in db.execute(
                "select rowids from row_bitmap where column_name = ?", (name,)
            )
        ]
        assert sum(sizes) == rows, name
    db.close()
