"""Which categories of a classification are compared: everybody once, whatever a table lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.domain.status import TOTAL
from evidencehub.inequality.partition import ClassificationTree, Partition
from evidencehub.inequality.records import Category
from evidencehub.source.code_lists import read_code_book

ROOT = Path(__file__).parents[2]
SCHEMES = {
    code_list.name: {
        code.code: Category(code.parent, code.residual == "1") for code in code_list.codes.values()
    }
    for code_list in read_code_book(ROOT / "codes").lists.values()
    if code_list.kind == "ethnicity"
}
Drawn = tuple[str, set[str], set[str], str]


def drawn_codes(scheme: str) -> st.SearchStrategy[Drawn]:
    """A scheme, codes that a table lists, those of them with a value, and a reference group."""
    codes = sorted(SCHEMES[scheme])
    listed = st.sets(st.sampled_from(codes), min_size=1)
    return listed.flatmap(
        lambda chosen: st.tuples(
            st.just(scheme),
            st.just(chosen),
            st.sets(st.sampled_from(sorted(chosen))),
            st.sampled_from(["", *codes]),
        )
    )


def ancestors(code: str, codes: dict[str, Category]) -> list[str]:
    """The parents of a code upwards, written without the hub's own function."""
    parents: list[str] = []
    while (code := codes[code].parent) not in ("", TOTAL):
        parents.append(code)
    return parents


def leaves(code: str, codes: dict[str, Category]) -> set[str]:
    """The finest categories that a code consists of."""
    parts = [c for c in codes if codes[c].parent == code and not codes[c].is_residual]
    return set().union(*(leaves(part, codes) for part in parts)) if parts else {code}


def test_there_are_schemes_with_categories_beside_the_parents() -> None:
    beside = [
        name
        for name, codes in SCHEMES.items()
        if {len(ancestors(code, codes)) for code in codes} >= {0, 1}
        and any(
            not ancestors(code, codes) and leaves(code, codes) == {code} and code != TOTAL
            and not codes[code].is_residual
            for code in codes
        )
    ]  # fmt: skip
    assert len(beside) >= 4


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(sorted(SCHEMES)).flatmap(drawn_codes))
def test_everybody_in_a_table_counts_once(drawn: Drawn) -> None:
    scheme, listed, valued, reference = drawn
    codes = SCHEMES[scheme]
    partition = ClassificationTree(codes).select_partition(listed, valued, reference)
    categories = {c for c in listed if c != TOTAL and not codes[c].is_residual}
    assert partition.valued <= valued & categories
    assert partition.missing <= categories - valued
    counted = [leaf for code in sorted(partition.listed) for leaf in leaves(code, codes)]
    assert len(counted) == len(set(counted)), "somebody counts twice"
    told = set(counted) | partition.unlisted
    for code in valued & categories:
        uncovered = leaves(code, codes) - set(counted)
        assert all({leaf, *ancestors(leaf, codes)} & told for leaf in uncovered)
    if reference in valued & categories:
        assert reference in partition.valued
    else:
        assert not partition.unlisted, "only a reference group splits what its parts do not fill"


CANADA = SCHEMES["ca-indigenous-identity-2021"]
NHS = SCHEMES["nhs-ethnic-category-2001"]


@pytest.mark.parametrize(
    ("codes", "listed", "valued", "reference", "expected"),
    [
        (CANADA, "1 2 3 6", "1 2 3 6", "", Partition(frozenset("1236"))),
        (CANADA, "1 2 3 6", "1 3 6", "6", Partition(frozenset("136"), frozenset("2"))),
        # one part of three is no picture of the parent category
        (NHS, "GW A B C GB P", "GW A B C GB P", "", Partition(frozenset(("A", "B", "C", "GB")))),
        (NHS, "GB P", "P", "", Partition(frozenset("P"))),
        (NHS, "GW A B GB", "GW A B GB", "A", Partition(frozenset(("A", "B", "GB")), frozenset(), frozenset("C"))),
        (NHS, "GW GB M N P Z _T", "GW GB M N P Z _T", "", Partition(frozenset(("GW", "M", "N", "P")))),
        (NHS, "GW GB M N P", "GW GB M N P", "GW", Partition(frozenset(("GW", "M", "N", "P")))),
        (NHS, "Z _T", "Z _T", "", Partition()),
    ],
)  # fmt: skip
def test_parts_stand_for_a_parent_category_where_they_fill_it(
    codes: dict[str, Category], listed: str, valued: str, reference: str, expected: Partition
) -> None:
    tree = ClassificationTree(codes)
    assert tree.select_partition(listed.split(), valued.split(), reference) == expected
