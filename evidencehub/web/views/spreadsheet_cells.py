"""Columns of a workbook from cells: text, counts, numbers with the decimals of their row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evidencehub.domain.status import NOT_AVAILABLE_SYMBOL
from evidencehub.formats.workbook import CellValue, ColumnCells, NumberCell, SheetColumn


def build_decimal_column(
    heading: str, numbers: Sequence[float | None], marks: Sequence[str], decimals: Sequence[Any]
) -> ColumnCells:
    """Numbers with the decimals of their row, or one more where that many would hide some."""
    if not any(number is not None for number in numbers):
        return ColumnCells(SheetColumn(heading, heading, "number"), numbers)
    cells: list[CellValue] = []
    for number, mark, digits in zip(numbers, marks, decimals, strict=True):
        if number is None:
            cells.append(mark)
        elif digits is None or round(number, digits) == number:
            cells.append(NumberCell(number, digits))
        else:
            cells.append(NumberCell(number, digits + 1))
    return ColumnCells(SheetColumn(heading, heading, "number"), cells)


def build_count_column(
    heading: str, numbers: Sequence[float | None], marks: Sequence[str]
) -> ColumnCells:
    """Counts: whole numbers without decimals, others as they are."""
    are_all_integers = all(number is None or number == int(number) for number in numbers)
    return build_number_column(heading, numbers, 0 if are_all_integers else None, marks)


def build_number_column(
    heading: str,
    numbers: Sequence[float | None],
    decimals: int | None,
    marks: Sequence[str] = (),
    *,
    hoist_constant: bool = False,
) -> ColumnCells:
    """Numbers, and a mark where there is none; nothing at all where there is no number."""
    column = SheetColumn(heading, heading, "number", decimals)
    if not any(number is not None for number in numbers):
        return ColumnCells(column, numbers)
    pairs = zip(numbers, marks or [NOT_AVAILABLE_SYMBOL] * len(numbers), strict=True)
    return ColumnCells(
        column, [mark if number is None else number for number, mark in pairs], hoist_constant
    )


def build_text_column(
    heading: str, cells: Sequence[CellValue], *, hoist_constant: bool = False
) -> ColumnCells:
    return ColumnCells(SheetColumn(heading, heading), cells, hoist_constant)


def map_distinct(cells: Iterable[Any], render: Callable[[Any], str]) -> list[str]:
    """What `render` says of each cell, asked once for each that differs."""
    cells = list(cells)
    rendered = {cell: render(cell) for cell in dict.fromkeys(cells)}
    return [rendered[cell] for cell in cells]
