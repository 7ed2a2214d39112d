"""What Datasette's own pages are over: tables, views and stored queries of one database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAMED_PARAMETER = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)")
_LITERAL_OR_COMMENT = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", re.DOTALL
)
_NUMERIC_TYPES = ("INT", "REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL")  # SQLite's rules of affinity


@dataclass(frozen=True, slots=True)
class DatasetteTable:
    """A table or a view: declared types by column, and what may be asked of it.

    `searchable` are the columns of its full-text index.
    """

    name: str
    columns: Mapping[str, str]
    sortable: frozenset[str]
    searchable: frozenset[str]
    is_view: bool

    def is_numeric(self, column: str) -> bool:
        """Whether the column holds numbers."""
        return any(word in self.columns.get(column, "").upper() for word in _NUMERIC_TYPES)

    def is_untyped(self, column: str) -> bool:
        """Whether SQLite compares the column with a text as a text, for it knows no type."""
        return self.columns.get(column) == ""


@dataclass(frozen=True, slots=True)
class DatasetteSchema:
    """Tables and views by name, and the names of the parameters of each stored query."""

    tables: Mapping[str, DatasetteTable]
    queries: Mapping[str, frozenset[str]]


def read_datasette_schema(path: Path, metadata: Mapping[str, Any]) -> DatasetteSchema:
    """The tables of a database that never changes. `metadata` is Datasette's, of it alone."""
    table_metadata = metadata.get("tables", {})
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        objects = connection.execute(
            "select name, type, coalesce(sql, '') from sqlite_master "
            "where type in ('table', 'view') order by name"
        ).fetchall()
        indexes = {name: sql for name, _, sql in objects if _is_fts_index(sql)}
        tables = [
            _read_table(
                connection, name, object_type == "view", table_metadata.get(name, {}), indexes
            )
            for name, object_type, _ in objects
        ]
    queries = {
        name: frozenset(query.get("params") or find_sql_parameters(query["sql"]))
        for name, query in metadata.get("queries", {}).items()
    }
    return DatasetteSchema({table.name: table for table in tables}, queries)


def find_sql_parameters(sql: str) -> set[str]:
    """The names of the parameters of a statement.

    >>> sorted(find_sql_parameters("select ':no' from t where a = :yes and b <= :also"))
    ['also', 'yes']
    """
    return set(_NAMED_PARAMETER.findall(_LITERAL_OR_COMMENT.sub(" ", sql)))


def _is_fts_index(sql: str) -> bool:
    return re.search(r"virtual\s+table.*using\s+fts", sql, re.IGNORECASE | re.DOTALL) is not None


def _read_table(
    connection: sqlite3.Connection,
    name: str,
    is_view: bool,
    metadata: Mapping[str, Any],
    indexes: Mapping[str, str],
) -> DatasetteTable:
    rows = connection.execute("select name, type, pk from pragma_table_info(?)", [name]).fetchall()
    columns = {column: declared_type for column, declared_type, _ in rows}
    if not is_view and not any(key for _, _, key in rows):
        columns["rowid"] = "INTEGER"
    index = metadata.get("fts_table") or _find_fts_index(name, indexes)
    searchable = (
        connection.execute("select name from pragma_table_info(?)", [index]).fetchall()
        if index
        else []
    )
    return DatasetteTable(
        name,
        columns,
        # Datasette lets every table without a key be sorted by its rowid
        frozenset(metadata.get("sortable_columns", columns)) | ({"rowid"} & columns.keys()),
        frozenset(column for (column,) in searchable),
        is_view,
    )


def _find_fts_index(name: str, indexes: Mapping[str, str]) -> str | None:
    """The full-text index over a table, found as Datasette finds it."""
    if name in indexes:
        return name
    content = re.compile(rf"content\s*=\s*[\"'\[]?{re.escape(name)}\b", re.IGNORECASE)
    return next((index for index, sql in indexes.items() if content.search(sql)), None)
