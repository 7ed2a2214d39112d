"""What an attacker can work out: small systems whose answers can be seen by eye."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evidencehub.disclosure import simplex
from evidencehub.disclosure.feasibility import (
    CellBounds,
    Derivation,
    DisclosedCell,
    FeasibilityIntervals,
    SumConstraints,
    exact_bounds,
    find_disclosed_cells,
    intersect_bounds,
    narrow_bounds,
)
from evidencehub.stats import intervals
from evidencehub.stats.rounding import (
    counts_before_rounding,
    counts_consistent_with_limits,
    counts_consistent_with_rate,
)
from tests.support import disclosure_tables

HIDDEN, UNKNOWN = (1, 7), (0, math.inf)


def cells(*told: int | tuple[float, float]) -> CellBounds:
    """A number is published; a pair is a range."""
    pairs = [one if isinstance(one, tuple) else (one, one) for one in told]
    return CellBounds(np.array([low for low, _ in pairs]), np.array([high for _, high in pairs]))


def bounds(narrowed: FeasibilityIntervals) -> list[tuple[float, float]]:
    return list(zip(narrowed.lower.tolist(), narrowed.upper.tolist(), strict=True))


def audited(known: CellBounds, sums: SumConstraints) -> list[DisclosedCell]:
    hidden = (known.lower == 1) & (known.upper == 7)
    return find_disclosed_cells(narrow_bounds(known, sums, hidden), hidden, 1, 7)


# one sum


def test_the_only_hidden_cell_of_a_row_is_the_rest() -> None:
    found = audited(cells(20, 9, HIDDEN, 8), SumConstraints.from_relations([(0, (1, 2, 3))]))
    assert found == [DisclosedCell(2, 3, 3, Derivation((0, 1, 3), (0,)))]
    assert found[0].is_exact


def test_two_hidden_cells_that_add_up_to_little_are_narrowed() -> None:
    found = audited(cells(14, 10, HIDDEN, HIDDEN), SumConstraints.from_relations([(0, (1, 2, 3))]))
    assert [(leak.cell, leak.lower, leak.upper) for leak in found] == [(2, 1, 3), (3, 1, 3)]
    assert not found[0].is_exact


def test_two_hidden_cells_that_add_up_to_eight_keep_their_range() -> None:
    assert (
        audited(cells(18, 10, HIDDEN, HIDDEN), SumConstraints.from_relations([(0, (1, 2, 3))]))
        == []
    )


def test_a_hidden_total_is_the_sum_of_its_parts() -> None:
    assert audited(cells(HIDDEN, 2, 3, 0), SumConstraints.from_relations([(0, (1, 2, 3))])) == [
        DisclosedCell(0, 5, 5, Derivation((1, 2, 3), (0,)))
    ]


def test_a_total_that_may_have_further_parts_bounds_from_above_only() -> None:
    known = cells(20, 15, HIDDEN, HIDDEN)
    narrowed = narrow_bounds(known, SumConstraints.from_relations([(0, (1, 2, 3))], partial=[0]))
    assert bounds(narrowed)[2:] == [(1, 4), (1, 4)]


def test_a_hidden_total_is_at_least_its_incomplete_parts() -> None:
    assert bounds(
        narrow_bounds(
            cells(UNKNOWN, 4, 5), SumConstraints.from_relations([(0, (1, 2))], partial=[0])
        )
    )[0] == (9, math.inf)


def test_rounded_totals_protect_a_hidden_cell() -> None:
    assert (
        audited(
            cells((28, 32), (8, 12), HIDDEN, (13, 17)),
            SumConstraints.from_relations([(0, (1, 2, 3))]),
        )
        == []
    )


def test_nothing_comes_of_a_sum_with_two_unknown_cells() -> None:
    assert bounds(
        narrow_bounds(cells(20, UNKNOWN, UNKNOWN), SumConstraints.from_relations([(0, (1, 2))]))
    ) == [(20, 20), (0, 20), (0, 20)]
    assert bounds(
        narrow_bounds(cells(UNKNOWN, UNKNOWN, 3), SumConstraints.from_relations([(0, (1, 2))]))
    )[0] == (3, math.inf)


# several sums

# a 3 by 3 table: its total, rows and columns first, then its cells row by row
GRID = [
    (0, (1, 2, 3)),
    (0, (4, 5, 6)),
    (1, (7, 8, 9)),
    (2, (10, 11, 12)),
    (3, (13, 14, 15)),
    (4, (7, 10, 13)),
    (5, (8, 11, 14)),
    (6, (9, 12, 15)),
]


def grid(inner: list[list[int]], hidden: set[tuple[int, int]]) -> CellBounds:
    counts = np.array(inner)
    margins = [counts.sum(), *counts.sum(axis=1), *counts.sum(axis=0)]
    shown = [
        HIDDEN if (row, column) in hidden else int(counts[row, column])
        for row in range(3)
        for column in range(3)
    ]
    return cells(*map(int, margins), *shown)


def test_a_block_of_two_by_two_is_not_called_a_leak() -> None:
    corners = {(0, 0), (0, 1), (1, 0), (1, 1)}
    known = grid([[4, 4, 30], [4, 4, 20], [10, 15, 20]], corners)
    assert audited(known, SumConstraints.from_relations(GRID)) == []


def test_a_block_of_two_by_two_is_a_leak_as_far_as_its_margins_are_small() -> None:
    corners = {(0, 0), (0, 1), (1, 0), (1, 1)}
    known = grid([[1, 2, 30], [3, 4, 20], [10, 15, 20]], corners)
    assert [
        (leak.lower, leak.upper) for leak in audited(known, SumConstraints.from_relations(GRID))
    ] == [(1, 2), (1, 2), (2, 3), (4, 5)]


def rows_less_columns() -> tuple[CellBounds, SumConstraints]:
    """A grid without its last column sum, and with five hidden cells in its first two rows."""
    hidden = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)}
    known = grid([[4, 4, 30], [4, 4, 5], [10, 15, HIDDEN[1] + 13]], hidden)
    return known, SumConstraints.from_relations(
        [link for number, link in enumerate(GRID) if number != 7]
    )


def test_rows_less_columns_give_a_cell_away_that_no_sum_gives_away_alone() -> None:
    """Hidden are two rows but for one cell each, all of which lie in two columns, and one more.

    row 1 + row 2 - column 1 - column 2 leaves that one cell alone.
    """
    found = {leak.cell: leak for leak in audited(*rows_less_columns())}
    assert (found[12].lower, found[12].upper) == (5, 5)
    assert found[12].derivation.cells == (1, 2, 4, 5, 9, 13, 14)
    assert set(found[12].derivation.sums) == {2, 3, 5, 6}


@pytest.mark.parametrize("copies", [2, 3, 12])
def test_the_same_cell_of_several_grids_is_given_away_in_each(copies: int) -> None:
    known, sums = disclosure_tables.union(*[rows_less_columns()] * copies)
    exact = [leak for leak in audited(known, sums) if leak.is_exact]
    assert [leak.cell for leak in exact] == [12 + 16 * number for number in range(copies)]
    assert {(leak.lower, leak.upper) for leak in exact} == {(5, 5)}


def test_the_published_rest_of_a_parent_is_a_part_like_others() -> None:
    """All less one group is the group: a complement is stated as a sum of two."""
    assert audited(cells(105, HIDDEN, 101), SumConstraints.from_relations([(0, (1, 2))])) == [
        DisclosedCell(1, 4, 4, Derivation((0, 2), (0,)))
    ]


def test_category_parents_give_away_what_columns_do_not() -> None:
    """Total 60 = parents 25 + 35; the hidden child of 25 has siblings that are published."""
    sums = SumConstraints.from_relations([(0, (1, 2)), (1, (3, 4)), (2, (5, 6))])
    found = audited(cells(60, UNKNOWN, 35, HIDDEN, 21, HIDDEN, (28, 40)), sums)
    assert found[0] == DisclosedCell(3, 4, 4, Derivation((0, 2, 4), (0, 1)))


def test_overlapping_schemes_are_two_sums_of_one_total() -> None:
    """A scheme of five hides A; a scheme of sixteen tells A's parts."""
    sums = SumConstraints.from_relations([(0, (1, 2)), (1, (3, 4))])
    assert audited(cells(UNKNOWN, HIDDEN, 90, 2, 4), sums)[0].lower == 6


