"""What machines read of the site: feeds, the map, rules for robots, a word to language models."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from evidencehub.store import codes as code_store
from evidencehub.store import releases
from evidencehub.store.codes import CodeRow
from evidencehub.store.search import select_page_keys
from evidencehub.web import site_settings
from evidencehub.web.addresses import build_item_path, build_path
from evidencehub.web.page_request import (
    Document,
    PageRequest,
    create_not_found_error,
)

MAX_FEED_ENTRIES = 50
MAX_SITEMAP_URLS = 50_000  # of one map, by its protocol
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
NO_RELEASE_DATE = "1970-01-01"  # when a hub without a release has changed
TAG_URI_YEAR = "2026"  # from when on the tags of entries are ours (RFC 4151)
FIXED_PATHS = (
    *("/", "/api", "/topics", "/groups", "/places", "/compare", "/findings", "/recommendations"),
    *("/organisations", "/datasets", "/codes"),
)

LLMS_TXT = """# {title}

> {says}

Every figure has a source, a place, a period, an ethnic group in the classification of its source,
and a level of verification. A figure that is hidden or not known is empty and says why; it is
never zero. Groups of different classifications are not the same groups: do not add or compare
them without reading what is said of it. Cite the source beside the hub.

## Data

- [API]({home}/api): how to ask, with examples; no key is needed
- [Description of the API]({home}/openapi.json): OpenAPI 3.1, every parameter and code
- [Figures]({home}/api/v1/observations): JSON; add .csv, .ndjson or .parquet to the path
- [Gaps]({home}/api/v1/gaps): difference and ratio of each group beside its reference
- [Search]({home}/api/v1/search?q=maternal): indicators, findings, recommendations, datasets
- [Datasets]({home}/datasets): CSV, XLSX, ODS, Parquet, Data Package; licence of each

## Pages

- [Topics]({home}/topics)
- [Classifications and codes]({home}/codes): what each group and code means
- [How we write about ethnicity]({home}/writing)
- [About]({home}/about): how evidence is checked, and what the hub does not do
- [What has changed]({home}/changes), also as [Atom]({home}/feed.atom)
- [Every page]({home}/sitemap.xml)
"""
_HOST_NAME = re.compile(r"[a-z0-9.-]+")


def build_site_feed(request: PageRequest) -> Document:
    """The newest releases of all datasets."""
    return _render_feed(request, "/feed.atom", "/changes", "", request.site.title)


def build_topic_feed(request: PageRequest) -> Document:
    """Return the newest releases of the datasets of a topic or workstream."""
    subject = _find_subject(request)
    title = f"{request.site.title}: {subject.label}"
    html_path = build_path("topics", subject.code)
    return _render_feed(request, f"{html_path}/feed.atom", html_path, subject.code, title)


def build_sitemap(request: PageRequest) -> Document:
    """Every page for people, with the day on which a dataset was published."""
    release_dates = releases.select_release_dates(request.db)
    root = ET.Element("urlset", xmlns=SITEMAP_NAMESPACE)
    for page_path in _list_page_paths(request)[:MAX_SITEMAP_URLS]:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = request.base_url + page_path
        day = release_dates.get(page_path.removeprefix("/datasets/"))
        if day:
            ET.SubElement(url, "lastmod").text = day
    return Document("application/xml; charset=utf-8", _serialise_xml(root))


def build_robots_txt(request: PageRequest) -> Document:
    """Which addresses a robot may leave out: the same figures stand elsewhere."""
    lines = (
        "User-agent: *",
        "Disallow: /search?",
        "Disallow: /hub/*?",
        "Disallow: /-/",
        "",
        f"Sitemap: {request.base_url}/sitemap.xml",
    )
    return Document("text/plain; charset=utf-8", ("\n".join(lines) + "\n").encode())


def build_theme_stylesheet(request: PageRequest) -> Document:
    """The stylesheet of the site's own colours."""
    return Document(
        "text/css; charset=utf-8", site_settings.render_theme_css(request.site).encode()
    )


