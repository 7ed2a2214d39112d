"""What a spreadsheet is made of: the columns of its tables, and the labels of what they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from evidencehub.domain.observation import PUBLIC_COLUMNS
from evidencehub.domain.status import VERIFICATION_SQL
from evidencehub.formats.format import Format, list_formats, list_spreadsheet_formats
from evidencehub.store.conditions import select_ci_level, select_decimals
from evidencehub.store.database import Bindings, RowReader

MAX_SPREADSHEET_ROWS = 20_000
# Of all tables of a workbook together. For so many the slower writer (XLSX) takes about two
# seconds of a processor and 150 MB, with what it takes to read them, and its time grows with the
# rows; while it works, other answers wait. Who reads more rows than these reads them by program.

TextTable = Literal["finding", "recommendation", "source"]
SheetRecord = Mapping[str, Any]
"""A row of a table of the database, by the names of its columns."""
SheetCells = Mapping[str, Sequence[Any]]
"""The cells of each column of a table by its name; there are no columns without rows."""

OBSERVATION_COLUMNS = tuple(name for name in PUBLIC_COLUMNS if name != "indicator")
_INHERITED_COLUMNS = {  # what a row leaves to its classification, its dataset or its indicator
    "counting_basis": "coalesce(o.counting_basis, l.counting_basis)",
    "verification": VERIFICATION_SQL,
    "decimals": select_decimals(),
    "ci_level": select_ci_level(),
}
_SELECT_OBSERVATIONS_SQL = f"""
select {", ".join(f"{_INHERITED_COLUMNS.get(n, f'o.{n}')} as {n}" for n in OBSERVATION_COLUMNS)},
  o.indicator, i.unit, d.licence, d.governance, d.synthetic
from observation as o
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
join code_list as l on l.list = o.scheme
"""
OBSERVATIONS_SQL = f"""{_SELECT_OBSERVATIONS_SQL}
where o.indicator = :indicator and :dataset in ('', o.dataset)
order by o.dataset, o.file, o.row
"""
DATASET_OBSERVATIONS_SQL = f"""{_SELECT_OBSERVATIONS_SQL}
where o.dataset = :dataset
order by o.file, o.row
"""
GAPS_SQL = """
select i.unit, s.*, g.*
from stratum as s
join gap as g on g.stratum = s.stratum
join indicator as i on i.indicator = s.indicator
left join code as e on e.list = s.scheme and e.code = g.ethnicity
where s.indicator = :indicator
order by s.stratum, e.sort_order, g.ethnicity
"""
INEQUALITY_SQL = """
select s.*, q.*
from stratum as s join inequality as q on q.stratum = s.stratum
where s.indicator = :indicator
order by s.stratum, q.measure
"""
USED_SOURCES_SQL = """
select * from source
where (dataset, source) in
  (select dataset, source from observation where indicator = :indicator)
order by rowid
"""
INDICATOR_ROW_COUNTS_SQL = """
select (select count(*) from observation where indicator = :indicator) as observations,
  (select count(*) from stratum as s join gap as g on g.stratum = s.stratum
    where s.indicator = :indicator) as gaps,
  (select count(*) from stratum as s join inequality as q on q.stratum = s.stratum
    where s.indicator = :indicator) as inequality
"""
DATASET_ROW_COUNT_SQL = """
select (select count(*) from observation where dataset = :dataset)
  + (select count(*) from finding where dataset = :dataset)
  + (select count(*) from recommendation where dataset = :dataset)
"""
DATASET_INDICATORS_SQL = """
select * from indicator
where dataset = :dataset
  or indicator in (select indicator from observation where dataset = :dataset)
