"""Code lists as rows of the hub's tables, the hub's own and those that packages bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evidencehub.domain.code_lists import (
    CODE_COLUMNS,
    CROSSWALK_COLUMNS,
    ISO_AREA_LIST,
    LIST_COLUMNS,
    SUBDIVISION_LIST,
    Code,
    CodeBook,
    CodeList,
    CrosswalkEntry,
    area_id,
)
from evidencehub.domain.countries import find_country

_STORED_CODE_COLUMNS = tuple(name for name in CODE_COLUMNS if name != "country")
CODE_LIST_TABLES = {
    "code_list": ("list", *LIST_COLUMNS, "country", "dataset"),
    "code": _STORED_CODE_COLUMNS,
    "alias": ("list", "alias", "code"),
    "crosswalk": CROSSWALK_COLUMNS,
    "area": ("area", "list", "code", "label", "level", "parent", "country"),
}
"""The hub's tables that hold code lists, and their columns."""
_LANGUAGE, _SORT_ORDER, _RESIDUAL = map(CODE_COLUMNS.index, ("language", "sort_order", "residual"))


def code_list_rows(
    lists: Iterable[CodeList], book: CodeBook, dataset: str | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """Code lists as rows of the tables of OWN, cells in the order of its columns.

    `dataset` is the one that brings them; the hub's own belong to none.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in CODE_LIST_TABLES}
    for code_list in lists:
        rows["code_list"].append((*_list_row(code_list), dataset))
        rows["code"] += map(_code_row, map(code_list.keep_own_parent, _sort_codes(code_list)))
        aliases = sorted(code_list.aliases.items())
        rows["alias"] += ((code_list.name, spelling, code) for spelling, code in aliases)
        if code_list.kind == "area":
            rows["area"] += _area_rows(code_list, book)
    names = {row[0] for row in rows["code_list"]}
    entries = (entry for entry in book.crosswalks if entry.from_scheme in names)
    rows["crosswalk"] += map(_crosswalk_row, entries)
    return rows


def list_code_rows(codes: Iterable[Code]) -> list[tuple[Any, ...]]:
    """Codes as rows of the table of codes, in order."""
    return [_code_row(code) for code in sorted(codes, key=lambda code: code.code)]


def _crosswalk_row(entry: CrosswalkEntry) -> tuple[str | None, ...]:
    return (*entry[:3], *(cell or None for cell in entry[3:]))


def _sort_codes(code_list: CodeList) -> list[Code]:
    return sorted(code_list.codes.values(), key=lambda code: (int(code.sort_order or 0), code.code))


def _list_row(code_list: CodeList) -> tuple[Any, ...]:
    cells = {name: getattr(code_list, name) or None for name in LIST_COLUMNS}
    cells |= {"language": code_list.language or "en"}
    return (code_list.name, *cells.values(), find_country(code_list.jurisdiction))


def _code_row(code: Code) -> tuple[Any, ...]:
    cells: list[Any] = [value or None for value in code]
    cells[_LANGUAGE] = code.language or "en"
    cells[_SORT_ORDER] = int(code.sort_order or 0)
    cells[_RESIDUAL] = int(code.residual or 0)
    return tuple(cells[: len(_STORED_CODE_COLUMNS)])


def _area_rows(code_list: CodeList, book: CodeBook) -> Iterator[tuple[Any, ...]]:
    """The areas of a list; a subdivision that the list of countries has too is the same area."""
    name, home = code_list.name, book.home
    countries = book.lists[ISO_AREA_LIST].codes if name == SUBDIVISION_LIST else {}
    for code in code_list.codes.values():
        if code.code in countries:
            continue
        parent = area_id(name, code.parent) if code.parent else None
        yield (
            *(area_id(name, code.code), name, code.code, code.label, code.level or None, parent),
            code_list.find_country_of_area(code.code, home),
        )
