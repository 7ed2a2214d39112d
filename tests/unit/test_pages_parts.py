"""How long lists of a page are cut: fairly, in order, and never to nothing."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from evidencehub.store import latest_values
from evidencehub.store.observations import TableObservationRow
from evidencehub.web.pages import country_comparison
from evidencehub.web.views import main_facts, table_selection


def line(indicator: str, ethnicity: str, place: int) -> dict[str, object]:
    return {"indicator": indicator, "scheme": "toy", "ethnicity": ethnicity, "place": place}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 60))
def test_lines_are_spread_over_indicators_and_begin_with_their_first_places(sizes, most) -> None:
    there = [line(f"toy-{n}", "A", place) for n, size in enumerate(sizes) for place in range(size)]
    kept = latest_values.limit_areas(there, most)
    for n, size in enumerate(sizes):
        own = [row["place"] for row in kept if row["indicator"] == f"toy-{n}"]
        assert own == list(range(len(own)))
        assert 1 <= len(own) <= size
    assert len(kept) <= max(most, len(sizes))
    if len(there) <= most:
        assert kept == there


@given(st.integers(1, 400), st.data())
def test_a_long_list_shows_the_choices_around_the_chosen_one(count: int, data) -> None:
    choices = [(str(n), f"Area {n}") for n in range(count)]
    value = data.draw(st.sampled_from(choices))[0]
    shown = table_selection.select_nearby_choices(choices, value)
    assert value in dict(shown)
    assert len(shown) == min(count, table_selection.MAX_FIELD_CHOICES)
    first = choices.index(shown[0])
    assert shown == choices[first : first + len(shown)]


def panel(country: str, area: str, rows: int) -> dict[str, object]:
    told = dict.fromkeys(country_comparison._PANEL_SORT_COLUMNS, "")
    return {**told, "country": country, "area": area, "rows": [{}] * rows}


def test_every_country_stays_in_a_comparison_however_much_one_of_them_has() -> None:
    panels = [panel("X01", f"a{n}", 30) for n in range(10)] + [panel("X02", "b", 5)]
    kept = country_comparison.select_panels(panels)
    assert {one["country"] for one in kept} == {"X01", "X02"}
    assert sum(len(one["rows"]) for one in kept) <= country_comparison.MAX_PANEL_ROWS + 5
    few = [panel("X01", "a", 3), panel("X02", "b", 3)]
    assert len(country_comparison.select_panels(few)) == 2


def observation(ethnicity: str, value: float, parent: str | None, **columns) -> TableObservationRow:
    cells = {
        **dict.fromkeys(field.name for field in dataclasses.fields(TableObservationRow)),
        "ethnicity": ethnicity, "value": value, "parent": parent, "residual": 0,
        "verification": "C1", "obs_status": "A", "period_start": "2020-01-01",
        "period_end": "2020-12-31", "decimals": 1,
    }  # fmt: skip
    return TableObservationRow(**{**cells, **columns})


def test_main_facts_set_groups_of_one_level_side_by_side() -> None:
    rows = [
        observation("white", 10.0, None),
        observation("white-irish", 2.0, "white"),
        observation("black", 30.0, None),
        observation("black-other", 90.0, "black"),
    ]
    siblings = main_facts.select_sibling_groups(rows, "white")
    assert [row.ethnicity for row in siblings] == ["white", "black"]
    siblings = main_facts.select_sibling_groups(rows, "white-irish")
    assert [row.ethnicity for row in siblings] == ["white-irish", "black-other"]
    (fact,) = main_facts.draft_main_facts(rows, rows, {}, "white")
    assert isinstance(fact, main_facts.RangeFact)
    assert (fact.highest.ethnicity, fact.groups) == ("black", 2)


def test_values_of_a_secondary_source_are_left_out_of_the_facts() -> None:
    rows = [observation("a", 1.0, None, verification="C3"), observation("b", 2.0, None)]
    facts = main_facts.draft_main_facts(rows, rows, {}, "")
    assert facts == [main_facts.SingleGroupFact(rows[1])]
