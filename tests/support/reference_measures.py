"""The measures of inequality once more: one stratum at a time, slow, and easy to check by eye.

Nothing here is shared with the hub's own code. Standard errors take another way where there is
one: derivatives are taken by small steps, and variances of squares from the whole matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

Result = tuple[float, float | None]
"""Estimate and standard error; of a ratio it is that of the logarithm."""


@dataclass(frozen=True)
class Group:
    figure: float
    se: float
    people: float


@dataclass(frozen=True)
class Stratum:
    """Groups from the most disadvantaged to the least where `ordered`."""

    groups: tuple[Group, ...]
    favourable: bool = True
    ordered: bool = False
    reference: int | None = None
    scale: float | None = None

    @property
    def figures(self) -> list[float]:
        return [group.figure for group in self.groups]

    @property
    def shares(self) -> list[float]:
        total = sum(group.people for group in self.groups)
        return [group.people / total for group in self.groups]

    @property
    def mean(self) -> float:
        return math.fsum(p * y for p, y in zip(self.shares, self.figures, strict=True))


def two(s: Stratum) -> tuple[Group, Group]:
    by_figure = sorted(s.groups, key=lambda group: group.figure)
    if s.ordered:
        bottom, top = s.groups[0], s.groups[-1]
        return (top, bottom) if s.favourable else (bottom, top)
    if s.reference is None:
        return by_figure[-1], by_figure[0]
    reference = s.groups[s.reference]
    others = [group for n, group in enumerate(s.groups) if n != s.reference]
    if s.favourable:
        return reference, min(others, key=lambda group: group.figure)
    return max(others, key=lambda group: group.figure), reference


def d(s: Stratum) -> Result:
    first, second = two(s)
    return first.figure - second.figure, math.sqrt(first.se**2 + second.se**2)


def r(s: Stratum) -> Result:
    first, second = two(s)
    squares = (first.se / first.figure) ** 2 + (second.se / second.figure) ** 2
    return first.figure / second.figure, math.sqrt(squares)


def best(s: Stratum) -> int:
    if s.ordered:
        return len(s.groups) - 1
    choose = max if s.favourable else min
    return choose(range(len(s.groups)), key=lambda n: s.groups[n].figure)


def distance(s: Stratum, origin: float, *, weighted: bool) -> float:
    if weighted:
        return sum(p * abs(y - origin) for p, y in zip(s.shares, s.figures, strict=True))
    return sum(abs(y - origin) for y in s.figures) / len(s.groups)


def variance(s: Stratum) -> float:
    return sum(p * (y - s.mean) ** 2 for p, y in zip(s.shares, s.figures, strict=True))


def theil(s: Stratum) -> float:
    ratios = [y / s.mean for y in s.figures]
    return 1000 * sum(
        p * x * math.log(x) if x else 0.0 for p, x in zip(s.shares, ratios, strict=True)
    )


def log_deviation(s: Stratum) -> float:
    return 1000 * sum(p * math.log(s.mean / y) for p, y in zip(s.shares, s.figures, strict=True))


PLAIN: dict[str, Callable[[Stratum], float]] = {
    "bgv": variance,
    "bgsd": lambda s: math.sqrt(variance(s)),
    "cov": lambda s: 100 * math.sqrt(variance(s)) / s.mean,
    "mdmu": lambda s: distance(s, s.mean, weighted=False),
    "mdmw": lambda s: distance(s, s.mean, weighted=True),
    "mdbu": lambda s: distance(s, s.figures[best(replace(s, ordered=False))], weighted=False),
    "mdbw": lambda s: distance(s, s.figures[best(replace(s, ordered=False))], weighted=True),
    "mdru": lambda s: distance(s, s.figures[s.reference or 0], weighted=False),
    "mdrw": lambda s: distance(s, s.figures[s.reference or 0], weighted=True),
    "idisu": lambda s: 100 * distance(s, s.mean, weighted=False) / s.mean,
    "idisw": lambda s: 100 * distance(s, s.mean, weighted=True) / s.mean,
    "ti": theil,
    "mld": log_deviation,
}


def by_small_steps(s: Stratum, function: Callable[[Stratum], float]) -> float:
    """The delta method with the slopes measured: the figure a little up, a little down."""
    total = 0.0
    for n, group in enumerate(s.groups):
        step = 1e-6 * abs(group.figure)
        ends = []
        for figure in (group.figure + step, group.figure - step):
            groups = list(s.groups)
            groups[n] = replace(group, figure=figure)
            ends.append(function(replace(s, groups=tuple(groups))))
        total += ((ends[0] - ends[1]) / (2 * step) * group.se) ** 2
    return math.sqrt(total)


def square_form(s: Stratum) -> list[list[float]]:
    """A such that the variance between groups is y'Ay."""
    p = s.shares
    size = range(len(p))
    return [[(p[i] if i == j else 0.0) - p[i] * p[j] for j in size] for i in size]


