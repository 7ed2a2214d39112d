"""What a page says of a period that a note doubts, and of groups that have another name."""

from __future__ import annotations

import re
from typing import Any

from evidencehub import runtime
from evidencehub.store.topics import SchemeGroupRow
from evidencehub.web.pages.topics import build_missing_groups
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

NOTE = "The survey ran in two months of this year; which ones is not stated."
LINK = '<a href="#notes">Read the note on these figures</a>'


async def serve(site: BuildWorkspace) -> Any:
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


async def read_indicator_page(site: BuildWorkspace, *notes: str) -> str:
    toys = site.dataset()
    for row, note in zip(toys.tables["observations"], notes, strict=True):
        row["note"] = note
    toys.write()
    client = await serve(site)
    indicator = toys.tables["observations"][0]["indicator"]
    return (await client.get(f"/indicators/{indicator}")).text


async def test_a_note_on_all_latest_values_stands_beside_their_period(site: BuildWorkspace) -> None:
    page = await read_indicator_page(site, NOTE, NOTE)
    (latest,) = re.findall(r"<dt>Latest figures</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    assert LINK in latest
    assert NOTE in page.partition('id="notes"')[2].partition("</div>")[0]


async def test_a_note_on_one_value_does_not(site: BuildWorkspace) -> None:
    assert LINK not in await read_indicator_page(site, NOTE, "")


def group(label: str, facets: str | None, code: str = "", scheme: str = "s") -> SchemeGroupRow:
    return SchemeGroupRow(scheme, f"Scheme {scheme}", code or label, label, "en", facets)


def list_missing(*groups: SchemeGroupRow, covered: set[str]) -> tuple[list[str], dict[str, list]]:
    context = build_missing_groups(groups, {("s", code) for code in covered})
    absent = [row.label for _, rows in context["groups_without_values"] for row in rows]
    renamed = {
        row.label: [other.label for other in others]
        for row, others in context["groups_under_other_names"]
    }
    return absent, renamed


def test_a_group_with_values_under_a_narrower_name_is_not_missing() -> None:
    groups = [group("Pacific", "PAC"), group("Pacific alone", "PAC"), group("Tongan", "PAC")]
    absent, renamed = list_missing(*groups, covered={"Pacific alone"})
    assert absent == ["Tongan"]
    assert renamed == {"Pacific": ["Pacific alone"]}


def test_a_name_that_only_begins_alike_is_another_group() -> None:
    groups = [group("Black", "AFD"), group("Blackfoot", "AFD"), group("Black and White", "MIX")]
    absent, renamed = list_missing(*groups, covered={"Blackfoot", "Black and White"})
    assert (absent, renamed) == (["Black"], {})


async def test_a_group_that_others_are_compared_with_is_not_missing(client) -> None:
    page = (await client.get("/topics/maternity")).text
    missing = page.partition("Groups without a figure of their own")[2].partition("</section>")[0]
    assert ">Amarela</span>" in missing
    assert "Dutch<" not in missing
