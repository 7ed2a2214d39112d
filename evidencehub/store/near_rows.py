"""What is near an empty answer: the filter that may be dropped, and areas and groups with rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidencehub.store import query_sql
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import Filter

MAX_NEAR_ROWS = 10_000  # rows that are counted of one suggestion
MAX_NEAR_FILTERS, MAX_NEAR_CODES = 10, 5  # filters that are dropped, codes that are tried


@dataclass(frozen=True)
class NearRows:
    """Rows that would match without one filter, or with another in its place.

    `parameter` and `value` are those of the other filter, empty if there is none. `rows` stops at
    MAX_NEAR_ROWS.
    """

    drop: str
    parameter: str
    value: str
    rows: int


def find_near_rows(
    query: LogicalQuery, execute: Callable[..., list[Any]], reference_data: ReferenceData
) -> list[NearRows]:
    """Return what a query without rows would give without one of its filters.

    For an area and a group come those with rows that lie within, above or beside them.
    """
    near: list[NearRows] = []
    for name, condition in list(query.filter_conditions.items())[:MAX_NEAR_FILTERS]:
        remaining = [other for other in query.conditions if other != condition]
        wider = replace(query, conditions=remaining)
        rows = _count(wider, execute, reference_data)
        if not rows:
            continue
        near += _try_others(name, query, wider, execute, reference_data)
        near.append(NearRows(name, "", "", rows))
    return near


def _try_others(
    name: str,
    query: LogicalQuery,
    wider: LogicalQuery,
    execute: Callable[..., list[Any]],
    reference_data: ReferenceData,
) -> Iterator[NearRows]:
    """Yield the filters with other codes in the place of one, for which there are rows."""
    filter_ = query.resource.filters_by_name.get(name)
    if filter_ is not None and name in _NEAREST_PERIODS:
        yield from _try_period(filter_, wider, execute, reference_data)
    if filter_ is None or filter_.value_set not in ("area", "ethnicity"):
        return
    values = query.filter_values.get(name, ())[:MAX_NEAR_CODES]
    listed: set[tuple[str, str]] = set()
    for value in values:
        for parameter, code, codes in _list_candidates(name, value, reference_data):
            if (parameter, code) in listed:
                continue
            listed.add((parameter, code))
            bindings = dict(wider.bindings)
            condition = _bind(filter_.condition_sql, codes, bindings)
            changed = replace(wider, conditions=[*wider.conditions, condition], bindings=bindings)
            if rows := _count(changed, execute, reference_data):
                yield NearRows(name, parameter, code, rows)


_NEAREST_PERIODS = {"from": "max({period_start})", "to": "min({period_end})"}
"""The edge of the period that comes nearest to a bound, as SQL over columns."""


def _try_period(
    filter_: Filter,
    wider: LogicalQuery,
    execute: Callable[..., list[Any]],
    reference_data: ReferenceData,
) -> Iterator[NearRows]:
    """Yield the bound that the nearest period with rows meets."""
    columns = {name: c.sql for name, c in wider.resource.columns_by_name.items()}
    if "period_start" not in columns:
        return
    edge_sql = _NEAREST_PERIODS[filter_.name].format_map(columns)
    statement = query_sql.compile_value(wider, edge_sql, reference_data)
    edge = execute(*statement)[0][0]
    if edge is None:
        return
    bindings = {**wider.bindings, "edge": edge}
    condition = filter_.condition_sql.replace("{}", ":edge")
    changed = replace(wider, conditions=[*wider.conditions, condition], bindings=bindings)
    if rows := _count(changed, execute, reference_data):
        yield NearRows(filter_.name, filter_.name, edge, rows)


def _list_candidates(
    name: str, value: str, reference_data: ReferenceData
) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """Yield a parameter, its value and the codes for it: all within, above, or beside."""
    hierarchies = reference_data.hierarchies
    if name in ("area", "within"):
        yield "within", value, hierarchies.list_areas_within(value)
        labels = reference_data.value_sets["area"]
        same_place = [code for code, label in labels.items() if label == labels.get(value)]
        for area in [*same_place, *hierarchies.list_area_parents(value)][:MAX_NEAR_CODES]:
            yield "within", area, hierarchies.list_areas_within(area)
        return
    column = name.removesuffix("_within")
    schemes = reference_data.schemes_by_group.get(value)
    groups = [(s, value) for s in schemes] if schemes else [tuple(value.split(":", 1))]
    for scheme, code in groups[:MAX_NEAR_CODES]:
        group = (scheme, code)
        yield f"{column}_within", f"{scheme}:{code}", hierarchies.list_groups_within(group)
        for parent in hierarchies.list_group_parents(group):
            yield column, ":".join(parent), [parent]
        for facet in hierarchies.list_facets(group):
            members = hierarchies.list_groups_within(facet)
            yield column, ":".join(facet), members


def _bind(condition_sql: str, codes: Sequence[Any], bindings: dict[str, Any]) -> str:
    """Return the condition of a filter for some codes, whose values are added to the bindings."""

    def bind(value: str) -> str:
        name = f"n{len(bindings)}"
        bindings[name] = value
        return f":{name}"

    if codes and isinstance(codes[0], tuple):
        pairs = ", ".join(f"({', '.join(map(bind, code))})" for code in codes)
        return condition_sql.replace("{}", pairs)
    return condition_sql.replace("{}", f"({', '.join(map(bind, codes))})")


def _count(
    query: LogicalQuery, execute: Callable[..., list[Any]], reference_data: ReferenceData
) -> int:
    """Return how many rows match, at most MAX_NEAR_ROWS."""
    sql, bindings = query_sql.compile_bounded_count(query, MAX_NEAR_ROWS, reference_data)
    return int(execute(sql, bindings)[0][0])
