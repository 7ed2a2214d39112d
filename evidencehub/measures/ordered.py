"""Measures along an order of groups: concentration indices and slope indices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidencehub.measures.block import Block, Found, highest, lowest
from evidencehub.measures.strata import Bools, Codes, Floats, Why

STEPS = 60
"""Newton steps before a curve counts as not to be fitted; ordinary figures need about six."""


def absolute_concentration(block: Block) -> Found:
    """Absolute concentration index: how figures lean towards one end, in the indicator's unit.

    Twice the covariance of figure and relative rank, as the slope of a regression weighted by
    population. The standard error is that of this regression: it comes from the distance of the
    groups to the line and not from the standard errors of the figures, and with few groups it
    is rough; a simulation uses those errors.
    Formula as in the WHO Health Equity Assessment Toolkit technical notes.
    """
    return _concentration(block, np.ones_like(block.mean))


def relative_concentration(block: Block) -> Found:
    """Relative concentration index: the absolute one divided by the mean, between -1 and 1."""
    return _concentration(block, block.mean)


def slope_index(block: Block) -> Found:
    """Slope index of inequality: fitted figure at the top of the order less that at the bottom.

    The model is a logistic curve over the relative rank where the indicator has a scale, else a
    line; each group weighs as its population. The standard error is robust (HC1), by the delta
    method, in the indicator's unit. It comes from the distance of the groups to the curve, so
    that groups exactly on it have an interval of no width, and with few groups it is on average
    too small; a simulation uses the standard errors of the figures instead.
    The WHO package weighs groups by the square of the population, as it gives the population
    both as the number of trials and as weight; it rounds populations up to whole people, so that
    shares would all count as one; and its standard error is for figures between 0 and 1 whatever
    the scale of estimate and interval.
    """
    return _difference(_fit(block, block.share))


def relative_index(block: Block) -> Found:
    """Relative index of inequality: fitted figure at the top of the order by that at the bottom.

    Model and weights are those of the slope index; the standard error is of the logarithm.
    """
    return _ratio(_fit(block, block.share))


def plain_absolute_concentration(block: Block) -> Floats:
    return absolute_concentration(block).estimate


def plain_relative_concentration(block: Block) -> Floats:
    return relative_concentration(block).estimate


def plain_slope_index(block: Block) -> Floats:
    return slope_index(block).estimate


def plain_relative_index(block: Block) -> Floats:
    return relative_index(block).estimate


def slope_index_who(block: Block) -> Found:
    """The slope index with the WHO package's squared weights and whole numbers of people."""
    return _difference(_fit_who(block))


def relative_index_who(block: Block) -> Found:
    """The relative index with the WHO package's squared weights and whole numbers of people."""
    return _ratio(_fit_who(block))


def _fit_who(block: Block) -> _Fitted:
    """Populations rounded up to people; for the curve, those whom the indicator counts rounded."""
    people = np.ceil(block.population)
    share = people / people.sum(axis=0)
    cases = np.rint(block.figure / block.scale * people)
    counted = np.where(people > 0, cases / people, 0.0) * block.scale
    curved = ~np.isnan(block.scale)
    figure = np.where(curved, counted, block.figure)
    weight = np.where(curved, share**2 / (share**2).sum(axis=0), share)
    return _fit(replace(block, share=share, figure=figure), weight)


def relative_rank(block: Block) -> Floats:
    """The middle of each group's place in the order: 0 at the bottom, 1 at the top."""
    rank = np.where(block.used, block.rank, np.inf)
    below = np.zeros_like(block.share)
    for group, share in zip(rank, block.share, strict=True):
        below += share * (group < rank)
    return below + block.share / 2


def _concentration(block: Block, divisor: Floats) -> Found:
    place = np.where(block.used, relative_rank(block) - 0.5, 0.0)
    spread = (block.share * place**2).sum(axis=0)
    distance = block.figure - block.mean
    slope = 2 * (block.share * place * distance).sum(axis=0)
    residual = 2 * spread * distance - slope * place
    error = (block.share * residual**2).sum(axis=0) / (block.groups - 2)
    return Found(slope / divisor, np.sqrt(error / spread) / divisor)


@dataclass(frozen=True)
class _Fitted:
    """A fitted curve: its ends, how steep its link is there, and the covariance (HC1).

    The two parameters are the height at the weighted middle of the ranks and the slope.
    """

    bottom: Floats
    top: Floats
    bottom_slope: Floats
    top_slope: Floats
    middle: Floats
    of_height: Floats
    of_both: Floats
    of_lean: Floats
    fits: Bools

    def se(self, at_bottom: Floats, at_top: Floats) -> Floats:
        """The standard error of a function of the two ends, given its slopes there."""
        height = at_top * self.top_slope - at_bottom * self.bottom_slope
        lean = self.middle * at_bottom * self.bottom_slope
        lean += (1 - self.middle) * at_top * self.top_slope
        squared = height**2 * self.of_height + lean**2 * self.of_lean
        squared += 2 * height * lean * self.of_both
        return np.sqrt(np.maximum(squared, 0))


def _difference(fitted: _Fitted) -> Found:
    one = np.ones_like(fitted.top)
    why: Codes = np.where(fitted.fits, np.uint8(0), np.uint8(Why.NO_SOLUTION))
    return Found(fitted.top - fitted.bottom, fitted.se(one, one), why)


