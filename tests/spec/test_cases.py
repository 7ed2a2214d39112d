"""Does the check say what is right of the packages that people spoilt, and of those that are well?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline import BuildPaths
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT
from tests.support.spoilt_cases import (
    OUTCOMES,
    SHARED_CASES,
    UNRELATED,
    VALUES,
    Outcome,
    copy_case,
    find_cases,
)

CASES = dict(find_cases())

pytestmark = pytest.mark.skipif(not CASES, reason=f"the spoilt packages are absent: {SHARED_CASES}")


def check_case(name: str, home: Path) -> CheckReport:
    paths = BuildPaths([], CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", home / "out", home / "none")
    return pipeline.check_packages([copy_case(CASES[name], home)], paths)[0]


def find_differences(report: CheckReport, right: Outcome) -> list[str]:
    """In what a report is other than it should be."""
    expected = {"error": right.refused_by, "warning": right.remarked_by}
    differences = []
    for severity, rules in expected.items():
        told = {p.rule for p in report.problems if p.severity == severity}
        differences += [f"{severity} lacks {rule}" for rule in rules if rule not in told]
        if not right.refused_by:
            others = told - set(rules) - UNRELATED
            differences += [f"{severity} of {rule}" for rule in sorted(others)]
    if right.says not in "\n".join(f"{p.message} {p.fix}" for p in report.problems):
        differences.append(f"nothing says “{right.says}”")
    return differences


def test_every_case_has_an_outcome_and_every_outcome_a_case() -> None:
    assert set(CASES) == set(OUTCOMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_a_case_is_judged_as_is_right(name: str, tmp_path: Path) -> None:
    report = check_case(name, tmp_path)
    differences = find_differences(report, OUTCOMES[name])
    assert differences == [], report.rules
    assert "structure/internal-error" not in report.rules


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_case_that_passes_has_the_values_that_it_prints(name: str, tmp_path: Path) -> None:
    home = tmp_path / "datasets"
    copy_case(CASES[name], home)
    paths = BuildPaths(
        [home], CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", tmp_path / "dist", tmp_path / "archive"
    )
    outcome = pipeline.build_hub(paths)
    assert outcome.build is not None, outcome.reports
    columns, rows = VALUES[name]
    with sqlite3.connect(outcome.build / "hub.db") as database:
        stored = database.execute(f"select {columns} from observation").fetchall()
    assert sorted(map(repr, stored)) == sorted(map(repr, rows))  # they stand in another order
