"""The catalogue of a build: read once when the build is assembled, and written in every format."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from evidencehub.domain.catalogue import (
    Agent,
    Catalogue,
    DatasetRelease,
    Distribution,
    TableColumn,
    WithdrawnDataset,
    WithdrawnRelease,
    choose_publisher,
    parse_contact,
)
from evidencehub.domain.observation import OBSERVATION_COLUMNS
from evidencehub.formats.catalogue_renderings import iter_renderings, locate_rendering
from evidencehub.releases.log_summary import Withdrawal
from evidencehub.releases.published_file import ReleaseFile, hash_bytes
from evidencehub.releases.release import Release, parse_version
from evidencehub.store.catalogue import read_catalogue_dataset, select_dataset_names
from evidencehub.store.database import RowReader, open_reader
from evidencehub.store.datasets import select_dataset_files
from evidencehub.store.releases import select_releases
from evidencehub.store.withdrawals import WithdrawalRow, select_withdrawals

NO_LIMIT = -1  # as SQLite has it
_TABLE_SCHEMA_TYPES = {"real": "number", "integer": "integer", "text": "string"}
_COLUMNS = {column.name: column for column in OBSERVATION_COLUMNS}
_PLAIN_DIALECT = {"header": True, "delimiter": ","}
_PLAIN_ENCODINGS = ("utf-8", "utf8")


def write_catalogue(
    build: Path,
    site_file: Path,
    releases: Sequence[Release],
    withdrawals: Iterable[tuple[str, str, Withdrawal]],
) -> list[dict[str, Any]]:
    """Write every rendering of the catalogue of a build; return each as its manifest has it.

    `releases` are those whose files the build has; `hub.db` and the files have to be there.
    `withdrawals` are the dataset, version and statement of each.
    """
    site = yaml.safe_load(site_file.read_text("utf-8")) if site_file.is_file() else {}
    withdrawn_at = {(slug, version): gone.withdrawn_at for slug, version, gone in withdrawals}
    with open_reader(build / "hub.db") as db:
        catalogue = read_catalogue(db, site or {}, releases, withdrawn_at, build / "files")
    rows = []
    for path, data in iter_renderings(catalogue):
        name = locate_rendering(path)
        (build / name).parent.mkdir(parents=True, exist_ok=True)
        (build / name).write_bytes(data)
        rows.append({"file": name, "bytes": len(data), "sha256": hash_bytes(data)})
    return rows


def read_catalogue(
    db: RowReader,
    site: Mapping[str, Any],
    releases: Iterable[Release],
    withdrawn_at: Mapping[tuple[str, str], str],
    files_folder: Path,
) -> Catalogue:
    """Return the catalogue of a build; `site` are the settings of metadata.yaml.

    `withdrawn_at` is the moment of each withdrawal, by dataset and version.
    """
    title = _read_setting(site, "title", "Evidence hub")
    publisher = choose_publisher(None, _read_setting(site, "organisation"), title)
    by_key = {release.key: release for release in releases}
    names = select_dataset_names(db)
    gone = sorted({row.dataset for row in select_withdrawals(db, "")} - set(names))
    datasets = tuple(
        read_catalogue_dataset(
            db,
            name,
            publisher,
            _list_releases(db, name, by_key, files_folder / name),
            _describe_withdrawals(select_withdrawals(db, name), withdrawn_at),
        )
        for name in names
    )
    return Catalogue(
        title=title,
        description=_read_setting(site, "description", title),
        language=_read_setting(site, "language", "en"),
        publisher=Agent(publisher),
        contact=parse_contact(site.get("contact")),
        issued_at=max((dataset.current.issued_at for dataset in datasets), default=""),
        datasets=datasets,
        withdrawn=tuple(
            _describe_withdrawn_dataset(name, select_withdrawals(db, name), withdrawn_at)
            for name in gone
        ),
    )


def _read_setting(site: Mapping[str, Any], name: str, default: str = "") -> str:
    return str(site.get(name) or default).strip()


def _describe_withdrawals(
    rows: Iterable[WithdrawalRow], withdrawn_at: Mapping[tuple[str, str], str]
) -> list[WithdrawnRelease]:
    return [
        WithdrawnRelease(
            row.version, withdrawn_at[row.dataset, row.version], row.reason, bool(row.disclosure)
        )
        for row in rows
    ]


def _describe_withdrawn_dataset(
    name: str, rows: Sequence[WithdrawalRow], withdrawn_at: Mapping[tuple[str, str], str]
) -> WithdrawnDataset:
    """Return a dataset that is gone, by what the newest version that is still known said."""
    return WithdrawnDataset(
        name,
        next((row.title for row in reversed(rows) if row.title), ""),
        next((row.language for row in reversed(rows) if row.language), "en"),
        tuple(_describe_withdrawals(rows, withdrawn_at)),
    )


def _list_releases(
    db: RowReader, name: str, by_key: Mapping[tuple[str, str], Release], folder: Path
) -> list[DatasetRelease]:
    """Return the releases of a dataset that were not withdrawn, in the order of their versions.

    The files of the current one are those of the build; its plain tables have their columns.
    """
    rows = sorted(select_releases(db, name), key=lambda row: parse_version(row.version))
    releases = []
    for row in rows:
        files = [
            Distribution(f.path, f.format, f.description, f.row_count, f.size_bytes, f.sha256)
            for f in select_dataset_files(db, name, row.version, NO_LIMIT)
        ]
        if files:
            files = list(_add_columns(files, folder / row.version))
        else:
            files = list(map(_describe_file, by_key[name, row.version].files))
        files.sort(key=lambda file: file.path)
        note = row.release_note or ""
        published_at = by_key[name, row.version].published_at
        releases.append(DatasetRelease(row.version, row.created, published_at, note, tuple(files)))
    return releases


def _describe_file(file: ReleaseFile) -> Distribution:
    return Distribution(
        file.path, file.format, file.description, file.rows, file.size_bytes, file.sha256
    )


def _add_columns(files: Iterable[Distribution], folder: Path) -> Iterator[Distribution]:
    """Yield the files of a release, each plain CSV table with its columns."""
    described = list(files)
    descriptor_path = next(file.path for file in described if file.format_name == "datapackage")
    tables = _read_tables(json.loads((folder / descriptor_path).read_text("utf-8")))
    for file in described:
        is_flat = file.format_name == "csv" and "/" not in file.path and file.path not in tables
        columns = _read_flat_columns(folder / file.path) if is_flat else tables.get(file.path, ())
        yield replace(file, columns=tuple(columns))


def _read_flat_columns(path: Path) -> list[TableColumn]:
    """Return the columns of the hub's own table; those of the publisher's own are texts."""
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    return [
        TableColumn(name, _TABLE_SCHEMA_TYPES[column.sql_type], column.description)
        if (column := _COLUMNS.get(name))
        else TableColumn(name, "string")
        for name in names
    ]


def _read_tables(descriptor: Mapping[str, Any]) -> dict[str, list[TableColumn]]:
    """Return the columns of each table of a package that any reader of CSV reads as it is.

    What a cell of them means (markers, formats of numbers) only the package itself says.
    """
    return {
        resource["path"]: [
            TableColumn(field["name"], "any", field.get("description") or field.get("title") or "")
            for field in resource["schema"]["fields"]
        ]
        for resource in descriptor["resources"]
        if _is_plain_table(resource)
    }


def _is_plain_table(resource: Mapping[str, Any]) -> bool:
    """Return whether a resource is one file of CSV in UTF-8 with commas and one header row."""
    dialect, path = resource.get("dialect") or {}, resource.get("path")
    return (
        isinstance(path, str)
        and path.endswith(".csv")
        and isinstance(resource.get("schema"), dict)
        and isinstance(dialect, dict)
        and dialect.items() <= _PLAIN_DIALECT.items()
        and str(resource.get("encoding", "utf-8")).lower() in _PLAIN_ENCODINGS
    )
