"""ResourceSync 1.1 (ANSI/NISO Z39.99): lists by which a mirror follows the files of the hub.

A file of a release never changes, so what happens is that a release is created or withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from evidencehub.domain.catalogue import (
    Catalogue,
    CatalogueDataset,
    DatasetRelease,
    Distribution,
    WithdrawnRelease,
    build_file_url,
    build_site_url,
)
from evidencehub.domain.page_addresses import build_path
from evidencehub.formats.format import get_format
from evidencehub.formats.xml_text import serialise_xml

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
RS = "http://www.openarchives.org/rs/terms/"
MAX_ENTRIES = 50_000  # of one list, by the protocol of sitemaps
DESCRIPTION_PATH = ".well-known/resourcesync"
CAPABILITIES_PATH = "capabilitylist.xml"
LIST_PATH, CHANGES_PATH = "resourcelist.xml", "changelist.xml"
DESCRIPTOR_NAME = "datapackage.json"
Change = tuple[str, str, str, Distribution | None]
"""When (ISO 8601), what happened, the address, and the file where it is there."""


def write_source_description(_: Catalogue) -> bytes:
    """Return where the capabilities of the hub are told."""
    root = _open_list("urlset", "description")
    _add_entry(root, "url", build_site_url(f"/{CAPABILITIES_PATH}"), capability="capabilitylist")
    return serialise_xml(root)


def write_capability_list(_: Catalogue) -> bytes:
    """Return the lists that there are."""
    root = _open_list("urlset", "capabilitylist", parent=DESCRIPTION_PATH)
    _add_entry(root, "url", build_site_url(f"/{LIST_PATH}"), capability="resourcelist")
    _add_entry(root, "url", build_site_url(f"/{CHANGES_PATH}"), capability="changelist")
    return serialise_xml(root)


def write_resource_list_index(catalogue: Catalogue) -> bytes:
    """Return the lists of all files, one for each dataset."""
    root = _open_list(
        "sitemapindex", "resourcelist", parent=CAPABILITIES_PATH, at=catalogue.changed_at
    )
    for dataset in catalogue.datasets:
        release = dataset.current
        url = build_file_url(dataset, release, LIST_PATH)
        _add_entry(root, "sitemap", url, release.published_at, at=release.published_at)
    return serialise_xml(root)


def write_resource_list(_: Catalogue, dataset: CatalogueDataset) -> bytes:
    """Return the files of the current release of a dataset, each with its length and hash."""
    release = dataset.current
    root = _open_list("urlset", "resourcelist", parent=CAPABILITIES_PATH, at=release.published_at)
    for file in release.files:
        url = build_file_url(dataset, release, file.path)
        _add_entry(root, "url", url, release.published_at, **_describe_file(file))
    return serialise_xml(root)


def write_change_list(catalogue: Catalogue) -> bytes:
    """Return what was released and withdrawn, the oldest first.

    Of more changes than a list may have these are the newest; `from` says since when they are
    complete. A version that was withdrawn is told by its package, whose name is known also where
    nothing else is.
    """
    changes = sorted(_list_changes(catalogue), key=lambda change: change[:3])[-MAX_ENTRIES:]
    attributes = {"from": changes[0][0]} if changes else {}
    root = _open_list("urlset", "changelist", parent=CAPABILITIES_PATH, **attributes)
    for moment, change, url, file in changes:
        details = _describe_file(file) if file else {}
        _add_entry(root, "url", url, moment, change=change, datetime=moment, **details)
    return serialise_xml(root)


def _list_changes(catalogue: Catalogue) -> Iterator[Change]:
    for dataset in catalogue.datasets:
        for release in dataset.releases:
            yield from _list_new_files(dataset, release)
        for version in dataset.withdrawn:
            yield _describe_withdrawal(dataset.name, version)
    for gone in catalogue.withdrawn:
        for version in gone.withdrawn:
            yield _describe_withdrawal(gone.name, version)


def _describe_withdrawal(dataset: str, withdrawn: WithdrawnRelease) -> Change:
    path = build_path("datasets", dataset, withdrawn.version, DESCRIPTOR_NAME)
    return withdrawn.withdrawn_at, "deleted", build_site_url(path), None


def _list_new_files(dataset: CatalogueDataset, release: DatasetRelease) -> Iterator[Change]:
    for file in release.files:
        url = build_file_url(dataset, release, file.path)
        yield release.published_at, "created", url, file


def _describe_file(file: Distribution) -> dict[str, str]:
    return {
        "hash": f"sha-256:{file.sha256}",
        "length": str(file.size_bytes),
        "type": get_format(file.format_name).media_type,
    }


def _open_list(kind: str, capability: str, parent: str = "", **attributes: str) -> ET.Element:
    """Return the root of a list with what it is, and where the list of lists is."""
    root = ET.Element(kind, {"xmlns": SITEMAP, "xmlns:rs": RS})
    if parent:
        ET.SubElement(root, "rs:ln", {"rel": "up", "href": build_site_url(f"/{parent}")})
    named = {name: value for name, value in attributes.items() if value}
    ET.SubElement(root, "rs:md", {"capability": capability, **named})
    return root


def _add_entry(
    root: ET.Element, kind: str, url: str, modified_at: str = "", **attributes: str
) -> None:
    entry = ET.SubElement(root, kind)
    ET.SubElement(entry, "loc").text = url
    if modified_at:
        ET.SubElement(entry, "lastmod").text = modified_at
    ET.SubElement(entry, "rs:md", attributes)
