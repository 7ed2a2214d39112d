"""Periods in a sentence: years, months and days, and which period of a value they can mean."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from evidencehub.statements.number_words import VALUE_BY_WORD

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
_YEAR = r"(?:19|20)\d\d"
_DAY_SUFFIX = r"(?:st|nd|rd|th)?"
_OF = rf"{_DAY_SUFFIX}\s+(?:of\s+)?"
_SEPARATOR = r"(?:\s+(?:to|until|and|through)\s+(?:the\s+)?|\s*[–-]\s*)"


def _day(name: str) -> str:
    """Return the pattern of the day of a month, as the group `name`."""
    return rf"(?<![\w.,])(?P<{name}>0?[1-9]|[12]\d|3[01])"


_COUNTED = r"(?:women|men|people|patients|babies|children|deaths|births|mothers|cases|maternities)"
_PERIOD = re.compile(
    rf"(?:{_day('d1')}{_OF})?\b(?P<m1>{_MONTH})(?:\s+(?P<my1>{_YEAR}))?{_SEPARATOR}"
    rf"(?:{_day('d2')}{_OF})?(?P<m2>{_MONTH})\s+(?P<my2>{_YEAR})\b"
    rf"|\b(?:(?:(?P<years>{'|'.join(VALUE_BY_WORD)}|\d{{1,2}})\s+)?years?|(?:12|twelve)\s+months)"
    r"\s+(?:to|ending|ended|up\s+to)\s+(?:on\s+)?(?:the\s+end\s+of\s+)?"
    rf"(?:{_day('d3')}{_OF})?(?P<m3>{_MONTH})\s+(?P<my3>{_YEAR})\b"
    rf"|(?:{_day('d4')}{_DAY_SUFFIX}{_SEPARATOR}){_day('d5')}{_OF}"
    rf"(?P<m5>{_MONTH})\s+(?P<my5>{_YEAR})\b"
    rf"|(?:{_day('d6')}{_OF})?\b(?P<m6>{_MONTH})\s+(?:(?P<us_day>\d{{1,2}}),\s+)?"
    rf"(?P<my6>{_YEAR})\b"
    rf"|\b(?P<y1>{_YEAR})(?:\s*[-–/]\s*|\s+(?:to|and|until|through)\s+)"
    rf"(?P<y2>{_YEAR}|(?<=[-–/])\d\d)\b(?!\s*%)"
    rf"|(?<![\d.,])\b(?P<y3>{_YEAR})\b(?![,.]\d|\s*%|\s+(?:[a-z]+\s+)?{_COUNTED}\b)",
    re.IGNORECASE,
)

YearMonth = tuple[int, int]
YearMonthDay = tuple[int, int, int]


class TextPeriod(NamedTuple):
    """A period or moment as a sentence has it, with the first and last month that it names.

    `is_year` where it names years without months: a year of 12 months may then start in any month.
    `has_start` is false for a month alone, which may be either end of a period. `days` are the
    first and last day of the month, 0 where the sentence names none. `years` counts those of “the
    year to October 2008”, which may start on any day; 0 for all others.
    """

    text: str
    first: YearMonth
    last: YearMonth
    is_year: bool
    has_start: bool
    start: int
    end: int
    days: tuple[int, int] = (0, 0)
    years: int = 0


@lru_cache(maxsize=1_024)  # several rules read the same texts
def find_periods(text: str) -> tuple[TextPeriod, ...]:
    """Return the periods that a sentence names, in their order.

    >>> [period.text for period in find_periods("From 2006 to 2012, and in the year to March 2022")]
    ['2006 to 2012', 'year to March 2022']
    """
    return tuple(map(_read_match, _PERIOD.finditer(text)))


def can_mean(period: TextPeriod, first_day: str, last_day: str) -> bool:
    """Return true where a sentence's period can mean the one of these days (ISO 8601).

    Days of a month are compared unless the period is one of whole months.

    >>> (period,) = find_periods("in 2021-22")
    >>> can_mean(period, "2021-04-01", "2022-03-31"), can_mean(period, "2022-04-01", "2023-03-31")
    (True, False)
    """
    if period.is_year:
        return (period.first[0], period.last[0]) == (int(first_day[:4]), int(last_day[:4]))
    start, end = _read_day(first_day), _read_day(last_day)
    first, last = (*period.first, period.days[0]), (*period.last, period.days[1])
    if _has_whole_months(start, end):
        first, last = (*period.first, 0), (*period.last, 0)
    if not period.has_start:
        return _is_same_day(last, start) or _is_same_day(last, end)
    has_same_start = _is_same_day(first, start) or _has_years(start, end, period.years)
    return has_same_start and _is_same_day(last, end)


def _read_day(day: str) -> YearMonthDay:
    """Return year, month and day, 0 for a day that is not given."""
    return int(day[:4]), int(day[5:7] or 1), int(day[8:10] or 0)


def _is_same_day(day: YearMonthDay, other: YearMonthDay) -> bool:
    """Return true for the same month, and the same day where both name one."""
    return day[:2] == other[:2] and (day[2] == other[2] or not (day[2] and other[2]))


def _has_whole_months(start: YearMonthDay, end: YearMonthDay) -> bool:
    return start[2] == 1 and _find_next_day(end)[2] == 1


def _has_years(start: YearMonthDay, end: YearMonthDay, years: int) -> bool:
    """Return true for a period of so many years to the day; false for none."""
    year, month, day = _find_next_day(end)
    return years > 0 and start == (year - years, month, day)


def _find_next_day(day: YearMonthDay) -> YearMonthDay:
    """Return the day after, and zeros where there is none: a month alone, the end of time."""
    try:
        following = date(*day) + timedelta(days=1)
    except (ValueError, OverflowError):
        return 0, 0, 0
    return following.year, following.month, following.day


def _read_match(match: re.Match[str]) -> TextPeriod:
    text, start, end = match[0].strip(), match.start(), match.end()
    if match["m1"]:
        first = _name_month(match["m1"], match["my1"] or match["my2"])
        last, days = _name_month(match["m2"], match["my2"]), _name_days(match["d1"], match["d2"])
        return TextPeriod(text, first, last, False, True, start, end, days)
    if match["m3"]:
        return _read_years(match)
    if match["m5"]:
        month, days = _name_month(match["m5"], match["my5"]), _name_days(match["d4"], match["d5"])
        return TextPeriod(text, month, month, False, True, start, end, days)
    if match["m6"]:
        month, day = _name_month(match["m6"], match["my6"]), match["d6"] or match["us_day"]
        return TextPeriod(text, month, month, False, False, start, end, _name_days(day, day))
    first_year = int(match["y1"] or match["y3"])
    last_year = _complete_year(first_year, match["y2"] or match["y3"])
    return TextPeriod(text, (first_year, 1), (last_year, 12), True, True, start, end)


def _read_years(match: re.Match[str]) -> TextPeriod:
    """Return the period of a match that names its years and its end: “three years to May 2022”."""
    count = (match["years"] or "1").lower()
    years = int(VALUE_BY_WORD.get(count, 0) or count)
    year, month = last = _name_month(match["m3"], match["my3"])
    first = (year - years + 1, 1) if month == 12 else (year - years, month + 1)
    days = _name_days(None, match["d3"])
    return TextPeriod(match[0], first, last, False, True, *match.span(), days, years)


def _complete_year(first_year: int, digits: str) -> int:
    """Return the year of four digits, or of the last two of one after the first: 1999-00."""
    if len(digits) == 4:
        return int(digits)
    year = first_year // 100 * 100 + int(digits)
    return year + 100 if year < first_year else year


def _name_month(name: str, year: str) -> YearMonth:
    return int(year), _MONTHS.index(name.lower()) + 1


def _name_days(first: str | None, last: str | None) -> tuple[int, int]:
    return int(first or 0), int(last or 0)
