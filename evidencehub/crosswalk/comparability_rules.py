"""The rules of comparability: what refuses a comparison, and what needs caution.

Refused are groups of different countries (the hub compares inequality within each country and
never pools groups across them), classifications of different places that no crosswalk brings
together (Scotland beside England and Wales), different units or types of value, and within one
indicator adjusted figures beside crude ones or figures relative to different groups. All else
is a caution: breaks, completeness, periods, ages and ways of counting are shown as notes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from evidencehub.crosswalk.comparability_facts import (
    ComparabilityFacts,
    ComparabilityLevel,
    ComparabilityRule,
    RuleMatches,
    VerdictBySchemePair,
    group_by_fields,
    group_by_indicator,
    list_indicators,
)
from evidencehub.crosswalk.comparability_periods import (
    find_different_lengths,
    find_different_periods,
    find_overlapping_periods,
    find_series_breaks,
)
from evidencehub.messages.rendering import Message, make_message

MIN_COMPLETENESS = 0.9
"""Below this share of records with a known ethnic group completeness is a caution.

The hub's own line: no source that was read sets one. At a tenth unknown, the people who are
left out outnumber most single groups.
"""


def _quote_values(values: Iterable[str]) -> tuple[Message, ...]:
    """Return the values as they stand in a sentence; what is empty is said to be not stated."""
    return tuple(
        make_message("comparability/quoted", value=value)
        if value
        else make_message("comparability/not-stated")
        for value in values
    )


def _make_difference_rule(
    name: str, column: str, *, kind: ComparabilityLevel = "caution", only_stated: bool = False
) -> ComparabilityRule:
    """Return a rule that looks for more than one value of a column.

    With `only_stated`, a value that nobody gave does not differ from others.
    """

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        values = [value for value in group_by_fields(facts, column) if value or not only_stated]
        if len(values) > 1:
            yield make_message(f"comparability/{name}", values=_quote_values(values)), facts

    return ComparabilityRule(name, kind, find)


def _make_not_stated_rule(name: str, column: str, *not_stated_words: str) -> ComparabilityRule:
    """Return a rule for facts which are empty or say no more than one of `not_stated_words`."""

    def find(facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair) -> RuleMatches:
        not_stated = [
            fact
            for fact in facts
            if not (stated_text := getattr(fact, column).strip().casefold())
            or stated_text.startswith(not_stated_words)
        ]
        if not_stated:
            indicators = list_indicators(not_stated)
            yield make_message(f"comparability/{name}", indicators=indicators), not_stated

    return ComparabilityRule(name, "caution", find)


def _find_different_countries(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """There are no internationally accepted ethnic categories: groups are never pooled."""
    countries = sorted({fact.country[:2] for fact in facts if fact.country})
    if len(countries) > 1:
        yield make_message("comparability/countries", countries=tuple(countries)), facts


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
            reason = make_message(
                "comparability/classifications-apart",
                scheme=scheme,
                area=area,
                other_scheme=other_scheme,
                other_area=other_area,
            )
            yield reason, [fact for fact in facts if fact.scheme in (scheme, other_scheme)]


def _find_different_classifications(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """A group may be drawn differently in two classifications, even under the same name."""
    schemes = list(group_by_fields(facts, "scheme"))
    if len(schemes) < 2:
        return
    values = _quote_values(schemes)
    conversions = tuple(
        make_message("comparability/conversion", source=source, target=target)
        for (source, target), verdict in sorted(links.items())
        if source in schemes and target in schemes and verdict != "not"
    )
    if conversions:
        code = "comparability/convertible-classifications"
        yield make_message(code, values=values, conversions=conversions), facts
    else:
        yield make_message("comparability/classifications", values=values), facts


def _find_different_comparators(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """Ratios to different groups are of different sizes, whatever the values are."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        values = group_by_fields(facts_of_indicator, "comparator")
        if len(values) > 1:
            yield (
                make_message(
                    "comparability/comparator", indicator=indicator, values=_quote_values(values)
                ),
                facts_of_indicator,
            )


_CRUDE_ADJUSTMENTS = ("", "none", "crude")


def _find_mixed_adjustments(
    facts: Sequence[ComparabilityFacts], _: VerdictBySchemePair
) -> RuleMatches:
    """What an adjusted figure leaves out, a crude one contains."""
    for indicator, facts_of_indicator in group_by_indicator(facts):
        adjustments = group_by_fields(facts_of_indicator, "adjustment")
        if len({"crude" if word in _CRUDE_ADJUSTMENTS else word for word in adjustments}) > 1:
            values = tuple(
                word or make_message("comparability/not-adjusted") for word in adjustments
            )
            yield (
                make_message("comparability/adjustment", indicator=indicator, values=values),
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
    for indicator, facts_of_indicator in group_by_indicator(facts):
        low = [
            share
            for share in map(_valid_completeness, facts_of_indicator)
            if share is not None and share < MIN_COMPLETENESS
        ]
        if low:
            yield (
                make_message(
                    "comparability/completeness",
                    indicator=indicator,
                    percentage=f"{100 * min(low):.3g}",
                ),
                facts_of_indicator,
            )


def _find_unstated_completeness(
    facts: Sequence[ComparabilityFacts], links: VerdictBySchemePair
) -> RuleMatches:
    """How many people have no known group, where nobody says."""
    rule = _make_not_stated_rule("completeness-not-stated", "ethnicity_completeness", "not stated")
    without_share = [fact for fact in facts if _valid_completeness(fact) is None]
    yield from rule.find_matches(without_share, links)


RULES = (
    ComparabilityRule("countries", "refuse", _find_different_countries),
    ComparabilityRule("classifications-apart", "refuse", _find_unlinked_classifications),
    _make_difference_rule("unit", "unit", kind="refuse", only_stated=True),
    _make_difference_rule("value-type", "value_type", kind="refuse", only_stated=True),
    ComparabilityRule("adjustment", "refuse", _find_mixed_adjustments),
    ComparabilityRule("comparator", "refuse", _find_different_comparators),
    ComparabilityRule("classifications", "caution", _find_different_classifications),
    _make_difference_rule("counting-basis", "counting_basis"),
    _make_difference_rule("standardisation", "standardisation"),
    _make_difference_rule("population", "population"),
    _make_difference_rule("whose-ethnicity", "whose_ethnicity"),
    _make_difference_rule("recording", "recording"),
    _make_difference_rule("age", "age"),
    _make_difference_rule("sex", "sex"),
    ComparabilityRule("period-length", "caution", find_different_lengths),
    ComparabilityRule("periods", "caution", find_different_periods),
    ComparabilityRule("periods-overlap", "caution", find_overlapping_periods),
    ComparabilityRule("series-break", "caution", find_series_breaks),
    ComparabilityRule("completeness", "caution", _find_low_completeness),
    _make_difference_rule("completeness-differs", "ethnicity_completeness"),
    ComparabilityRule("completeness-not-stated", "caution", _find_unstated_completeness),
    _make_not_stated_rule("counting-basis-not-stated", "counting_basis"),
    _make_not_stated_rule("whose-not-stated", "whose_ethnicity", "unknown"),
)
"""What is looked for, in the order in which reasons are given. The rest of an answer's facts
(its dataset, its place) may differ without a word: they say where a figure is from."""
