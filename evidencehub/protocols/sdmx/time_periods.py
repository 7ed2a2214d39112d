"""Time periods: as SDMX writes the days that a value is of, and what a request may say.

A year, a month and a day are written as such; every other span as its first day and its duration,
which is the type TimeRangeType of the schemas. So no span is rounded to the nearest year.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from evidencehub.domain.period import DayRange, parse_period

_RANGE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T00:00:00)?/P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,6})D)?"
)
_REPORTING = re.compile(r"(\d{4})-([ASTQMWD])(\d{1,3})")
_MONTHS_BY_LETTER = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?")


@lru_cache(maxsize=4_096)
def format_period(start: str, end: str) -> str:
    """Return the time period of SDMX from the first to the last day.

    >>> format_period("2020-01-01", "2020-12-31"), format_period("2020-04-01", "2021-03-31")
    ('2020', '2020-04-01/P1Y')
    >>> format_period("2021-04-14", "2021-10-11")
    '2021-04-14/P181D'
    """
    first, next_day = date.fromisoformat(start), date.fromisoformat(end) + timedelta(days=1)
    months = (next_day.year - first.year) * 12 + next_day.month - first.month
    if first.day != next_day.day or months < 1:
        days = (next_day - first).days
        return start if days == 1 else f"{start}/P{days}D"
    if first.day == 1 and months == 1:
        return start[:7]
    if months % 12:
        return f"{start}/P{months}M"
    is_calendar_year = months == 12 and start.endswith("-01-01")
    return start[:4] if is_calendar_year else f"{start}/P{months // 12}Y"


def parse_time_period(text: str) -> DayRange | None:
    """Return the first and last day of what a request names; None where it is no time period.

    A reporting period counts from 1 January.

    >>> parse_time_period("2021-Q2"), parse_time_period("2020-04-01/P1Y")
    (('2021-04-01', '2021-06-30'), ('2020-04-01', '2021-03-31'))
    """
    if moment := _MOMENT.fullmatch(text):
        text = moment[1]
    try:
        if span := _RANGE.fullmatch(text):
            return _parse_duration(
                date.fromisoformat(span[1]), *(int(n or 0) for n in span.groups()[1:])
            )
        if period := _REPORTING.fullmatch(text):
            return _parse_reporting_period(int(period[1]), period[2], int(period[3]))
    except (ValueError, OverflowError):
        return None
    return parse_period(text) if "/" not in text else None


def _parse_duration(first: date, years: int, months: int, days: int) -> DayRange | None:
    next_day = _add_months(first, years * 12 + months) + timedelta(days=days)
    if next_day <= first:
        return None
    return first.isoformat(), (next_day - timedelta(days=1)).isoformat()


def _parse_reporting_period(year: int, letter: str, number: int) -> DayRange | None:
    if months := _MONTHS_BY_LETTER.get(letter):
        if not 1 <= number <= 12 // months:
            return None
        first = date(year, months * (number - 1) + 1, 1)
        return first.isoformat(), (_add_months(first, months) - timedelta(days=1)).isoformat()
    if letter == "W":
        first = date.fromisocalendar(year, number, 1)
        return first.isoformat(), (first + timedelta(days=6)).isoformat()
    day = date(year, 1, 1) + timedelta(days=number - 1)
    return (day.isoformat(), day.isoformat()) if day.year == year else None


def _add_months(day: date, count: int) -> date:
    """Return the same day some months later; raise ValueError where that month has no such day."""
    months = day.year * 12 + day.month - 1 + count
    return day.replace(year=months // 12, month=months % 12 + 1)
