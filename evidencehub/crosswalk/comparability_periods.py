"""The rules of comparability on time: length, overlap and difference of periods, and breaks."""

from __future__ import annotations

import calendar
import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from evidencehub.crosswalk.comparability_facts import (
    ComparabilityFacts,
    RuleMatches,
    VerdictBySchemePair,
    group_by_fields,
    group_by_indicator,
    list_indicators,
)
from evidencehub.messages.rendering import join_words


def describe_period_length(start: str, end: str) -> str:
    """How long a period is, in words: whole months where it has them, else days.

    >>> describe_period_length("2020-04-01", "2021-03-31")
    '12 months'
    """
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return "unknown"
    month_count = (last.year - first.year) * 12 + last.month - first.month + 1
    if (
        first.day == 1
        and last.day == calendar.monthrange(last.year, last.month)[1]
        and month_count > 0
    ):
        return f"{month_count} month{'s' * (month_count > 1)}"
    days = (last - first).days + 1
    return f"{days} day{'s' * (days != 1)}" if days > 0 else "unknown"


def find_different_lengths(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Counts grow with the period, and a long period hides change within it."""
    facts_by_value: dict[str, list[ComparabilityFacts]] = defaultdict(list)
    for fact in facts:
        facts_by_value[describe_period_length(fact.period_start, fact.period_end)].append(fact)
    if len(facts_by_value) > 1:
        texts = [
            f"{length} ({join_words(list_indicators(facts_concerned))})"
            for length, facts_concerned in sorted(
                facts_by_value.items(), key=lambda pair: (len(pair[0]), pair[0])
            )
        ]
        yield f"The periods differ in length: {join_words(texts)}.", facts


def _period_spans(facts: Iterable[ComparabilityFacts]) -> list[tuple[str, str]]:
    return sorted({(fact.period_start, fact.period_end) for fact in facts})


def find_different_periods(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Indicators that are not of the same periods; a series of one indicator is no mixture."""
    facts_by_value = {
        indicator: _period_spans(facts_of_indicator)
        for indicator, facts_of_indicator in group_by_indicator(facts)
    }
    if len({tuple(spans) for spans in facts_by_value.values()}) > 1:
        texts = [
            f"{indicator_id} {spans[0][0]} to {max(s[1] for s in spans)}"
            for indicator_id, spans in facts_by_value.items()
        ]
        yield f"The figures are of different periods: {join_words(texts)}.", facts


def find_overlapping_periods(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Periods that share time share people: rolling averages are not independent."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        spans = _period_spans(facts_of_indicator)
        shared = [(a, b) for a, b in itertools.pairwise(spans) if b[0] <= a[1]]
        if shared:
            span, two = shared[0]
            text = (
                f"{indicator}: periods overlap, such as {span[0]} to {span[1]} and {two[0]} to "
                f"{two[1]}, so their figures share people."
            )
            yield text, facts_of_indicator


def find_series_breaks(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
    """Shown as a note beside any series; one period alone has nothing to break with."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        if len(_period_spans(facts_of_indicator)) < 2:
            continue
        stated_text = [
            text for text in group_by_fields(facts_of_indicator, "series_breaks") if text
        ]
        if stated_text:
            yield (
                f"{indicator}: the series has a break. {' '.join(stated_text)}",
                facts_of_indicator,
            )
        marked = [
            span[0] for span in _period_spans(fact for fact in facts_of_indicator if fact.has_break)
        ]
        if marked and not stated_text:
            yield (
                f"{indicator}: the series has a break at {join_words(marked)}.",
                facts_of_indicator,
            )
