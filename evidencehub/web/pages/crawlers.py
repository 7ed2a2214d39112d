"""What crawlers read: the sitemap, the rules for robots, and a summary for language models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from evidencehub.domain.page_addresses import build_item_path
from evidencehub.formats.xml_text import serialise_xml
from evidencehub.store import releases
from evidencehub.store.search import select_page_keys
from evidencehub.web.page_request import Context, Document, PageRequest, require_row

MAX_SITEMAP_URLS = 50_000  # of one sitemap, by its protocol
SECURITY_CONTACT_DAYS = 180  # for which a contact is taken to be right; at most a year, by the RFC
SITEMAP_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
FIXED_PATHS = (
    *("/", "/api", "/topics", "/groups", "/places", "/compare", "/findings", "/recommendations"),
    *("/indicators", "/glossary"),
    *("/questions", "/coverage"),
    *("/organisations", "/partners", "/datasets", "/codes"),
)


def build_sitemap(request: PageRequest) -> Document:
    """Return every page for people, or the sitemaps that have them where one has no room for all.

    Raise HttpError (404) for a part that there is not.
    """
    paths = _list_page_paths(request)
    starts = range(0, len(paths), MAX_SITEMAP_URLS)
    part = request.path_params.get("part")
    if part is None and len(starts) > 1:
        parts = [f"/sitemap-{number}.xml" for number in range(1, len(starts) + 1)]
        return _render_sitemap(request, "sitemapindex", "sitemap", parts)
    number = int(part or 1)
    start = require_row(starts[number - 1] if number <= len(starts) else None, "part of the map")
    return _render_sitemap(request, "urlset", "url", paths[start : start + MAX_SITEMAP_URLS])


def _render_sitemap(request: PageRequest, root: str, entry: str, paths: Sequence[str]) -> Document:
    """Return addresses, with the day on which a dataset was published."""
    release_dates = releases.select_release_dates(request.db)
    document = ET.Element(root, xmlns=SITEMAP_NAMESPACE)
    for path in paths:
        element = ET.SubElement(document, entry)
        ET.SubElement(element, "loc").text = request.base_url + path
        day = release_dates.get(path.removeprefix("/datasets/"))
        if day:
            ET.SubElement(element, "lastmod").text = day
    return Document("application/xml; charset=utf-8", serialise_xml(document))


def build_security_context(request: PageRequest) -> Context:
    """Return whom to tell of a weakness (RFC 9116), and until when that is sure to be right.

    Raise HttpError (404) if metadata.yaml has no contact that the RFC allows.
    """
    contact = request.site.contact
    if "@" in contact and "://" not in contact:
        contact = f"mailto:{contact.removeprefix('mailto:')}"
    has_scheme = contact.startswith(("https://", "mailto:", "tel:"))
    require_row(contact if has_scheme else None, "security contact")
    expires_on = datetime.now(UTC).date() + timedelta(days=SECURITY_CONTACT_DAYS)
    return {"contact": contact, "expires": f"{expires_on}T00:00:00Z"}


def build_text_context(request: PageRequest) -> Context:
    """Return what a plain text needs to know: the address of the site."""
    return {"site_url": request.base_url}


def _list_page_paths(request: PageRequest) -> list[str]:
    """Return the path of every page for people once, in order."""
    item_paths = (build_item_path(kind, name) for kind, name in select_page_keys(request.db))
    return list(dict.fromkeys([*FIXED_PATHS, *item_paths]))
