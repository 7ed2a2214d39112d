"""Standard errors against the spread of simulated figures, and why ours are not the WHO package's."""

from __future__ import annotations

import numpy as np
import pytest

from evidencehub.inequality.measures import MEASURES, Strata, compute_measure
from evidencehub.inequality.reference_group import compare_with_reference
from evidencehub.inequality.simulated_limits import draw_noise
from evidencehub.inequality.table import SIMULATION_DRAWS

DRAWS = 20_000
FIGURES = np.array([4.9, 6.4, 4.1, 3.3, 4.4])  # invented, per 1000, lower is better
ERRORS = np.array([0.31, 0.52, 0.44, 0.08, 0.60])
PEOPLE = np.array([81400.0, 35730.0, 25035.0, 686745.0, 18480.0])


def strata(figures, *, errors=ERRORS, people=PEOPLE, favourable=False, **more) -> Strata:
    figures = np.atleast_2d(figures)
    shape = figures.shape
    return Strata(
        estimate=figures,
        se=np.broadcast_to(errors, shape),
        population=np.broadcast_to(people, shape),
        favourable=np.full(shape[0], favourable),
        **more,
    )


def drawn(figures=FIGURES, errors=ERRORS, **more) -> Strata:
    """Every stratum another draw of the same figures."""
    noise = np.random.default_rng(7).standard_normal((DRAWS, len(figures)))
    return strata(figures + noise * errors, errors=errors, **more)


def spread(name: str, **more) -> float:
    return float(compute_measure(name, drawn(**more)).estimate.std(ddof=1))


def ordered(size: int) -> dict[str, np.ndarray]:
    """The group with the lowest figure is at the top of the order, whatever the figures drawn."""
    return {
        "rank": np.tile([1.0, 2.0, 3.0, 5.0, 4.0], (size, 1)),
        "max_value": np.full(size, 1000.0),
    }


@pytest.mark.parametrize("name", ["d", "bgv", "ti", "mld", "par", "paf"])
def test_a_standard_error_is_the_spread_of_simulated_estimates(name: str) -> None:
    se = compute_measure(name, strata(FIGURES, **ordered(1))).se[0]
    assert se == pytest.approx(spread(name, **ordered(DRAWS)), rel=0.15)


@pytest.mark.parametrize(("name", "times"), [("ti", 1000), ("mld", 1000), ("paf", 100)])
def test_the_who_package_gives_a_standard_error_in_another_unit_than_the_estimate(
    name: str, times: int
) -> None:
    theirs = compute_measure(name, strata(FIGURES, **ordered(1)), as_who=True).se[0] / times
    assert 0.7 * times < spread(name, **ordered(DRAWS)) / theirs < 1.4 * times


def test_the_who_package_takes_counts_for_the_error_of_a_risk() -> None:
    stratum = strata(FIGURES, **ordered(1))
    ours, theirs = (
        compute_measure("par", stratum).se[0],
        compute_measure("par", stratum, as_who=True).se[0],
    )
    assert theirs == pytest.approx(0.0355, abs=5e-4)
    assert ours == pytest.approx(0.0440, abs=5e-4)
    assert spread("par", **ordered(DRAWS)) == pytest.approx(0.0440, rel=0.05)


def test_a_risk_whose_best_group_is_picked_by_the_figures_has_limits_that_allow_for_it() -> None:
    found = compute_measure("par", strata(FIGURES))
    assert spread("par") > 1.5 * found.se[0]
    assert found.upper[0] - found.lower[0] > 1.2 * 2 * 1.96 * found.se[0]
    assert found.is_exploratory[0]


def test_the_ratio_spreads_on_the_scale_of_its_logarithm() -> None:
    logs = np.log(compute_measure("r", drawn(reference=np.full(DRAWS, 3))).estimate)
    assert compute_measure("r", strata(FIGURES, reference=np.array([3]))).se[0] == pytest.approx(
        logs.std(ddof=1), rel=0.15
    )


def test_the_highest_less_the_lowest_of_equal_groups_is_far_from_zero() -> None:
    equal = drawn(np.full(5, 50.0), np.ones(5), people=np.ones(5), reference=np.zeros(DRAWS, int))
    unreferenced = drawn(np.full(5, 50.0), np.ones(5), people=np.ones(5))
    picked = compute_measure("d", unreferenced)
    assert picked.estimate.mean() == pytest.approx(2.33, abs=0.03)
    assert picked.is_exploratory.all()
    best = compute_measure("mdbu", unreferenced)
    assert best.estimate.mean() == pytest.approx(1.16, abs=0.03)
    assert best.is_exploratory.all()
    fixed = compare_with_reference(equal).difference
    assert fixed.estimate[:, 1:].mean() == pytest.approx(0, abs=0.03)
    assert not fixed.is_exploratory.any()


