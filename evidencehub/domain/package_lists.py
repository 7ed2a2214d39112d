"""The code lists that a package brings: described in its descriptor, their codes in a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from evidencehub.domain.code_lists import (
    CODE_COLUMNS,
    Code,
    CodeBook,
    CodeList,
    CrosswalkEntry,
    crosswalk_fault,
    parse_code_list,
    unknown_country_faults,
    unknown_relative_faults,
)
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE

_EMPTY_ROW = dict.fromkeys((*CODE_COLUMNS, *CONCEPTS_BY_ROLE["codes"]), "")
_pick_code_cells = itemgetter(*CODE_COLUMNS)


def build_package_lists(
    list_descriptors: Sequence[Mapping[str, str]], rows: Iterable[Mapping[str, str]], book: CodeBook
) -> tuple[list[CodeList], list[CrosswalkEntry], list[str]]:
    """A package's own lists: described in its `hub.lists`, their codes as rows of the role `codes`.

    Gives the lists, their crosswalks (facet, maps_to), and what is wrong in plain sentences.
    """
    lists = {entry["list"]: parse_code_list(entry) for entry in list_descriptors}
    entries: list[CrosswalkEntry] = []
    faults = [
        f"{name} is the name of a code list of the hub." for name in lists if name in book.lists
    ]
    if len(lists) < len(list_descriptors):
        faults.append("A code list is declared twice.")
    for row in rows:
        cells = {**_EMPTY_ROW, **row}
        if fault := _find_code_fault(cells, lists):
            faults.append(fault)
            continue
        _add_package_code(lists[cells["list"]], cells)
        entries += _crosswalk_entries(cells)
        if cells["residual"] not in ("", "0", "1"):
            faults.append(f"{cells['list']} {cells['code']}: residual must be 0 or 1.")
    faults += unknown_relative_faults(lists)
    faults += unknown_country_faults(lists, book.lists)
    combined_book = book.with_package_lists(lists.values(), ())
    faults += filter(None, (crosswalk_fault(entry, combined_book) for entry in entries))
    return list(lists.values()), entries, faults


def _find_code_fault(cells: Mapping[str, str], lists: Mapping[str, CodeList]) -> str:
    """Return why a code can be in none of the lists; empty where it can."""
    if cells["list"] not in lists:
        return f"“{cells['list']}” is not declared in hub.lists."
    if cells["code"] in lists[cells["list"]].codes:
        return f"{cells['list']} has the code “{cells['code']}” more than once."
    return ""


def _add_package_code(code_list: CodeList, cells: Mapping[str, str]) -> None:
    sort_order = cells["sort_order"] or str(len(code_list.codes) + 1)
    language = cells["language"] or code_list.language
    code = Code._make(_pick_code_cells(cells))
    code_list.add(code._replace(sort_order=sort_order, language=language))
    for alias in json.loads(cells["aliases"]) if cells["aliases"] else ():
        code_list.add_alias(alias, code.code)


def _crosswalk_entries(row: Mapping[str, str]) -> Iterator[CrosswalkEntry]:
    """The crosswalks that a row of a package's own scheme states."""
    source = (row["list"], row["code"])
    if row["facet"]:
        relation = row["facet_relation"] or "relatedMatch"
        yield CrosswalkEntry(
            *source, "hub-facet", row["facet"], relation, "navigation only", "the package"
        )
    if row["maps_to"]:
        scheme, _, code = row["maps_to"].partition(":")
        yield CrosswalkEntry(
            *source, scheme, code, row["relation"] or "closeMatch", "", "the package"
        )
