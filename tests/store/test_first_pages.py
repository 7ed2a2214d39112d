"""The first page of values is known by rowids: those that sorting by the key would give."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from evidencehub.api.query_parameters import parse_query
from evidencehub.api.resources import ALL_RESOURCES
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.store.database import HubDatabase
from evidencehub.store.query_sql import compile_json_page, render_rows
from evidencehub.store.reference_data import read_reference_data
from evidencehub.store.row_bitmaps import RowBitmaps

KEY = ", ".join(OBSERVATIONS.key_columns)


@pytest.fixture(scope="module", params=["shipped", "rich"])
def build(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue({"shipped": "built", "rich": "rich_hub"}[request.param]))


def test_the_first_rowids_are_the_first_rows(build: Path) -> None:
    database = HubDatabase(build / "hub.db")
    reference_data = read_reference_data(database, build, ALL_RESOURCES)
    bitmaps = RowBitmaps(database)
    values = reference_data.value_sets
    asked = [
        *([("dataset", name)] for name in values["dataset"]),
        *([("indicator", name)] for name in values["indicator"]),
        *([("area", name)] for name in values["area"]),
        *([("dataset", d), ("sex", s)] for d, s in itertools.product(values["dataset"], "FM")),
        [("synthetic", "true")],
        [],
    ]
    paged, unpaged = 0, 0
    for params in asked:
        known = [pair for pair in params if pair[0] in OBSERVATIONS.filters_by_name]
        query = parse_query(OBSERVATIONS, [*known, ("limit", "7")], reference_data)
        page = bitmaps.resolve(query).page_rowids
        if page is None:
            unpaged += 1
            continue
        sql = f"select o.rowid from {render_rows(query)} order by {KEY} limit 8"
        bound = {name: value for name, value in query.bindings.items() if f":{name}" in sql}
        assert list(page) == [rowid for (rowid,) in database.fetch_all(sql, bound)], params
        paged += 1
    assert paged >= 20
    assert unpaged  # rows of several datasets stand in another order


def test_the_rows_of_a_dataset_stand_in_the_order_of_their_key(build: Path) -> None:
    database = HubDatabase(build / "hub.db")
    rows = database.fetch_all(
        f"select o.dataset, o.rowid from observation as o order by o.dataset, {KEY}"
    )
    rowids = [rowid for _, rowid in rows]
    assert rowids == sorted(rowids)


def test_a_later_page_of_many_rows_is_read_in_the_order_of_the_key(build: Path) -> None:
    database = HubDatabase(build / "hub.db")
    reference_data = read_reference_data(database, build, ALL_RESOURCES)
    query = parse_query(OBSERVATIONS, [("sex", "F"), ("limit", "2")], reference_data)
    first, *_ = database.fetch_all(f"select {KEY} from observation as o order by {KEY}")
    later = replace(query, cursor_position=list(first))
    statement, bindings = compile_json_page(later, 1_000_000, reference_data)
    plan = [step for *_, step in database.fetch_all(f"explain query plan {statement}", bindings)]
    assert any("o USING INDEX observation_key" in step for step in plan), plan
    # rows that share all but the last few parts of the key may be sorted among themselves
    sorted_terms = [re.findall(r"LAST (\d+) TERMS", step) for step in plan if "TEMP B-TREE" in step]
    assert all(terms and int(terms[0]) <= 5 for terms in sorted_terms), plan
    nulls = " or ".join(f"{column} is null" for column in OBSERVATIONS.key_columns)
    assert database.fetch_all(f"select 1 from observation as o where {nulls}") == []
