"""Which observations a query selects, from bitmaps: how many they are, and which ones."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from operator import ge, le
from typing import Any, TypeGuard

from pyroaring import BitMap

from evidencehub.store.comparability_verdicts import MAX_ASSESSED_ROWS
from evidencehub.store.database import HubDatabase
from evidencehub.store.logical_query import LogicalQuery, Selection
from evidencehub.store.query_sql import ROWIDS_CONDITION
from evidencehub.store.row_kinds import RowKinds

BITMAP_SQL = "select rowids from row_bitmap where column_name = ? and column_value = ?"
COLUMNS_SQL = "select distinct column_name from row_bitmap order by column_name"
VALUES_SQL = """
select column_value from row_bitmap where column_name = ? order by column_value
"""
MAX_CACHED_BITMAPS = 4_096  # of some kilobytes each
MAX_LISTED_ROWIDS = 5_000
"""A query that matches more rows is read in the order of an index, which finds a page early."""
RESOURCE = "observations"
"""The resource whose rows the bitmaps have."""

_BOUNDS: dict[str, tuple[str, Callable[[str, str], bool]]] = {
    "from": ("period_start", ge),
    "to": ("period_end", le),
}
"""The filters that select by a bound: the column, and how its values compare with the bound."""


_COLUMNS_OF_FILTERS = {"within": "area", "ethnicity_within": "ethnicity", "age_within": "age"}
"""Filters that select by the values of a column with another name."""


class RowBitmaps:
    """The bitmaps of one build, read as they are needed and kept."""

    def __init__(self, database: HubDatabase) -> None:
        self._fetch_all = database.fetch_all
        self._row_kinds = RowKinds(database)
        self._columns = frozenset(name for (name,) in database.fetch_all(COLUMNS_SQL))
        self._read_bitmap = lru_cache(MAX_CACHED_BITMAPS)(self._load_bitmap)
        self._list_values = lru_cache(len(self._columns) or 1)(self._load_values)

    def resolve(self, query: LogicalQuery) -> LogicalQuery:
        """Return the query with its totals, and by the rowids of its rows where these are few.

        It is returned as it is where a condition does not select by the values of a column.
        """
        selections = self._list_selections(query)
        if selections is None:
            return query
        matches = self._intersect([item for item in selections if not item.is_excluded])
        excluded = self._list_excluded([item for item in selections if item.is_excluded])
        rowids = matches - excluded
        excluded_total = matches.intersection_cardinality(excluded)
        counted = replace(
            query,
            total=len(rowids),
            excluded_total=excluded_total,
            page_rowids=self._list_first_page(query, rowids),
            compared_facts=self._list_compared_facts(rowids),
        )
        return _restrict(counted, rowids) if 0 < len(rowids) <= MAX_LISTED_ROWIDS else counted

    def _list_first_page(self, query: LogicalQuery, rowids: BitMap) -> Sequence[int] | None:
        """Return the rows of the first page and one more; None where rowids are in another order.

        The rows of a dataset stand together, in the order of their key.
        """
        is_first = query.cursor_position is None and not query.sort_order
        if query.limit is None or not is_first or not rowids:
            return None
        number = bisect_right(self._first_rowids, rowids.min())
        is_of_one_dataset = number == bisect_right(self._first_rowids, rowids.max())
        return list(rowids[: query.limit + 1]) if is_of_one_dataset else None

    def _list_compared_facts(self, rowids: BitMap) -> Sequence[Mapping[str, Any]] | None:
        return self._row_kinds.list_facts(rowids) if len(rowids) <= MAX_ASSESSED_ROWS else None

    @cached_property
    def _first_rowids(self) -> Sequence[int]:
        """The rowid of the first row of each dataset, in order."""
        return sorted(self._unite("dataset", [name]).min() for name in self._list_values("dataset"))

    def _list_selections(self, query: LogicalQuery) -> list[Selection] | None:
        """Return what the conditions select by; None where one does not select by a column."""
        if not _selects_observations(query):
            return None
        selections = [query.selections.get(condition) for condition in query.conditions]
        covered = [selection for selection in selections if self._is_covered(selection)]
        return covered if len(covered) == len(selections) else None

    def _list_excluded(self, selections: Sequence[Selection]) -> BitMap:
        excluded = BitMap()
        for selection in selections:
            spared = self._unite("indicator", selection.spared_indicators)
            excluded |= self._select(selection) - spared
        return excluded

    def _intersect(self, selections: Sequence[Selection]) -> BitMap:
        """Return the rowids that are in all selections; all there are without any."""
        if not selections:
            return self._unite("dataset", self._list_values("dataset"))
        return BitMap.intersection(*sorted(map(self._select, selections), key=len))

    def _is_covered(self, selection: Selection | None) -> TypeGuard[Selection]:
        if selection is None:
            return False
        name = _COLUMNS_OF_FILTERS.get(selection.name, selection.name)
        return name in self._columns or name in _BOUNDS

    def _select(self, selection: Selection) -> BitMap:
        if selection.name in _BOUNDS:
            column, is_within = _BOUNDS[selection.name]
            (bound,) = selection.values
            days = self._list_values(column)
            return self._unite(column, [day for day in days if is_within(day, bound)])
        column = _COLUMNS_OF_FILTERS.get(selection.name, selection.name)
        values = [":".join(v) if isinstance(v, tuple) else v for v in selection.values]
        return self._unite(column, values)

    def _unite(self, column: str, values: Iterable[str]) -> BitMap:
        bitmaps = [self._read_bitmap(column, value) for value in values]
        return bitmaps[0] if len(bitmaps) == 1 else BitMap.union(BitMap(), *bitmaps)

    def _load_bitmap(self, column: str, value: str) -> BitMap:
        rows = self._fetch_all(BITMAP_SQL, (column, value))
        return BitMap.deserialize(rows[0][0]) if rows else BitMap()

    def _load_values(self, column: str) -> Sequence[str]:
        return [value for (value,) in self._fetch_all(VALUES_SQL, (column,))]


def _selects_observations(query: LogicalQuery) -> bool:
    """Whether all rows that meet the conditions are wanted, and neither the newest nor counts."""
    is_derived = query.last_periods or query.first_periods or query.source_query is not None
    return query.resource.name == RESOURCE and not is_derived


def _restrict(query: LogicalQuery, rowids: BitMap) -> LogicalQuery:
    """Return the query for rows that are known."""
    bindings = {"rowids": json.dumps(list(rowids))}
    return replace(query, conditions=[ROWIDS_CONDITION], bindings=bindings)
