"""Codes of observations that pages know by their meaning, and the marks that stand for them."""

from __future__ import annotations

TOTAL_CODE = "_T"  # all categories together
NORMAL_STATUS, SUPPRESSED_STATUS, BREAK_STATUS = "A", "Q", "B"
SECONDARY_SOURCE_PREFIX = "C3"  # of a verification level: read where another text quotes it

PLACEHOLDERS = {"Q": "[c]", "M": "[z]"}
UNAVAILABLE_PLACEHOLDER = "[x]"
_STATUSES_WITHOUT_MARK = frozenset("AQMLOHKS")


def is_secondary_source(verification: str | None) -> bool:
    """Return whether a value was read where another text quotes it.

    >>> is_secondary_source("C3"), is_secondary_source(None)
    (True, False)
    """
    return (verification or "").startswith(SECONDARY_SOURCE_PREFIX)


def get_placeholder(status: str) -> str:
    """Return what stands in the place of a missing value.

    >>> [get_placeholder(status) for status in "QML"]
    ['[c]', '[z]', '[x]']
    """
    return PLACEHOLDERS.get(status, UNAVAILABLE_PLACEHOLDER)


def get_status_mark(status: str) -> str:
    """Return the mark beside a value; empty if its status needs none.

    >>> get_status_mark("A"), get_status_mark("B")
    ('', '[b]')
    """
    return "" if status in _STATUSES_WITHOUT_MARK else f"[{status.lower()}]"


def get_status_symbol(status: str) -> str:
    """Return the one symbol by which a key explains a status.

    >>> [get_status_symbol(status) for status in "QOB"]
    ['[c]', '[x]', '[b]']
    """
    return get_status_mark(status) or get_placeholder(status)
