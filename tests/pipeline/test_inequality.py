"""Measures of inequality in the database, made whenever the inputs allow."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from evidencehub.pipeline import inequality_tables
from tests.support.dataset_builder import BuildWorkspace


def rows(site: BuildWorkspace, sql: str) -> list[tuple[Any, ...]]:
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    with closing(sqlite3.connect(outcome.build / "hub.db")) as db:
        return db.execute(sql).fetchall()


def test_groups_are_compared_with_the_reference_that_the_package_declares(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["reference_group"] = "toy-repairs-groups:B"
    toys.write()
    found = rows(
        site,
        "select ethnicity, reference, difference, difference_lower < 2.5, ratio, ratio_lower < 1.25 "
        "from gap_flat",
    )
    assert found == [("A", "B", 2.5, 1, 1.25, 1)]


def test_what_is_not_given_says_why(site: BuildWorkspace) -> None:
    site.dataset().write()
    told = rows(site, "select measure, why, strata from inequality_missing where measure = 'd'")
    assert told == [
        ("d", "No reference group is declared, and there is no figure of all groups together.", 1)
    ]


def test_a_ratio_is_not_compared_again(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0]["value_type"] = "rate-ratio"
    toys.write()
    told = rows(site, "select why from inequality_missing")
    assert told == [("Values of the type rate-ratio are not used to compare groups.",)]


@pytest.mark.usefixtures("forked_stages")
def test_a_large_dataset_is_left_to_whoever_asks(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inequality_tables, "MAX_COMPARED_OBSERVATIONS", 1)
    site.dataset().write()
    told = rows(site, "select indicator, why, strata from inequality_missing")
    assert told == [("toy-repairs-rate", "The dataset has more than 1 observations.", 2)]


@pytest.mark.usefixtures("forked_stages")
def test_of_a_large_dataset_only_figures_of_everybody_are_compared(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inequality_tables, "MAX_COMPARED_OBSERVATIONS", 2)
    toys = site.dataset()
    toys.descriptor["hub"]["reference_group"] = "toy-repairs-groups:B"
    counts = {"value": "10.0", "numerator": "10", "denominator": "1000", "sex": "F"}
    toys.field_overrides["observations"] = {"sex": {"type": "string"}}
    toys.tables["observations"] += [toys.build_observation(ethnicity=g) | counts for g in "AB"]
    toys.write()
    assert rows(site, "select sex, ethnicity from gap_flat") == [("_T", "A")]
    ((why, left),) = rows(site, "select why, strata from inequality_missing where measure = ''")
    assert why.startswith(
        "The dataset has more than 2 observations, so only those for both sexes, all ages"
    )
    assert left == 2


def test_an_indicator_of_another_dataset_says_so(site: BuildWorkspace) -> None:
    site.dataset("toy-loans").write()
    toys = site.dataset()
    toys.tables["observations"][0]["indicator"] = "toy-loans-rate"
    toys.write()
    told = rows(
        site, "select indicator, why from inequality_missing where dataset = 'toy-repairs' limit 1"
    )
    assert told == [("toy-loans-rate", "The indicator is defined by another dataset.")]


def test_an_own_dimension_may_be_ordered(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["lists"].append(
        {
            "list": "toy-fifths",
            "title": "Toy fifths",
            "kind": "dimension",
            "ordered": "disadvantaged-last",
        }
    )
    usual = {"list": "toy-fifths", "level": "", "facet": ""}
    toys.tables["codes"] += [{**usual, "code": c, "label": f"Fifth {c}"} for c in "12345"]
    toys.tables["observations"] = [
        toys.build_observation(
            ethnicity="A", value=f"{5 * int(c)}.0", numerator=f"{5 * int(c)}", denominator="1000"
        )
        | {"other": f"toy-fifths={c}"}
        for c in "12345"
    ]
    toys.write()
    (found,) = rows(
        site,
        "select dimension, ethnicity, round(value, 6) from inequality_flat where measure = 'sii'",
    )
    # fifth 5 is the most disadvantaged here, so the line falls from it to fifth 1
    assert found == ("toy-fifths", "A", -25.0)


@pytest.mark.parametrize("level", ["100", "150", "0", "-5"])
def test_the_level_of_an_indicator_s_intervals_is_a_percentage(
    site: BuildWorkspace, level: str
) -> None:
    toys = site.dataset()
    toys.tables["indicators"][0]["ci_level"] = level
    toys.write()
    assert toys.check().rules == ["values/interval-level"]


def test_a_reference_without_events_keeps_the_lower_limit_of_the_ratio(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["reference_group"] = "toy-repairs-groups:B"
    counts = {"A": ("30.0", "30"), "B": ("0.0", "0")}
    toys.tables["observations"] = [
        toys.build_observation(ethnicity=group)
        | {"value": value, "numerator": numerator, "denominator": "1000"}
        for group, (value, numerator) in counts.items()
    ]
    toys.write()
    ((difference, upper, ratio, lower, no_limit),) = rows(
        site, "select difference, difference_upper, ratio, ratio_lower, ratio_upper from gap"
    )
    assert (difference, ratio, no_limit) == (30.0, None, None)
    assert upper == pytest.approx(30 + 12.83, abs=0.01)  # Byar's limit of 30 events is 42.83
    assert lower > 1


@pytest.mark.parametrize("place", ["indicator", "dataset"])
@pytest.mark.parametrize("unit", ["reading", "contact", "person", "event"])
def test_no_limits_follow_from_counts_of_which_a_person_may_have_many(
    site: BuildWorkspace, place: str, unit: str
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["reference_group"] = "toy-repairs-groups:B"
    if place == "dataset":
        toys.descriptor["hub"]["unit_of_count"] = unit
    else:
        toys.tables["indicators"][0]["unit_of_count"] = unit
    for row in toys.tables["observations"]:
        row.update(ci_lower="", ci_upper="")
    toys.write()
    derived = rows(site, "select distinct derived <> '', ci_lower is null from observation")
    (lower,) = rows(site, "select difference_lower is null from gap")
    is_repeated = unit in ("reading", "contact")
    assert derived == [(int(not is_repeated), int(is_repeated))]
    assert lower == (int(is_repeated),)
    assert rows(site, "select unit_of_count from indicator") == [(unit,)]


def test_a_unit_of_count_that_does_not_exist_is_refused(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["hub"]["unit_of_count"] = "guess"
    toys.write()
    assert toys.check().rules == ["metadata/codes"]
