"""The SQL that makes hub.db: its tables, and what is made once every row is in."""

from __future__ import annotations

from functools import cache
from importlib import resources
from string import Template

from evidencehub.domain import status
from evidencehub.domain.code_lists import SUBDIVISION_LIST
from evidencehub.domain.observation import OBSERVATION_COLUMNS, ObservationColumn

FINISH_FILES = ("indexes.sql", "views.sql", "availability.sql", "coverage.sql", "search.sql")
"""What is made once every row is in, in this order."""


_STATUSES = {
    "total": status.TOTAL,
    "suppressed": status.SUPPRESSED,
    "free": status.FREE,
    "subdivision_list": SUBDIVISION_LIST,
    "secondary_source": status.SECONDARY_SOURCE,
    "is_missing": " or ".join(f"obs_status = '{code}'" for code in status.MISSING_STATUSES),
}
"""What the SQL files call the codes that programs treat differently from others."""


def read_sql(name: str, **texts: str) -> str:
    """Return the text of an SQL file of this package; `texts` stand for names in it (`${name}`)."""
    text = resources.files("evidencehub.load").joinpath(name).read_text("utf-8")
    return Template(text).substitute(_STATUSES, **texts)


@cache
def build_observation_table_sql() -> str:
    """Return the statement that makes the table of observations; staging uses the same."""
    columns = ",\n  ".join(map(_build_column_definition, OBSERVATION_COLUMNS))
    return read_sql("observation_table.sql", columns=columns).strip()


def build_schema_sql() -> str:
    """Return the statements that make every table of hub.db."""
    return read_sql("schema.sql", observation_table=build_observation_table_sql())


def build_finish_sql() -> str:
    """Return the statements that make indexes, views, availability and full-text search."""
    return "\n".join(map(read_sql, FINISH_FILES))


def _build_column_definition(column: ObservationColumn) -> str:
    parts = [column.name, column.sql_type]
    if column.is_required:
        parts.append("not null")
    if column.references:
        parts.append(f"references {column.references} ({column.references})")
    return " ".join(parts)