order by rowid
"""
FILES_SQL = """
select file, format, says, rows, bytes, sha256 from file
where dataset = :dataset and version = :version
order by file
"""
SOURCE_TITLE_SQL = "select title from source where dataset = :dataset and source = :source"
CODE_LABEL_SQL = "select label from code where list = :list and code = :code"
_LABEL_SQL = {
    "area": "select label from area where area = :code",
    "code_list": "select title from code_list where list = :code",
    "dataset": "select title from dataset where dataset = :code",
    "indicator": "select title from indicator where indicator = :code",
}


def list_spreadsheets(observation_count: int) -> list[Format]:
    """Return the formats that a page offers for so many observations: none for too many.

    Without any, a workbook still has findings and sources; a table would be empty.
    """
    if observation_count > MAX_SPREADSHEET_ROWS:
        return []
    return list_spreadsheet_formats() if observation_count else list_formats("workbook")


def select_record(
    db: RowReader, table: Literal["dataset", "indicator"], key: str
) -> SheetRecord | None:
    """Return a dataset or an indicator as the database has it, or None."""
    return db.fetch_first(f"select * from {table} where {table} = ?", (key,))


def select_indicator_records(db: RowReader, dataset: str) -> list[dict[str, Any]]:
    """Return the indicators of which a dataset has the definition or observations."""
    return db.fetch_dicts(DATASET_INDICATORS_SQL, {"dataset": dataset})


def select_file_records(db: RowReader, dataset: str, version: str) -> list[dict[str, Any]]:
    """Return the files of a release by name."""
    return db.fetch_dicts(FILES_SQL, {"dataset": dataset, "version": version})


def count_indicator_rows(db: RowReader, indicator: str) -> dict[str, int]:
    """Return how many observations, gaps and inequality measures an indicator has."""
    return db.fetch_dicts(INDICATOR_ROW_COUNTS_SQL, {"indicator": indicator})[0]


def count_dataset_rows(db: RowReader, dataset: str) -> int:
    """Return how many observations, findings and recommendations a dataset has together."""
    ((count,),) = db(DATASET_ROW_COUNT_SQL, {"dataset": dataset})
    return int(count)


def select_observation_cells(db: RowReader, indicator: str, dataset: str = "") -> SheetCells:
    """Return the observations of an indicator, if need be those of one dataset only."""
    return _select_cells(db, OBSERVATIONS_SQL, {"indicator": indicator, "dataset": dataset})


def select_dataset_observation_cells(db: RowReader, dataset: str) -> SheetCells:
    """Return the observations of a dataset, of all its indicators, in the order of its files."""
    return _select_cells(db, DATASET_OBSERVATIONS_SQL, {"dataset": dataset})


def select_gap_cells(db: RowReader, indicator: str) -> SheetCells:
    """Return the gaps of an indicator with their strata."""
    return _select_cells(db, GAPS_SQL, {"indicator": indicator})


def select_inequality_cells(db: RowReader, indicator: str) -> SheetCells:
    """Return the inequality measures of an indicator with their strata."""
    return _select_cells(db, INEQUALITY_SQL, {"indicator": indicator})


def select_used_source_cells(db: RowReader, indicator: str) -> SheetCells:
    """Return the sources of the observations of an indicator."""
    return _select_cells(db, USED_SOURCES_SQL, {"indicator": indicator})


def select_dataset_cells(db: RowReader, table: TextTable, dataset: str) -> SheetCells:
    """Return the findings, recommendations or sources of a dataset in its order."""
    return _select_cells(db, f"select * from {table} where dataset = ? order by rowid", (dataset,))


def find_label(db: RowReader, code_list: str, code: str) -> str | None:
    """Return the label of a code, or the title of an area, code list, dataset or indicator."""
    sql = _LABEL_SQL.get(code_list, CODE_LABEL_SQL)
    return next((label for (label,) in db(sql, {"list": code_list, "code": code})), None)


def find_source_title(db: RowReader, dataset: str, source: str) -> str | None:
    """Return the title of a source of a dataset."""
    rows = db(SOURCE_TITLE_SQL, {"dataset": dataset, "source": source})
    return next((title for (title,) in rows), None)


def _select_cells(db: RowReader, sql: str, bindings: Bindings) -> SheetCells:
    records = db.fetch_dicts(sql, bindings)
    return {name: [record[name] for record in records] for name in (records[0] if records else ())}
