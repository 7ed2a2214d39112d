"""The 21 measures of inequality of the WHO set, over many strata at once.

    from evidencehub.measures.inequality import Strata, measure

    strata = Strata(
        estimate=np.array([[82.4, 85.1, 79.9, 71.3]]),  # one stratum of four groups
        se=np.array([[0.61, 0.88, 1.42, 0.19]]),
        population=np.array([[5426.0, 2382.0, 1669.0, 45783.0]]),
        favourable=np.array([True]),
        reference=np.array([3]),
    )
    measure("mld", strata).estimate

Every interval is that of the difference, ratio or index itself. Whether the intervals of two
groups overlap is never used: it answers another question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from evidencehub.measures import impact, ordered, pairs, spread
from evidencehub.measures.against import Against, against_reference
from evidencehub.measures.block import Block, Found, Measure
from evidencehub.measures.measured import (
    CI_METHODS,
    Figures,
    Interval,
    Measured,
    empty,
    figures,
    with_draws,
)
from evidencehub.measures.quantiles import normal
from evidencehub.measures.ready import Given, Ready, ready
from evidencehub.measures.strata import REASONS, Bools, Codes, Floats, Strata, Why

__all__ = [
    "CI_METHODS",
    "MEASURES",
    "REASONS",
    "Against",
    "Measure",
    "Measured",
    "Strata",
    "Why",
    "against_reference",
    "measure",
    "measures",
]

MOST_DRAWN = 1_000_000
"""Simulated figures held in memory at once."""


def _distance(name: str, title: str, plain: Callable[[Block], Floats]) -> Measure:
    """A mean distance, which has no standard error of its own: its interval is simulated."""

    def find(block: Block) -> Found:
        return Found(plain(block))

    return Measure(name=name, title=title, find=find, simulate=plain, ci_method="simulation")


_TABLE = (
    Measure(
        name="d",
        title="Difference",
        find=pairs.difference,
        min_groups=2,
        needs_population="no",
        exploratory="unless ordered or two",
        ends="both",
    ),
    Measure(
        name="r",
        title="Ratio",
        find=pairs.ratio,
        is_absolute=False,
        min_groups=2,
        needs_population="no",
        no_inequality=1,
        exploratory="unless ordered or two",
        ci_method="log",
        ends="both",
    ),
    Measure(name="bgv", title="Between-group variance", find=spread.variance),
    Measure(
        name="bgsd",
        title="Between-group standard deviation",
        find=spread.standard_deviation,
        simulate=spread.between_sd,
        ci_method="delta",
    ),
    Measure(
        name="cov",
        title="Coefficient of variation",
        find=spread.coefficient_of_variation,
        simulate=spread.between_cov,
        is_absolute=False,
        ci_method="delta",
    ),
    replace(
        _distance(
            "mdmu", "Mean difference from mean (unweighted)", spread.mean_difference_from_mean
        ),
        needs_population="mean",
    ),
    _distance(
        "mdmw", "Mean difference from mean (weighted)", spread.mean_difference_from_mean_weighted
    ),
    replace(
        _distance(
            "mdbu", "Mean difference from best (unweighted)", spread.mean_difference_from_best
        ),
        needs_population="no",
        exploratory="always",
    ),
    replace(
        _distance(
            "mdbw",
            "Mean difference from best (weighted)",
            spread.mean_difference_from_best_weighted,
        ),
        exploratory="always",
    ),
    replace(
        _distance(
            "mdru",
            "Mean difference from reference (unweighted)",
            spread.mean_difference_from_reference,
        ),
        needs_population="no",
        needs_reference=True,
    ),
    replace(
        _distance(
            "mdrw",
            "Mean difference from reference (weighted)",
            spread.mean_difference_from_reference_weighted,
        ),
        needs_reference=True,
    ),
    replace(
        _distance("idisu", "Index of disparity (unweighted)", spread.index_of_disparity),
        is_absolute=False,
        needs_population="mean",
    ),
    replace(
        _distance("idisw", "Index of disparity (weighted)", spread.index_of_disparity_weighted),
        is_absolute=False,
    ),
    Measure(
        name="ti",
        title="Theil index (x1000)",
        find=spread.theil,
        as_who=spread.theil_who,
        is_absolute=False,
    ),
    Measure(
        name="mld",
        title="Mean log deviation (x1000)",
        find=spread.mean_log_deviation,
        as_who=spread.mean_log_deviation_who,
        is_absolute=False,
    ),
    Measure(
        name="par",
        title="Population attributable risk",
        find=impact.attributable_risk,
        as_who=impact.attributable_risk_who,
        simulate=impact.plain_risk,
        min_groups=2,
        exploratory="unless ordered",
        ci_method="delta",
        ends="top",
    ),
    Measure(
        name="paf",
        title="Population attributable fraction",
        find=impact.attributable_fraction,
        as_who=impact.attributable_fraction_who,
        simulate=impact.plain_fraction,
        is_absolute=False,
        min_groups=2,
        exploratory="unless ordered",
        ci_method="delta",
        ends="top",
    ),
    Measure(
        name="aci",
        title="Absolute concentration index",
        find=ordered.absolute_concentration,
        simulate=ordered.plain_absolute_concentration,
        is_ordered=True,
        ci_method="regression",
    ),
    Measure(
        name="rci",
        title="Relative concentration index",
        find=ordered.relative_concentration,
        simulate=ordered.plain_relative_concentration,
        is_absolute=False,
        is_ordered=True,
        ci_method="regression",
    ),
    Measure(
        name="sii",
        title="Slope index of inequality",
        find=ordered.slope_index,
        simulate=ordered.plain_slope_index,
        as_who=ordered.slope_index_who,
        is_ordered=True,
        ci_method="robust",
    ),
    Measure(
        name="rii",
        title="Relative index of inequality",
        find=ordered.relative_index,
        simulate=ordered.plain_relative_index,
        as_who=ordered.relative_index_who,
        is_absolute=False,
        is_ordered=True,
        no_inequality=1,
        ci_method="robust",
    ),
)

MEASURES = {row.name: row for row in _TABLE}
"""The measures in the order of the WHO set, by name."""


def measure(
    name: str,
    strata: Strata,
    *,
    level: float = 0.95,
    draws: int = 0,
    seed: int = 1,
    upstream: bool = False,
) -> Measured:
    """One measure of inequality for every stratum.

    `level` is that of the intervals. With `draws` (10,000 is a good number) the mean distances
    get an interval between percentiles of that many simulations, and so do BGSD, COV, PAR, PAF,
    ACI, RCI, SII and RII in the place of the delta method or of a regression's own errors.
    Normal errors are added to the figures, nothing is cut off at 0 or at the scale, and the
    mean, the best group and the curve are taken anew for each draw. The draws depend on `seed`
    alone, so that a stratum's interval is the same whichever others are in the call.

    An interval needs the standard errors of all groups compared; without one the estimate stands.

    `upstream` computes as the WHO package does where that is a matter of method: SII and RII
    weighted by the square of the population in whole people, standard errors of PAR and PAF
    from counts, zero figures as 0.000001 in TI and MLD. Its slips of unit are not repeated:
    standard errors are always in the unit of the estimate.

    Raises ValueError for an unknown measure, a level outside 0 to 1, or fewer than 2 draws.
    Whatever the figures are, there is an estimate or a reason for its absence.
    """
    told = measures([name], strata, level=level, draws=draws, seed=seed, upstream=upstream)
    return told[name]


def measures(
    names: Iterable[str],
    strata: Strata,
    *,
    level: float = 0.95,
    draws: int = 0,
    drawn: Bools | None = None,
    seed: int = 1,
    upstream: bool = False,
) -> dict[str, Measured]:
    """Several measures at once, by name; see `measure`. What they share is made once.

    `drawn` (S,) says which strata are simulated; without it, all.
    """
    rows = [_row(name) for name in names]
    if draws < 0 or draws == 1:
        raise ValueError(f"“draws” is {draws}. Use 0 for none, or 2 or more; 10000 is good.")
    reach = normal(level)
    if drawn is None:
        drawn = np.full(strata.size, draws > 0)
    groups = strata.estimate.shape[1]
    noise = np.random.default_rng(seed).standard_normal((groups, 1, draws if drawn.any() else 0))
    results = {row.name: empty((strata.size,)) for row in rows}
    with np.errstate(all="ignore"):  # what cannot be computed has a reason beside it
        for part in strata.blocks():
            given = Given(strata, part)
            for row in rows:
                made = ready(given, row)
                find = row.as_who if upstream and row.as_who else row.find
                interval = Interval(reach, row.no_inequality == 1, row.ci_method)
                missing = _missing_se(made, row, drawn[part])
                shown = figures(find(made.block), made.why, missing, interval)
                _simulate(shown, made.block, row, noise, drawn[part], level)
                result = results[row.name]
                shown.put(result, part)
                result.groups[part] = made.block.groups
                result.excluded[part] = made.excluded
                result.exploratory[part] = _exploratory(made.block, row)
    return results


def _row(name: str) -> Measure:
    if name not in MEASURES:
        raise ValueError(f"There is no measure “{name}”. Use one of: {', '.join(MEASURES)}.")
    return MEASURES[name]


def _missing_se(made: Ready, row: Measure, drawn: Bools) -> Codes:
    """Why there is no standard error, where there is none."""
    if row.ci_method in ("regression", "robust"):  # they do without those of the groups
        return np.full(made.why.shape, Why.INTERVAL_UNDEFINED, np.uint8)
    unknown = np.isnan(made.block.se).any(axis=0)
    known = np.where(unknown, Why.NO_SE, Why.INTERVAL_UNDEFINED)
    codes = np.where(made.se_is_invalid, Why.INVALID_SE, known)
    if row.ci_method == "simulation":
        codes = np.where(drawn, codes, Why.NO_DRAWS)
    return codes.astype(np.uint8)


def _simulate(
    shown: Figures, block: Block, row: Measure, noise: Floats, drawn: Bools, level: float
) -> None:
    """Put simulated intervals where there is an estimate and every group has its error."""
    if row.simulate is None or not noise.size:
        return
    possible = np.flatnonzero(drawn & (shown.why == 0) & ~np.isnan(block.se).any(axis=0))
    step = max(1, MOST_DRAWN // noise.size)
    for start in range(0, len(possible), step):
        rows = possible[start : start + step]
        figures_drawn = row.simulate(block.part(rows).simulated(noise))
        with_draws(shown, rows, figures_drawn, level, is_ratio=row.no_inequality == 1)


def _exploratory(block: Block, row: Measure) -> Bools:
    """Where the groups compared were picked by their own figures.

    A declared reference picks only one of the two; with two groups in all nothing is picked.
    """
    two = (block.groups == 2) & (block.reference >= 0)
    picked: dict[str, Bools] = {
        "never": np.zeros_like(block.ordered),
        "always": np.ones_like(block.ordered),
        "unless ordered": ~block.ordered,
        "unless ordered or two": ~block.ordered & ~two,
    }
    return picked[row.exploratory]
