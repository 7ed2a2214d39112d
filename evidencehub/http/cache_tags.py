"""Purge tags: what an operator can ask shared caches to forget, without knowing its addresses."""

from __future__ import annotations

import re
from urllib.parse import unquote

from evidencehub.formats.catalogue_renderings import list_site_paths
from evidencehub.http.responses import RawHeaders

SITE_TAG, PAGE_TAG, API_TAG, MANY_TAG = "hub", "page", "api", "many-datasets"
_DATASET_PATH = re.compile(r"/datasets/([^/.]+)(?:/([^/]+)/.)?")
_CATALOGUE_PREFIXES = ("/catalog", "/dump/")
_TAG_TEXT = re.compile(r"[A-Za-z0-9._-]+")


def build_cache_tags(path: str, headers: RawHeaders) -> RawHeaders:
    """Return the two headers that caches take tags from (Surrogate-Key, Cache-Tag).

    Everything has the tag of the site, a page that of pages, an answer of the API that of the
    API. What is of a dataset has its tag and that of its release; what is of more datasets than a
    header lists, as every rendering of the catalogue is, has one for that.

    >>> dict(build_cache_tags("/datasets/toys/1.0.0/toys.csv", []))[b"surrogate-key"]
    b'hub dataset-toys release-toys-1.0.0'
    """
    by_name = {name: value.decode("latin-1") for name, value in headers}
    tags = [SITE_TAG, *_list_path_tags(path, by_name.get(b"content-type", ""))]
    releases = list(filter(None, by_name.get(b"hub-release", "").split(", ")))
    for release in releases:
        dataset, _, version = release.partition("=")
        tags += _name_release(dataset, version)
    if int(by_name.get(b"hub-release-count", "0")) > len(releases):
        tags.append(MANY_TAG)
    names = [tag for tag in dict.fromkeys(tags) if _TAG_TEXT.fullmatch(tag)]
    return [(b"surrogate-key", " ".join(names).encode()), (b"cache-tag", ",".join(names).encode())]


def _list_path_tags(path: str, content_type: str) -> list[str]:
    match = _DATASET_PATH.match(unquote(path))
    tags = _name_release(match[1], match[2] or "") if match is not None else []
    if path.startswith(("/api/", "/oai", "/odata", "/sdmx/")):
        return [*tags, API_TAG]
    if path.startswith(_CATALOGUE_PREFIXES) or path.removeprefix("/") in list_site_paths():
        return [*tags, MANY_TAG]
    return [*tags, PAGE_TAG] if content_type.startswith("text/html") else tags


def _name_release(dataset: str, version: str) -> list[str]:
    return [f"dataset-{dataset}", *([f"release-{dataset}-{version}"] if version else [])]
