"""The tables and views of the database, with their columns."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_rows

TABLE_COLUMNS_SQL = """
select t.type, t.name, group_concat(c.name, ', ') as columns
from sqlite_schema as t, pragma_table_info(t.name) as c
where t.type in ('table', 'view') and t.name not like 'sqlite%' and t.name not like 'search%'
group by t.type, t.name
order by t.name
"""


@dataclass(frozen=True, slots=True)
class TableColumnsRow:
    """A table or view (`type`), and the names of its columns joined by commas."""

    type: str
    name: str
    columns: str


def select_tables(db: RowReader) -> list[TableColumnsRow]:
    """Return every table and view by name, without those of the search."""
    return select_rows(db, TableColumnsRow, TABLE_COLUMNS_SQL)
