"""The gate's verdict is Frictionless' own, and so are the values it hands on.

Packages of strangers may be refused for reasons of the hub's own; what Frictionless rejects, as it
was written or with the standard's dialect written out, is never accepted.
"""

from __future__ import annotations

import json
import math
import os
import random
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import frictionless
import pytest

from evidencehub.check.arrow_reader import STANDARD_DIALECT
from evidencehub.check.descriptor_schema import find_schema_problems
from evidencehub.check.structure import FullParserNeededError, PackageValidator
from evidencehub.domain.columns import MissingValue
from evidencehub.domain.package import SourcePackage
from evidencehub.source import packages
from tests.support import foreign_tables, package_mutations, stranger_packages
from tests.support.access_watch import list_forbidden, watch_access

CASES = int(os.environ.get("MUTATIONS", "500"))
BLOCK = 50
BUDGET_SECONDS = 20  # for one package of a few rows; the machine may be busy
STRANGERS = {
    "packages": stranger_packages.write_stranger_package,
    "tables": foreign_tables.write_foreign_table,
    "literals": foreign_tables.write_literal,
}
STRANGE_CASES = int(os.environ.get("MUTATIONS", "60"))
KIND_CASES = {
    "packages": STRANGE_CASES,
    "tables": STRANGE_CASES // 3,
    "literals": STRANGE_CASES // 3,
}
OWN_REASONS = {
    "structure/path", "structure/inline", "structure/descriptor", "structure/unique-keys",
    "structure/crash",
}  # fmt: skip
"""Rules by which the hub refuses what Frictionless accepts."""
Rows = dict[str, list[tuple[Any, ...]]]


def judged(package: SourcePackage) -> tuple[bool, Rows, bool]:
    """The gate's verdict, the cells it hands on, and whether the fast reader was enough."""
    for fast in (True, False):
        gate = PackageValidator(package)
        rows: Rows = {}
        try:
            for resource in package.resources if gate.accepts_descriptor else ():
                found = rows.setdefault(resource.name, [])
                for chunk in gate.read_chunks(resource, use_arrow=fast):
                    found += zip(*chunk.cells.values(), strict=True)
        except FullParserNeededError:
            continue
        return not gate.find_problems(), rows, fast
    raise AssertionError


def peer(folder: Path) -> tuple[bool, Rows | None]:
    """Frictionless' verdict on the untouched package, and its cells where it reads them."""
    try:
        package = frictionless.Package(str(folder / "datapackage.json"))
        valid = package.validate().valid
    except Exception:  # noqa: BLE001 - however it fails, it does not accept
        return False, None
    if not valid:
        return False, None
    rows: Rows = {}
    for resource in frictionless.Package(str(folder / "datapackage.json")).resources:
        names = resource.schema.field_names  # before it is opened: then it may gain columns
        with resource:
            read = [row.to_dict() for row in resource.row_stream]
        rows[resource.name] = [tuple(kept(row.get(name)) for name in names) for row in read]
    return True, rows


def kept(value: Any) -> Any:
    """A value of Frictionless' in the form in which the hub keeps it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, tuple) and hasattr(value, "month"):
        return f"{value.year:04}-{value.month:02}"
    return value


def comparable(rows: Rows) -> Rows:
    """Rows with marks as the missing values that they are, and NaN equal to itself."""

    def cell(value: Any) -> Any:
        if isinstance(value, MissingValue):
            return None
        return "NaN" if isinstance(value, float) and math.isnan(value) else value

    return {name: [tuple(map(cell, row)) for row in found] for name, found in rows.items()}


@pytest.mark.parametrize("block", list(range((CASES + BLOCK - 1) // BLOCK)))
def test_the_gate_says_what_frictionless_says(block: int, tmp_path: Path) -> None:
    for case in range(block * BLOCK, min((block + 1) * BLOCK, CASES)):
        folder = tmp_path / f"case-{case}"
        folder.mkdir()
        package_mutations.write_mutated_package(folder, random.Random(case))
        package, problems = packages.read_package(folder)
        assert package is not None
        assert not problems
        accepted, rows, _ = judged(package)
        valid, expected = peer(folder)
        assert accepted == valid, f"case {case}"
        if accepted:
            assert expected is not None
            assert comparable(rows) == comparable(expected), f"case {case}"


def test_the_cases_are_of_both_kinds_and_both_readers_are_used(tmp_path: Path) -> None:
    verdicts, readers = set(), set()
    for case in range(60):
        folder = tmp_path / f"case-{case}"
        folder.mkdir()
        package_mutations.write_mutated_package(folder, random.Random(case))
        package, _ = packages.read_package(folder)
        assert package is not None
        accepted, _, fast = judged(package)
        verdicts.add(accepted)
        readers.add(fast)
    assert verdicts == readers == {True, False}


def list_refusals(folder: Path) -> set[str]:
    """The rules by which a stranger's package is refused, read either way with one verdict."""
    package, problems = packages.read_package(folder)
    if package is not None and not problems:
        problems = [p for p in find_schema_problems(package) if p.rule != "metadata/hub"]
    if package is None or problems:
        return {problem.rule for problem in problems}
    verdicts = []
    for fast in (True, False):
        gate = PackageValidator(package)
        try:
            for resource in package.resources if gate.accepts_descriptor else ():
                for _ in gate.read_chunks(resource, use_arrow=fast):
                    pass
        except FullParserNeededError:
            continue
        verdicts.append({problem.rule for problem in gate.find_problems()})
    assert len({bool(rules) for rules in verdicts}) == 1
    return verdicts[-1]


