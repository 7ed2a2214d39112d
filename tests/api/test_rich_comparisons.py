"""Is each comparison of a family as well founded as it says, from the observations themselves?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

SIDES_SQL = """
select c.family, c.indicator, c.area, c.ethnicity, c.reference, c.published, c.secondary, c.people,
  d.verification as dataset_level, o.verification as own_level,
  coalesce(o.population, o.denominator) as own_people,
  (
    select r.verification from observation as r
    where r.indicator = c.indicator and r.dataset = c.dataset and r.area = c.area
      and r.scheme = c.scheme and r.ethnicity = c.reference and r.sex = c.sex and r.age = c.age
      and r.other = c.other and r.adjustment = c.adjustment and r.comparator = ''
      and r.period_start = c.period_start and r.period_end = c.period_end
  ) as reference_level
from comparison as c
join dataset as d on d.dataset = c.dataset
join observation as o on o.indicator = c.indicator and o.dataset = c.dataset and o.area = c.area
  and o.scheme = c.scheme and o.ethnicity = c.ethnicity and o.sex = c.sex and o.age = c.age
  and o.other = c.other and o.adjustment = c.adjustment
  and o.comparator = iif(c.published, c.reference, '')
  and o.period_start = c.period_start and o.period_end = c.period_end
where c.ethnicity <> ''
"""


@pytest.fixture(scope="module")
def sides(rich_hub: Path, built: Path) -> list[sqlite3.Row]:
    """Each comparison with what its two values say of themselves."""
    rows: list[sqlite3.Row] = []
    for build in (rich_hub, built):
        with closing(sqlite3.connect(build / "hub.db")) as connection:
            connection.row_factory = sqlite3.Row
            rows += connection.execute(SIDES_SQL)
    return rows


def test_a_comparison_is_of_secondary_sources_if_one_of_its_values_is(sides) -> None:
    own_level_decides = 0
    for row in sides:
        levels = [row["own_level"] or row["dataset_level"]]
        if not row["published"]:
            levels.append(row["reference_level"] or row["dataset_level"])
        is_secondary = any((level or "").startswith("C3") for level in levels)
        assert bool(row["secondary"]) == is_secondary, dict(row)
        own_level_decides += is_secondary != (row["dataset_level"] or "").startswith("C3")
    assert own_level_decides > 3


def test_a_comparison_counts_the_people_of_its_group(sides) -> None:
    assert all(row["people"] == row["own_people"] for row in sides)
    assert any(row["people"] for row in sides)


def test_each_current_published_comparison_is_compared_once_with_its_own_value(
    rich_hub: Path, built: Path
) -> None:
    """Of all observations of its indicator that differ in one dimension, only the one is taken."""
    names = (
        "family", "dataset", "indicator", "area", "scheme", "period_start", "period_end", "sex",
        "age", "other", "adjustment",
    )  # fmt: skip
    compared = 0
    for build in (rich_hub, built):
        with closing(sqlite3.connect(build / "hub.db")) as connection:
            connection.row_factory = sqlite3.Row
            current = connection.execute(
                "select * from comparison where comparison_status = 'current' and published "
                "and not synthetic"
            ).fetchall()
            shown = connection.execute("select * from compared_measure where published").fetchall()
            observations = connection.execute(
                "select * from observation where comparator <> ''"
            ).fetchall()
        values: dict[tuple, list[float]] = {}
        for row in observations:
            place = (*(row[name] for name in names[1:]), row["ethnicity"], row["comparator"])
            values.setdefault(place, []).append(row["value"])
        found = sorted(
            (*(row[name] for name in names), row["group"], row["reference"], row["value"])
            for row in shown
        )
        expected = sorted(
            (*place, value)
            for row in current
            for place in [(*(row[n] for n in names), row["ethnicity"], row["reference"])]
            for value in values[place[1:]]
        )
        assert found == expected
        compared += len(found)
    assert compared > 5
