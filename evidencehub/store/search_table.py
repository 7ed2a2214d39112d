"""The search as a table of SQLite, so that a query of the API can select from its matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import apsw
import apsw.ext

from evidencehub.domain.page_addresses import build_item_path
from evidencehub.store.search_matches import match_pages
from evidencehub.store.search_terms import match_any

TABLE = "search_match"
COLUMNS = (
    *("page", "position", "kind", "id", "title", "context", "path", "score", "has_all_words"),
    "expression",
)
MAX_CACHED_QUERIES = 16  # of one connection: an answer asks for its rows, their number and more

MatchRow = tuple[int | str | float, ...]


def register_search_table(connection: apsw.Connection) -> None:
    """Give a connection the table `search_match`, which has the pages that match its `query`.

    `select … from search_match where query = ?`: `page` is the rowid in search_page, `position`
    counts from 1, the best first, `path` is the address below the site's, `expression` marks in
    search_page what was looked for. `has_all_words` is 1 if the page has every word of the query,
    or a word for it. Without a query the table is empty.
    """

    def run_query(sql: str, bindings: Sequence[Any]) -> list[tuple[Any, ...]]:
        return list(connection.execute(sql, bindings))

    @lru_cache(MAX_CACHED_QUERIES)
    def list_matches(query: str) -> tuple[MatchRow, ...]:
        matches = match_pages(run_query, query)
        expression = match_any(matches.terms)
        return tuple(
            (
                page.page_rowid,
                position,
                page.kind,
                page.id,
                page.title,
                page.context,
                build_item_path(page.kind, page.id),
                round(page.score, 4),
                int(page.has_all_words),
                expression,
            )
            for position, page in enumerate(matches.ranked_pages, 1)
        )

    def select_matches(query: str = "") -> Iterator[MatchRow]:
        yield from list_matches(query)

    table: Any = select_matches  # a function with the attributes that apsw asks of a table
    table.columns, table.column_access = COLUMNS, apsw.ext.VTColumnAccess.By_Index
    apsw.ext.make_virtual_module(connection, TABLE, table)
