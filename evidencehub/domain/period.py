"""Periods: from the text that a table carries to the first and last day it covers."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

DayRange = tuple[str, str]  # first and last day, ISO 8601

_PART_MONTHS = dict(zip("ASHTQM", (12, 6, 6, 4, 3, 1), strict=True))
"""Parts of a year by the letter of SDMX (`2024-S1`, `2024-M01`), and how many months each has.

SDMX 2.1, section 6, “Time and time format”; `H` for a half-year is usual beside its `S`.
"""

_YEAR = re.compile(r"(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_PART = re.compile(rf"(\d{{4}})[- ]?([{''.join(_PART_MONTHS)}])(\d{{1,2}})")
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?")
_ORDINAL_DAY = re.compile(r"(\d{4})-?D(\d{3})")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

_YEAR_LABEL = r"(?:[SF]?FY ?)?(\d{4})(?:[-/–](\d{2}|\d{4}))?"
_ONE_YEAR = re.compile(_YEAR_LABEL)
_LATER_YEAR_LABEL = r"(\d{2}|\d{4})(?:[-/–](\d{2}|\d{4}))?"
_SPAN = re.compile(rf"{_YEAR_LABEL}\s*(?:\s[-–]\s|\bto\b|–)\s*{_LATER_YEAR_LABEL}")
_PART_OF_YEAR = re.compile(rf"{_YEAR_LABEL} ?(?:[-,] ?)?([QH])([1-4])")
_PART_FIRST = re.compile(rf"([QH])([1-4]),? {_YEAR_LABEL}")


class YearKind(NamedTuple):
    """A kind of year: the month in which it starts, and which year a single number names.

    `names_end` is true where the year 2020 is the one that ends in 2020.
    """

    start_month: int
    names_end: bool = False


YEAR_KINDS: Mapping[str, YearKind] = {
    "financial-year": YearKind(4),  # United Kingdom, Canada, India, Japan
    "financial-year-july": YearKind(7, names_end=True),  # Australia, most states of the US
    "financial-year-october": YearKind(10, names_end=True),  # federal government of the US
    "school-year": YearKind(9),
}
"""Kinds of year of twelve months that start in another month than January."""

PERIOD_KINDS = ("iso", "years", *YEAR_KINDS)
"""The kinds of period label that a field may declare."""


def parse_period(text: str, kind: str = "iso") -> DayRange | None:
    """First and last day of a period, or None when the text is not one.

    `iso` reads ISO 8601 and SDMX: a year, month, quarter (`2024-Q1`), half-year, week
    (`2024-W05`), day, or two of them joined by a slash; `2006-12` is always December 2006.
    The kinds of `YEAR_KINDS` and `years` (1 January of the first to 31 December of the last) read
    `2019-20`, `2019/20`, `2019-2020`, a single year, a span of them (`2015/16 to 2017/18`) and
    a quarter or half of one (`2020/21 Q1`), by declaration only.
    """
    text = text.strip()
    if kind != "iso":
        return _parse_years(text, kind)
    first, slash, last = text.partition("/")
    start, end = _parse_iso_part(first), _parse_iso_part(last if slash else first)
    if start is None or end is None or start[0] > end[1]:
        return None
    return start[0], end[1]


def _parse_iso_part(text: str) -> DayRange | None:
    if match := _DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
        return _find_day(lambda: date(year, month, day))
    if match := _WEEK.fullmatch(text):
        return _parse_week(int(match[1]), int(match[2]), match[3])
    if match := _ORDINAL_DAY.fullmatch(text):
        return _parse_ordinal_day(int(match[1]), int(match[2]))
    if match := _PART.fullmatch(text):
        return _part_span(int(match[1]), 1, _PART_MONTHS[match[2]], int(match[3]))
    if match := _MONTH.fullmatch(text):
        return _part_span(int(match[1]), 1, 1, int(match[2]))
    match = _YEAR.fullmatch(text)
    return _month_span(int(match[1]), 1, 12) if match and int(match[1]) else None


def _find_day(make: Callable[[], date]) -> DayRange | None:
    """The one day that `make` gives, as a period; None where there is no such day."""
    try:
        day = make().isoformat()
    except ValueError:
        return None
    return day, day


def _parse_week(year: int, week: int, weekday: str | None) -> DayRange | None:
    """A week of ISO 8601, from Monday to Sunday, or a day of it."""
    first = _find_day(lambda: date.fromisocalendar(year, week, int(weekday or 1)))
    last = _find_day(lambda: date.fromisocalendar(year, week, int(weekday or 7)))
    return (first[0], last[1]) if first and last else None


def _parse_ordinal_day(year: int, number: int) -> DayRange | None:
    if not year or not 1 <= number <= 365 + calendar.isleap(year):
        return None
    day = date.fromordinal(date(year, 1, 1).toordinal() + number - 1).isoformat()
    return day, day


def _part_span(year: int, start_month: int, months: int, number: int) -> DayRange | None:
    """A part of the year that starts in a month of `year`, such as its third quarter."""
    if not year or not 1 <= number <= 12 // months:
        return None
    return _month_span(year, start_month + (number - 1) * months, months)


def _parse_years(text: str, kind: str) -> DayRange | None:
    year_kind = YEAR_KINDS.get(kind)
    if match := _ONE_YEAR.fullmatch(text):
        return _year_span(match[1], match[2], year_kind)
    if match := _SPAN.fullmatch(text):
        return _parse_span(match, year_kind)
    if year_kind is None:
        return None
    if match := _PART_OF_YEAR.fullmatch(text):
        return _part_of_year(_year_span(match[1], match[2], year_kind), match[3], match[4])
    if match := _PART_FIRST.fullmatch(text):
        return _part_of_year(_year_span(match[3], match[4], year_kind), match[1], match[2])
    return None


def _parse_span(match: re.Match[str], year_kind: YearKind | None) -> DayRange | None:
    start = _year_span(match[1], match[2], year_kind)
    end = _year_span(str(_complete_year(int(match[1]), match[3])), match[4], year_kind)
    if year_kind is None and (match[2] or match[4]):
        return None  # two spans of years joined are no one span
    return (start[0], end[1]) if start and end and start[0] < end[0] else None


def _part_of_year(days: DayRange | None, letter: str, number: str) -> DayRange | None:
    if days is None:
        return None
    return _part_span(int(days[0][:4]), int(days[0][5:7]), _PART_MONTHS[letter], int(number))


def _year_span(first: str, last: str | None, year_kind: YearKind | None) -> DayRange | None:
    """The days of one year of this kind; without a kind, of all calendar years named."""
    year = int(first)
    if not year:
        return None
    end_year = _complete_year(year, last) if last else year
    if year_kind is None:
        return _month_span(year, 1, 12 * (end_year - year + 1)) if end_year >= year else None
    if last and end_year != year + 1:
        return None
    start_year = year - 1 if year_kind.names_end and not last else year
    return _month_span(start_year, year_kind.start_month, 12) if start_year else None


def _complete_year(first: int, text: str) -> int:
    """The later year of two, of which two digits may be left out."""
    if len(text) == 4:
        return int(text)
    year = first - first % 100 + int(text)
    return year if year >= first else year + 100


def _month_span(year: int, month: int, month_count: int) -> DayRange | None:
    """So many months from a month on; a month beyond December is one of a later year."""
    first_year, first_month = divmod(year * 12 + month - 1, 12)
    last_year, last_month = divmod(year * 12 + month + month_count - 2, 12)
    if last_year > date.max.year:
        return None
    last_day = calendar.monthrange(last_year, last_month + 1)[1]
    return (
        f"{first_year:04}-{first_month + 1:02}-01",
        f"{last_year:04}-{last_month + 1:02}-{last_day:02}",
    )
