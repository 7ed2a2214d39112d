"""May the rows of one answer be compared with each other? The facts first, then a verdict.

`refuse` means that the figures, set beside each other group by group, would mislead whatever is
said with them: they are of different things. `caution` means that they may stand side by side
when the difference is said. Nothing is judged by guess: a fact that nobody stated is a caution
of its own, never taken for agreement.

Refused are groups of different countries (the hub compares inequality within each country and
never pools groups across them), classifications of different places that no crosswalk brings
together (Scotland beside England and Wales), different units or types of value, and within one
indicator adjusted figures beside crude ones or figures relative to different groups. All else
is a caution: breaks, completeness, periods, ages and ways of counting are shown as notes.
"""

from __future__ import annotations

import calendar
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal, NamedTuple

from evidencehub.domain.status import TOTAL
from evidencehub.messages.rendering import join_words

ComparabilityLevel = Literal["ok", "caution", "refuse"]

MIN_COMPLETENESS = 0.9
"""Below this share of records with a known ethnic group completeness is a caution.

The hub's own line: no source that was read sets one. At a tenth unknown, the people who are
left out outnumber most single groups.
"""


@dataclass(frozen=True, kw_only=True)
class ComparabilityFacts:
    """What is known of some rows of an answer that share all of it; empty where nobody said.

    One for each indicator, dataset, scheme, period, age and adjustment. `country` is the
    jurisdiction of the scheme (GB-EAW). `population` is what the figures count or are divided
    by. `completeness` is the share of records with a known ethnic group, from 0 to 1, where
    it is stated as a number; `ethnicity_completeness` is what the publisher says in words.
    `has_break` is True where a row is marked as the first after a break (status B).
    """

    indicator: str
    scheme: str
    period_start: str
    period_end: str
    dataset: str = ""
    country: str = ""
    counting_basis: str = ""
    unit: str = ""
    value_type: str = ""
    standardisation: str = ""
    adjustment: str = ""
    comparator: str = ""
    population: str = ""
    age: str = TOTAL
    sex: str = TOTAL
    whose_ethnicity: str = ""
    recording: str = ""
    ethnicity_completeness: str = ""
    completeness: float | None = None
    series_breaks: str = ""
    has_break: bool = False


class ComparabilityReason(NamedTuple):
    """Why a comparison is refused or needs caution: the rule, a sentence, what it concerns."""

    kind: ComparabilityLevel
    rule: str
    message: str
    indicators: tuple[str, ...]


class FactValues(NamedTuple):
    """One column of the facts: each value that occurs, and the indicators that have it."""

    name: str
    values: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Comparability:
    """The facts of an answer and the verdict on it, with the reasons, the gravest first."""

    level: ComparabilityLevel
    reasons: tuple[ComparabilityReason, ...]
    facts: tuple[FactValues, ...]


VerdictBySchemePair = Mapping[tuple[str, str], str]
"""The verdict on each pair of schemes with a crosswalk: convertible, with-caveat or not."""

RuleMatches = Iterator[
    tuple[str, Iterable[ComparabilityFacts]]
]  # a sentence, and the facts that it is about


class ComparabilityRule(NamedTuple):
    """What to look at, and what it means where it is so."""

    name: str
    kind: ComparabilityLevel
    find_matches: Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]


def assess_comparability(
    facts: Iterable[ComparabilityFacts], verdicts: VerdictBySchemePair | None = None
) -> Comparability:
    """Whether the rows that these facts are of may be compared, and why not or with what care.

    `verdicts` are the verdicts on scheme pairs; with them, classifications of different places
    that no crosswalk brings together are refused. The order of the facts does not matter.
    """
    sorted_facts = sorted(set(facts), key=_sort_key)
    reasons = tuple(
        ComparabilityReason(rule.kind, rule.name, text, _indicator_ids(facts_concerned))
        for kind in ("refuse", "caution")
        for rule in RULES
        if rule.kind == kind
        for text, facts_concerned in rule.find_matches(sorted_facts, verdicts or {})
    )
    return Comparability(
        reasons[0].kind if reasons else "ok", reasons, _tabulate_facts(sorted_facts)
    )


def _sort_key(fact: ComparabilityFacts) -> tuple[str, ...]:
    return tuple(str(getattr(fact, field.name)) for field in fields(ComparabilityFacts))


