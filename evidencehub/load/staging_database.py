"""The staging database of one dataset: rows in the hub's shape, not yet judged as a whole.

The rules that need the whole dataset ask it by SQL; what passes is copied into hub.db. The
table of observations is the hub's own, with its constraints switched off: the rules look for
everything that a constraint forbids, and say it better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import apsw

from evidencehub.domain.columns import Cell, Column, HubChunk
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE
from evidencehub.domain.observation import REQUIRED_CONCEPTS
from evidencehub.load.code_list_rows import CODE_LIST_TABLES
from evidencehub.load.schema import build_observation_table_sql

_SQL_TYPES = {"number": "real", "integer": "integer"}
METADATA_TABLES = {
    "dataset": (
        "dataset", "title", "description", "version", "created", "licence", "licence_url",
        "publisher", "contact", "language", "homepage", "whose_ethnicity", "ethnicity_recording",
        "ethnicity_completeness", "ethnicity_known", "ethnicity_unknown", "same_source",
        "unit_of_count", "population_year", "disclosure_policy", "verification", "next_update",
        "caveats", "governance", "comparability", "release_note", "about", "synthetic",
        "origin", "origin_title", "origin_url", "origin_sha256", "origin_fetched_at",
        "origin_chain",
    ),
    "dataset_subject": ("dataset", "list", "code"),
    "dataset_country": ("dataset", "area"),
    "change_note": ("dataset", "position", "version", "changed_on", "text"),
    "main_fact": ("indicator", "position", "dataset", "text"),
    "populated_column": ("role", "name", "extra"),
    "used_dimensions": ("other",),
    "row_exclusion": ("dataset", "file", "reason", "rows"),
    "stratum": (
        "stratum", "indicator", "scheme", "dimension", "area", "period_start", "period_end", "sex",
        "age", "other", "adjustment", "ethnicity", "ci_level",
    ),
    "gap": (
        "stratum", "ethnicity", "reference", "difference", "difference_se", "difference_lower",
        "difference_upper", "ratio", "ratio_se", "ratio_lower", "ratio_upper", "ci_method",
        "decimals", "ratio_decimals", "ratio_min", "ratio_max",
    ),
    "gap_context": (
        "stratum", "ethnicity", "unknown_difference_min", "unknown_difference_max",
        "unknown_ratio_min", "unknown_ratio_max", "events_above_reference",
        "events_above_reference_lower", "events_above_reference_upper", "earlier_start",
        "earlier_end", "difference_change", "difference_change_lower", "difference_change_upper",
        "ratio_change", "ratio_change_lower", "ratio_change_upper", "difference_word",
        "ratio_word", "moved",
    ),
    "inequality": (
        "stratum", "measure", "reference", "value", "se", "ci_lower", "ci_upper", "ci_method",
        "groups", "excluded", "exploratory", "homogeneity_p", "decimals",
    ),
    "inequality_missing": (
        "indicator", "scheme", "dimension", "measure", "what", "why", "strata",
    ),
    **{f"own_{table}": names for table, names in CODE_LIST_TABLES.items()},
}  # fmt: skip
"""Tables of what the descriptor says, and the package's own code lists."""

STAGED_ROLES = [role for role in CONCEPTS_BY_ROLE if role not in ("observations", "codes")]
"""Roles with a table of their own here; codes come in as the package's own lists."""

LARGE_INPUT_BYTES = 4_000_000
_PRAGMAS = (
    "pragma ignore_check_constraints = on",
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "pragma locking_mode = exclusive",
    "pragma cache_size = -8192",
)


def staging_columns(role: str) -> list[str]:
    """The columns of a role's staging table, in order."""
    concepts = [
        name for name, concept in CONCEPTS_BY_ROLE[role].items() if concept.cell_type != "period"
    ]
    return ["file", "row", *concepts, "extra"]


def _create_table_sql(role: str) -> str:
    kinds = {
        name: _SQL_TYPES.get(c.cell_type, "text") for name, c in CONCEPTS_BY_ROLE[role].items()
    }
    kinds |= {"file": "text", "row": "integer", "extra": "text"}
    inner = ", ".join(f'"{name}" {kinds[name]}' for name in staging_columns(role))
    return f"create table {role} ({inner}) strict"


