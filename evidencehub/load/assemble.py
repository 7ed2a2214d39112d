"""hub.db, assembled from the staging databases of every dataset that passed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

import apsw

from evidencehub.codes import CodeBook
from evidencehub.errors import HubError
from evidencehub.load.lists import OWN, own_tables
from evidencehub.model.vocabulary import ROLES

PAGE = 16_384  # bytes: half the calls to the system that the usual page takes
_PRAGMAS = (
    f"pragma page_size = {PAGE}",
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "pragma locking_mode = exclusive",
    "pragma cache_size = -8192",
    "pragma temp_store = file",
    "pragma foreign_keys = off",
)
Rows = Sequence[Mapping[str, Any]]


def hub(path: Path, stages: Mapping[str, Path], book: CodeBook, known: Mapping[str, Rows]) -> None:
    """Write the database at `path`, which must not be there yet.

    `stages` gives the staging database of each dataset, `known` rows of the tables that no
    dataset says by itself (release, file, build). The same inputs give the same bytes.
    Raises HubError where a reference leads nowhere.
    """
    db = apsw.Connection(str(path))
    try:
        _set(db)
        db.execute(_sql("schema.sql"))
        db.execute("begin")
        for table, cells in own_tables(book.lists.values(), book).items():
            _insert(db, table, OWN[table], cells)
        for table, rows in known.items():
            if rows:
                names = tuple(rows[0])
                _insert(db, table, names, [[row[name] for name in names] for row in rows])
        db.execute("commit")
        shown = {slug: _copy(db, slug, stage) for slug, stage in sorted(stages.items())}
        _all(db, _sql("finish.sql"))
        for slug in sorted(stages):
            _view(db, slug, shown[slug])
        db.execute("pragma analysis_limit = 1000")
        db.execute("analyze")
        _check(db)
        db.execute("pragma locking_mode = normal")
    finally:
        db.close()


def _insert(
    db: apsw.Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    places = ", ".join("?" * len(names))
    db.executemany(f"insert into {table} ({', '.join(names)}) values ({places})", rows)


def _set(db: apsw.Connection) -> None:
    for pragma in _PRAGMAS:
        db.execute(pragma)


def _all(db: apsw.Connection, sql: str) -> list[Any]:
    """Every row that the statements give."""
    return list(db.execute(sql))


def _copy(db: apsw.Connection, slug: str, stage: Path) -> list[tuple[str, str, int]]:
    """Copy one staged dataset in; gives the columns of it that hold anything."""
    db.execute("attach ? as stage", (str(stage),))
    shown = _all(db, "select role, name, extra from stage.shown order by rowid")
    nothing = ROLES.keys() - {role for role, _, _ in shown}
    ((first,),) = _all(db, "select coalesce(max(stratum), 0) + 1 from stratum")
    db.execute("begin")
    for role, statement in _statements("assemble.sql"):
        if role not in nothing:
            db.execute(statement, {"dataset": slug, "first": first})
    if "observations" not in nothing:
        db.execute(_OTHER)
    db.execute("commit")
    db.execute("detach stage")
    return shown


_OTHER = """
insert or ignore into other (other, list, code)
select
  o.other,
  substr(j.value, 1, instr(j.value, '=') - 1),
  substr(j.value, instr(j.value, '=') + 1)
from (select other from stage.used_other where other <> '') as o,
  json_each('["' || replace(o.other, ';', '","') || '"]') as j
order by 1, 2
"""


def _view(db: apsw.Connection, slug: str, shown: Sequence[tuple[str, str, int]]) -> None:
    """`dataset_<slug>`: the dataset as people read it; columns that hold nothing left out.

    `shown` gives role, name and whether it is one without a concept, for every column that
    holds anything.
    """
    name = "dataset_" + slug.replace("-", "_")
    role = "observations" if any(r == "observations" for r, _, _ in shown) else "findings"
    base = {"observations": "observation_flat", "findings": "finding"}[role]
    columns = [row[1] for row in db.execute(f"pragma table_info({base})")]
    held = {column for r, column, extra in shown if r == role and not extra} | ALWAYS
    listed = [_quoted(c) for c in columns if c.removesuffix("_label") in held]
    listed += [
        f"json_extract(extra, {_text('$.' + _quoted(column))}) as {_quoted(column)}"
        for r, column, extra in shown
        if r == role and extra and column not in columns
    ]
    db.execute(
        f"create view {_quoted(name)} as select {', '.join(listed)} "
        f"from {base} where dataset = {_text(slug)}"
    )


ALWAYS = {
    "dataset", "indicator_title", "family", "unit", "counting_basis", "verification", "finding",
}  # fmt: skip
"""Columns of every dataset's view: they come from elsewhere than its own rows."""


def _check(db: apsw.Connection) -> None:
    """Every reference leads somewhere: the last look before anything is published.

    `pragma foreign_key_check` looks each row up; here each distinct reference is, once, and
    most are found in an index, where what `analyze` found lets SQLite skip from one to the next.
    """
    tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
    for table in tables:
        for parent, names, there in _references(db, table):
            child, key = ", ".join(names), ", ".join(there)
            present = " and ".join(f"{name} is not null" for name in names)
            lost = _all(
                db,
                f"select distinct {child} from {table} where {present} "
                f"except select {key} from {parent} limit 6",
            )
            if lost:
                told = "; ".join(", ".join(map(str, cells)) for cells in lost)
                raise HubError(
                    f"hub.db: {table} refers by {child} to what is not in {parent}: {told}. "
                    "Correct the package or the code list that it comes from."
                )


def _references(
    db: apsw.Connection, table: str
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each foreign key of a table: the table it leads to, its columns, and theirs."""
    rows = _all(db, f"pragma foreign_key_list({_quoted(table)})")
    for _, key in groupby(rows, lambda row: row[0]):
        parts = list(key)
        yield parts[0][2], tuple(row[3] for row in parts), tuple(row[4] for row in parts)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _sql(name: str) -> str:
    return resources.files("evidencehub.load").joinpath(name).read_text("utf-8")


@cache
def _statements(name: str) -> list[tuple[str, str]]:
    """The statements of a file, each with the role whose staged rows it copies."""
    lines = (line for line in _sql(name).splitlines() if not line.startswith("--"))
    told = [text for text in "\n".join(lines).split(";") if text.strip()]
    tables = [re.findall(r"from stage\.(\w+)", text)[0] for text in told]
    roles = ["observations" if table == "observation" else table for table in tables]
    return list(zip(roles, told, strict=True))
