"""Code lists as rows of the hub's tables, the hub's own and those that packages bring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from evidencehub.codes import (
    CODE_COLUMNS,
    LIST_COLUMNS,
    WALK_COLUMNS,
    Code,
    CodeBook,
    CodeList,
    area_id,
)

OWN = {
    "code_list": ("list", *LIST_COLUMNS, "dataset"),
    "code": CODE_COLUMNS,
    "alias": ("list", "alias", "code"),
    "crosswalk": WALK_COLUMNS,
    "area": ("area", "list", "code", "label", "level", "parent"),
}
"""The hub's tables that hold code lists, and their columns."""


def own_tables(
    lists: Iterable[CodeList], book: CodeBook, dataset: str | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """Code lists as rows of the tables of OWN, cells in the order of its columns.

    `dataset` is the one that brings them; the hub's own belong to none.
    """
    found = list(lists)
    names = {code_list.name for code_list in found}
    walks = (walk for walk in book.crosswalks if walk.from_scheme in names)
    return {
        "code_list": [(*_list_row(code_list), dataset) for code_list in found],
        "code": [_code_row(c.codes[code]) for c in found for code in _sorted(c)],
        "alias": [
            (c.name, spelling, code) for c in found for spelling, code in sorted(c.aliases.items())
        ],
        "crosswalk": [walk._replace(to_code=walk.to_code or None) for walk in walks],  # type: ignore[arg-type]
        "area": [row for c in found if c.kind == "area" for row in _areas(c)],
    }


def _sorted(code_list: CodeList) -> list[str]:
    order = {c.code: int(c.sort_order or 0) for c in code_list.codes.values()}
    return sorted(code_list.codes, key=lambda code: (order[code], code))


def _list_row(code_list: CodeList) -> tuple[Any, ...]:
    told = code_list if code_list.language else replace(code_list, language="en")
    return (told.name, *(getattr(told, name) or None for name in LIST_COLUMNS))


_LANGUAGE, _ORDER, _RESIDUAL = map(CODE_COLUMNS.index, ("language", "sort_order", "residual"))


def _code_row(code: Code) -> tuple[Any, ...]:
    cells: list[Any] = [value or None for value in code]
    cells[_LANGUAGE] = code.language or "en"
    cells[_ORDER] = int(code.sort_order or 0)
    cells[_RESIDUAL] = int(code.residual or 0)
    return tuple(cells)


def _areas(code_list: CodeList) -> Iterator[tuple[Any, ...]]:
    name = code_list.name
    for code in code_list.codes.values():
        parent = area_id(name, code.parent) if code.parent else None
        yield area_id(name, code.code), name, code.code, code.label, code.level or None, parent
