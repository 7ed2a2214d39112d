"""Mutants are judged in a copy of the tree, by the tests that reach them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import mutants
from tests.support.mutants import Verdict
from tests.support.mutation_operators import mutants_of
from tests.support.mutation_reach import Reach


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    """A tree with a package of one module, and one test of it."""
    tree = tmp_path / "toys"
    for folder in ("evidencehub", "tests/unit", "tests/support"):
        (tree / folder).mkdir(parents=True)
    (tree / "evidencehub" / "toys.py").write_text(MODULE, "utf-8")
    (tree / "tests" / "unit" / "test_toys.py").write_text(TESTS, "utf-8")
    for package in ("evidencehub", "tests", "tests/support"):
        (tree / package / "__init__.py").touch()
    support = Path(mutants.__file__).parent
    shutil.copy(support / "mutation_reach.py", tree / "tests" / "support")
    (tree / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", "utf-8")
    return tree


MODULE = """\
def count_down(start):
    steps = 0
    while start > 0:
        start -= 1
        steps += 2 - 1
    return steps


def is_large(count):
    return count > 10
"""
TESTS = """\
from evidencehub.toys import count_down, is_large


def test_steps_are_counted():
    assert count_down(3) == 3


def test_twenty_is_large():
    assert is_large(20)


def test_that_fails_already():
    assert is_large(1)
"""


def contents(tree: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}


def outcome(reach: Reach, copy: Path, text: str, operator: str) -> Verdict:
    data = (copy / "evidencehub/toys.py").read_bytes()
    (chosen,) = [
        mutant
        for mutant in mutants_of("evidencehub/toys.py", data)
        if mutant.operator == operator
        and data.splitlines()[mutant.line - 1].decode().strip() == text
    ]
    return mutants.judge(chosen, copy, reach)


def test_mutants_are_judged_in_a_copy(
    toys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, digest = contents(toys), mutants.digest(toys)
    copy = mutants.copy_tree(toys, tmp_path / "copy")
    reach = mutants.record(copy, tmp_path / "reach", ["tests"], 1)
    test = "tests/unit/test_toys.py::test_steps_are_counted"
    assert reach.of_lines("evidencehub/toys.py", 4, 4) == [test]
    assert len(reach.seconds) == 2  # the third fails without any change
    killed = outcome(reach, copy, "steps += 2 - 1", "statement")
    assert (killed.outcome, killed.test) == ("killed", test)
    assert outcome(reach, copy, "return count > 10", "comparison").outcome == "survived"
    monkeypatch.setattr(mutants, "START_SECONDS", 5)
    assert outcome(reach, copy, "start -= 1", "arithmetic").outcome == "timed out"
    assert contents(toys) == before
    assert mutants.digest(toys) == mutants.digest(copy) == digest
