"""A served site over the datasets that are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT


@pytest.fixture
async def client(built: Path):
    """The served site, called in-process."""
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    return hub.client
