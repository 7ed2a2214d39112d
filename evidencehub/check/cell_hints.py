"""What a cell that is not of its field's type looks like, so that the advice fits the cell."""

from __future__ import annotations

import re

from evidencehub.check.cell_text import SPREADSHEET_ERRORS
from evidencehub.domain.number_text import UNIT_SIGNS

_DIGITS = r"\d+(?:[.,]\d+)?"
_UNIT = "|".join(map(re.escape, UNIT_SIGNS))
_BEFORE_BOUND = "(?:[<>≤≥~]|under|over|less|more|up to)"
_SPACE = " \u00a0\u202f\u2009"
_HINTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("spreadsheet-error", re.compile("|".join(map(re.escape, SPREADSHEET_ERRORS)))),
    ("formula", re.compile(r"=.+", re.DOTALL)),
    ("grouped", re.compile(rf"[+-]?\d{{1,3}}(?:[,.'{_SPACE}]\d{{3}})+(?:[.,]\d+)?")),
    ("decimal-comma", re.compile(r"[+-]?\d+,\d+")),
    ("bound", re.compile(rf"{_BEFORE_BOUND}\s*.*\d.*|{_DIGITS}\s*(?:\+|or \w+)")),
    ("percent", re.compile(rf"(?:{_UNIT})\s*[+-]?{_DIGITS}|[+-]?{_DIGITS}\s*(?:{_UNIT})")),
    ("flagged", re.compile(rf"[+-]?{_DIGITS}\s*[\[(a-zA-Z*†‡§#r].*|[*†‡§#(\[].*?{_DIGITS}")),
)  # fmt: skip
"""From the first that fits: what the cell looks like, as an ending of the code of a message."""
_DECIMAL_POINT_HINTS = {"integer": "decimal-point", "year": "year-point"}
_NUMBER_TYPES = ("number", "integer")


def find_hint(cell: str, kind: str) -> str:
    """Return what a refused cell of a field of type `kind` looks like; empty where it says nothing.

    >>> find_hint("#DIV/0!", "number"), find_hint("1,250", "integer"), find_hint("2024.0", "year")
    ('spreadsheet-error', 'grouped', 'year-point')
    """
    text = cell.strip()
    if re.fullmatch(r"[+-]?\d+\.0*", text) and kind in _DECIMAL_POINT_HINTS:
        return _DECIMAL_POINT_HINTS[kind]
    if kind not in _NUMBER_TYPES:
        return ""
    return next((name for name, pattern in _HINTS if pattern.fullmatch(text)), "")
