"""No size at which a package passes unseen: all is audited, or it is an error that it was not."""

from __future__ import annotations

import json

import pytest

from evidencehub.check import disclosure_input
from evidencehub.disclosure import alternatives, propagation
from evidencehub.domain.problem import CheckReport
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder

HIDDEN = {"value": "", "obs_status": "Q", "conf_status": "A"}


def counts(toys: DatasetBuilder, policy: str = "scot-nes") -> None:
    """Make the indicator one of counts, under a policy of its own."""
    toys.descriptor["hub"]["disclosure_policy"] = policy
    toys.tables["indicators"][0] |= {"value_type": "count", "scale": "1", "unit": "people"}


def in_places(toys: DatasetBuilder, number: int) -> list[str]:
    """Towns without a county."""
    places = [f"P{n}" for n in range(number)]
    toys.tables["codes"] += [
        {"list": "toy-repairs-places", "code": place, "label": f"Place {place}", "level": "city"}
        | {"facet": ""}
        for place in places
    ]
    return [f"toy-repairs-places:{place}" for place in places]


def rules(report: CheckReport) -> set[tuple[str, str]]:
    return {(problem.rule, problem.severity) for problem in report.problems}


@pytest.mark.slow
def test_a_table_of_more_than_100_000_counts_is_audited_and_every_leak_is_in_the_report(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    counts(toys)
    places = in_places(toys, 12_600)
    shown = (("_T", "40"), ("A", "20"), ("_U", "15"))
    rows = []
    for number, place in enumerate(places):
        for period in ("2023", "2024"):
            row = {"area": place, "period": period}
            rows += [toys.build_observation(ethnicity=g, value=n, **row) for g, n in shown]
            is_leak = number < 1_000 and period == "2024"
            cells = HIDDEN if is_leak else {"value": "5" if number >= 1_000 else "10"}
            rows.append(toys.build_observation(ethnicity="B", **row) | cells)
    toys.tables["observations"] = rows
    assert len(rows) > 100_000
    report = toys.check()
    leaks = [p for p in report.problems if p.rule == "disclosure/recoverable"]
    assert len(leaks) == 1_000
    document = json.dumps(report.as_dict())
    assert document.count("The suppressed count is 5.") == 1_000


def two_by_two(toys: DatasetBuilder, policy: str) -> None:
    """Two groups in two towns of a county, all four suppressed, with every margin."""
    counts(toys, policy)
    toys.tables["codes"] = [{"parent": ""} | row for row in toys.tables["codes"]]
    usual = {"list": "toy-repairs-places", "facet": "", "level": "city", "parent": "C"}
    toys.tables["codes"] += [
        usual | {"code": "C", "label": "County", "level": "county", "parent": ""},
        usual | {"code": "X", "label": "Town X"},
        usual | {"code": "Y", "label": "Town Y"},
    ]
    table = {
        ("X", "A"): "", ("X", "B"): "", ("X", "_T"): "10",
        ("Y", "A"): "", ("Y", "B"): "", ("Y", "_T"): "10",
        ("C", "A"): "10", ("C", "B"): "10", ("C", "_T"): "20",
    }  # fmt: skip
    toys.tables["observations"] = [
        toys.build_observation(area=f"toy-repairs-places:{area}", ethnicity=group, value=count)
        | ({} if count else HIDDEN)
        for (area, group), count in table.items()
    ]


@pytest.mark.parametrize(
    ("policy", "severity"), [("scot-nes", "error"), ("already-published", "warning")]
)
@pytest.mark.usefixtures("forked_stages")
def test_what_is_too_large_to_be_proven_is_an_error_of_its_own_under_a_policy(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch, policy: str, severity: str
) -> None:
    toys = site.dataset()
    two_by_two(toys, policy)
    assert rules(toys.check()) == set()
    monkeypatch.setattr(propagation, "MAX_TABLEAU_ENTRIES", 10)
    report = toys.check()
    assert rules(report) == {("disclosure/not-proven", severity)}
    assert len(report.problems) == 4
    assert report.has_no_errors == (severity == "warning")


@pytest.mark.usefixtures("forked_stages")
def test_contradictions_that_are_too_many_are_not_proven(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    toys = site.dataset()
    two_by_two(toys, "scot-nes")
    toys.tables["observations"][-1]["value"] = "19"
    monkeypatch.setattr(alternatives, "MAX_ALTERNATIVES", 0)
    assert ("disclosure/not-proven", "error") in rules(toys.check())


@pytest.mark.usefixtures("forked_stages")
def test_confidence_limits_that_were_not_read_are_not_proven(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure_input, "MAX_ROWS_WITH_LIMITS", 0)
    toys = site.dataset()
    toys.descriptor["hub"]["disclosure_policy"] = "scot-nes"
    toys.tables["indicators"][0] |= {"ci_method": "Byar", "ci_level": "95"}
    toys.field_overrides["indicators"] = {"ci_method": {"type": "string"}}
    limits = {"ci_lower": "14.29", "ci_upper": "27.24"}
    toys.tables["observations"] = [toys.build_observation(value="20.00") | limits]
    assert ("disclosure/not-proven", "error") in rules(toys.check())


@pytest.mark.slow
def test_a_small_count_is_found_behind_any_number_of_rows_that_may_have_one(
    site: BuildWorkspace,
) -> None:
    """A policy leaves whole countries alone; the rows of the country come first."""
    toys = site.dataset()
    counts(toys, "mhsds-5")
    rows = [
        toys.build_observation(area="GB", value="3", period=str(1800 + number % 200))
        | {"other": f"toy-parts=p{number // 200}"}
        for number in range(20_400)
    ]
    parts = {"list": "toy-parts", "level": "", "facet": ""}
    toys.tables["codes"] += [parts | {"code": f"p{n}", "label": f"Part {n}"} for n in range(102)]
    toys.descriptor["hub"]["lists"].append(
        {"list": "toy-parts", "title": "Toy parts", "kind": "dimension"}
    )
    toys.tables["observations"] = [*rows, toys.build_observation(value="3") | {"other": ""}]
    found = [p.row for p in toys.check().problems if p.rule == "disclosure/small-count"]
    assert found == [20_402]
