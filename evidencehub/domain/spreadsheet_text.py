"""Texts that a spreadsheet would run, or take for a number or a date."""

from __future__ import annotations

import re

_PLAIN_INTEGER = re.compile(r"0|[1-9]\d{0,14}")  # every spreadsheet keeps 15 digits
_DAY = re.compile(r"\d{4}-\d\d-\d\d")  # the same day to every spreadsheet
MAX_VALUE_CHARS = 40  # characters of a text that may read as a number, a date or a time
_MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_VALUE_LIKE = re.compile(
    rf"(?=.*\d)[\d\W]*(?:{_MONTH}|[ap]m|(?<=\d)e(?=[-+]?\d))?[\d\W]*", re.IGNORECASE | re.DOTALL
)


def is_formula(text: str) -> bool:
    """Return True for a text that a spreadsheet would run."""
    if text[:1] in "=@\t\r":
        return bool(text)
    return text[:1] in "+-" and len(text) > 1 and not text[1:2].isspace() and not _is_number(text)


def is_value_like(text: str) -> bool:
    """Return True for a text that a spreadsheet may take for another value, as a date: 3/4, 007.

    Digits and signs, with the English name of a month, or the E of a power of ten, at most. An
    integer and an ISO day stay what they are, wherever they are opened.
    """
    if _PLAIN_INTEGER.fullmatch(text) or _DAY.fullmatch(text):
        return False
    return len(text) <= MAX_VALUE_CHARS and _VALUE_LIKE.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
