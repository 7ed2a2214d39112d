"""Last-Modified and If-Modified-Since: for clients and caches that know dates and no tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT

ADDRESSES = [
    "/",
    "/datasets",
    "/api/v1/indicators",
    "/api/v1/observations?limit=3",
    "/api/v1/observations.csv",  # a stream
    "/api/v1/observations.parquet?limit=9",
    "/static/hub.css",
    "/openapi.json",
    "/sitemap.xml",
]


@pytest.fixture
async def site(built: Path):
    """The served site as a client meets it that sends no header but those of a test."""
    hub = runtime.create_datasette(PROJECT_ROOT, built)
    await hub.invoke_startup()
    transport = httpx.ASGITransport(app=hub.app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        client.headers.clear()
        yield client


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_copy_is_good_by_its_date(site, address: str) -> None:
    first = await site.get(address)
    assert first.status_code == 200, first.text
    changed = parsedate_to_datetime(first.headers["last-modified"])
    assert changed <= datetime.now(UTC)
    for moment, status in (
        (changed, 304),
        (changed + timedelta(days=1), 304),
        (changed - timedelta(seconds=1), 200),
    ):
        known = {"if-modified-since": format_datetime(moment, usegmt=True)}
        for method in ("GET", "HEAD"):
            again = await site.request(method, address, headers=known)
            assert again.status_code == status, (method, moment)
            assert again.headers["last-modified"] == first.headers["last-modified"]
            assert again.headers["etag"]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_tag_decides_alone_where_both_are_sent(site, address: str) -> None:
    first = (await site.get(address)).headers
    both = {"if-none-match": '"other"', "if-modified-since": first["last-modified"]}
    assert (await site.get(address, headers=both)).status_code == 200


@pytest.mark.parametrize("date", ["", "yesterday", "2026-01-01", "Sun, 99 Foo 2026 00:00:00 GMT"])
async def test_a_date_that_is_none_counts_for_nothing(site, date: str) -> None:
    asked = {"if-modified-since": date}
    assert (await site.get("/api/v1/indicators", headers=asked)).status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/observations?sex=x", "/nothing-here", "/healthz"])
async def test_what_may_not_be_asked_for_again_has_no_date(site, address: str) -> None:
    assert "last-modified" not in (await site.get(address)).headers


async def test_an_answer_to_a_body_has_no_date(site) -> None:
    asked = {"resource": "findings"}
    response = await site.post("/api/v1/query", json=asked)
    assert response.status_code == 200, response.text
    assert "last-modified" not in response.headers


async def test_a_part_may_be_asked_for_by_the_date_of_the_whole(site) -> None:
    address = "/api/v1/indicators.csv"
    first = await site.get(address)
    for known, status in (
        (first.headers["last-modified"], 206),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ):
        asked = {"range": "bytes=0-9", "if-range": known}
        assert (await site.get(address, headers=asked)).status_code == status, known
