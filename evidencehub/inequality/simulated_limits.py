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
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from evidencehub.inequality.block import StrataBlock, sum_over_groups
from evidencehub.inequality.group_limits import GroupDistances, measure_distances
from evidencehub.inequality.strata import Floats, Integers
from evidencehub.stats.intervals import ConfidenceLimits

SOLVER_STEPS = 2
"""Steps of the search for the factor: what further ones change is below the noise of the draws."""

Estimator = Callable[[StrataBlock], Floats]


def draw_noise(group_count: int, draws: int, seed: int) -> Floats:
    """Return standard normal errors of groups, (G, 1, draws), the same for a seed each time.

    Those of a group are evenly spread quantiles in an order of its own, a Latin hypercube (McKay,
    Beckman and Conover 1979): with few groups worth twice as many draws.
    """
    rng = np.random.default_rng(seed)
    errors = np.tile(_spread_quantiles(draws), (group_count, 1))
    return rng.permuted(errors, axis=1)[:, None, :]


@lru_cache(maxsize=4)
def _spread_quantiles(count: int) -> Floats:
    """Return as many quantiles of the standard normal distribution, of equal probability."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((rank + 0.5) / count) for rank in range(count)])


def simulate_limits(
    block: StrataBlock, estimator: Estimator, noise: Floats, level: float
) -> ConfidenceLimits:
    """Return the limits of a measure that is never below 0 and grows as the groups part.

    `noise` (G, 1, draws) are standard normal. NaN where a group has no limits or where some
    draw cannot be computed.
    """
    observed, distances = estimator(block), measure_distances(block)
    simulation = _Simulation(block, distances, observed, estimator, noise, (1 + level) / 2)
    together = simulation.excess(0.0)
    squared_factor = np.where(np.isnan(together), np.nan, 0.0)
    clear = np.flatnonzero(together < 0)
    if clear.size:
        squared_factor[clear] = simulation.take_strata(clear).solve(together[clear])
    upper = observed + _gain_by_single_moves(block, distances, estimator, observed)
    return ConfidenceLimits(np.sqrt(squared_factor) * observed, upper)


@dataclass(frozen=True)
class _Simulation:
    """Simulated values of N strata whose groups are drawn together by some factor."""

    block: StrataBlock
    distances: GroupDistances
    observed: Floats
    estimator: Estimator
    noise: Floats
    probability: float

    def take_strata(self, strata: Integers) -> _Simulation:
        """Return the simulation of some of the strata."""
        return replace(
            self,
            block=self.block.take_strata(strata),
            distances=GroupDistances(*(distance[:, strata] for distance in self.distances)),
            observed=self.observed[strata],
        )

    def excess(self, squared_factor: Floats | float) -> Floats:
        """Return how far the upper quantile lies above the observed value, both squared."""
        quantile = np.quantile(self._simulate(squared_factor), self.probability, axis=-1)
        return np.asarray(quantile**2 - self.observed**2)

    def solve(self, excess_below: Floats) -> Floats:
        """Return the squared factor at which the excess is 0, between 0 and 1.

        By interpolation, which is close because squares of distances grow as a line: what chance
        alone makes them, and on top what the groups lie apart. So the search begins with the
        excess at 1 taken to be what that at 0, `excess_below`, and the observed value add up to.
        """
        low, high = np.zeros(len(self.observed)), np.ones(len(self.observed))
        below, above = excess_below, excess_below + self.observed**2
        for _ in range(SOLVER_STEPS):
            between = _interpolate(low, high, below, above)
            excess = self.excess(between)
            is_above = excess > 0
            high, above = np.where(is_above, between, high), np.where(is_above, excess, above)
            low, below = np.where(is_above, low, between), np.where(is_above, below, excess)
        return _interpolate(low, high, below, above)

    def _simulate(self, squared_factor: Floats | float) -> Floats:
        """Return the values of simulated figures, (N, draws)."""
        block = self.block
        centre = block.mean + np.sqrt(squared_factor) * (block.estimate - block.mean)
        centre = np.where(block.is_included, centre, 0.0)
        is_higher = centre > block.estimate
        distance = np.where(is_higher, self.distances.above, self.distances.below)
        figure = (distance / block.z)[..., None] * self.noise
        figure += centre[..., None]  # in place: these arrays are the largest of a build
        return self.estimator(replace_figures(block.with_draw_axis(), figure))


def replace_figures(block: StrataBlock, figure: Floats) -> StrataBlock:
    """Return the block with other figures, and the mean of those.

    The figures of groups that do not count must be 0.
    """
    average = block.published_average
    mean = sum_over_groups(block.share, figure)
    return replace(block, estimate=figure, mean=np.where(np.isnan(average), mean, average))


def _interpolate(low: Floats, high: Floats, below: Floats, above: Floats) -> Floats:
    """Return where a line from `below` at `low` to `above` at `high` crosses 0."""
    with np.errstate(all="ignore"):
        crossing = (low * above - high * below) / (above - below)
    return np.clip(np.where(np.isfinite(crossing), crossing, low), low, high)


def _gain_by_single_moves(
    block: StrataBlock, distances: GroupDistances, estimator: Estimator, observed: Floats
) -> Floats:
    """Return the root of the summed squares of what each figure's move to a limit adds.

    The moves take the place of draws: each group's to its lower limit, then each to its upper.
    """
    group = np.arange(len(block.estimate))
    figure = np.repeat(block.estimate[..., None], 2 * len(group), axis=-1)
    figure[group, :, group] -= distances.below
    figure[group, :, group + len(group)] += distances.above
    moved = estimator(replace_figures(block.with_draw_axis(), figure))
    gain = np.maximum(moved - observed[:, None], 0.0).reshape(len(observed), 2, len(group))
    return np.asarray(np.sqrt((gain.max(axis=1) ** 2).sum(axis=-1)))