def test_three_ways_give_away_a_cell_that_each_face_hides() -> None:
    """2 × 2 × 2, all margins published: one degree of freedom is left, and no room for it."""
    counts = np.array([[[1, 5], [5, 5]], [[5, 5], [5, 2]]])
    links = [(8 + i, (2 * i, 2 * i + 1)) for i in range(4)]
    links += [(12 + 2 * i + k, (4 * i + k, 4 * i + 2 + k)) for i in (0, 1) for k in (0, 1)]
    links += [(16 + i, (i, 4 + i)) for i in range(4)]
    margins = np.concatenate([counts.sum(axis=axis).ravel() for axis in (2, 1, 0)])
    found = audited(cells(*[HIDDEN] * 8, *margins.tolist()), SumConstraints.from_relations(links))
    assert [(leak.lower, leak.upper) for leak in found] == [
        (1, 2), (4, 5), (4, 5), (5, 6), (4, 5), (5, 6), (5, 6), (1, 2)
    ]  # fmt: skip


def test_counts_are_whole_numbers() -> None:
    """a + b = 9 = b + c, and a + c is 8 or 9: it is 8, as a and c are alike and no halves."""
    sums = SumConstraints.from_relations([(0, (3, 4)), (1, (4, 5)), (2, (3, 5))])
    narrowed = narrow_bounds(cells(9, 9, (8, 9), HIDDEN, HIDDEN, HIDDEN), sums)
    assert bounds(narrowed)[2:] == [(8, 8), (4, 4), (5, 5), (4, 4)]