def _tabulate_facts(facts: Sequence[ComparabilityFacts]) -> tuple[FactValues, ...]:
    """Each fact's values with the indicators that have them, in the order of the columns."""
    columns = [field.name for field in fields(ComparabilityFacts) if field.name != "indicator"]
    return tuple(
        FactValues(
            name,
            tuple(
                (value, _indicator_ids(facts_with_value))
                for value, facts_with_value in _group_by_fields(facts, name).items()
            ),
        )
        for name in columns
        if facts
    )


def _indicator_ids(facts_concerned: Iterable[ComparabilityFacts]) -> tuple[str, ...]:
    return tuple(sorted({fact.indicator for fact in facts_concerned}))


def _group_by_fields(
    facts: Iterable[ComparabilityFacts], *names: str
) -> dict[str, list[ComparabilityFacts]]:
    """The facts by what they say, as text; in the order of that text."""
    facts_by_value: dict[str, list[ComparabilityFacts]] = defaultdict(list)
    for fact in facts:
        values = [getattr(fact, name) for name in names]
        facts_by_value[" ".join("" if value is None else str(value) for value in values)].append(
            fact
        )
    return dict(sorted(facts_by_value.items()))


def _group_by_indicator(
    facts: Iterable[ComparabilityFacts],
) -> Iterator[tuple[str, list[ComparabilityFacts]]]:
    yield from _group_by_fields(facts, "indicator").items()


def _quote_values(values: Iterable[str]) -> str:
    """The values as they stand in a sentence; what is empty is said to be not stated."""
    return join_words([f"“{value}”" if value else "not stated" for value in values])


def _make_difference_rule(
    column: str, message: str, *, only_stated: bool = False
) -> Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]:
    """A rule that looks for more than one value of a column, in words that end in the values.

    With `only_stated`, a value that nobody gave does not differ from others.
    """

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        values = [value for value in _group_by_fields(facts, column) if value or not only_stated]
        if len(values) > 1:
            yield f"{message}: {_quote_values(values)}.", facts

    return find


def _make_within_indicator_rule(
    column: str, message: str
) -> Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]:
    """The same rule, within each indicator."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        for indicator, facts_of_indicator in _group_by_indicator(facts):
            values = _group_by_fields(facts_of_indicator, column)
            if len(values) > 1:
                yield f"{indicator}: {message}: {_quote_values(values)}.", facts_of_indicator

    return find


def _make_not_stated_rule(
    column: str, message: str, *not_stated_words: str
) -> Callable[[Sequence[ComparabilityFacts], VerdictBySchemePair], RuleMatches]:
    """A rule that looks for facts which are empty or say no more than one of `not_stated_words`."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        not_stated = [
            fact
            for fact in facts
            if not (stated_text := getattr(fact, column).strip().casefold())
            or stated_text.startswith(not_stated_words)
        ]
        if not_stated:
            yield f"{message} ({join_words(_indicator_ids(not_stated))}).", not_stated

    return find


