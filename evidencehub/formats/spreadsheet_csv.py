"""One table as CSV that spreadsheets of every language open alike (decision 0040).

UTF-16 with tabs: columns without a question, whatever the list separator. Numbers have no
decimal sign, since a point or a comma means thousands or a date elsewhere: 12.5 is 125E-1.
"""

from __future__ import annotations

import codecs
import csv
import io
from decimal import Decimal

from evidencehub.domain.spreadsheet_text import is_formula, is_value_like
from evidencehub.formats.workbook import CellValue, LinkCell, NumberCell, TableSheet, clean_text

MAX_PLAIN_INTEGER = 10**15  # beyond, spreadsheets round
TEXT_GUARD = "'"  # before a text that would be run, or taken for a number or a date


def write_spreadsheet_csv(table: TableSheet) -> bytes:
    """Return the headings and rows of a table; no text becomes a formula, a number or a date."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t")
    writer.writerow([_render_text(column.heading) for column in table.columns])
    writer.writerows([_render_cell(cell) for cell in row] for row in table.rows)
    return codecs.BOM_UTF16_LE + text.getvalue().encode("utf-16-le")


def _render_cell(cell: CellValue) -> str:
    if isinstance(cell, NumberCell):
        return _render_number(cell.number)
    if isinstance(cell, LinkCell):
        return _render_text(cell.text)
    if isinstance(cell, str):
        return _render_text(cell)
    return "" if cell is None else _render_number(cell)


def _render_text(text: str) -> str:
    cleaned = clean_text(text)
    return TEXT_GUARD + cleaned if is_formula(cleaned) or is_value_like(cleaned) else cleaned


def _render_number(number: float) -> str:
    """Return a number without a decimal sign, exactly: an integer, or an integer and an exponent.

    >>> _render_number(12.5), _render_number(-3.0)
    ('125E-1', '-3')
    """
    if number == int(number) and abs(number) < MAX_PLAIN_INTEGER:
        return str(int(number))
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    return f"{'-' * sign}{''.join(map(str, digits))}E{exponent}"