def _ratio(fitted: _Fitted) -> Found:
    below = (fitted.bottom <= 0) | (fitted.top <= 0)
    why = np.select(
        [~fitted.fits, below],
        [np.uint8(Why.NO_SOLUTION), np.uint8(Why.LINE_BELOW_ZERO)],
        np.uint8(0),
    )
    return Found(fitted.top / fitted.bottom, fitted.se(1 / fitted.bottom, 1 / fitted.top), why)


def _fit(block: Block, weight: Floats) -> _Fitted:
    """The line or, in strata with a scale, the logistic curve."""
    place = np.where(block.used, relative_rank(block), 0.0)
    bounded = ~np.isnan(block.scale)
    if not bounded.any():
        return _line(block, weight, place)
    curve = _curve(block, weight, place)
    if bounded.all():
        return curve
    return _either(bounded, curve, _line(block, weight, place))


def _either(bounded: Bools, curve: _Fitted, line: _Fitted) -> _Fitted:
    def chosen(one: Floats, other: Floats) -> Floats:
        return np.where(bounded, one, other)

    return _Fitted(
        bottom=chosen(curve.bottom, line.bottom),
        top=chosen(curve.top, line.top),
        bottom_slope=chosen(curve.bottom_slope, line.bottom_slope),
        top_slope=chosen(curve.top_slope, line.top_slope),
        middle=chosen(curve.middle, line.middle),
        of_height=chosen(curve.of_height, line.of_height),
        of_both=chosen(curve.of_both, line.of_both),
        of_lean=chosen(curve.of_lean, line.of_lean),
        fits=np.where(bounded, curve.fits, line.fits),
    )


def _line(block: Block, weight: Floats, place: Floats) -> _Fitted:
    middle, centred, height, lean = _weighted_line(block.figure, weight, place)
    residual = weight * (block.figure - height - lean * centred)
    spread = (weight * centred**2).sum(axis=0)
    one = np.ones_like(middle)
    of_height, of_both, of_lean = _robust(block, residual, centred, weight.sum(axis=0), spread)
    return _Fitted(
        bottom=height - lean * middle,
        top=height + lean * (1 - middle),
        bottom_slope=one,
        top_slope=one,
        middle=middle,
        of_height=of_height,
        of_both=of_both,
        of_lean=of_lean,
        fits=spread > 0,
    )


def _weighted_line(
    figure: Floats, weight: Floats, place: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Middle of the places, places from there, and the height and slope of the line."""
    total = weight.sum(axis=0)
    middle = (weight * place).sum(axis=0) / total
    centred = place - middle
    base = figure.max(axis=0)  # so that equal figures give a slope of exactly zero
    height = base + (weight * (figure - base)).sum(axis=0) / total
    lean = (weight * centred * (figure - base)).sum(axis=0) / (weight * centred**2).sum(axis=0)
    return middle, centred, height, lean


def _curve(block: Block, weight: Floats, place: Floats) -> _Fitted:
    scale, figure = block.scale, block.figure / block.scale
    height, lean, fits = _newton(figure, weight, place, _all_equal(block))
    chance = _logistic(height + lean * place)
    steep = weight * chance * (1 - chance)
    total = steep.sum(axis=0)
    middle = (steep * place).sum(axis=0) / total
    centred = place - middle
    residual, spread = weight * (figure - chance), (steep * centred**2).sum(axis=0)
    of_height, of_both, of_lean = _robust(block, residual, centred, total, spread)
    bottom, top = _logistic(height), _logistic(height + lean)
    return _Fitted(
        bottom=scale * bottom,
        top=scale * top,
        bottom_slope=scale * bottom * (1 - bottom),
        top_slope=scale * top * (1 - top),
        middle=middle,
        of_height=of_height,
        of_both=of_both,
        of_lean=of_lean,
        fits=fits,
    )


def _newton(
    figure: Floats, weight: Floats, place: Floats, flat: Bools
) -> tuple[Floats, Floats, Bools]:
    """Height at rank 0 and slope of the logistic curve, and where a solution was found.

    A step moves no fitted logit by more than 4, so that steep figures do not overshoot.
    """
    mean = np.clip((weight * figure).sum(axis=0) / weight.sum(axis=0), 1e-12, 1 - 1e-12)
    height, lean = np.log(mean / (1 - mean)), np.zeros_like(mean)
    done = flat.copy()
    for _ in range(STEPS):
        chance = _logistic(height + lean * place)
        residual = weight * (figure - chance)
        steep = weight * chance * (1 - chance)
        total = steep.sum(axis=0)
        middle = (steep * place).sum(axis=0) / total
        centred = place - middle
        more = (residual * centred).sum(axis=0) / (steep * centred**2).sum(axis=0)
        up = residual.sum(axis=0) / total - more * middle
        size = np.maximum(np.abs(up), np.abs(up + more))
        shrink = np.where(flat, 0.0, np.minimum(1.0, 4.0 / np.maximum(size, 1e-300)))
        height, lean = height + shrink * up, lean + shrink * more
        done |= size < 1e-9
        if done.all():
            break
    return height, lean, done


def _robust(
    block: Block, residual: Floats, centred: Floats, total: Floats, spread: Floats
) -> tuple[Floats, Floats, Floats]:
    """The sandwich covariance of height and slope, HC1: times groups / (groups - 2)."""
    factor = block.groups / (block.groups - 2)
    squared = factor * residual**2
    return (
        squared.sum(axis=0) / total**2,
        (squared * centred).sum(axis=0) / (total * spread),
        (squared * centred**2).sum(axis=0) / spread**2,
    )


def _logistic(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-value))


def _all_equal(block: Block) -> Bools:
    equal: Bools = highest(block.figure, block.used) == lowest(block.figure, block.used)
    return equal
