"""A workbook as an Office Open XML file (.xlsx), with real Excel tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter  # type: ignore[import-untyped]  # it says nothing of its types

from evidencehub.formats.workbook import (
    COVER_WIDTH_CHARS,
    FORMATTED_DECIMALS,
    ZIP_TIMESTAMP,
    LinkCell,
    NumberCell,
    Sheet,
    SheetColumn,
    TableSheet,
    TextLine,
    TextSheet,
    Workbook,
    clean_text,
    estimate_lines,
    render_cell_text,
)

# points; Excel has no row above 409
LINE_HEIGHT, HEADING_HEIGHT, TITLE_HEIGHT, MAX_ROW_HEIGHT = 15, 20, 24, 400
XLSXWRITER_OPTIONS = {
    "in_memory": True,  # also for equal bytes: files on the disk would carry the local time
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
# Not constant_memory: it cannot make real tables, and is no faster. What it would save is
# bounded by the limit on rows that whoever makes the workbook keeps to.
TABLE_STYLE = "Table Style Light 1"  # black on white and light grey: enough contrast in print
CORE_PROPERTIES_PART = "docProps/core.xml"
_CORE_END = "</cp:coreProperties>"
_RICH_TEXT_LOOKALIKE = re.compile(r"<r>.*</r>", re.DOTALL)


def write_xlsx(workbook: Workbook) -> bytes:
    """The file. Equal workbooks give equal bytes; no text is taken for a formula or a number."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, XLSXWRITER_OPTIONS)
    book.set_properties(
        {
            "title": clean_text(workbook.title),
            "subject": clean_text(workbook.subject),
            "author": clean_text(workbook.publisher),
            "comments": clean_text(workbook.description),
            "created": workbook.created_utc,
        }
    )
    writer = _XlsxWriter(book)
    for sheet in workbook.sheets:
        writer.add_sheet(sheet)
    book.close()
    return _add_language(sink.getvalue(), workbook.language)


