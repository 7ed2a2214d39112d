"""Every example in a docstring of the package runs and gives what it says."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.support.dataset_builder import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "evidencehub"
MARK = ">>> "


def list_modules() -> list[str]:
    """The modules in which the examples' mark stands; read as text, so that none is passed over."""
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if MARK in path.read_text("utf-8")]
    return [name_module(path) for path in files]


def name_module(path: Path) -> str:
    parts = path.relative_to(PROJECT_ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("name", list_modules())
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    source = Path(str(module.__file__)).read_text("utf-8")
    written = sum(line.strip().startswith(MARK) for line in source.splitlines())
    failures: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    for test in doctest.DocTestFinder().find(module, name):
        runner.run(test, out=failures.append)
    results = runner.summarize(verbose=False)
    assert "".join(failures) == ""
    assert results.attempted == written > 0