def variance_of_variance(s: Stratum) -> float:
    """4 y'AVAy + 2 tr(AVAV) for independent normal errors with variances V."""
    a, size = square_form(s), range(len(s.groups))
    v = [group.se**2 for group in s.groups]
    slope = [sum(a[i][j] * s.figures[j] for j in size) for i in size]
    trace = sum(a[i][j] * v[j] * a[j][i] * v[i] for i in size for j in size)
    return 4 * sum(slope[i] ** 2 * v[i] for i in size) + 2 * trace


def bgv(s: Stratum) -> Result:
    return variance(s), math.sqrt(variance_of_variance(s))


def bgsd(s: Stratum) -> Result:
    deviation = math.sqrt(variance(s))
    return deviation, math.sqrt(variance_of_variance(s)) / (2 * deviation)


def cov(s: Stratum) -> Result:
    a, p, size = square_form(s), s.shares, range(len(s.groups))
    v = [group.se**2 for group in s.groups]
    deviation, mean = math.sqrt(variance(s)), s.mean
    slopes = 1 / (2 * deviation * mean), -deviation / mean**2  # by the variance, by the mean
    together = sum(2 * p[i] * v[i] * a[i][j] * s.figures[j] for i in size for j in size)
    of_mean = sum(p[i] ** 2 * v[i] for i in size)
    squared = slopes[0] ** 2 * variance_of_variance(s) + slopes[1] ** 2 * of_mean
    squared += 2 * slopes[0] * slopes[1] * together
    return 100 * deviation / mean, 100 * math.sqrt(squared)


def ti(s: Stratum) -> Result:
    return theil(s), by_small_steps(s, theil)


def mld(s: Stratum) -> Result:
    return log_deviation(s), by_small_steps(s, log_deviation)


def par(s: Stratum, *, relative: bool = False) -> Result:
    chosen = best(s)

    def risk(s: Stratum) -> float:
        gain = s.figures[chosen] - s.mean
        return 100 * gain / s.mean if relative else gain

    estimate = risk(s)
    if estimate < 0 if s.favourable else estimate > 0:
        return 0.0, None
    return estimate, by_small_steps(s, risk)


def paf(s: Stratum) -> Result:
    return par(s, relative=True)


def ridits(s: Stratum) -> list[float]:
    return [sum(s.shares[:n]) + p / 2 for n, p in enumerate(s.shares)]


Pair = tuple[float, float]


def solve(matrix: tuple[Pair, Pair], right: Pair) -> Pair:
    (a, b), (c, e) = matrix
    det = a * e - b * c
    return (e * right[0] - b * right[1]) / det, (a * right[1] - c * right[0]) / det


def aci(s: Stratum, *, relative: bool = False) -> Result:
    """Least squares of root(p)·2σ²y on root(p) and root(p)·x, by the normal equations."""
    x, p = ridits(s), s.shares
    spread = sum(q * (z - 0.5) ** 2 for q, z in zip(p, x, strict=True))
    by = s.mean if relative else 1.0
    left = [math.sqrt(q) * 2 * spread * y / by for q, y in zip(p, s.figures, strict=True)]
    rows = [(math.sqrt(q), math.sqrt(q) * z) for q, z in zip(p, x, strict=True)]
    gram = normal(rows, [1.0] * len(rows))
    height, slope = solve(gram, (dot(rows, left, 0), dot(rows, left, 1)))
    rest = sum((y - height * u - slope * z) ** 2 for y, (u, z) in zip(left, rows, strict=True))
    return slope, math.sqrt(rest / (len(p) - 2) * solve(gram, (0.0, 1.0))[1])


