"""A block of strata made ready for a measure: which groups count, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evidencehub.inequality.block import (
    InequalityMeasure,
    StrataBlock,
    any_group,
    take_column,
    weighted_mean,
)
from evidencehub.inequality.homogeneity import homogeneity_p
from evidencehub.inequality.strata import Bools, CodeArray, Floats, Integers, MissingReason, Strata
from evidencehub.stats.quantiles import z_for_level


@dataclass(frozen=True)
class EligibleBlock:
    """A block, the reason why a stratum has no estimate, and what was counted on the way.

    `groups` is what it was taken from, and computes once what several measures ask for.
    """

    block: StrataBlock
    missing_reason: CodeArray
    excluded_count: Integers
    se_is_invalid: Bools
    groups: IncludedGroups


class BlockInput:
    """A block's part of the input, groups first, with everything there that may be missing.

    What several measures ask for is made once.
    """

    def __init__(self, strata: Strata, rows: slice, level: float = 0.95) -> None:
        size = len(strata.favourable[rows])
        self._all_nan = np.full((strata.estimate.shape[1], size), np.nan)
        self.estimate = self._transpose(strata.estimate, rows)
        self.se = self._transpose(strata.se, rows)
        self.z = z_for_level(level)
        self._take_limits(strata, rows, level)
        self.population = self._transpose(strata.population, rows)
        self.rank = self._transpose(strata.rank, rows)
        self.published_average = self._per_stratum(strata.published_average, rows)
        self.max_value = self._per_stratum(strata.max_value, rows)
        no_reference = np.full(size, -1) if strata.reference is None else strata.reference[rows]
        self.reference: Integers = no_reference.astype(np.int64)
        self.favourable = np.asarray(strata.favourable[rows], np.bool_)
        all_listed = np.ones(self.estimate.shape, np.bool_)
        self.is_listed: Bools = all_listed if strata.is_listed is None else strata.is_listed[rows].T
        self.has_value: Bools = self.is_listed & ~np.isnan(self.estimate)
        self.has_population: Bools = self.population > 0
        self.has_rank: Bools = self.is_listed & ~np.isnan(self.rank)
        self.is_ordered = any_group(self.has_rank)
        self._included_cache: dict[tuple[str, bool], IncludedGroups] = {}

    @cached_property
    def has_tied_ranks(self) -> Bools:
        """The strata in which two groups have the same rank."""
        ranks = np.sort(np.where(self.has_rank, self.rank, np.nan), axis=0)
        return any_group(np.diff(ranks, axis=0) == 0)

    def _transpose(self, array: Floats | None, rows: slice) -> Floats:
        if array is None:
            return self._all_nan
        return np.ascontiguousarray(array[rows].T, np.float64)

    def _take_limits(self, strata: Strata, rows: slice, level: float) -> None:
        """Take the groups' own limits; of another level each is as much further off its value."""
        self.lower = self._transpose(strata.lower, rows)
        self.upper = self._transpose(strata.upper, rows)
        self.has_invalid_limits: Bools = np.zeros(self.estimate.shape, np.bool_)
        if strata.lower is None and strata.upper is None:
            return
        if level != strata.limits_level:
            distance_scale = self.z / z_for_level(strata.limits_level)
            self.lower = self.estimate + distance_scale * (self.lower - self.estimate)
            self.upper = self.estimate + distance_scale * (self.upper - self.estimate)
        is_beyond = (self.lower > self.estimate) | (self.upper < self.estimate)
        self.has_invalid_limits = is_beyond | np.isinf(self.lower) | np.isinf(self.upper)
        self.lower = np.where(self.has_invalid_limits, np.nan, self.lower)
        self.upper = np.where(self.has_invalid_limits, np.nan, self.upper)

    def _per_stratum(self, array: Floats | None, rows: slice) -> Floats:
        return self._all_nan[0] if array is None else np.asarray(array[rows], np.float64)

    def included_groups(self, measure: InequalityMeasure) -> IncludedGroups:
        """The groups that count for a measure."""
        key = (measure.needs_population, measure.is_ordered or bool(measure.required_extremes))
        if key not in self._included_cache:
            self._included_cache[key] = _select_groups(self, *key)
        return self._included_cache[key]


