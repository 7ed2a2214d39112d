"""Population attributable risk and fraction: what would be gained if all had the best figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evidencehub.measures.block import Block, Found, at, first
from evidencehub.measures.pairs import extreme
from evidencehub.measures.strata import Codes, Floats, Integers, Why


def attributable_risk(block: Block) -> Found:
    """The figure of the best group less the mean, in the indicator's unit.

    The best group is the top of an order, else the highest figure where higher is better and
    the lowest where lower is better. It is zero where the top of an order is worse than the mean.
    The standard error is by the delta method from the groups' standard errors, with the choice
    of the best group taken as fixed. Where other groups come close to the best it is too small:
    a simulation, which picks the best group anew in each draw, then is the better interval.
    The WHO package does not use these standard errors: it treats numerators and populations as
    one sample of independent people, which a survey, a modelled rate or an age-standardised
    rate is not.
    Formula of the estimate as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    best = _best(block)
    own = np.arange(len(block.figure))[:, None] == best
    slope = own - block.share
    return _set_to_zero(block, best, 1.0, np.sqrt(((slope * block.se) ** 2).sum(axis=0)))


def attributable_fraction(block: Block) -> Found:
    """Population attributable risk in percent of the mean.

    The standard error is by the delta method and in percent like the estimate. In the WHO
    package it is a fraction beside an estimate in percent, so that the interval is a hundred
    times too narrow.
    """
    best = _best(block)
    own = np.arange(len(block.figure))[:, None] == best
    slope = (own - at(best, of=block.figure) / block.mean * block.share) / block.mean
    se = 100 * np.sqrt(((slope * block.se) ** 2).sum(axis=0))
    return _set_to_zero(block, best, 100 / block.mean, se)


def plain_risk(block: Block) -> Floats:
    return _set_to_zero(block, _best(block), 1.0, block.mean).estimate


def plain_fraction(block: Block) -> Floats:
    return _set_to_zero(block, _best(block), 100 / block.mean, block.mean).estimate


def attributable_risk_who(block: Block) -> Found:
    """Population attributable risk with the WHO package's standard error, from counts."""
    return _by_counts(block, np.ones_like(block.mean), block.mean)


def attributable_fraction_who(block: Block) -> Found:
    """Population attributable fraction with the WHO package's standard error, but in percent."""
    return _by_counts(block, 100 / block.mean, np.full_like(block.mean, 100.0))


def _best(block: Block) -> Integers:
    top = np.where(block.used, block.rank, -np.inf).argmax(axis=0)
    sign = np.where(block.favourable, 1.0, -1.0)
    return np.where(block.ordered, top, extreme(block, sign * block.figure, block.used))


def _set_to_zero(block: Block, best: Integers, factor: Floats | float, se: Floats) -> Found:
    """The risk times `factor`, and zero without an interval where its sign is the wrong one."""
    risk = at(best, of=block.figure) - block.mean
    wrong = np.where(block.favourable, risk < 0, risk > 0)
    codes: Codes = np.where(wrong & block.ordered, np.uint8(Why.SET_TO_ZERO), np.uint8(0))
    se = np.where(wrong & block.ordered, np.nan, se)
    return Found(np.where(wrong, 0.0, risk * factor), se, no_interval=codes)


def _by_counts(block: Block, factor: Floats, se_factor: Floats) -> Found:
    """The standard error of a two-by-two table: the best group and all others, with and without."""
    best = _best(block)
    rate = at(best, of=block.figure) / block.scale
    people, own = block.population.sum(axis=0), at(best, of=block.population)
    cases = own * rate
    exposed = people * block.mean / block.scale - cases
    free = people - own - exposed
    table = exposed * (own - cases) * (people - cases) + cases**2 * free
    table = cases * people * table
    se = np.sqrt(table / ((exposed + cases) ** 3 * own**3))
    found = _set_to_zero(block, best, factor, se * se_factor)
    unscaled: Codes = np.where(np.isnan(block.scale), np.uint8(Why.NO_SCALE), np.uint8(0))
    return replace(found, no_interval=first(unscaled, found.no_interval))
