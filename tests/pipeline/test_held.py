"""Do the summary tables say what a look through every figure says?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.dataset import Site
from tests.support.held import agree

HIDDEN = {"value": "", "obs_status": "Q", "conf_status": "A"}
MISSING = {"value": "", "obs_status": "O"}
SHARED = ("ew-census-2021", "ni-census-2021")  # classifications that two datasets may use
QUERY = """
select dataset, area, scheme, figures, known, hidden, missing, second_hand from held
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


def write_figures(site: Site, slug: str, figures: list[dict[str, str]], **hub: object) -> None:
    """A dataset of toys, with more figures of toy-repairs-rate in classifications of the hub."""
    toys = site.dataset(slug)
    toys.descriptor["hub"] |= hub
    toys.tables["observations"] += [
        toys.observation(indicator="toy-repairs-rate", scheme=scheme) | figure
        for scheme in SHARED
        for figure in figures
    ]
    toys.write()


def build_site(site: Site) -> Path:
    outcome = site.build()
    assert outcome.build is not None, {s: r.problems for s, r in outcome.reports.items()}
    return outcome.build


@pytest.mark.parametrize(("verification", "quoted"), [("C1", 0), ("C3", 4)])
def test_where_two_datasets_have_figures_of_one_indicator_and_place(
    site: Site, verification: str, quoted: int
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
    agree(build)


def test_groups_of_a_made_up_indicator_are_not_listed(site: Site) -> None:
    write_figures(site, "toy-repairs", TOYS)
    write_figures(site, "toy-more", [], synthetic=True, disclosure_policy="synthetic")
    build = build_site(site)
    db = sqlite3.connect(build / "hub.db")
    found = db.execute("select distinct indicator from held_group").fetchall()
    db.close()
    assert found == [("toy-repairs-rate",)]
    agree(build)
