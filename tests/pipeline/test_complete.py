"""What the hub works out where a package leaves it out: marked as the hub's, never in its place."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.columns import Column, HubChunk
from evidencehub.normalise.derive_limits import LimitBasis, derive_limits
from evidencehub.stats import intervals
from tests.support.dataset_builder import BuildWorkspace

LIMITS = "ci_lower, ci_upper, ci_level, derived"
OURS = "ci_lower;ci_upper;ci_level"


def _limits(site: BuildWorkspace) -> list[tuple[object, ...]]:
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    with closing(sqlite3.connect(outcome.build / "hub.db")) as db:
        return db.execute(f"select {LIMITS} from observation order by row").fetchall()


def test_a_rate_with_its_counts_gets_limits_that_are_marked(site: BuildWorkspace) -> None:
    site.dataset().write()
    (first, second) = _limits(site)
    assert first[2:] == second[2:] == (95, OURS)
    # 25 of 2,000 and 10 of 1,000, Byar's limits, for every 1,000 (worked out with scipy)
    assert first[:2] == pytest.approx((8.0870, 18.4532), abs=5e-4)
    assert second[:2] == pytest.approx((4.78745, 18.39146), abs=5e-5)


def test_what_the_publisher_says_stays(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"][0] |= {"ci_lower": "8.1", "ci_upper": "18.4"}
    toys.write()
    assert _limits(site)[0] == (8.1, 18.4, None, "")


@pytest.mark.parametrize(
    "change",
    [
        {"standardisation": "Standardised to the population of 2011."},
        {"value_type": "ratio"},
        {"standardisation": "not stated"},
    ],
)
def test_other_than_crude_figures_get_no_limits(
    site: BuildWorkspace, change: dict[str, str]
) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= change
    toys.write()
    assert {row[3] for row in _limits(site)} == {""}


def test_the_level_is_the_one_that_the_indicator_names(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0]["ci_level"] = "99.8"
    toys.field_overrides["indicators"] = {"ci_level": {"type": "number"}}
    toys.write()
    (first, _) = _limits(site)
    wide = intervals.rate_limits(25, 2000, 0.998)
    assert first[:2] == pytest.approx((wide.lower * 1000, wide.upper * 1000), rel=1e-5)


def test_the_flat_file_names_what_is_derived(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"][1] |= {"numerator": "", "denominator": ""}
    toys.write()
    outcome = site.build()
    assert outcome.build is not None
    text = (outcome.build / "files/toy-repairs/1.0.0/toy-repairs.csv").read_text("utf-8")
    assert [row["derived"] for row in csv.DictReader(io.StringIO(text))] == [OURS, ""]


_KINDS = {
    "rate": LimitBasis("rate", 1000.0, None),
    "share": LimitBasis("percentage", 100.0, 90.0),
    "mean": LimitBasis("mean", 1.0, None),
}
_CELLS = st.one_of(st.none(), st.floats(0, 2000), st.integers(0, 50))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["rate", "share", "mean", "other"]),
            *[_CELLS] * 6,
            st.sampled_from(["", "deprivation"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_nothing_that_was_said_changes_and_limits_hold_their_figure(
    rows: list[tuple[object, ...]],
) -> None:
    names = (
        "indicator", "value", "ci_lower", "ci_upper", "numerator", "denominator", "se",
        "adjustment",
    )  # fmt: skip
    told = {
        name: Column(list(cells))
        for name, cells in zip(names, zip(*rows, strict=True), strict=True)
    }
    nothing = {name: Column([None] * len(rows)) for name in ("comparator", "ci_level")}
    chunk = HubChunk("observations", "a.csv", range(2, len(rows) + 2), told | nothing, {})
    made = derive_limits(chunk, _KINDS)
    for name in names:
        for before, after in zip(chunk.columns[name], made.columns[name], strict=True):
            assert before is None or after == before
    marks = list(made.columns.get("derived", Column([""] * len(rows))))
    for row, mark in enumerate(marks):
        cells = {name: list(made.columns[name])[row] for name in names}
        if mark:
            assert cells["ci_lower"] <= cells["value"] <= cells["ci_upper"]
        else:
            assert [cells[n] for n in names[1:4]] == [list(told[n])[row] for n in names[1:4]]


def test_a_mean_with_its_standard_error_and_size_gets_students_limits(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0] |= {"value_type": "mean", "scale": "1", "unit": "count"}
    toys.tables["observations"] = [
        toys.build_observation(ethnicity="A", value="12.5", denominator="9") | {"se": "0.75"},
        toys.build_observation(ethnicity="B", value="12.5", denominator="1") | {"se": "0.75"},
        toys.build_observation(ethnicity="_U", value="12.5") | {"se": "0.75"},
    ]
    toys.write()
    first, *others = _limits(site)
    # t with 8 degrees of freedom is 2.306004 at 95 %
    assert first[:2] == pytest.approx((12.5 - 1.729503, 12.5 + 1.729503), abs=1e-4)
    assert first[2:] == (95, OURS)
    assert others == [(None, None, None, "")] * 2


def test_a_ratio_of_observed_to_expected_gets_limits(site: BuildWorkspace) -> None:
    toys = site.dataset()
    change = {"value_type": "ratio", "scale": "100", "standardisation": "Indirect: ages of 2011."}
    toys.tables["indicators"][0] |= change
    toys.tables["observations"] = [
        toys.build_observation(ethnicity="A", value="125.0", numerator="25", denominator="20")
    ]
    toys.write()
    ((lower, upper, *rest),) = _limits(site)
    assert (lower, upper) == pytest.approx((80.870, 184.532), abs=5e-3)  # Byar's of 25, by 20
    assert rest == [95, OURS]
