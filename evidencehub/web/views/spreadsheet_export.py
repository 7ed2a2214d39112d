"""The workbook of an indicator or of a dataset, made from the database when somebody asks."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from evidencehub.domain.status import SYMBOLS
from evidencehub.formats.workbook import (
    ColumnCells,
    TableSheet,
    Workbook,
    build_table_sheet,
    hoist_constant_columns,
)
from evidencehub.http.problem_details import build_http_error
from evidencehub.store import spreadsheets
from evidencehub.store.database import RowReader
from evidencehub.store.spreadsheets import MAX_SPREADSHEET_ROWS, SheetCells, SheetRecord, TextTable
from evidencehub.web.page_request import ENGLISH
from evidencehub.web.site_settings import SiteSettings
from evidencehub.web.views import spreadsheet_columns, spreadsheet_front
from evidencehub.web.views.spreadsheet_cells import TextColumn, build_text_columns, label_with
from evidencehub.web.views.spreadsheet_front import WorkbookSubject
from evidencehub.web.views.spreadsheet_labels import WorkbookWords

_LONE_TABLE_COLUMNS = (
    TextColumn("Invented figures", "synthetic", spreadsheet_front.warn_of_synthetic),
    TextColumn("Indicator", "indicator", label_with("indicator")),
    TextColumn("Indicator code", "indicator"),
    TextColumn("Licence", "licence"),
    TextColumn("Whose data they are", "governance"),
)
"""What a table says in each row that has no cover and no notes beside it."""


class IndicatorTable(NamedTuple):
    """A table of an indicator: where the API has it, its texts, and what reads and makes it."""

    resource: str
    name: str
    title: str
    description: str
    select: Callable[[RowReader, str], SheetCells]
    build: Callable[[SheetCells, WorkbookWords], list[ColumnCells]]


def build_indicator_workbook(
    db: RowReader,
    indicator_id: str,
    site: SiteSettings,
    translations: gettext.NullTranslations = ENGLISH.translations,
) -> Workbook:
    """Return the workbook of an indicator: observations, gaps and measures of inequality, if any.

    Raise HttpError: 404 for an indicator that is not there, 413 for more observations than
    MAX_SPREADSHEET_ROWS.
    """
    indicator = _read_record(db, "indicator", indicator_id)
    dataset = _read_record(db, "dataset", indicator["dataset"])
    counts = spreadsheets.count_indicator_rows(db, indicator_id)
    _check_row_limit(counts["observations"], f"/api/v1/observations.csv?indicator={indicator_id}")
    words = WorkbookWords(db, translations)
    _ = words.gettext
    tables = _list_indicator_tables(words, indicator)
    *names, sources_name = words.name_sheets([*(table.name for table in tables), _("Sources")])
    sheets: list[TableSheet] = []
    left_out: list[str] = []
    rows_left = MAX_SPREADSHEET_ROWS
    for name, table in zip(names, tables, strict=True):
        count = counts[table.resource]
        if count > rows_left:
            address = f"/api/v1/{table.resource}.csv?indicator={indicator_id}"
            texts = {"title": table.title, "count": f"{count:,}", "address": address}
            left_out.append(_("%(title)s (%(count)s rows): %(address)s") % texts)
        elif count:
            rows_left -= count
            columns = table.build(table.select(db, indicator_id), words)
            title = f"{table.title}: {indicator['title']}"
            sheets.append(_build_sheet(words, name, title, table.description, columns))
    if cells := spreadsheets.select_used_source_cells(db, indicator_id):
        sheets.append(_build_text_sheet(words, "source", sources_name, _("Sources"), cells))
    subject = WorkbookSubject(dataset, [indicator], indicator["title"], indicator["definition"])
    return spreadsheet_front.build_workbook(db, words, site, subject, sheets, left_out)


def _list_indicator_tables(
    words: WorkbookWords, indicator: SheetRecord
) -> tuple[IndicatorTable, ...]:
    _ = words.gettext
    return (
        IndicatorTable(
            *("observations", _("Figures"), _("Figures"), indicator["definition"]),
            spreadsheets.select_observation_cells,
            spreadsheet_columns.build_observation_columns,
        ),
        IndicatorTable(
            *("gaps", _("Gaps"), _("Gaps between groups")),
            _(
                "Each group beside the one it is compared with, worked out by the hub from the "
                "figures."
            ),
            spreadsheets.select_gap_cells,
            spreadsheet_columns.build_gap_columns,
        ),
        IndicatorTable(
            *("inequality", _("Inequality"), _("Measures of inequality")),
            _("Measures over all groups together, worked out by the hub from the figures."),
            spreadsheets.select_inequality_cells,
            spreadsheet_columns.build_inequality_columns,
        ),
    )


def build_dataset_workbook(
    db: RowReader,
    dataset_id: str,
    site: SiteSettings,
    translations: gettext.NullTranslations = ENGLISH.translations,
) -> Workbook:
    """Return the workbook of a dataset: a sheet for each indicator; findings, recommendations too.

    Raise HttpError: 404 for a dataset that is not there, 413 for more rows than
    MAX_SPREADSHEET_ROWS.
    """
    dataset = _read_record(db, "dataset", dataset_id)
    address = f"/datasets/{dataset_id}/{dataset['version']}/{dataset_id}.csv"
    _check_row_limit(spreadsheets.count_dataset_rows(db, dataset_id), address)
    words = WorkbookWords(db, translations)
    _ = words.gettext
    indicators = spreadsheets.select_indicator_records(db, dataset_id)
    text_titles = [_("Findings"), _("Recommendations"), _("Sources")]
    titles = [*text_titles, *(indicator["title"] for indicator in indicators)]
    names = words.name_sheets(titles)
    sheets = []
    for indicator, name in zip(indicators, names[len(text_titles) :], strict=True):
        cells = spreadsheets.select_observation_cells(db, indicator["indicator"], dataset_id)
        if cells:
            columns = spreadsheet_columns.build_observation_columns(cells, words)
            title, description = indicator["title"], indicator["definition"]
            sheets.append(_build_sheet(words, name, title, description, columns))
    for table, name, title in zip(
        spreadsheet_columns.TEXT_COLUMNS, names, text_titles, strict=False
    ):
        if cells := spreadsheets.select_dataset_cells(db, table, dataset_id):
            sheets.append(_build_text_sheet(words, table, name, title, cells))
    subject = WorkbookSubject(dataset, indicators, dataset["title"], dataset["description"])
    return spreadsheet_front.build_workbook(db, words, site, subject, sheets)


def build_indicator_table(
    db: RowReader, indicator_id: str, translations: gettext.NullTranslations = ENGLISH.translations
) -> TableSheet:
    """Return the observations of an indicator as one table; raise HttpError as for its workbook."""
    indicator = _read_record(db, "indicator", indicator_id)
    count = spreadsheets.count_indicator_rows(db, indicator_id)["observations"]
    _check_row_limit(count, f"/api/v1/observations.csv?indicator={indicator_id}")
    cells = spreadsheets.select_observation_cells(db, indicator_id)
    return _build_lone_table(db, translations, indicator["title"], cells)


def build_dataset_table(
    db: RowReader, dataset_id: str, translations: gettext.NullTranslations = ENGLISH.translations
) -> TableSheet:
    """Return the observations of a dataset as one table; raise HttpError as for its workbook."""
    dataset = _read_record(db, "dataset", dataset_id)
    address = f"/datasets/{dataset_id}/{dataset['version']}/{dataset_id}.csv"
    _check_row_limit(spreadsheets.count_dataset_rows(db, dataset_id), address)
    cells = spreadsheets.select_dataset_observation_cells(db, dataset_id)
    return _build_lone_table(db, translations, dataset["title"], cells)


def _build_lone_table(
    db: RowReader, translations: gettext.NullTranslations, title: str, cells: SheetCells
) -> TableSheet:
    """Return a table in which each row says all that it needs, without empty columns."""
    if not cells:
        raise build_http_error(404, "not-found", f"There are no figures of “{title[:60]}” here.")
    words = WorkbookWords(db, translations, has_numbered_notes=False)
    columns = spreadsheet_columns.build_observation_columns(cells, words, _LONE_TABLE_COLUMNS)
    repeated = (column._replace(hoist_constant=False) for column in columns)
    varying_columns, _ = hoist_constant_columns(repeated)
    return build_table_sheet(words.gettext("Figures"), title, (), varying_columns)


def _read_record(db: RowReader, table: Literal["dataset", "indicator"], key: str) -> SheetRecord:
    record = spreadsheets.select_record(db, table, key)
    if record is None:
        raise build_http_error(404, "not-found", f"There is no {table} “{key[:60]}” here.")
    return record


def _check_row_limit(rows: int, address: str) -> None:
    """Raise HttpError (413) for more rows than a workbook holds; `address` is where they are."""
    if rows > MAX_SPREADSHEET_ROWS:
        raise build_http_error(
            413,
            "too-many-rows",
            f"A spreadsheet is made of at most {MAX_SPREADSHEET_ROWS:,} rows, and these are "
            f"{rows:,}. All of them are in {address}",
        )


def _build_text_sheet(
    words: WorkbookWords, table: TextTable, name: str, title: str, cells: SheetCells
) -> TableSheet:
    columns = spreadsheet_columns.TEXT_COLUMNS[table]
    return _build_sheet(
        words, name, title, "", build_text_columns(cells, columns, words, is_wrapped=True)
    )


def _build_sheet(
    words: WorkbookWords, name: str, title: str, description: str, columns: Iterable[ColumnCells]
) -> TableSheet:
    """Return a sheet with what is the same in every row said above its table."""
    _ = words.gettext
    varying_columns, constants = hoist_constant_columns(columns)
    cells = {cell for column in varying_columns for cell in column.cells if isinstance(cell, str)}
    note_start = words.format_note_number(1).partition("1")[0]
    has_symbols = any(cell.startswith((note_start, *SYMBOLS)) for cell in cells)
    intro_lines = (
        description,
        _("The same in every row – %(constants)s.") % {"constants": "; ".join(constants)}
        if constants
        else "",
        " ".join(
            (
                _("This sheet has one table."),
                *([_("Marks in square brackets are explained in the sheet Notes.")] * has_symbols),
                _("An empty cell: there is nothing to say."),
            )
        ),
        spreadsheet_front.build_back_link(words),
    )
    return build_table_sheet(name, title, intro_lines, varying_columns)
