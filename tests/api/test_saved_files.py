"""Answers that are kept as files: their length, parts of them, their names, when they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT


@pytest.fixture
async def hub(rich_hub: Path) -> Any:
    datasette = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await datasette.invoke_startup()
    return datasette.client


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet", "json"])
async def test_an_answer_of_the_api_has_a_length_and_parts(hub: Any, ending: str) -> None:
    suffix = "" if ending == "json" else f".{ending}"
    address = f"/api/v1/gaps{suffix}?family=maternal-mortality"
    plain = {"accept-encoding": "identity"}
    whole = await hub.get(address, headers=plain)
    size = len(whole.content)
    assert whole.headers["content-length"] == str(size)
    assert whole.headers["accept-ranges"] == "bytes"
    assert "sha-256=:" in whole.headers["repr-digest"]
    head = await hub.head(address, headers=plain)
    assert (head.status_code, head.headers["content-length"]) == (200, str(size))
    end = await hub.get(address, headers={"range": "bytes=-8"})
    assert (end.status_code, end.content) == (206, whole.content[-8:])
    assert end.headers["content-range"] == f"bytes {size - 8}-{size - 1}/{size}"
    beyond = await hub.get(address, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    assert beyond.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("observations.csv?indicator=toy-south-rate", "toy-south-rate-observations-1.0.0.csv"),
        ("gaps.parquet?dataset=toy-west", "toy-west-gaps-1.0.0.parquet"),
        ("codes/toy-kinds.csv", "toy-kinds-codes.csv"),
        ("findings.csv?country=NA", "findings.csv"),
    ],
)
async def test_a_file_of_rows_says_what_it_holds(hub: Any, address: str, name: str) -> None:
    response = await hub.get(f"/api/v1/{address}")
    if response.status_code == 200:
        assert response.headers["content-disposition"] == f'attachment; filename="{name}"'


async def test_a_file_of_several_releases_has_the_day_of_the_newest(hub: Any) -> None:
    response = await hub.get("/api/v1/gaps.csv?family=maternal-mortality")
    named = response.headers["content-disposition"]
    assert named.startswith('attachment; filename="maternal-mortality-gaps-2026-')


async def test_a_spreadsheet_says_of_which_release_it_is(hub: Any) -> None:
    for path in ("indicators/toy-south-rate", "datasets/toy-south"):
        response = await hub.get(f"/{path}.xlsx")
        name = path.partition("/")[2]
        assert f'filename="{name}-1.0.0.xlsx"' in response.headers["content-disposition"]


async def test_caches_can_forget_what_a_dataset_is_in(hub: Any) -> None:
    for address, tags in {
        "/api/v1/observations?dataset=toy-west": "hub api dataset-toy-west release-toy-west-1.0.0",
        "/datasets/toy-west/1.0.0/toy-west.csv": "hub dataset-toy-west release-toy-west-1.0.0",
        "/datasets/toy-west": "hub dataset-toy-west page",
        "/about": "hub page",
    }.items():
        response = await hub.get(address)
        assert response.headers["surrogate-key"] == tags
        assert response.headers["cache-tag"] == tags.replace(" ", ",")
        assert "immutable" not in response.headers["cache-control"]
