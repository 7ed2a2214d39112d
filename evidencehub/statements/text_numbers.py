"""Numbers in a sentence, with their unit and how exactly they are meant."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from evidencehub.statements.number_words import (
    MEASURED,
    MULTIPLIERS,
    NUMERAL,
    PART_BY_WORD,
    TIMES_BY_WORD,
    VALUE_BY_WORD,
    WITHOUT_VALUE,
)
from evidencehub.statements.study_counts import find_study_counts
from evidencehub.statements.text_periods import find_periods

UnitKind = Literal["percent", "points", "times", "per", "part"]
Bound = Literal["exact", "about", "above", "below"]


class TextUnit(NamedTuple):
    """The unit that a sentence gives a number: `base` is the 1,000 of “per 1,000”."""

    kind: UnitKind
    base: float = 1.0


@dataclass(frozen=True, slots=True)
class TextNumber:
    """A number as a sentence has it; `text` is the number with its unit.

    `describes_study` for a count of hospitals, participants and the like, which is no result.
    """

    text: str
    value: float
    decimals: int
    bound: Bound
    unit: TextUnit | None
    start: int
    end: int
    is_negative: bool = False
    describes_study: bool = False

    def is_same_as(self, other: TextNumber) -> bool:
        """Return true where both are the same value in the same unit, however qualified."""
        return (self.value, self.unit) == (other.value, other.unit)


_WORDS = "|".join((*VALUE_BY_WORD, *MULTIPLIERS))
_PARTS = "|".join(PART_BY_WORD)
_TOKEN = re.compile(
    rf"(?P<part>\b(?:an?|one|{'|'.join(VALUE_BY_WORD)})[ -](?:{_PARTS})s?\b"
    r"(?=\s+(?:of|as|more|less|fewer|lower|higher|the|in)\b|\s*[.,;:)]|$))"
    rf"|(?P<times>\b(?:{'|'.join(TIMES_BY_WORD)})\b(?![ -]blind))"
    r"|(?P<half>(?<!first )(?<!second )(?<!other )\b(?:half|halved)\b(?!-))"
    rf"|(?P<fold>\b(?:{'|'.join(VALUE_BY_WORD)})fold\b)"
    r"|(?P<numeral>(?<![\w.,])(?<![^\W\d_]-)(?P<sign>[-−–]\s?(?<![\d]-)(?<![\d]–))?"
    rf"(?P<digits>{NUMERAL})"
    r"(?:\s(?P<scale>thousand|million|billion)\b)?(?![\w]|,\d{3}|\.\d))"
    rf"|(?P<word>\b(?:{_WORDS}|one)\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?P<points>\s?%[ -]points?\b|[ -]percentage[ -]points?\b|\s+points?\b)"
    r"|(?P<percent>\s?%|\s?per\s?cent\b|\s?percent\b)"
    r"|(?P<times>[ -]?(?:times|fold)\b|[x×](?!\w))",
    re.IGNORECASE,
)
_BASE_WITH_EVERY = re.compile(
    r"(?:\bper|\b(?:for|of|in|out\s+of|among)\s+(?:every|each|an?))\s+(?:an?\s+|one\s+)?$",
    re.IGNORECASE,
)
_BASE = re.compile(r"^\s+(?:[a-z]+\s+){0,2}(?:in|of|out\s+of)\s+(?:an?\s+|the\s+)?$", re.IGNORECASE)
_SENTENCE_START = re.compile(r"^|[.;!?]\s")
_BOUNDS: Sequence[tuple[Bound, re.Pattern[str]]] = (
    ("above", re.compile(
        r"\b(?:more\s+than|over|above|just\s+over|at\s+least|no\s+(?:fewer|less)\s+than)\s+$",
        re.IGNORECASE,
    )),
    ("below", re.compile(
        r"\b(?:nearly|almost|close\s+to|just\s+under|under|below|(?:less|fewer)\s+than|at\s+most|"
        r"up\s+to|no\s+more\s+than|not\s+quite)\s+$",
        re.IGNORECASE,
    )),
    ("about", re.compile(
        r"\b(?:about|around|roughly|approximately|some|circa)\s+$", re.IGNORECASE
    )),
)  # fmt: skip
_MAX_BARE_BASE = 12  # “four of five”; a larger base that is no power of ten is a denominator
_MAX_CACHED_TEXTS = 1_024
_SCALES = (1, 100, 1_000, 10_000, 100_000)  # to which “1 in 50” may be converted
_ABOUT_SHARE = 0.1  # “about 2” may be 1.8 to 2.2


@lru_cache(maxsize=_MAX_CACHED_TEXTS)  # several rules read the same texts
def find_numbers(text: str) -> tuple[TextNumber, ...]:
    """Return the numbers of a sentence that state something, in their order.

    Dates, names, ages, counts of studies and the levels of intervals are no values.

    >>> [number.text for number in find_numbers("In 2021, 4.7 times, or 341.7 per 100,000")]
    ['4.7 times', '341.7 per 100,000']
    """
    for period in find_periods(text):
        blank = " " * (period.end - period.start)
        text = text[: period.start] + blank + text[period.end :]
    text = WITHOUT_VALUE.sub(lambda match: " " * len(match[0]), text)
    study_counts = find_study_counts(text)
    numbers: list[TextNumber] = []
    for match in _TOKEN.finditer(text):
        number = _read_token(match, text)
        if any(match.start() in place for place in study_counts):
            number = replace(number, describes_study=True)
        if not _attach_base(numbers, number, text):
            numbers.append(number)
    return tuple(number for number in numbers if _is_measured(number, text))


def _read_token(match: re.Match[str], text: str) -> TextNumber:
    """Return the number of a match with its unit; words have the text's own bound."""
    bound = _read_bound(text, match.start())
    value, decimals, unit = _read_value(match)
    end = match.end()
    if match["numeral"] or match["word"]:
        unit_match = _UNIT.match(text, end)
        if unit_match is not None and unit_match.lastgroup is not None:
            unit, end = TextUnit(unit_match.lastgroup), unit_match.end()  # type: ignore[arg-type]  # the names of the groups are kinds
    if unit is not None and unit.kind == "part" and bound == "exact":
        bound = "about"  # “half” and “a third” are never meant to the digit
    return TextNumber(
        text[match.start() : end], value, decimals, bound, unit, match.start(), end,
        bool(match["sign"]),
    )  # fmt: skip


