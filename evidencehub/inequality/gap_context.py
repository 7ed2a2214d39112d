"""What readers ask of a gap next: how it changed, whom it might hide, what it costs.

Everything is computed of arrays of one shape, or of numbers; what is not known is NaN and stays so.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidencehub.stats.two_sample import LimitedValue, difference_limits, ratio_limits

Floats = NDArray[np.float64]
Words = NDArray[np.str_]
MIN_EVENTS = 10  # in the group and in the reference group; of fewer no events are derived
MAIN_SHARE = 2.0  # times as far as the other side a side must have moved to have moved alone


class Counts(NamedTuple):
    """Events among people, of groups; a rate is `scale` times their quotient."""

    events: Floats
    people: Floats


class GapBounds(NamedTuple):
    """From the least to the greatest difference and ratio."""

    difference_min: Floats
    difference_max: Floats
    ratio_min: Floats
    ratio_max: Floats


def bound_by_unknown(group: Counts, reference: Counts, unknown: Counts, scale: float) -> GapBounds:
    """Return the bounds of a gap if everybody of unknown ethnicity belonged to any one group.

    All of them to the group, all of them to the reference group, or all of them to another group,
    which leaves the gap as it is. Where the people of unknown ethnicity are not counted (deaths
    over a population from elsewhere), they add events only: `unknown.people` is 0 then. A worst
    case and no estimate: people of unknown ethnicity are of many groups (the bounds of Manski 1990
    for missing data, with the missing category taken as one).
    """
    with np.errstate(all="ignore"):
        rates = _rate(group, scale), _rate(reference, scale)
        with_group = _rate(_add(group, unknown), scale), rates[1]
        with_reference = rates[0], _rate(_add(reference, unknown), scale)
        cases = (rates, with_group, with_reference)
        differences = np.stack([first - second for first, second in cases])
        ratios = np.stack([_divide(first, second) for first, second in cases])
    return GapBounds(
        differences.min(axis=0), differences.max(axis=0), ratios.min(axis=0), ratios.max(axis=0)
    )


def events_above_reference(
    group: Counts, reference: Counts, difference: LimitedValue, scale: float
) -> LimitedValue:
    """Return the events of a group that would not have happened at the reference group's rate.

    The difference of the rates times the people of the group, with the limits of the difference;
    the population attributable count of an exposed group (Rothman, Greenland and Lash 2008,
    chapter 4). Only of an excess, and never of fewer than 10 events on either side. It says nothing
    of causes: ages, places and illness may differ between the groups.
    """
    value, lower, upper = (np.asarray(number, np.float64) for number in difference)
    is_given = (group.events >= MIN_EVENTS) & (reference.events >= MIN_EVENTS) & (value > 0)
    is_given &= ~np.isnan(lower) & ~np.isnan(upper)
    factor = np.where(is_given, group.people / scale, np.nan)
    # no more can be averted than happened
    return LimitedValue(
        *(np.minimum(factor * number, group.events) for number in (value, lower, upper))
    )


class SidedGap(NamedTuple):
    """A gap with its limits, and the values of its two sides."""

    difference: LimitedValue
    ratio: LimitedValue
    value: Floats
    reference_value: Floats


class GapChange(NamedTuple):
    """How a gap changed between two periods that share no time.

    `difference` is the later difference less the earlier, `ratio` the later ratio divided by the
    earlier. The words are of the absolute and of the relative gap: wider, narrower, reversed
    (the other side is now the higher), no clear change where the limits hold none, and “not tested”
    after a direction that has no limits. `moved` names the side whose value moved.
    """

    difference: LimitedValue
    ratio: LimitedValue
    difference_word: Words
    ratio_word: Words
    moved: Words


def compare_gaps(later: SidedGap, earlier: SidedGap) -> GapChange:
    """Return how a gap changed, absolute and relative, with limits, a word, and which side moved.

    The two periods are independent, so the limits of both gaps are combined (difference of
    differences and ratio of ratios, by the same method as the gaps; Altman and Bland 2003 for the
    idea). A gap that narrows because the reference group's value rose is no progress: `moved` says
    which side it was.
    """
    difference_change = np.asarray(later.difference.value) - np.asarray(earlier.difference.value)
    with np.errstate(all="ignore"):
        ratio_change = _divide(np.asarray(later.ratio.value), np.asarray(earlier.ratio.value))
    difference = LimitedValue(
        difference_change, *difference_limits(later.difference, earlier.difference)
    )
    ratio = LimitedValue(ratio_change, *ratio_limits(later.ratio, earlier.ratio))
    return GapChange(
        difference,
        ratio,
        _describe(later.difference.value, earlier.difference.value, difference, 0.0),
        _describe(_log(later.ratio.value), _log(earlier.ratio.value), ratio, 1.0),
        _find_moved_side(later, earlier),
    )


def _describe(
    later: ArrayLike, earlier: ArrayLike, change: LimitedValue, null_value: float
) -> Words:
    """Return the word of a change, from both gaps as distances from none."""
    last, first = np.asarray(later, np.float64), np.asarray(earlier, np.float64)
    lower, upper = np.asarray(change.lower), np.asarray(change.upper)
    is_known = np.isfinite(last) & np.isfinite(first)
    has_limits = ~(np.isnan(lower) | np.isnan(upper))
    is_unclear = has_limits & (lower <= null_value) & (null_value <= upper)
    direction = np.select(
        [last == first, last * first < 0, np.abs(last) > np.abs(first)],
        ["unchanged", "reversed", "wider"],
        "narrower",
    )
    tested = np.where(is_unclear, "no-clear-change", direction)
    untested = np.char.add(direction, "-not-tested")
    word = np.where(has_limits, tested, np.where(last == first, direction, untested))
    return np.where(is_known, word, "")


def _find_moved_side(later: SidedGap, earlier: SidedGap) -> Words:
    group = np.abs(later.value - earlier.value)
    reference = np.abs(later.reference_value - earlier.reference_value)
    return np.select(
        [
            np.isnan(group) | np.isnan(reference),
            (group == 0) & (reference == 0),
            group >= MAIN_SHARE * reference,
            reference >= MAIN_SHARE * group,
        ],
        ["", "neither", "group", "reference"],
        "both",
    )


def _add(first: Counts, second: Counts) -> Counts:
    return Counts(first.events + second.events, first.people + second.people)


def _rate(counts: Counts, scale: float) -> Floats:
    return scale * _divide(counts.events, counts.people)


def _divide(first: Floats, second: Floats) -> Floats:
    return np.where(second == 0, np.nan, first / np.where(second == 0, 1.0, second))


def _log(ratio: ArrayLike) -> Floats:
    number = np.asarray(ratio, np.float64)
    return np.log(np.where(number > 0, number, np.nan))
