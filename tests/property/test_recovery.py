"""The auditor finds all that a solver finds, and never more than is true."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.disclosure.feasibility import (
    CellBounds,
    FeasibilityIntervals,
    SumConstraints,
    narrow_bounds,
)
from tests.support import disclosure_tables
from tests.support.disclosure_tables import POLICIES, TABLE_GENERATORS

TABLES = int(os.environ.get("TABLES", "60"))  # each under both policies
seeds = st.integers(0, 10**9)
few = settings(max_examples=40, deadline=None)


def weaker(
    narrowed: FeasibilityIntervals, cells: CellBounds, sums: SumConstraints, targets: np.ndarray
) -> list[str]:
    """Where a solver knows more than the auditor."""
    return [
        f"cell {cell}: {low} to {high}, not {narrowed.lower[cell]} to {narrowed.upper[cell]}"
        for cell, low, high in disclosure_tables.solve_bounds(cells, sums, targets)
        if narrowed.lower[cell] < low or narrowed.upper[cell] > high
    ]


def holds(narrowed: FeasibilityIntervals, counts: np.ndarray) -> bool:
    return bool(((narrowed.lower <= counts) & (counts <= narrowed.upper)).all())


@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize("kind", list(TABLE_GENERATORS))
def test_the_auditor_finds_all_that_a_solver_finds_in_random_tables(kind, policy) -> None:
    for seed in range(-(-TABLES // len(TABLE_GENERATORS))):
        table = TABLE_GENERATORS[kind](seed)
        cells, sums = POLICIES[policy](table), table.sums
        narrowed = narrow_bounds(cells, sums, table.suppressed)
        assert (narrowed.contradictions, narrowed.undecided) == ((), ())
        assert holds(narrowed, table.counts), seed
        assert weaker(narrowed, cells, sums, table.suppressed) == [], seed


@few
@given(seeds)
def test_it_does_so_where_sums_overlap_in_any_way(seed) -> None:
    cells, sums, counts = disclosure_tables.create_random_system(seed)
    narrowed = narrow_bounds(cells, sums)
    assert narrowed.contradictions == ()
    assert holds(narrowed, counts)
    assert weaker(narrowed, cells, sums, cells.lower < cells.upper) == []


@few
@given(seeds)
def test_figures_that_a_solver_cannot_reconcile_are_a_contradiction(seed) -> None:
    cells, sums, _ = disclosure_tables.create_random_system(seed)
    shift = np.random.default_rng(seed).integers(0, 9, len(cells)) * (cells.lower == cells.upper)
    spoiled = CellBounds(cells.lower + shift, cells.upper + shift)
    found = narrow_bounds(spoiled, sums).contradictions
    if not disclosure_tables.is_feasible(spoiled, sums):
        assert found
    if found:
        assert not disclosure_tables.is_feasible(spoiled, sums, integer=True)
        assert all(reason.cells for reason in found)


@few
@given(seeds)
def test_a_block_in_pieces_tells_nothing_false(seed) -> None:
    cells, sums, counts = disclosure_tables.create_random_system(seed)
    assert holds(narrow_bounds(cells, sums, max_cells=3), counts)


@few
@given(seeds)
def test_narrowing_again_gives_nothing_more(seed) -> None:
    cells, sums, _ = disclosure_tables.create_random_system(seed)
    once = narrow_bounds(cells, sums)
    again = narrow_bounds(CellBounds(once.lower, once.upper), sums)
    assert (again.lower.tolist(), again.upper.tolist()) == (
        once.lower.tolist(),
        once.upper.tolist(),
    )


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_sums_does_not_matter(seed, random) -> None:
    table = disclosure_tables.with_parents(seed)
    links = list(table.links)
    random.shuffle(links)
    one = narrow_bounds(table.suppress_only(), table.sums)
    other = narrow_bounds(table.suppress_only(), SumConstraints.from_relations(links))
    assert (one.lower.tolist(), one.upper.tolist()) == (other.lower.tolist(), other.upper.tolist())


@settings(max_examples=100, deadline=None)
@given(st.lists(seeds, min_size=2, max_size=4))
def test_systems_side_by_side_give_what_each_gives_alone(drawn: list[int]) -> None:
    systems = [disclosure_tables.create_random_system(seed)[:2] for seed in drawn]
    separate = [narrow_bounds(cells, sums) for cells, sums in systems]
    joint = narrow_bounds(*disclosure_tables.union(*systems))
    assert joint.lower.tolist() == [low for part in separate for low in part.lower.tolist()]
    assert joint.upper.tolist() == [high for part in separate for high in part.upper.tolist()]


@few
@given(seeds, st.data())
def test_publishing_more_never_widens(seed, data) -> None:
    cells, sums, counts = disclosure_tables.create_random_system(seed)
    shown = np.array(data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))))
    before = narrow_bounds(cells, sums)
    more = CellBounds(np.where(shown, counts, cells.lower), np.where(shown, counts, cells.upper))
    after = narrow_bounds(more, sums)
    assert (after.lower >= before.lower).all()
    assert (after.upper <= before.upper).all()


@few
@given(seeds)
def test_every_step_can_be_checked_with_exact_fractions(seed) -> None:
    """A bound is a combination of sums; here it is worked out again without any rounding."""
    table = disclosure_tables.with_parents(seed)
    cells = table.suppress_only()
    narrowed = narrow_bounds(cells, table.sums, table.suppressed)
    trail = narrowed.log
    known = {(n, False): low for n, low in enumerate(cells.lower)}
    known |= {(n, True): high for n, high in enumerate(cells.upper)}
    steps = [(turn, *side, told) for side, all_ in trail.steps.items() for turn, told in all_]
    for now in range(1, trail.round + 1):
        known |= {
            (cell, upper): proven(trail.combine(weights), cell, known, upper=upper)
            for turn, cell, upper, weights in steps
            if turn == now
        }
    assert [known[n, False] for n in range(len(cells))] == narrowed.lower.tolist()
    assert [known[n, True] for n in range(len(cells))] == narrowed.upper.tolist()


def proven(parts: dict[int, float], cell: int, known: dict, *, upper: bool) -> int:
    exact = {one: Fraction(weight).limit_denominator(1000) for one, weight in parts.items()}
    own = exact.pop(cell)
    bound = Fraction(0)
    for other, weight in exact.items():
        factor = -weight / own
        bound += factor * Fraction(known[other, (factor > 0) == upper])
    return int(bound // 1) if upper else -int(-bound // 1)
