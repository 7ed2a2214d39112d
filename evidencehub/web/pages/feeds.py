"""Atom feeds of what has changed: of all datasets, and of a topic or workstream."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from evidencehub.domain.page_addresses import build_path
from evidencehub.formats.xml_text import serialise_xml, strip_control_chars
from evidencehub.store import codes as code_store
from evidencehub.store import releases
from evidencehub.store.codes import CodeRow
from evidencehub.web.page_request import Document, PageRequest, require_row

MAX_FEED_ENTRIES = 200  # releases; a reader fetches them only when there is a new one
ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
NO_RELEASE_DATE = "1970-01-01"  # when a hub without a release has changed
TAG_URI_YEAR = "2026"  # from when on the tags of entries are ours (RFC 4151)
_HOST_NAME = re.compile(r"[a-z0-9.-]+")


def build_site_feed(request: PageRequest) -> Document:
    """Return the newest releases of all datasets."""
    return _render_feed(request, "/feed.atom", "/changes", "", request.site.title)


def build_topic_feed(request: PageRequest) -> Document:
    """Return the newest releases of the datasets of a topic or workstream."""
    subject = _find_subject(request)
    title = f"{request.site.title}: {subject.label}"
    html_path = build_path("topics", subject.code)
    return _render_feed(request, f"{html_path}/feed.atom", html_path, subject.code, title)


def build_tag_uri(site_url: str, *path_segments: str) -> str:
    """Return an identifier that stays when the address changes its scheme or port (RFC 4151).

    It names the site by the operator's own address for it, never by the host that was asked.
    """
    host = (urlsplit(site_url).hostname or "").lower()
    host_name = host if _HOST_NAME.fullmatch(host) else "localhost"
    return f"tag:{host_name},{TAG_URI_YEAR}:{build_path(*path_segments)[1:]}"


def _render_feed(
    request: PageRequest, feed_path: str, html_path: str, subject_code: str, title: str
) -> Document:
    """Return a feed (RFC 4287). It has no clock in it: equal builds have equal feeds."""
    rows = releases.select_recent_changes(request.db, MAX_FEED_ENTRIES, subject=subject_code)
    last_changed = max(
        (row.changed_on or NO_RELEASE_DATE for row in rows),
        default=releases.select_newest_release_date(request.db) or NO_RELEASE_DATE,
    )
    feed = ET.Element("feed", xmlns=ATOM_NAMESPACE)
    _add_text_elements(
        feed,
        id=build_tag_uri(_get_site_url(request), *feed_path.strip("/").split("/")),
        title=title,
        subtitle=request.site.description,
        updated=_format_start_of_day(last_changed),
    )
    _add_link(feed, "self", "application/atom+xml", request.base_url + feed_path)
    _add_link(feed, "alternate", "text/html", request.base_url + html_path)
    author = ET.SubElement(feed, "author")
    _add_text_elements(author, name=request.site.organisation or request.site.title)
    for row in rows:
        _add_entry(request, ET.SubElement(feed, "entry"), row)
    return Document("application/atom+xml; charset=utf-8", serialise_xml(feed))


def _add_entry(request: PageRequest, entry: ET.Element, row: releases.ReleaseChangesRow) -> None:
    page_path = build_path("datasets", row.dataset)
    withdrawal = ["withdrawn"] if row.is_withdrawal else []
    title = request.translations.gettext("Withdrawn: %(title)s") if withdrawal else "%(title)s"
    _add_text_elements(
        entry,
        id=build_tag_uri(_get_site_url(request), "datasets", row.dataset, row.version, *withdrawal),
        title=title % {"title": f"{row.title} ({row.version})"},
        updated=_format_start_of_day(row.changed_on or NO_RELEASE_DATE),
    )
    _add_link(entry, "alternate", "text/html", f"{request.base_url}{page_path}#history")
    if row.publisher:
        _add_text_elements(ET.SubElement(entry, "author"), name=row.publisher)
    content = ET.SubElement(entry, "content", type="text")
    content.text = strip_control_chars("\n".join(row.lines))
    if row.language and not withdrawal:  # a reason is in the words of the hub
        content.set("xml:lang", row.language)


def _get_site_url(request: PageRequest) -> str:
    return request.reference_data.site_url if request.reference_data is not None else ""


def _find_subject(request: PageRequest) -> CodeRow:
    """Return the topic or workstream of the address; raise HttpError (404) where there is none."""
    rows = code_store.select_codes(request.db, "topic", "workstream")
    return require_row({row.code: row for row in rows}.get(request.path_params["id"]), "topic")


def _add_link(parent: ET.Element, relation: str, media_type: str, address: str) -> None:
    ET.SubElement(parent, "link", rel=relation, type=media_type, href=address)


def _add_text_elements(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        if text:
            ET.SubElement(parent, name).text = strip_control_chars(text)


def _format_start_of_day(day: str) -> str:
    return f"{day}T00:00:00Z"
