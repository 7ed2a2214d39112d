"""On what ground a source's figures are used, as the terms in its row say."""

from __future__ import annotations

import pytest

from evidencehub.domain.licence_basis import LICENCE_BASES, find_licence_basis, find_licence_url
from evidencehub.source.code_lists import read_code_book
from tests.support.dataset_builder import CODE_FOLDER

LICENCES = read_code_book(CODE_FOLDER).licences


@pytest.mark.parametrize(
    ("terms", "basis"),
    [
        ("CC0-1.0", "publisher-licence"),
        ("cc-by-4.0", "publisher-licence"),
        ("Open Government Licence v3.0", "publisher-licence"),
        ("The data are in the public domain.", "publisher-licence"),
        ("etalab-2.0", "publisher-licence"),
        ("ODC-PDDL-1.0", "publisher-licence"),
        ("Data licence Germany – attribution – version 2.0", "publisher-licence"),
        ("MIT", "publisher-licence"),
        ("JSON", "not-stated"),
        ("CC BY-NC 4.0", "not-stated"),
        ("Creative Commons, non-commercial use only", "not-stated"),
        ("All rights reserved.", "not-stated"),
        ("Open Government Licence v3.0; the line was not seen.", "licence-not-confirmed"),
        ("Probably open: CC BY is usual there.", "licence-not-confirmed"),
        ("Open Government Licence v3.0; not seen. The figure is taken as a fact.", "facts"),
        ("All rights with the authors; facts are told in our own words.", "hub-text"),
        ("Not stated", "not-stated"),
        ("", "not-stated"),
        (None, "not-stated"),
        ("Ask the publisher.", "not-stated"),
    ],
)
def test_only_an_open_licence_that_was_seen_counts_as_one(terms: str | None, basis: str) -> None:
    assert find_licence_basis(terms, LICENCES) == basis
    assert basis in LICENCE_BASES


def test_a_licence_has_an_address_where_the_terms_name_it_first_and_it_was_seen() -> None:
    by = "https://creativecommons.org/licenses/by/4.0/"
    found = {
        "CC BY 4.0": by,
        "cc-by-4.0": by,
        "CC BY 4.0, as the page says.": by,
        "Creative Commons Attribution 4.0 International": by,
        "CC BY 4.0 is thought likely": None,
        "CC BY 4.0; the line was not seen.": None,
        "The terms of the page, not CC BY 4.0": None,
        "CC BY-NC 4.0": None,
        None: None,
    }
    assert {terms: find_licence_url(terms, LICENCES) for terms in found} == found
