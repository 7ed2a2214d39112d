"""What machines read of the site: feeds, the map, rules for robots, a word to language models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from evidencehub.serve.pages import changes, site
from evidencehub.serve.pages.page import Document, Visit, compiled, missing, path

ENTRIES = 50
ADDRESSES = 50_000  # of one map, by its protocol
ATOM = "http://www.w3.org/2005/Atom"
MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEVER = "1970-01-01"  # when a hub without a release has changed
SINCE = "2026"  # from when on the tags of entries are ours (RFC 4151)
FIXED = (
    *("/", "/api", "/topics", "/groups", "/places", "/compare", "/findings", "/recommendations"),
    *("/organisations", "/datasets", "/codes"),
)

SUBJECT = """
select code, label from code
where list in ('topic', 'workstream') and code = :code
order by list desc
"""
NEWEST = "select max(created) from dataset where synthetic = 0 order by 1"
PAGES = """
select kind, id from search_page
where held = 1 and not (kind = 'organisation' and id = 'not-stated')
order by kind, id
"""
DATED = "select dataset, substr(created, 1, 10) from dataset where synthetic = 0 order by dataset"
LLMS = """# {title}

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
_HOST = re.compile(r"[a-z0-9.-]+")


def atom(visit: Visit) -> Document:
    """The newest releases of all datasets."""
    return _atom(visit, "/feed.atom", "/changes", "", visit.site.title)


def topic_atom(visit: Visit) -> Document:
    """The newest releases of the datasets of a topic or workstream."""
    code = visit.place["id"]
    subject = visit.ask.one(SUBJECT, {"code": code})
    if subject is None:
        raise missing("topic")
    title = f"{visit.site.title}: {subject['label']}"
    return _atom(visit, path("topics", code, "feed.atom"), path("topics", code), code, title)


def sitemap(visit: Visit) -> Document:
    """Every page for people, with the day on which a dataset was published."""
    days: dict[str, str] = dict(visit.ask(DATED))
    root = ET.Element("urlset", xmlns=MAP)
    for place in _places(visit)[:ADDRESSES]:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = visit.home + place
        day = days.get(place.removeprefix("/datasets/"))
        if day:
            ET.SubElement(url, "lastmod").text = day
    return Document("application/xml; charset=utf-8", _xml(root))


def robots(visit: Visit) -> Document:
    """Which addresses a robot may leave out: the same figures stand elsewhere."""
    lines = (
        "User-agent: *",
        "Disallow: /search?",
        "Disallow: /hub/*?",
        "Disallow: /-/",
        "",
        f"Sitemap: {visit.home}/sitemap.xml",
    )
    return Document("text/plain; charset=utf-8", ("\n".join(lines) + "\n").encode())


def colours(visit: Visit) -> Document:
    """The stylesheet of the site's own colours."""
    return Document("text/css; charset=utf-8", site.clothes(visit.site).encode())


def llms(visit: Visit) -> Document:
    """The site in a few lines, for programs that read text."""
    text = LLMS.format(title=visit.site.title, says=visit.site.description, home=visit.home)
    return Document("text/plain; charset=utf-8", text.encode())


def tag(home: str, *parts: str) -> str:
    """A name for an entry that stays when the address changes its scheme or port."""
    host = (urlsplit(home).hostname or "").lower()
    known = host if _HOST.fullmatch(host) else "localhost"
    return f"tag:{known},{SINCE}:{path(*parts)[1:]}"


def _atom(visit: Visit, own: str, page: str, code: str, title: str) -> Document:
    """A feed (RFC 4287). Nothing in it comes from a clock: equal builds have equal feeds."""
    rows = changes.news(visit, code, ENTRIES)
    last = max((row["changed_on"] or NEVER for row in rows), default=_newest(visit))
    feed = ET.Element("feed", xmlns=ATOM)
    _texts(
        feed,
        id=tag(visit.home, *own.strip("/").split("/")),
        title=title,
        subtitle=visit.site.description,
        updated=_moment(last),
    )
    ET.SubElement(feed, "link", rel="self", type="application/atom+xml", href=visit.home + own)
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=visit.home + page)
    author = ET.SubElement(feed, "author")
    _texts(author, name=visit.site.organisation or visit.site.title)
    for row in rows:
        _entry(visit, ET.SubElement(feed, "entry"), row)
    return Document("application/atom+xml; charset=utf-8", _xml(feed))


def _entry(visit: Visit, entry: ET.Element, row: Mapping[str, Any]) -> None:
    place = path("datasets", row["dataset"])
    _texts(
        entry,
        id=tag(visit.home, "datasets", row["dataset"], row["version"]),
        title=f"{row['title']} ({row['version']})",
        updated=_moment(row["changed_on"] or NEVER),
    )
    ET.SubElement(
        entry, "link", rel="alternate", type="text/html", href=f"{visit.home}{place}#history"
    )
    if row["publisher"]:
        _texts(ET.SubElement(entry, "author"), name=row["publisher"])
    content = ET.SubElement(entry, "content", type="text")
    content.text = _clean("\n".join(row["lines"]))
    content.set("xml:lang", row["language"])


def _newest(visit: Visit) -> str:
    ((day,),) = visit.ask(NEWEST)
    return (day or NEVER)[:10]


def _places(visit: Visit) -> list[str]:
    """The addresses of pages that there are, in order."""
    from evidencehub.serve.pages import routes  # which names this module too

    known = [compiled(page) for page in routes.PAGES if page.template]
    wanted = [*FIXED, *(_place(kind, name) for kind, name in visit.ask(PAGES))]
    found = [place for place in wanted if place == "/api" or any(one.match(place) for one in known)]
    return list(dict.fromkeys(found))


def _place(kind: str, name: str) -> str:
    """The address of something that the search knows; empty for what has no page of its own."""
    if kind == "page":
        return path(name)
    folder = {
        "dataset": "datasets",
        "indicator": "indicators",
        "finding": "findings",
        "recommendation": "recommendations",
        "topic": "topics",
        "workstream": "topics",
        "group": "groups",
        "place": "places",
        "list": "codes",
        "organisation": "organisations",
    }.get(kind, "")
    parts = name.split("/", 1) if kind == "group" else [name]
    return path(folder, *parts) if folder else ""


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        if text:
            ET.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    """The text without signs that XML cannot hold."""
    return "".join(sign for sign in text if sign >= " " or sign in "\n\t")


def _moment(day: str) -> str:
    return f"{day}T00:00:00Z"


def _xml(root: ET.Element) -> bytes:
    ET.indent(root, "")
    text: str = ET.tostring(root, "unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()
