"""The workbook of an indicator or of a dataset, made from the database when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evidencehub.domain.status import SYMBOLS
from evidencehub.formats.workbook import (
    ColumnCells,
    TableSheet,
    TextLine,
    Workbook,
    build_table_sheet,
    hoist_constant_columns,
    make_sheet_names_unique,
)
from evidencehub.http.problem_details import HttpError, build_http_error
from evidencehub.web.views import spreadsheet_columns
from evidencehub.web.views.spreadsheet_columns import ColumnValues, NamedRow
from evidencehub.web.views.spreadsheet_front import FRONT_SHEETS, WorkbookBuilder
from evidencehub.web.views.spreadsheet_labels import LabelLookup, RunQuery

MAX_SPREADSHEET_ROWS = 20_000
# Of all tables of a workbook together. For so many the slower writer (XLSX) takes about two
# seconds of a processor and 150 MB, with what it takes to read them, and its time grows with the
# rows; while it works, other answers wait. Who reads more rows than these reads them by program.

DATASET_COLUMNS = (
    "dataset", "title", "description", "version", "created", "licence", "licence_url", "publisher",
    "contact", "language", "whose_ethnicity", "ethnicity_recording", "ethnicity_completeness",
    "disclosure_policy", "verification", "next_update", "caveats", "comparability",
    "release_note", "synthetic",
)  # fmt: skip
INDICATOR_COLUMNS = (
    "indicator", "dataset", "title", "definition", "unit", "decimals", "numerator_definition",
    "denominator_definition", "method", "standardisation", "whose_ethnicity",
    "ethnicity_recording", "ethnicity_known", "ethnicity_unknown", "ci_method", "ci_level",
    "caveats", "series_breaks",
)  # fmt: skip
SOURCE_HEADINGS = {
    "source": "Source code",
    "title": "Title",
    "publisher": "Publisher",
    "type": "Type",
    "published": "Published",
    "accessed": "Read on",
    "url": "Address",
    "doi": "DOI",
    "licence": "Licence",
    "verification": "Verification",
}
FINDING_HEADINGS = {
    "finding": "Finding code",
    "title": "Title",
    "statement": "Finding",
    "detail": "More about it",
    "finding_type": "Type",
    "direction": "Direction",
    "certainty": "Certainty",
    "certainty_note": "Why this certainty",
    "population": "Population",
    "area": "Area",
    "period_start": "Period start",
    "period_end": "Period end",
    "published": "Published",
    "verification": "Verification",
    "note": "Note",
}
RECOMMENDATION_HEADINGS = {
    "recommendation": "Recommendation code",
    "title": "Title",
    "text": "Recommendation",
    "strength": "Strength",
    "status": "Status when issued",
    "issued": "Issued",
    "due": "Due",
    "area": "Area",
    "population": "Population",
    "verification": "Verification",
    "note": "Note",
}
_SELECT_EXPRESSIONS = {"finding_type": "type as finding_type"}
_FROM_STRATA_SQL = "from stratum as s join {} as t on t.stratum = s.stratum where s.indicator = ?"


def build_indicator_workbook(
    run_query: RunQuery, indicator_id: str, site: Mapping[str, Any]
) -> Workbook:
    """The workbook of an indicator: figures, gaps and measures of inequality where there are any.

    `site` gives title, url and language of the hub. Raise HttpError: 404 for an indicator
    that is not there, 413 for more figures than MAX_ROWS.
    """
    indicator_row = _read_row(run_query, "indicator", INDICATOR_COLUMNS, indicator_id)
    dataset = _read_row(run_query, "dataset", DATASET_COLUMNS, indicator_row["dataset"])
    labels, address = LabelLookup(run_query), f"/api/v1/observations.csv?indicator={indicator_id}"
    counts = {
        "figures": _count_rows(run_query, "from observation where indicator = ?", indicator_id),
        "gaps": _count_rows(run_query, _FROM_STRATA_SQL.format("gap"), indicator_id),
        "inequality": _count_rows(run_query, _FROM_STRATA_SQL.format("inequality"), indicator_id),
    }
    _check_row_limit(counts["figures"], address)
    sheets: list[TableSheet] = []
    left_out: list[str] = []
    rows_left = MAX_SPREADSHEET_ROWS
    for resource, (name, title, make) in _INDICATOR_SHEETS.items():
        if counts[resource] > rows_left:
            left_out.append(
                f"{title} ({counts[resource]:,} rows): "
                f"/api/v1/{resource}.csv?indicator={indicator_id}"
            )
        elif counts[resource]:
            rows_left -= counts[resource]
            sheets += make(labels, indicator_row, name, f"{title}: {indicator_row['title']}")
    used_condition = (
        "(dataset, source) in (select dataset, source from observation where indicator = ?)"
    )
    sheets += _build_text_sheets(
        labels, "source", SOURCE_HEADINGS, used_condition, indicator_id, "Sources"
    )
    book = WorkbookBuilder(
        site,
        labels,
        dataset,
        [indicator_row],
        indicator_row["title"],
        indicator_row["definition"],
        left_out,
    )
    return book.build(sheets)


def build_dataset_workbook(
    run_query: RunQuery, dataset_id: str, site: Mapping[str, Any]
) -> Workbook:
    """The workbook of a dataset: a sheet for each indicator; findings and recommendations too.

    `site` gives title, url and language of the hub. Raise HttpError: 404 for a dataset that
    is not there, 413 for more figures than MAX_ROWS.
    """
    dataset_row, labels = (
        _read_row(run_query, "dataset", DATASET_COLUMNS, dataset_id),
        LabelLookup(run_query),
    )
    from_sql = "from {} where dataset = ?"
    item_tables = ("observation", "finding", "recommendation")
    rows = sum(
        _count_rows(run_query, from_sql.format(item_table), dataset_id)
        for item_table in item_tables
    )
    _check_row_limit(rows, f"/datasets/{dataset_id}/{dataset_row['version']}/{dataset_id}.csv")
    sql = (
        f"select {', '.join(INDICATOR_COLUMNS)} from indicator where dataset = ?1 or indicator in "
        "(select indicator from observation where dataset = ?1) order by rowid"
    )
    indicators = [
        dict(zip(INDICATOR_COLUMNS, row, strict=True)) for row in run_query(sql, (dataset_id,))
    ]
    text_sheets = ("Findings", "Recommendations", "Sources")
    names = iter(
        make_sheet_names_unique(
            [*FRONT_SHEETS, *text_sheets, *(indicator["title"] for indicator in indicators)]
        )[6:]
    )
    sheets: list[TableSheet] = []
    for indicator, name in zip(indicators, names, strict=True):
        sheets += _build_observation_sheets(labels, indicator, name, indicator["title"], dataset_id)
    dataset_condition = "dataset = ?"
    sheets += _build_text_sheets(
        labels, "finding", FINDING_HEADINGS, dataset_condition, dataset_id, text_sheets[0]
    )
    sheets += _build_text_sheets(
        labels,
        "recommendation",
        RECOMMENDATION_HEADINGS,
        dataset_condition,
        dataset_id,
        text_sheets[1],
    )
    sheets += _build_text_sheets(
        labels, "source", SOURCE_HEADINGS, dataset_condition, dataset_id, text_sheets[2]
    )
    book = WorkbookBuilder(
        site, labels, dataset_row, indicators, dataset_row["title"], dataset_row["description"], []
    )
    return book.build(sheets)


def _read_row(run_query: RunQuery, table: str, names: Sequence[str], key: str) -> NamedRow:
    matching_rows = run_query(f"select {', '.join(names)} from {table} where {table} = ?", (key,))
    if not matching_rows:
        raise build_http_error(404, "not-found", f"There is no {table} “{key[:60]}” here.")
    return dict(zip(names, matching_rows[0], strict=True))


def _count_rows(run_query: RunQuery, condition: str, key: str) -> int:
    return int(run_query(f"select count(*) {condition}", (key,))[0][0])


def _check_row_limit(rows: int, address: str) -> None:
    if rows > MAX_SPREADSHEET_ROWS:
        raise create_too_many_rows_error(rows, address)


def create_too_many_rows_error(rows: int, address: str) -> HttpError:
    """More rows than a workbook is made for (413); `address` is where they all are."""
    return build_http_error(
        413,
        "too-many-rows",
        f"A spreadsheet is made of at most {MAX_SPREADSHEET_ROWS:,} rows, and these are {rows:,}. "
        f"All of them are in {address}",
    )


def _build_observation_sheets(
    labels: LabelLookup, indicator: NamedRow, name: str, title: str, dataset_id: str = ""
) -> list[TableSheet]:
    rows = labels.run_query(
        spreadsheet_columns.OBSERVATIONS_SQL,
        (indicator["indicator"], dataset_id, MAX_SPREADSHEET_ROWS),
    )
    values = spreadsheet_columns.transpose_rows(spreadsheet_columns.OBSERVATION_COLUMNS, rows)
    sheet = _build_sheet(
        name,
        title,
        indicator["definition"],
        spreadsheet_columns.build_observation_columns(values, labels, indicator),
    )
    return [sheet] if rows else []


def _build_gap_sheets(
    labels: LabelLookup, indicator: NamedRow, name: str, title: str
) -> list[TableSheet]:
    rows = labels.run_query(
        spreadsheet_columns.GAPS_SQL, (indicator["indicator"], MAX_SPREADSHEET_ROWS)
    )
    values = spreadsheet_columns.transpose_rows(
        (*spreadsheet_columns.STRATUM_COLUMNS, *spreadsheet_columns.GAP_COLUMNS), rows
    )
    explanation = (
        "Each group beside the one it is compared with, worked out by the hub from the figures."
    )
    return [
        _build_sheet(
            name,
            title,
            explanation,
            spreadsheet_columns.build_gap_columns(values, labels, indicator),
        )
    ]


def _build_inequality_sheets(
    labels: LabelLookup, indicator: NamedRow, name: str, title: str
) -> list[TableSheet]:
    rows = labels.run_query(
        spreadsheet_columns.INEQUALITY_SQL, (indicator["indicator"], MAX_SPREADSHEET_ROWS)
    )
    names = (
        *spreadsheet_columns.STRATUM_COLUMNS,
        *spreadsheet_columns.STRATUM_DIMENSION_COLUMNS,
        *spreadsheet_columns.INEQUALITY_COLUMNS,
    )
    explanation = "Measures over all groups together, worked out by the hub from the figures."
    return [
        _build_sheet(
            name,
            title,
            explanation,
            spreadsheet_columns.build_inequality_columns(
                spreadsheet_columns.transpose_rows(names, rows), labels
            ),
        )
    ]


_INDICATOR_SHEETS: Mapping[
    str, tuple[str, str, Callable[[LabelLookup, NamedRow, str, str], list[TableSheet]]]
] = {
    "figures": ("Figures", "Figures", _build_observation_sheets),
    "gaps": ("Gaps", "Gaps between groups", _build_gap_sheets),
    "inequality": ("Inequality", "Measures of inequality", _build_inequality_sheets),
}
"""What an indicator has: the name of the sheet, its title, and what makes it."""


def _build_text_sheets(
    labels: LabelLookup,
    table: str,
    headings: Mapping[str, str],
    condition: str,
    key: str,
    name: str,
) -> list[TableSheet]:
    select_list = ", ".join(_SELECT_EXPRESSIONS.get(column, column) for column in headings)
    rows = labels.run_query(
        f"select {select_list} from {table} where {condition} order by rowid", (key,)
    )
    values: ColumnValues = spreadsheet_columns.transpose_rows(list(headings), rows)
    return (
        [
            _build_sheet(
                name, name, "", spreadsheet_columns.build_text_columns(values, headings, labels)
            )
        ]
        if rows
        else []
    )


def _build_sheet(
    name: str, title: str, description: str, columns: Iterable[ColumnCells]
) -> TableSheet:
    """A sheet with what is the same in every row said above its table."""
    varying_columns, constants_sentence = hoist_constant_columns(columns)
    cells = {cell for column in varying_columns for cell in column.cells if isinstance(cell, str)}
    has_symbols = any(cell.startswith(("[note ", *SYMBOLS)) for cell in cells)
    symbols_sentence = (
        " Marks in square brackets are explained in the sheet Notes." if has_symbols else ""
    )
    intro_lines = (
        description,
        constants_sentence,
        f"This sheet has one table.{symbols_sentence} An empty cell: there is nothing to say.",
        TextLine("Back to the contents", f"#{FRONT_SHEETS[1]}"),
    )
    return build_table_sheet(name, title, intro_lines, varying_columns)
