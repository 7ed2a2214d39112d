"""The staging database of one dataset: rows in the hub's shape, not yet judged as a whole.

The rules that need the whole dataset ask it by SQL; what passes is copied into hub.db. The
table of observations is the hub's own, with its constraints switched off: the rules look for
everything that a constraint forbids, and say it better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import apsw

from evidencehub.load.lists import OWN
from evidencehub.model.columns import Cell, Column, HubChunk
from evidencehub.model.vocabulary import ROLES

_TYPES = {"number": "real", "integer": "integer"}
TOLD = {
    "dataset": (
        "dataset", "title", "description", "version", "created", "licence", "licence_url",
        "publisher", "contact", "language", "homepage", "whose_ethnicity", "ethnicity_recording",
        "ethnicity_completeness", "ethnicity_known", "ethnicity_unknown", "same_source",
        "population_year", "disclosure_policy", "verification", "next_update", "caveats",
        "comparability", "release_note", "about", "synthetic",
    ),
    "dataset_subject": ("dataset", "list", "code"),
    "country": ("dataset", "area"),
    "change": ("dataset", "position", "version", "changed_on", "text"),
    "main_fact": ("indicator", "position", "dataset", "text"),
    "shown": ("role", "name", "extra"),
    "used_other": ("other",),
    "held_back": ("dataset", "file", "reason", "rows"),
    "stratum": (
        "stratum", "indicator", "scheme", "dimension", "area", "period_start", "period_end", "sex",
        "age", "other", "adjustment", "ethnicity", "ci_level",
    ),
    "gap": (
        "stratum", "ethnicity", "reference", "difference", "difference_se", "difference_lower",
        "difference_upper", "ratio", "ratio_se", "ratio_lower", "ratio_upper",
    ),
    "inequality": (
        "stratum", "measure", "reference", "value", "se", "ci_lower", "ci_upper", "ci_method",
        "groups", "excluded", "exploratory",
    ),
    "inequality_missing": (
        "indicator", "scheme", "dimension", "measure", "what", "why", "strata",
    ),
    **{f"own_{table}": names for table, names in OWN.items()},
}  # fmt: skip
"""Tables of what the descriptor says, and the package's own code lists."""

STAGED = [role for role in ROLES if role not in ("observations", "codes")]
"""Roles with a table of their own here; codes come in as the package's own lists."""

LARGE = 4_000_000
_PRAGMAS = (
    "pragma ignore_check_constraints = on",
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "pragma locking_mode = exclusive",
    "pragma cache_size = -8192",
)


def columns(role: str) -> list[str]:
    """The columns of a role's staging table, in order."""
    concepts = [name for name, concept in ROLES[role].items() if concept.kind != "period"]
    return ["file", "row", *concepts, "extra"]


def _table(role: str) -> str:
    kinds = {name: _TYPES.get(c.kind, "text") for name, c in ROLES[role].items()}
    kinds |= {"file": "text", "row": "integer", "extra": "text"}
    inner = ", ".join(f'"{name}" {kinds[name]}' for name in columns(role))
    return f"create table {role} ({inner}) strict"