class _XlsxWriter:
    """Adds sheets to a book that is open, with the formats that they share."""

    def __init__(self, book: Any) -> None:
        self._book, self._table_count = book, 0
        add_format: Callable[..., Any] = book.add_format
        top_aligned = {"valign": "top"}
        self._text = add_format({**top_aligned, "text_wrap": True})
        self._title = add_format({**top_aligned, "bold": True, "font_size": 16})
        self._heading = add_format(
            {**top_aligned, "bold": True, "font_size": 13, "text_wrap": True}
        )
        self._column_heading = add_format(
            {**top_aligned, "bold": True, "text_wrap": True, "bottom": 1}
        )
        # a link is told by its line, not by its colour alone
        self._symbol = add_format({"align": "right"})
        self._link = add_format({**top_aligned, "font_color": "#0B5394", "underline": 1})
        self._numbers: Mapping[int | None, Any] = {
            n: add_format({"num_format": "#,##0" + "." * (n > 0) + "0" * n})
            for n in FORMATTED_DECIMALS
        }
        self._cleaned_texts: dict[str, str] = {}

    def add_sheet(self, sheet: Sheet) -> None:
        """Write one sheet after those that are there."""
        worksheet = self._book.add_worksheet(sheet.name)
        # programs other than Excel take heights as they stand, and would lay lines over each other
        worksheet.set_row(0, TITLE_HEIGHT)
        worksheet.write_string(0, 0, self._clean_text(sheet.title), self._title)
        if isinstance(sheet, TextSheet):
            worksheet.set_column(0, 0, COVER_WIDTH_CHARS)
            worksheet.fit_to_pages(1, 0)
            self._write_lines(worksheet, sheet.lines, self._text)
        else:
            self._write_lines(worksheet, sheet.lines, None)
            self._write_table(worksheet, sheet)

    def _write_lines(self, worksheet: Any, lines: Sequence[TextLine], style: Any) -> None:
        for row_index, text_line in enumerate(lines, 1):
            if text_line.target:
                self._write_link(
                    worksheet, row_index, 0, LinkCell(text_line.text, text_line.target)
                )
            elif text_line.text:
                cell_format = self._heading if text_line.is_heading else style
                worksheet.write_string(row_index, 0, self._clean_text(text_line.text), cell_format)
                if style or text_line.is_heading:
                    line_height = HEADING_HEIGHT if text_line.is_heading else LINE_HEIGHT
                    worksheet.set_row(
                        row_index, line_height * estimate_lines(text_line.text, COVER_WIDTH_CHARS)
                    )

    def _write_table(self, worksheet: Any, table: TableSheet) -> None:
        top, last = table.header_row, len(table.columns) - 1
        for column_index, (column, width) in enumerate(
            zip(table.columns, table.measure_columns(), strict=True)
        ):
            worksheet.set_column(column_index, column_index, width)
            worksheet.write_string(
                top, column_index, self._clean_text(column.heading), self._column_heading
            )
        self._write_rows(worksheet, table)
        self._set_row_heights(worksheet, table)
        if table.rows and table.columns:  # Excel has no table without rows
            self._table_count += 1
            worksheet.add_table(
                top, 0, top + len(table.rows), last, self._build_table_options(table)
            )
        if table.is_frozen:
            worksheet.freeze_panes(top + 1, 0)
        worksheet.repeat_rows(top)
        worksheet.set_landscape()
        worksheet.fit_to_pages(1, 0)
        # codes of digits are codes: no warning beside each of them
        worksheet.ignore_errors({"number_stored_as_text": f"A1:XFD{top + len(table.rows) + 1}"})

    def _choose_text_format(self, column: SheetColumn) -> Any:
        """The format of a text: a mark stands where the numbers do."""
        if column.is_wrapped:
            return self._text
        return self._symbol if column.cell_type == "number" else None

    def _build_table_options(self, table: TableSheet) -> dict[str, Any]:
        headers = [
            {"header": self._clean_text(column.heading), "header_format": self._column_heading}
            for column in table.columns
        ]
        return {"columns": headers, "name": f"Table_{self._table_count}", "style": TABLE_STYLE}

    def _write_rows(self, worksheet: Any, table: TableSheet) -> None:
        styles = [self._choose_text_format(column) for column in table.columns]
        number_formats = [self._numbers.get(column.decimals) for column in table.columns]
        string, number, clean = worksheet.write_string, worksheet.write_number, self._clean_text
        for row, cells in enumerate(table.rows, table.header_row + 1):
            for column_index, cell in enumerate(cells):
                if type(cell) is str:
                    if cell:
                        string(row, column_index, clean(cell), styles[column_index])
                elif type(cell) is NumberCell:
                    number(row, column_index, cell.number, self._numbers.get(cell.decimals))
                elif type(cell) is LinkCell:
                    self._write_link(worksheet, row, column_index, cell)
                elif cell is not None:
                    number(row, column_index, cell, number_formats[column_index])

    def _set_row_heights(self, worksheet: Any, table: TableSheet) -> None:
        """Room for the cells that wrap."""
        columns_with_width = zip(table.columns, table.measure_columns(), strict=True)
        wrapped_columns = [
            (column_index, width)
            for column_index, (column, width) in enumerate(columns_with_width)
            if column.is_wrapped
        ]
        if not wrapped_columns:
            return
        for row, cells in enumerate(table.rows, table.header_row + 1):
            lines = max(
                estimate_lines(render_cell_text(cells[column_index]), width)
                for column_index, width in wrapped_columns
            )
            if lines > 1:
                worksheet.set_row(row, min(LINE_HEIGHT * lines, MAX_ROW_HEIGHT))

    def _write_link(self, worksheet: Any, row: int, column_index: int, link: LinkCell) -> None:
        link_text = self._clean_text(link.text)
        if not link.is_followable:
            worksheet.write_string(row, column_index, link_text)
            return
        is_internal = link.target.startswith("#")
        target = f"internal:'{link.target[1:]}'!A1" if is_internal else link.target
        worksheet.write_url(row, column_index, target, self._link, link_text)

    def _clean_text(self, value: str) -> str:
        """The text as it can be held; few texts are many cells, so each is looked at once."""
        cleaned = self._cleaned_texts.get(value)
        if cleaned is None:
            cleaned = clean_text(value)
            # XlsxWriter takes such a text for markup of its own; the space tells it otherwise
            cleaned = f"{cleaned} " if _RICH_TEXT_LOOKALIKE.fullmatch(cleaned) else cleaned
            self._cleaned_texts[value] = cleaned
        return cleaned


def _add_language(content: bytes, language: str) -> bytes:
    """The file with its language among its properties, where XlsxWriter puts none."""
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source_zip,
        zipfile.ZipFile(sink, "w") as target_zip,
    ):
        for entry in source_zip.infolist():
            entry_content = source_zip.read(entry)
            if entry.filename == CORE_PROPERTIES_PART:
                language_element = f"<dc:language>{escape(language)}</dc:language>{_CORE_END}"
                entry_content = entry_content.decode().replace(_CORE_END, language_element).encode()
            target_zip.writestr(
                zipfile.ZipInfo(entry.filename, ZIP_TIMESTAMP), entry_content, zipfile.ZIP_DEFLATED
            )
    return sink.getvalue()
