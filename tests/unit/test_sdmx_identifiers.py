"""Identifiers and time periods of SDMX: what is written so is read back, and nothing else is."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.protocols.sdmx.components import name_other_lists
from evidencehub.protocols.sdmx.identifiers import (
    decode_id,
    encode_code,
    encode_id,
    encode_name,
    name_own_list,
    split_own_list,
)
from evidencehub.protocols.sdmx.time_periods import format_period, parse_time_period

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
ID = re.compile(r"[A-Za-z0-9_@$-]+")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@given(TEXTS)
def test_every_code_is_an_identifier_and_is_read_back(text: str) -> None:
    assert ID.fullmatch(encode_id(text))
    assert decode_id(encode_id(text)) == text


@given(TEXTS, TEXTS)
def test_no_two_codes_or_names_become_one(one: str, other: str) -> None:
    assert NAME.fullmatch(encode_name(one))
    assert (encode_id(one) == encode_id(other)) == (one == other)
    assert (encode_name(one) == encode_name(other)) == (one == other)
    codes = [encode_code(code, is_optional=True) for code in (one, other, "", "_Z")]
    assert len(set(codes)) == len({one, other, "", "_Z"})


@given(TEXTS, st.sampled_from(["REF_AREA", "A_B", "COMPARATOR"]))
def test_a_list_of_one_dataflow_is_told_from_those_of_the_hub(text: str, dimension: str) -> None:
    flow = encode_name(text)
    assert split_own_list(name_own_list(flow, dimension)) == flow
    assert split_own_list(flow) == ""


@given(st.sets(st.text("ab-_.1", min_size=1, max_size=4), max_size=8))
def test_dimensions_for_further_lists_have_names_of_their_own(lists: set[str]) -> None:
    names = name_other_lists(lists, {"SEX", "A"})
    assert len(set(names.values())) == len(lists)
    assert not {"SEX", "A"} & set(names.values())
    assert all(NAME.fullmatch(name) for name in names.values())


@given(DAYS, st.integers(0, 6_000))
def test_the_days_of_a_value_are_read_back_from_its_period(first: date, length: int) -> None:
    span = first.isoformat(), (first + timedelta(days=length)).isoformat()
    assert parse_time_period(format_period(*span)) == span


@pytest.mark.parametrize(
    ("start", "end", "period"),
    [
        ("2020-01-01", "2020-12-31", "2020"),
        ("2020-02-01", "2020-02-29", "2020-02"),
        ("2020-02-29", "2020-02-29", "2020-02-29"),
        ("2020-01-01", "2020-03-31", "2020-01-01/P3M"),
        ("2020-04-01", "2021-03-31", "2020-04-01/P1Y"),
        ("2015-01-01", "2017-12-31", "2015-01-01/P3Y"),
        ("2021-04-14", "2021-10-11", "2021-04-14/P181D"),
    ],
)
def test_a_period_is_written_as_exactly_what_it_is(start: str, end: str, period: str) -> None:
    assert format_period(start, end) == period


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2021-Q2", ("2021-04-01", "2021-06-30")),
        ("2021-S2", ("2021-07-01", "2021-12-31")),
        ("2021-T1", ("2021-01-01", "2021-04-30")),
        ("2021-A1", ("2021-01-01", "2021-12-31")),
        ("2021-M02", ("2021-02-01", "2021-02-28")),
        ("2020-W53", ("2020-12-28", "2021-01-03")),
        ("2020-D366", ("2020-12-31", "2020-12-31")),
        ("2020-05-06T10:00:00Z", ("2020-05-06", "2020-05-06")),
        *((text, None) for text in (
            "2021-Q5", "2021-D366", "2021-W54", "2021-13", "2021-02-30", "2021-01-31/P1M",
            "2021-01-01/P", "2021-01-01/P0D", "2021/2022", "9999-12-31/P9999Y", "soon", "",
        )),
    ],
)  # fmt: skip
def test_what_a_request_names_is_a_period_or_refused(
    text: str, span: tuple[str, str] | None
) -> None:
    assert parse_time_period(text) == span