# an earlier release, a rate, an interval: further bounds of the same cells


def test_an_earlier_release_gives_away_what_the_new_one_hides() -> None:
    now, before = cells(20, 9, HIDDEN, HIDDEN), cells(UNKNOWN, UNKNOWN, UNKNOWN, 6)
    assert [(leak.cell, leak.lower) for leak in audited(intersect_bounds(now, before), SUM)] == [
        (2, 5)
    ]


SUM = SumConstraints.from_relations([(0, (1, 2, 3))])


def test_two_releases_that_disagree_are_a_contradiction() -> None:
    narrowed = narrow_bounds(
        intersect_bounds(cells(20, 9), cells(20, 8)), SumConstraints.from_relations([(0, (1,))])
    )
    assert narrowed.contradictions == (Derivation((1,), ()),)


def test_releases_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="Both must be about the same cells"):
        intersect_bounds(cells(1), cells(1, 2))


# what is a leak


def test_an_unknown_range_counts_as_far_as_the_promise() -> None:
    """An attacker who reads the policy knows 1 to 7 without being told."""
    known = cells(20, 16, UNKNOWN, UNKNOWN)
    found = find_disclosed_cells(narrow_bounds(known, SUM), [False, False, True, True], 1, 7)
    assert [(leak.lower, leak.upper) for leak in found] == [(1, 4), (1, 4)]


def test_a_cell_hidden_to_protect_another_is_a_leak_only_when_known() -> None:
    known = cells(40, 10, UNKNOWN, (12, math.inf))
    hidden = [False, False, False, True]
    assert find_disclosed_cells(narrow_bounds(known, SUM), hidden, 1, 7) == []
    known = cells(40, 10, 13, UNKNOWN)
    assert find_disclosed_cells(narrow_bounds(known, SUM), hidden, 1, 7)[0].is_exact


def test_no_sums_tell_nothing() -> None:
    assert audited(cells(HIDDEN, 4), SumConstraints.from_relations([])) == []
    assert bounds(narrow_bounds(cells(), SumConstraints.from_relations([]))) == []


def test_nothing_is_edited() -> None:
    known = cells(20, 9, HIDDEN, 8)
    narrow_bounds(known, SUM)
    assert (known.lower.tolist(), known.upper.tolist()) == ([20, 9, 1, 8], [20, 9, 7, 8])


