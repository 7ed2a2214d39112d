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

LONGEST_NAME = 31  # characters of a sheet's name, in Excel
LONGEST_TEXT = 32_767  # units of UTF-16 in a cell, in Excel; other programs take more
LONGEST_HEADING = 255  # of a column of an Excel table
LONGEST_ADDRESS = 690  # of a link: Excel takes 2,079, and a sign may become three
NARROWEST, WIDEST = 8, 60  # characters of a column
LINE = 120  # characters of a line above a table: what a screen shows of a cell that runs over
MOST_FROZEN = 12  # rows that may stay in view: more would leave no room for the others
LOOKED_AT = 500  # rows that tell how wide a column is
CUT = " … (cut: a cell holds no more)"
SHORTHAND = {
    "Q": "[c]", "M": "[z]", "O": "[x]", "L": "[x]", "H": "[x]", "K": "[x]", "S": "[x]",
    "E": "[e]", "I": "[e]", "F": "[f]", "P": "[p]", "B": "[b]", "U": "[u]", "N": "[low]",
}  # fmt: skip
"""What stands for an SDMX observation status; those that are not here are said in words only."""

MEANINGS = {
    "[b]": "Break in the series.",
    "[c]": "Confidential: hidden to protect people.",
    "[e]": "Estimated.",
    "[f]": "Forecast.",
    "[low]": "Too small to show, but not zero.",
    "[p]": "Provisional: likely to be revised.",
    "[u]": "Low reliability.",
    "[x]": "Not available: the source gives no figure here.",
    "[z]": "Not applicable: there can be no figure here.",
}
"""The shorthand in words, in the order in which it is explained."""

NOT_AVAILABLE, NOT_APPLICABLE = "[x]", "[z]"
_XML_CANNOT = re.compile("[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\#\x00-\x1f]+")  # `#` begins a link


class Figure(NamedTuple):
    """A finite number, shown with as many decimals as it was published with."""

    number: float
    decimals: int | None


class Link(NamedTuple):
    """A text that leads to `target`; nowhere when that is no address that can be followed."""

    text: str
    target: str

    @property
    def leads(self) -> bool:
        """True where a program may offer to follow it."""
        known = self.target.startswith(("http://", "https://", "mailto:", "#"))
        return known and len(self.target) <= LONGEST_ADDRESS


Cell = str | float | Figure | Link | None
"""What a cell may hold; None and an empty text are an empty cell."""


