"""Do the pages hold on odd sites: empty ones, odd names and identifiers, nothing but gaps?"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from evidencehub import runtime
from evidencehub.domain import page_addresses
from evidencehub.store.database import HubDatabase
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder
from tests.support.page_reader import PageReader
from tests.support.sampling import sample
from tests.support.toy_countries import ASSESSED

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
LISTS = (
    "/", "/datasets", "/codes", "/changes", "/about", "/writing", "/accessibility", "/privacy", "/feed.atom",
    "/sitemap.xml", "/findings", "/recommendations", "/organisations", "/search", "/search?q=toy",
    "/topics", "/topics/maternity", "/topics/maternity/feed.atom", "/groups", "/groups?q=toy",
    "/groups/AFD", "/places", "/places/GB", "/compare", "/questions", "/coverage",
    "/coverage?group=AFD", "/llms.txt", "/api", "/openapi.json",
    "/api/v1/observations",
)  # fmt: skip
NASTY = "<script>alert(1)</script> \"quoted\" 'so' & <b>bold</b>"
ARABIC, PORTUGUESE = "أصل عرقي أسود", "Preta ou parda, não declarada"


class Strict(HTMLParser):
    """Every element is closed, in order; every identifier stands once; nothing odd runs."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if len(told) < len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice: {attrs}")
        self.wrong += [f"{name} of <{tag}>" for name in told if name.startswith("on")]
        self.ids += [told["id"]] if told.get("id") else []
        self.scripts += tag == "script" and told.get("type") != "application/ld+json"
        self.links += [told["href"]] if tag == "a" and told.get("href") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-3:]}")
        else:
            self.open.pop()


def strict(text: str) -> Strict:
    """The page as it was read; fails where it is not well-formed."""
    reader = Strict()
    reader.feed(text)
    reader.close()
    twice = {one for one in reader.ids if reader.ids.count(one) > 1}
    assert not reader.wrong
    assert not reader.open
    assert not twice
    if "<html" in text:
        assert PageReader(text).empty_headings == []
    return reader


async def client_of(build: Path | None) -> Any:
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


async def crawled(
    client: Any, starts: tuple[str, ...] = LISTS, about: str = "", share: int = 1
) -> dict[str, str]:
    """Every page that links lead to which are `about` something; each answers, well-formed.

    Of the pages that are found on the way one in `share` is read.
    """
    waiting, found = list(starts), dict[str, str]()
    while waiting:
        address = waiting.pop().partition("#")[0]
        if address in found:
            continue
        answer = await client.get(address)
        assert answer.status_code == 200, (address, answer.text[-300:])
        found[address] = answer.text
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        links = strict(answer.text).links
        own = (urljoin(address, link) for link in links)
        pages = [
            one
            for one in own
            if about in one and re.match("/(?!/|hub|-/|api|static|datasets/.*/)", one)
        ]
        waiting += sample(pages, share)
    return found


def only_findings(toys: DatasetBuilder) -> None:
    for name in ("indicators", "observations"):
        del toys.tables[name]
    toys.tables["findings"] = [finding()]


def only_invented(toys: DatasetBuilder) -> None:
    toys.descriptor["hub"] |= {
        "synthetic": True, "verification": "S", "disclosure_policy": "synthetic",
    }  # fmt: skip


def no_figure(toys: DatasetBuilder) -> None:
    del toys.tables["observations"]
    toys.tables["findings"] = [{**finding(), "indicators": "toy-repairs-rate"}]


def all_hidden(toys: DatasetBuilder) -> None:
    blank = {"value": "", "numerator": "", "denominator": "", "obs_status": "Q", "conf_status": "A"}
    toys.tables["observations"] = [
        toys.build_observation(**{**blank, "ethnicity": g}) for g in "AB"
    ]


def one_group(toys: DatasetBuilder) -> None:
    toys.tables["observations"] = [toys.build_observation(ethnicity="A", value="12.5")]


def finding(**cells: str) -> dict[str, str]:
    return {
        "id": "toy-finding", "title": "Toys break", "statement": "Toys broke.", "type": "finding",
        "workstreams": "innovating-for-all", "topics": "maternity", **ASSESSED,
        "certainty_note": "Guessed.", "sources": "toy-report", "verification": "C1", **cells,
    }  # fmt: skip


