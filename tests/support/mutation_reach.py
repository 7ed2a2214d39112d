"""Which tests reach which lines: a pytest plugin that records it, and one that runs some only.

With MUTANTS_RECORD it records into that folder; with MUTANTS_SELECT it runs the tests that the
file of that name lists, in its order.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import coverage
import pytest
from coverage import CoverageData
from hypothesis import HealthCheck, settings

RECORD, SELECT = os.environ.get("MUTANTS_RECORD"), os.environ.get("MUTANTS_SELECT")
DATA, SECONDS = "reach", "seconds.json"


class Recorder:
    """Measures which lines each test reaches, in every process of a run, and how long it takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seconds: dict[str, float] = defaultdict(float)
        self._failed: set[str] = set()
        self._coverage = coverage.Coverage(
            str(folder / DATA), data_suffix=True, source=["evidencehub"], config_file=False
        )
        self._coverage.set_option("run:relative_files", True)
        quiet = ["no-data-collected", "module-not-measured", "module-not-imported"]
        self._coverage.set_option("run:disable_warnings", quiet)
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._coverage.stop()
        self._coverage.save()
        if not hasattr(session.config, "workerinput"):  # here the reports of all processes meet
            passed = {n: s for n, s in self._seconds.items() if n not in self._failed}
            (self._folder / SECONDS).write_text(json.dumps(passed), "utf-8")


class Selection:
    """Runs the tests that a file lists, in its order."""

    def __init__(self, path: Path) -> None:
        self._order = {name: n for n, name in enumerate(path.read_text("utf-8").splitlines())}

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        selected = [item for item in items if item.nodeid in self._order]
        config.hook.pytest_deselected(items=[i for i in items if i.nodeid not in self._order])
        items[:] = sorted(selected, key=lambda item: self._order[item.nodeid])


def _be_steady() -> None:
    """Let no property test fail for the time it takes or the examples it happens to draw."""
    settings.register_profile(
        "mutants",
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")


def _plugin() -> Recorder | Selection | None:
    if RECORD or SELECT:
        _be_steady()
    if RECORD:
        return Recorder(Path(RECORD))
    return Selection(Path(SELECT)) if SELECT else None


# made when the module is imported: lines that conftest files reach count as well
PLUGIN = _plugin()


def pytest_configure(config: pytest.Config) -> None:
    if PLUGIN is not None:
        config.pluginmanager.register(PLUGIN)


class Reach:
    """What was recorded: the tests that reach a line or a file, the quickest first."""

    def __init__(self, folder: Path) -> None:
        self.seconds: dict[str, float] = json.loads((folder / SECONDS).read_text("utf-8"))
        self._data = CoverageData(str(folder / DATA))
        self._data.read()
        self._lines = cache(self._data.contexts_by_lineno)

    def of_lines(self, file: str, *lines: int) -> list[str]:
        """The tests that reach any of the lines; of the file where it runs them on import."""
        by_line = self._lines(file)
        reached = {test for line in lines for test in by_line.get(line, ())}
        return self._ordered(reached) or self.of_file(file)

    def of_file(self, file: str) -> list[str]:
        """The tests that reach any line of a file."""
        return self._ordered({test for tests in self._lines(file).values() for test in tests})

    def below(self, *folders: str) -> list[str]:
        """The tests of whole folders or files."""
        starts = tuple(f"{folder}/" for folder in folders)
        starts += tuple(f"{folder}::" for folder in folders)
        return self._ordered(test for test in self.seconds if test.startswith(starts))

    def within(self, tests: Iterable[str], limit: float) -> list[str]:
        """The first tests that together take no longer than `limit` seconds; one at least."""
        chosen: list[str] = []
        for test in tests:
            limit -= self.seconds[test]
            if chosen and limit < 0:
                break
            chosen.append(test)
        return chosen

    def _ordered(self, tests: Iterable[str]) -> list[str]:
        passed = self.seconds.keys() & set(tests)
        return sorted(passed, key=lambda test: (self.seconds[test], test))


def combine(folder: Path) -> None:
    """Make one file of those that the processes of a recording wrote."""
    data = coverage.Coverage(str(folder / DATA), config_file=False)
    data.combine([str(folder)])
    data.save()
