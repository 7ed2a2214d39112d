"""What a cell that is not of its field's type looks like, so that the advice fits the cell."""

from __future__ import annotations

import re

from evidencehub.check.cell_text import SPREADSHEET_ERRORS
from evidencehub.domain.number_text import UNIT_SIGNS

_DIGITS = r"\d+(?:[.,]\d+)?"
_UNIT = "|".join(map(re.escape, UNIT_SIGNS))
_BEFORE_BOUND = "(?:[<>≤≥~]|under|over|less|more|up to)"
_SPACE = " \u00a0\u202f\u2009"
_WITH_UNIT = re.compile(rf"(?:{_UNIT})\s*[+-]?{_DIGITS}|[+-]?{_DIGITS}\s*(?:{_UNIT})")
_WITH_FLAG = re.compile(rf"[+-]?{_DIGITS}\s*[\[(a-zA-Z*†‡§#].*|[*†‡§#(\[].*?{_DIGITS}")
_HINTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("structure/type/spreadsheet-error", re.compile("|".join(map(re.escape, SPREADSHEET_ERRORS)))),
    ("structure/type/formula", re.compile(r"=.+", re.DOTALL)),
    ("structure/type/grouped", re.compile(rf"[+-]?\d{{1,3}}(?:[,.'{_SPACE}]\d{{3}})+(?:[.,]\d+)?")),
    ("structure/type/decimal-comma", re.compile(r"[+-]?\d+,\d+")),
    ("structure/type/bound", re.compile(rf"{_BEFORE_BOUND}\s*.*\d.*|{_DIGITS}\s*(?:\+|or \w+)")),
    ("structure/type/percent", _WITH_UNIT),
    ("structure/type/flagged", _WITH_FLAG),
)  # fmt: skip
"""From the first that fits: the code of what is said of a cell that looks so."""
_DECIMAL_POINT_HINTS = {
    "integer": "structure/type/decimal-point",
    "year": "structure/type/year-point",
}
PLAIN_TYPE = "structure/type"  # where the cell says nothing
_NUMBER_TYPES = ("number", "integer")


def find_hint(cell: str, kind: str) -> str:
    """Return the code of what a refused cell of a field of type `kind` looks like.

    >>> find_hint("#DIV/0!", "number"), find_hint("c", "number")
    ('structure/type/spreadsheet-error', 'structure/type')
    """
    text = cell.strip()
    if re.fullmatch(r"[+-]?\d+\.0*", text) and kind in _DECIMAL_POINT_HINTS:
        return _DECIMAL_POINT_HINTS[kind]
    if kind not in _NUMBER_TYPES:
        return PLAIN_TYPE
    return next((code for code, pattern in _HINTS if pattern.fullmatch(text)), PLAIN_TYPE)