class Line(NamedTuple):
    """A line of text on a cover or above a table."""

    text: str
    target: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `wraps` is for texts that are longer than a line."""

    key: str
    heading: str
    kind: Literal["text", "number"] = "text"
    decimals: int | None = None
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A sheet of lines below each other."""

    name: str
    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with one table: its title, lines that explain it, a header row, rows."""

    name: str
    title: str
    lines: Sequence[Line]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

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
        return self.header_row < MOST_FROZEN

    def widths(self) -> list[int]:
        """How wide each column should be, in characters."""
        return [self._width(place) for place in range(len(self.columns))]

    def _width(self, place: int) -> int:
        shown = (row[place] for row in self.rows[:LOOKED_AT])
        longest = max((len(text(cell)) for cell in shown), default=0)
        # a heading may break between words, and leaves room for the button of its filter
        words = max(map(len, self.columns[place].heading.split()), default=0) + 4
        return min(max(longest + 2, words, NARROWEST), WIDEST)


Sheet = Text | Table


@dataclass(frozen=True, slots=True)
class Workbook:
    """Sheets in order, and what the file says of itself. `created` is an ISO moment or day."""

    title: str
    language: str
    subject: str
    description: str
    publisher: str
    created: str
    sheets: Sequence[Sheet]

    def __post_init__(self) -> None:
        names = [sheet.name for sheet in self.sheets]
        if list(names) != sheet_names(names):
            raise ValueError("The names of the sheets are not unique, too long or not allowed.")

    @property
    def moment(self) -> datetime:
        """When it was created, in UTC; equal workbooks give equal files, so never today."""
        told = datetime.fromisoformat(self.created)
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def sheet_names(titles: Iterable[str]) -> list[str]:
    """A name for the sheet of each title: short, unique, without signs that no sheet may have.

    >>> sheet_names(["Deaths: all", "Deaths/all", "Perinatal mortality rate in the United Kingdom"])
    ['Deaths all', 'Deaths all (2)', 'Perinatal mortality rate in…']
    """
    names: list[str] = []
    taken = {"history", "database"}  # Excel keeps the first for itself
    for title in titles:
        name = _short(plain(title))
        found, number = name, 1
        while found.casefold() in taken:
            number += 1
            ending = f" ({number})"
            found = _short_to(name, LONGEST_NAME - len(ending)) + ending
        taken.add(found.casefold())
        names.append(found)
    return names


def _short(title: str) -> str:
    """A title cut after a word, which shows. An apostrophe would have to be doubled in links."""
    name = " ".join(_NOT_IN_NAMES.sub(" ", title.replace("'", "’")).split())
    if _units(name) <= LONGEST_NAME:
        return name or "Sheet"
    return _short_to(name, LONGEST_NAME - 1).rstrip(" ,;.-–…") + "…"


def _short_to(name: str, room: int) -> str:
    """A name without its last words, as many as it takes; a word alone is cut."""
    while _units(name) > room:
        name = name.rpartition(" ")[0] or name[:-1]
    return name


def _units(text: str) -> int:
    """How long a text is, as Excel counts: in units of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def plain(text: str) -> str:
    """A text that every format can hold: signs that XML cannot hold become `�`, lines end in LF.

    A tab becomes a space, since readers of ODS lose it. What is longer than a cell of Excel is
    cut, and says so.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = _XML_CANNOT.sub("\ufffd", text)
    if len(text) <= LONGEST_TEXT // 2 or _units(text) <= LONGEST_TEXT:
        return text
    room = 2 * (LONGEST_TEXT - len(CUT))
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT


def text(cell: Cell) -> str:
    """A cell as text, to see how long it is."""
    if isinstance(cell, Figure):
        return shown(cell.number, cell.decimals)
    if isinstance(cell, Link):
        return cell.text
    return "" if cell is None else str(cell)


def shown(number: float, decimals: int | None) -> str:
    """A number as a cell shows it."""
    return f"{number:.10g}" if decimals is None else f"{number:,.{decimals}f}"


def lines_of(told: str, width: int) -> int:
    """How many lines a text takes in a column of that many characters: rather one too many."""
    lengths = map(len, told.split("\n"))
    return sum(1 if length < width else 1 + length * 10 // (width * 9) for length in lengths)


def contents(sheets: Sequence[Sheet], name: str, title: str, line: str) -> Table:
    """The table of contents of other sheets: a link to each, and what is there."""
    columns = (
        Column("sheet", "Sheet"),
        Column("title", "What is there", wraps=True),
        Column("rows", "Rows", "number", 0),
    )
    rows = [
        (
            Link(sheet.name, f"#{sheet.name}"),
            sheet.title,
            float(len(sheet.rows)) if isinstance(sheet, Table) else "",
        )
        for sheet in sheets
    ]
    return Table(name, title, (Line(line),), columns, rows)


class Part(NamedTuple):
    """A column with its cells. `once`: said above the table where it is the same in every row."""

    column: Column
    cells: Sequence[Cell]
    once: bool = False


def trimmed(parts: Iterable[Part]) -> tuple[list[Part], str]:
    """The parts without the empty and the constant ones, and the constants as a sentence."""
    kept: list[Part] = []
    same: list[str] = []
    for part in parts:
        values = set(part.cells)
        if values <= {None, ""}:
            continue
        if part.once and len(values) == 1:
            same.append(f"{part.column.heading}: {text(part.cells[0])}")
        else:
            kept.append(part)
    return kept, f"The same in every row – {'; '.join(same)}." if same else ""


def tabled(name: str, title: str, lines: Iterable[Line | str], parts: Sequence[Part]) -> Table:
    """A table made of columns. Of the lines above it, empty ones are left out, long ones broken."""
    told: list[Line] = []
    for line in lines:
        told += [line] if isinstance(line, Line) else map(Line, _broken(line))
    rows: list[Sequence[Any]] = list(zip(*(part.cells for part in parts), strict=True))
    return Table(name, title, told, [part.column for part in parts], rows)


def _broken(line: str) -> list[str]:
    """A long line as several; codes and addresses stay whole."""
    return textwrap.wrap(line, LINE, break_long_words=False, break_on_hyphens=False)


def headed(wanted: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Headings that are not yet taken: a repeated one gets `_` at its end."""
    seen = {heading.casefold() for heading in taken}
    found = []
    for heading in wanted:
        told = plain(heading)[: LONGEST_HEADING - 8]
        while told.casefold() in seen:
            told += "_"
        seen.add(told.casefold())
        found.append(told)
    return found


def censored(least: float | None, most: float | None, decimals: int | None) -> str:
    """A value of which only a limit is known, in words: “over 950”, “under 5”, “5 to 9”."""
    low = "" if least is None else shown(least, decimals)
    high = "" if most is None else shown(most, decimals)
    if low and high:
        return f"{low} to {high}"
    return f"over {low}" if low else f"under {high}"
