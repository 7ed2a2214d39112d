"""A site below a path, behind a proxy that strips it and one that passes it on: doors and links."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from evidencehub import runtime
from evidencehub.errors import HubError
from evidencehub.http.problem_details import HttpError
from evidencehub.http.site_address import OWN_SEGMENTS, SiteAddress, read_site_address
from evidencehub.web.routes import PAGE_ROUTES
from tests.support.asgi_client import AsgiResponse, send_request
from tests.support.dataset_builder import PROJECT_ROOT

PREFIX, HOST = "/evidence", "hub.test"
URL = f"https://{HOST}{PREFIX}"
SLUG, INDICATOR = "uk-maternal-mortality", "uk-maternal-mortality-rate"
LATEST = f"/datasets/{SLUG}/latest/{SLUG}.csv"


def place_site(
    folder: Path, built: Path, *, url: str, base_url: str = f"{PREFIX}/", **metadata_keys: Any
) -> Any:
    """A site over a build, below a path, with or without its own address in metadata.yaml."""
    for name in ("templates", "static", "plugins"):
        (folder / name).symlink_to(PROJECT_ROOT / name)
    settings = json.loads((PROJECT_ROOT / "settings.json").read_text("utf-8"))
    (folder / "settings.json").write_text(json.dumps(settings | {"base_url": base_url}), "utf-8")
    build = folder / "build"
    build.mkdir()
    for path in built.iterdir():
        (build / path.name).symlink_to(path)
    metadata = json.loads((built / "metadata.json").read_text("utf-8"))
    (build / "metadata.json").unlink()
    metadata |= metadata_keys | ({"url": url} if url else {})
    (build / "metadata.json").write_text(json.dumps(metadata))
    return runtime.create_datasette(folder, build)


@pytest.fixture(params=["", URL], ids=["without url", "with url"])
async def app(request: pytest.FixtureRequest, built: Path, tmp_path: Path) -> Any:
    hub = place_site(tmp_path, built, url=request.param)
    await hub.invoke_startup()
    return hub.app()


async def get(app: Any, address: str, proxy: str, **headers: str) -> AsgiResponse:
    """What a visitor sees at an address below the prefix, through a proxy."""
    assert address.startswith((f"{PREFIX}/", PREFIX))
    sent = address.removeprefix(PREFIX) if proxy == "stripping" else address
    return await send_request(app, sent or "/", **headers)


START = [
    "/", "/api", "/api/v1", "/openapi.json", "/feed.atom", "/sitemap.xml", "/robots.txt",
    "/llms.txt", "/sdmx/v1/dataflow", "/sdmx/jsonstat", "/codes/age.ttl", "/hub", "/hub.json", "/nosuch", "/nosuch.json", "/api/v1/nosuch", LATEST,
    "/hub/held?known__gt=5", "/hub/code?_size=2&_facet=list", "/hub/code.json?_size=1",
    "/hub/code?_filter_column=list&_filter_op=exact&_filter_value=sex", "/hub/dataset/", "/topics/",
    "/hub/dataset_uk_maternal_mortality?_size=1", "/hub/dataset_uk_maternal_mortality.json?_size=1",
    "/hub/figures?indicator=uk-maternal-mortality-rate", "/api/v1/observations?limit=1",
    f"/api/v1/datasets/{SLUG}", f"/embed/{INDICATOR}", f"/indicators/{INDICATOR}.svg",
    f"/indicators/{INDICATOR}.bib", "/topics/maternity/feed.atom", f"/hub/dataset/{SLUG}",
    f"/datasets/{SLUG}/1.1.0/{SLUG}.csv", "/search?q=maternal", "/compare", "/changes",
]  # fmt: skip
MAX_CRAWLED = 160
TEXT = re.compile(r"html|json|xml|text|svg|bibtex|x-bibtex")
LINK = re.compile(
    r'(?:href|src|action|content)="(/[^"]*|https?://[^"]*)"|(?:loc>|url = \{)([^<}]*)'
)
JSON_ADDRESS = re.compile(r'"((?:/|https?://hub\.test)[^"\s]*)"')
ANY_ADDRESS = re.compile(r"https?://hub\.test[^$\s\"'<>)}&;]*")
# names of places that are no addresses: JSON pointers, paths of OpenAPI, the API's own word for itself
NOT_LINKED = ("/openapi.json",)


def list_links(address: str, answer: AsgiResponse) -> set[str]:
    """Every address of ours that an answer names, in its headers and in its body."""
    headers = dict(answer.headers)
    links = {headers["location"]} if "location" in headers else set()
    links |= set(re.findall(r"<([^>]*)>", headers.get("link", "")))
    if TEXT.search(headers.get("content-type", "")) and "csv" not in headers["content-type"]:
        text = html.unescape(answer.body.decode())
        links |= {one or other for one, other in LINK.findall(text)}
        links |= set(ANY_ADDRESS.findall(text))
        if "json" in headers["content-type"] and address not in NOT_LINKED:
            links |= set(JSON_ADDRESS.findall(text))
    return {
        link for link in links if link.startswith("/") or urlsplit(link).hostname == HOST
    }  # fmt: skip


@pytest.mark.parametrize("proxy", ["stripping", "passing"])
async def test_no_address_leaves_or_doubles_the_prefix(app: Any, proxy: str) -> None:
    todo, seen = [PREFIX + path for path in START], set()
    while todo and len(seen) < MAX_CRAWLED:
        address = todo.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = await get(app, address, proxy)
        assert answer.status < 500, address
        for link in sorted(list_links(address.removeprefix(PREFIX), answer)):
            path = urlsplit(link).path
            assert (path + "/").startswith(f"{PREFIX}/"), f"{address}: {link}"
            assert not path.startswith(PREFIX * 2), f"{address}: {link}"
            local = path + (f"?{urlsplit(link).query}" if urlsplit(link).query else "")
            if local not in seen and "{" not in local:
                todo.append(local)
    assert len(seen) == MAX_CRAWLED


@pytest.mark.parametrize("proxy", ["stripping", "passing"])
async def test_what_links_lead_to_is_there(app: Any, proxy: str) -> None:
    page = await get(app, f"{PREFIX}/indicators/{INDICATOR}", proxy)
    for link in sorted(list_links("", page)):
        parts = urlsplit(link)
        answer = await get(app, parts.path + (f"?{parts.query}" if parts.query else ""), proxy)
        assert answer.status == 200, link
    latest = await get(app, PREFIX + LATEST, proxy)
    assert (await get(app, latest.header("location"), proxy)).status == 200
    rows = json.loads((await get(app, f"{PREFIX}/api/v1/observations?limit=1", proxy)).body)
    following = urlsplit(rows["page"]["next"])
    assert (await get(app, f"{following.path}?{following.query}", proxy)).status == 200


DOORS = [
    "/-/versions", "/-/plugins.json", "/-/settings.json", "/-/config", "/-/metadata.json",
    "/-/databases.json", "/-/threads", "/-/actor", "/-/permissions", "/-/allow-debug",
    "/-/messages", "/-/patterns", "/-/logout", "/-/auth-token", "/-/create-token", "/hub.db",
    "/hub/nosuch", "/hub?sql=select+1", "/hub/code?_facet=list&_facet=code&_facet=label&_facet=parent",
    "/hub/code?nosuch=1", "/hub/code?_where=1", "/hub/code?_trace=1", "/api/v1/observations?x=1",
]  # fmt: skip
SPELLINGS = [
    "/evidence{door}", "/evidence/evidence{door}", "/evidence/evidence/evidence{door}",
    "/evidence/{door}", "//evidence{door}", "/evidence//evidence{door}", "/%65vidence{door}",
    "/evidence/%65vidence{door}", "/evidence%2F{door}", "/evidence/.{door}", "/evidence/x/..{door}",
    "/evidence/%2e%2e{door}", "{door}", "/evidence/evidence/%2fevidence{door}",
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_is_open_below_a_prefix(app: Any, door: str) -> None:
    encoded = door.replace("/-/", "/%2d/").replace("/hub", "/%68ub")
    for spelling in SPELLINGS:
        for path in (door, encoded):
            answer = await send_request(app, spelling.format(door=path))
            assert answer.status in (400, 403, 404), spelling.format(door=path)
            assert b"hub.db" not in answer.body


async def test_a_code_that_need_not_be_one_leads_to_the_same_answer(app: Any) -> None:
    plain = await send_request(app, "/api/v1/observations?limit=1")
    coded = await send_request(app, "/%65vidence/%61pi/v1/%6fbservations?limit=1")
    assert (coded.status, coded.body) == (200, plain.body)
    assert (await send_request(app, "/%61pi/v1/observations?x=1")).status == 400


async def test_canonical_addresses_have_the_prefix_once(app: Any) -> None:
    for sent in ("/about", "/evidence/about"):
        page = (await send_request(app, sent)).body.decode()
        (canonical,) = re.findall(r'rel="canonical" href="([^"]*)"', page)
        assert canonical.endswith(f"://{HOST}/evidence/about")
        assert f'og:url" content="{canonical}"' in page


async def test_the_address_of_the_operator_stands_in_all_answers(
    built: Path, tmp_path: Path
) -> None:
    hub = place_site(tmp_path, built, url=URL)
    await hub.invoke_startup()
    app = hub.app()
    for host in (
        "hub.test",
        "HUB.test:8443",
        "10.0.0.7",
        "127.0.0.1:8001",
        "[::1]:80",
        "localhost",
    ):
        for path in (
            "/feed.atom",
            "/hub/code.json?_size=1",
            "/api/v1/observations?limit=1",
            "/about",
        ):
            answer = await send_request(app, path, host=host)
            assert answer.status == 200, host
            assert f"{URL}/".encode() in answer.body
            assert "public" in answer.header("cache-control")
            if host != "localhost":
                assert host.encode() not in answer.body.replace(b"hub.test", b"")
    first = await send_request(app, "/about", host="10.0.0.8")
    assert first.header("hub-cache") == "hit" or (await send_request(app, "/about")).header(
        "hub-cache"
    )


async def test_another_host_is_sent_away_and_a_probe_is_answered(
    built: Path, tmp_path: Path
) -> None:
    hub = place_site(tmp_path, built, url=URL)
    await hub.invoke_startup()
    app = hub.app()
    for host in ("evil.example", "hub.test.evil.example", "xhub.test", "1.2.3.4.evil"):
        answer = await send_request(app, "/api/v1", host=host)
        assert answer.status == 421
        assert json.loads(answer.body)["detail"] == (
            f"This server answers for another site only. Use {URL}."
        )
        assert answer.header("cache-control") == "no-store"
        assert (await send_request(app, "/healthz", host=host)).status == 200
        assert (await send_request(app, "/readyz", host=host)).status == 200


@pytest.mark.parametrize(
    ("base_url", "url", "text"),
    [
        ("evidence/", "", "settings.json, base_url: “evidence/” is no path. Use one like “/evidence/”."),
        ("/a b/", "", "settings.json, base_url: “/a b/” is no path. Use one like “/evidence/”."),
        ("/../", "", "settings.json, base_url: “/../” is no path. Use one like “/evidence/”."),
        (
            "/hub/", "",
            ("settings.json, base_url: addresses of the hub begin with “/hub/” already. "
            "Choose another path, such as “/evidence/”."),
        ),
        (
            "/", "hub.example.org",
            ("metadata.yaml, url: “hub.example.org” is no address of a site. "
            "Use one like “https://hub.example.org”."),
        ),
        (
            "/evidence/", "https://hub.example.org",
            ("metadata.yaml has url “https://hub.example.org”, and settings.json has base_url "
            "“/evidence/”. End both with the same path."),
        ),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_told(base_url: str, url: str, text: str) -> None:
    with pytest.raises(HubError) as refused:
        read_site_address({"base_url": base_url}, {"url": url})
    assert str(refused.value) == text


def test_a_prefix_is_stripped_once_and_only_whole() -> None:
    site = SiteAddress(PREFIX)
    for sent, path in {
        "/evidence": "/", "/evidence/": "/", "/evidence/a": "/a", "/a": "/a", "/": "/",
        "/evidences/a": "/evidences/a", "/a/evidence/b": "/a/evidence/b",
    }.items():  # fmt: skip
        assert site.strip_prefix(sent) == path
    for sent in ("/evidence/evidence", "/evidence/evidence/a"):
        with pytest.raises(HttpError):
            site.strip_prefix(sent)


def test_every_first_segment_of_a_page_is_kept_from_being_a_prefix() -> None:
    segments = {re.match(r"/([a-z-]*)(?=/|$)", page.pattern) for page in PAGE_ROUTES}
    assert {match[1] for match in segments if match} - {""} <= OWN_SEGMENTS
