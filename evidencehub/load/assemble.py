"""hub.db, assembled from the staging databases of every dataset that passed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import sqlite_utils

from evidencehub.codes import (
    CODE_COLUMNS,
    LIST_COLUMNS,
    WALK_COLUMNS,
    CodeBook,
    CodeList,
    area_id,
)
from evidencehub.errors import HubError

_PRAGMAS = (
    "pragma page_size = 8192",
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
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in _PRAGMAS:
            db.execute(pragma)
        db.executescript(_sql("schema.sql"))
        db.execute("begin")
        _tables(db, own_tables(book.lists.values(), book))
        db.execute("commit")
        shown = {}
        for slug, stage in sorted(stages.items()):
            shown[slug] = _copy(db, slug, stage)
        _tables(db, known)
        db.executescript(_sql("finish.sql"))
        for slug in sorted(stages):
            _view(db, slug, shown[slug])
        _check(db)
        db.execute("pragma analysis_limit = 1000")
        db.execute("analyze")
        db.execute("pragma locking_mode = normal")
    finally:
        db.close()


def _copy(db: sqlite3.Connection, slug: str, stage: Path) -> list[tuple[str, str, int]]:
    """Copy one staged dataset in; gives the columns of it that hold anything."""
    db.execute("attach ? as stage", (str(stage),))
    db.execute("begin")
    for statement in _statements("assemble.sql"):
        db.execute(statement, {"dataset": slug})
    db.execute(_OTHER)
    db.execute("commit")
    shown = db.execute("select role, name, extra from stage.shown order by rowid").fetchall()
    db.execute("detach stage")
    return shown


_OTHER = """
insert or ignore into other (other, list, code)
select
  o.other,
  substr(j.value, 1, instr(j.value, '=') - 1),
  substr(j.value, instr(j.value, '=') + 1)
from (select distinct other from stage.observation where other <> '') as o,
  json_each('["' || replace(o.other, ';', '","') || '"]') as j
order by 1, 2
"""


def own_tables(lists: Iterable[CodeList], book: CodeBook) -> dict[str, Rows]:
    """Code lists as rows of the hub's tables: code_list, code, alias, crosswalk and area."""
    found = list(lists)
    names = {code_list.name for code_list in found}
    return {
        "code_list": [_list_row(code_list) for code_list in found],
        "code": [_code_row(c.codes[code]) for c in found for code in _sorted(c)],
        "alias": [
            {"list": c.name, "alias": spelling, "code": code}
            for c in found
            for spelling, code in sorted(c.aliases.items())
        ],
        "crosswalk": [
            {**{n: getattr(walk, n) for n in WALK_COLUMNS}, "to_code": walk.to_code or None}
            for walk in book.crosswalks
            if walk.from_scheme in names
        ],
        "area": [row for c in found if c.kind == "area" for row in _areas(c)],
    }


def _sorted(code_list: CodeList) -> list[str]:
    order = {c.code: int(c.sort_order or 0) for c in code_list.codes.values()}
    return sorted(code_list.codes, key=lambda code: (order[code], code))


def _list_row(code_list: CodeList) -> dict[str, Any]:
    row = {name: getattr(code_list, name) or None for name in LIST_COLUMNS}
    language = code_list.language or "en"
    return {"list": code_list.name, **row, "language": language, "dataset": None}


def _code_row(code: Any) -> dict[str, Any]:
    row = {name: getattr(code, name) or None for name in CODE_COLUMNS}
    return {
        **row,
        "language": code.language or "en",
        "sort_order": int(code.sort_order or 0),
        "residual": int(code.residual or 0),
    }


def _areas(code_list: CodeList) -> Iterator[dict[str, Any]]:
    for code in code_list.codes.values():
        yield {
            "area": area_id(code_list.name, code.code),
            "list": code_list.name,
            "code": code.code,
            "label": code.label,
            "level": code.level or None,
            "parent": area_id(code_list.name, code.parent) if code.parent else None,
        }


def _tables(db: sqlite3.Connection, tables: Mapping[str, Rows]) -> None:
    target = sqlite_utils.Database(db)
    for name, rows in tables.items():
        target.table(name).insert_all(rows)


def _view(db: sqlite3.Connection, slug: str, shown: Sequence[tuple[str, str, int]]) -> None:
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


def _check(db: sqlite3.Connection) -> None:
    """Every reference leads somewhere: the last look before anything is published."""
    broken = db.execute("pragma foreign_key_check").fetchall()
    if broken:
        table, row, parent, _ = broken[0]
        found = "" if row is None else f" {_whole_row(db, table, row)}"
        raise HubError(
            f"hub.db: {len(broken)} references lead nowhere; the first leads from {table}{found} "
            f"to {parent}. Correct the package or the code list that it comes from."
        )


def _whole_row(db: sqlite3.Connection, table: str, row: int) -> tuple[Any, ...]:
    (found,) = db.execute(f"select * from {table} where rowid = ?", (row,)).fetchall()
    return tuple(cell for cell in found if cell not in (None, ""))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _sql(name: str) -> str:
    return resources.files("evidencehub.load").joinpath(name).read_text("utf-8")


def _statements(name: str) -> list[str]:
    lines = (line for line in _sql(name).splitlines() if not line.startswith("--"))
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
