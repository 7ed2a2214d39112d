"""The auditor finds all that a solver finds, and never more than is true."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.measures.recovery import Cells, Narrowed, Sums, narrow
from tests.support import tables
from tests.support.tables import KINDS, POLICIES

TABLES = int(os.environ.get("TABLES", "60"))  # each under both policies
seeds = st.integers(0, 10**9)
few = settings(max_examples=40, deadline=None)


def weaker(narrowed: Narrowed, cells: Cells, sums: Sums, targets: np.ndarray) -> list[str]:
    """Where a solver knows more than the auditor."""
    return [
        f"cell {cell}: {low} to {high}, not {narrowed.lower[cell]} to {narrowed.upper[cell]}"
        for cell, low, high in tables.attacked(cells, sums, targets)
        if narrowed.lower[cell] < low or narrowed.upper[cell] > high
    ]


def holds(narrowed: Narrowed, counts: np.ndarray) -> bool:
    return bool(((narrowed.lower <= counts) & (counts <= narrowed.upper)).all())


@pytest.mark.parametrize("policy", list(POLICIES))
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_auditor_finds_all_that_a_solver_finds_in_random_tables(kind, policy) -> None:
    for seed in range(-(-TABLES // len(KINDS))):
        table = KINDS[kind](seed)
        cells, sums = POLICIES[policy](table), table.sums
        narrowed = narrow(cells, sums, table.hidden)
        assert (narrowed.contradictions, narrowed.partly) == ((), ())
        assert holds(narrowed, table.counts), seed
        assert weaker(narrowed, cells, sums, table.hidden) == [], seed


@few
@given(seeds)
def test_it_does_so_where_sums_overlap_in_any_way(seed) -> None:
    cells, sums, counts = tables.tangle(seed)
    narrowed = narrow(cells, sums)
    assert narrowed.contradictions == ()
    assert holds(narrowed, counts)
    assert weaker(narrowed, cells, sums, cells.lower < cells.upper) == []


@few
@given(seeds)
def test_figures_that_a_solver_cannot_reconcile_are_a_contradiction(seed) -> None:
    cells, sums, _ = tables.tangle(seed)
    shift = np.random.default_rng(seed).integers(0, 9, len(cells)) * (cells.lower == cells.upper)
    spoiled = Cells(cells.lower + shift, cells.upper + shift)
    found = narrow(spoiled, sums).contradictions
    if not tables.can_be(spoiled, sums):
        assert found
    if found:
        assert not tables.can_be(spoiled, sums, integer=True)
        assert all(reason.cells for reason in found)


@few
@given(seeds)
def test_a_block_in_pieces_tells_nothing_false(seed) -> None:
    cells, sums, counts = tables.tangle(seed)
    assert holds(narrow(cells, sums, most_cells=3), counts)


@few
@given(seeds)
def test_narrowing_again_gives_nothing_more(seed) -> None:
    cells, sums, _ = tables.tangle(seed)
    once = narrow(cells, sums)
    again = narrow(Cells(once.lower, once.upper), sums)
    assert (again.lower.tolist(), again.upper.tolist()) == (
        once.lower.tolist(),
        once.upper.tolist(),
    )


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_sums_does_not_matter(seed, random) -> None:
    table = tables.with_parents(seed)
    links = list(table.links)
    random.shuffle(links)
    one = narrow(table.naive(), table.sums)
    other = narrow(table.naive(), Sums.of(links))
    assert (one.lower.tolist(), one.upper.tolist()) == (other.lower.tolist(), other.upper.tolist())


@settings(max_examples=100, deadline=None)
@given(st.lists(seeds, min_size=2, max_size=4))
def test_systems_side_by_side_give_what_each_gives_alone(drawn: list[int]) -> None:
    systems = [tables.tangle(seed)[:2] for seed in drawn]
    separate = [narrow(cells, sums) for cells, sums in systems]
    joint = narrow(*tables.union(*systems))
    assert joint.lower.tolist() == [low for part in separate for low in part.lower.tolist()]
    assert joint.upper.tolist() == [high for part in separate for high in part.upper.tolist()]


@few
@given(seeds, st.data())
def test_publishing_more_never_widens(seed, data) -> None:
    cells, sums, counts = tables.tangle(seed)
    shown = np.array(data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells))))
    before = narrow(cells, sums)
    more = Cells(np.where(shown, counts, cells.lower), np.where(shown, counts, cells.upper))
    after = narrow(more, sums)
    assert (after.lower >= before.lower).all()
    assert (after.upper <= before.upper).all()


@few
@given(seeds)
def test_every_step_can_be_checked_with_exact_fractions(seed) -> None:
    """A bound is a combination of sums; here it is worked out again without any rounding."""
    table = tables.with_parents(seed)
    cells = table.naive()
    narrowed = narrow(cells, table.sums, table.hidden)
    trail = narrowed.trail
    known = {(n, False): low for n, low in enumerate(cells.lower)}
    known |= {(n, True): high for n, high in enumerate(cells.upper)}
    steps = [(turn, *side, told) for side, all_ in trail.steps.items() for turn, told in all_]
    for now in range(1, trail.turn + 1):
        known |= {
            (cell, upper): proven(trail.combined(weights), cell, known, upper=upper)
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
