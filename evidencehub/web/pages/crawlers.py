"""What crawlers read: the sitemap, the rules for robots, and a summary for language models."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from evidencehub.store import releases
from evidencehub.store.search import select_page_keys
from evidencehub.web.addresses import build_item_path
from evidencehub.web.page_request import Context, Document, PageRequest
from evidencehub.web.views.xml_text import serialise_xml

MAX_SITEMAP_URLS = 50_000  # of one sitemap, by its protocol
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
FIXED_PATHS = (
    *("/", "/api", "/topics", "/groups", "/places", "/compare", "/findings", "/recommendations"),
    *("/organisations", "/datasets", "/codes"),
)


def build_sitemap(request: PageRequest) -> Document:
    """Return every page for people, with the day on which a dataset was published."""
    release_dates = releases.select_release_dates(request.db)
    root = ET.Element("urlset", xmlns=SITEMAP_NAMESPACE)
    for page_path in _list_page_paths(request)[:MAX_SITEMAP_URLS]:
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = request.base_url + page_path
        day = release_dates.get(page_path.removeprefix("/datasets/"))
        if day:
            ET.SubElement(url, "lastmod").text = day
    return Document("application/xml; charset=utf-8", serialise_xml(root))


def build_text_context(request: PageRequest) -> Context:
    """Return what a plain text needs to know: the address of the site."""
    return {"site_url": request.base_url}


def _list_page_paths(request: PageRequest) -> list[str]:
    """Return the path of every page for people once, in order."""
    item_paths = (build_item_path(kind, name) for kind, name in select_page_keys(request.db))
    return list(dict.fromkeys([*FIXED_PATHS, *item_paths]))
