"""Columns of a workbook from cells: texts in words, numbers with the decimals of their row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from evidencehub.domain.status import NOT_AVAILABLE_SYMBOL
from evidencehub.formats.workbook import CellValue, ColumnCells, NumberCell, SheetColumn
from evidencehub.store.spreadsheets import SheetCells
from evidencehub.web.views.spreadsheet_labels import WorkbookWords


class TextColumn(NamedTuple):
    """A column of the database as text: its heading, for translators, and its cells in words.

    `name` may be two columns with a space between them, whose cells `render` gets together.
    `is_hoisted`: said above the table where it is the same in every row.
    """

    heading: str
    name: str
    render: Callable[..., CellValue] | None = None
    is_hoisted: bool = False


def label_with(code_list: str) -> Callable[[WorkbookWords, str | None], str]:
    """Return what labels a code of one list."""
    return lambda words, code: words.label_code(code_list, code)


def build_text_columns(
    cells: SheetCells,
    columns: Iterable[TextColumn],
    words: WorkbookWords,
    *,
    is_wrapped: bool = False,
) -> list[ColumnCells]:
    """Return columns of texts; each text is made once for all cells that are equal."""
    return [
        ColumnCells(
            SheetColumn(words.gettext(column.heading), is_wrapped=is_wrapped),
            _render_cells(cells, column, words),
            column.is_hoisted,
        )
        for column in columns
    ]


def _render_cells(
    cells: SheetCells, column: TextColumn, words: WorkbookWords
) -> Sequence[CellValue]:
    if column.render is None:
        return cells[column.name]
    arguments = list(zip(*(cells[name] for name in column.name.split()), strict=True))
    rendered = {args: column.render(words, *args) for args in dict.fromkeys(arguments)}
    return [rendered[args] for args in arguments]


def build_decimal_column(
    heading: str,
    numbers: Sequence[float | None],
    decimals: Sequence[int | None],
    marks: Sequence[str] = (),
) -> ColumnCells:
    """Return numbers shown with the decimals of their row, and a mark where there is none."""
    column = SheetColumn(heading, "number")
    if _is_empty(numbers):
        return ColumnCells(column, numbers)
    rows = zip(numbers, decimals, marks or [NOT_AVAILABLE_SYMBOL] * len(numbers), strict=True)
    return ColumnCells(
        column,
        [mark if number is None else NumberCell(number, digits) for number, digits, mark in rows],
    )


def build_count_column(
    heading: str, numbers: Sequence[float | None], marks: Sequence[str]
) -> ColumnCells:
    """Return counts: whole numbers without decimals, others as they are."""
    are_all_integers = all(number is None or number == int(number) for number in numbers)
    return build_number_column(heading, numbers, 0 if are_all_integers else None, marks)


def build_number_column(
    heading: str,
    numbers: Sequence[float | None],
    decimals: int | None = None,
    marks: Sequence[str] = (),
    *,
    is_hoisted: bool = False,
) -> ColumnCells:
    """Return numbers, and a mark where there is none; an empty column without any number."""
    column = SheetColumn(heading, "number", decimals)
    if _is_empty(numbers):
        return ColumnCells(column, numbers)
    pairs = zip(numbers, marks or [NOT_AVAILABLE_SYMBOL] * len(numbers), strict=True)
    return ColumnCells(
        column, [mark if number is None else number for number, mark in pairs], is_hoisted
    )


def _is_empty(numbers: Iterable[float | None]) -> bool:
    return all(number is None for number in numbers)
