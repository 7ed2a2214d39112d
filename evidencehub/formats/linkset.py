"""Signposting: typed links from the page of a dataset to all of it, as headers and as a linkset.

The relations are those of FAIR Signposting, level 2 for the linkset (RFC 9264).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.domain.catalogue import (
    Catalogue,
    CatalogueDataset,
    Distribution,
    build_file_url,
    build_site_url,
)
from evidencehub.domain.page_addresses import build_path
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json

LINKSET_PATH, MEDIA_TYPE = "linkset.json", "application/linkset+json"
DATASET_TYPES = ("https://schema.org/Dataset", "https://schema.org/AboutPage")
MAX_HEADER_ITEMS = 20  # files in the header of a page; a linkset has them all
Target = dict[str, str]
Description = tuple[str, str, str]
"""The name of a description beside the files, its media type, and its profile."""


def write_linkset(catalogue: Catalogue, descriptions: Iterable[Description]) -> bytes:
    """Return the links of the page of each dataset, and of each of its files."""
    described = list(descriptions)
    contexts = []
    for dataset in catalogue.datasets:
        contexts.append(_describe_page(dataset, described))
        contexts += [_describe_file(dataset, file) for file in dataset.current.files]
    return write_json({"linkset": contexts})


def _describe_page(
    dataset: CatalogueDataset, descriptions: Iterable[Description]
) -> dict[str, Any]:
    release = dataset.current
    return drop_empty(
        {
            "anchor": build_site_url(dataset.path),
            "cite-as": [{"href": build_site_url(dataset.path)}],
            "type": [{"href": address} for address in DATASET_TYPES],
            "license": _refer(dataset.licence.url),
            "author": [{"href": build_site_url("/about"), "title": dataset.publisher.name}],
            "item": [
                {
                    "href": build_file_url(dataset, release, file.path),
                    "type": get_format(file.format_name).media_type,
                }
                for file in release.files
            ],
            "describedby": [
                drop_empty(
                    {
                        "href": build_file_url(dataset, release, name),
                        "type": media_type,
                        "profile": profile,
                    }
                )
                for name, media_type, profile in descriptions
            ],
        }
    )


def _describe_file(dataset: CatalogueDataset, file: Distribution) -> dict[str, Any]:
    page = {"href": build_site_url(dataset.path), "type": "text/html"}
    return drop_empty(
        {
            "anchor": build_file_url(dataset, dataset.current, file.path),
            "collection": [page],
            "license": _refer(dataset.licence.url),
        }
    )


def _refer(address: str) -> list[Target]:
    return [{"href": address}] if address else []


def build_page_links(
    dataset: str,
    version: str,
    licence_url: str,
    files: Iterable[tuple[str, str]],
    described: Iterable[str],
) -> str:
    """Return the Link header of the page of a dataset; `files` are paths and media types.

    `described` are the links to its descriptions. Of many files none stands there: the linkset has
    them.
    """
    page, items = build_path("datasets", dataset), list(files)
    if len(items) > MAX_HEADER_ITEMS:
        items.clear()
    links = [
        _format_link(page, rel="cite-as"),
        *(_format_link(address, rel="type") for address in DATASET_TYPES),
        *([_format_link(licence_url, rel="license")] if licence_url else []),
        _format_link("/about", rel="author"),
        *(
            _format_link(
                build_path("datasets", dataset, version, *path.split("/")),
                rel="item",
                type=media_type,
            )
            for path, media_type in items
        ),
        *described,
        _format_link(f"/{LINKSET_PATH}", rel="linkset", type=MEDIA_TYPE),
    ]
    return ", ".join(links)


def build_collection_link(dataset: str) -> str:
    """Return the link from a file to the page of its dataset."""
    return _format_link(build_path("datasets", dataset), rel="collection", type="text/html")


def _format_link(address: str, **parameters: str) -> str:
    """Return a link of a Link header (RFC 8288).

    >>> _format_link("/datasets/toys", rel="cite-as")
    '</datasets/toys>; rel="cite-as"'
    """
    named: Mapping[str, str] = parameters
    return "; ".join([f"<{address}>", *(f'{name}="{value}"' for name, value in named.items())])
