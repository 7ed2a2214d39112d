"""Does every query of the store give the rows that it gave, for all that a hub has?"""

from __future__ import annotations

import pytest

from evidencehub.store.database import RowReader
from tests.support.store_rows import (
    GOLDEN,
    PAGING,
    draw_arguments,
    list_modules,
    list_parameters,
    list_queries,
    render_golden,
    run_query,
)

QUERIES = list_queries()
LIMITED = [name for name, query in QUERIES.items() if set(list_parameters(query)) & set(PAGING)]
RENEW = "If the new rows are right, write them: python -m tests.support.store_rows"


@pytest.mark.parametrize("module", list_modules())
def test_a_module_gives_the_rows_of_its_golden(db: RowReader, module: str) -> None:
    golden = (GOLDEN / f"{module}.json").read_text("utf-8")
    assert render_golden(db, module) == golden, RENEW


def test_each_golden_is_of_a_module() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == list_modules()


@pytest.mark.parametrize("name", [*QUERIES])
def test_a_query_has_arguments_that_it_finds_something_for(db: RowReader, name: str) -> None:
    calls = draw_arguments(db, name, QUERIES[name])
    has_rows = any(run_query(db, QUERIES[name], arguments) for arguments in calls)
    assert has_rows


@pytest.mark.parametrize("name", LIMITED)
def test_a_page_is_a_part_of_all_rows(db: RowReader, name: str) -> None:
    query = QUERIES[name]
    has_offset = "offset" in list_parameters(query)
    for arguments in draw_arguments(db, name, query):
        rows = run_query(db, query, arguments)
        for limit in (1, len(rows)):
            assert run_query(db, query, arguments, limit=limit) == rows[:limit]
        if has_offset:
            assert run_query(db, query, arguments, limit=2, offset=1) == rows[1:3]