def _read_bound(text: str, start: int) -> Bound:
    for bound, pattern in _BOUNDS:
        if pattern.search(text, 0, start):
            return bound
    return "exact"


def _read_value(match: re.Match[str]) -> tuple[float, int, TextUnit | None]:
    """Return value, decimals and unit of a match."""
    words = match[0].lower()
    if match["part"]:
        count, part = re.split("[ -]", words)
        return VALUE_BY_WORD.get(count, 1.0) * PART_BY_WORD[part.removesuffix("s")], 0, _PART
    if match["half"]:
        return 0.5, 0, _PART
    if match["times"]:
        return TIMES_BY_WORD[words], 0, TextUnit("times")
    if match["fold"]:
        return VALUE_BY_WORD[words.removesuffix("fold")], 0, TextUnit("times")
    if match["word"]:
        return {**VALUE_BY_WORD, **MULTIPLIERS}.get(words, 1.0), 0, None
    digits = match["digits"].replace(",", "")
    value = float(digits) * MULTIPLIERS.get((match["scale"] or "").lower(), 1.0)
    return value, len(digits.partition(".")[2]), None


_PART = TextUnit("part")


def _attach_base(numbers: list[TextNumber], base: TextNumber, text: str) -> bool:
    """Give the base “1,000” to the number that it is for; return false where it is no base.

    That number is the last before it, in the same sentence and without a unit.
    """
    is_bare = bool(numbers) and _is_bare_base(numbers[-1], base, text)
    is_every = _BASE_WITH_EVERY.search(text[: base.start]) is not None
    if base.unit is not None or not base.value or not (is_every or is_bare):
        return False
    sentence = max(match.end() for match in _SENTENCE_START.finditer(text, 0, base.start))
    place = _find_last(numbers, (None, _PART) if is_bare else (None,))
    if place is not None and numbers[place].start >= sentence:
        joined, unit = _join(numbers[place], base, text), TextUnit("per", base.value)
        numbers[place] = replace(numbers[place], unit=unit, text=joined)
    return True


