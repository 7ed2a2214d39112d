"""Periods in a sentence: years, months and days, and which period of a value they can mean."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_YEAR = r"(?:19|20)\d\d"
_COUNTED = r"(?:women|men|people|patients|babies|children|deaths|births|mothers|cases|maternities)"
_PERIOD = re.compile(
    rf"\b(?P<m1>{_MONTH})\s+(?P<my1>{_YEAR})?\s*(?:to|until|and|–|-)\s+"
    rf"(?:\d{{1,2}}\s+)?(?P<m2>{_MONTH})\s+(?P<my2>{_YEAR})\b"
    rf"|\b(?P<year_to>years?\s+(?:to|ending|ended|up\s+to)\s+(?:the\s+end\s+of\s+)?)"
    rf"(?:\d{{1,2}}\s+)?(?P<m3>{_MONTH})\s+(?P<my3>{_YEAR})\b"
    rf"|\b(?:\d{{1,2}}\s+)?(?P<m4>{_MONTH})\s+(?:\d{{1,2}},\s+)?(?P<my4>{_YEAR})\b"
    rf"|\b(?P<y1>{_YEAR})(?:\s*[-–/]\s*|\s+(?:to|and|until|through)\s+)"
    rf"(?P<y2>{_YEAR}|(?<=[-–/])\d\d)\b(?!\s*%)"
    rf"|(?<![\d.,])\b(?P<y3>{_YEAR})\b(?![,.]\d|\s*%|\s+(?:[a-z]+\s+)?{_COUNTED}\b)",
    re.IGNORECASE,
)

YearMonth = tuple[int, int]


class TextPeriod(NamedTuple):
    """A period or moment as a sentence has it, with the first and last month that it names.

    `is_year` where it names years without months: a year of 12 months may then start in any month.
    `has_start` is false for a month alone, which may be either end of a period.
    """

    text: str
    first: YearMonth
    last: YearMonth
    is_year: bool
    has_start: bool
    start: int
    end: int


@lru_cache(maxsize=1_024)  # several rules read the same texts
def find_periods(text: str) -> tuple[TextPeriod, ...]:
    """Return the periods that a sentence names, in their order.

    >>> [period.text for period in find_periods("From 2006 to 2012, and in the year to March 2022")]
    ['2006 to 2012', 'year to March 2022']
    """
    return tuple(map(_read_match, _PERIOD.finditer(text)))


def can_mean(period: TextPeriod, first_day: str, last_day: str) -> bool:
    """Return true where a sentence's period can mean the one of these days (ISO 8601).

    >>> (period,) = find_periods("in 2021-22")
    >>> can_mean(period, "2021-04-01", "2022-03-31"), can_mean(period, "2022-04-01", "2023-03-31")
    (True, False)
    """
    start, end = _read_month(first_day), _read_month(last_day)
    if period.is_year:
        return (period.first[0], period.last[0]) == (start[0], end[0])
    if period.has_start:
        return (period.first, period.last) == (start, end)
    return period.last in (start, end)


def _read_month(day: str) -> YearMonth:
    return int(day[:4]), int(day[5:7] or 1)


def _read_match(match: re.Match[str]) -> TextPeriod:
    text, start, end = match[0].strip(), match.start(), match.end()
    if match["m1"]:
        last = _name_month(match["m2"], match["my2"])
        first = _name_month(match["m1"], match["my1"] or match["my2"])
        return TextPeriod(text, first, last, False, True, start, end)
    if match["m3"]:
        year, month = _name_month(match["m3"], match["my3"])
        first = (year, 1) if month == 12 else (year - 1, month + 1)
        return TextPeriod(text, first, (year, month), False, True, start, end)
    if match["m4"]:
        moment = _name_month(match["m4"], match["my4"])
        return TextPeriod(text, moment, moment, False, False, start, end)
    first_year = int(match["y1"] or match["y3"])
    last_year = _complete_year(first_year, match["y2"] or match["y3"])
    return TextPeriod(text, (first_year, 1), (last_year, 12), True, True, start, end)


def _complete_year(first_year: int, digits: str) -> int:
    """Return the year of four digits, or of the last two of one after the first: 1999-00."""
    if len(digits) == 4:
        return int(digits)
    year = first_year // 100 * 100 + int(digits)
    return year + 100 if year < first_year else year


def _name_month(name: str, year: str) -> YearMonth:
    return int(year), _MONTHS.index(name.lower()) + 1
