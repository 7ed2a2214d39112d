"""A block of strata made ready for a measure: which groups count, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidencehub.measures.block import Block, Measure, at, some, weighted_mean
from evidencehub.measures.strata import Bools, Codes, Floats, Integers, Strata, Why


@dataclass(frozen=True)
class Ready:
    """A block, the reason why a stratum has no estimate, and what was counted on the way."""

    block: Block
    why: Codes
    excluded: Integers
    se_is_invalid: Bools


class Given:
    """A block's part of the input, groups first, with everything there that may be missing.

    What several measures ask for is made once.
    """

    def __init__(self, strata: Strata, rows: slice) -> None:
        size = len(strata.favourable[rows])
        self._nothing = np.full((strata.estimate.shape[1], size), np.nan)
        self.figure = self._turned(strata.estimate, rows)
        self.se = self._turned(strata.se, rows)
        self.population = self._turned(strata.population, rows)
        self.rank = self._turned(strata.rank, rows)
        self.average = self._known(strata.average, rows)
        self.scale = self._known(strata.scale, rows)
        none = np.full(size, -1) if strata.reference is None else strata.reference[rows]
        self.reference: Integers = none.astype(np.int64)
        self.favourable = np.asarray(strata.favourable[rows], np.bool_)
        every = np.ones(self.figure.shape, np.bool_)
        self.listed: Bools = every if strata.given is None else strata.given[rows].T
        self.has_figure: Bools = self.listed & ~np.isnan(self.figure)
        self.has_people: Bools = self.population > 0
        self.ranked: Bools = self.listed & ~np.isnan(self.rank)
        self.ordered = some(self.ranked)
        self._chosen: dict[tuple[str, bool], Chosen] = {}

    def _turned(self, array: Floats | None, rows: slice) -> Floats:
        if array is None:
            return self._nothing
        return np.ascontiguousarray(array[rows].T, np.float64)

    def _known(self, array: Floats | None, rows: slice) -> Floats:
        return self._nothing[0] if array is None else np.asarray(array[rows], np.float64)

    def chosen(self, measure: Measure) -> Chosen:
        """The groups that count for a measure."""
        key = (measure.needs_population, measure.is_ordered or bool(measure.ends))
        if key not in self._chosen:
            self._chosen[key] = _choose(self, *key)
        return self._chosen[key]


@dataclass(frozen=True)
class Chosen:
    """A block of the groups that count, how many more are listed, and what cannot be true.

    `bad` is where a figure, rank or population is infinite, or a population negative;
    `outside` where a figure is not on the scale that the stratum has.
    """

    block: Block
    excluded: Integers
    se_is_invalid: Bools
    bad: Bools
    outside: Bools


def _choose(given: Given, needs_population: str, ranked: bool) -> Chosen:
    used = given.has_figure
    average = np.full(given.ordered.shape, np.nan)
    if needs_population == "yes":
        used = used & given.has_people
    elif needs_population == "mean":
        known = ~some(used & ~given.has_people)
        average = np.where(known, np.nan, given.average)
        used = used & (given.has_people | np.isfinite(average))
    if ranked:
        used = used & (given.ranked | ~given.ordered)
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
        mean=weighted_mean(figure, share, used, average),
        average=average,
        population=people,
        groups=used.sum(axis=0),
        favourable=given.favourable,
        ordered=given.ordered,
        reference=given.reference,
        scale=given.scale,
    )
    bad = np.isinf(given.figure) | np.isinf(given.rank)
    if needs_population != "no":
        bad |= np.isinf(given.population) | (given.population < 0)
    outside = (given.figure < 0) | (given.figure > given.scale * (1 + 1e-9))
    return Chosen(
        block=block,
        excluded=(given.listed & ~used).sum(axis=0),
        se_is_invalid=some(invalid),
        bad=some(given.listed & bad) | np.isinf(given.average),
        outside=some(given.listed & outside),
    )


def ready(given: Given, measure: Measure) -> Ready:
    """The groups that count for the measure, and where it cannot be computed."""
    chosen = given.chosen(measure)
    why = _why(given, chosen, measure)
    return Ready(chosen.block, why, chosen.excluded, chosen.se_is_invalid)


def _why(given: Given, chosen: Chosen, measure: Measure) -> Codes:
    """The first reason that applies to each stratum; 0 where nothing is in the way."""
    block = chosen.block
    rules = [*_bad(given, chosen), *_missing(given, block, measure), *_unfit(block, measure)]
    codes = np.zeros(given.ordered.shape, np.uint8)
    for condition, why in reversed(rules):
        codes[condition] = why
    return codes


Rules = list[tuple[Bools, Why]]


def _bad(given: Given, chosen: Chosen) -> Rules:
    """Values that cannot be true spoil the stratum: leaving the group out would hide them."""
    bounded = ~np.isnan(given.scale)
    return [
        (~some(given.has_figure), Why.NO_FIGURE),
        (chosen.bad, Why.INVALID),
        (bounded & ~((given.scale > 0) & np.isfinite(given.scale)), Why.BAD_SCALE),
        (bounded & chosen.outside, Why.OUTSIDE_SCALE),
    ]


def _missing(given: Given, block: Block, measure: Measure) -> Rules:
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


def _reference(given: Given, block: Block, measure: Measure) -> Rules:
    """A declared reference group must have a figure wherever a measure would compare with it."""
    if not (measure.needs_reference or measure.ends == "both"):
        return []
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


def _same_rank(given: Given) -> Bools:
    ranks = np.sort(np.where(given.ranked, given.rank, np.nan), axis=0)
    return some(np.diff(ranks, axis=0) == 0)


def _lacks_end(given: Given, block: Block, measure: Measure) -> Bools:
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
