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
Measure = Callable[["ReferenceStratum"], Result]


@dataclass(frozen=True)
class ReferenceGroup:
    value: float
    se: float
    population: float


@dataclass(frozen=True)
class ReferenceStratum:
    """Groups from the most disadvantaged to the least where `ordered`."""

    groups: tuple[ReferenceGroup, ...]
    favourable: bool = True
    ordered: bool = False
    reference: int | None = None
    scale: float | None = None

    @property
    def values(self) -> list[float]:
        return [group.value for group in self.groups]

    @property
    def shares(self) -> list[float]:
        total = sum(group.population for group in self.groups)
        return [group.population / total for group in self.groups]

    @property
    def mean(self) -> float:
        return math.fsum(p * y for p, y in zip(self.shares, self.values, strict=True))


def select_compared_pair(stratum: ReferenceStratum) -> tuple[ReferenceGroup, ReferenceGroup]:
    by_figure = sorted(stratum.groups, key=lambda group: group.value)
    if stratum.ordered:
        bottom, top = stratum.groups[0], stratum.groups[-1]
        return (top, bottom) if stratum.favourable else (bottom, top)
    if stratum.reference is None:
        return by_figure[-1], by_figure[0]
    reference = stratum.groups[stratum.reference]
    other_groups = [group for n, group in enumerate(stratum.groups) if n != stratum.reference]
    if stratum.favourable:
        return reference, min(other_groups, key=lambda group: group.value)
    return max(other_groups, key=lambda group: group.value), reference


def d(stratum: ReferenceStratum) -> Result:
    first, second = select_compared_pair(stratum)
    return first.value - second.value, math.sqrt(first.se**2 + second.se**2)


def r(stratum: ReferenceStratum) -> Result:
    first, second = select_compared_pair(stratum)
    squares = (first.se / first.value) ** 2 + (second.se / second.value) ** 2
    return first.value / second.value, math.sqrt(squares)


def find_best_index(stratum: ReferenceStratum) -> int:
    if stratum.ordered:
        return len(stratum.groups) - 1
    choose = max if stratum.favourable else min
    return choose(range(len(stratum.groups)), key=lambda n: stratum.groups[n].value)


def compute_mean_distance(stratum: ReferenceStratum, origin: float, *, weighted: bool) -> float:
    if weighted:
        return sum(p * abs(y - origin) for p, y in zip(stratum.shares, stratum.values, strict=True))
    return sum(abs(y - origin) for y in stratum.values) / len(stratum.groups)


def variance(stratum: ReferenceStratum) -> float:
    return sum(
        p * (y - stratum.mean) ** 2 for p, y in zip(stratum.shares, stratum.values, strict=True)
    )


def theil(s: ReferenceStratum) -> float:
    ratios = [y / s.mean for y in s.values]
    return 1000 * sum(
        p * x * math.log(x) if x else 0.0 for p, x in zip(s.shares, ratios, strict=True)
    )


def log_deviation(s: ReferenceStratum) -> float:
    return 1000 * sum(p * math.log(s.mean / y) for p, y in zip(s.shares, s.values, strict=True))


POINT_ESTIMATES: dict[str, Callable[[ReferenceStratum], float]] = {
    "bgv": variance,
    "bgsd": lambda s: math.sqrt(variance(s)),
    "cov": lambda s: 100 * math.sqrt(variance(s)) / s.mean,
    "mdmu": lambda s: compute_mean_distance(s, s.mean, weighted=False),
    "mdmw": lambda s: compute_mean_distance(s, s.mean, weighted=True),
    "mdbu": lambda s: compute_mean_distance(
        s, s.values[find_best_index(replace(s, ordered=False))], weighted=False
    ),
    "mdbw": lambda s: compute_mean_distance(
        s, s.values[find_best_index(replace(s, ordered=False))], weighted=True
    ),
    "mdru": lambda s: compute_mean_distance(s, s.values[s.reference or 0], weighted=False),
    "mdrw": lambda s: compute_mean_distance(s, s.values[s.reference or 0], weighted=True),
    "idisu": lambda s: 100 * compute_mean_distance(s, s.mean, weighted=False) / s.mean,
    "idisw": lambda s: 100 * compute_mean_distance(s, s.mean, weighted=True) / s.mean,
    "ti": theil,
    "mld": log_deviation,
}


