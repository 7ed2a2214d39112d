"""Questions that people ask: each is answered by the one selection, or says that it waits."""

from __future__ import annotations

import html
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.rich_hub import QUESTION, RATE


def plain(text: str) -> str:
    main = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


async def fetch(hub_path: Path, address: str) -> str:
    hub = runtime.create_datasette(PROJECT_ROOT, hub_path)
    await hub.invoke_startup()
    answer = await hub.client.get(address)
    assert answer.status_code == 200
    return answer.text


def mark_as_quoted(rich_hub: Path, folder: Path, period: str) -> Path:
    """A copy of the hub in which the values of a year were read in a secondary source."""
    copy = folder / "hub"
    shutil.copytree(rich_hub, copy)
    with closing(sqlite3.connect(copy / "hub.db")) as db:
        where = "where indicator = ? and period_start like ? || '%'"
        db.execute(f"update observation set verification = 'C3' {where}", (RATE, period))
        db.execute(f"update comparison set secondary = 1 {where}", (RATE, period))
        db.commit()
    return copy


async def test_a_page_says_the_figure_its_source_level_and_date(rich_hub: Path) -> None:
    text = plain(await fetch(rich_hub, f"/questions/{QUESTION}"))
    assert "United Kingdom, 2024: Drums" in text
    assert "1.75 times as high as for Kites" in text
    assert "35.0 against 20.0" in text
    assert "Source: A report on toys, Toy Office. Publisher’s page." in text
    assert "What is not known Why that is so." in text
    assert "Glue the drums" in text
    assert re.search(r"the series Period .* 2024 .* 2023 .* 2022", text)


async def test_a_series_leads_to_its_chart(rich_hub: Path) -> None:
    page = await fetch(rich_hub, f"/questions/{QUESTION}")
    (path,) = re.findall(r'href="([^"]+)">The series as a chart<', page)
    address, _, anchor = html.unescape(path).partition("#")
    chart = await fetch(rich_hub, address)
    assert f'id="{anchor}"' in chart
    table = plain(chart).partition("The same as a table")[2]
    assert re.search(r"2022 .*2023 .*2024", table)


async def test_the_answer_is_that_of_the_one_selection(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    item = (await hub.client.get(f"/api/v1/questions/{QUESTION}")).json()["data"]
    current = [row for row in item["answers"] if row["is_current"]]
    with closing(sqlite3.connect(rich_hub / "hub.db")) as db:
        compared = db.execute(
            "select indicator, period_start, period_end, value, awaits_verification "
            "from compared_measure where family = ? and area = ? and scheme || ':' || \"group\" = ? "
            "and measure = 'r'",
            (item["family"], item["area"], item["groups"][0]),
        ).fetchall()
    assert [
        (
            row["indicator"],
            row["period_start"],
            row["period_end"],
            round(row["ratio"], 9),
            row["awaits_verification"],
        )
        for row in current
    ] == [(*row[:3], round(row[3], 9), bool(row[4])) for row in compared]


async def test_newest_figures_that_wait_are_a_series_and_never_a_number_alone(
    rich_hub: Path, tmp_path: Path
) -> None:
    copy = mark_as_quoted(rich_hub, tmp_path, "2024")
    text = plain(await fetch(copy, f"/questions/{QUESTION}"))
    assert "Awaiting verification." in text
    before_series = text.partition("the series")[0]
    figures = before_series.partition("The figures")[2]
    assert "1.75" not in figures
    assert "1.6" not in figures  # nothing older takes its place
    assert "1.75 times as high as for Kites" in text.partition("the series")[2]


async def test_a_quoted_finding_gives_no_number_to_an_answer(
    rich_hub: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "hub"
    shutil.copytree(rich_hub, copy)
    with closing(sqlite3.connect(copy / "hub.db")) as db:
        db.execute("update finding set verification = 'C3' where finding = 'toy-finding-drums'")
        db.commit()
    text = plain(await fetch(copy, f"/questions/{QUESTION}"))
    found = text.partition("What was found")[2].partition("What was recommended")[0]
    assert "Drums break more often than kites" in found
    assert "1.75" not in found
    assert "Awaiting verification." in found


async def test_questions_feed_search_topics_home_and_sitemap(rich_hub: Path) -> None:
    link = f'href="/questions/{QUESTION}"'
    for address in ("/", "/questions", "/topics/maternity", "/search?q=broken+tambours"):
        assert link in await fetch(rich_hub, address), address
    assert f"/questions/{QUESTION}</loc>" in await fetch(rich_hub, "/sitemap.xml")


async def test_a_question_that_is_not_there_is_not_found(rich_hub: Path) -> None:
    hub = runtime.create_datasette(PROJECT_ROOT, rich_hub)
    await hub.invoke_startup()
    for address in ("/questions/nosuch", "/api/v1/questions/nosuch"):
        assert (await hub.client.get(address)).status_code == 404


async def test_what_waits_to_be_verified_is_on_no_share_card_and_in_no_embed(
    rich_hub: Path, tmp_path: Path
) -> None:
    copy = mark_as_quoted(rich_hub, tmp_path, "2024")
    addresses = (f"/embed/{RATE}", f"/indicators/{RATE}")
    before, page = [await fetch(rich_hub, address) for address in addresses]
    after = await fetch(copy, addresses[0])
    assert "35.0" in before
    assert "35.0" in page
    assert "35.0" not in after
    assert "Awaiting verification." in after
