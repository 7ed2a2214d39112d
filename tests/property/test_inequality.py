"""What holds for measures of inequality whatever the figures are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evidencehub.inequality.measures import (
    MEASURES,
    MeasureResult,
    MissingReason,
    Strata,
    compute_measure,
)
from evidencehub.inequality.reference_group import compare_with_reference
from tests.support import reference_inequality as slow
from tests.support.reference_inequality import ReferenceGroup, ReferenceStratum

NAMES = list(MEASURES)
FEW = settings(max_examples=25, deadline=None)  # for each of 21 measures
MANY = settings(max_examples=300, deadline=None)

figures = st.integers(10, 990).map(lambda tenths: tenths / 10)
groups = st.builds(
    ReferenceGroup,
    value=figures,
    se=st.integers(1, 300).map(lambda hundredths: hundredths / 100),
    population=st.integers(1, 100_000).map(float),
)
strata = st.builds(
    ReferenceStratum,
    groups=st.lists(groups, min_size=3, max_size=7, unique_by=lambda g: g.value).map(tuple),
    favourable=st.booleans(),
    ordered=st.booleans(),
    reference=st.sampled_from([None, 0, 1, 2]),
    scale=st.sampled_from([None, 100.0]),
)


def taken(name: str, stratum: ReferenceStratum) -> ReferenceStratum:
    """The stratum with what the measure needs."""
    if name in ("mdru", "mdrw") and stratum.reference is None:
        stratum = ReferenceStratum(**{**vars(stratum), "reference": 0})
    if MEASURES[name].is_ordered:
        stratum = ReferenceStratum(**{**vars(stratum), "ordered": True})
    return stratum


def as_strata(
    stratum: ReferenceStratum, *, order: list[int] | None = None, times: float = 1.0
) -> Strata:
    """The hub's input for one stratum, its columns in another order, its figures multiplied."""
    columns = order or list(range(len(stratum.groups)))
    chosen = [stratum.groups[n] for n in columns]
    reference = -1 if stratum.reference is None else columns.index(stratum.reference)
    scale = math.nan if stratum.scale is None else stratum.scale * times
    return Strata(
        estimate=np.array([[group.value * times for group in chosen]]),
        se=np.array([[group.se * times for group in chosen]]),
        population=np.array([[group.population for group in chosen]]),
        rank=np.array([columns], float) if stratum.ordered else None,
        favourable=np.array([stratum.favourable]),
        reference=np.array([reference]),
        max_value=np.array([scale]),
    )


def same(
    one: MeasureResult, other: MeasureResult, *, times: float = 1.0, rel: float = 1e-6
) -> None:
    for name in ("estimate", "lower", "upper"):
        found, wanted = getattr(one, name)[0], getattr(other, name)[0] * times
        assert found == pytest.approx(wanted, rel=rel, abs=rel, nan_ok=True), name
    assert (one.missing_reason[0], one.ci_method[0]) == (
        other.missing_reason[0],
        other.ci_method[0],
    )


@FEW
@pytest.mark.parametrize("name", NAMES)
@given(stratum=strata)
def test_a_measure_is_that_of_the_slow_and_obvious_way(
    name: str, stratum: ReferenceStratum
) -> None:
    stratum = taken(name, stratum)
    found = compute_measure(name, as_strata(stratum))
    if found.missing_reason_texts()[0] in (
        "The fitted line falls to zero or below.",
        "No curve of the model fits these figures.",
    ):
        return
    estimate, se = slow.MEASURES[name](stratum)
    assert found.missing_reason[0] == 0
    assert found.estimate[0] == pytest.approx(estimate, rel=1e-9, abs=1e-9)
    if se is not None and found.ci_method[0]:
        assert found.se[0] == pytest.approx(se, rel=1e-4, abs=1e-5)


@FEW
@pytest.mark.parametrize("name", list(slow.RESIDUAL_MEASURES))
@given(stratum=strata)
def test_without_errors_of_the_figures_a_slope_has_those_of_its_regression(
    name: str, stratum: ReferenceStratum
) -> None:
    stratum = taken(name, stratum)
    found = compute_measure(name, replace(as_strata(stratum), se=None))
    assume(found.ci_method[0])
    assert found.ci_method_names()[0] == MEASURES[name].residual_ci_method
    estimate, se = slow.RESIDUAL_MEASURES[name](stratum)
    assert found.estimate[0] == pytest.approx(estimate, rel=1e-9, abs=1e-9)
    assert found.se[0] == pytest.approx(se, rel=1e-4, abs=1e-5)


@FEW
@pytest.mark.parametrize("name", NAMES)
@given(stratum=strata)
def test_an_interval_contains_its_estimate(name: str, stratum: ReferenceStratum) -> None:
    found = compute_measure(name, as_strata(taken(name, stratum)), draws=50)
    if found.ci_method[0]:
        assert found.lower[0] <= found.estimate[0] <= found.upper[0]
    else:
        assert found.missing_reason[0] or found.missing_interval_reason[0]


@FEW
@pytest.mark.parametrize("name", NAMES)
@given(stratum=strata, data=st.data())
def test_the_order_of_the_columns_changes_nothing(
    name: str, stratum: ReferenceStratum, data: st.DataObject
) -> None:
    stratum = taken(name, stratum)
    order = data.draw(st.permutations(range(len(stratum.groups))))
    same(
        compute_measure(name, as_strata(stratum, order=order)),
        compute_measure(name, as_strata(stratum)),
    )


