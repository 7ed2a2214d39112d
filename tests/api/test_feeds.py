"""Feeds, the map of the site and what robots read: valid, complete, and the same every time."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from evidencehub import runtime
from evidencehub.web.page_request import PageRequest
from evidencehub.web.pages import crawlers, static_pages
from evidencehub.web.site_settings import SiteSettings as Words
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.sampling import sample

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def checked(text: str) -> ET.Element:
    """A feed, judged by what RFC 4287 asks of it."""
    feed = ET.fromstring(text)
    assert feed.tag == f"{ATOM}feed"
    ids = []
    for part in [feed, *feed.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            (found,) = part.findall(f"{ATOM}{name}")
            assert (found.text or "").strip(), name
        ids.append(part.findtext(f"{ATOM}id"))
        assert re.fullmatch(r"tag:[a-z0-9.-]+,2026:[\w/.-]+", ids[-1] or "")
        moment = part.findtext(f"{ATOM}updated") or ""
        assert datetime.fromisoformat(moment).tzinfo is not None
        links = [link.get("rel") for link in part.findall(f"{ATOM}link")]
        assert len(links) == len(set(links))
        assert "alternate" in links
    assert len(ids) == len(set(ids))
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    times = [entry.findtext(f"{ATOM}updated") or "" for entry in feed.findall(f"{ATOM}entry")]
    assert times == sorted(times, reverse=True)
    assert not times or feed.findtext(f"{ATOM}updated") == times[0]
    return feed


async def test_the_feed_has_each_release_once(client, built: Path) -> None:
    response = await client.get("/feed.atom")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = checked(response.text)
    with closing(sqlite3.connect(built / "hub.db")) as db:
        rows = db.execute(
            "select distinct c.dataset, c.version from change_note as c"
            " join dataset as d on d.dataset = c.dataset and d.synthetic = 0"
        ).fetchall()
    told = {entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")}
    assert told == {f"tag:localhost,2026:datasets/{slug}/{version}" for slug, version in rows}
    (own,) = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == "http://localhost/feed.atom"


async def test_a_feed_is_the_same_every_time(client) -> None:
    first, second = [(await client.get("/feed.atom")).content for _ in range(2)]
    assert first == second


async def test_every_topic_has_a_feed_of_its_own(client, built: Path) -> None:
    with closing(sqlite3.connect(built / "hub.db")) as db:
        codes = db.execute("select code from code where list in ('topic', 'workstream')").fetchall()
        slugs = db.execute(
            "select s.id from subject as s join dataset as d on d.dataset = s.id"
            " where kind = 'dataset' and list = 'topic' and code = 'maternity' and synthetic = 0"
        ).fetchall()
    for (code,) in codes:
        response = await client.get(f"/topics/{code}/feed.atom")
        assert response.status_code == 200
        checked(response.text)
    entries = checked((await client.get("/topics/maternity/feed.atom")).text)
    told = {
        (entry.findtext(f"{ATOM}id") or "").split("/")[1] for entry in entries.iter(f"{ATOM}entry")
    }
    assert told == {slug for (slug,) in slugs}


async def test_a_feed_escapes_titles_and_has_no_day_from_a_clock(site: BuildWorkspace) -> None:
    toys = site.dataset()
    toys.descriptor["title"] = "Toys & <b>games</b>"
    toys.texts["changes.md"] = "# Changes\n\n## 1.0.0\n\n- Fewer < more & ]]>.\n"
    toys.write()
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    feed = checked((await hub.client.get("/feed.atom")).text)
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Toys & <b>games</b> (1.0.0)"
    assert entry.findtext(f"{ATOM}content") == "Fewer < more & ]]>."
    assert entry.findtext(f"{ATOM}updated") == "2026-01-31T00:00:00Z"


async def test_a_hub_with_nothing_but_made_up_figures_has_an_empty_feed(
    site: BuildWorkspace,
) -> None:
    toys = site.dataset()
    toys.descriptor["hub"] |= {"synthetic": True, "verification": "S"}
    toys.descriptor["hub"]["disclosure_policy"] = "synthetic"
    toys.write()
    build = site.build().build
    assert build is not None
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    assert checked((await hub.client.get("/feed.atom")).text).findall(f"{ATOM}entry") == []
    assert (await hub.client.get("/sitemap.xml")).status_code == 200
    assert (await hub.client.get("/datasets")).status_code == 200


async def test_every_address_of_the_map_answers(client) -> None:
    response = await client.get("/sitemap.xml")
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(response.text)
    assert root.tag == f"{MAP}urlset"
    places = [url.findtext(f"{MAP}loc") or "" for url in root]
    assert 100 < len(places) == len(set(places)) <= 50_000
    for place in ("/", "/datasets", "/datasets/uk-maternal-mortality", "/codes/sex", "/about"):
        assert f"http://localhost{place}" in places
    assert not [place for place in places if "synthetic" in place]
    for place in sample(places, 4):
        assert (await client.get(urlsplit(place).path)).status_code == 200, place


async def test_robots_are_told_where_the_map_is(client) -> None:
    text = (await client.get("/robots.txt")).text
    assert text.startswith("User-agent: *\n")
    assert text.endswith("\nSitemap: http://localhost/sitemap.xml\n")


async def test_the_word_to_language_models_leads_to_what_is_there(client) -> None:
    response = await client.get("/llms.txt")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text.startswith("# Evidence hub\n\n> ")
    links = re.findall(r"\]\(http://localhost([^)]*)\)", response.text)
    assert len(links) > 10
    for link in links:
        assert (await client.get(link)).status_code == 200, link


async def test_the_colours_of_the_site_are_a_stylesheet(client) -> None:
    response = await client.get("/colours.css")
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.text == ""  # metadata.yaml names none


def test_colours_that_are_named_are_told() -> None:
    nobody: Any = None  # no page of it asks the database
    site = Words(accent="#123456")
    told = static_pages.build_theme_stylesheet(
        PageRequest(nobody, {}, {}, site, Path(), "http://localhost")
    )
    assert b"--accent:#123456" in told.body


async def test_a_map_with_more_addresses_than_it_has_room_for_has_parts(
    client, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ET.fromstring((await client.get("/sitemap.xml")).text)
    monkeypatch.setattr(crawlers, "MAX_SITEMAP_URLS", 130)
    hub = runtime.create_datasette(PROJECT_ROOT, built)  # one that keeps no answer of before
    await hub.invoke_startup()
    client = hub.client
    index = ET.fromstring((await client.get("/sitemap.xml")).text)
    assert index.tag == f"{MAP}sitemapindex"
    parts = [entry.findtext(f"{MAP}loc") or "" for entry in index]
    joined = []
    for part in parts:
        response = await client.get(urlsplit(part).path)
        assert response.status_code == 200, part
        urls = ET.fromstring(response.text)
        assert urls.tag == f"{MAP}urlset"
        assert 0 < len(urls) <= 130
        joined += [ET.tostring(url) for url in urls]
    assert joined == [ET.tostring(url) for url in whole]
    for absent in (f"/sitemap-{len(parts) + 1}.xml", "/sitemap-0.xml", "/sitemap-01.xml"):
        assert (await client.get(absent)).status_code == 404
