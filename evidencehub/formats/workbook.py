"""A workbook as people expect it of a statistics office, in no file format: two writers share it.

A sheet is a text (the cover) or one table. Links lead to a web address, to an e-mail address or,
as `#name`, to another sheet.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

MAX_SHEET_NAME_CHARS = 31  # characters of a sheet's name, in Excel
MAX_CELL_UTF16_UNITS = 32_767  # units of UTF-16 in a cell, in Excel; other programs take more
MAX_HEADING_CHARS = 255  # of a column of an Excel table
MAX_LINK_CHARS = 690  # of a link: Excel takes 2,079, and a sign may become three
MIN_COLUMN_CHARS, MAX_COLUMN_CHARS = 8, 60  # characters of a column
# characters of a line above a table: what a screen shows of a cell that runs over
MAX_INTRO_LINE_CHARS = 120
MAX_FROZEN_ROWS = 12  # rows that may stay in view: more would leave no room for the others
WIDTH_SAMPLE_ROWS = 500  # rows that tell how wide a column is
COVER_WIDTH_CHARS = 100  # characters of a line of a cover
FORMATTED_DECIMALS = range(11)  # decimals that a number can be shown with
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # of every part of a file: equal workbooks give equal files
TRUNCATION_NOTICE = " … (cut: a cell holds no more)"
_XML_FORBIDDEN_CHARS = re.compile("[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHEET_NAME_FORBIDDEN_CHARS = re.compile(r"[\[\]:*?/\\#\x00-\x1f]+")  # `#` begins a link


class NumberCell(NamedTuple):
    """A finite number, shown with as many decimals as it was published with."""

    number: float
    decimals: int | None


class LinkCell(NamedTuple):
    """A text that leads to `target`; nowhere when that is no address that can be followed."""

    text: str
    target: str

    @property
    def is_followable(self) -> bool:
        """True where a program may offer to follow it."""
        has_scheme = self.target.startswith(("http://", "https://", "mailto:", "#"))
        return has_scheme and len(self.target) <= MAX_LINK_CHARS


CellValue = str | float | NumberCell | LinkCell | None
"""What a cell may hold; None and an empty text are an empty cell."""


class TextLine(NamedTuple):
    """A line of text on a cover or above a table."""

    text: str
    target: str = ""
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a table. `is_wrapped` is for texts that are longer than a line."""

    heading: str
    cell_type: Literal["text", "number"] = "text"
    decimals: int | None = None
    is_wrapped: bool = False


@dataclass(frozen=True, slots=True)
class TextSheet:
    """A sheet of lines below each other."""

    name: str
    title: str
    lines: Sequence[TextLine]


@dataclass(frozen=True, slots=True)
class TableSheet:
    """A sheet with one table: its title, lines that explain it, a header row, rows."""

    name: str
    title: str
    lines: Sequence[TextLine]
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[CellValue]]

    def __post_init__(self) -> None:
        headings = [column.heading.casefold() for column in self.columns]
        if len(set(headings)) < len(headings):
            raise ValueError(f"Two columns of sheet {self.name} have the same heading.")

    @property
    def header_row(self) -> int:
        """The row of the headings, counted from 0: the title and the lines stand above."""
        return 1 + len(self.lines)

    @property
    def is_frozen(self) -> bool:
        """True where the header row may stay in view with all that is above it."""
        return self.header_row < MAX_FROZEN_ROWS

    def measure_columns(self) -> list[int]:
        """How wide each column should be, in characters."""
        return [self._measure_column(column_index) for column_index in range(len(self.columns))]

    def _measure_column(self, column_index: int) -> int:
        sample_cells = (row[column_index] for row in self.rows[:WIDTH_SAMPLE_ROWS])
        longest = max((len(render_cell_text(cell)) for cell in sample_cells), default=0)
        # a heading may break between words, and leaves room for the button of its filter
        heading_words = self.columns[column_index].heading.split()
        longest_word = max(map(len, heading_words), default=0)
        return min(max(longest + 2, longest_word + 4, MIN_COLUMN_CHARS), MAX_COLUMN_CHARS)


Sheet = TextSheet | TableSheet


@dataclass(frozen=True, slots=True)
class Workbook:
    """Sheets in order, and what the file says of itself. `created_at` is an ISO moment or day."""

    title: str
    language: str
    subject: str
    description: str
    publisher: str
    created_at: str
    sheets: Sequence[Sheet]

    def __post_init__(self) -> None:
        names = [sheet.name for sheet in self.sheets]
        if list(names) != make_sheet_names_unique(names):
            raise ValueError("The names of the sheets are not unique, too long or not allowed.")

    @property
    def created_utc(self) -> datetime:
        """When it was created, in UTC; equal workbooks give equal files, so never today."""
        created = datetime.fromisoformat(self.created_at)
        return created.astimezone(UTC) if created.tzinfo else created.replace(tzinfo=UTC)


