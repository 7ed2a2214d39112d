"""Periods: what a label means, and what can be read in two ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.domain.period import PERIOD_KINDS, parse_period


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
        ("2024-W05", "iso", ("2024-01-29", "2024-02-04")),
        ("2024W05", "iso", ("2024-01-29", "2024-02-04")),
        ("2020-W53", "iso", ("2020-12-28", "2021-01-03")),
        ("2024-W05-7", "iso", ("2024-02-04", "2024-02-04")),
        ("2024-S2", "iso", ("2024-07-01", "2024-12-31")),
        ("2024H1", "iso", ("2024-01-01", "2024-06-30")),
        ("2024-T3", "iso", ("2024-09-01", "2024-12-31")),
        ("2024M01", "iso", ("2024-01-01", "2024-01-31")),
        ("2024-A1", "iso", ("2024-01-01", "2024-12-31")),
        ("2024-D060", "iso", ("2024-02-29", "2024-02-29")),
        ("2024-W01/2024-W04", "iso", ("2024-01-01", "2024-01-28")),
        ("2016 - 18", "years", ("2016-01-01", "2018-12-31")),
        ("2016 to 2018", "years", ("2016-01-01", "2018-12-31")),
        ("2015/16 - 17/18", "financial-year", ("2015-04-01", "2018-03-31")),
        ("2015-16 to 2017-18", "financial-year", ("2015-04-01", "2018-03-31")),
        ("2020/21 Q1", "financial-year", ("2020-04-01", "2020-06-30")),
        ("2020-21 Q4", "financial-year", ("2021-01-01", "2021-03-31")),
        ("Q2 2020/21", "financial-year", ("2020-07-01", "2020-09-30")),
        ("2020/21 H2", "financial-year", ("2020-10-01", "2021-03-31")),
        ("2019-20", "financial-year-july", ("2019-07-01", "2020-06-30")),
        ("FY2020", "financial-year-october", ("2019-10-01", "2020-09-30")),
        ("FY 2019/20", "financial-year", ("2019-04-01", "2020-03-31")),
        ("SFY 2004-2005", "financial-year-july", ("2004-07-01", "2005-06-30")),
        ("FFY 2020", "financial-year-october", ("2019-10-01", "2020-09-30")),
        ("FY2020 Q1", "financial-year-october", ("2019-10-01", "2019-12-31")),
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
        ("2023-W53", "iso"),
        ("2024-W00", "iso"),
        ("2024-S3", "iso"),
        ("2024-M13", "iso"),
        ("2023-D366", "iso"),
        ("FY2020", "iso"),
        ("SFY 2004-2005", "iso"),
        ("XFY 2020", "financial-year"),
        ("2020/21 Q5", "financial-year"),
        ("2020/21 H3", "financial-year"),
        ("2017/18 to 2015/16", "financial-year"),
        ("2015/16 - 17/19", "financial-year"),
        ("2016 Q1", "years"),
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
    for kind in PERIOD_KINDS:
        days = parse_period(text, kind)
        assert days is None or days[0] <= days[1]
