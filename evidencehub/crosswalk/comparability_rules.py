"""The rules of comparability: what refuses a comparison, what needs caution, and why.

The table says for each rule what a match means where values are set side by side, and where gaps
are. Decision 0033 tells how it was settled; `docs/reference/comparability.md` prints it.
"""

from __future__ import annotations

from evidencehub.crosswalk import comparability_gaps as gaps
from evidencehub.crosswalk import comparability_periods as periods
from evidencehub.crosswalk import comparability_values as values
from evidencehub.crosswalk.comparability_facts import ComparabilityRule

RULES = (
    ComparabilityRule(
        "synthetic", "refuse", "refuse",
        values.find_synthetic_beside_real,
        "Values made up for teaching say nothing of the world.",
    ),
    ComparabilityRule(
        "countries", "refuse", "ok",
        values.find_different_countries,
        (
            "No ethnic category is agreed internationally, so groups of two countries are never "
            "set against each other; how wide the gap is in each is what a comparison of gaps "
            "asks for."
        ),
    ),
    ComparabilityRule(
        "classifications-apart", "refuse", "ok",
        values.find_unlinked_classifications,
        (
            "Two places without a crosswalk have no group in common; their gaps stand side by "
            "side with the caution on classifications."
        ),
    ),
    ComparabilityRule(
        "unit", "refuse", "ok",
        values.find_differences("unit", "unit", only_stated=True),
        (
            "A value per 1,000 beside one per 100,000 is a hundred times too large; relative gaps "
            "have no unit, and absolute ones have a rule of their own."
        ),
    ),
    ComparabilityRule(
        "absolute-unit", "ok", "refuse",
        gaps.build_unit_finder("comparability/absolute-unit", is_absolute=True),
        "An absolute measure is in the unit of its indicator; relative measures may stand.",
    ),
    ComparabilityRule(
        "difference-unit", "ok", "caution",
        gaps.build_unit_finder("comparability/difference-unit", is_absolute=None),
        (
            "Each row has a difference, which is in a unit, and a ratio, which may stand: only "
            "the differences are unlike."
        ),
    ),
    ComparabilityRule(
        "value-type", "refuse", "ok",
        values.find_differences("value-type", "value_type", only_stated=True),
        (
            "A rate, a count and a ratio are different quantities; for gaps the kind of ratio is "
            "what counts."
        ),
    ),
    ComparabilityRule(
        "ratio-kind", "ok", "refuse",
        gaps.find_different_ratio_kinds,
        (
            "An odds ratio is farther from 1 than the risk ratio of the same people, and a ratio "
            "of averages is neither."
        ),
    ),
    ComparabilityRule(
        "similar-ratio-kind", "ok", "caution",
        gaps.find_similar_ratio_kinds,
        (
            "Rate, risk and hazard ratios agree where what is counted is rare, and drift apart "
            "where it is common."
        ),
    ),
    ComparabilityRule(
        "ratio-kind-not-stated", "ok", "caution",
        gaps.find_unstated_ratio_kinds,
        "A ratio of no stated kind may be any of them.",
    ),
    ComparabilityRule(
        "dimension", "ok", "refuse",
        gaps.find_different_dimensions,
        (
            "A gap between ethnic groups and one between steps of deprivation within a group are "
            "different inequalities."
        ),
    ),
    ComparabilityRule(
        "reference-kind", "ok", "refuse",
        gaps.find_different_reference_kinds,
        (
            "Of the same values a gap to everybody is smaller than one to a chosen group, and the "
            "highest against the lowest is the widest of all."
        ),
    ),
    ComparabilityRule(
        "adjustment", "refuse", "refuse",
        values.find_mixed_adjustments,
        (
            "Two versions of one value leave different things out; side by side they show the "
            "method."
        ),
    ),
    ComparabilityRule(
        "adjusted-beside-crude", "ok", "refuse",
        gaps.find_adjusted_beside_crude,
        (
            "A crude gap holds what an adjusted one leaves out: a younger population may turn it "
            "round."
        ),
    ),
    ComparabilityRule(
        "comparator", "refuse", "ok",
        values.find_different_comparators,
        (
            "Values relative to different groups are of different sizes; among gaps the kind of "
            "reference and the group are judged."
        ),
    ),
    ComparabilityRule(
        "reference-group", "ok", "caution",
        gaps.find_different_reference_groups,
        (
            "Within one classification a gap to White British and one to all White groups differ "
            "by what lies between the two."
        ),
    ),
    ComparabilityRule(
        "number-of-groups", "ok", "caution",
        gaps.find_different_group_counts,
        "The widest of many gaps is wider than the only one, by chance alone.",
    ),
    ComparabilityRule(
        "exploratory", "ok", "caution",
        gaps.find_exploratory_beside_fixed,
        (
            "A group picked because it lies farthest off looks worse than one that was fixed "
            "beforehand."
        ),
    ),
    ComparabilityRule(
        "adjustments-differ", "ok", "caution",
        gaps.find_different_adjustments,
        (
            "Two standard populations or lists of factors leave different things out, most of "
            "them in common."
        ),
    ),
    ComparabilityRule(
        "adjustment-not-stated", "ok", "caution",
        gaps.find_unstated_adjustments,
        "Where nobody says, one may be standardised and the other not.",
    ),
    ComparabilityRule(
        "classifications", "caution", "caution",
        values.find_different_classifications,
        "A group may be drawn differently under the same name.",
    ),
    ComparabilityRule(
        "counting-basis", "caution", "caution",
        values.find_differences("counting-basis", "counting_basis"),
        "People of several groups are in one, in each or in none of them.",
    ),
    ComparabilityRule(
        "standardisation", "caution", "ok",
        values.find_differences("standardisation", "standardisation"),
        (
            "Values standardised differently differ by method; for gaps the rules on adjustment "
            "say more."
        ),
    ),
    ComparabilityRule(
        "definition", "caution", "caution",
        values.find_different_definitions,
        "Where definitions differ, so may what was counted.",
    ),
    ComparabilityRule(
        "numerator", "caution", "caution",
        values.find_differences("numerator", "numerator", only_stated=True),
        "Where what is counted differs, so do the values.",
    ),
    ComparabilityRule(
        "population", "caution", "caution",
        values.find_differences("population", "population"),
        "Among other people the same events make another rate.",
    ),
    ComparabilityRule(
        "whose-ethnicity", "caution", "caution",
        values.find_differences("whose-ethnicity", "whose_ethnicity"),
        "The mother’s and the child’s ethnic group are often not the same.",
    ),
    ComparabilityRule(
        "recording", "caution", "caution",
        values.find_differences("recording", "recording"),
        (
            "What people say of themselves and what others note of them differ, more for some "
            "groups."
        ),
    ),
    ComparabilityRule(
        "age", "caution", "caution",
        values.find_differences("age", "age"),
        "Ages differ in level and in gap, and one may be part of the other.",
    ),
    ComparabilityRule(
        "sex", "caution", "caution",
        values.find_differences("sex", "sex"),
        "Sexes differ in level and in gap, and one may be part of the other.",
    ),
    ComparabilityRule(
        "period-length", "caution", "caution",
        periods.find_different_lengths,
        "Counts grow with the period, and a long period hides change within it.",
    ),
    ComparabilityRule(
        "periods", "caution", "caution",
        periods.find_different_periods,
        "What differs between two times may be the time.",
    ),
    ComparabilityRule(
        "periods-overlap", "caution", "caution",
        periods.find_overlapping_periods,
        "Periods that share time share people: they are not independent.",
    ),
    ComparabilityRule(
        "series-break", "caution", "caution",
        periods.find_series_breaks,
        "Before and after a break something else was counted.",
    ),
    ComparabilityRule(
        "completeness", "caution", "caution",
        values.find_low_completeness,
        "People whose group is not known are in no group.",
    ),
    ComparabilityRule(
        "completeness-differs", "caution", "caution",
        values.find_differences("completeness-differs", "ethnicity_completeness"),
        "What is missing in one and there in another may be the whole difference.",
    ),
    ComparabilityRule(
        "secondary-source", "caution", "caution",
        values.find_secondary_beside_original,
        (
            "What was read where it is quoted may have lost its notes; what was read in the "
            "original has not."
        ),
    ),
    ComparabilityRule(
        "completeness-not-stated", "caution", "caution",
        values.find_unstated_completeness,
        "Nobody says how many people are in no group.",
    ),
    ComparabilityRule(
        "counting-basis-not-stated", "caution", "caution",
        values.find_not_stated("counting-basis-not-stated", "counting_basis"),
        "Nobody says where people of several groups are counted.",
    ),
    ComparabilityRule(
        "whose-not-stated", "caution", "caution",
        values.find_not_stated("whose-not-stated", "whose_ethnicity", "unknown"),
        "Nobody says whose ethnic group it is.",
    ),
)  # fmt: skip
"""What is looked for, in the order in which reasons are given, refusals first. The rest of an
answer's facts (its dataset, its place) may differ without a word: they say where a value is from.
"""
