"""The test whether groups differ at all, and the distribution that it is read from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evidencehub.inequality.measures import MEASURES, compute_measures
from evidencehub.stats.chi_square import chi_square_tail
from tests.support.sample_strata import make_stratum

NAN = math.nan


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 18, 19, 200])
def test_the_tail_of_chi_square_is_that_of_scipy_to_the_far_end(freedom: int) -> None:
    statistic = np.array([0, 1e-9, 0.3, 2.0, freedom, 40, 300, 1400])
    expected = stats.chi2.sf(statistic, freedom)
    assert chi_square_tail(statistic, freedom) == pytest.approx(expected, rel=1e-9)


def test_degrees_of_freedom_may_differ_and_what_is_not_defined_is_unknown() -> None:
    found = chi_square_tail([3.0, 3.0, -1.0, 3.0, NAN, math.inf], [1, 2, 1, 0, 1, 3])
    assert found[:2] == pytest.approx(stats.chi2.sf(3.0, [1, 2]))
    assert np.isnan(found[2:5]).all()
    assert found[5] == 0


def p_value(name: str = "mdmu", **changes) -> float:
    results = compute_measures([name], make_stratum(**changes), with_homogeneity=True)
    return float(results[name].homogeneity_p[0])


def test_the_p_value_is_that_of_cochran_s_q() -> None:
    figures, errors = np.array([10.0, 12, 13, 11]), np.array([1.0, 2, 2, 1])
    weight = 1 / errors**2
    mean = (weight * figures).sum() / weight.sum()
    statistic = (weight * (figures - mean) ** 2).sum()
    found = p_value(estimate=figures.tolist(), se=errors.tolist(), max_value=NAN)
    assert found == pytest.approx(stats.chi2.sf(statistic, 3))


def test_equal_figures_give_no_reason_to_doubt_and_far_ones_every_reason() -> None:
    assert p_value(estimate=[30, 30, 30, 30]) == 1
    assert 0 < p_value(estimate=[10, 20, 40, 90]) < 1e-90


@pytest.mark.parametrize("se", [None, [1, 2, NAN, 4], [1, 2, 3, 0]])
def test_without_an_error_of_every_group_there_is_no_test(se: list[float] | None) -> None:
    assert math.isnan(p_value(se=se))


def test_only_groups_that_count_are_tested() -> None:
    left_out = {"population": [100, 200, 300, NAN], "se": [1, 2, 3, 4]}
    assert p_value("mdmw", **left_out) == pytest.approx(
        p_value("mdmu", is_listed=[True, True, True, False], **left_out)
    )
    assert p_value("mdbu", **left_out) != p_value("mdbw", **left_out)


def test_it_is_computed_only_where_it_is_asked_for() -> None:
    found = compute_measures(list(MEASURES), make_stratum())
    assert all(np.isnan(result.homogeneity_p).all() for result in found.values())


def test_a_count_of_nobody_is_no_evidence_beyond_its_own_limits() -> None:
    """0, 3 and 30 events of 10,000, 10,000 and 100,000: alike as far as anybody can tell."""
    figures, lower, upper = [0, 30, 30.0], [0, 6.2, 20.2], [36.9, 87.7, 42.8]
    people = {"population": [1, 1, 10], "rank": None, "reference": None, "max_value": NAN}
    stratum = make_stratum(
        estimate=figures, se=[9.4, 17.3, 5.5], lower=lower, upper=upper, **people
    )
    found = compute_measures(["mdmu"], stratum, with_homogeneity=True)["mdmu"]
    symmetric = p_value(estimate=figures, se=[9.4, 17.3, 5.5], **people)
    assert symmetric < 0.05
    assert found.homogeneity_p[0] > 0.1