def estimate_standard_error(
    s: ReferenceStratum, function: Callable[[ReferenceStratum], float]
) -> float:
    """The delta method with the slopes measured: the figure a little up, a little down."""
    total = 0.0
    for n, group in enumerate(s.groups):
        step = 1e-6 * (abs(group.value) or 1.0)
        values_at_ends = []
        for figure in (group.value + step, group.value - step):
            groups = list(s.groups)
            groups[n] = replace(group, value=figure)
            values_at_ends.append(function(replace(s, groups=tuple(groups))))
        total += ((values_at_ends[0] - values_at_ends[1]) / (2 * step) * group.se) ** 2
    return math.sqrt(total)


def build_variance_matrix(s: ReferenceStratum) -> list[list[float]]:
    """A such that the variance between groups is y'Ay."""
    p = s.shares
    size = range(len(p))
    return [[(p[i] if i == j else 0.0) - p[i] * p[j] for j in size] for i in size]


def variance_of_variance(s: ReferenceStratum) -> float:
    """4 y'AVAy + 2 tr(AVAV) for independent normal errors with variances V."""
    a, size = build_variance_matrix(s), range(len(s.groups))
    v = [group.se**2 for group in s.groups]
    slope = [sum(a[i][j] * s.values[j] for j in size) for i in size]
    trace = sum(a[i][j] * v[j] * a[j][i] * v[i] for i in size for j in size)
    return 4 * sum(slope[i] ** 2 * v[i] for i in size) + 2 * trace


def bgv(s: ReferenceStratum) -> Result:
    return variance(s), math.sqrt(variance_of_variance(s))


def bgsd(s: ReferenceStratum) -> Result:
    deviation = math.sqrt(variance(s))
    return deviation, math.sqrt(variance_of_variance(s)) / (2 * deviation)


def cov(s: ReferenceStratum) -> Result:
    a, p, size = build_variance_matrix(s), s.shares, range(len(s.groups))
    v = [group.se**2 for group in s.groups]
    deviation, mean = math.sqrt(variance(s)), s.mean
    slopes = 1 / (2 * deviation * mean), -deviation / mean**2  # by the variance, by the mean
    covariance_term = sum(2 * p[i] * v[i] * a[i][j] * s.values[j] for i in size for j in size)
    of_mean = sum(p[i] ** 2 * v[i] for i in size)
    squared = slopes[0] ** 2 * variance_of_variance(s) + slopes[1] ** 2 * of_mean
    squared += 2 * slopes[0] * slopes[1] * covariance_term
    return 100 * deviation / mean, 100 * math.sqrt(squared)


def ti(s: ReferenceStratum) -> Result:
    return theil(s), None if 0 in s.values else estimate_standard_error(s, theil)


def mld(s: ReferenceStratum) -> Result:
    return log_deviation(s), estimate_standard_error(s, log_deviation)


def par(s: ReferenceStratum, *, relative: bool = False) -> Result:
    chosen = find_best_index(s)

    def risk(s: ReferenceStratum) -> float:
        gain = s.values[chosen] - s.mean
        return 100 * gain / s.mean if relative else gain

    estimate = risk(s)
    if estimate < 0 if s.favourable else estimate > 0:
        return 0.0, None
    return estimate, estimate_standard_error(s, risk)


def paf(s: ReferenceStratum) -> Result:
    return par(s, relative=True)


def ridits(s: ReferenceStratum) -> list[float]:
    return [sum(s.shares[:n]) + p / 2 for n, p in enumerate(s.shares)]


Pair = tuple[float, float]


def solve(matrix: tuple[Pair, Pair], right: Pair) -> Pair:
    (a, b), (c, e) = matrix
    det = a * e - b * c
    return (e * right[0] - b * right[1]) / det, (a * right[1] - c * right[0]) / det


