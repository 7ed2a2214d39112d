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

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evidencehub.inequality import transformed_slope
from evidencehub.inequality.block import InequalityMeasure, StrataBlock
from evidencehub.inequality.eligibility import BlockInput, EligibleBlock, select_eligible
from evidencehub.inequality.reference_group import ReferenceComparison, compare_with_reference
from evidencehub.inequality.results import (
    CI_METHODS,
    BlockResult,
    IntervalMethod,
    MeasureResult,
    allocate_result,
    apply_intervals,
    set_simulated_intervals,
)
from evidencehub.inequality.simulated_limits import draw_noise, simulate_limits
from evidencehub.inequality.strata import (
    MISSING_REASON_TEXTS,
    Bools,
    CodeArray,
    Floats,
    MissingReason,
    Strata,
)
from evidencehub.inequality.transformed_slope import SlopeModel
from evidencehub.inequality.who_measures import MEASURES
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

MAX_SIMULATED_VALUES = 80_000
"""Simulated figures held in memory at once: arrays that stay near the processor. Larger ones are
taken from the system anew each time, which costs more than what is computed with them."""


def compute_measure(
    name: str,
    strata: Strata,
    *,
    level: float = 0.95,
    draws: int = 0,
    seed: int = 1,
    as_who: bool = False,
    slope_model: SlopeModel = "",
) -> MeasureResult:
    """One measure of inequality for every stratum.

    `level` is that of the intervals. With `draws` (2,000 is a good number) BGSD, COV and the mean
    distances from the mean and from a reference get an interval by that many simulations
    (`simulated_limits`); without draws they have none.
    Normal errors are added to the figures, nothing is cut off at 0 or at the scale, and the
    mean is taken anew for each draw. The draws depend on `seed`
    alone, so that a stratum's interval is the same whichever others are in the call.

    An interval needs the standard errors of all groups compared; without one the estimate stands.
    ACI, RCI, SII and RII then have the errors of their regression, and `ci_method` says so.

    `as_who` computes as the WHO package does where that is a matter of method: normal limits of
    differences and log-normal ones of ratios, SII and RII weighted by the square of the
    population in whole people, slopes with the errors of their regression, standard errors of PAR
    and PAF from counts, zero figures as 0.000001 in TI and MLD. Its slips of unit are not
    repeated: standard errors are always in the unit of the estimate.

    `slope_model` is another model for SII and RII: a line through the logarithms (“log”) or the
    logits (“logit”) of the figures, as English public health statistics fit it.

    Raises ValueError for an unknown measure, a level outside 0 to 1, or fewer than 2 draws.
    Whatever the figures are, there is an estimate or a reason for its absence.
    """
    results = compute_measures(
        [name], strata, level=level, draws=draws, seed=seed, as_who=as_who, slope_model=slope_model
    )
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
    slope_model: SlopeModel = "",
    with_homogeneity: bool = False,
) -> dict[str, MeasureResult]:
    """Several measures at once, by name; see `compute_measure`. What they share is made once.

    `is_simulated` (S,) says which strata are simulated; without it, all. `with_homogeneity` adds
    a test whether the groups of a stratum differ at all.
    """
    rows = [_get_measure(name) for name in names]
    if draws < 0 or draws == 1:
        raise ValueError(f"“draws” is {draws}. Use 0 for none, or 2 or more; 2000 is good.")
    if is_simulated is None:
        is_simulated = np.full(strata.stratum_count, draws > 0)
    noise = draw_noise(strata.estimate.shape[1], draws if is_simulated.any() else 0, seed)
    options = _Options(level, noise, as_who, slope_model)
    results = {measure.name: allocate_result((strata.stratum_count,)) for measure in rows}
    with np.errstate(all="ignore"):  # what cannot be computed has a reason beside it
        for block_rows in strata.iter_blocks():
            block_input = BlockInput(strata, block_rows, level)
            for measure in rows:
                eligible = select_eligible(block_input, measure)
                result = results[measure.name]
                _compute_block(eligible, measure, is_simulated[block_rows], options).write_to(
                    result, block_rows
                )
                result.group_count[block_rows] = eligible.block.group_count
                result.excluded_count[block_rows] = eligible.excluded_count
                result.is_exploratory[block_rows] = _is_exploratory(eligible.block, measure)
                if with_homogeneity:
                    result.homogeneity_p[block_rows] = eligible.groups.homogeneity_p
    return results


@dataclass(frozen=True)
class _Options:
    """What a caller asks for beside the measures; `noise` are the errors that are simulated."""

    level: float
    noise: Floats
    as_who: bool
    slope_model: SlopeModel


def _compute_block(
    eligible: EligibleBlock, measure: InequalityMeasure, is_simulated: Bools, options: _Options
) -> BlockResult:
    """Return a measure of the strata of a block, with its intervals."""
    formula = transformed_slope.FORMULAS.get(
        (measure.name, options.slope_model), measure.select_formula(as_who=options.as_who)
    )
    interval_method = IntervalMethod(
        z_for_level(options.level),
        measure.null_value == 1,
        measure.select_ci_method(as_who=options.as_who),
        measure.residual_ci_method,
        (-np.inf, np.inf) if options.as_who else measure.possible_range(eligible.block),
    )
    block_result = apply_intervals(
        formula(eligible.block),
        eligible.missing_reason,
        _missing_se_reasons(eligible, measure, is_simulated),
        interval_method,
    )
    _set_simulated_intervals(
        block_result, eligible.block, measure, options.noise, is_simulated, options.level
    )
    return block_result


def _get_measure(name: str) -> InequalityMeasure:
    if name not in MEASURES:
        raise ValueError(f"There is no measure “{name}”. Use one of: {', '.join(MEASURES)}.")
    return MEASURES[name]


def _missing_se_reasons(
    eligible: EligibleBlock, measure: InequalityMeasure, is_simulated: Bools
) -> CodeArray:
    """Why there is no standard error, where there is none."""
    if measure.residual_ci_method:  # a regression does without those of the groups
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
        limits = simulate_limits(block.take_strata(rows), measure.estimator, noise, level)
        set_simulated_intervals(block_result, rows, limits)


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
