"""A table with very many mistakes: Frictionless' own limit hides none, ours says that it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidencehub.check import frictionless_errors
from evidencehub.check.structure import PackageValidator
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.problem import Problem

FIELDS = [{"name": "place", "type": "string"}, {"name": "value", "type": "number"}]
DEFAULT_LIMIT = 1_000  # of Frictionless, for a table


def find_problems(folder: Path, count: int) -> list[Problem]:
    """What is wrong with a table of as many wrong numbers, and of two cells too many at its end."""
    rows = "".join(f"a,x{i}\n" for i in range(count))
    (folder / "t.csv").write_text(f"place,value\n{rows}b,1,2\n", "utf-8")
    resource = {"name": "t", "path": "t.csv", "schema": {"fields": FIELDS}}
    table = Resource("t", "t.csv", folder / "t.csv", resource)
    package = SourcePackage("toys", folder, {"name": "toys", "resources": [resource]}, (table,))
    gate = PackageValidator(package)
    list(gate.read_chunks(table, use_arrow=False))
    return gate.find_problems()


def test_what_stands_below_a_thousand_mistakes_is_found_too(tmp_path: Path) -> None:
    problems = find_problems(tmp_path, DEFAULT_LIMIT + 200)
    assert [problem.rule for problem in problems].count("structure/type") == DEFAULT_LIMIT + 200
    assert [(p.rule, p.row) for p in problems if p.rule != "structure/type"] == [
        ("structure/row-length", DEFAULT_LIMIT + 202)
    ]


def test_a_table_that_was_not_read_to_its_end_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frictionless_errors, "MAX_ERRORS", 50)
    problems = find_problems(tmp_path, 60)
    assert [p.rule for p in problems].count("structure/type") == 50
    assert "stopped after 50 mistakes" in problems[-1].message
    assert (problems[-1].rule, problems[-1].file) == ("structure/crash", "t.csv")