def stated_verdict(folder: Path) -> bool:
    """Frictionless' verdict where the standard's default dialect is written out."""
    descriptor = read_descriptor(folder)
    for resource in descriptor["resources"]:
        # Frictionless reads its own nested form where nothing stands beside it
        stated = resource.get("dialect", {})
        nested = stated.get("csv", {}) if isinstance(stated, dict) else {}
        resource["dialect"] = {**STANDARD_DIALECT, **nested, **stated}
        resource.setdefault("format", "csv")
        resource.setdefault("encoding", "utf-8")
    valid: bool = (
        frictionless.Package.from_descriptor(descriptor, basepath=str(folder)).validate().valid
    )
    return valid


def verdict_as_written(folder: Path) -> bool:
    """Frictionless' verdict on the package as it is; however it fails, it does not accept."""
    try:
        descriptor = read_descriptor(folder)
        package = frictionless.Package.from_descriptor(descriptor, basepath=str(folder))
        return bool(package.validate().valid)
    except Exception:  # noqa: BLE001
        return False


def read_descriptor(folder: Path) -> Any:
    """The descriptor, with the profile of tables named where v1 of the standard lets it be unsaid.

    What is in a tabular package of v1 is tables; Frictionless wants each to say so (0065).
    """
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    if isinstance(descriptor, dict) and descriptor.get("profile") == "tabular-data-package":
        for resource in descriptor.get("resources", ()):
            if isinstance(resource, dict):
                resource.setdefault("profile", "tabular-data-resource")
    return descriptor


# Frictionless leaves a file open where it fails in the middle; among thousands one is told of
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("kind", "first"),
    [(kind, first) for kind, count in KIND_CASES.items() for first in range(0, count, BLOCK)],
)
def test_nothing_is_accepted_that_frictionless_rejects(
    kind: str, first: int, tmp_path: Path
) -> None:
    for case in range(first, min(first + BLOCK, KIND_CASES[kind])):
        folder = tmp_path / f"case-{case}"
        folder.mkdir()
        STRANGERS[kind](folder, random.Random(case))
        start = monotonic()
        with watch_access() as events:
            rules = list_refusals(folder)
        assert monotonic() - start < BUDGET_SECONDS, f"{kind} {case}"
        assert list_forbidden(events, tmp_path / "outside") == [], f"{kind} {case}"
        if not rules:
            assert verdict_as_written(folder), f"{kind} {case}"
            assert stated_verdict(folder), f"{kind} {case}"
        elif not rules & OWN_REASONS:
            assert not (verdict_as_written(folder) and stated_verdict(folder)), f"{kind} {case}"


@pytest.mark.parametrize("kind", STRANGERS)
def test_strangers_are_of_both_kinds(kind: str, tmp_path: Path) -> None:
    verdicts = []
    for case in range(40):
        folder = tmp_path / f"case-{case}"
        folder.mkdir()
        STRANGERS[kind](folder, random.Random(case))
        verdicts.append(bool(list_refusals(folder)))
    assert 5 <= sum(verdicts) <= 35
