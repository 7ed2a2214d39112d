"""Something deprecated says so in headers, description and reference; nothing else does."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import httpx
import pytest

from evidencehub.api import deprecations, guide
from evidencehub.api.app import ApiApp
from evidencehub.api.deprecations import Deprecation
from evidencehub.api.openapi import API_VERSION
from tests.support.dataset_builder import PROJECT_ROOT

SINCE, UNTIL = date(2027, 1, 4), date(2028, 3, 1)
TABLE = (
    Deprecation("parameter", "observations", "adjustment", SINCE, UNTIL, "Use adjusted_for."),
    Deprecation("column", "gaps", "moved", date(2027, 2, 1), UNTIL, "Use difference_word."),
    Deprecation("resource", "coverage", "coverage", SINCE, UNTIL, "Use gaps."),
)


@pytest.fixture
def application(rich_hub: Path, monkeypatch: pytest.MonkeyPatch) -> ApiApp:
    """The API with something deprecated."""
    monkeypatch.setattr(deprecations, "DEPRECATIONS", TABLE)
    return ApiApp(rich_hub)


async def ask(application: ApiApp, path: str, body: object = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        if body is not None:
            return await client.post(path, content=json.dumps(body))
        return await client.get(path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/observations?adjustment=none&limit=1",
        "/api/v1/observations.csv?adjustment=none",
        "/api/v1/observations.parquet?adjustment=none&fields=value",
        "/api/v1/coverage.csv-metadata.json",
        "/api/v1/coverage?fields=topic",
    ],
)
async def test_an_answer_made_with_it_says_since_when_and_until_when(
    application: ApiApp, path: str
) -> None:
    answer = await ask(application, path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["deprecation"] == "@1799020800"
    assert answer.headers["sunset"] == "Wed, 01 Mar 2028 00:00:00 GMT"
    assert '</api#changes>; rel="deprecation"' in answer.headers["link"]
    assert 'rel="service-desc"' in answer.headers["link"]


async def test_of_a_column_only_answers_that_have_it(application: ApiApp) -> None:
    whole = await ask(application, "/api/v1/gaps?limit=1")
    assert whole.headers["deprecation"] == "@1801440000"
    selected = await ask(application, "/api/v1/gaps?limit=1&fields=ratio")
    assert "deprecation" not in selected.headers


async def test_of_a_posted_query_what_its_conditions_name(application: ApiApp) -> None:
    body = {"resource": "observations", "where": {"eq": {"adjustment": "none"}}, "limit": 1}
    posted = await ask(application, "/api/v1/query", body)
    assert posted.headers["deprecation"] == "@1799020800"
    body["where"] = {"eq": {"sex": "_T"}}
    assert "deprecation" not in (await ask(application, "/api/v1/query", body)).headers


@pytest.mark.parametrize("path", ["/api/v1/observations?limit=1", "/api/v1/findings", "/api/v1"])
async def test_nothing_else_says_so(application: ApiApp, path: str) -> None:
    answer = await ask(application, path)
    assert {"deprecation", "sunset"}.isdisjoint(answer.headers)


async def test_the_description_marks_it(application: ApiApp) -> None:
    description = (await ask(application, "/openapi.json")).json()
    components = description["components"]
    parameter = components["parameters"]["observations_adjustment"]
    assert parameter["deprecated"] is True
    assert parameter["description"].endswith("Deprecated: Use adjusted_for.")
    assert components["schemas"]["gaps_row"]["properties"]["moved"]["deprecated"] is True
    assert description["paths"]["/api/v1/coverage"]["get"]["deprecated"] is True
    assert json.dumps(description).count('"deprecated": true') == 3 + len(ENDINGS) + 1


ENDINGS = ("csv", "ndjson", "parquet", "csv-metadata.json")


def test_nobody_is_given_less_than_a_year() -> None:
    with pytest.raises(ValueError, match="shorter than 365 days"):
        Deprecation("column", "gaps", "moved", SINCE, date(2027, 12, 31), "Use x.")


def test_the_page_has_a_place_for_what_is_linked() -> None:
    template = (PROJECT_ROOT / "templates" / "api.html").read_text("utf-8")
    assert f'id="{deprecations.POLICY_PATH.partition("#")[2]}"' in template
    assert "deprecations" in guide.build_guide_context()


def test_the_version_of_the_description_has_an_entry_in_the_changelog() -> None:
    text = (PROJECT_ROOT / "docs/reference/api-changelog.md").read_text("utf-8")
    versions = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert versions[0] == API_VERSION
