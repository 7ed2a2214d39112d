"""Periods: from the text that a table carries to the first and last day it covers."""

from __future__ import annotations

import calendar
import re
from datetime import date

DayRange = tuple[str, str]  # first and last day, ISO 8601

_YEAR = re.compile(r"(\d{4})()")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TWO_YEARS = re.compile(r"(\d{4})[-/–](\d{2}|\d{4})")
_START_MONTHS = {"financial-year": 4, "school-year": 9}


def parse_period(text: str, kind: str = "iso") -> DayRange | None:
    """First and last day of a period, or None when the text is not one.

    `iso` reads ISO 8601: a year, month, quarter (`2024-Q1`), day, or two of them joined by a
    slash; `2006-12` is always December 2006. `financial-year` (April to March), `school-year`
    (September to August) and `years` (1 January of the first to 31 December of the last) read
    `2019-20`, `2019/20`, `2019-2020` and a single year, by declaration only.
    """
    text = text.strip()
    if kind != "iso":
        return _parse_year_range(text, kind)
    first, slash, last = text.partition("/")
    start, end = _parse_iso_part(first), _parse_iso_part(last if slash else first)
    if start is None or end is None or start[0] > end[1]:
        return None
    return start[0], end[1]


def _parse_iso_part(text: str) -> DayRange | None:
    if match := _DAY.fullmatch(text):
        return (text, text) if _is_valid_date(match) else None
    for pattern, month_count in ((_MONTH, 1), (_QUARTER, 3), (_YEAR, 12)):
        if match := pattern.fullmatch(text):
            year, last_month = int(match[1]), int(match[2] or 1) * month_count
            is_valid = year > 0 and 1 <= last_month <= 12
            return (
                _month_span(year, last_month - month_count + 1, year, last_month)
                if is_valid
                else None
            )
    return None


def _parse_year_range(text: str, kind: str) -> DayRange | None:
    match = _YEAR.fullmatch(text) or _TWO_YEARS.fullmatch(text)
    if match is None or not int(match[1]):
        return None
    first = int(match[1])
    last = first
    if match.re is _TWO_YEARS:
        last = int(match[2]) if len(match[2]) == 4 else first - first % 100 + int(match[2])
        if last < first:
            last += 100
    if kind == "years":
        return _month_span(first, 1, last, 12)
    month = _START_MONTHS[kind]
    if match.re is _TWO_YEARS and last != first + 1:
        return None
    return _month_span(first, month, first + 1, month - 1)


def _month_span(year: int, month: int, last_year: int, last_month: int) -> DayRange:
    last_day = calendar.monthrange(last_year, last_month)[1]
    return f"{year:04}-{month:02}-01", f"{last_year:04}-{last_month:02}-{last_day:02}"


def _is_valid_date(match: re.Match[str]) -> bool:
    try:
        date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


PERIOD_KINDS = ("iso", "years", *_START_MONTHS)
"""The kinds of period label that a field may declare."""