def aci_by_residuals(s: ReferenceStratum, *, relative: bool = False) -> Result:
    """Least squares of root(p)·2σ²y on root(p) and root(p)·x, by the normal equations."""
    x, p = ridits(s), s.shares
    spread = sum(q * (z - 0.5) ** 2 for q, z in zip(p, x, strict=True))
    denominator = s.mean if relative else 1.0
    scaled_values = [
        math.sqrt(q) * 2 * spread * y / denominator for q, y in zip(p, s.values, strict=True)
    ]
    rows = [(math.sqrt(q), math.sqrt(q) * z) for q, z in zip(p, x, strict=True)]
    gram = normal(rows, [1.0] * len(rows))
    height, slope = solve(gram, (dot(rows, scaled_values, 0), dot(rows, scaled_values, 1)))
    residual_sum = sum(
        (y - height * u - slope * z) ** 2 for y, (u, z) in zip(scaled_values, rows, strict=True)
    )
    return slope, math.sqrt(residual_sum / (len(p) - 2) * solve(gram, (0.0, 1.0))[1])


def with_own_errors(function: Callable[[ReferenceStratum], Result]) -> Measure:
    """The estimate with the error that follows from those of the groups, slopes measured."""

    def compute(s: ReferenceStratum) -> Result:
        return function(s)[0], estimate_standard_error(s, lambda changed: function(changed)[0])

    return compute


def with_own_log_errors(function: Callable[[ReferenceStratum], Result]) -> Measure:
    """The same for the logarithm of a ratio."""

    def compute(s: ReferenceStratum) -> Result:
        se = estimate_standard_error(s, lambda changed: math.log(function(changed)[0]))
        return function(s)[0], se

    return compute


def rci_by_residuals(s: ReferenceStratum) -> Result:
    return aci_by_residuals(s, relative=True)


def normal(rows: list[Pair], weights: list[float]) -> tuple[Pair, Pair]:
    a = sum(w * u * u for w, (u, _) in zip(weights, rows, strict=True))
    b = sum(w * u * z for w, (u, z) in zip(weights, rows, strict=True))
    c = sum(w * z * z for w, (_, z) in zip(weights, rows, strict=True))
    return (a, b), (b, c)


def dot(rows: list[Pair], values: list[float], column: int) -> float:
    return sum(row[column] * value for row, value in zip(rows, values, strict=True))


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def slope_model(
    s: ReferenceStratum,
) -> tuple[Callable[[Pair, float], float], Pair, tuple[Pair, Pair]]:
    """The fitted curve, its two parameters and their HC1 covariance."""
    rows = [(1.0, x) for x in ridits(s)]
    scale = s.scale or 1.0
    figures = [y / scale for y in s.values]

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
        # a line is solved in one step; on a curve a long one may overshoot
        is_long = s.scale is not None and max(map(abs, step)) > 1
        step_size = 1 / max(map(abs, step)) if is_long else 1.0
        beta = beta[0] + step_size * step[0], beta[1] + step_size * step[1]
    meat = normal(rows, [u * u for u in scores(beta)])
    factor = len(rows) / (len(rows) - 2)
    half_sandwich = [
        solve(bread(beta), column) for column in meat
    ]  # columns of B⁻¹M; M is symmetric
    sandwich = [solve(bread(beta), (half_sandwich[0][n], half_sandwich[1][n])) for n in (0, 1)]
    covariance = tuple(
        (factor * first_entry, factor * second_entry) for first_entry, second_entry in sandwich
    )
    return curve, beta, (covariance[0], covariance[1])


def sii_by_residuals(s: ReferenceStratum, *, relative: bool = False) -> Result:
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


def rii_by_residuals(s: ReferenceStratum) -> Result:
    return sii_by_residuals(s, relative=True)


def _omit_standard_error(name: str) -> Callable[[ReferenceStratum], Result]:
    return lambda s: (POINT_ESTIMATES[name](s), None)


DISTANCES = ("mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw")
RESIDUAL_MEASURES: dict[str, Measure] = {
    "aci": aci_by_residuals, "rci": rci_by_residuals,
    "sii": sii_by_residuals, "rii": rii_by_residuals,
}  # fmt: skip
"""The measures along an order with the errors of their regression."""
MEASURES: dict[str, Measure] = {
    "d": d, "r": r, "bgv": bgv, "bgsd": bgsd, "cov": cov,
    **{name: _omit_standard_error(name) for name in DISTANCES},
    "ti": ti, "mld": mld, "par": par, "paf": paf,
    **{n: with_own_errors(measure) for n, measure in RESIDUAL_MEASURES.items() if n != "rii"},
    "rii": with_own_log_errors(rii_by_residuals),
}  # fmt: skip
