"""What readers ask of a gap next: worked examples, and laws for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.inequality.gap_context import (
    Counts,
    SidedGap,
    bound_by_unknown,
    compare_gaps,
    events_above_reference,
)
from evidencehub.stats.two_sample import LimitedValue, difference_limits, ratio_limits


def counts(events: float, people: float) -> Counts:
    return Counts(np.array(events), np.array(people))


def test_the_bounds_put_all_unknown_people_into_one_group() -> None:
    """60 of 1,000 beside 40 of 2,000, 30 of 300 unknown: 6 % and 2 %, worked by hand."""
    bounds = bound_by_unknown(counts(60, 1000), counts(40, 2000), counts(30, 300), 100.0)
    # to the group: 90 of 1,300 = 6.923; to the reference: 70 of 2,300 = 3.043
    assert float(bounds.difference_max) == pytest.approx(90 / 13 - 2)
    assert float(bounds.difference_min) == pytest.approx(6 - 70 / 23)
    assert float(bounds.ratio_max) == pytest.approx(90 / 13 / 2)
    assert float(bounds.ratio_min) == pytest.approx(6 / (70 / 23))


def test_deaths_of_unknown_ethnicity_over_a_population_from_elsewhere_add_events_only() -> None:
    bounds = bound_by_unknown(counts(60, 1000), counts(40, 2000), counts(20, 0), 100.0)
    assert float(bounds.difference_max) == pytest.approx(8 - 2)
    assert float(bounds.ratio_min) == pytest.approx(6 / 3)


people = st.integers(100, 10_000)
events = st.integers(0, 100)


@settings(max_examples=300, deadline=None)
@given(events, people, events, people, events, st.integers(0, 1000))
def test_the_bounds_hold_the_gap_and_grow_with_the_unknown(
    group_events, group_people, reference_events, reference_people, unknown_events, unknown_people
) -> None:
    group, reference = (
        counts(group_events, group_people),
        counts(reference_events, reference_people),
    )
    unknown = counts(
        min(unknown_events, unknown_people) if unknown_people else unknown_events, unknown_people
    )
    bounds = bound_by_unknown(group, reference, unknown, 1000.0)
    difference = 1000.0 * (group_events / group_people - reference_events / reference_people)
    assert bounds.difference_min - 1e-9 <= difference <= bounds.difference_max + 1e-9
    if unknown_people == 0:
        more = bound_by_unknown(group, reference, counts(unknown_events + 1, 0), 1000.0)
        assert more.difference_max >= bounds.difference_max
        assert more.difference_min <= bounds.difference_min


def test_events_are_those_above_the_reference_rate() -> None:
    """120 of 10,000 beside 500 of 100,000: 70 would not have happened at 5 per 1,000."""
    difference = LimitedValue(7.0, 4.9, 9.3)
    averted = events_above_reference(counts(120, 10_000), counts(500, 100_000), difference, 1000.0)
    assert [float(number) for number in averted] == pytest.approx([70, 49, 93])


@pytest.mark.parametrize(
    ("group", "reference", "difference"),
    [
        (counts(9, 100), counts(500, 100_000), 85.0),  # small counts
        (counts(120, 10_000), counts(9, 1_000), 3.0),
        (counts(30, 10_000), counts(500, 100_000), -2.0),  # no excess
    ],
)
def test_no_events_are_derived_from_small_counts_or_without_an_excess(
    group: Counts, reference: Counts, difference: float
) -> None:
    averted = events_above_reference(
        group, reference, LimitedValue(difference, difference - 1, difference + 1), 1000.0
    )
    assert all(np.isnan(number) for number in averted)


def sided(value: float, reference: float, half: float = 0.0) -> SidedGap:
    """Values with limits at a distance of `half`; without limits for 0."""

    def limited(number: float) -> LimitedValue:
        return LimitedValue(*map(np.array, (number, number - half, number + half)))

    first, second = limited(value), limited(reference)
    no_limits = (np.array(np.nan), np.array(np.nan))
    difference = difference_limits(first, second) if half else no_limits
    ratio = ratio_limits(first, second) if half else no_limits
    return SidedGap(
        LimitedValue(np.array(value - reference), *difference),
        LimitedValue(np.array(value / reference), *ratio),
        np.array(value),
        np.array(reference),
    )


@pytest.mark.parametrize(
    ("later", "earlier", "words", "moved"),
    [
        (sided(34, 9, 1), sided(34, 8, 1), ("no-clear-change", "no-clear-change"), "reference"),
        (sided(40, 8, 1), sided(20, 8, 1), ("wider", "wider"), "group"),
        (sided(20, 8, 1), sided(40, 8, 1), ("narrower", "narrower"), "group"),
        # the gap narrows because the reference group's value rose
        (sided(40, 30, 1), sided(40, 8, 1), ("narrower", "narrower"), "reference"),
        # both doubled: the difference is wider, the ratio is the same
        (sided(80, 16, 1), sided(40, 8, 1), ("wider", "no-clear-change"), "group"),
        (sided(8, 40, 1), sided(40, 8, 1), ("reversed", "reversed"), "both"),
        (sided(34, 9), sided(34, 8), ("narrower-not-tested", "narrower-not-tested"), "reference"),
        (sided(34, 8), sided(34, 8), ("unchanged", "unchanged"), "neither"),
        (sided(34, 8), sided(float("nan"), 8), ("", ""), ""),
    ],
)  # fmt: skip
def test_a_change_has_a_word_and_says_which_side_moved(
    later: SidedGap, earlier: SidedGap, words: tuple[str, str], moved: str
) -> None:
    change = compare_gaps(later, earlier)
    assert (str(change.difference_word), str(change.ratio_word)) == words
    assert str(change.moved) == moved


limits = st.floats(0.5, 5.0)
values = st.floats(10.0, 100.0)


@settings(max_examples=200, deadline=None)
@given(values, values, values, values, limits, limits)
def test_turning_time_around_turns_the_change_around(a, b, c, d, first, second) -> None:
    later, earlier = sided(a, b, first), sided(c, d, second)
    there, back = compare_gaps(later, earlier), compare_gaps(earlier, later)
    assert float(there.difference.lower) == pytest.approx(-float(back.difference.upper))
    assert float(there.ratio.value) == pytest.approx(1 / float(back.ratio.value))
    assert float(there.difference.lower) <= float(there.difference.value) + 1e-9
    assert float(there.ratio.lower) <= float(there.ratio.value) * (1 + 1e-9)


@pytest.mark.slow
def test_limits_of_a_change_cover_what_they_say() -> None:
    """Two gaps of rates in two periods, 4,000 draws: 95 % of the limits hold the true change."""
    rng = np.random.default_rng(20261129)
    size, counts_expected = 4000, ((60, 200), (40, 180))
    gaps, truths = [], []
    for group, reference in counts_expected:
        first, second = rng.poisson(group, size), rng.poisson(reference, size)
        first_limited = LimitedValue(
            first / 1.0, first - 1.96 * first**0.5, first + 1.96 * first**0.5
        )
        second_limited = LimitedValue(
            second / 4.0, (second - 1.96 * second**0.5) / 4, (second + 1.96 * second**0.5) / 4
        )
        gaps.append(
            SidedGap(
                LimitedValue(first - second / 4, *difference_limits(first_limited, second_limited)),
                LimitedValue(first / (second / 4), *ratio_limits(first_limited, second_limited)),
                first.astype(float),
                second / 4,
            )
        )
        truths.append((group - reference / 4, group / (reference / 4)))
    change = compare_gaps(gaps[0], gaps[1])
    difference = truths[0][0] - truths[1][0]
    ratio = truths[0][1] / truths[1][1]
    for limited, truth in ((change.difference, difference), (change.ratio, ratio)):
        covered = np.mean((limited.lower <= truth) & (truth <= limited.upper))
        assert 0.93 <= covered <= 0.985
