"""hub.db, assembled from the staging databases of every dataset that passed."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import apsw

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE
from evidencehub.domain.licence_basis import find_licence_basis, find_licence_url
from evidencehub.domain.licences import LicenceList
from evidencehub.domain.preferred_terms import PREFERRED_TERM_COLUMNS
from evidencehub.errors import HubError
from evidencehub.load.code_list_rows import CODE_LIST_TABLES, code_list_rows
from evidencehub.load.comparison_rows import fill_comparisons
from evidencehub.load.row_bitmaps import fill_row_tables
from evidencehub.load.schema import build_finish_sql, build_schema_sql, read_sql

PAGE_BYTES = 16_384  # bytes: half the calls to the system that the usual page takes
_PRAGMAS = (
    f"pragma page_size = {PAGE_BYTES}",
    "pragma journal_mode = off",
    "pragma synchronous = off",
    "pragma locking_mode = exclusive",
    "pragma cache_size = -8192",
    "pragma temp_store = file",
    "pragma foreign_keys = off",
)
RowMappings = Sequence[Mapping[str, Any]]


def assemble_hub(
    path: Path,
    stages: Mapping[str, Path],
    code_book: CodeBook,
    extra_rows: Mapping[str, RowMappings],
) -> None:
    """Write the database at `path`, which must not be there yet.

    `stages` gives the staging database of each dataset, `extra_rows` rows of the tables that no
    dataset says by itself (release, file, build). The same inputs give the same bytes.
    Raises HubError where a reference leads nowhere.
    """
    db = apsw.Connection(str(path))
    gc.disable()  # rows make no cycles; looking for them among so many takes a fifth of the time
    try:
        list(db.execute("; ".join(_PRAGMAS)))
        _register_licences(db, code_book.licences)
        db.execute(build_schema_sql())
        db.execute("begin")
        for table, cells in code_list_rows(code_book.lists.values(), code_book).items():
            _insert_rows(db, table, CODE_LIST_TABLES[table], cells)
        _insert_rows(db, "preferred_term", PREFERRED_TERM_COLUMNS, _list_terms(code_book))
        for table, rows in extra_rows.items():
            if rows:
                names = tuple(rows[0])
                _insert_rows(db, table, names, [[row[name] for name in names] for row in rows])
        db.execute("commit")
        populated_columns = {
            slug: _copy_staged_dataset(db, slug, stage) for slug, stage in sorted(stages.items())
        }
        list(db.execute(build_finish_sql()))
        fill_comparisons(db)
        fill_row_tables(db)
        for slug in sorted(stages):
            _create_dataset_view(db, slug, populated_columns[slug])
        db.execute("pragma analysis_limit = 1000")
        db.execute("analyze")
        _check_foreign_keys(db)
        db.execute("pragma locking_mode = normal")
    finally:
        gc.enable()
        db.close()


def _register_licences(db: apsw.Connection, licences: LicenceList) -> None:
    """Let SQL ask on what ground the terms of a source stand, and where their licence is."""

    def find_basis(*terms: Any) -> str:
        return find_licence_basis(terms[0], licences)

    def find_url(*terms: Any) -> str | None:
        return find_licence_url(terms[0], licences)

    db.create_scalar_function("licence_basis", find_basis, deterministic=True)
    db.create_scalar_function("licence_url", find_url, deterministic=True)


def _list_terms(code_book: CodeBook) -> list[list[str | None]]:
    return [[cell or None for cell in term] for term in code_book.preferred_terms]


def _insert_rows(
    db: apsw.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    placeholders = ", ".join("?" * len(columns))
    db.executemany(f"insert into {table} ({', '.join(columns)}) values ({placeholders})", rows)


def _copy_staged_dataset(db: apsw.Connection, slug: str, stage: Path) -> list[tuple[str, str, int]]:
    """Copy one staged dataset in; gives the columns of it that hold anything."""
    db.execute("attach ? as stage", (str(stage),))
    populated_columns = list(
        db.execute("select role, name, extra from stage.populated_column order by rowid")
    )
    empty_roles = CONCEPTS_BY_ROLE.keys() - {role for role, _, _ in populated_columns}
    ((first_stratum,),) = db.execute("select coalesce(max(stratum), 0) + 1 from stratum")
    db.execute("begin")
    for role, statement in _copy_statements("copy_staged.sql"):
        if role not in empty_roles:
            db.execute(statement, {"dataset": slug, "first": first_stratum})
    if "observations" not in empty_roles:
        db.execute(_INSERT_DIMENSIONS)
    db.execute("commit")
    db.execute("detach stage")
    return populated_columns


_INSERT_DIMENSIONS = """
insert or ignore into observation_dimension (other, list, code)
select
  o.other,
  substr(j.value, 1, instr(j.value, '=') - 1),
  substr(j.value, instr(j.value, '=') + 1)