def rci(s: Stratum) -> Result:
    return aci(s, relative=True)


def normal(rows: list[Pair], weights: list[float]) -> tuple[Pair, Pair]:
    a = sum(w * u * u for w, (u, _) in zip(weights, rows, strict=True))
    b = sum(w * u * z for w, (u, z) in zip(weights, rows, strict=True))
    c = sum(w * z * z for w, (_, z) in zip(weights, rows, strict=True))
    return (a, b), (b, c)


def dot(rows: list[Pair], values: list[float], column: int) -> float:
    return sum(row[column] * value for row, value in zip(rows, values, strict=True))


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def slope_model(s: Stratum) -> tuple[Callable[[Pair, float], float], Pair, tuple[Pair, Pair]]:
    """The fitted curve, its two parameters and their HC1 covariance."""
    rows = [(1.0, x) for x in ridits(s)]
    scale = s.scale or 1.0
    figures = [y / scale for y in s.figures]

    def curve(beta: Pair, x: float) -> float:
        value = beta[0] + beta[1] * x
        return value if s.scale is None else logistic(value)

    def steepness(beta: Pair) -> list[float]:
        fitted = [curve(beta, x) for _, x in rows]
        return [1.0 if s.scale is None else m * (1 - m) for m in fitted]

    def scores(beta: Pair) -> list[float]:
        pairs = zip(s.shares, figures, rows, strict=True)
        return [p * (y - curve(beta, x)) for p, y, (_, x) in pairs]

    def bread(beta: Pair) -> tuple[Pair, Pair]:
        return normal(rows, [p * w for p, w in zip(s.shares, steepness(beta), strict=True)])

    beta = (0.0, 0.0)
    for _ in range(200):
        u = scores(beta)
        step = solve(bread(beta), (dot(rows, u, 0), dot(rows, u, 1)))
        small = min(1.0, 1.0 / max(map(abs, step), default=1.0)) if any(step) else 1.0
        beta = beta[0] + small * step[0], beta[1] + small * step[1]
    meat = normal(rows, [u * u for u in scores(beta)])
    factor = len(rows) / (len(rows) - 2)
    left = [solve(bread(beta), column) for column in meat]  # columns of B⁻¹M; M is symmetric
    across = [solve(bread(beta), (left[0][n], left[1][n])) for n in (0, 1)]
    covariance = tuple((factor * one, factor * other) for one, other in across)
    return curve, beta, (covariance[0], covariance[1])


def sii(s: Stratum, *, relative: bool = False) -> Result:
    curve, beta, covariance = slope_model(s)
    scale = s.scale or 1.0

    def index(beta: Pair) -> float:
        top, bottom = curve(beta, 1.0), curve(beta, 0.0)
        return math.log(top / bottom) if relative else scale * (top - bottom)

    step = 1e-6
    slopes = [
        (index((beta[0] + step, beta[1])) - index((beta[0] - step, beta[1]))) / (2 * step),
        (index((beta[0], beta[1] + step)) - index((beta[0], beta[1] - step))) / (2 * step),
    ]
    squared = sum(slopes[i] * slopes[j] * covariance[i][j] for i in (0, 1) for j in (0, 1))
    estimate = math.exp(index(beta)) if relative else index(beta)
    return estimate, math.sqrt(max(squared, 0.0))


def rii(s: Stratum) -> Result:
    return sii(s, relative=True)


def _only(name: str) -> Callable[[Stratum], Result]:
    return lambda s: (PLAIN[name](s), None)


DISTANCES = ("mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw")
MEASURES: dict[str, Callable[[Stratum], Result]] = {
    "d": d, "r": r, "bgv": bgv, "bgsd": bgsd, "cov": cov,
    **{name: _only(name) for name in DISTANCES},
    "ti": ti, "mld": mld, "par": par, "paf": paf,
    "aci": aci, "rci": rci, "sii": sii, "rii": rii,
}  # fmt: skip
