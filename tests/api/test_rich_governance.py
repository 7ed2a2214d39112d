"""Who has a say over data goes with the data: pages, embeds, files, API in every form."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.rich_hub import GOVERNANCE, NORTH, RATE

REUSE = f"Data about {GOVERNANCE['people']}. Permitted reuse: {GOVERNANCE['permitted_reuse']}"
QUERY = f"/api/v1/observations{{}}?indicator={RATE}&limit=2"


@pytest.mark.parametrize(
    "address",
    [
        f"/datasets/{NORTH}",
        f"/indicators/{RATE}",
        f"/embed/{RATE}",
        "/findings/toy-finding-drums",
        "/recommendations/toy-recommendation-glue",
    ],
)
async def test_a_page_of_the_data_says_it(rich_hub: Path, address: str) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    answer = await hub.client.get(address)
    assert answer.status_code == 200
    assert REUSE in answer.text


async def test_an_answer_of_the_api_says_it_in_every_form(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    answer = (await hub.client.get(QUERY.format(""))).json()
    said = {release["dataset"]: release["governance"] for release in answer["release"]}
    assert REUSE in said[NORTH].splitlines()
    parquet = (await hub.client.get(QUERY.format(".parquet"))).content
    metadata = pq.read_metadata(io.BytesIO(parquet)).metadata
    releases = json.loads(metadata[b"hub:release"])
    (governance,) = (row["governance"] for row in releases if row["dataset"] == NORTH)
    assert REUSE in governance.splitlines()
    dataset = (await hub.client.get(f"/api/v1/datasets/{NORTH}")).json()["data"]
    assert REUSE in dataset["governance"].splitlines()


async def test_a_dataset_that_says_nothing_of_it_has_none(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    rows = (await hub.client.get("/api/v1/datasets.json?limit=100")).json()["data"]
    assert {row["dataset"] for row in rows if row["governance"]} == {NORTH}


async def test_files_say_it(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    workbook = (await hub.client.get(f"/datasets/{NORTH}.xlsx", follow_redirects=True)).content
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        root = ET.fromstring(book.read("xl/sharedStrings.xml"))
        assert any(REUSE in "".join(item.itertext()) for item in root)
    package = (await hub.client.get(f"/datasets/{NORTH}.zip", follow_redirects=True)).content
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (readme,) = (name for name in archive.namelist() if name.endswith("README.txt"))
        assert REUSE in " ".join(archive.read(readme).decode().split())
