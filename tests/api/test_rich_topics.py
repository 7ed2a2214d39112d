"""Every page of a topic or workstream says what the topic is."""

from __future__ import annotations

import html
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


async def test_each_topic_page_shows_its_own_definition(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        codes = db.execute(
            "select code, label, definition from code where list in ('topic', 'workstream')"
        ).fetchall()
    assert len(codes) > 20
    for code, label, definition in codes:
        page = (await hub.client.get(f"/topics/{code}")).text
        main = plain(page.partition("<main")[2].partition("</main>")[0])
        text = definition.strip()
        assert text, code
        assert main.partition(label)[2].strip().startswith(text) or text in main, code
        description = re.search(r'<meta name="description" content="([^"]*)"', page)
        assert description is not None, code
        assert html.unescape(description[1])[:60].rstrip("… ") in text, code


async def test_topics_stay_with_a_workstream_that_is_renamed(
    rich_hub: Path, tmp_path: Path
) -> None:
    copied = shutil.copytree(rich_hub, tmp_path / "build")
    with closing(sqlite3.connect(copied / "hub.db")) as db, db:
        db.execute("update code set label = 'Renamed' where list = 'workstream'")
    pages = []
    for folder in (rich_hub, copied):
        hub = runtime.create_datasette(PROJECT_ROOT, folder)
        await hub.invoke_startup()
        pages.append((await hub.client.get("/topics")).text)
    sections = [_topics_by_section(page) for page in pages]
    assert len(sections[0]) == 5
    assert list(sections[0].values()) == list(sections[1].values())
    assert all(topics for topics in sections[0].values())


def _topics_by_section(page: str) -> dict[int, list[str]]:
    main = page.partition("<main")[2].partition("</main>")[0]
    return {
        position: re.findall(r'href="/topics/([a-z0-9-]+)"', section)
        for position, section in enumerate(main.split("<h2")[1:])
    }