# what cannot be


def test_a_total_less_than_its_parts_is_a_contradiction_with_its_cells() -> None:
    narrowed = narrow_bounds(cells(10, 9, HIDDEN, 8), SUM)
    assert narrowed.contradictions == (Derivation((0, 1, 2, 3), (0,)),)
    assert bounds(narrowed)[2] == (1, 7)


def test_the_other_sums_are_audited_all_the_same() -> None:
    sums = SumConstraints.from_relations([(0, (1, 2)), (3, (4, 5))])
    found = narrow_bounds(cells(10, 9, 8, 20, 16, HIDDEN), sums)
    assert found.contradictions[0].cells == (0, 1, 2)
    assert bounds(found)[5] == (4, 4)


def test_sums_that_contradict_each_other_only_together_are_named() -> None:
    """Both rows come to 10 and 4; the columns, of the same four cells, to 7 and 8."""
    sums = SumConstraints.from_relations([(0, (4, 5)), (1, (6, 7)), (2, (4, 6)), (3, (5, 7))])
    narrowed = narrow_bounds(cells(10, 4, 7, 8, HIDDEN, HIDDEN, HIDDEN, HIDDEN), sums)
    assert set(narrowed.contradictions[0].cells) >= {0, 1, 2, 3}
    assert narrowed.contradictions[0].sums == (0, 1, 2, 3)


def test_whole_numbers_that_cannot_be_are_a_contradiction() -> None:
    """a + b = b + c = a + c = 9 holds for halves only."""
    sums = SumConstraints.from_relations([(0, (3, 4)), (1, (4, 5)), (2, (3, 5))])
    narrowed = narrow_bounds(cells(9, 9, 9, HIDDEN, HIDDEN, HIDDEN), sums)
    assert narrowed.contradictions[0].sums == (0, 1, 2)


@pytest.mark.parametrize("second", [8_001, (8_002, 9_000)])
def test_totals_of_the_same_large_parts_that_differ_contradict_each_other(second) -> None:
    """Looked at one at a time, such sums come nearer to each other by one each round."""
    sums = SumConstraints.from_relations([(0, (2, 3)), (1, (2, 3))])
    narrowed = narrow_bounds(cells(8_000, second, UNKNOWN, UNKNOWN), sums)
    assert narrowed.contradictions == (Derivation((0, 1), (0, 1)),)
    assert bounds(narrowed)[2] == UNKNOWN


def test_nothing_is_said_of_what_may_be_anything() -> None:
    sums = SumConstraints.from_relations([(0, (2, 3, 4)), (1, (2, 3, 5))], partial=[1])
    narrowed = narrow_bounds(cells(*[UNKNOWN] * 6), sums)
    assert bounds(narrowed) == [UNKNOWN] * 6


def test_a_hierarchy_with_a_cycle_is_told() -> None:
    narrowed = narrow_bounds(
        cells(9, 9, UNKNOWN, 3),
        SumConstraints.from_relations([(0, (1, 2)), (1, (0, 3)), (2, (3,))]),
    )
    assert narrowed.cycle == (0, 1)
    assert bounds(narrowed)[2] == UNKNOWN
    assert narrow_bounds(cells(9), SumConstraints.from_relations([(0, (0,))])).cycle == (0,)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ([1, -2], [1, 2], "A bound of cell 1 is negative."),
        ([math.nan], [1], "A bound of cell 0 is not a number."),
        ([1, 2, math.inf], [1, 2, math.inf], "A bound of cell 2 is infinite."),
        ([1, 2], [1], "Give as many upper bounds as lower bounds, each as one list."),
    ],
)
def test_impossible_counts_are_refused(low, high, message) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole text is compared
        CellBounds(np.array(low), np.array(high))
    assert str(refused.value) == message


def test_published_counts_are_whole_and_finite() -> None:
    assert bounds(narrow_bounds(exact_bounds([3, 4]), SumConstraints.from_relations([]))) == [
        (3, 3),
        (4, 4),
    ]
    with pytest.raises(ValueError, match=r"A bound of cell 1 is not a whole number\."):
        exact_bounds([3, 4.5])
    with pytest.raises(ValueError, match=r"A bound of cell 0 is infinite\."):
        exact_bounds([math.inf])


