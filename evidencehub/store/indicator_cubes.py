"""An indicator as a cube: the values of each dimension; and queries of its rows, or a dataset's."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from evidencehub.store.database import HubDatabase, RowReader
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.resource_model import ApiResource, ResourceColumn

INDICATOR_DATASETS_SQL = """
select distinct indicator, dataset from availability order by indicator, dataset
"""
CUBE_COLUMNS = {
    "dataset": "o.dataset",
    "area": "o.area",
    "group": "o.scheme || ':' || o.ethnicity",
    "sex": "o.sex",
    "age": "o.age",
    "other": "o.other",
    "comparator": "o.comparator",
    "adjustment": "o.adjustment",
    "period": "o.period_start || '/' || o.period_end",
}
"""The columns by which the rows of an indicator differ, and their SQL."""
SERIES_COLUMNS = [sql for name, sql in CUBE_COLUMNS.items() if name != "period"]
COMPARISONS = {
    "eq": "{column} = {value}",
    "ne": "{column} <> {value}",
    "lt": "{column} < {value}",
    "le": "{column} <= {value}",
    "gt": "{column} > {value}",
    "ge": "{column} >= {value}",
    "co": "instr({column}, {value}) > 0",
    "nc": "instr({column}, {value}) = 0",
    "sw": "substr({column}, 1, length({value})) = {value}",
    "ew": "substr({column}, -length({value})) = {value}",
    "has": "instr(fold_text({column}), {value}) > 0",
}
"""Comparisons of a column with one value, as SQL; `has` is with a text that is folded already."""
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "co", "nc", "sw", "ew", "has"]


@dataclass(frozen=True, slots=True)
class IndicatorCube:
    """The values that occur in the rows of an indicator, each sorted, by the names of columns.

    `columns` has every name of `CUBE_COLUMNS`; a group is scheme:code, a period start/end.
    """

    indicator: str
    columns: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Membership:
    """The rows whose value of a column of a cube is one of `values`."""

    column: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class ColumnComparison:
    """The rows in which a column of the resource compares so with one of `values`."""

    column: str
    operator: Operator
    values: Sequence[str | float]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The rows that meet every predicate of one of the alternatives."""

    alternatives: Sequence[Sequence[Predicate]]


Predicate = Membership | ColumnComparison | AnyOf


def read_indicator_datasets(database: HubDatabase) -> dict[str, list[str]]:
    """Return the datasets that have observations of each indicator; of others there are none."""
    datasets: dict[str, list[str]] = defaultdict(list)
    for indicator, dataset in database.fetch_all(INDICATOR_DATASETS_SQL):
        datasets[indicator].append(dataset)
    return dict(datasets)


def read_cube(db: RowReader, indicator: str) -> IndicatorCube:
    """Return the values of each dimension in the rows of an indicator."""
    return IndicatorCube(
        indicator,
        {
            name: _select_values(db, sql, "o.indicator = :indicator", {"indicator": indicator})
            for name, sql in CUBE_COLUMNS.items()
        },
    )


def build_query(
    resource: ApiResource, indicator: str, predicates: Sequence[Predicate], columns: Sequence[str]
) -> LogicalQuery:
    """Return the query of some columns of those rows of an indicator that meet all predicates."""
    return _build_scoped_query(resource, ("indicator", indicator), predicates, columns)


def build_dataset_query(
    resource: ApiResource, dataset: str, predicates: Sequence[Predicate], columns: Sequence[str]
) -> LogicalQuery:
    """Return the query of some columns of those rows of a dataset that meet all predicates."""
    return _build_scoped_query(resource, ("dataset", dataset), predicates, columns)


def _build_scoped_query(
    resource: ApiResource,
    scope: tuple[str, str],
    predicates: Sequence[Predicate],
    columns: Sequence[str],
) -> LogicalQuery:
    name, value = scope
    conditions, bindings = [f"o.{name} = :{name}"], {name: value}
    for number, predicate in enumerate(predicates):
        conditions.append(_compile_predicate(predicate, resource, f"v{number}", bindings))
    return LogicalQuery(
        resource,
        conditions,
        bindings,
        columns=[resource.columns_by_name[name] for name in columns],
        sort_order=(),
        limit=None,
        cursor_position=None,
        filter_values={name: [value]},
        digest="",
    )


def count_series(query: LogicalQuery, db: RowReader) -> int:
    """Return how many series the rows of a query of one indicator form."""
    columns = ", ".join(f"{sql} as c{number}" for number, sql in enumerate(SERIES_COLUMNS))
    condition = " and ".join(f"({condition})" for condition in query.conditions)
    sql = f"select distinct {columns} from {query.resource.from_sql} where {condition}"
    return int(str(db(f"select count(*) from ({sql})", query.bindings)[0][0]))


def read_available(query: LogicalQuery, db: RowReader) -> IndicatorCube:
    """Return the values of each dimension in the rows of a query of one indicator."""
    condition = " and ".join(f"({condition})" for condition in query.conditions)
    (indicator,) = query.filter_values["indicator"]
    source = query.resource.from_sql
    return IndicatorCube(
        indicator,
        {
            name: _select_values(db, sql, condition, query.bindings, source)
            for name, sql in CUBE_COLUMNS.items()
        },
    )


def order_by_series(query: LogicalQuery) -> LogicalQuery:
    """Return the query with the rows of a series one after the other, the earliest period first."""
    keys = [sql for sql in query.resource.key_columns if not sql.startswith("o.period_")]
    periods = [sql for sql in query.resource.key_columns if sql.startswith("o.period_")]
    order = [(ResourceColumn(sql, sql, "text", ""), False) for sql in (*keys, *periods)]
    return replace(query, sort_order=order)


def _select_values(
    db: RowReader,
    sql: str,
    condition: str,
    bindings: Mapping[str, Any],
    source: str = "observation as o",
) -> list[str]:
    statement = f"select distinct {sql} as value from {source} where {condition} order by value"
    return [value for (value,) in db(statement, bindings)]


def _compile_predicate(
    predicate: Predicate, resource: ApiResource, name: str, bindings: dict[str, Any]
) -> str:
    if isinstance(predicate, Membership):
        bindings[name] = json.dumps(list(predicate.values))
        column = CUBE_COLUMNS[predicate.column]
        return f"{column} in (select value from json_each(:{name}))"
    if isinstance(predicate, AnyOf):
        return _compile_alternatives(predicate, resource, name, bindings)
    column = resource.columns_by_name[predicate.column].sql
    parts = []
    for number, value in enumerate(predicate.values):
        bindings[f"{name}_{number}"] = value
        template = COMPARISONS[predicate.operator]
        parts.append(template.format(column=column, value=f":{name}_{number}"))
    joint = " and " if predicate.operator in ("ne", "nc") else " or "
    return f"({joint.join(parts)}) is true"


def _compile_alternatives(
    predicate: AnyOf, resource: ApiResource, name: str, bindings: dict[str, Any]
) -> str:
    """Return the condition of which one alternative holds; one without predicates always does."""
    alternatives = []
    for number, predicates in enumerate(predicate.alternatives):
        parts = [
            _compile_predicate(item, resource, f"{name}_{number}_{place}", bindings)
            for place, item in enumerate(predicates)
        ]
        alternatives.append(f"({' and '.join(parts) or '1'})")
    return " or ".join(alternatives)
