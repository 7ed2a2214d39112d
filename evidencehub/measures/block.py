"""One block of strata made ready for one measure: which groups count, their shares, their mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from evidencehub.measures.strata import Bools, Codes, Floats, Integers, Strata, Why


@dataclass(frozen=True)
class Block:
    """N strata with the groups first, so that arrays of shape (G, N) are summed over axis 0.

    Groups that do not count have figure, standard error and share 0. Simulated blocks carry
    the draws as a further, last axis.
    """

    figure: Floats
    se: Floats
    share: Floats
    used: Bools
    rank: Floats
    mean: Floats
    average: Floats
    population: Floats
    groups: Integers
    favourable: Bools
    ordered: Bools
    reference: Integers
    scale: Floats

    def simulated(self, noise: Floats) -> Block:
        """The same strata with normal errors on every figure; `noise` is (G, 1, draws)."""
        wide = {field.name: getattr(self, field.name)[..., None] for field in fields(self)}
        block = replace(self, **wide)
        figure = block.figure + block.se * noise
        mean = _mean(figure, block.share, block.used, block.average)
        return replace(block, figure=figure, mean=mean)

    def part(self, rows: Integers) -> Block:
        """Some of the strata."""
        return replace(
            self, **{field.name: getattr(self, field.name)[..., rows] for field in fields(self)}
        )


@dataclass(frozen=True)
class Found:
    """What a formula gives for a block: (N,) estimates, standard errors and reasons.

    A standard error is in the unit of the estimate; that of a ratio is of its logarithm.
    """

    estimate: Floats
    se: Floats | None = None
    why: Codes | None = None
    no_interval: Codes | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure of the WHO set: what it is, what it needs, and its formula.

    `needs_population` is “mean” where a published average will do as well.
    `exploratory` says when the groups compared are picked by their own figures: chance then
    makes the figure larger, the more so the more groups there are.
    `ends` names the groups of an order without which the measure has no meaning.
    `simulate` is the plain estimate, where the interval comes from simulated figures.
    `as_who` is the formula as the WHO package computes it, where ours differs.
    """

    name: str
    title: str
    find: Callable[[Block], Found]
    is_absolute: bool = True
    is_ordered: bool = False
    min_groups: int = 3
    needs_population: Literal["no", "mean", "yes"] = "yes"
    needs_reference: bool = False
    no_inequality: int = 0
    exploratory: Literal["never", "always", "unless ordered", "unless ordered or declared"] = (
        "never"
    )
    ci_method: str = "analytic"
    ends: Literal["", "top", "both"] = ""
    simulate: Callable[[Block], Floats] | None = None
    as_who: Callable[[Block], Found] | None = None


@dataclass(frozen=True)
class Ready:
    """A block, the reason why a stratum has no estimate, and what was counted on the way."""

    block: Block
    why: Codes
    excluded: Integers
    se_is_invalid: Bools


def at(column: Integers, of: Floats) -> Floats:
    """Entries of `of` (G, N), one column for each stratum; a column that is not there is 0."""
    inside = np.where((column >= 0) & (column < len(of)), column, 0)
    entries: Floats = np.take_along_axis(of, inside[None], axis=0)[0]
    return entries


def some(groups: Bools) -> Bools:
    """Where it is so for some group."""
    return np.asarray(groups.any(axis=0))


def lowest(figure: Floats, among: Bools) -> Floats:
    """The lowest figure of each stratum; infinite where there is no group."""
    least: Floats = np.where(among, figure, np.inf).min(axis=0)
    return least


def highest(figure: Floats, among: Bools) -> Floats:
    """The highest figure of each stratum; minus infinite where there is no group."""
    return -lowest(-figure, among)


def no_codes(like: Floats) -> Codes:
    return np.zeros(like.shape, np.uint8)


def first(codes: Codes, later: Codes | None) -> Codes:
    """Keep the codes that are there and fill the others."""
    return codes if later is None else np.where(codes == 0, later, codes).astype(np.uint8)


