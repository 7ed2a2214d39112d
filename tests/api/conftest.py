"""A served site over the datasets that are shipped, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidencehub import pipeline, server
from evidencehub.pipeline import Places
from tests.support.dataset import CODES, ROOT


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the shipped datasets."""
    root = tmp_path_factory.mktemp("shipped")
    places = Places(
        [ROOT / "datasets"], CODES, ROOT / "metadata.yaml", root / "dist", root / "archive"
    )
    outcome = pipeline.build(places)
    assert outcome.build is not None, outcome.reports
    return outcome.build


@pytest.fixture
async def client(built: Path):
    """The served site, called in-process."""
    hub = server.datasette(ROOT, built)
    await hub.invoke_startup()
    return hub.client
