"""The hub, and one release of a dataset, as a Data Package (version 2) of every file with its hash.

The package of a dataset that its publisher wrote describes the publisher's tables in full. This one
describes all files: those tables, the hub's own, and the texts. The same table in another form
(compressed, Parquet) is an alternative of its CSV, so that no reader reads it twice. Paths are
relative to the hub, and so to its archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from evidencehub.domain.catalogue import (
    SITE_PLACEHOLDER,
    Agent,
    Catalogue,
    CatalogueDataset,
    Distribution,
    Terms,
    WithdrawnRelease,
    build_file_path,
    build_site_url,
)
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json

PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
PACKAGE_PROFILE = PROFILE.format("datapackage")
ALTERNATIVE_FORMATS = ("csv.gz", "parquet")
_NOT_IN_NAME = re.compile(r"[^a-z0-9._-]+")
_LICENCE_NAME = re.compile(r"[-a-zA-Z0-9._]+")


def write_catalogue_package(catalogue: Catalogue) -> bytes:
    """Return the package of every file of every current release."""
    return write_json(
        drop_empty(
            {
                "$schema": PACKAGE_PROFILE,
                "name": _build_name(catalogue.title),
                "id": build_site_url("/datapackage.json"),
                "title": catalogue.title,
                "description": catalogue.description,
                "homepage": SITE_PLACEHOLDER,
                "created": catalogue.issued_at,
                "contributors": [_describe_publisher(catalogue.publisher)],
                "licenses": [_describe_licence(terms) for terms in catalogue.licences],
                "datasets": [
                    _describe_dataset(dataset, _build_folder(dataset))
                    for dataset in catalogue.datasets
                ],
                "withdrawn": [
                    {"name": dataset.name, **_describe_withdrawal(version)}
                    for dataset in catalogue.withdrawn
                    for version in dataset.withdrawn
                ],
                "resources": [
                    resource
                    for dataset in catalogue.datasets
                    for resource in _describe_files(dataset, _build_folder(dataset))
                ],
            }
        )
    )


def write_release_package(_: Catalogue, dataset: CatalogueDataset) -> bytes:
    """Return the package of every file of the current release of a dataset."""
    return write_json(
        drop_empty(
            {
                "$schema": PACKAGE_PROFILE,
                "name": _build_name(dataset.name),
                "id": build_site_url(dataset.path),
                "title": dataset.title,
                "description": dataset.full_description,
                "homepage": build_site_url(dataset.path),
                "version": dataset.current.version,
                "created": dataset.current.issued_at,
                "keywords": list(dataset.keywords),
                "contributors": [_describe_publisher(dataset.publisher)],
                "licenses": [_describe_licence(dataset.licence)],
                "datasets": [_describe_dataset(dataset, "")],
                "resources": _describe_files(dataset, ""),
            }
        )
    )


def _describe_dataset(dataset: CatalogueDataset, folder: str) -> dict[str, Any]:
    """Return what has to be known of a dataset before its files are used."""
    release = dataset.current
    return drop_empty(
        {
            "name": dataset.name,
            "title": dataset.title,
            "description": dataset.full_description,
            "version": release.version,
            "created": release.issued_at,
            "homepage": build_site_url(dataset.path),
            "package": folder + release.descriptor_path,
            "licence": dataset.licence.name,
            "rights": list(dataset.rights),
            "notes": list(dataset.notes),
            "synthetic": dataset.is_synthetic,
            "awaits_verification": dataset.awaits_verification,
            "withdrawn": [_describe_withdrawal(version) for version in dataset.withdrawn],
        }
    )


def _describe_withdrawal(version: WithdrawnRelease) -> dict[str, Any]:
    return {
        "version": version.version,
        "withdrawn_on": version.withdrawn_on,
        "reason": version.reason,
        "disclosure": version.disclosure,
    }


def _describe_files(dataset: CatalogueDataset, folder: str) -> list[dict[str, Any]]:
    """Return the resources of a release: each file, or with its CSV where it is the same table.

    Their paths begin with `folder`.
    """
    stems = {_get_stem(file) for file in dataset.current.files if file.format_name == "csv"}
    alternatives: dict[str, list[Distribution]] = {stem: [] for stem in stems}
    alone: list[Distribution] = []
    for file in dataset.current.files:
        is_alternative = file.format_name in ALTERNATIVE_FORMATS and _get_stem(file) in stems
        (alternatives[_get_stem(file)] if is_alternative else alone).append(file)
    return [
        _describe_file(
            dataset,
            folder,
            file,
            alternatives[_get_stem(file)] if file.format_name == "csv" else (),
        )
        for file in alone
    ]


def _build_folder(dataset: CatalogueDataset) -> str:
    """Return where the files of a release lie below the hub, with a slash at its end."""
    return build_file_path(dataset, dataset.current, "")


def _get_stem(file: Distribution) -> str:
    return file.path.partition(".")[0]


def _describe_file(
    dataset: CatalogueDataset, folder: str, file: Distribution, alternatives: Iterable[Distribution]
) -> dict[str, Any]:
    entry, release = get_format(file.format_name), dataset.current
    is_table = bool(file.columns)
    return drop_empty(
        {
            "$schema": PROFILE.format("dataresource"),
            "name": _build_name(f"{dataset.name}.{release.version}.{file.path}"),
            "type": "table" if is_table else "",
            "title": f"{dataset.title}: {file.path}",
            "description": file.description,
            "path": folder + file.path,
            "mediatype": entry.media_type,
            # what is no plain table is described by the package of its publisher alone
            "format": entry.ending if is_table or entry.name != "csv" else "file",
            "encoding": "utf-8" if is_table else "",
            "bytes": file.size_bytes,
            "hash": f"sha256:{file.sha256}",
            "dataset": dataset.name,
            "version": release.version,
            "licenses": [_describe_licence(dataset.licence)],
            "sources": [
                drop_empty({"title": title, "path": url}) for title, url in _list_sources(dataset)
            ],
            "alternatives": [
                {
                    "path": folder + other.path,
                    "mediatype": get_format(other.format_name).media_type,
                    "bytes": other.size_bytes,
                    "hash": f"sha256:{other.sha256}",
                }
                for other in alternatives
            ],
            "schema": _describe_columns(file) if is_table else {},
        }
    )


def _list_sources(dataset: CatalogueDataset) -> list[tuple[str, str]]:
    """Return titles and addresses of the sources, and of the partner that the dataset came from."""
    sources = [(work.title, work.url) for work in dataset.sources]
    step = dataset.origin.step if dataset.origin else None
    return [*sources, (step.name, step.url)] if step else sources


def _describe_columns(file: Distribution) -> dict[str, Any]:
    fields = [
        drop_empty({"name": c.name, "type": c.column_type, "description": c.description})
        for c in file.columns
    ]
    return {"$schema": PROFILE.format("tableschema"), "fields": fields}


def _describe_publisher(agent: Agent) -> dict[str, Any]:
    return {"title": agent.name, "roles": ["publisher"]}


def _describe_licence(terms: Terms) -> dict[str, str]:
    """Return a licence; one whose name is no identifier is told by its title."""
    is_identifier = _LICENCE_NAME.fullmatch(terms.name)
    name = terms.name if is_identifier else _build_name(terms.name)
    return drop_empty({"name": name, "path": terms.url, "title": terms.name})


def _build_name(text: str) -> str:
    return _NOT_IN_NAME.sub("-", text.lower()).strip("-") or "hub"