def make_sheet_names_unique(titles: Iterable[str]) -> list[str]:
    """A name for the sheet of each title: short, unique, without signs that no sheet may have.

    >>> titles = ["Deaths: all", "Deaths/all", "Perinatal mortality rate in the United Kingdom"]
    >>> make_sheet_names_unique(titles)
    ['Deaths all', 'Deaths all (2)', 'Perinatal mortality rate in…']
    """
    names: list[str] = []
    used_names = {"history", "database"}  # Excel keeps the first for itself
    for title in titles:
        name = _shorten_title(clean_text(title))
        candidate, suffix_number = name, 1
        while candidate.casefold() in used_names:
            suffix_number += 1
            ending = f" ({suffix_number})"
            candidate = _shorten_to(name, MAX_SHEET_NAME_CHARS - len(ending)) + ending
        used_names.add(candidate.casefold())
        names.append(candidate)
    return names


def _shorten_title(title: str) -> str:
    """A title cut after a word, which shows. An apostrophe would have to be doubled in links."""
    name = " ".join(_SHEET_NAME_FORBIDDEN_CHARS.sub(" ", title.replace("'", "’")).split())
    if _measure_utf16(name) <= MAX_SHEET_NAME_CHARS:
        return name or "Sheet"
    return _shorten_to(name, MAX_SHEET_NAME_CHARS - 1).rstrip(" ,;.-–…") + "…"


def _shorten_to(name: str, max_units: int) -> str:
    """A name without its last words, as many as it takes; a word alone is cut."""
    while _measure_utf16(name) > max_units:
        name = name.rpartition(" ")[0] or name[:-1]
    return name


def _measure_utf16(text: str) -> int:
    """How long a text is, as Excel counts: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def clean_text(text: str) -> str:
    """A text that every format can hold: signs that XML cannot hold become `�`, lines end in LF.

    A tab becomes a space, since readers of ODS lose it. What is longer than a cell of Excel is
    cut, and says so.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = _XML_FORBIDDEN_CHARS.sub("\ufffd", text)
    if len(text) <= MAX_CELL_UTF16_UNITS // 2 or _measure_utf16(text) <= MAX_CELL_UTF16_UNITS:
        return text
    max_bytes = 2 * (MAX_CELL_UTF16_UNITS - len(TRUNCATION_NOTICE))
    return text.encode("utf-16-le")[:max_bytes].decode("utf-16-le", "ignore") + TRUNCATION_NOTICE


def render_cell_text(cell: CellValue) -> str:
    """A cell as text, to see how long it is."""
    if isinstance(cell, NumberCell):
        return format_number(cell.number, cell.decimals)
    if isinstance(cell, LinkCell):
        return cell.text
    return "" if cell is None else str(cell)


def format_number(number: float, decimals: int | None) -> str:
    """A number as a cell shows it."""
    return f"{number:.10g}" if decimals is None else f"{number:,.{decimals}f}"


def estimate_lines(cell_text: str, width: int) -> int:
    """How many lines a text takes in a column of that many characters: rather one too many."""
    lengths = map(len, cell_text.split("\n"))
    return sum(1 if length < width else 1 + length * 10 // (width * 9) for length in lengths)


class ColumnCells(NamedTuple):
    """A column with its cells.

    `hoist_constant`: said above the table where it is the same in every row.
    """

    column: SheetColumn
    cells: Sequence[CellValue]
    hoist_constant: bool = False


def hoist_constant_columns(columns: Iterable[ColumnCells]) -> tuple[list[ColumnCells], list[str]]:
    """The columns without the empty and the constant ones, and what the constants say."""
    varying: list[ColumnCells] = []
    constants: list[str] = []
    for column in columns:
        values = set(column.cells)
        if values <= {None, ""}:
            continue
        if column.hoist_constant and len(values) == 1:
            constants.append(f"{column.column.heading}: {render_cell_text(column.cells[0])}")
        else:
            varying.append(column)
    return varying, constants


def build_table_sheet(
    name: str, title: str, lines: Iterable[TextLine | str], columns: Sequence[ColumnCells]
) -> TableSheet:
    """A table made of columns. Of the lines above it, empty ones are left out, long ones broken."""
    intro_lines: list[TextLine] = []
    for line in lines:
        intro_lines += [line] if isinstance(line, TextLine) else map(TextLine, _wrap_line(line))
    rows: list[Sequence[Any]] = list(zip(*(column.cells for column in columns), strict=True))
    return TableSheet(name, title, intro_lines, [column.column for column in columns], rows)


def _wrap_line(long_line: str) -> list[str]:
    """A long line as several; codes and addresses stay whole."""
    return textwrap.wrap(
        long_line, MAX_INTRO_LINE_CHARS, break_long_words=False, break_on_hyphens=False
    )


def make_headings_unique(headings: Iterable[str], used_headings: Iterable[str]) -> list[str]:
    """Headings that are not yet taken: a repeated one gets `_` at its end."""
    folded_headings = {heading.casefold() for heading in used_headings}
    unique = []
    for heading in headings:
        unique_heading = clean_text(heading)[: MAX_HEADING_CHARS - 8]
        while unique_heading.casefold() in folded_headings:
            unique_heading += "_"
        folded_headings.add(unique_heading.casefold())
        unique.append(unique_heading)
    return unique
