"""The check of whole packages against an exact integer attack that was written without it.

`ATTACKS=1000` runs as many packages; a seeded sample runs else.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline import BuildPaths
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT
from tests.support.disclosure_attack import Row, System, read_rows
from tests.support.disclosure_packages import STRUCTURES, RandomPackage, create_package

ATTACKS = int(os.environ.get("ATTACKS", "56"))
PER_STRUCTURE = -(-ATTACKS // len(STRUCTURES))
LEAST_VALUES = 3  # that must remain possible
LEAKS = ("disclosure/recoverable", "disclosure/narrowed", "disclosure/contradiction")

pytestmark = pytest.mark.slow


def check_all(packages: list[RandomPackage], root: Path) -> list[CheckReport]:
    paths = BuildPaths([], CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", root, root / "none")
    return pipeline.check_packages([package.toys.folder for package in packages], paths)


def attack(package: RandomPackage) -> dict[int, tuple[float, float]]:
    """What the attack finds; without the total that was typed wrong, which contradicts the rest."""
    rows: list[Row] = read_rows(package.toys.folder)
    lines = [line for line in range(2, len(rows) + 2) if line != package.spoiled]
    system = System(package.attacker, [rows[line - 2] for line in lines])
    solved = system.solve()
    assert solved is not None, package.toys.folder
    return {lines[line - 2]: span for line, span in solved.items()}


def flagged_rows(report: CheckReport) -> set[int]:
    """The rows of errors that a sum gives away, and those not proven."""
    return {
        problem.row or 0
        for problem in report.problems
        if problem.severity == "error" and problem.rule in LEAKS
    }


@pytest.mark.parametrize("structure", list(STRUCTURES))
def test_the_check_misses_nothing_that_an_exact_attack_finds(
    structure: str, tmp_path: Path
) -> None:
    packages = [create_package(structure, seed, tmp_path) for seed in range(PER_STRUCTURE)]
    outcomes: dict[str, list[str]] = defaultdict(list)
    attacked = 0
    for package, report in zip(packages, check_all(packages, tmp_path), strict=True):
        ranges = attack(package)
        attacked += len(ranges)
        narrow = {row for row, (low, high) in ranges.items() if high - low + 1 < LEAST_VALUES}
        flagged = flagged_rows(report)
        unproven = {p.row for p in report.problems if p.rule == "disclosure/not-proven"}
        name = package.toys.folder.name
        outcomes["missed"] += [f"{name} {row} {ranges[row]}" for row in narrow - flagged - unproven]
        if package.spoiled is None:
            wrong = (flagged & ranges.keys()) - narrow
            outcomes["false alarms"] += [f"{name} {row} {ranges[row]}" for row in wrong - unproven]
            outcomes["contradictions"] += [
                f"{name} {p.message}"
                for p in report.problems
                if p.rule == "disclosure/contradiction"
            ]
    assert attacked > 0
    assert {kind: found for kind, found in outcomes.items() if found} == {}
