"""A served site over the datasets that are shipped."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from datasette.app import Datasette

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT


@pytest.fixture(scope="session")
def shipped_site(built: Path) -> Datasette:
    """The served site, started once: it keeps nothing of one request for another but answers."""
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    asyncio.run(hub.invoke_startup())
    return hub


@pytest.fixture
async def client(shipped_site: Datasette):
    """The served site, called in-process."""
    return shipped_site.client
