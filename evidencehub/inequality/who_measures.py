"""The 21 measures of the WHO set: formula, needs, and how the interval of each is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from evidencehub.inequality import attributable, dispersion, gradient, pairwise
from evidencehub.inequality.block import FormulaResult, InequalityMeasure, StrataBlock
from evidencehub.inequality.strata import Floats


def _simulated_measure(
    name: str,
    title: str,
    estimator: Callable[[StrataBlock], Floats],
    **properties: Any,  # those of InequalityMeasure, each with its own type
) -> InequalityMeasure:
    """A measure of dispersion that has no standard error of its own: its limits are simulated."""
    return InequalityMeasure(
        name=name,
        title=title,
        formula=lambda block: FormulaResult(estimator(block)),
        estimator=estimator,
        ci_method="simulation",
        lowest=0,
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
_DIFFERENCE_FROM_BEST = InequalityMeasure(
    name="mdbu",
    title="Mean difference from best (unweighted)",
    formula=dispersion.mean_difference_from_best,
    needs_population="no",
    exploratory_when="always",
    ci_method="mover",
    lowest=0,
)
_ATTRIBUTABLE_RISK = InequalityMeasure(
    name="par",
    title="Population attributable risk",
    formula=attributable.population_attributable_risk,
    who_formula=attributable.population_attributable_risk_who,
    min_groups=2,
    exploratory_when="unless ordered",
    ci_method="mover",
    who_ci_method="delta",
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
        decimals=2,
        null_value=1,
        who_ci_method="log",
    ),
    InequalityMeasure(
        name="bgv",
        title="Between-group variance",
        formula=dispersion.between_group_variance,
        lowest=0,
    ),
    _simulated_measure(
        "bgsd", "Between-group standard deviation", dispersion.estimate_standard_deviation
    ),
    _simulated_measure(
        "cov",
        "Coefficient of variation",
        dispersion.estimate_coefficient_of_variation,
        is_absolute=False,
        decimals=1,
    ),
    _simulated_measure(
        "mdmu",
        "Mean difference from mean (unweighted)",
        partial(dispersion.mean_difference, figure=dispersion.select_mean),
        needs_population="mean",
    ),
    _simulated_measure(
        "mdmw",
        "Mean difference from mean (weighted)",
        partial(dispersion.mean_difference_weighted, figure=dispersion.select_mean),
    ),
    _DIFFERENCE_FROM_BEST,
    replace(
        _DIFFERENCE_FROM_BEST,
        name="mdbw",
        title="Mean difference from best (weighted)",
        formula=dispersion.mean_difference_from_best_weighted,
        needs_population="yes",
    ),
    _simulated_measure(
        "mdru",
        "Mean difference from reference (unweighted)",
        partial(dispersion.mean_difference, figure=dispersion.select_reference),
        needs_population="no",
        needs_reference=True,
    ),
    _simulated_measure(
        "mdrw",
        "Mean difference from reference (weighted)",
        partial(dispersion.mean_difference_weighted, figure=dispersion.select_reference),
        needs_reference=True,
    ),
    _simulated_measure(
        "idisu",
        "Index of disparity (unweighted)",
        partial(dispersion.index_of_disparity, difference=dispersion.mean_difference),
        is_absolute=False,
        decimals=1,
        needs_population="mean",
    ),
    _simulated_measure(
        "idisw",
        "Index of disparity (weighted)",
        partial(dispersion.index_of_disparity, difference=dispersion.mean_difference_weighted),
        is_absolute=False,
        decimals=1,
    ),
    InequalityMeasure(
        name="ti",
        title="Theil index (x1000)",
        formula=dispersion.theil_index,
        who_formula=dispersion.theil_index_who,
        lowest=0,
        is_absolute=False,
        decimals=1,
    ),
    InequalityMeasure(
        name="mld",
        title="Mean log deviation (x1000)",
        formula=dispersion.mean_log_deviation,
        who_formula=dispersion.mean_log_deviation_who,
        lowest=0,
        is_absolute=False,
        decimals=1,
    ),
    _ATTRIBUTABLE_RISK,
    replace(
        _ATTRIBUTABLE_RISK,
        name="paf",
        title="Population attributable fraction",
        formula=attributable.population_attributable_fraction,
        who_formula=attributable.population_attributable_fraction_who,
        is_absolute=False,
        decimals=1,
    ),
    InequalityMeasure(
        name="aci",
        title="Absolute concentration index",
        formula=gradient.absolute_concentration_index,
        who_formula=gradient.absolute_concentration_index_who,
        is_within_scale=True,
        is_ordered=True,
        residual_ci_method="regression",
        who_ci_method="regression",
    ),
    InequalityMeasure(
        name="rci",
        title="Relative concentration index",
        formula=gradient.relative_concentration_index,
        who_formula=gradient.relative_concentration_index_who,
        lowest=-1,
        highest=1,
        is_absolute=False,
        decimals=3,
        is_ordered=True,
        ci_method="delta",
        residual_ci_method="regression",
        who_ci_method="regression",
    ),
    InequalityMeasure(
        name="sii",
        title="Slope index of inequality",
        formula=gradient.slope_index_of_inequality,
        who_formula=gradient.slope_index_of_inequality_who,
        is_within_scale=True,
        is_ordered=True,
        ci_method="delta",
        residual_ci_method="robust",
        who_ci_method="robust",
    ),
    InequalityMeasure(
        name="rii",
        title="Relative index of inequality",
        formula=gradient.relative_index_of_inequality,
        who_formula=gradient.relative_index_of_inequality_who,
        is_absolute=False,
        decimals=2,
        is_ordered=True,
        null_value=1,
        ci_method="delta",
        residual_ci_method="robust",
        who_ci_method="robust",
    ),
)

MEASURES = {row.name: row for row in _WHO_MEASURES}
"""The measures in the order of the WHO set, by name."""
