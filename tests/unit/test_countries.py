"""In which country an area lies, by the code lists and by what its dataset is about."""

from __future__ import annotations

import pytest

from evidencehub.domain.code_lists import Code, CodeBook, CodeList
from evidencehub.domain.countries import find_only_country


def places(*codes: Code, name: str = "toy-places", jurisdiction: str = "") -> CodeList:
    area_list = CodeList(name, "Toy places", "area", jurisdiction=jurisdiction)
    for code in codes:
        area_list.add(code)
    return area_list


def place(code: str, **cells: str) -> Code:
    return Code("toy-places", code, code, **cells)


@pytest.mark.parametrize(
    ("code", "country"), [("FR", "FR"), ("AU-TAS", "AU"), ("GB-EAW", "GB"), ("001", None)]
)
def test_an_iso_code_begins_with_its_country(code: str, country: str | None) -> None:
    assert places(place(code), name="iso-3166").find_country_of_area(code, "XX") == country


def test_an_area_has_the_country_of_its_list() -> None:
    assert places(place("t"), jurisdiction="GB-ENG").find_country_of_area("t", "US") == "GB"


def test_a_list_of_several_countries_has_none_whatever_its_dataset_is_about() -> None:
    assert places(place("t"), jurisdiction="INT").find_country_of_area("t", "GB") is None


def test_an_area_that_a_dataset_draws_itself_has_the_only_country_of_the_dataset() -> None:
    assert places(place("t")).find_country_of_area("t", "NZ") == "NZ"


def test_an_area_of_a_dataset_about_several_countries_has_none() -> None:
    assert places(place("t")).find_country_of_area("t", find_only_country(["GB", "US"])) is None


def test_the_country_of_a_code_counts_more_than_that_of_its_list_and_goes_to_what_it_contains() -> (
    None
):
    area_list = places(place("city", country="AU"), place("ward", parent="city"), jurisdiction="GB")
    assert area_list.find_country_of_area("ward", "US") == "AU"


def test_a_code_may_say_that_it_is_of_several_countries() -> None:
    assert places(place("t", country="INT"), jurisdiction="GB").find_country_of_area("t") is None


def test_areas_that_contain_each_other_have_the_country_of_their_list() -> None:
    area_list = places(place("a", parent="b"), place("b", parent="a"), jurisdiction="IE")
    assert area_list.find_country_of_area("a") == "IE"


def test_the_list_of_all_areas_says_the_country_of_each() -> None:
    hub = CodeBook({"iso-3166": places(place("GB"), name="iso-3166")}, [])
    areas = hub.with_package_lists([places(place("t"))], [], "NZ").get_list("area")
    assert {name: code.country for name, code in areas.codes.items()} == {
        "GB": "GB", "toy-places:t": "NZ"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "country"),
    [(["GB"], "GB"), (["GB", "GB-SCT"], "GB"), (["GB", "IE"], None), (["001"], None), ([], None)],
)
def test_a_dataset_has_a_country_if_it_is_about_no_other(
    codes: list[str], country: str | None
) -> None:
    assert find_only_country(codes) == country
