"""The rules of comparability on time: length, overlap and difference of periods, and breaks."""

from __future__ import annotations

import calendar
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from evidencehub.crosswalk.comparability_facts import (
    ComparabilityFacts,
    RuleMatches,
    VerdictBySchemePair,
    group_by_fields,
    group_by_indicator,
    list_indicators,
)
from evidencehub.crosswalk.comparability_wording import shorten_list
from evidencehub.messages.rendering import Message, make_message


def describe_period_length(start: str, end: str) -> Message:
    """Return how long a period is: whole months where it has them, else days.

    >>> describe_period_length("2020-04-01", "2021-03-31").render()
    '12 months'
    """
    try:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return make_message("comparability/unknown-length")
    if last < first:
        return make_message("comparability/unknown-length")
    codes, count = ("comparability/day", "comparability/days"), (last - first).days + 1
    if first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]:
        codes = ("comparability/month", "comparability/months")
        count = (last.year - first.year) * 12 + last.month - first.month + 1
    return make_message(codes[count > 1], count=count)


def find_different_lengths(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Counts grow with the period, and a long period hides change within it."""
    facts_by_length: dict[Message, list[ComparabilityFacts]] = defaultdict(list)
    for fact in facts:
        facts_by_length[describe_period_length(fact.period_start, fact.period_end)].append(fact)
    if len(facts_by_length) > 1:
        lengths = [
            make_message(
                "comparability/length-of-indicators",
                length=length,
                indicators=shorten_list(list_indicators(facts_by_length[length])),
            )
            for length in sorted(
                facts_by_length, key=lambda length: (len(length.render()), length.render())
            )
        ]
        yield make_message("comparability/period-length", lengths=shorten_list(lengths)), facts


def _period_spans(facts: Iterable[ComparabilityFacts]) -> list[tuple[str, str]]:
    return sorted({(fact.period_start, fact.period_end) for fact in facts})


def find_different_periods(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Indicators that are not of the same periods; a series of one indicator is no mixture."""
    spans_by_indicator = {
        indicator: _period_spans(facts_of_indicator)
        for indicator, facts_of_indicator in group_by_indicator(facts)
    }
    if len({tuple(spans) for spans in spans_by_indicator.values()}) > 1:
        periods = [
            make_message(
                "comparability/indicator-period",
                indicator=indicator,
                start=spans[0][0],
                end=max(end for _, end in spans),
            )
            for indicator, spans in spans_by_indicator.items()
        ]
        yield make_message("comparability/periods", periods=shorten_list(periods)), facts


def find_overlapping_periods(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Periods that share time share people: rolling averages are not independent."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        for (start, end), (other_start, other_end) in itertools.pairwise(
            _period_spans(facts_of_indicator)
        ):
            if other_start <= end:
                reason = make_message(
                    "comparability/periods-overlap",
                    indicator=indicator,
                    start=start,
                    end=end,
                    other_start=other_start,
                    other_end=other_end,
                )
                yield reason, facts_of_indicator
                break  # one example of an indicator is enough


def find_series_breaks(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
    """Shown as a note beside any series; one period alone has nothing to break with."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        if len(_period_spans(facts_of_indicator)) < 2:
            continue
        breaks = " ".join(filter(None, group_by_fields(facts_of_indicator, "series_breaks")))
        starts = [
            start
            for start, _ in _period_spans(fact for fact in facts_of_indicator if fact.has_break)
        ]
        if breaks:
            reason = make_message("comparability/series-break", indicator=indicator, breaks=breaks)
            yield reason, facts_of_indicator
        elif starts:
            yield (
                make_message(
                    "comparability/marked-series-break",
                    indicator=indicator,
                    starts=shorten_list(starts),
                ),
                facts_of_indicator,
            )


class CategoryPeriod(NamedTuple):
    """A period for which a category of an indicator has a value: a group, or an area."""

    indicator: str
    category: str
    start: str
    end: str


class UnsharedPeriods(NamedTuple):
    """An indicator without a period that all its groups, or all its areas, have a value for.

    `dimension` is “group” or “area”. `examples` are two categories with their latest periods, the
    earliest and the latest of all; none if there were too many categories to look at.
    """

    indicator: str
    dimension: str
    examples: tuple[CategoryPeriod, ...] = ()


def find_unshared_periods(
    category_periods: Iterable[CategoryPeriod], dimension: str
) -> Iterator[UnsharedPeriods]:
    """Yield each indicator of whose categories no period is shared by all.

    A period is shared where start and end are the same: half a period is not the same people.
    """
    by_indicator: dict[str, dict[str, set[CategoryPeriod]]] = defaultdict(lambda: defaultdict(set))
    for item in category_periods:
        by_indicator[item.indicator][item.category].add(item)
    for indicator, by_category in sorted(by_indicator.items()):
        spans = [{(item.start, item.end) for item in items} for items in by_category.values()]
        if set.intersection(*spans):
            continue
        latest = sorted(
            (max(items, key=lambda item: (item.end, item.start)) for items in by_category.values()),
            key=lambda item: (item.end, item.start, item.category),
        )
        yield UnsharedPeriods(indicator, dimension, (latest[0], latest[-1]))


def explain_unshared_periods(unshared: UnsharedPeriods) -> Message:
    """Return the reason why the groups or areas of an indicator should not stand side by side."""
    if not unshared.examples:
        return make_message("comparability/periods-not-assessed", indicator=unshared.indicator)
    examples = tuple(
        make_message(
            "comparability/category-period", category=item.category, start=item.start, end=item.end
        )
        for item in unshared.examples
    )
    code = _UNSHARED_CODES[unshared.dimension]
    return make_message(code, indicator=unshared.indicator, examples=examples)


_UNSHARED_CODES = {
    "group": "comparability/no-period-in-common-of-groups",
    "area": "comparability/no-period-in-common-of-areas",
}