def test_nineteen_in_twenty_intervals_against_the_reference_hold_the_truth() -> None:
    compared = compare_with_reference(drawn(reference=np.full(DRAWS, 3)))
    for found, truth in (
        (compared.difference, FIGURES - FIGURES[3]),
        (compared.ratio, FIGURES / FIGURES[3]),
    ):
        holds = (found.lower <= truth) & (truth <= found.upper)
        assert np.allclose(holds[:, [0, 1, 2, 4]].mean(axis=0), 0.95, atol=0.015)


def test_a_curve_weighted_by_people_misses_by_less_than_one_weighted_by_their_square() -> None:
    people = np.array([1000.0, 300.0, 8000.0, 300.0, 300.0])
    place = (np.cumsum(people) - people / 2) / people.sum()
    truth = 1 / (1 + np.exp(-(-1 + 1.5 * place)))
    counts = np.random.default_rng(7).binomial(people.astype(int), truth, (DRAWS, 5))
    ranks, scale = np.broadcast_to(np.arange(5.0), (DRAWS, 5)), np.full(DRAWS, 100.0)
    stratum = strata(100 * counts / people, people=people, rank=ranks, max_value=scale)
    exact = 100 * (1 / (1 + np.exp(-0.5)) - 1 / (1 + np.exp(1)))
    ours, theirs = (
        compute_measure("sii", stratum, as_who=upstream).estimate for upstream in (False, True)
    )
    assert ours.mean() == pytest.approx(exact, abs=0.1)
    assert theirs.std() / ours.std() > 1.1


@pytest.mark.parametrize("name", ["aci", "rci", "sii", "rii"])
@pytest.mark.parametrize("scale", [np.nan, 1000.0])
def test_an_interval_along_an_order_is_where_the_estimates_drawn_are(
    name: str, scale: float
) -> None:
    errors, few = ERRORS / 2, 4000
    noise = np.random.default_rng(7).standard_normal((few, 5))
    every, single = (
        strata(figures, errors=errors, **ordered(size) | {"max_value": np.full(size, scale)})
        for size, figures in ((few, FIGURES + noise * errors), (1, FIGURES))
    )
    drawn_estimates = compute_measure(name, every).estimate
    found = compute_measure(name, single)
    width = found.upper[0] - found.lower[0]
    assert found.lower[0] == pytest.approx(np.quantile(drawn_estimates, 0.025), abs=0.05 * width)
    assert found.upper[0] == pytest.approx(np.quantile(drawn_estimates, 0.975), abs=0.05 * width)


def test_zero_as_a_very_small_number_makes_the_log_deviation_hang_on_the_unit() -> None:
    share = np.array([0.0, 0.2, 0.4, 0.3, 0.3])
    theirs = [
        compute_measure("mld", strata(share * scale), as_who=True).estimate[0] for scale in (1, 1e5)
    ]
    assert theirs[1] > 1.5 * theirs[0]
    assert compute_measure("mld", strata(share)).missing_reason_texts()[0] == (
        "A figure is zero, and its logarithm does not exist."
    )


SIMULATED = [name for name, row in MEASURES.items() if row.ci_method == "simulation"]
FROM_BEST = ["mdbu", "mdbw", "par", "paf"]
REPEATS = 400


def repeated(figures, errors, people) -> Strata:
    """Strata drawn again and again around the same true figures."""
    noise = np.random.default_rng(11).standard_normal((REPEATS, len(figures)))
    reference = np.zeros(REPEATS, int)
    return strata(figures + noise * errors, errors=errors, people=people, reference=reference)


@pytest.mark.parametrize("name", [*SIMULATED, *FROM_BEST])
def test_groups_that_are_truly_alike_have_an_interval_that_holds_no_inequality(name: str) -> None:
    alike = repeated(np.full(6, 50.0), np.array([1, 2, 3, 1, 2, 3.0]), np.arange(1.0, 7))
    found = compute_measure(name, alike, draws=400)
    assert np.all(found.estimate != 0)
    holds = (found.lower <= 0) & (found.upper >= 0)
    assert 0.93 <= holds.mean() <= 1
    assert found.ci_method.all()


