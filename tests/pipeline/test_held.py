"""Do the summary tables say what a look through every figure says?"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.dataset_builder import BuildWorkspace
from tests.support.summary_tables import assert_summaries_match

HIDDEN = {"value": "", "obs_status": "Q", "conf_status": "A"}
MISSING = {"value": "", "obs_status": "O"}
SHARED = ("ew-census-2021", "ni-census-2021")  # classifications that two datasets may use
QUERY = """
select dataset, area, scheme, observation_count, value_count, suppressed_count, missing_count, secondary_source_count from availability
where indicator = 'toy-repairs-rate' and scheme <> 'toy-repairs-groups'
order by dataset, area, scheme
"""
TOYS: list[dict[str, str]] = [
    {"area": "GB", "ethnicity": "1", "period": "2022"},
    {"area": "GB", "ethnicity": "2", "period": "2022"},
    {"area": "FJ", "ethnicity": "1", "period": "2022"},
    {"area": "FJ", "ethnicity": "2", "period": "2022", **HIDDEN},
    {"area": "NZ", "ethnicity": "1", "period": "2022"},  # in one dataset only
]
MORE: list[dict[str, str]] = [
    {"area": "GB", "ethnicity": "1", "period": "2024"},
    {"area": "GB", "ethnicity": "2", "period": "2024", **MISSING},
    {"area": "GB", "ethnicity": "1", "period": "2025", **HIDDEN},
    {"area": "GB", "ethnicity": "2", "period": "2025", "value": "", "value_min": "950"},
    {"area": "FJ", "ethnicity": "1", "period": "2023", "verification": "C3"},
    {"area": "FJ", "ethnicity": "2", "period": "2023", "verification": "C1", **HIDDEN},
]


def write_figures(
    site: BuildWorkspace, slug: str, figures: list[dict[str, str]], **hub: object
) -> None:
    """A dataset of toys, with more figures of toy-repairs-rate in classifications of the hub."""
    toys = site.dataset(slug)
    toys.descriptor["hub"] |= hub
    toys.tables["observations"] += [
        toys.build_observation(indicator="toy-repairs-rate", scheme=scheme) | figure
        for scheme in SHARED
        for figure in figures
    ]
    toys.write()


def build_site(site: BuildWorkspace) -> Path:
    outcome = site.build()
    assert outcome.build is not None, {s: r.problems for s, r in outcome.reports.items()}
    return outcome.build


@pytest.mark.parametrize(("verification", "quoted"), [("C1", 0), ("C3", 4)])
def test_where_two_datasets_have_figures_of_one_indicator_and_place(
    site: BuildWorkspace, verification: str, quoted: int
) -> None:
    write_figures(site, "toy-repairs", TOYS)
    write_figures(site, "toy-more", MORE, verification=verification)
    build = build_site(site)
    db = sqlite3.connect(build / "hub.db")
    rows = db.execute(QUERY).fetchall()
    db.close()
    expected = {
        ("toy-more", "FJ"): (2, 1, 1, 0, 1),
        ("toy-more", "GB"): (4, 2, 1, 1, quoted),
        ("toy-repairs", "FJ"): (2, 1, 1, 0, 0),
        ("toy-repairs", "GB"): (2, 2, 0, 0, 0),
        ("toy-repairs", "NZ"): (1, 1, 0, 0, 0),
    }
    assert rows == [
        (dataset, area, scheme, *counts)
        for (dataset, area), counts in expected.items()
        for scheme in SHARED
    ]
    assert_summaries_match(build)


def test_groups_of_a_made_up_indicator_are_not_listed(site: BuildWorkspace) -> None:
    write_figures(site, "toy-repairs", TOYS)
    write_figures(site, "toy-more", [], synthetic=True, disclosure_policy="synthetic")
    build = build_site(site)
    db = sqlite3.connect(build / "hub.db")
    found = db.execute("select distinct indicator from group_availability").fetchall()
    db.close()
    assert found == [("toy-repairs-rate",)]
    assert_summaries_match(build)


def test_two_datasets_two_places_and_suppressed_rows_are_counted_apart(rich_hub: Path) -> None:
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        rows = db.execute(
            "select area, dataset, observation_count, value_count, suppressed_count, missing_count, secondary_source_count, period_start, "
            "period_end from availability where indicator = 'toy-north-rate' and area <> 'GB' "
            "and scheme = 'toy-kinds' "
            "order by area, dataset"
        ).fetchall()
    assert rows == [
        ("toy-lands:X01", "toy-more", 3, 1, 1, 1, 0, "2019-01-01", "2019-12-31"),
        ("toy-lands:X01", "toy-north", 20, 16, 1, 3, 0, "2021-01-01", "2024-12-31"),
        ("toy-lands:X02", "toy-more", 2, 1, 1, 0, 0, "2019-01-01", "2019-12-31"),
        ("toy-lands:X02", "toy-north", 6, 2, 1, 3, 0, "2021-01-01", "2024-12-31"),
    ]


def test_each_row_is_counted_once_in_the_summary(rich_hub: Path) -> None:
    names = (
        "observation_count",
        "value_count",
        "suppressed_count",
        "missing_count",
        "secondary_source_count",
    )
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        rows = db.execute(
            "select o.indicator, o.area, o.scheme, o.dataset, o.obs_status, "
            "coalesce(o.verification, d.verification), coalesce(o.value, o.value_min, o.value_max) "
            "from observation as o join dataset as d on d.dataset = o.dataset"
        ).fetchall()
        summary = db.execute(
            f"select indicator, area, scheme, dataset, {', '.join(names)} from availability"
        ).fetchall()
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for *key, status, verification, number in rows:
        marks = [
            "observation_count",
            "suppressed_count"
            if status == "Q"
            else "value_count"
            if number is not None
            else "missing_count",
            *(["secondary_source_count"] if (verification or "").startswith("C3") else []),
        ]
        counts[tuple(key)].update(marks)
    assert {tuple(row[:4]): row[4:] for row in summary} == {
        key: tuple(count[name] for name in names) for key, count in counts.items()
    }
    assert all(sum(count[name] for count in counts.values()) for name in names)
    assert_summaries_match(rich_hub)
