"""A served site over the datasets that are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidencehub import server
from tests.support.dataset import ROOT


@pytest.fixture
async def client(built: Path):
    """The served site, called in-process."""
    hub = server.datasette(ROOT, built)
    await hub.invoke_startup()
    return hub.client
