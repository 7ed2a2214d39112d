"""What a measure is, and what it is computed from: a block of strata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from evidencehub.measures.strata import Bools, Codes, Floats, Integers


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
        mean = weighted_mean(figure, block.share, block.used, block.average)
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
    exploratory: Literal["never", "always", "unless ordered", "unless ordered or two"] = "never"
    ci_method: str = "analytic"
    ends: Literal["", "top", "both"] = ""
    simulate: Callable[[Block], Floats] | None = None
    as_who: Callable[[Block], Found] | None = None


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


def weighted_mean(figure: Floats, share: Floats, used: Bools, average: Floats) -> Floats:
    """The mean weighted by population, counted from the largest figure on.

    So counted, the mean of equal figures is that figure exactly and not almost.
    """
    base = highest(figure, used)
    base = np.where(np.isfinite(base), base, 0.0)
    return np.where(np.isnan(average), base + (share * (figure - base)).sum(axis=0), average)