@dataclass(frozen=True)
class _Given:
    """The block's part of the input, groups first, with everything there that may be missing."""

    figure: Floats
    se: Floats
    population: Floats
    rank: Floats
    listed: Bools
    average: Floats
    scale: Floats
    reference: Integers
    favourable: Bools

    @property
    def has_figure(self) -> Bools:
        return self.listed & ~np.isnan(self.figure)

    @property
    def has_people(self) -> Bools:
        return self.population > 0

    @property
    def ranked(self) -> Bools:
        return self.listed & ~np.isnan(self.rank)


def ready(strata: Strata, rows: slice, measure: Measure) -> Ready:
    """Choose the groups that count for the measure, and say where it cannot be computed."""
    given = _given(strata, rows)
    ordered = some(given.ranked)
    used, average = _used(given, measure, ordered=ordered)
    people = np.where(used & given.has_people, given.population, 0.0)
    total = people.sum(axis=0)
    share = people / np.where(total > 0, total, 1.0)
    figure = np.where(used, given.figure, 0.0)
    se = np.where(used, given.se, 0.0)
    invalid = (se < 0) | np.isinf(se)
    block = Block(
        figure=figure,
        se=np.where(invalid, np.nan, se),
        share=share,
        used=used,
        rank=given.rank,
        mean=_mean(figure, share, used, average),
        average=average,
        population=people,
        groups=used.sum(axis=0),
        favourable=given.favourable,
        ordered=ordered,
        reference=given.reference,
        scale=given.scale,
    )
    excluded = (given.listed & ~used).sum(axis=0)
    return Ready(block, _why(given, block, measure), excluded, some(invalid))


def _given(strata: Strata, rows: slice) -> _Given:
    size = len(strata.favourable[rows])
    nothing = np.full((strata.estimate.shape[1], size), np.nan)

    def turned(array: Floats | None) -> Floats:
        return nothing if array is None else np.ascontiguousarray(array[rows].T, np.float64)

    def known(array: Floats | None) -> Floats:
        return nothing[0] if array is None else np.asarray(array[rows], np.float64)

    none = np.full(size, -1) if strata.reference is None else strata.reference[rows]
    return _Given(
        figure=turned(strata.estimate),
        se=turned(strata.se),
        population=turned(strata.population),
        rank=turned(strata.rank),
        listed=~np.isinf(nothing) if strata.given is None else strata.given[rows].T,
        average=known(strata.average),
        scale=known(strata.scale),
        reference=none.astype(np.int64),
        favourable=np.asarray(strata.favourable[rows], np.bool_),
    )


def _used(given: _Given, measure: Measure, *, ordered: Bools) -> tuple[Bools, Floats]:
    """The groups that count, and the published average where it takes the mean's place."""
    used = given.has_figure
    average = np.full(ordered.shape, np.nan)
    if measure.needs_population == "yes":
        used = used & given.has_people
    elif measure.needs_population == "mean":
        known = ~some(used & ~given.has_people)
        average = np.where(known, np.nan, given.average)
        used = used & (given.has_people | np.isfinite(average))
    if measure.is_ordered or measure.ends:
        used = used & (given.ranked | ~ordered)
    return used, average


def _mean(figure: Floats, share: Floats, used: Bools, average: Floats) -> Floats:
    """The mean weighted by population, counted from the largest figure on.

    So counted, the mean of equal figures is that figure exactly and not almost.
    """
    base = highest(figure, used)
    base = np.where(np.isfinite(base), base, 0.0)
    return np.where(np.isnan(average), base + (share * (figure - base)).sum(axis=0), average)


def _why(given: _Given, block: Block, measure: Measure) -> Codes:
    """The first reason that applies to each stratum; 0 where nothing is in the way."""
    rules = [*_bad(given, measure), *_missing(given, block, measure), *_unfit(block, measure)]
    conditions, codes = zip(*rules, strict=True)
    return np.select(conditions, [np.uint8(code) for code in codes], np.uint8(0))


