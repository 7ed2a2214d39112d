"""The API over the datasets that are shipped, without what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from evidencehub.serve.api.app import Api
from tests.support.dataset import ROOT, Site
from tests.support.served import Served, serving


@pytest.fixture(scope="session")
def application(built: Path) -> Api:
    return Api(built)


@pytest.fixture
async def api(application: Api):
    """A client that asks the API alone."""
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        yield client


@pytest.fixture(scope="session")
def served(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole site in a process of its own, over the same build."""
    site = Site(tmp_path_factory.mktemp("served"))
    site.datasets, site.out = ROOT / "datasets", built.parents[1]
    site.archive = site.out.with_name("archive")
    with serving(site) as running:
        running.ready()
        yield running
