"""Periods: what a label means, and what can be read in two ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.period import parse_period


@pytest.mark.parametrize(
    ("text", "kind", "days"),
    [
        ("2024", "iso", ("2024-01-01", "2024-12-31")),
        ("2024-02", "iso", ("2024-02-01", "2024-02-29")),
        ("2006-12", "iso", ("2006-12-01", "2006-12-31")),
        ("2024-Q1", "iso", ("2024-01-01", "2024-03-31")),
        ("2024Q4", "iso", ("2024-10-01", "2024-12-31")),
        ("2024-04/2025-03", "iso", ("2024-04-01", "2025-03-31")),
        ("2016/2018", "iso", ("2016-01-01", "2018-12-31")),
        ("2024-02-29", "iso", ("2024-02-29", "2024-02-29")),
        ("2019-20", "financial-year", ("2019-04-01", "2020-03-31")),
        ("2019/20", "financial-year", ("2019-04-01", "2020-03-31")),
        ("1999-00", "financial-year", ("1999-04-01", "2000-03-31")),
        ("2019-2020", "school-year", ("2019-09-01", "2020-08-31")),
        ("2019", "financial-year", ("2019-04-01", "2020-03-31")),
        ("2006-12", "years", ("2006-01-01", "2012-12-31")),
        ("2016–18", "years", ("2016-01-01", "2018-12-31")),
    ],
)
def test_a_label_means_its_first_and_last_day(text: str, kind: str, days: tuple[str, str]) -> None:
    assert parse_period(text, kind) == days


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2019-20", "iso"),
        ("2023-13", "iso"),
        ("2023-02-29", "iso"),
        ("2025/2024", "iso"),
        ("0000", "iso"),
        ("24", "iso"),
        ("2024-04-01/", "iso"),
        ("spring 2024", "iso"),
        ("", "iso"),
        ("2019-21", "financial-year"),
        ("2019-13", "school-year"),
    ],
)
def test_a_label_that_is_no_period_or_may_be_two_means_nothing(text: str, kind: str) -> None:
    assert parse_period(text, kind) is None


@given(st.dates(), st.dates())
def test_an_interval_of_days_is_itself(first, last) -> None:
    text = f"{first.isoformat()}/{last.isoformat()}"
    assert parse_period(text) == ((first.isoformat(), last.isoformat()) if first <= last else None)


@given(st.text())
def test_no_text_crashes_and_every_period_is_in_order(text: str) -> None:
    for kind in ("iso", "years", "financial-year", "school-year"):
        days = parse_period(text, kind)
        assert days is None or days[0] <= days[1]
