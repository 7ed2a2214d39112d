"""Limits of a measure of dispersion, from simulated figures.

Errors of the figures only ever push groups apart, so the values that simulation gives lie above
the one that was observed, and percentiles of them can never hold “no inequality”. The lower limit
is found the other way round. The groups are drawn together towards their mean, all by one factor,
until the observed dispersion would be one of the highest that chance gives; the dispersion that is
left is the limit. It is 0 where even groups drawn together whole may look as far apart as these.
An error depends on the side on which the truth lies: each figure's is its distance to its own
limit on that side. The upper limit moves each figure to its own limits in turn and adds up the
squares of what that adds, as MOVER does (Zou and Donner 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from evidencehub.inequality.block import StrataBlock
from evidencehub.inequality.group_limits import limit_groups, measure_distances
from evidencehub.inequality.strata import Floats, Integers
from evidencehub.stats.intervals import ConfidenceLimits

SOLVER_STEPS = 5
"""Steps of the search for the factor; after them it is within a hundredth or so."""

Estimator = Callable[[StrataBlock], Floats]


def simulate_limits(
    block: StrataBlock, estimator: Estimator, noise: Floats, level: float
) -> ConfidenceLimits:
    """Return the limits of a measure that is never below 0 and grows as the groups part.

    `noise` (G, 1, draws) are standard normal. NaN where a group has no limits or where some
    draw cannot be computed.
    """
    observed = estimator(block)
    simulation = _Simulation(block, estimator, noise, observed, (1 + level) / 2)
    together = simulation.excess(np.arange(len(observed)), 0.0)
    squared_factor = np.where(np.isnan(together), np.nan, 0.0)
    clear = np.flatnonzero(together < 0)
    if clear.size:
        squared_factor[clear] = simulation.solve(clear, together[clear])
    upper = observed + _gain_by_single_moves(block, estimator, observed)
    return ConfidenceLimits(np.sqrt(squared_factor) * observed, upper)


@dataclass(frozen=True)
class _Simulation:
    """Simulated values of strata whose groups are drawn together by some factor."""

    block: StrataBlock
    estimator: Estimator
    noise: Floats
    observed: Floats
    probability: float

    def excess(self, strata: Integers, squared_factor: Floats | float) -> Floats:
        """Return how far the upper quantile lies above the observed value, both squared."""
        values = self._simulate(strata, squared_factor)
        quantile = np.quantile(values, self.probability, axis=-1)
        return np.asarray(quantile**2 - self.observed[strata] ** 2)

    def solve(self, strata: Integers, excess_below: Floats) -> Floats:
        """Return the squared factor at which the excess is 0, between 0 and 1.

        By interpolation, which is close because squares of distances grow as a line; where the
        quantile at 1 is no higher than the observed value, which chance makes rare, it is 1.
        """
        low, high = np.zeros(len(strata)), np.ones(len(strata))
        below, above = excess_below, np.maximum(self.excess(strata, 1.0), 0.0)
        for step in range(SOLVER_STEPS):
            # a step of halving keeps one end from staying where it is
            is_halving = step == SOLVER_STEPS // 2
            between = (low + high) / 2 if is_halving else _interpolate(low, high, below, above)
            excess = self.excess(strata, between)
            is_above = excess > 0
            high, above = np.where(is_above, between, high), np.where(is_above, excess, above)
            low, below = np.where(is_above, low, between), np.where(is_above, below, excess)
        return _interpolate(low, high, below, above)

    def _simulate(self, strata: Integers, squared_factor: Floats | float) -> Floats:
        """Return the values of simulated figures, (strata, draws)."""
        block = self.block.take_strata(strata)
        groups = limit_groups(block)
        centre = block.mean + np.sqrt(squared_factor) * (block.estimate - block.mean)
        distance = np.where(
            centre > block.estimate, groups.upper - groups.value, groups.value - groups.lower
        )
        wide = block.with_draw_axis()
        return self.estimator(
            replace_figures(wide, centre[..., None] + distance[..., None] / block.z * self.noise)
        )


def replace_figures(block: StrataBlock, figure: Floats) -> StrataBlock:
    """Return the block with other figures of the groups that count, and the mean of those."""
    figure = np.where(block.is_included, figure, 0.0)
    mean = (block.share * figure).sum(axis=0)
    average = block.published_average
    return replace(block, estimate=figure, mean=np.where(np.isnan(average), mean, average))


def _interpolate(low: Floats, high: Floats, below: Floats, above: Floats) -> Floats:
    """Return where a line from `below` at `low` to `above` at `high` crosses 0."""
    with np.errstate(all="ignore"):
        crossing = (low * above - high * below) / (above - below)
    return np.clip(np.where(np.isfinite(crossing), crossing, low), low, high)


def _gain_by_single_moves(block: StrataBlock, estimator: Estimator, observed: Floats) -> Floats:
    """Return the root of the summed squares of what each figure's move to a limit adds."""
    distances = measure_distances(block)
    total = np.zeros_like(observed)
    for group in range(len(block.estimate)):
        gain = np.zeros_like(observed)
        for step in (-distances.below[group], distances.above[group]):
            figure = block.estimate.copy()
            figure[group] += step
            gain = np.maximum(gain, estimator(replace_figures(block, figure)) - observed)
        total += gain**2
    return np.asarray(np.sqrt(total))
