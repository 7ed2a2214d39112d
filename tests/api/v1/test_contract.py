"""What partners were promised: golden answers. A change here needs a decision record.

The answers are kept in golden/; `GOLDEN=write pytest tests/api/v1` writes those that are missing.
What changes with every build (its hash, the version of a dataset) is not in them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "golden"
TEACHING = "dataset=teaching-counts-synthetic"
ASKED = {
    "observations": f"/api/v1/observations?{TEACHING}&limit=2",
    "observations-bare": f"/api/v1/observations?{TEACHING}&limit=2&labels=false",
    "observations-fields": f"/api/v1/observations?{TEACHING}&limit=3&sort=-value"
    "&fields=indicator,ethnicity,value,obs_status_label",
    "gaps": f"/api/v1/gaps?{TEACHING}&limit=1",
    "inequality": f"/api/v1/inequality?{TEACHING}&limit=2",
    "compare-none": "/api/v1/compare?family=infant-mortality&area=AQ",
    "codes": "/api/v1/codes?kind=facet",
    "codes-of-a-list": "/api/v1/codes/sex",
    "crosswalks": "/api/v1/crosswalks?from_scheme=br-raca-cor&limit=2",
    "unknown": "/api/v1/observations?limt=3&area=XQ&from=2020-13&sort=vale&indicator=",
    "nowhere": "/api/v1/observation",
}


@pytest.mark.parametrize("name", ASKED)
async def test_an_answer_is_what_it_was(api, name: str) -> None:
    answer = await api.get(ASKED[name])
    told = {"status": answer.status_code, "body": steady(answer.json())}
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    path = HERE / f"{name}.json"
    if os.environ.get("GOLDEN") == "write" and not path.exists():
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def steady(body):
    """The answer without what every release changes: versions, dates, and cursors."""
    for release in body.get("release", []):
        release |= {"version": "…", "date": "…", "attribution": "…"}
    if body.get("page", {}).get("cursor"):
        text = json.dumps(body, ensure_ascii=False).replace(body["page"]["cursor"], "…")
        return json.loads(text)
    return body


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/observations.csv?dataset=teaching-counts-synthetic&limit=3",
        "/api/v1/observations.ndjson?dataset=teaching-counts-synthetic&limit=2",
    ],
)
async def test_a_file_is_what_it_was(api, path: str) -> None:
    answer = await api.get(path)
    golden = HERE / path.partition("?")[0].rpartition("/")[2]
    if os.environ.get("GOLDEN") == "write" and not golden.exists():
        golden.write_bytes(answer.content)
    assert answer.content == golden.read_bytes()
