"""Codes of observations that pages know by their meaning, and the marks that stand for them."""

from __future__ import annotations

TOTAL = "_T"  # all categories together
NORMAL, SUPPRESSED, SERIES_BREAK = "A", "Q", "B"
SECONDARY_SOURCE = "C3"  # of a verification level: read where another text quotes it

PLACEHOLDERS = {"Q": "[c]", "M": "[z]"}
UNAVAILABLE_PLACEHOLDER = "[x]"
_STATUSES_WITHOUT_MARK = frozenset("AQMLOHKS")


def is_secondary_source(verification: str | None) -> bool:
    """Return whether a value was read where another text quotes it.

    >>> is_secondary_source("C3"), is_secondary_source(None)
    (True, False)
    """
    return (verification or "").startswith(SECONDARY_SOURCE)


def get_missing_symbol(status: str) -> str:
    """Return what stands in the place of a missing value.

    >>> [get_missing_symbol(status) for status in "QML"]
    ['[c]', '[z]', '[x]']
    """
    return PLACEHOLDERS.get(status, UNAVAILABLE_PLACEHOLDER)


def get_value_symbol(status: str) -> str:
    """Return the mark beside a value; empty if its status needs none.

    >>> get_value_symbol("A"), get_value_symbol("B")
    ('', '[b]')
    """
    return "" if status in _STATUSES_WITHOUT_MARK else f"[{status.lower()}]"


def get_status_symbol(status: str) -> str:
    """Return the one symbol by which a key explains a status.

    >>> [get_status_symbol(status) for status in "QOB"]
    ['[c]', '[x]', '[b]']
    """
    return get_value_symbol(status) or get_missing_symbol(status)
