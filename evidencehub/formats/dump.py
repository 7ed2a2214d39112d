"""The hub to take away: a manifest of everything with addresses and hashes, and one archive.

In the archive the files lie as their addresses say, so that `datapackage.json` and the sums of
`SHA256SUMS` hold in it as they hold on the hub.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evidencehub.domain.catalogue import (
    Catalogue,
    CatalogueDataset,
    Distribution,
    WithdrawnRelease,
    build_file_path,
    build_file_url,
    build_site_url,
)
from evidencehub.formats.format import get_format
from evidencehub.formats.json_document import drop_empty, write_json
from evidencehub.formats.zip_layout import Content, lay_out_zip, read_entry

MANIFEST_PATH, SUMS_PATH, ARCHIVE_PATH = "dump/manifest.json", "dump/SHA256SUMS", "dump/hub.zip"
MANIFEST_FORMAT = 1
_FLAT_FORMATS = {"csv": "csv", "csv.gz": "csv_gz", "parquet": "parquet"}


def write_dump_manifest(catalogue: Catalogue) -> bytes:
    """Return what the hub has to give away: by dataset its package, flat files and all files."""
    return write_json(
        {
            "format": MANIFEST_FORMAT,
            "title": catalogue.title,
            "url": build_site_url("/"),
            "created": catalogue.issued_at,
            "archive": build_site_url(f"/{ARCHIVE_PATH}"),
            "sums": build_site_url(f"/{SUMS_PATH}"),
            "package": build_site_url("/datapackage.json"),
            "datasets": [_describe_dataset(dataset) for dataset in catalogue.datasets],
            "withdrawn": [
                {"name": dataset, "version": version.version, "reason": version.reason}
                for dataset, version in _list_withdrawn(catalogue)
            ],
        }
    )


def _list_withdrawn(catalogue: Catalogue) -> Iterator[tuple[str, WithdrawnRelease]]:
    """Yield the name of each dataset with each of its versions that were withdrawn."""
    for dataset in catalogue.datasets:
        yield from ((dataset.name, version) for version in dataset.withdrawn)
    for gone in catalogue.withdrawn:
        yield from ((gone.name, version) for version in gone.withdrawn)


def _describe_dataset(dataset: CatalogueDataset) -> dict[str, Any]:
    release = dataset.current
    flat_files = {
        _FLAT_FORMATS[file.format_name]: _describe_file(dataset, file)
        for file in release.files
        if file.format_name in _FLAT_FORMATS and "/" not in file.path
    }
    (package,) = (file for file in release.files if file.path == release.descriptor_path)
    return drop_empty(
        {
            "name": dataset.name,
            "title": dataset.title,
            "version": release.version,
            "created": release.issued_at,
            "licence": dataset.licence.name,
            "licence_url": dataset.licence.url,
            "rights": list(dataset.rights),
            "notes": list(dataset.notes),
            "synthetic": dataset.is_synthetic,
            "awaits_verification": dataset.awaits_verification,
            "package": _describe_file(dataset, package),
            **flat_files,
            "files": [_describe_file(dataset, file) for file in release.files],
        }
    )


def _describe_file(dataset: CatalogueDataset, file: Distribution) -> dict[str, Any]:
    path = build_file_path(dataset, dataset.current, file.path)
    return drop_empty(
        {
            "path": path,
            "url": build_file_url(dataset, dataset.current, file.path),
            "media_type": get_format(file.format_name).media_type,
            "rows": file.row_count,
            "bytes": file.size_bytes,
            "sha256": file.sha256,
        }
    )


def write_sums(catalogue: Catalogue) -> bytes:
    """Return the SHA-256 of each file as `sha256sum` checks it."""
    lines = (
        f"{file.sha256}  {build_file_path(dataset, release, file.path)}\n"
        for dataset, release, file in catalogue.list_files()
    )
    return "".join(lines).encode()


def lay_out_dump(texts: Iterable[tuple[str, bytes]], sums: bytes, build: Path) -> list[Content]:
    """Return the archive in its parts: the texts, then each file that `sums` names.

    The files are read once for their CRC-32; nothing is copied.
    """
    names = [line.partition("  ")[2] for line in sums.decode().splitlines()]
    files = [(name, build / "files" / name.partition("/")[2]) for name in names]
    entries: list[tuple[str, Content]] = [*texts, ("SHA256SUMS", sums), *files]
    return lay_out_zip(read_entry(name, content) for name, content in entries)
