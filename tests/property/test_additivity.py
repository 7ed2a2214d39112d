"""What holds for every set of counts: derived sums are true of true counts, in any order of rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from evidencehub.disclosure.additivity import find_additive_relations, group_by_indicator
from evidencehub.disclosure.audit import AuditResult, ProtectedRange, audit_counts
from evidencehub.disclosure.counts import BoundedCount, CategoryStructure, CountKey
from evidencehub.disclosure.interval_sums import (
    find_interval_sums,
    outermost_intervals,
    parse_age_bounds,
)
from evidencehub.disclosure.scheme_covers import select_cover

BASE = CountKey("toys", "2024-01-01/2024-12-31", "X", "toys", "_T", "_T", "_T", "")
POLICY = ProtectedRange(1, 7)
TREE = {"H": ["A", "B"], "K": ["D"]}
GROUPS = {"A": "A", "B": "B", "D": "D", "E": "E", "H": "AB", "K": "D", "_T": "ABDE"}
STRUCTURE = CategoryStructure({"toys": TREE, "area": {"C": ["X", "Y"]}})
people = st.dictionaries(
    st.sampled_from([*itertools.product("XY", "ABDE")]), st.integers(0, 30), min_size=8
)
bands = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 20)).map(lambda pair: (pair[0], sum(pair))),
    min_size=1,
    max_size=7,
)
few = settings(max_examples=60, deadline=None)


def table(cells: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """The true count of each area and group."""
    areas = {"X": "X", "Y": "Y", "C": "XY"}
    return {
        (area, group): sum(cells[town, leaf] for town in towns for leaf in leaves)
        for area, towns in areas.items()
        for group, leaves in GROUPS.items()
    }


def suppress(true: dict[tuple[str, str], int], rows: Sequence[tuple[str, str]]) -> AuditResult:
    """Audit these rows, with all counts from 1 to 7 suppressed."""
    made = []
    for row, (area, group) in enumerate(rows, start=2):
        n = true[area, group]
        bounds = (1, 7) if 1 <= n <= 7 else (n, n)
        key = BASE._replace(area=area, ethnicity=group)
        made.append(BoundedCount(key, *bounds, bounds != (n, n), ("a.csv", row)))
    return audit_counts(made, STRUCTURE, POLICY)


@few
@given(people, st.data())
def test_what_is_disclosed_of_a_true_table_is_true(cells, data) -> None:
    true = table(cells)
    result = suppress(true, data.draw(st.permutations(list(true))))
    assert result.contradictions == []
    assert result.undecided == []
    for leak in result.disclosed:
        count = true[leak.cell.key.area, leak.cell.key.ethnicity]
        assert leak.lower <= count <= leak.upper
        assert leak.is_exact == (leak.lower == leak.upper)


@few
@given(people, st.data())
def test_the_order_of_rows_changes_nothing(cells, data) -> None:
    true = table(cells)
    found = [
        {
            (leak.cell.key.area, leak.cell.key.ethnicity): (leak.lower, leak.upper)
            for leak in suppress(true, rows).disclosed
        }
        for rows in (list(true), data.draw(st.permutations(list(true))))
    ]
    assert found[0] == found[1]


@few
@given(people, st.integers(1, 60), st.data())
def test_a_wrong_total_hides_nothing_that_other_towns_disclose(cells, slip, data) -> None:
    """Towns without a county: what one of them says wrong is no matter for the other."""
    true = {key: n for key, n in table(cells).items() if key[0] != "C"}
    alone = suppress(true, [key for key in true if key[0] == "X"]).disclosed
    wrong = true | {("Y", "_T"): true["Y", "_T"] + slip * data.draw(st.sampled_from([-1, 1]))}
    wrong["Y", "_T"] = max(wrong["Y", "_T"], 0)
    both = suppress(wrong, list(wrong)).disclosed
    expected = {(leak.cell.key.ethnicity, leak.lower, leak.upper) for leak in alone}
    in_x = {
        (leak.cell.key.ethnicity, leak.lower, leak.upper)
        for leak in both
        if leak.cell.key.area == "X"
    }
    assert expected <= in_x


@few
@given(bands, st.lists(st.integers(0, 9), min_size=60, max_size=60))
def test_sums_of_intervals_hold_for_any_counts_by_year(spans, by_year) -> None:
    def count(span: tuple[float, float]) -> int:
        return sum(by_year[int(span[0]) : int(span[1])])

    for total, parts, is_complete in find_interval_sums(spans):
        inside = sum(count(part) for part in parts)
        assert inside == count(total) if is_complete else inside <= count(total)
        assert all(total[0] <= first < last <= total[1] for first, last in parts)


@few
@given(bands)
def test_outermost_intervals_cover_the_same_years_once(spans) -> None:
    years = [year for first, last in outermost_intervals(spans) for year in range(first, last)]
    assert len(years) == len(set(years))
    assert set(years) == {year for first, last in spans for year in range(first, last)}


@given(st.integers(0, 110), st.integers(1, 20))
def test_an_age_band_is_read_however_it_is_written(first, width) -> None:
    last = first + width
    for text in (
        f"{first}-{last}", f"{first}–{last}", f"{first} to {last}", f"{first} to {last} years",
        f"Y{first}T{last}",
    ):  # fmt: skip
        assert parse_age_bounds(text) == (first, last + 1), text
        assert parse_age_bounds("band-x", text) == (first, last + 1)
    for text in (f"{last}+", f"{last} years and over", f"{last} or more", f"Y_GE{last}"):
        assert parse_age_bounds(text) == (last, math.inf), text
    for text in (f"under-{last}", f"Under {last} years", f"<{last}", f"Y_LT{last}"):
        assert parse_age_bounds(text) == (0, last), text
    for text in (f"{last}-{first}", "all ages", "", "working age"):
        assert parse_age_bounds(text) is None, text


@few
@given(st.lists(st.frozensets(st.integers(0, 9)), max_size=8), st.frozensets(st.integers(0, 9)))
def test_a_cover_is_made_of_parts_that_share_nothing(sets, wanted) -> None:
    codes, fills = select_cover(wanted, {f"c{n}": leaves for n, leaves in enumerate(sets)})
    chosen = [sets[int(code[1:])] for code in codes]
    union = frozenset().union(*chosen)
    assert sum(map(len, chosen)) == len(union)
    assert union <= wanted
    assert fills == (union == wanted)


@few
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=3, unique=True)))
def test_no_sum_runs_between_two_groups_of_indicators(sums) -> None:
    groups = group_by_indicator(sums, "abcdefgh")
    assert sorted(name for group in groups for name in group) == list("abcdefgh")
    for names in sums:
        assert any(set(names) <= set(group) for group in groups)


@few
@given(people)
def test_every_sum_of_a_true_table_holds(cells) -> None:
    true = table(cells)
    made = [
        BoundedCount(
            BASE._replace(area=area, ethnicity=group), n, n,
            is_suppressed=False, location=("a.csv", row),
        )
        for row, ((area, group), n) in enumerate(true.items(), start=2)
    ]  # fmt: skip
    relations = find_additive_relations(made, STRUCTURE)
    assert relations.contradictory == []
    assert len(relations.complete) >= 12
    for total, parts in relations.complete:
        assert made[total].lower == sum(made[part].lower for part in parts)