@FEW
@pytest.mark.parametrize("name", NAMES)
@given(stratum=strata, times=st.sampled_from([0.01, 10.0, 1000.0]))
def test_another_unit_scales_an_absolute_measure_and_leaves_a_relative_one(
    name: str, stratum: ReferenceStratum, times: float
) -> None:
    stratum = taken(name, stratum)
    factor = {"bgv": times**2}.get(name, times if MEASURES[name].is_absolute else 1.0)
    same(
        compute_measure(name, as_strata(stratum, times=times)),
        compute_measure(name, as_strata(stratum)),
        times=factor,
    )


@FEW
@pytest.mark.parametrize("name", NAMES)
@given(
    stratum=strata, figure=figures, size=st.integers(3, 7), people=st.sampled_from([1.0, 3.0, 7.0])
)
def test_equal_groups_give_no_inequality(
    name: str, stratum: ReferenceStratum, figure: float, size: int, people: float
) -> None:
    equal = tuple(ReferenceGroup(figure, 1.0 + n, people + n) for n in range(size))
    stratum = taken(name, ReferenceStratum(**{**vars(stratum), "groups": equal}))
    found = compute_measure(name, as_strata(stratum))
    assert found.missing_reason[0] == 0
    assert found.estimate[0] == MEASURES[name].null_value


@FEW
@given(stratum=strata)
def test_turning_the_direction_turns_the_sign_of_an_ordered_difference(
    stratum: ReferenceStratum,
) -> None:
    one = ReferenceStratum(**{**vars(stratum), "ordered": True, "favourable": True})
    other = ReferenceStratum(**{**vars(one), "favourable": False})
    difference = compute_measure("d", as_strata(one)), compute_measure("d", as_strata(other))
    ratio = compute_measure("r", as_strata(one)), compute_measure("r", as_strata(other))
    assert difference[0].estimate[0] == -difference[1].estimate[0]
    assert difference[0].se[0] == difference[1].se[0]
    assert difference[0].lower[0] == -difference[1].upper[0]
    assert ratio[0].estimate[0] * ratio[1].estimate[0] == pytest.approx(1)
    assert np.isinf(ratio[1].upper[0]) == (ratio[0].lower[0] == 0)
    if ratio[0].lower[0] > 0:
        assert ratio[0].lower[0] * ratio[1].upper[0] == pytest.approx(1)


@FEW
@pytest.mark.parametrize("name", ["par", "d", "sii", "aci", "mdbw"])
@given(stratum=strata)
def test_what_is_not_reached_shows_the_same_inequality_with_the_other_sign(
    name: str, stratum: ReferenceStratum
) -> None:
    """82 % reached, more is better, is 18 % not reached, less is better."""
    stratum = taken(name, ReferenceStratum(**{**vars(stratum), "scale": 100.0}))
    rest = tuple(ReferenceGroup(100 - g.value, g.se, g.population) for g in stratum.groups)
    turned = ReferenceStratum(
        **{**vars(stratum), "groups": rest, "favourable": not stratum.favourable}
    )
    one, other = compute_measure(name, as_strata(stratum)), compute_measure(name, as_strata(turned))
    assume(not one.missing_reason[0])
    sign = 1 if name in ("d", "mdbw") else -1
    assert other.estimate[0] == pytest.approx(sign * one.estimate[0], rel=1e-6, abs=1e-9)


@FEW
@given(stratum=strata)
def test_two_groups_compared_either_way_give_ratios_whose_product_is_one(
    stratum: ReferenceStratum,
) -> None:
    size = len(stratum.groups)
    every = [ReferenceStratum(**{**vars(stratum), "reference": n}) for n in range(size)]
    against = [compare_with_reference(as_strata(one)) for one in every]
    for a in range(size):
        for b in range(size):
            there, back = against[a].ratio.estimate[0, b], against[b].ratio.estimate[0, a]
            assert there * back == pytest.approx(1)
            there, back = against[a].difference.estimate[0, b], against[b].difference.estimate[0, a]
            assert there == -back


odd = st.one_of(
    st.sampled_from(
        [0.0, -1.0, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 1e-300, 50.0]
    ),
    st.floats(),
)


@MANY
@given(
    name=st.sampled_from(NAMES),
    cells=st.lists(st.tuples(odd, odd, odd, odd), min_size=1, max_size=4),
    favourable=st.booleans(),
    reference=st.integers(-3, 5),
    average=odd,
    scale=odd,
    upstream=st.booleans(),
)
def test_whatever_comes_in_there_is_an_estimate_or_a_reason(
    name: str,
    cells: list[tuple[float, float, float, float]],
    favourable: bool,
    reference: int,
    average: float,
    scale: float,
    upstream: bool,
) -> None:
    figure, se, people, rank = (np.array([column]) for column in zip(*cells, strict=True))
    every = Strata(
        estimate=figure,
        se=se,
        population=people,
        rank=rank,
        favourable=np.array([favourable]),
        reference=np.array([reference]),
        published_average=np.array([average]),
        max_value=np.array([scale]),
    )
    compared = compare_with_reference(every)
    found = compute_measure(name, every, draws=20, as_who=upstream)
    for one in (found, compared.difference, compared.ratio):
        assert np.array_equal(np.isfinite(one.estimate), one.missing_reason == 0)
        assert np.array_equal(np.isfinite(one.lower) & ~np.isnan(one.upper), one.ci_method != 0)
        assert np.array_equal(
            np.isfinite(one.estimate) & np.isfinite(one.upper),
            (one.missing_reason == 0) & (one.missing_interval_reason == 0),
        )
        is_alone = np.isnan(one.estimate) & (one.ci_method != 0)
        assert set(one.missing_reason[is_alone]) <= {MissingReason.ZERO_DENOMINATOR}
        assert not (one.lower > one.upper).any()
