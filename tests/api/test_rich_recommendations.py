"""What became of a recommendation: response, implementation and outcome apart, and when looked."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

GLUE = "/recommendations/toy-recommendation-glue"


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


async def fetch(hub_path: Path, address: str) -> str:
    hub = runtime.create_datasette(PROJECT_ROOT, hub_path)
    await hub.invoke_startup()
    answer = await hub.client.get(address)
    assert answer.status_code == 200
    return plain(answer.text)


async def test_a_page_keeps_response_practice_and_outcome_apart(rich_hub: Path) -> None:
    text = await fetch(rich_hub, GLUE)
    assert "Response Accepted, 1 May 2025" in text
    assert "Put into practice In progress, 1 September 2025" in text
    assert "What it brought No improvement shown, 1 October 2025" in text
    assert "Status In progress . Work has begun." in text  # an outcome is never the status
    assert "Made by NHS Race and Health Observatory (Observatory)" in text
    assert "Inferred: makers of drums." in text
    assert (
        "1 October 2025 : last looked for what became of it. Looked for in: website of the Toy Office. By: evidence team."
        in text
    )
    assert "Next check: 1 April 2026." in text


async def test_without_an_update_it_says_whether_it_was_looked_for(rich_hub: Path) -> None:
    text = await fetch(rich_hub, "/recommendations/toy-recommendation-count")
    assert "Response No response is held" in text
    assert "Put into practice Nothing published is held" in text


async def test_the_list_and_the_api_tell_apart_who_recommends(rich_hub: Path) -> None:
    text = await fetch(rich_hub, "/recommendations?made_by=observatory")
    assert "Glue the drums" in text
    assert "Made by: NHS Race and Health Observatory." in text
    assert "No recommendations match." in await fetch(
        rich_hub, "/recommendations?made_by=parliament"
    )
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    for query, count in (("issuer_kind=observatory", 2), ("issuer_kind=parliament", 0)):
        rows = (await hub.client.get(f"/api/v1/recommendations?{query}")).json()["data"]
        assert len(rows) == count, query


async def test_an_organisation_names_its_successor_and_its_predecessors(rich_hub: Path) -> None:
    text = await fetch(rich_hub, "/organisations/nhs-digital")
    assert "NHS Digital ended on 31 January 2023. This took over its work: NHS England ." in text
    text = await fetch(rich_hub, "/organisations/nhs-england")
    assert "It took over the work of NHS Digital , whose recommendations stand there." in text
    text = await fetch(rich_hub, "/organisations/nhs-race-and-health-observatory")
    assert "What it recommended" in text


async def test_a_status_at_issue_counts_as_the_response_that_it_is(site: BuildWorkspace) -> None:
    toys = site.dataset("toy-repairs")
    toys.tables["recommendations"] = [
        {
            "id": "toy-answered",
            "text": "Mend all.",
            "workstreams": "innovating-for-all",
            "issued": "2025-03-01",
            "status": "rejected",
            "sources": "toy-report",
        }
    ]
    toys.write()
    build = site.build().build
    with closing(sqlite3.connect(build / "hub.db")) as db:
        row = db.execute(
            "select status, response, response_on, implementation, outcome "
            "from recommendation_status"
        ).fetchone()
    assert row == ("rejected", "rejected", "2025-03-01", None, None)
