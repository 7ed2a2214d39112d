"""Whether each number of a text stands with its own group, period or indicator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from evidencehub.statements.stated_finding import COMPARISON_MEASURES, StatedClaim, StatedFinding
from evidencehub.statements.text_numbers import TextNumber
from evidencehub.statements.text_periods import can_mean

_SENTENCE_BORDER = re.compile(r"[.;!?](?=\s|$)")
_MIN_WORD_CHARS = 5  # of a word that tells two indicators apart


class NamedPlace(NamedTuple):
    """Where a text names something: `key` is what it names."""

    start: int
    key: str


class MisplacedNumbers(NamedTuple):
    """Numbers of a column in another order than what they are of is named."""

    column: str
    claim: StatedClaim
    numbers: tuple[str, ...]
    start: int
    end: int


def find_misplaced_numbers(
    finding: StatedFinding,
    key_by_row: Mapping[int, str],
    places_by_column: Mapping[str, Sequence[NamedPlace]],
) -> MisplacedNumbers | None:
    """Return numbers that cannot be read off in the order in which their keys are named.

    “38% of the Asian and 49% of the Black respondents”, and “Asian and Black respondents: 38% and
    49%”, name the groups in the order of their numbers. `key_by_row` has the group, period or
    indicator of each claim that is judged; comparisons are of two groups and are left aside.
    Nothing is judged where a key is not named in the sentences of the numbers.
    """
    claims = [claim for claim in finding.claims if claim.row in key_by_row]
    for column, numbers in finding.numbers.items():
        placed = _place_numbers(numbers, claims, key_by_row)
        order = [key for key, _ in groupby(key for _, _, key in placed)]
        if len(order) < 2:
            continue
        start, end = _find_window(finding.texts[column], placed[0][0].start, placed[-1][0].end)
        named = _list_named(places_by_column.get(column, ()), start, end)
        if _is_other_order(order, named):
            texts = tuple(number.text for number, _, _ in placed)
            return MisplacedNumbers(column, placed[0][1], texts, start, end)
    return None


def _place_numbers(
    numbers: Sequence[TextNumber], claims: Sequence[StatedClaim], key_by_row: Mapping[int, str]
) -> list[tuple[TextNumber, StatedClaim, str]]:
    """Return the numbers of which it is certain what they are of, each with its claim and key."""
    placed = []
    for number in numbers:
        stating = [claim for claim in claims if claim.is_stated_by(number)]
        is_compared = any(claim.measure in COMPARISON_MEASURES for claim in stating)
        if not is_compared and len({key_by_row[claim.row] for claim in stating}) == 1:
            placed.append((number, stating[0], key_by_row[stating[0].row]))
    return placed


def _find_window(text: str, first: int, last: int) -> tuple[int, int]:
    """Return where the sentence of the first number starts, and that of the last one ends."""
    borders = [match.end() for match in _SENTENCE_BORDER.finditer(text)]
    start = max((border for border in borders if border <= first), default=0)
    return start, min((border for border in borders if border >= last), default=len(text))


def _list_named(places: Iterable[NamedPlace], start: int, end: int) -> list[str]:
    return [place.key for place in places if start <= place.start < end]


def _is_other_order(order: Sequence[str], named: Sequence[str]) -> bool:
    """Return true where all keys are named, and never in the order of the numbers."""
    remaining = iter(named)
    return set(order) <= set(named) and not all(key in remaining for key in order)


def list_period_places(finding: StatedFinding) -> dict[str, list[NamedPlace]]:
    """Return where each column names the period of a claim, by “first day/last day”."""
    days = dict.fromkeys((claim.period_start, claim.period_end) for claim in finding.claims)
    return {
        column: [
            NamedPlace(period.start, "/".join(pair))
            for period in periods
            for pair in days
            if can_mean(period, *pair)
        ]
        for column, periods in finding.periods.items()
    }


def list_title_places(
    finding: StatedFinding, title_by_indicator: Mapping[str, str]
) -> dict[str, list[NamedPlace]]:
    """Return where each column has a word of one indicator's title that no other's has."""
    words = {
        name: set(re.findall(rf"\w{{{_MIN_WORD_CHARS},}}", title.casefold()))
        for name, title in title_by_indicator.items()
    }
    places: dict[str, list[NamedPlace]] = {}
    for column, text in finding.texts.items():
        for match in re.finditer(rf"\w{{{_MIN_WORD_CHARS},}}", text.casefold()):
            names = [name for name, own_words in words.items() if match[0] in own_words]
            if len(names) == 1:
                places.setdefault(column, []).append(NamedPlace(match.start(), names[0]))
    return places