class StagingDatabase:
    """Writes one dataset's staging database; use as a context, it commits when left well."""

    def __init__(self, path: Path, slug: str, input_bytes: int) -> None:
        """Make the database at `path`, which must not be there yet, for the dataset `slug`.

        `input_bytes` is that of its tables in bytes: every table takes a page even if it is empty,
        and each page takes a call to the system.
        """
        path.write_bytes(_empty_database(32_768 if input_bytes > LARGE_INPUT_BYTES else 4_096))
        self._db = apsw.Connection(str(path))
        for pragma in _PRAGMAS:
            self._db.execute(pragma)
        self._slug = slug
        self._db.execute("begin")
        self._populated_columns: dict[tuple[str, str], bool] = {}

    def write_chunk(self, chunk: HubChunk) -> None:
        """Append a chunk. What is the same in every row goes into the statement, not into binds."""
        table, columns = chunk.role, chunk.columns
        values = {"row": "?1", "file": apsw.format_sql_value(chunk.file)}
        if table == "observations":
            table, columns = "observation", _complete_observations(chunk)
            values["dataset"] = apsw.format_sql_value(self._slug)
        bound_columns: list[Iterable[Cell]] = [chunk.rows]
        for name, column in columns.items():
            if not (column.is_constant and column.values[0] in (None, "")):
                self._populated_columns[chunk.role, name] = False
            if column.is_constant and _is_literal(column.values[0]):
                values[name] = apsw.format_sql_value(column.values[0])
            else:
                bound_columns.append(column)
                values[name] = f"?{len(bound_columns)}"
        if chunk.unmapped:
            values["extra"] = _json_object_sql(chunk.unmapped, len(bound_columns) + 1)
            bound_columns += chunk.unmapped.values()
            self._populated_columns |= {(chunk.role, name): True for name in chunk.unmapped}
        # by position, not by name: apsw looks the statement up by its text for every row
        placeholders = ", ".join(values.get(name, "null") for name in _table_columns(table))
        self._db.executemany(
            f"insert into {table} values ({placeholders})", zip(*bound_columns, strict=True)
        )

    def write_mappings(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Fill one of the tables of TOLD; what a row does not say is left empty."""
        names = METADATA_TABLES[table]
        self.write_rows(table, [tuple(map(row.get, names)) for row in rows])

    def write_rows(self, table: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Fill one of the tables of TOLD with rows whose cells are in its order."""
        placeholders = ", ".join("?" * len(METADATA_TABLES[table]))
        self._db.executemany(f"insert into {table} values ({placeholders})", rows)

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The answer to a question, as the rules ask it."""
        return list(self._db.execute(sql, values))

    def commit_and_close(self) -> None:
        """Note which columns hold anything, commit, and let go of the file."""
        populated = self._populated_columns.items()
        self.write_mappings(
            "populated_column", [{"role": r, "name": n, "extra": int(e)} for (r, n), e in populated]
        )
        self._db.execute("commit")
        self._db.close()


@cache
def _empty_database(page_size: int) -> bytes:
    """A staging database without rows: one is made, the others are copies of it."""
    db = apsw.Connection(":memory:")
    db.execute(f"pragma page_size = {page_size}")
    db.execute(build_observation_table_sql())
    for role in STAGED_ROLES:
        db.execute(_create_table_sql(role))
    for table, names in METADATA_TABLES.items():
        db.execute(f"create table {table} ({', '.join(names)})")
    return db.serialize("main")


@cache
def _table_columns(table: str) -> list[str]:
    """The columns of a role's table, as they stand in it."""
    db = apsw.Connection(":memory:")
    db.execute(
        build_observation_table_sql() if table == "observation" else _create_table_sql(table)
    )
    return [row[1] for row in db.execute(f"pragma table_info({table})")]


def _complete_observations(chunk: HubChunk) -> dict[str, Column]:
    """Return the columns of observations; what every row must state is an empty text, not null."""
    columns = {"derived": Column.constant("", len(chunk)), **chunk.columns}
    for name in REQUIRED_CONCEPTS & columns.keys():
        if None in columns[name].values:
            columns[name] = columns[name].map(lambda cell: "" if cell is None else cell)
    return columns


def _json_object_sql(columns: Iterable[str], first_placeholder: int) -> str:
    """SQL that makes one JSON object of the columns without a concept."""
    names = enumerate(map(apsw.format_sql_value, columns), start=first_placeholder)
    pairs = (f"{name}, ?{placeholder}" for placeholder, name in names)
    return f"json_object({', '.join(pairs)})"


def _is_literal(value: Cell) -> bool:
    return not isinstance(value, str) or "\0" not in value