@pytest.mark.parametrize(
    ("links", "message"),
    [
        ([(0, (1, 1))], "Sum 0 names a part twice."),
        ([(0, (1,)), (1, ())], "Sum 1 has no parts."),
        ([(0, (1, 9))], "A sum names a cell that is not there."),
        ([(0, (1, -1))], "A sum names a cell that is not there."),
    ],
)
def test_impossible_sums_are_refused(links, message) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole text is compared
        narrow_bounds(cells(3, 3), SumConstraints.from_relations(links))
    assert str(refused.value) == message


# blocks that are too large


def test_a_block_that_is_too_large_is_judged_in_pieces_and_told() -> None:
    table = disclosure_tables.margins_only(0)
    narrowed = narrow_bounds(table.suppress_only(), table.sums, table.suppressed, max_cells=4)
    assert narrowed.undecided
    assert ((narrowed.lower <= table.counts) & (table.counts <= narrowed.upper)).all()


def test_a_block_that_takes_too_long_is_told(monkeypatch) -> None:
    monkeypatch.setattr(simplex, "MAX_STEPS", 0)
    table = disclosure_tables.margins_only(0)
    assert narrow_bounds(table.suppress_only(), table.sums, table.suppressed).undecided


# rounding


@pytest.mark.parametrize(
    ("base", "rounding", "round_"),
    [
        (5, "nearest", lambda n: {5 * ((n + 2) // 5)}),
        (10, "nearest", lambda n: {10 * ((n + 4) // 10), 10 * ((n + 5) // 10)}),
        (3, "random", lambda n: {n // 3 * 3, -(-n // 3) * 3}),
        (6, "midpoint", lambda n: {-(-n // 6) * 6 - 3 * (n != 0)}),
    ],
)
def test_a_rounded_range_holds_just_what_is_rounded_there(base, rounding, round_) -> None:
    for shown in sorted({one for n in range(40) for one in round_(n)}):
        low, high = counts_before_rounding(shown, base, rounding)
        behind = [n for n in range(60) if shown in round_(n)]
        assert (low, high) == (behind[0], behind[-1])


def test_a_rounded_range_knows_what_would_have_been_hidden() -> None:
    low, high = counts_before_rounding([0, 5, 10, 15], 5, suppressed_range=(1, 7))
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == [
        (0, 0),
        (8, 0),
        (8, 12),
        (13, 17),
    ]


HIDDEN_RANGES = [(1, 7), (1, 5), (0, 4), (0, 9), (1, 9), (3, 3), (5, 10), (8, 12), (2, 6)]


@pytest.mark.parametrize("hidden", HIDDEN_RANGES)
@pytest.mark.parametrize("base", [2, 5, 6, 10])
def test_a_rounded_range_leaves_out_hidden_counts_up_to_both_ends(
    base: int, hidden: tuple[int, int]
) -> None:
    least, most = hidden
    for shown in range(0, 40, base):
        low, high = counts_before_rounding(shown, base, suppressed_range=hidden)
        near = range(max(shown - base // 2, 0), shown + base // 2 + 1)
        behind = [n for n in near if not least <= n <= most]
        if behind:
            assert (low, high) == (behind[0], behind[-1]), shown
        else:
            assert low > high, shown


# rates


def by_hand(rate: float, decimals: int, scale: float, denominators: range) -> set[tuple[int, int]]:
    half = 0.5 * 10**-decimals + 1e-9
    return {
        (n, d)
        for d in denominators
        for n in range(d + 1)
        if rate - half <= scale * n / d <= rate + half
    }


@pytest.mark.parametrize("rate", [0.0, 1.2, 3.3, 50.0, 98.9, 100.0])
def test_counts_behind_a_percentage_are_those_found_by_trying(rate) -> None:
    pairs = by_hand(rate, 1, 100, range(40, 91))
    found = counts_consistent_with_rate(rate, 1, 100, (40, 90))
    assert found.pair_count == len(pairs)
    assert (found.min_numerator, found.max_numerator) == (
        min(n for n, _ in pairs),
        max(n for n, _ in pairs),
    )
    assert found.min_denominator == min(d for _, d in pairs)
    assert found.max_denominator == max(d for _, d in pairs)


def test_a_rate_to_one_decimal_gives_its_count_away() -> None:
    found = counts_consistent_with_rate(2.4, 1, 100, (208, 208))
    assert (found.min_numerator, found.max_numerator, found.is_exact, found.pins_within(1, 7)) == (
        5,
        5,
        True,
        True,
    )


@pytest.mark.parametrize("policy", [(1, 7), (1, 5), (0, 4), (1, 9)])
@pytest.mark.parametrize("count", range(12))
def test_a_rate_pins_each_count_from_the_least_to_the_most_that_is_hidden(
    count: int, policy: tuple[int, int]
) -> None:
    least, most = policy
    behind = counts_consistent_with_rate(round(100 * count / 40, 1), 1, 100, (40, 40))
    assert (behind.min_numerator, behind.max_numerator) == (count, count)
    assert behind.pins_within(least, most) == (least <= count <= most)


@pytest.mark.parametrize(("most", "is_pinned"), [(4, False), (5, True), (6, True)])
def test_a_range_of_counts_is_pinned_only_as_a_whole(most: int, is_pinned: bool) -> None:
    behind = counts_consistent_with_rate(10, 0, 100, (40, 51))
    assert (behind.min_numerator, behind.max_numerator) == (4, 5)
    assert behind.pins_within(1, most) == is_pinned
    assert behind.pins_within(4, most) == is_pinned
    assert not behind.pins_within(5, most)


@pytest.mark.parametrize(("tries", "pairs"), [(9, -1), (10, 11), (11, 11)])
def test_counts_behind_a_rate_are_tried_up_to_the_bound_and_no_further(
    tries: int, pairs: int
) -> None:
    behind = counts_consistent_with_rate(50, 0, 100, (1000, 1000), max_tries=tries)
    assert (behind.pair_count, behind.min_numerator, behind.max_numerator) == (pairs, 495, 505)


def test_a_rate_with_a_rounded_denominator_may_give_its_count_away_all_the_same() -> None:
    found = counts_consistent_with_rate(2.4, 1, 100, rounded(210))
    assert found.is_exact


def rounded(count: int) -> tuple[float, float]:
    low, high = counts_before_rounding(count, 5)
    return float(low), float(high)


def test_a_rate_of_many_does_not_pin_a_small_count() -> None:
    found = counts_consistent_with_rate(2.4, 1, 100, (200, 20_000))
    assert (found.min_numerator, found.pins_within(1, 7), found.is_exact) == (5, False, False)


def test_an_impossible_rate_has_nothing_behind_it() -> None:
    found = counts_consistent_with_rate(33.3, 1, 100, (10, 10))
    assert (found.pair_count, found.pins_within(1, 7), found.is_exact) == (0, False, False)


def test_a_rate_may_exceed_its_denominator_where_it_is_no_share() -> None:
    assert counts_consistent_with_rate(250, 0, 100, (4, 4)).pair_count == 0
    assert counts_consistent_with_rate(250, 0, 100, (4, 4), is_proportion=False).min_numerator == 10


def test_a_rate_over_nothing_known_has_too_many_counts_behind_it() -> None:
    found = counts_consistent_with_rate(2.4, 1, 100, (0, math.inf))
    assert (found.pair_count, found.min_numerator, found.max_numerator) == (-1, 1, math.inf)


def test_a_rate_over_a_long_range_of_denominators_is_told_by_its_ends() -> None:
    found = counts_consistent_with_rate(50, 0, 100, (1000, 10**9))
    assert (found.pair_count, found.min_numerator) == (-1, 495)


def test_no_rate_is_negative() -> None:
    with pytest.raises(ValueError, match=r"A rate of -1 has no counts behind it\."):
        counts_consistent_with_rate(-1, 1, 100, (1, 2))
    with pytest.raises(ValueError, match="The scale must be positive"):
        counts_consistent_with_rate(1, 1, 0, (1, 2))


# intervals


def wilson(n: int, d: int) -> tuple[float, float, float]:
    z, p = 1.959963984540054, n / d
    middle = (p + z * z / (2 * d)) / (1 + z * z / d)
    reach = z / (1 + z * z / d) * math.sqrt(p * (1 - p) / d + z * z / (4 * d * d))
    return p, middle - reach, middle + reach


@pytest.mark.parametrize(("n", "d"), [(0, 30), (3, 40), (5, 120), (60, 120), (77, 78), (90, 90)])
def test_counts_behind_a_share_with_its_interval_are_those_found_by_trying(n, d) -> None:
    def shown(n: int, d: int) -> tuple[float, ...]:
        return tuple(abs(round(100 * part, 1)) for part in wilson(n, d))

    value, lower, upper = shown(n, d)
    pairs = [
        (m, e) for e in range(1, 401) for m in range(e + 1) if shown(m, e) == (value, lower, upper)
    ]
    found = counts_consistent_with_limits(value, lower, upper, 1, max_denominator=400)
    assert found.pair_count == len(pairs)
    assert (found.min_numerator, found.max_numerator) == (min(pairs)[0], max(pairs)[0])


def test_an_interval_to_one_decimal_pins_a_small_count() -> None:
    value, lower, upper = (round(100 * part, 1) for part in wilson(3, 40))
    found = counts_consistent_with_limits(value, lower, upper, 1)
    assert (
        found.min_numerator,
        found.max_numerator,
        found.min_denominator,
        found.pins_within(1, 7),
    ) == (3, 3, 40, True)


def test_a_rare_share_to_many_decimals_pins_its_count() -> None:
    told = [round(1e6 * part, 3) for part in wilson(4, 90_000)]
    found = counts_consistent_with_limits(*told, 3, scale=1e6)
    assert (found.min_numerator, found.max_numerator, found.max_denominator) == (4, 4, 90_000)


def test_an_interval_that_fits_no_counts_has_nothing_behind_it() -> None:
    assert counts_consistent_with_limits(50, 49.9, 80, 1, max_denominator=1000).pair_count == 0


def test_an_interval_without_width_has_too_many_counts_behind_it() -> None:
    assert counts_consistent_with_limits(50, 50, 50, 0, max_denominator=1_000_000).pair_count == -1


def byar(n: int) -> tuple[float, float]:
    z = 1.959963984540054
    return (
        n * (1 - 1 / (9 * n) - z / (3 * math.sqrt(n))) ** 3 if n else 0.0,
        (n + 1) * (1 - 1 / (9 * (n + 1)) + z / (3 * math.sqrt(n + 1))) ** 3,
    )


@pytest.mark.parametrize(("n", "d"), [(0, 5_000), (4, 12_345), (120, 50_000)])
def test_events_behind_a_rate_with_byars_interval_include_the_true_ones(n, d) -> None:
    told = [round(1e5 * part / d, 1) for part in (n, *byar(n))]
    found = counts_consistent_with_limits(
        *told, 1, scale=1e5, method="byar", max_denominator=10_000
    )
    assert found.min_numerator <= n <= found.max_numerator
    assert found.min_denominator <= d <= found.max_denominator


def test_byars_interval_pins_a_small_count_without_any_denominator() -> None:
    told = [round(1e5 * part / 12_345, 1) for part in (4, *byar(4))]
    assert counts_consistent_with_limits(*told, 1, scale=1e5, method="byar").is_exact


@pytest.mark.parametrize("n", range(1, 10))
def test_exact_limits_of_a_few_events_pin_them_too(n: int) -> None:
    lower, upper = (float(limit[0]) for limit in intervals.exact_poisson_limits([n]))
    told = [round(1e5 * part / 12_345, 1) for part in (n, lower, upper)]
    found = counts_consistent_with_limits(
        *told, 1, scale=1e5, method="byar", max_denominator=10_000
    )
    assert (found.min_numerator, found.max_numerator) == (n, n)