def _find_different_countries(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """There are no internationally accepted ethnic categories: groups are never pooled."""
    values = sorted({fact.country[:2] for fact in facts if fact.country})
    if len(values) > 1:
        text = (
            f"The groups are of different countries: {join_words(values)}. Compare the inequality "
            "within each country, not groups between countries."
        )
        yield text, facts


_AREA_PARTS = {"GB-EAW": ("GB-ENG", "GB-WLS"), "GB-GBN": ("GB-EAW", "GB-ENG", "GB-SCT", "GB-WLS")}
"""Parts of a country that hold others (ISO 3166-2); a country holds all of its own."""


def _are_disjoint_areas(area: str, other_area: str) -> bool:
    """Two parts of one country that have no people in common."""
    is_same_area = (
        area == other_area
        or area in _AREA_PARTS.get(other_area, ())
        or other_area in _AREA_PARTS.get(area, ())
    )
    return area[:2] == other_area[:2] and "-" in area and "-" in other_area and not is_same_area


def _find_unlinked_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """Classifications of different places of a country that no crosswalk brings together."""
    areas_and_schemes = sorted({(fact.country, fact.scheme) for fact in facts if fact.country})
    for (area, scheme), (other_area, other_scheme) in (
        itertools.combinations(areas_and_schemes, 2) if links else ()
    ):
        pair_verdicts = {
            links.get((scheme, other_scheme), "not"),
            links.get((other_scheme, scheme), "not"),
        }
        if (
            _are_disjoint_areas(area, other_area)
            and scheme != other_scheme
            and pair_verdicts == {"not"}
        ):
            text = (
                f"The groups of {scheme} ({area}) and {other_scheme} ({other_area}) cannot "
                f"be brought into one "
                "classification."
            )
            yield text, [fact for fact in facts if fact.scheme in (scheme, other_scheme)]


def _find_different_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """A group may be drawn differently in two classifications, even under the same name."""
    values = list(_group_by_fields(facts, "scheme"))
    if len(values) > 1:
        pairs = sorted(
            f"{scheme} to {other_scheme}"
            for (scheme, other_scheme), kind in links.items()
            if scheme in values and other_scheme in values and kind != "not"
        )
        suggestion = f" These can be converted: {join_words(pairs)}." if pairs else ""
        yield (
            f"The groups are of different classifications: {_quote_values(values)}.{suggestion}",
            facts,
        )


_CRUDE_ADJUSTMENTS = ("", "none", "crude")


def _find_mixed_adjustments(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """What an adjusted figure leaves out, a crude one contains."""
    for indicator, facts_of_indicator in _group_by_indicator(facts):
        values = _group_by_fields(facts_of_indicator, "adjustment")
        stated_text = {"crude" if word in _CRUDE_ADJUSTMENTS else word for word in values}
        if len(stated_text) > 1:
            text = join_words([word or "no adjustment" for word in values])
            yield f"{indicator}: figures with different adjustments: {text}.", facts_of_indicator


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


def _find_different_lengths(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Counts grow with the period, and a long period hides change within it."""
    facts_by_value: dict[str, list[ComparabilityFacts]] = defaultdict(list)
    for fact in facts:
        facts_by_value[describe_period_length(fact.period_start, fact.period_end)].append(fact)
    if len(facts_by_value) > 1:
        texts = [
            f"{length} ({join_words(_indicator_ids(facts_concerned))})"
            for length, facts_concerned in sorted(
                facts_by_value.items(), key=lambda pair: (len(pair[0]), pair[0])
            )
        ]
        yield f"The periods differ in length: {join_words(texts)}.", facts


def _period_spans(facts: Iterable[ComparabilityFacts]) -> list[tuple[str, str]]:
    return sorted({(fact.period_start, fact.period_end) for fact in facts})


def _find_different_periods(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Indicators that are not of the same periods; a series of one indicator is no mixture."""
    facts_by_value = {
        indicator: _period_spans(facts_of_indicator)
        for indicator, facts_of_indicator in _group_by_indicator(facts)
    }
    if len({tuple(spans) for spans in facts_by_value.values()}) > 1:
        texts = [
            f"{indicator_id} {spans[0][0]} to {max(s[1] for s in spans)}"
            for indicator_id, spans in facts_by_value.items()
        ]
        yield f"The figures are of different periods: {join_words(texts)}.", facts


def _find_overlapping_periods(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Periods that share time share people: rolling averages are not independent."""
    for indicator, facts_of_indicator in _group_by_indicator(facts):
        spans = _period_spans(facts_of_indicator)
        shared = [(a, b) for a, b in itertools.pairwise(spans) if b[0] <= a[1]]
        if shared:
            span, two = shared[0]
            text = (
                f"{indicator}: periods overlap, such as {span[0]} to {span[1]} and {two[0]} to "
                f"{two[1]}, so their figures share people."
            )
            yield text, facts_of_indicator


def _find_series_breaks(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
    """Shown as a note beside any series; one period alone has nothing to break with."""
    for indicator, facts_of_indicator in _group_by_indicator(facts):
        if len(_period_spans(facts_of_indicator)) < 2:
            continue
        stated_text = [
            text for text in _group_by_fields(facts_of_indicator, "series_breaks") if text
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


def _valid_completeness(fact: ComparabilityFacts) -> float | None:
    """The share of records with a known group, where it is stated and can be one."""
    share = fact.completeness
    return share if share is not None and 0 <= share <= 1 else None


def _find_low_completeness(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """People whose group is not known are in no group: figures of groups are then too low."""
    for indicator, facts_of_indicator in _group_by_indicator(facts):
        low = [
            share
            for share in map(_valid_completeness, facts_of_indicator)
            if share is not None and share < MIN_COMPLETENESS
        ]
        if low:
            share = f"{100 * min(low):.3g}%"
            yield (
                f"{indicator}: the ethnic group is known for only {share} of records.",
                facts_of_indicator,
            )


def _find_unstated_completeness(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """How many people have no known group, where nobody says."""
    says = "It is not stated for how many people the ethnic group is known"
    find = _make_not_stated_rule("ethnicity_completeness", says, "not stated")
    yield from find([fact for fact in facts if _valid_completeness(fact) is None], links)


_DIFFERENT_UNITS = "The figures have different units"
_DIFFERENT_VALUE_TYPES = "The figures are of different types"
_DIFFERENT_COMPARATORS = "figures in relation to different groups"
_DIFFERENT_STANDARDISATION = "The figures are standardised differently"
_DIFFERENT_POPULATIONS = "The figures are about different people"
_DIFFERENT_WHOSE_ETHNICITY = "The ethnic group is that of different people"
_DIFFERENT_RECORDING = "The ethnic group was recorded differently"
_DIFFERENT_COUNTING_BASIS = "People of several groups are counted differently"
_DIFFERENT_COMPLETENESS = "The ethnic group is known for different shares"
_COUNTING_BASIS_NOT_STATED = "It is not stated how people of several groups are counted"
_WHOSE_ETHNICITY_NOT_STATED = "It is not stated whose ethnic group it is"

RULES = (
    ComparabilityRule("countries", "refuse", _find_different_countries),
    ComparabilityRule("classifications-apart", "refuse", _find_unlinked_classifications),
    ComparabilityRule(
        "unit", "refuse", _make_difference_rule("unit", _DIFFERENT_UNITS, only_stated=True)
    ),
    ComparabilityRule(
        "value-type",
        "refuse",
        _make_difference_rule("value_type", _DIFFERENT_VALUE_TYPES, only_stated=True),
    ),
    ComparabilityRule("adjustment", "refuse", _find_mixed_adjustments),
    ComparabilityRule(
        "comparator", "refuse", _make_within_indicator_rule("comparator", _DIFFERENT_COMPARATORS)
    ),
    ComparabilityRule("classifications", "caution", _find_different_classifications),
    ComparabilityRule(
        "counting-basis",
        "caution",
        _make_difference_rule("counting_basis", _DIFFERENT_COUNTING_BASIS),
    ),
    ComparabilityRule(
        "standardisation",
        "caution",
        _make_difference_rule("standardisation", _DIFFERENT_STANDARDISATION),
    ),
    ComparabilityRule(
        "population", "caution", _make_difference_rule("population", _DIFFERENT_POPULATIONS)
    ),
    ComparabilityRule(
        "whose-ethnicity",
        "caution",
        _make_difference_rule("whose_ethnicity", _DIFFERENT_WHOSE_ETHNICITY),
    ),
    ComparabilityRule(
        "recording", "caution", _make_difference_rule("recording", _DIFFERENT_RECORDING)
    ),
    ComparabilityRule(
        "age", "caution", _make_difference_rule("age", "The figures are of different ages")
    ),
    ComparabilityRule(
        "sex", "caution", _make_difference_rule("sex", "The figures are of different sexes")
    ),
    ComparabilityRule("period-length", "caution", _find_different_lengths),
    ComparabilityRule("periods", "caution", _find_different_periods),
    ComparabilityRule("periods-overlap", "caution", _find_overlapping_periods),
    ComparabilityRule("series-break", "caution", _find_series_breaks),
    ComparabilityRule("completeness", "caution", _find_low_completeness),
    ComparabilityRule(
        "completeness-differs",
        "caution",
        _make_difference_rule("ethnicity_completeness", _DIFFERENT_COMPLETENESS),
    ),
    ComparabilityRule("completeness-not-stated", "caution", _find_unstated_completeness),
    ComparabilityRule(
        "counting-basis-not-stated",
        "caution",
        _make_not_stated_rule("counting_basis", _COUNTING_BASIS_NOT_STATED),
    ),
    ComparabilityRule(
        "whose-not-stated",
        "caution",
        _make_not_stated_rule("whose_ethnicity", _WHOSE_ETHNICITY_NOT_STATED, "unknown"),
    ),
)
"""What is looked for, in the order in which reasons are given. The rest of an answer's facts
(its dataset, its place) may differ without a word: they say where a figure is from."""