@dataclass(frozen=True)
class IncludedGroups:
    """A block of the groups that count, how many more are listed, and what cannot be true.

    `is_invalid` is where a figure, rank or population is infinite, or a population negative;
    `is_outside_scale` where a figure is not on the scale that the stratum has.
    """

    block: StrataBlock
    excluded_count: Integers
    se_is_invalid: Bools
    is_invalid: Bools
    is_outside_scale: Bools

    @cached_property
    def homogeneity_p(self) -> Floats:
        """The p-value of a test whether these groups differ; see `homogeneity`."""
        return homogeneity_p(self.block)


def _select_groups(
    block_input: BlockInput, needs_population: str, needs_rank: bool
) -> IncludedGroups:
    included = block_input.has_value
    average = np.full(block_input.is_ordered.shape, np.nan)
    if needs_population == "yes":
        included = included & block_input.has_population
    elif needs_population == "mean":
        has_full_population = ~any_group(included & ~block_input.has_population)
        average = np.where(has_full_population, np.nan, block_input.published_average)
        included = included & (block_input.has_population | np.isfinite(average))
    if needs_rank:
        included = included & (block_input.has_rank | ~block_input.is_ordered)
    population = np.where(included & block_input.has_population, block_input.population, 0.0)
    total = population.sum(axis=0)
    share = population / np.where(total > 0, total, 1.0)
    figure = np.where(included, block_input.estimate, 0.0)
    se = np.where(included, block_input.se, 0.0)
    se_is_invalid = (se < 0) | np.isinf(se) | (included & block_input.has_invalid_limits)
    block = StrataBlock(
        estimate=figure,
        se=np.where(se_is_invalid, np.nan, se),
        share=share,
        is_included=included,
        rank=block_input.rank,
        mean=weighted_mean(figure, share, included, average),
        published_average=average,
        population=population,
        group_count=included.sum(axis=0),
        favourable=block_input.favourable,
        is_ordered=block_input.is_ordered,
        reference=block_input.reference,
        max_value=block_input.max_value,
        lower=block_input.lower,
        upper=block_input.upper,
        z=block_input.z,
    )
    bad = np.isinf(block_input.estimate) | np.isinf(block_input.rank)
    if needs_population != "no":
        bad |= np.isinf(block_input.population) | (block_input.population < 0)
    is_outside_scale = (block_input.estimate < 0) | (
        block_input.estimate > block_input.max_value * (1 + 1e-9)
    )
    return IncludedGroups(
        block=block,
        excluded_count=(block_input.is_listed & ~included).sum(axis=0),
        se_is_invalid=any_group(se_is_invalid),
        is_invalid=any_group(block_input.is_listed & bad) | np.isinf(block_input.published_average),
        is_outside_scale=any_group(block_input.is_listed & is_outside_scale),
    )


def select_eligible(block_input: BlockInput, measure: InequalityMeasure) -> EligibleBlock:
    """The groups that count for the measure, and where it cannot be computed."""
    chosen = block_input.included_groups(measure)
    reason = _missing_reasons(block_input, chosen, measure)
    return EligibleBlock(chosen.block, reason, chosen.excluded_count, chosen.se_is_invalid, chosen)


def _missing_reasons(
    block_input: BlockInput, included: IncludedGroups, measure: InequalityMeasure
) -> CodeArray:
    """The first reason that applies to each stratum; 0 where nothing is in the way."""
    block = included.block
    rules = [
        *_invalid_value_rules(block_input, included),
        *_missing_input_rules(block_input, block, measure),
        *_relative_measure_rules(block, measure),
    ]
    codes = np.zeros(block_input.is_ordered.shape, np.uint8)
    for condition, reason in reversed(rules):
        codes[condition] = reason
    return codes


