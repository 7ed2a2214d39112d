"""On what ground a source's figures are used, as the terms in its row say."""

from __future__ import annotations

import pytest

from evidencehub.domain.licence_basis import LICENCE_BASES, find_licence_basis, find_licence_url


@pytest.mark.parametrize(
    ("terms", "basis"),
    [
        ("CC0-1.0", "publisher-licence"),
        ("cc-by-4.0", "publisher-licence"),
        ("Open Government Licence v3.0", "publisher-licence"),
        ("The data are in the public domain.", "publisher-licence"),
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
    assert find_licence_basis(terms) == basis
    assert basis in LICENCE_BASES


def test_a_licence_has_an_address_only_if_the_terms_are_nothing_else() -> None:
    assert find_licence_url("CC BY 4.0") == "https://creativecommons.org/licenses/by/4.0/"
    assert find_licence_url("CC BY 4.0 is thought likely") is None
    assert find_licence_url(None) is None
