"""The 21 measures of inequality of the WHO set, over many strata at once.

    from evidencehub.inequality.measures import Strata, compute_measure

    strata = Strata(
        estimate=np.array([[82.4, 85.1, 79.9, 71.3]]),  # one stratum of four groups
        se=np.array([[0.61, 0.88, 1.42, 0.19]]),
        population=np.array([[5426.0, 2382.0, 1669.0, 45783.0]]),
        favourable=np.array([True]),
        reference=np.array([3]),
    )
    compute_measure("mld", strata).estimate

Every interval is that of the difference, ratio or index itself. Whether the intervals of two
groups overlap is never used: it answers another question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from evidencehub.inequality import attributable, dispersion, gradient, pairwise
from evidencehub.inequality.block import FormulaResult, InequalityMeasure, StrataBlock
from evidencehub.inequality.eligibility import BlockInput, EligibleBlock, select_eligible
from evidencehub.inequality.reference_group import ReferenceComparison, compare_with_reference
from evidencehub.inequality.results import (
    CI_METHODS,
    BlockResult,
    IntervalMethod,
    MeasureResult,
    allocate_result,
    apply_intervals,
    set_percentile_intervals,
)
from evidencehub.inequality.strata import (
    MISSING_REASON_TEXTS,
    Bools,
    CodeArray,
    Floats,
    MissingReason,
    Strata,
)
from evidencehub.stats.quantiles import z_for_level

__all__ = [
    "CI_METHODS",
    "MEASURES",
    "MISSING_REASON_TEXTS",
    "InequalityMeasure",
    "MeasureResult",
    "MissingReason",
    "ReferenceComparison",
    "Strata",
    "compare_with_reference",
    "compute_measure",
    "compute_measures",
]

MAX_SIMULATED_VALUES = 1_000_000
"""Simulated figures held in memory at once."""


def _mean_distance_measure(
    name: str,
    title: str,
    estimator: Callable[[StrataBlock], Floats],
    **properties: Any,  # those of InequalityMeasure, each with its own type
) -> InequalityMeasure:
    """A mean distance, which has no standard error of its own: its interval is simulated."""
    return InequalityMeasure(
        name=name,
        title=title,
        formula=lambda block: FormulaResult(estimator(block)),
        estimator=estimator,
        ci_method="simulation",
        **properties,
    )


_DIFFERENCE = InequalityMeasure(
    name="d",
    title="Difference",
    formula=pairwise.difference,
    who_formula=pairwise.difference_who,
    min_groups=2,
    needs_population="no",
    exploratory_when="unless ordered or two",
    ci_method="mover",
    who_ci_method="analytic",
    required_extremes="both",
)
_ATTRIBUTABLE_RISK = InequalityMeasure(
    name="par",
    title="Population attributable risk",
    formula=attributable.population_attributable_risk,
    who_formula=attributable.population_attributable_risk_who,
    estimator=attributable.estimate_attributable_risk,
    min_groups=2,
    exploratory_when="unless ordered",
    ci_method="delta",
    required_extremes="top",
)
_WHO_MEASURES = (
    _DIFFERENCE,
    replace(
        _DIFFERENCE,
        name="r",
        title="Ratio",
        formula=pairwise.ratio,
        who_formula=pairwise.ratio_who,
        is_absolute=False,
        null_value=1,
        who_ci_method="log",
    ),
    InequalityMeasure(
        name="bgv", title="Between-group variance", formula=dispersion.between_group_variance
    ),
    InequalityMeasure(
        name="bgsd",
        title="Between-group standard deviation",
        formula=dispersion.between_group_standard_deviation,
        estimator=dispersion.estimate_standard_deviation,
        ci_method="delta",
    ),
    InequalityMeasure(
        name="cov",
        title="Coefficient of variation",
        formula=dispersion.coefficient_of_variation,
        estimator=dispersion.estimate_coefficient_of_variation,
        is_absolute=False,
        ci_method="delta",
    ),
    _mean_distance_measure(
        "mdmu",
        "Mean difference from mean (unweighted)",
        partial(dispersion.mean_difference, figure=dispersion.select_mean),
        needs_population="mean",
    ),
    _mean_distance_measure(
        "mdmw",
        "Mean difference from mean (weighted)",
        partial(dispersion.mean_difference_weighted, figure=dispersion.select_mean),
    ),
    _mean_distance_measure(
        "mdbu",
        "Mean difference from best (unweighted)",
        partial(dispersion.mean_difference, figure=dispersion.select_best),
        needs_population="no",
        exploratory_when="always",
    ),
    _mean_distance_measure(
        "mdbw",
        "Mean difference from best (weighted)",
        partial(dispersion.mean_difference_weighted, figure=dispersion.select_best),
        exploratory_when="always",
    ),
    _mean_distance_measure(
        "mdru",
        "Mean difference from reference (unweighted)",
        partial(dispersion.mean_difference, figure=dispersion.select_reference),
        needs_population="no",
        needs_reference=True,
    ),
    _mean_distance_measure(
        "mdrw",
        "Mean difference from reference (weighted)",
        partial(dispersion.mean_difference_weighted, figure=dispersion.select_reference),
        needs_reference=True,
    ),
    _mean_distance_measure(
        "idisu",
        "Index of disparity (unweighted)",
        partial(dispersion.index_of_disparity, difference=dispersion.mean_difference),
        is_absolute=False,
        needs_population="mean",
    ),
    _mean_distance_measure(
        "idisw",
        "Index of disparity (weighted)",
        partial(dispersion.index_of_disparity, difference=dispersion.mean_difference_weighted),
        is_absolute=False,
    ),
    InequalityMeasure(
        name="ti",
        title="Theil index (x1000)",
        formula=dispersion.theil_index,
        who_formula=dispersion.theil_index_who,
        is_absolute=False,
    ),
    InequalityMeasure(
        name="mld",
        title="Mean log deviation (x1000)",
        formula=dispersion.mean_log_deviation,
        who_formula=dispersion.mean_log_deviation_who,
        is_absolute=False,
    ),
    _ATTRIBUTABLE_RISK,
    replace(
        _ATTRIBUTABLE_RISK,
        name="paf",
        title="Population attributable fraction",
        formula=attributable.population_attributable_fraction,
        who_formula=attributable.population_attributable_fraction_who,
        estimator=attributable.estimate_attributable_fraction,
        is_absolute=False,
    ),
    InequalityMeasure(
        name="aci",
        title="Absolute concentration index",
        formula=gradient.absolute_concentration_index,
        estimator=lambda block: gradient.absolute_concentration_index(block).estimate,
        is_ordered=True,
        ci_method="regression",
    ),
    InequalityMeasure(
        name="rci",
        title="Relative concentration index",
        formula=gradient.relative_concentration_index,
        estimator=lambda block: gradient.relative_concentration_index(block).estimate,
        is_absolute=False,
        is_ordered=True,
        ci_method="regression",
    ),
    InequalityMeasure(
        name="sii",
        title="Slope index of inequality",
        formula=gradient.slope_index_of_inequality,
        estimator=lambda block: gradient.slope_index_of_inequality(block).estimate,
        who_formula=gradient.slope_index_of_inequality_who,
        is_ordered=True,
        ci_method="robust",
    ),
    InequalityMeasure(
        name="rii",
        title="Relative index of inequality",
        formula=gradient.relative_index_of_inequality,
        estimator=lambda block: gradient.relative_index_of_inequality(block).estimate,
        who_formula=gradient.relative_index_of_inequality_who,
        is_absolute=False,
        is_ordered=True,
        null_value=1,
        ci_method="robust",
    ),
)

MEASURES = {row.name: row for row in _WHO_MEASURES}
"""The measures in the order of the WHO set, by name."""


def compute_measure(
    name: str,
    strata: Strata,
    *,
    level: float = 0.95,
    draws: int = 0,
    seed: int = 1,
    as_who: bool = False,
) -> MeasureResult:
    """One measure of inequality for every stratum.

    `level` is that of the intervals. With `draws` (10,000 is a good number) the mean distances
    get an interval between percentiles of that many simulations, and so do BGSD, COV, PAR, PAF,
    ACI, RCI, SII and RII in the place of the delta method or of a regression's own errors.
    Normal errors are added to the figures, nothing is cut off at 0 or at the scale, and the
    mean, the best group and the curve are taken anew for each draw. The draws depend on `seed`
    alone, so that a stratum's interval is the same whichever others are in the call.

    An interval needs the standard errors of all groups compared; without one the estimate stands.

    `as_who` computes as the WHO package does where that is a matter of method: SII and RII
    weighted by the square of the population in whole people, standard errors of PAR and PAF
    from counts, zero figures as 0.000001 in TI and MLD. Its slips of unit are not repeated:
    standard errors are always in the unit of the estimate.

    Raises ValueError for an unknown measure, a level outside 0 to 1, or fewer than 2 draws.
    Whatever the figures are, there is an estimate or a reason for its absence.
    """
    results = compute_measures([name], strata, level=level, draws=draws, seed=seed, as_who=as_who)
    return results[name]


def compute_measures(
    names: Iterable[str],
    strata: Strata,
    *,
    level: float = 0.95,
    draws: int = 0,
    is_simulated: Bools | None = None,
    seed: int = 1,
    as_who: bool = False,
) -> dict[str, MeasureResult]:
    """Several measures at once, by name; see `compute_measure`. What they share is made once.

    `is_simulated` (S,) says which strata are simulated; without it, all.
    """
    rows = [_get_measure(name) for name in names]
    if draws < 0 or draws == 1:
        raise ValueError(f"“draws” is {draws}. Use 0 for none, or 2 or more; 10000 is good.")
    z = z_for_level(level)
    if is_simulated is None:
        is_simulated = np.full(strata.stratum_count, draws > 0)
    groups = strata.estimate.shape[1]
    noise = np.random.default_rng(seed).standard_normal(
        (groups, 1, draws if is_simulated.any() else 0)
    )
    results = {measure.name: allocate_result((strata.stratum_count,)) for measure in rows}
    with np.errstate(all="ignore"):  # what cannot be computed has a reason beside it
        for block_rows in strata.iter_blocks():
            block_input = BlockInput(strata, block_rows, level)
            for measure in rows:
                eligible = select_eligible(block_input, measure)
                formula = measure.select_formula(as_who=as_who)
                interval_method = IntervalMethod(
                    z, measure.null_value == 1, measure.select_ci_method(as_who=as_who)
                )
                missing = _missing_se_reasons(eligible, measure, is_simulated[block_rows])
                block_result = apply_intervals(
                    formula(eligible.block), eligible.missing_reason, missing, interval_method
                )
                _set_simulated_intervals(
                    block_result, eligible.block, measure, noise, is_simulated[block_rows], level
                )
                result = results[measure.name]
                block_result.write_to(result, block_rows)
                result.group_count[block_rows] = eligible.block.group_count
                result.excluded_count[block_rows] = eligible.excluded_count
                result.is_exploratory[block_rows] = _is_exploratory(eligible.block, measure)
    return results


def _get_measure(name: str) -> InequalityMeasure:
    if name not in MEASURES:
        raise ValueError(f"There is no measure “{name}”. Use one of: {', '.join(MEASURES)}.")
    return MEASURES[name]


def _missing_se_reasons(
    eligible: EligibleBlock, measure: InequalityMeasure, is_simulated: Bools
) -> CodeArray:
    """Why there is no standard error, where there is none."""
    if measure.ci_method in ("regression", "robust"):  # they do without those of the groups
        return np.full(eligible.missing_reason.shape, MissingReason.INTERVAL_UNDEFINED, np.uint8)
    lacks_se = np.isnan(eligible.block.se).any(axis=0)
    reason = np.where(lacks_se, MissingReason.NO_SE, MissingReason.INTERVAL_UNDEFINED)
    codes = np.where(eligible.se_is_invalid, MissingReason.INVALID_SE, reason)
    if measure.ci_method == "simulation":
        codes = np.where(is_simulated, codes, MissingReason.NO_DRAWS)
    return codes.astype(np.uint8)


def _set_simulated_intervals(
    block_result: BlockResult,
    block: StrataBlock,
    measure: InequalityMeasure,
    noise: Floats,
    is_simulated: Bools,
    level: float,
) -> None:
    """Put simulated intervals where there is an estimate and every group has its error."""
    if measure.estimator is None or not noise.size:
        return
    candidates = np.flatnonzero(
        is_simulated & (block_result.missing_reason == 0) & ~np.isnan(block.se).any(axis=0)
    )
    step = max(1, MAX_SIMULATED_VALUES // noise.size)
    for start in range(0, len(candidates), step):
        rows = candidates[start : start + step]
        simulated = measure.estimator(block.take_strata(rows).simulate(noise))
        set_percentile_intervals(
            block_result, rows, simulated, level, is_ratio=measure.null_value == 1
        )


def _is_exploratory(block: StrataBlock, measure: InequalityMeasure) -> Bools:
    """Where the groups compared were picked by their own figures.

    A declared reference picks only one of the two; with two groups in all nothing is picked.
    """
    has_two_groups = (block.group_count == 2) & (block.reference >= 0)
    by_rule: dict[str, Bools] = {
        "never": np.zeros_like(block.is_ordered),
        "always": np.ones_like(block.is_ordered),
        "unless ordered": ~block.is_ordered,
        "unless ordered or two": ~block.is_ordered & ~has_two_groups,
    }
    return by_rule[measure.exploratory_when]
