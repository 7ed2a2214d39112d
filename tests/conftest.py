"""Fixtures that every kind of test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.dataset import Dataset, Site


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A valid small dataset folder, not yet written."""
    return Dataset(tmp_path / "toy-repairs")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty site to put datasets into."""
    return Site(tmp_path)
