"""Synthetic figures change no page and no answer of which nobody asked that they be there.

The site with a synthetic dataset is compared with the same site without it, page by page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from evidencehub import runtime
from evidencehub.api.resources import RESOURCES
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.rich_hub import build_rich_hub

STARTS = (
    "/", "/datasets", "/codes", "/changes", "/feed.atom", "/sitemap.xml", "/findings",
    "/recommendations", "/organisations", "/search?q=toys", "/search?q=drums", "/topics",
    "/topics/maternity/feed.atom", "/groups", "/groups?q=drums", "/groups/OTH", "/places",
    "/places/GB", "/compare", "/compare?family=infant-mortality", "/llms.txt", "/indicators/nosuch",
    "/compare?family=maternal-mortality-relative", "/topics/maternity", "/groups/toy-kinds/B",
    "/organisations/nhs-england", "/places/AU", "/topics/collaborating-globally", "/codes/iso-3166",
    "/indicators/toy-north-rate.xlsx",
)  # fmt: skip
FOLLOWED = re.compile(
    r"/(topics|organisations|recommendations|findings|indicators|compare|search|datasets/toy[^/]*$"
    r"|places/(GB|BR|NZ|AU|toy-)|groups/(toy-|OTH)|codes/toy-)"
)
NAMES = ("toy-invented", "Nowhere")
NEEDED = {"search": "q=drums", "compare": "family=maternal-mortality"}
LISTS_THEMSELVES = ("codes", "crosswalks")  # whoever asks for code lists gets every list
TEMPLATES = ("indicators", "datasets", "findings", "recommendations", "topics", "groups",
             "places", "organisations", "codes")  # fmt: skip


@pytest.fixture(scope="module")
def hub_without(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rich hub without its synthetic dataset."""
    return build_rich_hub(tmp_path_factory.mktemp("without"), synthetic=False)


async def serve(build: Path) -> Any:
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    return hub.client


def steady(text: str, build: Path) -> str:
    """A page without what every build changes: its hash."""
    return text.replace(build.name, "…")


async def crawl(client: Any, build: Path) -> dict[str, str]:
    """Every page that links lead to, by its address."""
    waiting, pages = list(STARTS), dict[str, str]()
    while waiting:
        address = waiting.pop().partition("#")[0]
        if address in pages:
            continue
        answer = await client.get(address)
        is_text = answer.headers["content-type"].startswith(("text/", "application/a"))
        body = steady(answer.text, build) if is_text else ""
        pages[address] = f"{answer.status_code}\n{body}"
        links = re.findall(r'href="(/[^"]*)"', body.replace("&amp;", "&"))
        waiting += [link for link in links if FOLLOWED.match(urljoin(address, link))]
    return pages


async def test_no_page_changes_with_a_synthetic_dataset(rich_hub: Path, hub_without: Path) -> None:
    pages = await crawl(await serve(rich_hub), rich_hub)
    others = await crawl(await serve(hub_without), hub_without)
    assert all(any(f"/{name}/" in page for page in pages) for name in TEMPLATES)
    assert [address for address, text in pages.items() if any(n in text for n in NAMES)] == []
    assert pages.keys() == others.keys()
    assert [address for address in pages if pages[address] != others[address]] == []


@pytest.mark.parametrize("name", [one for one in RESOURCES if one not in LISTS_THEMSELVES])
async def test_no_answer_changes_with_a_synthetic_dataset(
    rich_hub: Path, hub_without: Path, name: str
) -> None:
    address = f"/api/v1/{name}?limit=10000&{NEEDED.get(name, '')}".rstrip("&")
    data = (await (await serve(rich_hub)).get(address)).json()["data"]
    others = (await (await serve(hub_without)).get(address)).json()["data"]
    assert len(data) > 1
    for row in (*data, *others):
        row.pop("rank", None)  # the weight of a word, which lists of codes change
    assert data == others


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/indicators/toy-invented-rate", "Made up for teaching."),
        ("/datasets/toy-invented", "Made up for teaching."),
        ("/findings/toy-invented-finding", "Nowhere"),
        ("/recommendations/toy-invented-recommendation", "Nowhere"),
        ("/api/v1/observations?dataset=toy-invented", '"toy-invented-rate"'),
        ("/api/v1/gaps?indicator=toy-invented-rate", '"toy-invented-rate"'),
        ("/api/v1/datasets?synthetic=true", '"toy-invented"'),
        ("/api/v1/findings/toy-invented-finding", "Nowhere"),
    ],
)
async def test_what_is_synthetic_is_given_to_whoever_names_it(
    rich_hub: Path, address: str, text: str
) -> None:
    answer = await (await serve(rich_hub)).get(address)
    assert answer.status_code == 200
    assert text in answer.text
