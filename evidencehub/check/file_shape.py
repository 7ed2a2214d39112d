"""What is wrong with a whole file, told once: it is no text, or holds another table."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from evidencehub.check.dialects import flatten_dialect
from evidencehub.domain.package import Resource
from evidencehub.domain.problem import Problem
from evidencehub.messages.problem import make_problem
from evidencehub.messages.rendering import make_message

_WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # zip (xlsx, ods), xls
_WIDE_STARTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PLAIN_PROPERTIES = {
    "delimiter", "header", "quoteChar", "doubleQuote", "skipInitialSpace", "lineTerminator",
}  # fmt: skip
"""Properties of a dialect with which the header is the first row."""
_OTHER_DELIMITERS = (";", "\t", "|")
MAX_TITLE_ROWS = 20  # rows above a header in which it is looked for
MIN_COLUMNS = 3  # columns of which so few may be known that it is another table
MAX_KNOWN_SHARE = 1 / 3


def find_file_fault(resource: Resource) -> Problem | None:
    """Return what makes the whole file unreadable as this table; None where nothing does."""
    with resource.path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_WORKBOOK_STARTS):
        return make_problem(make_message("structure/encoding/workbook"), resource.file)
    encoding = str(resource.descriptor.get("encoding", "utf-8")).lower()
    if start.startswith(_WIDE_STARTS) and not encoding.replace("-", "").startswith("utf16"):
        return make_problem(make_message("structure/encoding/utf-16"), resource.file)
    return _find_header_fault(resource, encoding)


def _find_header_fault(resource: Resource, encoding: str) -> Problem | None:
    dialect = flatten_dialect(resource.descriptor.get("dialect") or {})
    delimiter, quote = dialect.get("delimiter", ","), dialect.get("quoteChar", '"')
    names = [field["name"] for field in resource.fields]
    is_plain = (
        dialect.keys() <= _PLAIN_PROPERTIES
        and dialect.get("header", True)
        and len(str(delimiter)) == len(str(quote)) == 1
    )
    matching = (resource.descriptor.get("schema") or {}).get("fieldsMatch", "exact")
    if not is_plain or matching not in ("exact", ["exact"]) or len(names) < MIN_COLUMNS:
        return None
    rows = _read_rows(resource, encoding, dialect)
    if not rows or rows[0] == names:
        return None
    return _describe_header(resource, rows, names)


def _read_rows(resource: Resource, encoding: str, dialect: Mapping[str, Any]) -> list[list[str]]:
    """The first rows of the file; none where it cannot be read so."""
    try:
        with resource.path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(
                file,
                delimiter=dialect.get("delimiter", ","),
                quotechar=dialect.get("quoteChar", '"'),
                doublequote=bool(dialect.get("doubleQuote", True)),
                skipinitialspace=bool(dialect.get("skipInitialSpace", False)),
            )
            rows = [[cell.strip() for cell in row] for row in islice(reader, MAX_TITLE_ROWS)]
    except (OSError, UnicodeError, LookupError, csv.Error):
        return []
    if rows and rows[0]:
        rows[0][0] = rows[0][0].removeprefix("\ufeff").strip('"')
    return rows


def _describe_header(
    resource: Resource, rows: Sequence[list[str]], names: list[str]
) -> Problem | None:
    labels = rows[0]
    for delimiter in _OTHER_DELIMITERS:
        parts = [part.strip('" ') for part in delimiter.join(labels).split(delimiter)]
        if len(labels) < len(names) and parts == names:
            message = make_message("structure/header/delimiter", delimiter=_name_sign(delimiter))
            return make_problem(message, resource.file, 1)
    if names in rows:
        message = make_message("structure/header/titles", row=rows.index(names) + 1)
        return make_problem(message, resource.file, 1)
    common = [name for name in names if name in labels]
    if len(common) <= len(names) * MAX_KNOWN_SHARE and len(list(filter(None, labels))) > 1:
        message = make_message(
            "structure/header/other-table",
            count=len(common),
            total=len(names),
            labels=tuple(labels[:5]),
        )
        return make_problem(message, resource.file, 1)
    return None


def _name_sign(delimiter: str) -> str:
    return "a tab" if delimiter == "\t" else f"“{delimiter}”"


_ROW_RULES = re.compile(r"structure/(constraint|row-length|type|key|blank-row)")


def join_note_rows(problems: Sequence[Problem], resource: Resource) -> list[Problem]:
    """The problems of a file, with those of the notes below its table told as one.

    A note is a row after the last full one in which only the first cell is filled.
    """
    rows = {p.row for p in problems if p.row is not None and _ROW_RULES.match(p.rule)}
    encoding = str(resource.descriptor.get("encoding", "utf-8"))
    notes = _find_note_rows(resource, encoding) & rows if rows else set()
    if not notes:
        return list(problems)
    first = min(notes)
    message = make_message("structure/note-row", rows=", ".join(map(str, sorted(notes))))
    remaining = [p for p in problems if p.row not in notes]
    return [*remaining, make_problem(message, resource.file, first, occurrences=len(notes))]


def _find_note_rows(resource: Resource, encoding: str) -> set[int]:
    dialect = flatten_dialect(resource.descriptor.get("dialect") or {})
    delimiter = str(dialect.get("delimiter", ","))
    notes: list[int] = []
    try:
        with resource.path.open(encoding=encoding, newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter=delimiter), start=1):
                filled = [bool(cell.strip()) for cell in row]
                if any(filled[1:]):
                    notes.clear()
                elif any(filled):
                    notes.append(number)
    except (OSError, UnicodeError, LookupError, csv.Error, TypeError):
        return set()
    return set(notes) if len(resource.fields) >= MIN_COLUMNS else set()