def _is_member(number: TextNumber, base: TextNumber, text: str) -> bool:
    """Return true for “one of four sites”, and false for “five hospitals of one city”."""
    return text[number.end : base.start].split() in (["of"], ["of", "the"], ["of", "these"])


def _find_last(numbers: Sequence[TextNumber], units: Sequence[TextUnit | None]) -> int | None:
    """Return the place of the last number that has one of these units."""
    return next((p for p in reversed(range(len(numbers))) if numbers[p].unit in units), None)


def _is_bare_base(number: TextNumber, base: TextNumber, text: str) -> bool:
    """Return true for the 10 of “1 in 10” and the five of “four of five”."""
    return (
        number.unit in (None, _PART)
        and (not base.describes_study or _is_member(number, base, text))
        and _BASE.match(text[number.end : base.start]) is not None
        and (number.value == 1 or _is_round(base.value))
    )


def _is_round(value: float) -> bool:
    return (
        value <= _MAX_BARE_BASE or (value >= 10 and math.log10(value).is_integer()) or value == 20
    )


def _join(number: TextNumber, base: TextNumber, text: str) -> str:
    """Return a number with its base as one text, shortened where words stand between them."""
    between = text[number.end : base.start]
    if len(between) <= len(" out of every "):
        return text[number.start : base.end]
    return f"{number.text} … {between.split()[-1]} {base.text}"


def _is_measured(number: TextNumber, text: str) -> bool:
    """Return true for a numeral and for what has a unit; a word counts where MEASURED follows."""
    if number.unit is not None or any(sign.isdigit() for sign in number.text):
        return True
    return number.value > 1 and MEASURED.match(text, number.end) is not None


def states(number: TextNumber, stated: float) -> bool:
    """Return true where a number of a sentence says what is stated, in any of its units.

    “4 in 5” says 80 of a percentage and 0.8 of a proportion; “about”, “more than” and “nearly”
    allow what a reader would take them to.

    >>> [states(number, 2.4) for number in find_numbers("more than twice, about twice, 2.4 times")]
    [True, False, True]
    """
    values = _list_values(number, abs(stated))
    if number.is_negative and stated > 0:
        return False
    return any(allows(number, value, stated) for value in values)


def _list_values(number: TextNumber, stated: float) -> tuple[float, ...]:
    """Return the values that a number may stand for, by its unit; a proportion is at most 1."""
    value, unit = number.value, number.unit
    if unit is None or unit.kind in ("times", "points"):
        return (value,)
    if unit.kind == "per":
        return value, *(scale * value / unit.base for scale in _SCALES)
    if unit.kind == "part":
        return value, 100 * value
    return (value, value / 100) if stated <= 1 else (value,)


def allows(number: TextNumber, value: float, stated: float) -> bool:
    """Return true where `value`, qualified as a number of a sentence is, may be what is stated."""
    stated = abs(stated)
    tolerance = 1e-9 * max(1.0, stated)
    step = _find_step(number, value)
    match number.bound:
        case "about":
            return abs(value - stated) <= min(step / 2, _ABOUT_SHARE * value) + tolerance
        case "above":
            return value - tolerance <= stated <= value + _limit_step(step, value)
        case "below":
            return value - _limit_step(step, value) <= stated <= value + tolerance
        case _:
            return abs(value - stated) <= tolerance


def _find_step(number: TextNumber, value: float) -> float:
    """Return one unit of the last digit that a number is written with: 1,000 of 15,000."""
    if number.unit is not None and number.unit.kind == "part":
        return 2 * _ABOUT_SHARE * value
    if number.decimals:
        return float(10.0**-number.decimals)
    digits = f"{value:.0f}"
    return float(10 ** (len(digits) - len(digits.rstrip("0")))) if value else 1.0


def _limit_step(step: float, value: float) -> float:
    return step if value < 10 else min(step, value / 4)
