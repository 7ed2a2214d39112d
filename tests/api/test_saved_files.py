"""Answers that are kept as files: their length, parts of them, their names, when they go."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    "path", ["/figures.json", "/nothing.csv", "/datasets/toy-west/1.0.0/none.csv", "/hub/none.json"]
)
async def test_a_program_is_told_what_is_wrong_in_one_form(hub: Any, path: str) -> None:
    response = await hub.get(path, headers={"accept": "*/*"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404
    if not path.startswith("/hub"):
        page = await hub.get(path, headers={"accept": "text/html,*/*;q=0.8"})
        assert page.status_code == 404


@pytest.mark.parametrize(
    "ending", [".", ")", "%20", ",", "'", "%22", "%E2%80%9D", ").", "?utm_source=x"]
)
async def test_an_address_out_of_a_sentence_leads_to_its_page(hub: Any, ending: str) -> None:
    response = await hub.get(f"/indicators/toy-south-rate{ending}", follow_redirects=False)
    if ending.startswith("?"):
        assert response.status_code == 200
        return
    assert response.status_code == 301
    assert response.headers["location"] == "/indicators/toy-south-rate"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/Indicators/TOY-South-Rate", "/indicators/toy-south-rate"),
        ("/datasets/toy-west);", "/datasets/toy-west"),
        ("/About.", "/about"),
        ("/indicators/nothing.", None),
        ("/api/v1/Observations", None),
    ],
)
async def test_only_what_is_there_is_redirected_to(hub: Any, path: str, location: Any) -> None:
    response = await hub.get(path, follow_redirects=False)
    assert response.headers.get("location") == location
    assert response.status_code == (301 if location else 404)


async def test_a_feed_has_the_same_ids_whatever_host_is_asked(hub: Any) -> None:
    bodies = [
        (await hub.get("/feed.atom", headers={"host": host})).text
        for host in ("localhost", "www.hub.example")
    ]
    ids = [re.findall("<id>.*?</id>", body) for body in bodies]
    assert ids[0] == ids[1] != []


@pytest.mark.parametrize(("options", "chart"), [("", "groups"), ("?chart=trend", "trend")])
@pytest.mark.parametrize("ending", ["svg", "png"])
async def test_a_picture_that_is_saved_has_a_name_of_its_release(
    hub: Any, options: str, chart: str, ending: str
) -> None:
    charts = 0
    for row in (await hub.get("/api/v1/indicators?limit=1000")).json()["data"]:
        answer = await hub.get(f"/indicators/{row['indicator']}.{ending}{options}")
        if answer.status_code == 404:  # it has no such chart
            continue
        charts += 1
        version = (await hub.get(f"/api/v1/datasets/{row['dataset']}")).json()["data"]["version"]
        name = f"{row['indicator']}-{chart}-{version}.{ending}"
        assert answer.headers["content-disposition"] == f'inline; filename="{name}"'
    assert charts