Rules = list[tuple[Bools, Why]]


def _bad(given: _Given, measure: Measure) -> Rules:
    """Values that cannot be true spoil the stratum: leaving the group out would hide them."""
    listed, bounded = given.listed, ~np.isnan(given.scale)
    bad = np.isinf(given.figure) | np.isinf(given.rank)
    if measure.needs_population != "no":
        bad |= np.isinf(given.population) | (given.population < 0)
    outside = (given.figure < 0) | (given.figure > given.scale * (1 + 1e-9))
    return [
        (~some(given.has_figure), Why.NO_FIGURE),
        (some(listed & bad) | np.isinf(given.average), Why.INVALID),
        (bounded & ~((given.scale > 0) & np.isfinite(given.scale)), Why.BAD_SCALE),
        (bounded & some(listed & outside), Why.OUTSIDE_SCALE),
    ]


def _missing(given: _Given, block: Block, measure: Measure) -> Rules:
    """What the measure needs and the source does not give."""
    nobody = ~some(given.has_figure & given.has_people)
    rules: Rules = []
    if measure.is_ordered:
        rules += [(~block.ordered, Why.NO_ORDER)]
    if measure.is_ordered or measure.ends:
        rules += [(_same_rank(given), Why.SAME_RANK)]
    if measure.needs_population == "yes":
        rules += [(nobody, Why.NO_POPULATION)]
    if measure.needs_population == "mean":
        rules += [(nobody & np.isnan(block.average), Why.NO_MEAN)]
    few = Why.FEWER_THAN_2 if measure.min_groups == 2 else Why.FEWER_THAN_3
    rules += [*_reference(given, block, measure), (block.groups < measure.min_groups, few)]
    if measure.ends:
        rules += [(_lacks_end(given, block, measure), Why.END_WITHOUT_FIGURE)]
    return rules


def _reference(given: _Given, block: Block, measure: Measure) -> Rules:
    """A declared reference group must have a figure wherever a measure would compare with it."""
    compares = measure.needs_reference | (measure.ends == "both") & ~block.ordered
    declared = compares & (given.reference != -1)
    present = (given.reference >= 0) & (given.reference < len(given.figure))
    has_figure = present & (at(given.reference, of=given.has_figure.astype(float)) > 0)
    counts = present & (at(given.reference, of=block.used.astype(float)) > 0)
    return [
        (measure.needs_reference & (given.reference == -1), Why.NO_REFERENCE),
        (declared & ~has_figure, Why.REFERENCE_WITHOUT_FIGURE),
        (declared & ~counts, Why.REFERENCE_WITHOUT_POPULATION),
    ]


def _same_rank(given: _Given) -> Bools:
    ranks = np.sort(np.where(given.ranked, given.rank, np.nan), axis=0)
    return some(np.diff(ranks, axis=0) == 0)


def _lacks_end(given: _Given, block: Block, measure: Measure) -> Bools:
    """Whether the group at an end of the order is one that does not count."""
    used = block.used.astype(float)
    top = np.where(given.ranked, given.rank, -np.inf).argmax(axis=0)
    bottom = np.where(given.ranked, given.rank, np.inf).argmin(axis=0)
    lacks = at(top, of=used) == 0
    if measure.ends == "both":
        lacks |= at(bottom, of=used) == 0
    found: Bools = block.ordered & lacks
    return found


def _unfit(block: Block, measure: Measure) -> Rules:
    """Figures that a relative measure cannot be computed from."""
    if measure.is_absolute:
        return []
    negative = some(block.figure < 0)
    zero = (block.mean == 0) & (measure.needs_population != "no")
    return [(negative | (block.average < 0), Why.NEGATIVE), (zero, Why.ZERO_MEAN)]
