"""OAI-PMH of a served hub, harvested by sickle."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clients.conftest import ClientTools
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.running_server import RunningServer

SCRIPT = PROJECT_ROOT / "tests" / "clients" / "oai_client.py"


def test_sickle_harvests_every_dataset_by_get_and_by_post(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    read = json.loads(judges.run("python", SCRIPT, served.address, cwd=tmp_path))
    datasets = served.get_json("/dump/")["datasets"]
    titles = {f"oai:127.0.0.1:{dataset['name']}": dataset["title"] for dataset in datasets}
    assert read["titles"] == titles
    assert sorted(read["posted"]) == sorted(titles)
    assert read["graphs"] == read["since"] == len(datasets)
    assert read["formats"] == ["oai_dc", "dcat_ap", "oai_datacite"]
    assert "topic:maternity" in read["sets"]
    assert read["errors"] == [
        "BadArgument", "IdDoesNotExist", "NoRecordsMatch", "BadResumptionToken",
    ]  # fmt: skip
