"""Ages from their bounds: `5-9`, `65+`, “under 5” and “aged 16 to 64” in their usual spellings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from evidencehub.domain.status import TOTAL

MAX_AGE = 130  # years; nobody has been older

_UNIT = r"(?:\s*(?:years?|yrs?|yr|y/o|anos|años|ans|jahre)\b\.?(?:\s+(?:old|of age))?)?"
_START = (
    r"(?:(?:people|persons|adults|children)\s+)?"
    r"(?:ages?d?|age group|faixa etária|grupo de edad|altersgruppe)?:?\s*"
)
_BRACKETED = re.compile(r"((?:people|persons|adults|children)\s)\(([^()]+)\)", re.IGNORECASE)
_JOINER = r"(?:-|–|—|to|a|à|bis)"
_RANGE = re.compile(rf"{_START}(\d{{1,3}}){_UNIT}\s*{_JOINER}\s*(\d{{1,3}}){_UNIT}", re.IGNORECASE)
_OPEN_ENDED = re.compile(
    rf"{_START}(?:(?:>=|≥)\s*(\d{{1,3}}){_UNIT}"
    rf"|(\d{{1,3}}){_UNIT}\s*(?:\+|plus|(?:and|or|&)\s+(?:over|older|above|more)){_UNIT})",
    re.IGNORECASE,
)
_UPPER_BOUND = re.compile(
    rf"{_START}(?:under|below|less than|younger than|<)[\s-]*(\d{{1,3}})s?{_UNIT}", re.IGNORECASE
)
_UPPER_AGE = re.compile(
    rf"{_START}(\d{{1,3}}){_UNIT}\s*(?:and|or|&)\s+(?:under|younger|below){_UNIT}", re.IGNORECASE
)
_SINGLE = re.compile(
    rf"(?:aged?\s*(\d{{1,3}}){_UNIT}|(\d{{1,3}})\s*(?:years?|yrs?)(?:\s+(?:old|of age))?)",
    re.IGNORECASE,
)


class AgeRange(NamedTuple):
    """The ages from `low` to `high`, in completed years; without `high` there is no upper end."""

    low: int
    high: int | None

    def contains(self, other: AgeRange) -> bool:
        """Whether every age of another range is one of this."""
        is_below = self.high is None or (other.high is not None and other.high <= self.high)
        return self.low <= other.low and is_below

    @property
    def code(self) -> str:
        """The readable code of the range: `5-9`, `65+`."""
        return f"{self.low}+" if self.high is None else f"{self.low}-{self.high}"

    @property
    def label(self) -> str:
        """The range in words."""
        if self.high is None:
            return f"{self.low} years and over"
        if self.high == self.low:
            return f"{self.low} years"
        return f"{self.low} to {self.high} years"


def parse_age(text: str) -> AgeRange | None:
    """Return the ages that a spelling means; None where it is none, or may mean several things.

    A bare number is none: it may be the code of a band. “Over 65” is none either: publishers mean
    65 or 66 and over by it. An apostrophe before all else is that of a spreadsheet, which keeps it
    from making `5-12` a date.

    >>> parse_age("Aged 16 to 64"), parse_age("under 5"), parse_age("85+").label
    (AgeRange(low=16, high=64), AgeRange(low=0, high=4), '85 years and over')
    """
    text = _BRACKETED.sub(r"\1\2", " ".join(text.split()).removeprefix("'"))
    for pattern, is_open in (
        (_RANGE, False),
        (_OPEN_ENDED, True),
        (_UPPER_BOUND, False),
        (_UPPER_AGE, False),
        (_SINGLE, False),
    ):
        if match := pattern.fullmatch(text):
            numbers = [int(group) for group in match.groups() if group]
            if pattern is _UPPER_BOUND:
                numbers = [0, numbers[0] - 1]
            elif pattern is _UPPER_AGE:
                numbers = [0, numbers[0]]
            return _make_range(numbers, is_open=is_open)
    return None


def list_ages_within(age: str, codes: Iterable[str]) -> list[str]:
    """Return an age group and those of `codes` that lie within it; in `_T`, all ages, all do.

    >>> list_ages_within("18+", ["_T", "0-17", "16-24", "18-24", "65+"])
    ['18+', '18-24', '65+']
    """
    whole = parse_age(age)
    parts = {code: parse_age(code) for code in codes if code != age}
    is_all = age == TOTAL
    return [
        age,
        *(c for c, part in parts.items() if is_all or (whole and part and whole.contains(part))),
    ]


def _make_range(numbers: list[int], *, is_open: bool) -> AgeRange | None:
    low, high = numbers[0], numbers[-1]
    if not low <= high <= MAX_AGE:
        return None
    return AgeRange(low, None if is_open else high)
