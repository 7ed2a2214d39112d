"""Rules on cells: what spreadsheets spoil or would run, and numbers that no one can hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from evidencehub.check.cell_text import SPREADSHEET_ERRORS, column_texts, quote_cell
from evidencehub.check.definition import ResourceChunk, Rule, Violation
from evidencehub.domain.columns import Cell, is_missing
from evidencehub.domain.number_text import MAX_EXACT_INTEGER, make_number_test
from evidencehub.domain.package import Resource
from evidencehub.domain.spreadsheet_text import is_formula

_SCIENTIFIC_NOTATION = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
GARBLED_PATTERN = re.compile(
    "\ufffd|[\u0080-\u009f]|\u00e2\u20ac.|[\u00c2-\u00c5\u00d0\u00d1]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2020\u2021\u2022"
    "\u2030\u2039\u203a\u20ac\u2122]"
)
"""What UTF-8 read as Latin-1 or Windows-1252 leaves: pairs, odd controls, a lost character."""
_SUSPICIOUS_PATTERN = re.compile(
    GARBLED_PATTERN.pattern
    + r"|^[=+\-@\t\r#]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]"
    + r"|^\d(?:\.\d+)?[eE]\+?\d+$",
    re.MULTILINE,
)
_CONTROL_PATTERN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SUSPICIOUS_HINTS = (  # each is quick to look for; no odd text is without one of them
    re.compile(r"\n[=+\-@\t\r#]"),
    _CONTROL_PATTERN,
    re.compile(r"[eE]\+?\d+$", re.MULTILINE),
    GARBLED_PATTERN,
)
_TYPES_WITHOUT_TEXT = ("number", "integer", "boolean", "year")
MAX_CELL_LENGTH = 32_767  # characters; no spreadsheet has room for more


def _make_text_rule(
    is_wrong: Callable[[str], bool], code: str
) -> Callable[[ResourceChunk], Iterator[Violation]]:
    """A chunk rule on text: every cell of a string column that `is_wrong`, maps' keys apart."""

    def look(resource_chunk: ResourceChunk) -> Iterator[Violation]:
        for name, suspicious in _suspicious_texts(resource_chunk).items():
            texts = {text for text in suspicious if is_wrong(text)}
            texts -= _mapped_spellings(resource_chunk.resource, name) if texts else set()
            if not texts:
                continue
            column = resource_chunk.chunk.cells[name]
            cells = list(column)
            for position in column.rows_where(texts.__contains__):
                yield resource_chunk.make_violation(
                    position, name, code, text=quote_cell(cells[position])
                )

    return look


def _suspicious_texts(resource_chunk: ResourceChunk) -> dict[str, set[str]]:
    """For each text column the few texts that one of the rules here might not like.

    Looked for once in a chunk, in all texts of a column at a stroke: nearly all are ordinary.
    """
    if not resource_chunk.suspicious_texts:
        for field in resource_chunk.resource.fields:
            if field.get("type", "string") in ("string", "any"):
                texts = column_texts(resource_chunk.chunk.cells[field["name"]])
                joined = "\n" + "\n".join(texts)
                is_odd = any(hint.search(joined) for hint in _SUSPICIOUS_HINTS)
                resource_chunk.suspicious_texts[field["name"]] = (
                    {t for t in texts if _SUSPICIOUS_PATTERN.search(t)} if is_odd else set()
                )
    return resource_chunk.suspicious_texts


def _mapped_spellings(resource: Resource, name: str) -> set[str]:
    """Spellings that the package itself explains, in the field's map or in a measure's marks."""
    combined_spellings = {
        spelling
        for entry in resource.hub.get("combine", [])
        if name in entry["fields"]
        for key in entry.get("map") or {}
        for spelling in _split_key(key, entry.get("separator", ", "))
    }
    return combined_spellings.union(*filter(None, _list_maps(resource, name)))


def _list_maps(resource: Resource, name: str) -> Iterator[Mapping[str, Any] | None]:
    field = next(f for f in resource.fields if f["name"] == name)
    hub = field.get("hub") or {}
    for annotation in hub if isinstance(hub, list) else [hub]:
        yield annotation.get("map")
    for measure in resource.hub.get("measures", []):
        marks = measure.get("marks") or {}
        if marks.get("field") == name:
            yield marks.get("map")


def _split_key(key: str, separator: str) -> list[str]:
    return key.split(separator) if separator else [key]


def _too_long(resource_chunk: ResourceChunk) -> Iterator[Violation]:
    for field in resource_chunk.resource.fields:
        column = resource_chunk.chunk.cells[field["name"]]
        if field.get("type") in _TYPES_WITHOUT_TEXT:
            continue
        if max(map(len, column_texts(column)), default=0) <= MAX_CELL_LENGTH:
            continue
        cells = list(column)
        for position in column.rows_where(_is_too_long):
            length = len(cells[position])
            yield resource_chunk.make_violation(
                position, field["name"], "values/cell-length", length=length
            )


def _is_too_long(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) > MAX_CELL_LENGTH


def _has_control(text: str) -> bool:
    return _CONTROL_PATTERN.search(text) is not None


def _is_garbled(text: str) -> bool:
    return GARBLED_PATTERN.search(text) is not None


