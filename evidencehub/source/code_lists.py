"""The hub's code lists and crosswalks, read from their CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from evidencehub.domain.code_lists import (
    LIST_KINDS,
    Code,
    CodeBook,
    CodeList,
    CrosswalkEntry,
    crosswalk_fault,
    parse_code_list,
    unknown_country_faults,
    unknown_relative_faults,
)
from evidencehub.domain.licences import Licence, LicenceList, find_licence_faults
from evidencehub.domain.preferred_terms import PreferredTerm, find_term_fault
from evidencehub.errors import HubError

_TERMS_FILE = "preferred-terms.csv"
_LICENCES_FILE = "licences.csv"


def read_code_book(root: Path) -> CodeBook:
    """The code book in folder `root` (see its README for the files).

    Raises HubError where a file is missing or a row does not fit: codes are the hub's own, so
    the first fault stops everything.
    """
    lists = _read_lists(root / "lists.csv")
    crosswalks: list[CrosswalkEntry] = []
    for path in filter(Path.is_file, sorted(root.rglob("*.csv"))):
        if path.parent.name == "crosswalks":
            crosswalks += _read_records(CrosswalkEntry, path)
        elif path.name not in ("lists.csv", "aliases.csv", _TERMS_FILE, _LICENCES_FILE):
            _read_codes(path, lists)
    _read_aliases(root / "aliases.csv", lists)
    codes = {name: code_list.codes for name, code_list in lists.items()}
    terms_path = root / _TERMS_FILE
    terms = _read_records(PreferredTerm, terms_path) if terms_path.is_file() else []
    licences = _read_records(Licence, root / _LICENCES_FILE)
    book = CodeBook(lists, crosswalks, preferred_terms=terms, known_licences=LicenceList(licences))
    for message in (
        *unknown_relative_faults(lists),
        *unknown_country_faults(lists, lists),
        *(find_term_fault(term, codes) for term in terms),
        *find_licence_faults(licences),
        *(crosswalk_fault(crosswalk_entry, book) for crosswalk_entry in crosswalks),
    ):
        if message:
            raise HubError(f"{root}: {message} Correct the row.")
    return book


def _read_lists(path: Path) -> dict[str, CodeList]:
    lists = {row["list"]: parse_code_list(row) for row in _read_mappings(path)}
    for name, code_list in lists.items():
        if code_list.kind not in LIST_KINDS:
            kinds = ", ".join(LIST_KINDS)
            raise HubError(f"{path}: the kind of {name} must be one of {kinds}.")
    return lists


def _read_codes(path: Path, lists: Mapping[str, CodeList]) -> None:
    code_list = lists.get(path.stem)
    if code_list is None:
        raise HubError(f"{path}: “{path.stem}” is not in lists.csv. Add a row for it there.")
    for code in _read_records(Code, path, list=code_list.name):
        if code.code in code_list.codes:
            raise HubError(f"{path}: code “{code.code}” appears more than once. Keep one.")
        if not code.sort_order.isdigit() or code.residual not in ("", "0", "1"):
            raise HubError(
                f"{path}: code “{code.code}” must have a whole number as sort_order, and 0 or "
                "1 as residual."
            )
        code_list.add(code)


def _read_aliases(path: Path, lists: Mapping[str, CodeList]) -> None:
    for row in _read_mappings(path):
        code_list = lists.get(row["list"])
        if code_list is None or row["code"] not in code_list.codes:
            raise HubError(
                f"{path}: alias “{row['alias']}” refers to {row['list']} {row['code']}, which "
                "does not exist. Correct the row or add the code."
            )
        code_list.add_alias(row["alias"], row["code"])


RecordT = TypeVar("RecordT", Code, CrosswalkEntry, PreferredTerm, Licence)


def _read_records(record_type: type[RecordT], path: Path, **constants: str) -> list[RecordT]:
    """The rows of a file as codes or crosswalks; cells that are not there are empty."""
    return [
        record_type._make(cells) for cells in _pick_columns(path, record_type._fields, constants)
    ]


def _pick_columns(
    path: Path, columns: Sequence[str], constants: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    header, *rows = _read_table(path)
    column_positions = {name: column for column, name in enumerate([*header, "", *constants])}
    pick = itemgetter(*(column_positions.get(name, len(header)) for name in columns))
    constant_cells = ["", *constants.values()]
    return (pick(row + constant_cells) for row in rows)


def _read_mappings(path: Path) -> list[dict[str, str]]:
    header, *rows = _read_table(path)
    return [dict(zip(header, row, strict=True)) for row in rows]


def _read_table(path: Path) -> list[list[str]]:
    """The header of a file and its rows, each as long as the header."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except FileNotFoundError:
        raise HubError(f"{path}: file missing. It is part of the code lists; restore it.") from None
    except UnicodeDecodeError:
        raise HubError(f"{path}: not UTF-8. Save it as UTF-8.") from None
    except ValueError:
        raise HubError(f"{path}: the file is empty. Restore its header.") from None
    width = len(header)
    padded_rows = (
        row if len(row) == width else (row + [""] * width)[:width] for row in rows if row
    )
    return [header, *padded_rows]
