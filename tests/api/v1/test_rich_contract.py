"""Golden answers of every resource, and of every item, over the rich hub.

They are kept in golden/rich-*.json; `GOLDEN=write pytest tests/api/v1` writes those that are
missing. Hashes, sizes and cursors, which any change to a file moves, are not in them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from evidencehub.api import details
from evidencehub.api.app import ApiApp
from evidencehub.api.resources import RESOURCES

HERE = Path(__file__).parent / "golden"
ASKED = {
    "observations": "observations?indicator=toy-north-rate&area=GB",
    "observations-without-value": "observations?obs_status=Q&obs_status=M&obs_status=L",
    "observations-adjusted": "observations?adjustment=age-standardised",
    "observations-secondary-source": "observations?verification=C3",
    "observations-synthetic": "observations?dataset=toy-invented",
    "gaps": "gaps?family=infant-mortality",
    "inequality": "inequality?indicator=toy-south-infant",
    "compare": "compare?family=maternal-mortality",
    "datasets": "datasets",
    "indicators": "indicators",
    "findings": "findings",
    "recommendations": "recommendations",
    "questions": "questions",
    "coverage": "coverage?country=GB&topic=maternity",
    "preferred-terms": "preferred-terms?ethnicity=RGT",
    "sources": "sources?dataset=toy-north&dataset=toy-west",
    "codes": "codes?jurisdiction=GB&kind=ethnicity&kind=area&fields=list,title,kind,codes,dataset",
    "codes-of-a-list": "codes/toy-kinds",
    "crosswalks": "crosswalks?from_scheme=toy-south-groups",
    "search": "search?q=drums",
    "dataset": "datasets/toy-north",
    "dataset-synthetic": "datasets/toy-invented",
    "indicator": "indicators/toy-north-rate",
    "indicator-of-a-ratio": "indicators/toy-west-ratio",
    "finding": "findings/toy-finding-drums",
    "evidence-gap": "findings/toy-finding-gap",
    "recommendation": "recommendations/toy-recommendation-glue",
    "question": "questions/toy-question-drums",
    "item-not-there": "findings/toy-finding-drum",
    "list-not-there": "codes/toy-kind",
    "filter-not-there": "gaps?group=Q&famly=stillbirth",
}
UNSTEADY = ("sha256", "package_sha256", "bytes", "cursor", "next", "rank")


@pytest.fixture(scope="module")
def rich_application(rich_hub: Path) -> ApiApp:
    return ApiApp(rich_hub)


async def get(application: ApiApp, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        return await client.get(f"/api/v1/{path}")


def steady(value: Any) -> Any:
    """An answer without what moves with any byte of a file."""
    if isinstance(value, dict):
        return {
            name: "…" if name in UNSTEADY and one is not None else steady(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [steady(one) for one in value]
    return round(value, 6) if isinstance(value, float) else value


@pytest.mark.parametrize("name", ASKED)
async def test_an_answer_is_what_it_was(rich_application: ApiApp, name: str) -> None:
    answer = await get(rich_application, ASKED[name])
    body = {"status": answer.status_code, "body": steady(answer.json())}
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    path = HERE / f"rich-{name}.json"
    if os.environ.get("GOLDEN") == "write" and not path.exists():
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_every_resource_and_every_kind_of_item_has_a_golden_answer() -> None:
    first = [path.partition("?")[0].split("/") for path in ASKED.values()]
    assert {parts[0] for parts in first if len(parts) == 1} == set(RESOURCES)
    assert {parts[0] for parts in first if len(parts) == 2} == {*details.DETAIL_COLUMNS, "codes"}


@pytest.mark.parametrize("name", [one for one in ASKED if not one.endswith("-there")])
def test_a_golden_answer_is_not_empty(name: str) -> None:
    golden = json.loads((HERE / f"rich-{name}.json").read_text("utf-8"))
    assert golden["status"] == 200
    assert golden["body"]["data"]
