"""docs/reference/api.md leaves out nothing that a client can send or meet."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from evidencehub.api.app import ApiApp
from evidencehub.messages import api, http
from tests.support.dataset_builder import PROJECT_ROOT

REFERENCE = (PROJECT_ROOT / "docs/reference/api.md").read_text("utf-8")
ASKED = (
    "/api/v1/observations?limit=1",
    "/api/v1/observations.csv?limit=1",
    "/api/v1/observations.parquet?indicator=uk-maternal-mortality-rate",
    "/api/v1/observations?indicator=uk-maternal-mortality-rate&area=US",
    "/api/v1/observations?ethnicity=black&limit=1",
    "/api/v1/observations?dataset=teaching-counts-synthetic&convert=headings&limit=1",
    "/api/v1/search?q=maternal%20deths&limit=1",
    "/api/v1/datasets/uk-maternal-mortality",
    "/api/v1/observations?area=nowhere",
    "/api/v1/nowhere",
)


@pytest.fixture(scope="module")
def application(built: Path) -> ApiApp:
    return ApiApp(built)


def test_every_reason_of_a_refusal_is_explained() -> None:
    codes = {name.split("/")[1] for name in (*api.TEMPLATES, *http.TEMPLATES)}
    assert [code for code in sorted(codes) if f"`{code}`" not in REFERENCE] == []


async def test_every_parameter_member_and_header_is_explained(application: ApiApp) -> None:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        description = json.loads((await client.get("/openapi.json")).content)
        answers = [await client.get(address) for address in ASKED]
    parameters = {p["name"] for p in description["components"]["parameters"].values()}
    headers = {name for answer in answers for name in answer.headers}
    members = {name for answer in answers if "json" in answer.headers["content-type"]
               for name in answer.json()}  # fmt: skip
    assert {"hub-near", "hub-conversion", "hub-search", "hub-resolved"} <= headers
    names = sorted({*parameters, *headers, *members})
    assert [name for name in names if f"`{name}`" not in REFERENCE] == []
