"""How numbers, days and periods are told, and what a language of the pages is."""

from __future__ import annotations

import gettext
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidencehub.errors import HubError
from evidencehub.messages import language

ENGLISH = language.load_language("en")


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (228.0, 0, "228"),
        (228.0, None, "228"),
        (12.67, 2, "12.67"),
        (12.6, 2, "12.60"),
        (1234567.0, 0, "1,234,567"),
        (2235159.0, None, "2,235,159"),
        (-3.5, 1, "−3.5"),
        (0.00012, None, "0.00012"),
        (0.0, 1, "0.0"),
        (4.25, 1, "4.3"),
        (2.675, 2, "2.68"),
        (-0.04, 1, "0.0"),
        (None, 1, ""),
    ],
)
def test_a_number_is_told_as_it_was_published(value, decimals, words) -> None:
    assert ENGLISH.format_number(value, decimals) == words


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 6))
def test_a_number_reads_back_within_its_decimals(value: float, decimals: int) -> None:
    told = ENGLISH.format_number(value, decimals).replace(",", "").replace("−", "-")
    assert math.isclose(float(told), value, abs_tol=0.5000001 * 10**-decimals, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2021-01-01", "2021-12-31", "2021"),
        ("2021-01-01", "2023-12-31", "2021 to 2023"),
        ("2021-04-01", "2022-03-31", "April 2021 to March 2022"),
        ("2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02-01", "2023-02-28", "February 2023"),
        ("2021-06-07", "2021-06-07", "7 June 2021"),
        ("2021-06-07", "2021-07-01", "7 June 2021 to 1 July 2021"),
        ("2022", None, "2022"),
        (None, None, ""),
    ],
)
def test_a_period_is_told_in_words(start, end, words) -> None:
    assert ENGLISH.format_period(start, end) == words
    if start and end:
        assert ENGLISH.has_two_ends(start, end) == (" to " in words)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2021-01-01", "2021-12-31", "2021"),
        ("2022-04-01", "2023-03-31", "2022/23"),
        ("1999-04-01", "2000-03-31", "1999/2000"),
        ("2016-01-01", "2018-12-31", "2016–18"),
        ("1998-01-01", "2002-12-31", "1998–2002"),
        ("1915-01-01", "2013-12-31", "1915–2013"),
        ("2021-07-01", "2021-09-30", "July 2021 to September 2021"),
    ],
)
def test_an_axis_tells_a_period_shortly_and_never_in_the_wrong_century(
    start: str, end: str, words: str
) -> None:
    assert ENGLISH.format_short_period(start, end) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2021-06-07", "7 June 2021"),
        ("2022-02", "February 2022"),
        ("2022", "2022"),
        (None, ""),
        ("2026-11-23T00:00:00Z", "23 November 2026"),
    ],
)
def test_a_day_is_told_as_exactly_as_it_is_known(text, words) -> None:
    assert ENGLISH.format_date(text) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(None, ""), (0, "1 kB"), (1_999, "2 kB"), (999_400, "999 kB"), (1_540_000, "1.5 MB")],
)
def test_a_size_is_told_as_people_read_it(count: int | None, words: str) -> None:
    assert ENGLISH.format_size(count) == words


def test_the_made_up_languages_mark_every_text_and_keep_its_places() -> None:
    for code, direction in (("en-XA", "ltr"), ("en-XB", "rtl")):
        made_up = language.load_language(code)
        assert made_up.direction == direction
        told = made_up.translations.gettext("One of %(count)s <b>results</b>")
        assert told == "⟦Öñé öf %(count)s <b>résûlts</b>⟧"
        assert made_up.translations.ngettext("One", "%(n)s more", 2) == "⟦%(n)s möré⟧"


def test_a_language_without_a_catalogue_is_refused_with_what_to_do() -> None:
    with pytest.raises(HubError, match="there is no translation into “tlh”"):
        language.load_language("tlh")


@pytest.mark.parametrize(
    ("code", "day", "month", "number"),
    [
        ("en", "7 June 2021", "June 2021", "1,234,567.5"),
        ("en-XA", "7 June 2021", "June 2021", "1,234,567.5"),
        ("de", "7. Juni 2021", "Juni 2021", "1.234.567,5"),
        ("pt", "7 de junho de 2021", "junho de 2021", "1.234.567,5"),
        ("hu", "2021. június 7.", "2021. június", "1\u00a0234\u00a0567,5"),
        ("hi", "7 जून 2021", "जून 2021", "12,34,567.5"),
    ],
)
def test_days_and_numbers_are_those_of_the_language(code, day, month, number) -> None:
    other = language.Language(code, "ltr", gettext.NullTranslations())
    assert other.format_date("2021-06-07") == day
    assert other.format_period("2021-06-01", "2021-06-30") == month

    assert other.format_number(1234567.5, 1) == number
    assert other.format_number(-3.5, 1).startswith("−")
