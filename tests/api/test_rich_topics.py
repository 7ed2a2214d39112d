"""Every page of a topic or workstream says what the topic is."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT

SEPARATOR = "Main workstream:"


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


async def test_each_topic_page_shows_its_own_definition(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        codes = db.execute(
            "select code, label, definition from code where list in ('topic', 'workstream')"
        ).fetchall()
    assert sum(SEPARATOR in definition for _, _, definition in codes) > 10
    assert sum(SEPARATOR not in definition for _, _, definition in codes) > 4
    for code, label, definition in codes:
        page = (await hub.client.get(f"/topics/{code}")).text
        main = plain(page.partition("<main")[2].partition("</main>")[0])
        text = definition.partition(SEPARATOR)[0].strip()
        assert text, code
        assert main.partition(label)[2].strip().startswith(text) or text in main, code
        assert SEPARATOR not in main, code
        description = re.search(r'<meta name="description" content="([^"]*)"', page)
        assert description is not None, code
        assert html.unescape(description[1])[:60].rstrip("… ") in text, code
