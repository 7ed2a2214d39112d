"""Intervals of measures of inequality, many strata at once, and comparisons with a reference."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from evidencehub.inequality.measures import MEASURES, MeasureResult, Strata, compute_measure
from evidencehub.inequality.reference_group import compare_with_reference
from tests.support.sample_strata import make_stratum

NAN, INF = math.nan, math.inf
NAMES = list(MEASURES)
ORDERED = ["aci", "rci", "sii", "rii"]


def why_no_interval(name: str, *, draws: int = 0, **changes) -> str:
    found = compute_measure(name, make_stratum(**changes), draws=draws)
    assert math.isfinite(found.estimate[0])
    assert math.isnan(found.lower[0]) == math.isnan(found.upper[0]) == (found.ci_method[0] == 0)
    return str(found.missing_interval_reason_texts()[0])


def estimate(name: str, **changes) -> float:
    return float(compute_measure(name, make_stratum(**changes)).estimate[0])


SE_NEEDED = [name for name in NAMES if name not in ORDERED]


@pytest.mark.parametrize("name", SE_NEEDED)
def test_without_a_standard_error_the_estimate_stands_without_an_interval(name: str) -> None:
    for se in (None, [NAN, 2, 3, 4]):
        assert why_no_interval(name, se=se, draws=20) == "A group has no standard error."
    for se in ([-1, 2, 3, 4], [INF, 2, 3, 4]):
        assert why_no_interval(name, se=se, draws=20) == (
            "A standard error is negative or infinite, or confidence limits do not hold their value."
        )


@pytest.mark.parametrize("name", ORDERED)
def test_a_regression_has_its_own_errors_only_where_a_group_has_none(name: str) -> None:
    residual = "regression" if name in ("aci", "rci") else "robust"
    for se in (None, [NAN, 2, 3, 4]):
        assert compute_measure(name, make_stratum(se=se)).ci_method_names()[0] == residual
    propagated = "analytic" if name == "aci" else "delta"
    for draws in (0, 20):
        found = compute_measure(name, make_stratum(), draws=draws)
        assert found.ci_method_names()[0] == propagated
    larger = compute_measure(name, make_stratum(se=[2, 4, 6, 8]))
    assert larger.se[0] == pytest.approx(2 * compute_measure(name, make_stratum()).se[0])


def test_the_two_groups_compared_need_a_standard_error_and_the_others_do_not() -> None:
    assert why_no_interval("d", se=[1, NAN, NAN, 4]) == ""


def test_no_interval_is_invented_where_none_was_simulated() -> None:
    assert why_no_interval("mdmw") == (
        "The interval of this measure needs a simulation, and no draws were asked for."
    )
    assert why_no_interval("mdmw", draws=20) == ""


@pytest.mark.parametrize("name", ["par", "paf"])
def test_a_top_group_worse_than_the_mean_leaves_nothing_to_gain(name: str) -> None:
    worse = {"estimate": [60, 40, 20, 10]}
    assert estimate(name, **worse) == 0
    found = compute_measure(name, make_stratum(**worse))
    assert (found.lower[0], found.upper[0]) == (0, 0)
    unsure = compute_measure(name, make_stratum(**worse, se=[1, 2, 3, 20]))
    assert unsure.lower[0] == 0
    assert 0 < unsure.upper[0] < 60
    theirs = compute_measure(name, make_stratum(**worse), as_who=True)
    assert theirs.missing_interval_reason_texts()[0] == (
        "The top group is no better than the mean, so the figure is set to zero without an interval."
    )


@pytest.mark.parametrize("name", ["par", "paf"])
def test_errors_from_counts_need_the_scale(name: str) -> None:
    found = compute_measure(name, make_stratum(max_value=NAN), as_who=True)
    assert found.missing_interval_reason_texts()[0] == (
        "The interval needs the scale of the indicator, which is not given."
    )


@pytest.mark.parametrize("name", ["ti", "mld"])
def test_upstream_a_zero_is_a_very_small_number(name: str) -> None:
    zero, small = [0, 20, 40, 60], [1e-6, 20, 40, 60]
    found = compute_measure(name, make_stratum(estimate=zero), as_who=True)
    assert found.estimate[0] == pytest.approx(estimate(name, estimate=small), rel=1e-6)


def test_an_interval_wider_than_numbers_go_is_none() -> None:
    for name, se in (("d", 1.7e308), ("ti", 1e300)):
        assert why_no_interval(name, se=[se, 2, 3, 4], max_value=NAN) == (
            "The interval is not defined for these figures."
        )


def test_a_higher_level_gives_a_wider_interval() -> None:
    narrow, wide = (compute_measure("d", make_stratum(), level=level) for level in (0.95, 0.998))
    assert (narrow.upper[0] - 50) / narrow.se[0] == pytest.approx(1.959964, abs=1e-6)
    assert (wide.upper[0] - 50) / wide.se[0] == pytest.approx(3.090232, abs=1e-6)
    simulated = [
        compute_measure("mdmw", make_stratum(), level=level, draws=2000) for level in (0.8, 0.95)
    ]
    assert simulated[0].upper[0] < simulated[1].upper[0]


def several(size: int) -> Strata:
    rng = np.random.default_rng(3)
    figures = rng.uniform(10, 90, (size, 4))
    figures[rng.random((size, 4)) < 0.1] = NAN
    shape = figures.shape
    return Strata(
        estimate=figures,
        se=rng.uniform(1, 5, shape),
        population=rng.uniform(1, 100, shape),
        rank=np.tile(np.arange(4.0), (size, 1)),
        favourable=rng.random(size) < 0.5,
        reference=rng.integers(0, 4, size),
        max_value=np.where(rng.random(size) < 0.5, 100.0, NAN),
    )


def part_of(whole: Strata, rows: slice) -> Strata:
    """Some of the strata."""
    arrays = {k: v[rows] for k, v in vars(whole).items() if isinstance(v, np.ndarray)}
    return replace(whole, **arrays)


def row(found: MeasureResult, n: int) -> list[object]:
    return [getattr(found, name)[n].item() for name in found.__dataclass_fields__]


@pytest.mark.parametrize("name", NAMES)
def test_a_stratum_gives_the_same_whichever_others_are_with_it(name: str) -> None:
    whole = several(40)
    every = compute_measure(name, whole, draws=30)
    for n in range(40):
        alone = compute_measure(name, part_of(whole, slice(n, n + 1)), draws=30)
        assert row(alone, 0) == pytest.approx(row(every, n), nan_ok=True)


def test_blocks_join_without_a_seam() -> None:
    whole = several(40_000)
    assert len(list(whole.iter_blocks())) == 3
    every = compute_measure("sii", whole)
    last = compute_measure("sii", part_of(whole, slice(-100, None)))
    assert np.allclose(every.estimate[-100:], last.estimate, equal_nan=True)


def test_no_strata_give_no_results() -> None:
    assert compute_measure("ti", part_of(several(3), slice(0)), draws=10).estimate.shape == (0,)


# against the reference group


def test_every_group_against_the_reference() -> None:
    found = compare_with_reference(make_stratum())
    assert found.difference.estimate.tolist() == [[-50, -40, -20, 0]]
    assert found.difference.se[0, :3] == pytest.approx([math.hypot(se, 4) for se in (1, 2, 3)])
    assert found.ratio.estimate[0] == pytest.approx([1 / 6, 1 / 3, 2 / 3, 1])
    assert found.ratio.se[0, 0] == pytest.approx(math.hypot(1 / 10, 4 / 60))
    assert found.difference.upper[0, 0] == pytest.approx(-50 + 1.959964 * math.hypot(1, 4))
    for result in (found.difference, found.ratio):
        assert result.ci_method_names().tolist() == [["mover", "mover", "mover", ""]]
    assert (
        found.ratio.missing_interval_reason_texts()[0, 3] == "This is the reference group itself."
    )


def test_a_group_that_cannot_be_compared_says_why() -> None:
    figures, se = [NAN, 0, 40, 60], [1, 2, NAN, 4]
    found = compare_with_reference(make_stratum(estimate=figures, se=se))
    assert found.ratio.missing_reason_texts()[0].tolist() == [
        "This group has no figure.",
        "",
        "",
        "",
    ]
    assert found.ratio.missing_interval_reason_texts()[0].tolist() == [
        "",
        "",
        "A group has no standard error.",
        "This is the reference group itself.",
    ]
    assert (found.ratio.group_count[0], found.ratio.excluded_count[0]) == (3, 1)
    negative = compare_with_reference(make_stratum(estimate=[-10, 20, 40, 60], max_value=NAN)).ratio
    assert negative.missing_reason_texts()[0].tolist() == [
        "A figure is negative, which a relative measure does not allow.", "", "", "",
    ]  # fmt: skip


def test_a_reference_of_zero_has_differences_and_no_ratios() -> None:
    found = compare_with_reference(make_stratum(reference=0, estimate=[0, 20, 40, 60]))
    assert found.difference.estimate.tolist() == [[0, 20, 40, 60]]
    assert set(found.ratio.missing_reason_texts()[0]) == {"The figure to divide by is zero."}
    assert np.isnan(found.ratio.lower[0, 0])
    assert (found.ratio.lower[0, 1:] > 8).all()  # 20 less its error by an upper limit of 1.96
    assert np.isinf(found.ratio.upper[0, 1:]).all()


@pytest.mark.parametrize(
    ("reference", "reason"),
    [(-1, "No reference group is declared."), (1, "The reference group has no figure.")],
)
def test_nothing_to_compare_with(reference: int, reason: str) -> None:
    found = compare_with_reference(make_stratum(estimate=[10, NAN, 40, 60], reference=reference))
    assert (
        set(found.difference.missing_reason_texts()[0])
        == set(found.ratio.missing_reason_texts()[0])
        == {reason}
    )


# mistakes of the caller


def test_a_caller_is_told_what_to_give() -> None:
    def told(call) -> str:
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text is compared
            call()
        return str(error.value)

    assert told(lambda: compute_measure("gini", make_stratum())) == (
        "There is no measure “gini”. Use one of: d, r, bgv, bgsd, cov, mdmu, mdmw, mdbu, mdbw, "
        "mdru, mdrw, idisu, idisw, ti, mld, par, paf, aci, rci, sii, rii."
    )
    assert told(lambda: compute_measure("d", make_stratum(), level=95)) == (
        "“level” is 95. Use a number between 0 and 1, such as 0.95."
    )
    assert told(lambda: compute_measure("d", make_stratum(), draws=1)) == (
        "“draws” is 1. Use 0 for none, or 2 or more; 2000 is good."
    )
    assert (
        told(lambda: make_stratum(se=[1, 2])) == "“se” has the shape (1, 2), but (1, 4) is needed."
    )
    assert told(lambda: Strata(estimate=np.zeros(3), favourable=np.zeros(3, bool))) == (
        "“estimate” needs two dimensions: strata, and at least one group."
    )
