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
    Column,
    Figure,
    Line,
    Link,
    Sheet,
    Table,
    Text,
    Workbook,
    lines_of,
    plain,
    text,
)

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COVER_WIDTH = 100  # characters
LINE, HEADING_LINE, TITLE_LINE, HIGHEST = 15, 20, 24, 400  # points; Excel has no row above 409
DECIMALS = range(11)
OPTIONS = {
    "in_memory": True,  # also for equal bytes: files on the disk would carry the local time
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
# Not constant_memory: it cannot make real tables, and is no faster. What it would save is
# bounded by the limit on rows that whoever makes the workbook keeps to.
TABLE_STYLE = "Table Style Light 1"  # black on white and light grey: enough contrast in print
CORE = "docProps/core.xml"
EPOCH = (1980, 1, 1, 0, 0, 0)
_CORE_END = "</cp:coreProperties>"
_RICH = re.compile(r"<r>.*</r>", re.DOTALL)


def write(workbook: Workbook) -> bytes:
    """The file. Equal workbooks give equal bytes; no text is taken for a formula or a number."""
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, OPTIONS)
    book.set_properties(
        {
            "title": plain(workbook.title),
            "subject": plain(workbook.subject),
            "author": plain(workbook.publisher),
            "comments": plain(workbook.description),
            "created": workbook.moment,
        }
    )
    writer = _Writer(book)
    for sheet in workbook.sheets:
        writer.add(sheet)
    book.close()
    return _with_language(sink.getvalue(), workbook.language)


class _Writer:
    """Adds sheets to a book that is open, with the formats that they share."""

    def __init__(self, book: Any) -> None:
        self._book, self._tables = book, 0
        made: Callable[..., Any] = book.add_format
        top = {"valign": "top"}
        self._text = made({**top, "text_wrap": True})
        self._title = made({**top, "bold": True, "font_size": 16})
        self._heading = made({**top, "bold": True, "font_size": 13, "text_wrap": True})
        self._head = made({**top, "bold": True, "text_wrap": True, "bottom": 1})
        # a link is told by its line, not by its colour alone
        self._mark = made({"align": "right"})
        self._link = made({**top, "font_color": "#0B5394", "underline": 1})
        self._numbers: Mapping[int | None, Any] = {
            None: None,
            **{n: made({"num_format": "#,##0" + "." * (n > 0) + "0" * n}) for n in DECIMALS},
        }
        self._clean: dict[str, str] = {}

    def add(self, sheet: Sheet) -> None:
        """Write one sheet after those that are there."""
        page = self._book.add_worksheet(sheet.name)
        # programs other than Excel take heights as they stand, and would lay lines over each other
        page.set_row(0, TITLE_LINE)
        page.write_string(0, 0, self._plain(sheet.title), self._title)
        if isinstance(sheet, Text):
            page.set_column(0, 0, COVER_WIDTH)
            page.fit_to_pages(1, 0)
            self._lines(page, sheet.lines, self._text)
        else:
            self._lines(page, sheet.lines, None)
            self._table(page, sheet)

    def _lines(self, page: Any, lines: Sequence[Line], style: Any) -> None:
        for place, line in enumerate(lines, 1):
            if line.target:
                self._write_link(page, place, 0, Link(line.text, line.target))
            elif line.text:
                told = self._heading if line.heading else style
                page.write_string(place, 0, self._plain(line.text), told)
                if style or line.heading:
                    tall = HEADING_LINE if line.heading else LINE
                    page.set_row(place, tall * lines_of(line.text, COVER_WIDTH))

    def _table(self, page: Any, table: Table) -> None:
        top, last = table.header_row, len(table.columns) - 1
        for place, (column, width) in enumerate(zip(table.columns, table.widths(), strict=True)):
            page.set_column(place, place, width)
            page.write_string(top, place, self._plain(column.heading), self._head)
        self._rows(page, table)
        self._heights(page, table)
        if table.rows and table.columns:  # Excel has no table without rows
            self._tables += 1
            page.add_table(top, 0, top + len(table.rows), last, self._described(table))
        if table.is_frozen:
            page.freeze_panes(top + 1, 0)
        page.repeat_rows(top)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        # codes of digits are codes: no warning beside each of them
        page.ignore_errors({"number_stored_as_text": f"A1:XFD{top + len(table.rows) + 1}"})

    def _style(self, column: Column) -> Any:
        """The format of a text: a mark stands where the numbers do."""
        return self._text if column.wraps else self._mark if column.kind == "number" else None

    def _described(self, table: Table) -> dict[str, Any]:
        headers = [
            {"header": self._plain(column.heading), "header_format": self._head}
            for column in table.columns
        ]
        return {"columns": headers, "name": f"Table_{self._tables}", "style": TABLE_STYLE}

    def _rows(self, page: Any, table: Table) -> None:
        styles = [self._style(column) for column in table.columns]
        shown = [self._numbers.get(column.decimals) for column in table.columns]
        string, number, clean = page.write_string, page.write_number, self._plain
        for row, cells in enumerate(table.rows, table.header_row + 1):
            for place, cell in enumerate(cells):
                if type(cell) is str:
                    if cell:
                        string(row, place, clean(cell), styles[place])
                elif type(cell) is Figure:
                    number(row, place, cell.number, self._numbers.get(cell.decimals))
                elif type(cell) is Link:
                    self._write_link(page, row, place, cell)
                elif cell is not None:
                    number(row, place, cell, shown[place])

    def _heights(self, page: Any, table: Table) -> None:
        """Room for the cells that wrap."""
        wide = zip(table.columns, table.widths(), strict=True)
        wraps = [(place, width) for place, (column, width) in enumerate(wide) if column.wraps]
        if not wraps:
            return
        for row, cells in enumerate(table.rows, table.header_row + 1):
            lines = max(lines_of(text(cells[place]), width) for place, width in wraps)
            if lines > 1:
                page.set_row(row, min(LINE * lines, HIGHEST))

    def _write_link(self, page: Any, row: int, place: int, link: Link) -> None:
        told = self._plain(link.text)
        if not link.leads:
            page.write_string(row, place, told)
        elif link.target.startswith("#"):
            page.write_url(row, place, f"internal:'{link.target[1:]}'!A1", self._link, told)
        else:
            page.write_url(row, place, link.target, self._link, told)

    def _plain(self, told: str) -> str:
        """The text as it can be held; few texts are many cells, so each is looked at once."""
        found = self._clean.get(told)
        if found is None:
            found = plain(told)
            # XlsxWriter takes such a text for markup of its own; the space tells it otherwise
            found = f"{found} " if _RICH.fullmatch(found) else found
            self._clean[told] = found
        return found


def _with_language(made: bytes, language: str) -> bytes:
    """The file with its language among its properties, where XlsxWriter puts none."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(sink, "w") as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename == CORE:
                told = f"<dc:language>{escape(language)}</dc:language>{_CORE_END}"
                part = part.decode().replace(_CORE_END, told).encode()
            new.writestr(zipfile.ZipInfo(entry.filename, EPOCH), part, zipfile.ZIP_DEFLATED)
    return sink.getvalue()
