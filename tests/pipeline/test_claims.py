"""Claims across datasets: a finding rests on figures that somebody else may correct."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evidencehub import pipeline
from evidencehub.pipeline import claim_texts
from tests.spec.changes import CLAIM, FINDING, claimed_finding
from tests.support.dataset_builder import BuildWorkspace, DatasetBuilder


def findings(site: BuildWorkspace, **found: str) -> DatasetBuilder:
    """A dataset with a finding about the toys of another, and a claim of it."""
    told = site.dataset("toy-words")
    told.tables["findings"] = [{**claimed_finding({**CLAIM, **found}), "groups_affected": ""}]
    told.tables["claims"] = [{**CLAIM, **found}]
    told.field_overrides["claims"] = {"stated": {"type": "number"}}
    told.write()
    return told


def claims(build: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(build / "hub.db")) as db:
        names = "dataset, claim, stated, recomputed, verdict, inputs"
        return db.execute(f"select {names} from claim").fetchall()


INPUTS = "12.5 (25 of 2000); 10.0 (10 of 1000)"


def test_a_claim_is_computed_from_the_figures_of_another_dataset(site: BuildWorkspace) -> None:
    site.dataset().write()
    findings(site)
    outcome = site.build()
    assert outcome.build is not None
    assert claims(outcome.build) == [("toy-words", 1, 1.3, 1.25, "equal", INPUTS)]


def test_a_figure_that_is_corrected_stops_the_finding_that_rests_on_it(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    toys.write()
    findings(site)
    first = site.build()
    toys.descriptor["version"] = "1.0.1"
    toys.texts["changes.md"] = "# Changes\n\n## 1.0.1\n\n- Corrected.\n\n## 1.0.0\n\n- First.\n"
    toys.tables["observations"][0] |= {"value": "15.0", "numerator": "30"}
    toys.write()
    second = site.build()
    assert second.build is None
    assert second.reports["toy-words"].rules == ["claims/mismatch"]
    assert second.reports["toy-repairs"].has_no_errors
    assert (site.out / "current").resolve() == first.build
    kept = site.build(keep_going=True)
    assert kept.build is not None
    assert kept.kept_previous == ["toy-words"]
    assert claims(kept.build) == [
        ("toy-words", 1, 1.3, 1.5, "mismatch", "15.0 (30 of 2000); 10.0 (10 of 1000)")
    ]


@pytest.mark.parametrize(
    ("inputs", "verdict", "rules"),
    [(INPUTS, "equal", []), ("12.6; 10.0", "stale", ["claims/stale"])],
)
def test_a_claim_is_stale_when_it_was_signed_off_with_other_figures(
    site: BuildWorkspace, inputs: str, verdict: str, rules: list[str]
) -> None:
    site.dataset().write()
    findings(site, inputs=inputs, signed_by="A. Person", signed_on="2026-01-31")
    outcome = site.build()
    assert outcome.build is not None
    assert outcome.reports["toy-words"].rules == rules
    assert claims(outcome.build)[0][4] == verdict


def test_a_suppressed_figure_bears_no_claim(site: BuildWorkspace) -> None:
    toys = site.dataset()
    empty = {"value": "", "numerator": "", "denominator": ""}
    toys.tables["observations"][1] |= {**empty, "obs_status": "Q", "conf_status": "C"}
    toys.write()
    findings(site)
    (problem,) = site.build().reports["toy-words"].problems
    assert problem.rule == "claims/no-figure"
    assert problem.message.startswith("The figure is not published for toy-repairs-rate")


def test_an_indicator_of_a_dataset_that_fails_is_told_once(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.tables["observations"][0]["ethnicity"] = "Group Z"
    toys.write()
    findings(site)
    outcome = site.build()
    assert outcome.reports["toy-words"].has_no_errors
    assert not outcome.reports["toy-repairs"].has_no_errors


def test_figures_in_a_dataset_that_is_not_looked_at_are_not_missed(site: BuildWorkspace) -> None:
    place = {"scheme": "ew-census-2021", "area": "GB"}
    toys, other = site.dataset(), site.dataset("toy-figures")
    rows = toys.tables.pop("observations")
    words = "In 2024 Bangladeshi toys were mended 1.3 times as often as Chinese toys."
    toys.tables["findings"] = [{**FINDING, "statement": words, "groups_affected": ""}]
    toys.tables["claims"] = [{**CLAIM, **place, "ethnicity": "1", "reference": "2"}]
    toys.field_overrides["claims"] = {"stated": {"type": "number"}}
    toys.write()
    other.descriptor["hub"]["lists"] = []
    other.tables = {
        "observations": [
            {**row, **place, "ethnicity": group} for row, group in zip(rows, "12", strict=True)
        ],
        "sources": other.tables["sources"],
    }
    other.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    assert claims(outcome.build)[0][4] == "within-rounding"
    assert pipeline.check_packages([toys.folder], site.paths)[0].rules == []


def test_a_number_stated_in_thousands_is_judged(site: BuildWorkspace) -> None:
    site.dataset().write()
    told = findings(site, measure="value", reference="", stated="1000", decimals="-3")
    told.field_overrides["claims"]["decimals"] = {"type": "integer"}
    told.write()
    (problem,) = site.build().reports["toy-words"].problems
    assert problem.rule == "claims/mismatch"


def with_next_year(site: BuildWorkspace, *groups: str) -> DatasetBuilder:
    """The toys with values of 2025 for these groups."""
    toys = site.dataset()
    toys.tables["observations"] += [
        {**row, "period": "2025"}
        for row in toys.tables["observations"]
        if row["ethnicity"] in groups
    ]
    toys.write()
    return toys


def states(build: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(build / "hub.db")) as db:
        return db.execute("select state, newer_period_end from claim order by claim").fetchall()


@pytest.mark.parametrize(
    ("groups", "expected", "rules"),
    [
        ("AB", [("superseded", "2025-12-31")], ["claims/superseded"]),
        ("A", [("current", None)], []),  # the ratio cannot be made anew
        ("", [("current", None)], []),
    ],
)
def test_a_claim_is_superseded_by_newer_values_of_all_its_groups(
    site: BuildWorkspace, groups: str, expected: list[tuple[object, ...]], rules: list[str]
) -> None:
    with_next_year(site, *groups)
    findings(site)
    outcome = site.build()
    assert outcome.build is not None
    assert outcome.reports["toy-words"].rules == rules
    assert outcome.reports["toy-words"].has_no_errors
    assert states(outcome.build) == expected


def test_a_newer_value_that_is_suppressed_supersedes_nothing(site: BuildWorkspace) -> None:
    toys = with_next_year(site, "A", "B")
    empty = {"value": "", "numerator": "", "denominator": ""}
    toys.tables["observations"][3] |= {**empty, "obs_status": "Q", "conf_status": "C"}
    toys.write()
    findings(site)
    outcome = site.build()
    assert outcome.build is not None
    assert states(outcome.build) == [("current", None)]


def test_a_finding_that_says_how_it_went_on_is_not_superseded(site: BuildWorkspace) -> None:
    with_next_year(site, "A", "B")
    told = findings(site)
    words = "Toys of Group A were mended 1.3 times as often as toys of Group B in 2024 and in 2025."
    told.tables["findings"][0]["statement"] = words
    told.tables["claims"].append({**told.tables["claims"][0], "period": "2025"})
    told.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    assert states(outcome.build) == [("current", None), ("current", None)]


def test_a_finding_that_is_replaced_needs_no_remark(site: BuildWorkspace) -> None:
    with_next_year(site, "A", "B")
    told = findings(site)
    newer = {**told.tables["findings"][0], "id": "toy-newer"}
    newer["statement"] = newer["statement"].replace("2024", "2025")
    told.tables["findings"][0]["superseded_by"] = "toy-newer"
    told.tables["findings"].append(newer)
    told.tables["claims"].append(
        {**told.tables["claims"][0], "finding": "toy-newer", "period": "2025"}
    )
    told.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    assert outcome.reports["toy-words"].rules == []
    assert states(outcome.build) == [("superseded", "2025-12-31"), ("current", None)]


def test_a_unit_that_another_dataset_changes_stops_the_finding_and_not_that_dataset(
    site: BuildWorkspace,
) -> None:
    """Only the dataset of the indicator is built anew; the sentence still says “every 1,000”."""
    toys = site.dataset()
    toys.write()
    findings(site, measure="value", reference="", stated="12.5")
    assert site.build().build is not None
    toys.descriptor["version"] = "1.0.1"
    toys.texts["changes.md"] = "# Changes\n\n## 1.0.1\n\n- Unit.\n\n## 1.0.0\n\n- First.\n"
    toys.tables["indicators"][0] |= {"unit": "per-100000-population", "scale": "100000"}
    for row in toys.tables["observations"]:
        row |= {"numerator": "", "denominator": ""}
    toys.write()
    outcome = site.build(only_dataset="toy-repairs")
    assert outcome.build is None
    assert outcome.reports["toy-words"].rules == ["claims/unit-not-in-text"]
    (problem,) = outcome.reports["toy-words"].problems
    assert (problem.severity, problem.location) == ("error", "data/claims.csv row 2, stated")


def test_what_was_published_before_the_rule_holds_no_other_dataset_back(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the finding nor its values are new: it is a warning while another dataset is built."""
    site.dataset().write()
    findings(site, measure="value", reference="", stated="12.5")
    with monkeypatch.context() as patch:  # as the code of before the rule
        patch.setattr(claim_texts, "find_text_faults", lambda *_: iter(()))
        told = site.dataset("toy-words")
        told.tables["findings"] = [{**claimed_finding(CLAIM), "groups_affected": ""}]
        told.tables["findings"][0]["statement"] = "In 2024, 12.5% of toys of Group A were mended."
        told.tables["claims"] = [{**CLAIM, "measure": "value", "reference": "", "stated": "12.5"}]
        told.field_overrides["claims"] = {"stated": {"type": "number"}}
        told.write()
        assert site.build().build is not None
    site.dataset("toy-loans").write()
    outcome = site.build(only_dataset="toy-loans")
    assert outcome.build is not None
    assert [p.severity for p in outcome.reports["toy-words"].problems] == ["warning"]
    assert not site.build().is_ok  # but the finding itself is judged when its folder is


def test_the_code_of_before_still_means_not_assessed(site: BuildWorkspace) -> None:
    """Releases in the archive have it, and are staged again."""
    told = site.dataset()
    told.tables["findings"] = [{**FINDING, "certainty": "not-graded"}]
    told.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    with closing(sqlite3.connect(outcome.build / "hub.db")) as db:
        assert db.execute("select certainty from finding").fetchall() == [("not-assessed",)]
