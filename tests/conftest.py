"""Fixtures that every kind of test may use."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from hypothesis import settings

from evidencehub import pipeline
from evidencehub.pipeline import BuildPaths, stage_process
from tests.support.dataset_builder import (
    CODE_FOLDER,
    PACKAGE_ROOTS,
    PROJECT_ROOT,
    BuildWorkspace,
    DatasetBuilder,
)
from tests.support.rich_hub import build_rich_hub

settings.register_profile("untimed", deadline=None)  # a busy machine fails no test
settings.load_profile("untimed")


SAME_PACKAGES = {"test_messages.py": "test_rules.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of a file, and of files that check the same packages, into one group.

    `--dist loadgroup` runs a group in one process, where `changes.report_on` checks a package once.
    """
    for item in items:
        file = SAME_PACKAGES.get(item.path.name, item.path.name)
        item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}/{file}"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the shipped datasets."""
    root = tmp_path_factory.mktemp("shipped")
    places = BuildPaths(
        PACKAGE_ROOTS, CODE_FOLDER, PROJECT_ROOT / "metadata.yaml", root / "dist", root / "archive"
    )
    outcome = pipeline.build_hub(places)
    assert outcome.build is not None, outcome.reports
    return outcome.build


@pytest.fixture(scope="session")
def rich_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of invented datasets that has every case which laws are tried over."""
    return build_rich_hub(tmp_path_factory.mktemp("rich"))


@pytest.fixture
def dataset(tmp_path: Path) -> DatasetBuilder:
    """A valid small dataset folder, not yet written."""
    return DatasetBuilder(tmp_path / "toy-repairs")


@pytest.fixture
def site(tmp_path: Path) -> BuildWorkspace:
    """An empty site to put datasets into."""
    return BuildWorkspace(tmp_path)


@pytest.fixture
def forked_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Datasets are staged in copies of this very process: as its user, with limits set here.

    Their memory is not limited: what earlier tests left there is in the copies too.
    """
    monkeypatch.setattr(stage_process, "START_METHOD", "fork")
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
