"""A finding as its readers have it: its texts, the claims of it, and numbers without a claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from evidencehub.statements.publication_dates import is_publication_date
from evidencehub.statements.text_numbers import TextNumber, find_numbers, states
from evidencehub.statements.text_periods import TextPeriod, can_mean, find_periods

TEXT_COLUMNS = ("title", "statement", "detail", "population", "certainty_note", "note")
"""The columns of a finding that people read."""

VALUE_MEASURES = ("value", "lower-limit", "upper-limit")
COUNT_MEASURES = ("numerator", "denominator")
COMPARISON_MEASURES = ("difference", "ratio")
"""Measures of a claim: what a value states itself, its counts, and what compares two groups."""

_OTHER_KINDS = {
    "ratio": ("percent", "points", "per"),
    "difference": ("times",),
    **dict.fromkeys(COUNT_MEASURES, ("percent", "points", "per", "times", "part")),
}
_EXCERPT_CHARS = 30  # on each side of a number


class StatedClaim(NamedTuple):
    """What a claim says of its finding; `row` is that of claims.csv, a period is two ISO days."""

    file: str
    row: int
    measure: str
    stated: float
    decimals: int | None
    indicator: str
    period_start: str
    period_end: str
    scheme: str
    ethnicity: str
    reference: str | None
    group_text: str | None
    reference_text: str | None

    def is_stated_by(self, number: TextNumber) -> bool:
        """Return true where a number of a sentence says what is claimed, as far as its unit goes.

        “92%” is no ratio and no count, and “twice” is no difference.
        """
        kind = number.unit.kind if number.unit is not None else ""
        return kind not in _OTHER_KINDS.get(self.measure, ()) and states(number, self.stated)


class UnboundNumber(NamedTuple):
    """A number in a column that no claim states, and the claim that comes nearest."""

    column: str
    number: TextNumber
    nearest: StatedClaim | None


@dataclass(frozen=True)
class StatedFinding:
    """A finding with its claims.

    `days` are the first and last days of its own period and the days of its publication and
    review: dates that its texts may name beside those of the claims. `unbound_figures` is the cell
    that lists numbers without a claim, separated by semicolons; `unbound_reason` says why.
    """

    file: str
    row: int
    identifier: str
    texts: Mapping[str, str]
    claims: Sequence[StatedClaim] = ()
    unbound_figures: str = ""
    unbound_reason: str = ""
    days: Sequence[tuple[str, str]] = ()
    has_period: bool = False

    @cached_property
    def numbers(self) -> Mapping[str, tuple[TextNumber, ...]]:
        """Return the numbers of each column."""
        return {column: find_numbers(text) for column, text in self.texts.items()}

    @cached_property
    def periods(self) -> Mapping[str, tuple[TextPeriod, ...]]:
        """Return the periods that each column names."""
        return {column: find_periods(text) for column, text in self.texts.items()}

    @cached_property
    def unbound_entries(self) -> tuple[str, ...]:
        """Return the entries of `unbound_figures`."""
        return tuple(filter(None, (part.strip() for part in self.unbound_figures.split(";"))))

    def excerpt(self, column: str, start: int, end: int) -> str:
        """Return some words of a column around a place."""
        text = self.texts[column]
        first, last = max(0, start - _EXCERPT_CHARS), min(len(text), end + _EXCERPT_CHARS)
        if first:
            first = text.find(" ", first, start) + 1 or start
        if last < len(text):
            last = text.rfind(" ", end, last) if text.rfind(" ", end, last) > 0 else end
        return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")

    def list_numbers_of(self, claim: StatedClaim) -> Iterator[tuple[str, TextNumber]]:
        """Return the places where the texts state a claim's number."""
        for column, numbers in self.numbers.items():
            for number in numbers:
                if claim.is_stated_by(number):
                    yield column, number

    def find_unbound_numbers(self) -> Iterator[UnboundNumber]:
        """Return the numbers that neither a claim states nor `unbound_figures` lists.

        A count that describes the study needs neither.
        """
        listed = [number for entry in self.unbound_entries for number in find_numbers(entry)]
        for column, numbers in self.numbers.items():
            for number in numbers:
                is_bound = any(claim.is_stated_by(number) for claim in self.claims)
                if not (is_bound or number.describes_study) and not any(
                    map(number.is_same_as, listed)
                ):
                    yield UnboundNumber(column, number, self._find_nearest_claim(number))

    def _find_nearest_claim(self, number: TextNumber) -> StatedClaim | None:
        return min(
            self.claims, key=lambda claim: _distance(claim.stated, number.value), default=None
        )

    def find_claims_without_number(self) -> Iterator[tuple[StatedClaim, str, TextNumber | None]]:
        """Return the claims whose number no text states, each with the nearest number there is."""
        places = [(column, number) for column, ns in self.numbers.items() for number in ns]
        for claim in self.claims:
            if next(self.list_numbers_of(claim), None) is None:
                ordered = sorted(places, key=lambda place: _distance(claim.stated, place[1].value))
                yield (claim, *(ordered[0] if ordered else ("", None)))

    def find_claims_without_period(self) -> Iterator[StatedClaim]:
        """Return the claims whose period no text names."""
        periods = [period for group in self.periods.values() for period in group]
        for claim in self.claims:
            if not any(can_mean(p, claim.period_start, claim.period_end) for p in periods):
                yield claim

    def find_other_periods(self) -> Iterator[tuple[str, TextPeriod]]:
        """Return the periods in the texts that neither a claim nor the finding itself is of.

        The date of a publication or of a search says nothing of the finding's time. Without a claim
        and a period of its own a finding has nothing that they could be of.
        """
        places = [(column, period) for column, ps in self.periods.items() for period in ps]
        for column, period in places if self.claims or self.has_period else ():
            if not self._is_about(period) and not is_publication_date(self.texts[column], period):
                yield column, period

    def _is_about(self, period: TextPeriod) -> bool:
        days = [*self.days, *((claim.period_start, claim.period_end) for claim in self.claims)]
        listed = (p[1:4] for entry in self.unbound_entries for p in find_periods(entry))
        return any(can_mean(period, *pair) for pair in days) or period[1:4] in listed

    def find_entries_without_number(self) -> Iterator[str]:
        """Return the entries of `unbound_figures` that are not in the texts, or are no number."""
        numbers = {(n.value, n.unit) for group in self.numbers.values() for n in group}
        periods = {period[1:4] for group in self.periods.values() for period in group}
        for entry in self.unbound_entries:
            listed_numbers = {(number.value, number.unit) for number in find_numbers(entry)}
            listed_periods = {period[1:4] for period in find_periods(entry)}
            if not numbers & listed_numbers and not periods & listed_periods:
                yield entry


def _distance(stated: float, value: float) -> float:
    """Return how far two numbers are apart, as a share of the larger."""
    return abs(abs(stated) - abs(value)) / max(abs(stated), abs(value), 1e-9)