async def test_an_empty_hub_has_every_page(site: BuildWorkspace) -> None:
    await crawled(await client_of(site.build().build), LISTS, "/topics/")


def test_columns_are_told_of_an_answer_without_rows(site: BuildWorkspace) -> None:
    build = site.build().build
    assert build is not None
    told = HubDatabase(build / "hub.db").describe_columns("select dataset, title from dataset")
    assert [name for name, *_ in told] == ["dataset", "title"]


@pytest.mark.parametrize("change", [only_findings, only_invented, no_figure, all_hidden, one_group])
async def test_every_page_of_a_scant_site_answers(
    site: BuildWorkspace, change: Callable[[DatasetBuilder], None]
) -> None:
    toys = site.dataset()
    change(toys)
    toys.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    starts = (*LISTS, "/datasets/toy-repairs")
    if "indicators" in toys.tables:
        starts += ("/indicators/toy-repairs-rate", "/embed/toy-repairs-rate")
    await crawled(await client_of(outcome.build), starts, "toy")


IDENTIFIERS = ("a.b", "a b", "18+", "a/b", "a'b", "x&y", "100%", "é")


def odd(site: BuildWorkspace) -> DatasetBuilder:
    """A dataset whose every text and identifier is odd."""
    toys = site.dataset()
    toys.descriptor |= {"title": NASTY + " long" * 49, "description": NASTY}
    toys.descriptor["hub"] |= {"caveats": [NASTY], "comparability": NASTY}
    toys.descriptor["hub"]["lists"][0] |= {"title": NASTY, "note": NASTY, "language": "ar"}
    toys.tables["indicators"] = [
        {**toys.tables["indicators"][0], "id": f"toy {one}", "title": NASTY, "definition": NASTY}
        for one in IDENTIFIERS
    ]
    groups, (place,) = toys.tables["codes"][:-1], toys.tables["codes"][-1:]
    groups[1] |= {"label": ARABIC}
    groups[2] |= {"label": PORTUGUESE}
    more = [{**groups[1], "code": one, "label": NASTY} for one in IDENTIFIERS]
    places = [{**place, "code": one, "label": NASTY} for one in IDENTIFIERS]
    toys.tables["codes"] = [*groups, *more, place, *places]
    toys.tables["observations"] = [
        toys.build_observation(
            indicator=f"toy {one}", ethnicity=group, area=f"toy-repairs-places:{one}", note=NASTY
        )
        for one in IDENTIFIERS
        for group in ("A", "B", *IDENTIFIERS)
    ]
    toys.tables["sources"][0] |= {"title": NASTY, "publisher": NASTY}
    toys.tables["findings"] = [
        finding(
            id=f"found {one}",
            title=NASTY,
            statement=NASTY,
            indicators=f"toy {one}",
            unbound_figures="1",
            unbound_reason="not-in-hub",
        )
        for one in IDENTIFIERS
    ]
    return toys


async def test_odd_names_and_identifiers_break_no_page(site: BuildWorkspace) -> None:
    odd(site).write()
    outcome = site.build()
    assert outcome.build is not None, [p for r in outcome.reports.values() for p in r.problems]
    starts = ["/datasets/toy-repairs", "/datasets/toy-repairs.xlsx", "/datasets/toy-repairs.ods"]
    for one in IDENTIFIERS:
        own = page_addresses.build_path("indicators", f"toy {one}")
        starts += [own + end for end in ("", ".svg", ".xlsx", ".ods", ".bib", ".ris", ".csl.json")]
        starts += [
            page_addresses.build_path("embed", f"toy {one}"),
            page_addresses.build_path("findings", f"found {one}"),
        ]
        starts += [page_addresses.build_path("groups", "toy-repairs-groups", one)]
        starts += [page_addresses.build_path("places", f"toy-repairs-places:{one}")]
    found = await crawled(await client_of(outcome.build), (*LISTS, *starts), "toy")
    for address, text in found.items():
        if text.startswith("<"):  # elsewhere, as in JSON, it is only text
            assert "<script>alert" not in text, address
            assert "<b>bold" not in text, address


async def test_every_link_of_the_shipped_site_leads_to_a_page(client: Any) -> None:
    known = ("/groups/opensafely-ethnicity/16:10", "/codes/ew-census-2021", "/places/GB")
    found = await crawled(client, (*LISTS, *known), share=5)
    assert len(found) > 200
