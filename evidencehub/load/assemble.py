"""hub.db, assembled from the staging databases of every dataset that passed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import sqlite_utils

from evidencehub.codes import LIST_COLUMNS, CodeBook, CodeList, area_id
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
        for slug, stage in sorted(stages.items()):
            _copy(db, slug, stage)
        _tables(db, known)
        db.executescript(_sql("finish.sql"))
        for slug in sorted(stages):
            _view(db, slug)
        _check(db)
        db.execute("analyze")
        db.execute("pragma locking_mode = normal")
    finally:
        db.close()


def _copy(db: sqlite3.Connection, slug: str, stage: Path) -> None:
    db.execute("attach ? as stage", (str(stage),))
    db.execute("begin")
    for statement in _statements("assemble.sql"):
        db.execute(statement, {"dataset": slug})
    db.execute(_OTHER, {"dataset": slug})
    db.execute("commit")
    db.execute("detach stage")


_OTHER = """
insert into observation_other (observation, list, code)
select
  o.rowid,
  substr(j.value, 1, instr(j.value, '=') - 1),
  substr(j.value, instr(j.value, '=') + 1)
from observation as o, json_each('["' || replace(o.other, ';', '","') || '"]') as j
where o.dataset = :dataset and o.other <> ''
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
            {**asdict(walk), "to_code": walk.to_code or None}
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
    row = {name: value or None for name, value in asdict(code).items()}
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


def _view(db: sqlite3.Connection, slug: str) -> None:
    """`dataset_<slug>`: the dataset as people read it; columns that hold nothing left out."""
    name = "dataset_" + slug.replace("-", "_")
    base = "observation_flat"
    if not db.execute("select 1 from observation where dataset = ? limit 1", (slug,)).fetchone():
        base = "finding"
    columns = [row[1] for row in db.execute(f"pragma table_info({base})")]
    counts = ", ".join(f"max({_quoted(c)} is not null and {_quoted(c)} <> '')" for c in columns)
    held = db.execute(f"select {counts} from {base} where dataset = ?", (slug,)).fetchone()
    shown = [_quoted(c) for c, has in zip(columns, held, strict=True) if has and c != "extra"]
    shown += [
        f"json_extract(extra, {_text('$.' + _quoted(key))}) as {_quoted(key)}"
        for key in _extras(db, base, slug)
        if key not in columns
    ]
    db.execute(
        f"create view {_quoted(name)} as select {', '.join(shown) or 'dataset'} "
        f"from {base} where dataset = {_text(slug)}"
    )


def _extras(db: sqlite3.Connection, base: str, slug: str) -> list[str]:
    table = "observation" if base == "observation_flat" else base
    found = db.execute(
        f"select extra from {table} where dataset = ? and extra is not null limit 1", (slug,)
    ).fetchone()
    if found is None:
        return []
    return [key for (key,) in db.execute("select key from json_each(?)", found)]


def _check(db: sqlite3.Connection) -> None:
    """Every reference leads somewhere: the last look before anything is published."""
    broken = db.execute("pragma foreign_key_check").fetchall()
    if broken:
        table, row, parent, _ = broken[0]
        found = db.execute(f"select * from {table} where rowid = ?", (row,)).fetchone()
        raise HubError(
            f"hub.db: {len(broken)} references lead nowhere; the first is {table} row {row} into "
            f"{parent}: {found}. Correct the package it comes from."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _sql(name: str) -> str:
    return resources.files("evidencehub.load").joinpath(name).read_text("utf-8")


def _statements(name: str) -> list[str]:
    lines = (line for line in _sql(name).splitlines() if not line.startswith("--"))
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