@pytest.mark.parametrize("name", [*SIMULATED, *FROM_BEST])
def test_nineteen_in_twenty_intervals_of_groups_that_differ_hold_the_true_measure(
    name: str,
) -> None:
    figures, errors, people = np.array([50.0, 53, 58, 64]), np.array([1.0, 2, 2, 4]), np.ones(4)
    found = compute_measure(name, repeated(figures, errors, people), draws=400)
    (truth,) = compute_measure(name, strata(figures, people=people, errors=np.ones(4),
                                            reference=np.array([0]))).estimate  # fmt: skip
    assert ((found.lower <= truth) & (truth <= found.upper)).mean() >= 0.93
    assert (np.sign(found.lower) * np.sign(found.upper) >= 0).all()  # never on both sides of 0


@pytest.mark.parametrize("name", SIMULATED)
def test_a_clear_dispersion_has_a_lower_limit_near_that_of_normal_theory(name: str) -> None:
    """Ten standard errors apart, a measure is nearly a weighted sum of the figures."""
    figures, errors = np.array([10.0, 30, 60, 100]), np.ones(4)
    noise = np.random.default_rng(7).standard_normal((DRAWS, 4))
    people, reference = np.array([4.0, 3, 2, 1]), np.zeros(DRAWS, int)
    every = strata(figures + noise, errors=errors, people=people, reference=reference)
    drawn_estimates = compute_measure(name, every).estimate
    single = strata(figures, errors=errors, people=people, reference=reference[:1])
    found = compute_measure(name, single, draws=4000)
    normal = found.estimate[0] - 1.96 * drawn_estimates.std()
    width = found.upper[0] - found.lower[0]
    assert found.lower[0] == pytest.approx(normal, abs=0.06 * width)


def test_the_lower_limit_of_a_distance_from_the_best_is_that_of_a_fixed_group_made_stricter() -> (
    None
):
    """With one group far ahead the choice is clear: a limit as for 4 comparisons at once."""
    figures, errors = np.array([10.0, 50, 50, 50]), np.array([2.0, 0, 0, 0])
    single = strata(figures, errors=errors, people=np.ones(4))
    found = compute_measure("par", single)
    z = 2.497705  # of a tail of 0.025 / 4
    assert (found.estimate[0], found.lower[0], found.upper[0]) == pytest.approx(
        (-30, -30 - 0.75 * 1.959964 * 2, -30 + 0.75 * z * 2), abs=1e-4
    )


@pytest.mark.parametrize("name", SIMULATED)
def test_the_draws_of_a_build_put_the_lower_limit_where_forty_times_as_many_do(name: str) -> None:
    figures, people = np.array([10.0, 15, 29, 22]), np.ones(4)
    single = strata(
        figures, errors=np.array([2.0, 3, 4, 1]), people=people, reference=np.zeros(1, int)
    )
    found, exact = (compute_measure(name, single, draws=n) for n in (SIMULATION_DRAWS, 20_000))
    assert found.lower[0] == pytest.approx(exact.lower[0], abs=0.05 * found.estimate[0])
    assert 0 < exact.lower[0] < found.estimate[0]


def test_the_errors_of_each_group_are_drawn_evenly_and_apart_from_the_others() -> None:
    noise = draw_noise(5, 500, seed=3)
    assert noise.shape == (5, 1, 500)
    assert np.allclose(noise.mean(axis=-1), 0, atol=1e-9)
    assert np.allclose(noise.std(axis=-1), 1, atol=0.01)
    assert np.abs(np.corrcoef(noise[:, 0]) - np.eye(5)).max() < 0.15
    assert (draw_noise(5, 500, seed=3) == noise).all()
    assert not (draw_noise(5, 500, seed=4) == noise).all()


@pytest.mark.parametrize("name", SIMULATED)
def test_many_strata_have_the_limits_that_each_has_alone(name: str) -> None:
    """They are simulated in runs of a few, and only those that stand clear are searched."""
    rng = np.random.default_rng(2)
    figures = 50 + rng.standard_normal((400, 4)) * rng.choice([0.5, 20], (400, 1))
    people, reference = np.array([4.0, 3, 2, 1]), np.zeros(400, int)
    errors = np.array([1.0, 2, 1, 3])
    many = compute_measure(
        name, strata(figures, errors=errors, people=people, reference=reference), draws=200
    )
    for row in (0, 1, 99, 100, 101, 399):
        alone = strata(figures[row], errors=errors, people=people, reference=reference[:1])
        found = compute_measure(name, alone, draws=200)
        assert found.lower[0] == pytest.approx(many.lower[row], rel=1e-9, abs=1e-9)
        assert found.upper[0] == pytest.approx(many.upper[row], rel=1e-9)
    assert (many.lower == 0).any()
    assert (many.lower > 0).any()