def build_llms_txt(request: PageRequest) -> Document:
    """The site in a few lines, for programs that read text."""
    text = LLMS_TXT.format(
        title=request.site.title, says=request.site.description, home=request.base_url
    )
    return Document("text/plain; charset=utf-8", text.encode())


def build_tag_uri(base_url: str, *path_segments: str) -> str:
    """A name for an entry that stays when the address changes its scheme or port."""
    host = (urlsplit(base_url).hostname or "").lower()
    host_name = host if _HOST_NAME.fullmatch(host) else "localhost"
    return f"tag:{host_name},{TAG_URI_YEAR}:{build_path(*path_segments)[1:]}"


def _render_feed(
    request: PageRequest, feed_path: str, html_path: str, subject_code: str, title: str
) -> Document:
    """A feed (RFC 4287). Nothing in it comes from a clock: equal builds have equal feeds."""
    rows = releases.select_recent_changes(request.db, MAX_FEED_ENTRIES, subject=subject_code)
    last_changed = max(
        (row.changed_on or NO_RELEASE_DATE for row in rows),
        default=releases.select_newest_release_date(request.db) or NO_RELEASE_DATE,
    )
    feed = ET.Element("feed", xmlns=ATOM_NAMESPACE)
    _add_text_elements(
        feed,
        id=build_tag_uri(request.base_url, *feed_path.strip("/").split("/")),
        title=title,
        subtitle=request.site.description,
        updated=_format_start_of_day(last_changed),
    )
    ET.SubElement(
        feed, "link", rel="self", type="application/atom+xml", href=request.base_url + feed_path
    )
    ET.SubElement(
        feed, "link", rel="alternate", type="text/html", href=request.base_url + html_path
    )
    author = ET.SubElement(feed, "author")
    _add_text_elements(author, name=request.site.organisation or request.site.title)
    for row in rows:
        _add_entry(request, ET.SubElement(feed, "entry"), row)
    return Document("application/atom+xml; charset=utf-8", _serialise_xml(feed))


def _add_entry(request: PageRequest, entry: ET.Element, row: releases.ReleaseChangesRow) -> None:
    page_path = build_path("datasets", row.dataset)
    _add_text_elements(
        entry,
        id=build_tag_uri(request.base_url, "datasets", row.dataset, row.version),
        title=f"{row.title} ({row.version})",
        updated=_format_start_of_day(row.changed_on or NO_RELEASE_DATE),
    )
    ET.SubElement(
        entry,
        "link",
        rel="alternate",
        type="text/html",
        href=f"{request.base_url}{page_path}#history",
    )
    if row.publisher:
        _add_text_elements(ET.SubElement(entry, "author"), name=row.publisher)
    content = ET.SubElement(entry, "content", type="text")
    content.text = _strip_control_chars("\n".join(row.lines))
    content.set("xml:lang", row.language)


def _find_subject(request: PageRequest) -> CodeRow:
    """Return the topic or workstream of the address; raise HttpError (404) where there is none."""
    code = request.path_params["id"]
    for row in reversed(code_store.select_codes(request.db, "topic", "workstream")):
        if row.code == code:
            return row
    raise create_not_found_error("topic")


def _list_page_paths(request: PageRequest) -> list[str]:
    """Return the path of every page for people once, in order."""
    item_paths = (build_item_path(kind, name) for kind, name in select_page_keys(request.db))
    return list(dict.fromkeys([*FIXED_PATHS, *item_paths]))


def _add_text_elements(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        if text:
            ET.SubElement(parent, name).text = _strip_control_chars(text)


def _strip_control_chars(text: str) -> str:
    """The text without signs that XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\n\t")


def _format_start_of_day(day: str) -> str:
    return f"{day}T00:00:00Z"


def _serialise_xml(root: ET.Element) -> bytes:
    ET.indent(root, "")
    text: str = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
