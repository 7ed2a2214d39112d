"""The API over the datasets that are shipped, without what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from evidencehub.api.app import ApiApp
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.running_server import RunningServer, run_server


@pytest.fixture(scope="session")
def application(built: Path) -> ApiApp:
    return ApiApp(built)


@pytest.fixture
async def api(application: ApiApp):
    """A client that asks the API alone."""
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        yield client


@pytest.fixture(scope="session")
def served(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The whole site in a process of its own, over the same build."""
    site = BuildWorkspace(tmp_path_factory.mktemp("served"))
    site.datasets, site.out = PROJECT_ROOT / "datasets", built.parents[1]
    site.archive = site.out.with_name("archive")
    with run_server(site) as running:
        running.wait_until_ready()
        yield running
