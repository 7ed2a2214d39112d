"""Slope indices against the workbook of English public health statistics, and at their edges.

That package draws 100,000 times where ours takes the delta method, so its limits are compared
with a tolerance in widths of the interval.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest

from evidencehub.inequality.measures import MeasureResult, Strata, compute_measure
from evidencehub.inequality.transformed_slope import SlopeModel
from tests.support import upstream_vectors
from tests.support.sample_strata import make_stratum

Rows = list[dict[str, str]]
SLOPE_FILE = ("PHEindicatormethods", "SII__testdata_SII.csv")
ESTIMATES = ("sii", "rii")


def read_cases() -> Iterator[tuple[str, Rows, dict[str, str]]]:
    """Each set of ordered groups that has results, with the row that holds them."""
    sets: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in upstream_vectors.read_vector_rows(*SLOPE_FILE):
        sets[row["TestDescription"], row["Area"]].append(row)
    for (description, _), rows in sets.items():
        if results := next((row for row in rows if row["sii"]), None):
            yield description, rows, results


def select_model(description: str) -> SlopeModel:
    return "log" if "log transform" in description else "logit" if "logit" in description else ""


def build_strata(rows: Rows, model: SlopeModel) -> Strata:
    value, lower, upper, people, rank = (
        np.array([[float(row[name] or "nan") for row in rows]])
        for name in ("Value", "LowerCL", "UpperCL", "Population", "Quantile")
    )
    return Strata(
        estimate=value,
        se=(upper - lower) / (2 * 1.959964),
        lower=lower,
        upper=upper,
        population=people,
        rank=rank,
        favourable=np.array([True]),
        max_value=np.array([1.0]) if model == "logit" else None,
    )


def multiply(name: str, found: MeasureResult, factor: float) -> list[float]:
    """Estimate and limits as the workbook gives them; a negative factor turns the order round."""
    numbers = [found.estimate[0], found.lower[0], found.upper[0]]
    numbers = [numbers[0], *numbers[:0:-1]] if factor < 0 else numbers
    if name == "sii":
        return [factor * number for number in numbers]
    return [1 / number for number in numbers] if factor < 0 else numbers


def factor_of(description: str) -> float:
    if "(x 100)" in description:
        return 100.0
    if "(x -100)" in description:
        return -100.0
    return -1.0 if "negative multiplier" in description else 1.0


def levels_of(description: str, results: dict[str, str]) -> list[float]:
    if "95% and 98%" in description or "(95 and 98)" in description:
        return [0.95, 0.98]
    if "98%" in description:
        return [0.98]
    if "multiple CIs" in description:
        return [0.95, 0.99]
    return [float(results["Confidence"]) / 100]


def test_the_workbook_of_slope_indices_with_lines_logarithms_and_logits() -> None:
    compared, models = 0, set()
    for description, rows, results in read_cases():
        model, factor = select_model(description), factor_of(description)
        for position, level in enumerate(levels_of(description, results), start=1):
            for name in ESTIMATES:
                if not results[name]:
                    continue
                strata = build_strata(rows, model)
                found = compute_measure(name, strata, level=level, slope_model=model)
                estimate, *limits = multiply(name, found, factor)
                assert estimate == pytest.approx(float(results[name]), rel=1e-9), description
                if not results[f"{name}_lowercl_{position}"]:
                    continue
                expected = [
                    float(results[f"{name}_{end}cl_{position}"]) for end in ("lower", "upper")
                ]
                width = expected[1] - expected[0]
                assert limits == pytest.approx(expected, abs=0.04 * width), description
                compared += 1
                models.add(model)
    assert (compared, models) == (92, {"", "log", "logit"})


def why(name: str, model: SlopeModel, **changes) -> str:
    found = compute_measure(name, make_stratum(**changes), slope_model=model)
    assert math.isnan(found.estimate[0]) == bool(found.missing_reason[0])
    return str(found.missing_reason_texts()[0])


@pytest.mark.parametrize("name", ESTIMATES)
def test_figures_without_a_logarithm_or_a_logit_say_why(name: str) -> None:
    zero, whole = [0, 20, 40, 60], [10, 20, 40, 100]
    no_logarithm = "A figure is zero, and its logarithm does not exist."
    assert why(name, "log", estimate=zero) == no_logarithm
    assert why(name, "logit", estimate=zero) == no_logarithm
    assert why(name, "logit", estimate=whole) == "No curve of the model fits these figures."
    assert why(name, "log", estimate=whole) == ""
    assert why(name, "logit", max_value=math.nan) == ("The scale is not a number above zero.")


@pytest.mark.parametrize("model", ["log", "logit"])
def test_without_limits_the_errors_of_logarithms_follow_from_the_standard_errors(
    model: SlopeModel,
) -> None:
    found = compute_measure("rii", make_stratum(), slope_model=model)
    assert found.ci_method_names()[0] == "delta"
    without = compute_measure("rii", make_stratum(se=None), slope_model=model)
    assert without.ci_method_names()[0] == "robust"
    assert without.estimate[0] == found.estimate[0]
