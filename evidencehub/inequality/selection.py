"""Which comparison answers today how unequal a family of indicators is, in a place, for a group.

One rule for pages, API, files, pictures and claims: they read what it selects. Nothing falls away
without a word: each comparison is current, history, or left out for a reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from evidencehub.domain.status import LIKELIHOOD_RATIO_TYPES, TOTAL

CRUDE_ADJUSTMENTS = ("", "none", "crude")


class Status(StrEnum):
    """What a comparison is in its family, place and group."""

    CURRENT = "current"
    HISTORY = "history"
    LEFT_OUT = "left-out"


class Reason(StrEnum):
    """Why a comparison is not the current one, or why nothing of a place is a headline."""

    NONE = ""
    NEWER_PERIOD = "newer-period"
    OVERLAPPING_PERIOD = "overlapping-period"
    SOURCE_COMPARES = "source-compares"
    OTHER_QUANTITY = "other-quantity"
    ADJUSTED = "adjusted"
    PART_OF_POPULATION = "part-of-population"
    SECONDARY_SOURCE = "secondary-source"
    OTHER_DATASET = "other-dataset"
    NEWER_CLASSIFICATION = "newer-classification"
    AWAITING_VERIFICATION = "awaiting-verification"


class FamilyComparison(NamedTuple):
    """A group beside its reference, in one place and period, as far as selecting needs it.

    An empty `ethnicity` stands for measures over all groups of a table in which none has a gap.
    `is_published` is a comparison that the source prints itself, `value_type` its type or that of
    the values compared. `is_secondary` is what was not read in its original publication,
    `is_declared` a group that the publisher named as the one to quote, `people` how many it is
    about.
    """

    family: str
    area: str
    scheme: str
    ethnicity: str
    reference: str
    indicator: str
    dataset: str
    period_start: str
    period_end: str
    sex: str = TOTAL
    age: str = TOTAL
    other: str = ""
    adjustment: str = ""
    value_type: str = "rate"
    is_published: bool = False
    is_secondary: bool = False
    is_synthetic: bool = False
    people: float | None = None
    is_declared: bool = False

    @property
    def is_adjusted(self) -> bool:
        """Return whether what else differs between the groups was taken out."""
        return self.adjustment not in CRUDE_ADJUSTMENTS

    @property
    def is_same_quantity(self) -> bool:
        """Return whether it says how many times as likely, as two rates beside each other do."""
        return not self.is_published or self.value_type in LIKELIHOOD_RATIO_TYPES

    @property
    def narrowness(self) -> int:
        """Return in how many ways it is about a part of the people; 0 for everybody."""
        return (self.sex != TOTAL) + (self.age != TOTAL) + (self.other != "")

    @property
    def period(self) -> tuple[str, str]:
        """Return its last and its first day: what periods are ordered by."""
        return self.period_end, self.period_start


class SelectedComparison(NamedTuple):
    """A comparison with its status, and the reason if it is not current.

    `is_headline` says that it may be quoted alone: its group was chosen before anybody looked at
    the values (declared, else the largest), and no comparison of its place that is as new waits to
    be verified.
    """

    comparison: FamilyComparison
    status: Status
    reason: Reason = Reason.NONE
    is_headline: bool = False


def select_current(comparisons: Iterable[FamilyComparison]) -> list[SelectedComparison]:
    """Return every comparison with what it is, in their order.

    In a family, place and group the newest period of the whole population is current. Of one
    period it is a ratio of rates or shares before an odds ratio, crude before adjusted, read in the
    original before quoted by others, and the source's own ratio before the one that follows from
    its values. A classification in which the place has nothing as new is history as a whole.
    """
    ordered = list(comparisons)
    by_place: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for position, comparison in enumerate(ordered):
        key = (comparison.family, comparison.area, comparison.is_synthetic)
        by_place[key].append(position)
    selected: dict[int, SelectedComparison] = {}
    for positions in by_place.values():
        place = _select_in_place([ordered[position] for position in positions])
        selected.update(zip(positions, place, strict=True))
    return [selected[position] for position in range(len(ordered))]


def _select_in_place(comparisons: Sequence[FamilyComparison]) -> list[SelectedComparison]:
    reasons = _find_reasons(comparisons)
    current = {c for c, reason in zip(comparisons, reasons, strict=True) if not reason}
    waiting = _is_waiting(current)
    headlines = set() if waiting else _choose_headlines(current)
    reason_of_current = Reason.AWAITING_VERIFICATION if waiting else Reason.NONE
    return [
        SelectedComparison(
            comparison,
            _STATUS_BY_REASON.get(reason, Status.LEFT_OUT),
            reason or reason_of_current,
            is_headline=not reason and comparison in headlines,
        )
        for comparison, reason in zip(comparisons, reasons, strict=True)
    ]


def _find_reasons(comparisons: Sequence[FamilyComparison]) -> list[Reason]:
    """Return why each comparison of a place is not current; empty for those that are."""
    reasons = [Reason.NONE] * len(comparisons)
    for positions in _group_positions(comparisons):
        candidates = [comparisons[position] for position in positions]
        for position, reason in zip(positions, _judge_group(candidates), strict=True):
            reasons[position] = reason
    _retire_old_tables(comparisons, reasons)
    return reasons


_STATUS_BY_REASON = {
    Reason.NONE: Status.CURRENT,
    Reason.NEWER_PERIOD: Status.HISTORY,
    Reason.OVERLAPPING_PERIOD: Status.HISTORY,
    Reason.NEWER_CLASSIFICATION: Status.HISTORY,
}


def _group_positions(comparisons: Sequence[FamilyComparison]) -> Iterable[list[int]]:
    by_group: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, comparison in enumerate(comparisons):
        by_group[comparison.scheme, comparison.ethnicity].append(position)
    return by_group.values()


def _judge_group(candidates: Sequence[FamilyComparison]) -> list[Reason]:
    """Return the reason why each comparison of a group is not current; empty for the one that is.

    Each step keeps the best of what the step before kept.
    """
    reasons = [Reason.NONE] * len(candidates)
    remaining = list(range(len(candidates)))
    for find_reason, rank in _STEPS:
        if len(remaining) == 1:
            break
        ranks = [rank(candidates[n]) for n in remaining]
        lowest = min(ranks)
        best = candidates[remaining[ranks.index(lowest)]]
        for n, its_rank in zip(remaining, ranks, strict=True):
            if its_rank != lowest:
                reasons[n] = find_reason(candidates[n], best)
        remaining = [n for n in remaining if not reasons[n]]
    return reasons


def _explain_older(comparison: FamilyComparison, newest: FamilyComparison) -> Reason:
    """Return why a period is not the current one: periods that share time share people."""
    is_apart = comparison.period_end < newest.period_start
    return Reason.NEWER_PERIOD if is_apart else Reason.OVERLAPPING_PERIOD


def _rank_by_period(comparison: FamilyComparison) -> tuple[int, int]:
    return -_count_days(comparison.period_end), -_count_days(comparison.period_start)


@cache  # few days are the ends of many periods
def _count_days(iso_date: str) -> int:
    return date.fromisoformat(iso_date).toordinal()


_Rank = Callable[[FamilyComparison], Any]
_STEPS: Sequence[tuple[Callable[[FamilyComparison, FamilyComparison], Reason], _Rank]] = (
    (lambda *_: Reason.PART_OF_POPULATION, lambda c: c.narrowness),
    (_explain_older, _rank_by_period),
    (lambda *_: Reason.OTHER_QUANTITY, lambda c: not c.is_same_quantity),
    (lambda *_: Reason.ADJUSTED, lambda c: c.is_adjusted),
    (lambda *_: Reason.SECONDARY_SOURCE, lambda c: c.is_secondary),
    (lambda *_: Reason.SOURCE_COMPARES, lambda c: not c.is_published),
    (lambda *_: Reason.OTHER_DATASET, lambda c: tuple(map(str, c))),
)
"""What makes a comparison the current one, in this order, and why another is not."""


_REASONS_OF_TIME = (Reason.NONE, Reason.NEWER_PERIOD, Reason.OVERLAPPING_PERIOD)


def _retire_old_tables(comparisons: Sequence[FamilyComparison], reasons: list[Reason]) -> None:
    newest: dict[str, str] = {}
    for comparison, reason in zip(comparisons, reasons, strict=True):
        if not reason:
            scheme = comparison.scheme
            newest[scheme] = max(newest.get(scheme, ""), comparison.period_end)
    latest = max(newest.values(), default="")
    for position, comparison in enumerate(comparisons):
        is_of_time = reasons[position] in _REASONS_OF_TIME
        if is_of_time and newest[comparison.scheme] < latest:
            reasons[position] = Reason.NEWER_CLASSIFICATION
        elif not (comparison.ethnicity or reasons[position]) and comparison.period_end < latest:
            reasons[position] = Reason.NEWER_PERIOD


def _choose_headlines(current: Collection[FamilyComparison]) -> set[FamilyComparison]:
    """Return the groups that were declared, else of each classification the largest, if known."""
    declared = {comparison for comparison in current if comparison.is_declared}
    if declared:
        return declared
    by_scheme: dict[str, list[FamilyComparison]] = defaultdict(list)
    for comparison in current:
        by_scheme[comparison.scheme].append(comparison)
    return {
        max(members, key=lambda c: (c.people or 0, c.ethnicity))
        for members in by_scheme.values()
        if all(comparison.people for comparison in members)
    }


def _is_waiting(current: Collection[FamilyComparison]) -> bool:
    """Return whether the newest comparisons of a place rest on secondary sources."""
    newest = max((comparison.period for comparison in current), default=None)
    return any(c.is_secondary for c in current if c.period == newest)
