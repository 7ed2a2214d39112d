"""The Action API of a served hub, read by ckanapi."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clients.conftest import ClientTools
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.running_server import RunningServer

SCRIPT = PROJECT_ROOT / "tests" / "clients" / "ckan_client.py"
DATASET = "uk-maternal-mortality"


def test_ckanapi_reads_and_harvests_the_hub_by_post_and_by_get(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    posted, read = json.loads(judges.run("python", SCRIPT, served.address, DATASET, cwd=tmp_path))
    assert posted == read
    datasets = {dataset["name"]: dataset for dataset in served.get_json("/dump/")["datasets"]}
    assert read["list"] == sorted(read["harvested"]) == list(datasets)
    assert read["version"] == datasets[DATASET]["version"]
    assert (read["whole"], read["resource"], read["read"]) == (5, True, True)
    assert read["site"] == served.address
    assert sum(entry["package_count"] for entry in read["organizations"]) == len(datasets)
    assert "synthetic" in read["tags"]
    address = f"/api/v1/observations?dataset={DATASET}&limit=1000"
    rows = [r for r in served.get_json(address)["data"] if r["ethnicity"] in ("black", "white")]
    assert read["total"] == read["rows"] == len(rows) > 0
    assert read["groups of rows"] == ["black", "white"]
    assert read["errors"] == [
        "NotFound", "NotFound", "ValidationError", "NotAuthorized", "CKANAPIError",
    ]  # fmt: skip
