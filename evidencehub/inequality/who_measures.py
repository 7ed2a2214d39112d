"""The 21 measures of the WHO set: formula, needs, and how the interval of each is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from evidencehub.inequality import attributable, dispersion, gradient, pairwise
from evidencehub.inequality.block import FormulaResult, InequalityMeasure, StrataBlock
from evidencehub.inequality.strata import Floats


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
        who_formula=gradient.absolute_concentration_index_who,
        is_ordered=True,
        residual_ci_method="regression",
        who_ci_method="regression",
    ),
    InequalityMeasure(
        name="rci",
        title="Relative concentration index",
        formula=gradient.relative_concentration_index,
        who_formula=gradient.relative_concentration_index_who,
        is_absolute=False,
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
        is_ordered=True,
        null_value=1,
        ci_method="delta",
        residual_ci_method="robust",
        who_ci_method="robust",
    ),
)

MEASURES = {row.name: row for row in _WHO_MEASURES}
"""The measures in the order of the WHO set, by name."""
