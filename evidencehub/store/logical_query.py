"""A query as data: what API, pages and protocols build, and store compiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidencehub.store.resource_model import ApiResource, ResourceColumn

ParamValues = Mapping[str, Sequence[str]]


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
    all: chosen among the rows that meet the conditions. `source_query` has the rows from which
    those of this query are made, if they are counts. `filter_conditions` are the conditions by the
    parameter, or the place in a posted tree, that they come from.
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
    source_query: LogicalQuery | None = None
    filter_conditions: Mapping[str, str] = field(default_factory=dict)