def _make_number_rule(
    is_wrong: Callable[[Cell], bool], code: str
) -> Callable[[ResourceChunk], Iterator[Violation]]:
    """A chunk rule on numbers: every cell of a numeric column that `is_wrong`."""

    def look(resource_chunk: ResourceChunk) -> Iterator[Violation]:
        for field in resource_chunk.resource.fields:
            name = field["name"]
            column = resource_chunk.chunk.cells[name]
            if field.get("type") not in ("number", "integer") or column.is_clean:
                continue
            positions = column.rows_where(is_wrong)
            texts = list(resource_chunk.chunk.text[name]) if positions else []
            for position in positions:
                text = quote_cell(texts[position])
                yield resource_chunk.make_violation(position, name, code, text=text)

    return look


def _malformed_numbers(resource_chunk: ResourceChunk) -> Iterator[Violation]:
    """Texts that Frictionless reads as a number by leaving out what may change its meaning."""
    for field in resource_chunk.resource.fields:
        column = resource_chunk.chunk.cells[field["name"]]
        if field.get("type") in ("number", "integer") and not column.is_clean:
            yield from _malformed_in_field(resource_chunk, field)


def _malformed_in_field(
    resource_chunk: ResourceChunk, field: Mapping[str, Any]
) -> Iterator[Violation]:
    name, is_number = field["name"], make_number_test(field)
    texts = resource_chunk.chunk.text[name]
    malformed = {text for text in texts.values if text and not is_number(text)}
    if not malformed:
        return
    pairs = zip(texts, resource_chunk.chunk.cells[name], strict=True)
    for position, (text, cell) in enumerate(pairs):
        if text in malformed and not is_missing(cell):
            yield resource_chunk.make_violation(
                position, name, "values/malformed-number", text=quote_cell(text)
            )


def _is_not_finite(cell: Cell) -> bool:
    return isinstance(cell, float) and not math.isfinite(cell)


def _is_too_large(cell: Cell) -> bool:
    return isinstance(cell, (int, float)) and MAX_EXACT_INTEGER < abs(cell) != math.inf


def _not_in_categories(resource_chunk: ResourceChunk) -> Iterator[Violation]:
    """`categories` of the Table Schema, which Frictionless takes and does not enforce."""
    for field in resource_chunk.resource.fields:
        allowed = [c["value"] if isinstance(c, Mapping) else c for c in field.get("categories", [])]
        if not allowed:
            continue
        column = resource_chunk.chunk.cells[field["name"]]
        unknown_values = {
            c for c in column.values if isinstance(c, (str, int)) and c not in allowed
        }
        positions = column.rows_where(unknown_values.__contains__)
        cells = list(column) if positions else []
        for position in positions:
            text = quote_cell(str(cells[position]))
            yield resource_chunk.make_violation(
                position, field["name"], "structure/category", text=text
            )


RULES = (
    Rule(
        "structure/category",
        "chunk",
        "A cell must hold one of the categories listed for its field.",
        "Use a category listed for the field, or add this one to `categories`.",
        _not_in_categories,
    ),
    Rule(
        "values/formula-cell",
        "chunk",
        "Text must not begin with a character that makes a spreadsheet treat it as a formula.",
        "Rewrite the text so that it does not begin with =, +, -, @ or a tab.",
        _make_text_rule(is_formula, "values/formula-cell"),
    ),
    Rule(
        "values/spreadsheet-error",
        "chunk",
        "A cell must not hold a spreadsheet error.",
        "Take the value from the source again, or declare in the descriptor what this marker "
        "means.",
        _make_text_rule(SPREADSHEET_ERRORS.__contains__, "values/spreadsheet-error"),
    ),
    Rule(
        "values/spreadsheet-number",
        "chunk",
        "A code must not have been converted to a number by a spreadsheet (2E+05 for 200000).",
        "Write the code out in full, or map this spelling to it in the descriptor.",
        _make_text_rule(
            lambda text: _SCIENTIFIC_NOTATION.fullmatch(text) is not None,
            "values/spreadsheet-number",
        ),
    ),
    Rule(
        "values/control-character",
        "chunk",
        "Text must not contain control characters (such as NUL), nor characters that change its "
        "direction.",
        "Remove the character. It often comes from text copied out of another program.",
        _make_text_rule(_has_control, "values/control-character"),
    ),
    Rule(
        "values/garbled-text",
        "chunk",
        "Text should not look like UTF-8 that was read in another encoding.",
        "Take the text from the source again, and save the file as UTF-8.",
        _make_text_rule(_is_garbled, "values/garbled-text"),
        "warning",
    ),
    Rule(
        "values/cell-length",
        "chunk",
        "A cell must have at most 32,767 characters, which is what a spreadsheet can hold.",
        "Shorten the text, or put it in about.md.",
        _too_long,
    ),
    Rule(
        "values/malformed-number",
        "chunk",
        "A number must be written as one: groups of digits in their places, and nothing but a unit "
        "beside it.",
        "If the text is a bound or a mark, list it in `missingValues` and give its meaning in "
        "`marks`. If it is a value with a flag, declare `split`. Otherwise correct the cell.",
        _malformed_numbers,
    ),
    Rule(
        "values/not-finite",
        "chunk",
        "A number must be finite: not NaN and not infinity.",
        "Leave the cell empty and give the reason in obs_status.",
        _make_number_rule(_is_not_finite, "values/not-finite"),
    ),
    Rule(
        "values/too-large",
        "chunk",
        "A number must be small enough for every program to store exactly.",
        "If it is a code or an identifier, set the field's type to string.",
        _make_number_rule(_is_too_large, "values/too-large"),
    ),
)
