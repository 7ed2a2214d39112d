"""The gate's verdict is Frictionless' own, and so are the values it hands on."""

from __future__ import annotations

import math
import os
import random
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import frictionless
import pytest

from evidencehub.check.structure import FullParserNeededError, PackageValidator
from evidencehub.domain.columns import MissingValue
from evidencehub.domain.package import SourcePackage
from evidencehub.source import packages
from tests.support import package_mutations

CASES = int(os.environ.get("MUTATIONS", "500"))
BLOCK = 50
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
