"""Rules on cells: what spreadsheets spoil or would run, and numbers that no one can hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from evidencehub.check.rules.rule import Finding, Part, Rule
from evidencehub.model.columns import Cell, Column

SPREADSHEET = frozenset(
    ("#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")
)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_ODD = re.compile(
    r"^[=+\-@\t\r#]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|^\d(?:\.\d+)?[eE]\+?\d+$", re.MULTILINE
)
_SIGNS = (  # each is quick to look for; no odd text is without one of them
    re.compile(r"\n[=+\-@\t\r#]"),
    re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"),
    re.compile(r"[eE]\+?\d+$", re.MULTILINE),
)
_LARGEST = 2**53  # beyond it a floating-point number no longer tells neighbours apart


def _text_cells(
    is_wrong: Callable[[str], bool], message: str
) -> Callable[[Part], Iterator[Finding]]:
    """A chunk rule on text: every cell of a string column that `is_wrong`, maps' keys apart."""

    def look(part: Part) -> Iterator[Finding]:
        for name, odd in _odd(part).items():
            texts = {text for text in odd if is_wrong(text)}
            texts -= _mapped(part, name) if texts else set()
            if not texts:
                continue
            column = part.chunk.cells[name]
            cells = list(column)
            for position in column.rows_where(texts.__contains__):
                yield Finding(
                    part.chunk.file,
                    part.chunk.rows[position],
                    name,
                    message.format(shown(cells[position])),
                )

    return look


def shown(text: str, most: int = 60) -> str:
    """A cell's text as a message may quote it: short, and without control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", "␀", text if len(text) <= most else text[:most] + "…")


def _odd(part: Part) -> dict[str, set[str]]:
    """For each text column the few texts that one of the rules here might not like.

    Looked for once in a chunk, in all texts of a column at a stroke: nearly all are ordinary.
    """
    if not part.odd:
        for field in part.resource.fields:
            if field.get("type", "string") in ("string", "any"):
                texts = strings(part.chunk.cells[field["name"]])
                joined = "\n" + "\n".join(texts)
                is_odd = any(sign.search(joined) for sign in _SIGNS)
                part.odd[field["name"]] = {t for t in texts if _ODD.search(t)} if is_odd else set()
    return part.odd


def strings(column: Column) -> list[str]:
    """The texts that a column holds, each at least once."""
    if column.sound:
        return list(filter(None, column.values))
    return [cell for cell in column.values if isinstance(cell, str)]


def _mapped(part: Part, name: str) -> frozenset[str]:
    """Spellings that the package itself explains, in the field's map or in a measure's marks."""
    field = next(f for f in part.resource.fields if f["name"] == name)
    hub = field.get("hub") or {}
    maps: list[Mapping[str, Any]] = [
        entry.get("map") or {} for entry in (hub if isinstance(hub, list) else [hub])
    ]
    parts = {
        spelling
        for entry in part.resource.hub.get("combine", [])
        if name in entry["fields"]
        for key in entry.get("map") or {}
        for spelling in _split(key, entry.get("separator", ", "))
    }
    for measure in part.resource.hub.get("measures", []):
        marks = measure.get("marks") or {}
        if marks.get("field") == name:
            maps.append(marks.get("map") or {})
    return frozenset(key for entry in maps for key in entry) | parts


def _split(key: str, separator: str) -> list[str]:
    return key.split(separator) if separator else [key]


def _is_formula(text: str) -> bool:
    if text[:1] in "=@\t\r":
        return bool(text)
    return text[:1] in "+-" and len(text) > 1 and not text[1:2].isspace() and not _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _has_control(text: str) -> bool:
    return any((ord(c) < 32 and c not in "\n\r\t") or ord(c) == 127 for c in text)


def _not_finite(part: Part) -> Iterator[Finding]:
    def wrong(cell: Cell) -> bool:
        return isinstance(cell, float) and not math.isfinite(cell)

    yield from _numbers(part, wrong, "“{}” is not a finite number.")


def _too_large(part: Part) -> Iterator[Finding]:
    def wrong(cell: Cell) -> bool:
        return isinstance(cell, (int, float)) and _LARGEST < abs(cell) != math.inf

    yield from _numbers(part, wrong, "“{}” is too large to be kept exactly.")


def _numbers(part: Part, is_wrong: Callable[[Cell], bool], message: str) -> Iterator[Finding]:
    for field in part.resource.fields:
        if field.get("type") in ("number", "integer"):
            name = field["name"]
            column = part.chunk.cells[name]
            wrong = [] if column.sound else column.rows_where(is_wrong)
            text = list(part.chunk.text[name]) if wrong else []
            for position in wrong:
                quoted = message.format(shown(text[position]))
                yield Finding(part.chunk.file, part.chunk.rows[position], name, quoted)


def _category(part: Part) -> Iterator[Finding]:
    """`categories` of the Table Schema, which Frictionless takes and does not enforce."""
    for field in part.resource.fields:
        allowed = [c["value"] if isinstance(c, Mapping) else c for c in field.get("categories", [])]
        if not allowed:
            continue
        column = part.chunk.cells[field["name"]]
        others = {c for c in column.values if isinstance(c, (str, int)) and c not in allowed}
        wrong = column.rows_where(others.__contains__)
        cells = list(column) if wrong else []
        for position in wrong:
            message = f"“{shown(str(cells[position]))}” is not one of the field's categories."
            yield Finding(part.chunk.file, part.chunk.rows[position], field["name"], message)


RULES = (
    Rule(
        "structure/category",
        "chunk",
        "A cell is one of the categories that its field lists.",
        "Use a category of the field, or add this one to `categories`.",
        _category,
    ),
    Rule(
        "values/formula-cell",
        "chunk",
        "No text starts like a formula that a spreadsheet would run.",
        "Rewrite the text so that it does not start with =, +, -, @ or a tab.",
        _text_cells(_is_formula, "“{}” would be run as a formula by a spreadsheet."),
    ),
    Rule(
        "values/spreadsheet-error",
        "chunk",
        "No cell holds an error that a spreadsheet left behind.",
        "Go back to the source for the figure, or declare in the descriptor what the mark means.",
        _text_cells(SPREADSHEET.__contains__, "“{}” is an error of a spreadsheet, not a value."),
    ),
    Rule(
        "values/spreadsheet-number",
        "chunk",
        "No code was turned into a number by a spreadsheet (2E+05 for 200000).",
        "Write the code out in full, or map this spelling to it in the descriptor.",
        _text_cells(
            lambda text: _SCIENTIFIC.fullmatch(text) is not None,
            "“{}” looks like a code that a spreadsheet has turned into a number.",
        ),
    ),
    Rule(
        "values/control-character",
        "chunk",
        "No text holds characters that cannot be seen (NUL and the like).",
        "Take the character out; it often comes from a copy out of another program.",
        _text_cells(_has_control, "“{}” holds a character that cannot be seen."),
    ),
    Rule(
        "values/not-finite",
        "chunk",
        "A number is finite: not NaN, not infinity.",
        "Leave the cell empty and say why in obs_status.",
        _not_finite,
    ),
    Rule(
        "values/too-large",
        "chunk",
        "A number is one that every reader can hold exactly.",
        "If it is a code or an identifier, give the field the type string.",
        _too_large,
    ),
)