class Staging:
    """Writes one dataset's staging database; use as a context, it commits when left well."""

    def __init__(self, path: Path, slug: str, size: int) -> None:
        """Make the database at `path`, which must not be there yet, for the dataset `slug`.

        `size` is that of its tables in bytes: every table takes a page even if it is empty, and
        each page takes a call to the system.
        """
        path.write_bytes(_empty(32_768 if size > LARGE else 4_096))
        self._db = apsw.Connection(str(path))
        for pragma in _PRAGMAS:
            self._db.execute(pragma)
        self._slug = slug
        self._db.execute("begin")
        self._shown: dict[tuple[str, str], bool] = {}

    def write(self, chunk: HubChunk) -> None:
        """Append a chunk. What is the same in every row goes into the statement, not into binds."""
        columns = chunk.columns
        table = "observation" if chunk.role == "observations" else chunk.role
        fixed: dict[str, Cell] = {"file": chunk.file}
        if table == "observation":
            columns = {n: _filled(c) if n in NEVER_NULL else c for n, c in columns.items()}
            fixed |= {"dataset": self._slug}
            columns.setdefault("derived", Column.constant("", len(chunk)))
        binds: list[Iterable[Cell]] = [chunk.rows]
        values = {"row": "?1", **{n: apsw.format_sql_value(v) for n, v in fixed.items()}}
        for name, column in columns.items():
            if not (column.is_constant and column.values[0] in (None, "")):
                self._shown[chunk.role, name] = False
            if column.is_constant and _is_literal(column.values[0]):
                values[name] = apsw.format_sql_value(column.values[0])
            else:
                binds.append(column)
                values[name] = f"?{len(binds)}"
        if chunk.extra:
            values["extra"] = _json_object(chunk.extra, len(binds) + 1)
            binds += chunk.extra.values()
            self._shown |= {(chunk.role, name): True for name in chunk.extra}
        # by position, not by name: apsw looks the statement up by its text for every row
        places = ", ".join(values.get(name, "null") for name in _names(table))
        self._db.executemany(f"insert into {table} values ({places})", zip(*binds, strict=True))

    def tell(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Fill one of the tables of TOLD; what a row does not say is left empty."""
        names = TOLD[table]
        self.fill(table, [tuple(map(row.get, names)) for row in rows])

    def fill(self, table: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Fill one of the tables of TOLD with rows whose cells are in its order."""
        places = ", ".join("?" * len(TOLD[table]))
        self._db.executemany(f"insert into {table} values ({places})", rows)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The answer to a question, as the rules ask it."""
        return list(self._db.execute(sql, values))

    def close(self) -> None:
        """Note which columns hold anything, commit, and let go of the file."""
        shown = self._shown.items()
        self.tell("shown", [{"role": r, "name": n, "extra": int(e)} for (r, n), e in shown])
        self._db.execute("commit")
        self._db.close()


NEVER_NULL = frozenset(
    (
        "indicator", "area", "period_start", "period_end", "scheme", "ethnicity", "sex", "age",
        "other", "comparator", "adjustment", "obs_status", "conf_status",
    )
)  # fmt: skip
"""Columns of an observation that always hold something; what is missing is empty text here."""


@cache
def _empty(page_size: int) -> bytes:
    """A staging database without rows: one is made, the others are copies of it."""
    db = apsw.Connection(":memory:")
    db.execute(f"pragma page_size = {page_size}")
    for statement in _tables():
        db.execute(statement)
    return db.serialize("main")


def _tables() -> list[str]:
    """The statements that make the tables."""
    told = (f"create table {table} ({', '.join(names)})" for table, names in TOLD.items())
    return [_observation(), *map(_table, STAGED), *told]


@cache
def _names(table: str) -> list[str]:
    """The columns of a role's table, as they stand in it."""
    db = apsw.Connection(":memory:")
    db.execute(_observation() if table == "observation" else _table(table))
    return [row[1] for row in db.execute(f"pragma table_info({table})")]


def _observation() -> str:
    """The statement that makes the table of observations, taken from the hub's own schema."""
    schema = resources.files("evidencehub.load").joinpath("schema.sql").read_text("utf-8")
    found = re.search(r"create table observation \(.*?\) strict;", schema, re.DOTALL)
    if found is None:
        raise AssertionError
    return found[0]


def _filled(column: Column) -> Column:
    if None not in column.values:
        return column
    return column.map(lambda cell: "" if cell is None else cell)


def _json_object(columns: Iterable[str], first: int) -> str:
    """SQL that makes one JSON object of the columns without a concept, bound from `first` on."""
    names = enumerate(map(apsw.format_sql_value, columns), start=first)
    pairs = (f"{name}, ?{place}" for place, name in names)
    return f"json_object({', '.join(pairs)})"


def _is_literal(value: Cell) -> bool:
    return not isinstance(value, str) or "\0" not in value
