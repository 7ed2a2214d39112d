"""A query as data: what API, pages and protocols build, and store compiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.store.resource_model import ApiResource, ResourceColumn

ParamValues = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows whose value of a filter is one of `values`, or, if `is_excluded`, the others.

    Of a group the value is a pair of scheme and code; `from` and `to` have one day. Rows of
    `spared_indicators` are not excluded.
    """

    name: str
    values: Sequence[Any]
    spared_indicators: Sequence[str] = ()
    is_excluded: bool = False


@dataclass(frozen=True)
class LogicalQuery:
    """A query of one resource, every part of it checked.

    `conditions` are conditions, all of which hold, over the values of `bindings`. `sort_order`
    names columns with True for descending; the resource's key follows by itself. `limit` is None
    where every row is wanted. `cursor_position` are the values that the last row before had, and
    `cursor_origin` is what the answer was made from then. `filter_values` are the filters as they
    were given, `digest` tells this choice and order of rows, as it was asked, from others.
    `exclusion` is the condition that leaves out synthetic rows which nobody named; it is one of
    `conditions`. `resolved` has, by parameter and value, the codes that a value of several codes
    stands for. `last_periods` is how many of the newest periods of each series are wanted, 0 for
    all: chosen among the rows that meet the conditions; `first_periods` likewise of the oldest, and
    with both a row is of either. `source_query` has the rows from which
    those of this query are made, if they are counts. `filter_conditions` are the conditions by the
    parameter, or the place in a posted tree, that they come from.
    `selections` says what conditions select by, for those that do so by values. `total` and
    `excluded_total` are the numbers of rows that match, and of those of them that are left out,
    where they are known without counting. `page_rowids` are the rows of the page, and one more if
    another page follows, where they are known without sorting. `compared_facts` are the different
    facts of all rows that an assessment needs, where they are known without reading rows.
    `offset` rows are skipped before the page: for dialects that have no cursor.
    """

    resource: ApiResource
    conditions: Sequence[str]
    bindings: Mapping[str, Any]
    columns: Sequence[ResourceColumn]
    sort_order: Sequence[tuple[ResourceColumn, bool]]
    limit: int | None
    cursor_position: Sequence[Any] | None
    filter_values: ParamValues
    digest: str
    include_labels: bool = True
    single_valued_filters: frozenset[str] = field(default_factory=frozenset)
    exclusion: str = ""
    cursor_origin: str = ""
    resolved: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    last_periods: int = 0
    first_periods: int = 0
    source_query: LogicalQuery | None = None
    filter_conditions: Mapping[str, str] = field(default_factory=dict)
    selections: Mapping[str, Selection] = field(default_factory=dict)
    total: int | None = None
    excluded_total: int | None = None
    page_rowids: Sequence[int] | None = None
    compared_facts: Sequence[Mapping[str, Any]] | None = None
    offset: int = 0