from (select other from stage.used_dimensions where other <> '') as o,
  json_each('["' || replace(o.other, ';', '","') || '"]') as j
order by 1, 2
"""


def _create_dataset_view(
    db: apsw.Connection, slug: str, populated_columns: Sequence[tuple[str, str, int]]
) -> None:
    """`dataset_<slug>`: the dataset as people read it; columns that hold nothing left out.

    `populated_columns` gives role, name and whether it is one without a concept, for every column
    that holds anything.
    """
    role, base = "findings", "finding"
    if any(populated_role == "observations" for populated_role, _, _ in populated_columns):
        role, base = "observations", "observation_flat"
    columns = [row[1] for row in db.execute(f"pragma table_info({base})")]
    own_columns = {name: bool(extra) for r, name, extra in populated_columns if r == role}
    view = _quote_identifier("dataset_" + slug.replace("-", "_"))
    db.execute(
        f"create view {view} as select {', '.join(_list_view_columns(columns, own_columns))} "
        f"from {base} where dataset = {_quote_text(slug)}"
    )


def _list_view_columns(columns: Sequence[str], own_columns: Mapping[str, bool]) -> Iterator[str]:
    """Yield SQL for each column of a dataset's view: the hub's first, then the publisher's own.

    `own_columns` says of each column that holds anything whether it has no concept.
    """
    for column in columns:
        concept = column.removesuffix("_label")
        if concept in ALWAYS_SHOWN_COLUMNS or own_columns.get(concept) is False:
            yield _quote_identifier(column)
    for name, has_no_concept in own_columns.items():
        if has_no_concept and name not in columns:
            quoted_name = _quote_identifier(name)
            yield f"json_extract(extra, {_quote_text(f'$.{quoted_name}')}) as {quoted_name}"


ALWAYS_SHOWN_COLUMNS = {
    "dataset", "indicator_title", "family", "unit", "counting_basis", "verification", "finding",
}  # fmt: skip
"""Columns of every dataset's view: they come from elsewhere than its own rows."""


def _check_foreign_keys(db: apsw.Connection) -> None:
    """Every reference leads somewhere: the last look before anything is published.

    `pragma foreign_key_check` looks each row up; here each distinct reference is, once, and
    most are found in an index, where what `analyze` found lets SQLite skip from one to the next.
    """
    tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
    for table in tables:
        for parent, names, parent_columns in _foreign_keys(db, table):
            child, key = ", ".join(names), ", ".join(parent_columns)
            present = " and ".join(f"{name} is not null" for name in names)
            dangling = list(
                db.execute(
                    f"select distinct {child} from {table} where {present} "
                    f"except select {key} from {parent} limit 6"
                )
            )
            if dangling:
                dangling_text = "; ".join(", ".join(map(str, cells)) for cells in dangling)
                raise HubError(
                    f"hub.db: {table} refers by {child} to what is not in {parent}: "
                    f"{dangling_text}. "
                    "Correct the package or the code list that it comes from."
                )


def _foreign_keys(
    db: apsw.Connection, table: str
) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Each foreign key of a table: the table it leads to, its columns, and theirs."""
    rows = db.execute(f"pragma foreign_key_list({_quote_identifier(table)})")
    for _, key in groupby(rows, lambda row: row[0]):
        key_rows = list(key)
        yield key_rows[0][2], tuple(row[3] for row in key_rows), tuple(row[4] for row in key_rows)


def _quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quote_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@cache
def _copy_statements(name: str) -> list[tuple[str, str]]:
    """The statements of a file, each with the role whose staged rows it copies."""
    lines = (line for line in read_sql(name).splitlines() if not line.startswith("--"))
    statements = [statement for statement in "\n".join(lines).split(";") if statement.strip()]
    tables = [re.findall(r"from stage\.(\w+)", statement)[0] for statement in statements]
    roles = ["observations" if table == "observation" else table for table in tables]
    return list(zip(roles, statements, strict=True))