ReasonRules = list[tuple[Bools, MissingReason]]


def _invalid_value_rules(block_input: BlockInput, included: IncludedGroups) -> ReasonRules:
    """Values that cannot be true spoil the stratum: leaving the group out would hide them."""
    bounded = ~np.isnan(block_input.max_value)
    return [
        (~any_group(block_input.has_value), MissingReason.NO_VALUE),
        (included.is_invalid, MissingReason.INVALID),
        (
            bounded & ~((block_input.max_value > 0) & np.isfinite(block_input.max_value)),
            MissingReason.BAD_SCALE,
        ),
        (bounded & included.is_outside_scale, MissingReason.OUTSIDE_SCALE),
    ]


def _missing_input_rules(
    block_input: BlockInput, block: StrataBlock, measure: InequalityMeasure
) -> ReasonRules:
    """What the measure needs and the source does not give."""
    lacks_population = ~any_group(block_input.has_value & block_input.has_population)
    lacks_mean = lacks_population & np.isnan(block.published_average)
    needs_ranks = measure.is_ordered or bool(measure.required_extremes)
    too_few = MissingReason.FEWER_THAN_2 if measure.min_groups == 2 else MissingReason.FEWER_THAN_3
    return [
        (measure.is_ordered & ~block.is_ordered, MissingReason.NO_ORDER),
        (needs_ranks & block_input.has_tied_ranks, MissingReason.SAME_RANK),
        ((measure.needs_population == "yes") & lacks_population, MissingReason.NO_POPULATION),
        ((measure.needs_population == "mean") & lacks_mean, MissingReason.NO_MEAN),
        *_reference_rules(block_input, block, measure),
        (block.group_count < measure.min_groups, too_few),
        *_extreme_group_rules(block_input, block, measure),
    ]


def _reference_rules(
    block_input: BlockInput, block: StrataBlock, measure: InequalityMeasure
) -> ReasonRules:
    """A declared reference group must have a figure wherever a measure would compare with it."""
    if not (measure.needs_reference or measure.required_extremes == "both"):
        return []
    compares = measure.needs_reference | (measure.required_extremes == "both") & ~block.is_ordered
    declared = compares & (block_input.reference != -1)
    present = (block_input.reference >= 0) & (block_input.reference < len(block_input.estimate))
    has_figure = present & (
        take_column(block_input.reference, values=block_input.has_value.astype(float)) > 0
    )
    counts = present & (
        take_column(block_input.reference, values=block.is_included.astype(float)) > 0
    )
    return [
        (measure.needs_reference & (block_input.reference == -1), MissingReason.NO_REFERENCE),
        (declared & ~has_figure, MissingReason.REFERENCE_WITHOUT_VALUE),
        (declared & ~counts, MissingReason.REFERENCE_WITHOUT_POPULATION),
    ]


def _extreme_group_rules(
    block_input: BlockInput, block: StrataBlock, measure: InequalityMeasure
) -> ReasonRules:
    """A group at an end of the order must count, where a measure compares with it."""
    if not measure.required_extremes:
        return []
    included = block.is_included.astype(float)
    top = np.where(block_input.has_rank, block_input.rank, -np.inf).argmax(axis=0)
    bottom = np.where(block_input.has_rank, block_input.rank, np.inf).argmin(axis=0)
    lacks = take_column(top, values=included) == 0
    if measure.required_extremes == "both":
        lacks |= take_column(bottom, values=included) == 0
    return [(block.is_ordered & lacks, MissingReason.END_WITHOUT_VALUE)]


def _relative_measure_rules(block: StrataBlock, measure: InequalityMeasure) -> ReasonRules:
    """Figures that a relative measure cannot be computed from."""
    if measure.is_absolute:
        return []
    negative = any_group(block.estimate < 0)
    zero = (block.mean == 0) & (measure.needs_population != "no")
    return [
        (negative | (block.published_average < 0), MissingReason.NEGATIVE),
        (zero, MissingReason.ZERO_MEAN),
    ]
