"""What Datasette's own pages are over: tables, views and stored queries of one database."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAMED = re.compile(r":([A-Za-z_][A-Za-z0-9_]*)")
_TEXT_OR_REMARK = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", re.DOTALL)
_NUMERIC = ("INT", "REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL")  # SQLite's rules of affinity


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a view: declared types by column, and what may be asked of it.

    `searchable` are the columns of its full-text index.
    """

    name: str
    columns: Mapping[str, str]
    sortable: frozenset[str]
    searchable: frozenset[str]
    is_view: bool

    def numeric(self, column: str) -> bool:
        """Whether the column holds numbers."""
        return any(word in self.columns.get(column, "").upper() for word in _NUMERIC)

    def untyped(self, column: str) -> bool:
        """Whether SQLite compares the column with a text as a text, for it knows no type."""
        return self.columns.get(column) == ""


@dataclass(frozen=True, slots=True)
class Database:
    """Tables and views by name, and the names of the parameters of each stored query."""

    tables: Mapping[str, Table]
    queries: Mapping[str, frozenset[str]]


def read(path: Path, metadata: Mapping[str, Any]) -> Database:
    """The tables of a database that never changes. `metadata` is Datasette's, of it alone."""
    told = metadata.get("tables", {})
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        found = connection.execute(
            "select name, type, coalesce(sql, '') from sqlite_master "
            "where type in ('table', 'view') order by name"
        ).fetchall()
        indexes = {name: sql for name, _, sql in found if _is_index(sql)}
        tables = [
            _table(connection, name, kind == "view", told.get(name, {}), indexes)
            for name, kind, _ in found
        ]
    queries = {
        name: frozenset(query.get("params") or parameters(query["sql"]))
        for name, query in metadata.get("queries", {}).items()
    }
    return Database({table.name: table for table in tables}, queries)


def parameters(sql: str) -> set[str]:
    """The names of the parameters of a statement.

    >>> sorted(parameters("select ':no' from t where a = :yes and b <= :also"))
    ['also', 'yes']
    """
    return set(_NAMED.findall(_TEXT_OR_REMARK.sub(" ", sql)))


def _is_index(sql: str) -> bool:
    return re.search(r"virtual\s+table.*using\s+fts", sql, re.IGNORECASE | re.DOTALL) is not None


def _table(
    connection: sqlite3.Connection,
    name: str,
    is_view: bool,
    told: Mapping[str, Any],
    indexes: Mapping[str, str],
) -> Table:
    rows = connection.execute("select name, type, pk from pragma_table_info(?)", [name]).fetchall()
    columns = {column: kind for column, kind, _ in rows}
    if not is_view and not any(key for _, _, key in rows):
        columns["rowid"] = "INTEGER"
    index = told.get("fts_table") or _index_of(name, indexes)
    searchable = (
        connection.execute("select name from pragma_table_info(?)", [index]).fetchall()
        if index
        else []
    )
    return Table(
        name,
        columns,
        # Datasette lets every table without a key be sorted by its rowid
        frozenset(told.get("sortable_columns", columns)) | ({"rowid"} & columns.keys()),
        frozenset(column for (column,) in searchable),
        is_view,
    )


def _index_of(name: str, indexes: Mapping[str, str]) -> str | None:
    """The full-text index over a table, found as Datasette finds it."""
    if name in indexes:
        return name
    content = re.compile(rf"content\s*=\s*[\"'\[]?{re.escape(name)}\b", re.IGNORECASE)
    return next((index for index, sql in indexes.items() if content.search(sql)), None)
