"""Which SQL of a column is never null: what the description of the API may promise of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evidencehub.domain.row_identity import ROW_ID_COLUMN
from evidencehub.store.resource_model import ApiResource

_REQUIRED_TABLE = re.compile(r"(?:^\s*|\bfrom |(?<!left )\bjoin )(\w+) as (\w+)")
"""A table of which every row of the answer has one; those of a left join may be missing."""


def list_required_sql(
    from_sql: str, required_columns: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the columns, with their aliases, that have a value in every row.

    >>> sorted(list_required_sql(
    ...     "gap as g join stratum as s on s.id = g.id left join unit as u on u.id = s.unit",
    ...     {"gap": frozenset({"id"}), "stratum": frozenset({"id"}), "unit": frozenset({"id"})},
    ... ))
    ['g.id', 's.id']
    """
    return frozenset(
        f"{alias}.{column}"
        for table, alias in _REQUIRED_TABLE.findall(from_sql)
        for column in required_columns.get(table, ())
    )


def list_required_columns(
    resource: ApiResource, required_columns: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the names of the columns of a resource that are never null."""
    required_sql = list_required_sql(resource.from_sql, required_columns)
    never_null = required_sql | {*resource.key_columns}
    return frozenset(
        column.name
        for column in resource.columns
        if column.sql in never_null
        or column.name == ROW_ID_COLUMN
        or column.column_type in ("boolean", "list")
    )
