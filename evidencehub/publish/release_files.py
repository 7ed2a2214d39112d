"""A release's files: the publisher's own as they are, and the flat table in three formats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from evidencehub.domain.package import SourcePackage
from evidencehub.formats.format import find_by_file_name
from evidencehub.formats.hashing_file import HashingFile, WrittenFile
from evidencehub.releases.disk import READ_BLOCK_BYTES
from evidencehub.releases.published_file import DESCRIPTOR, ReleaseFile, package_files

FLAT_FILE_DESCRIPTIONS = {
    ".csv": "all figures, codes with labels",
    ".csv.gz": "the same, compressed",
    ".parquet": "the same, for programs",
}


def write_release_files(
    package: SourcePackage,
    work_folder: Path,
    row_counts: Mapping[str, int],
    flat: Iterable[WrittenFile],
) -> tuple[list[ReleaseFile], dict[str, str]]:
    """Put every file of a release into `files`, beside the `flat` files that are there already.

    `row_counts` gives the rows of each resource's file and of the flat CSV. The publisher's bytes
    are copied as they are; the descriptor gets `hash` and `bytes` for each resource, and is kept
    as it was in `source`. Return the files, and the SHA-256 of each of the publisher's own.
    """
    folder, plain_descriptor = work_folder / "files", work_folder / "source" / DESCRIPTOR
    release_files: dict[str, ReleaseFile] = {}
    digests: dict[str, str] = {}
    for name, path in package_files(package).items():
        if name == DESCRIPTOR:
            plain_descriptor.parent.mkdir()
            digests[name] = _copy_hashed(path, plain_descriptor).sha256
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        description = (
            "as the publisher wrote it" if target.suffix == ".csv" else "about the dataset"
        )
        release_files[name] = _describe_release_file(
            name, _copy_hashed(path, target), description, row_counts.get(name)
        )
        digests[name] = release_files[name].sha256
    for flat_file in flat:
        _, dot, ending = flat_file.name.partition(".")
        rows = row_counts[f"{package.slug}.csv"]
        release_files[flat_file.name] = _describe_release_file(
            flat_file.name, flat_file, FLAT_FILE_DESCRIPTIONS[dot + ending], rows
        )
    described = _write_descriptor(package, folder, release_files)
    release_files[described.path] = described
    return sorted(release_files.values(), key=lambda file: file.path), digests


def _describe_release_file(
    name: str, flat_file: WrittenFile, description: str, rows: int | None
) -> ReleaseFile:
    release_format = find_by_file_name(name, "release")
    if release_format is None:
        raise ValueError(f"{name} has no ending of a file of a release.")
    return ReleaseFile(
        name, release_format.name, description, rows, flat_file.size_bytes, flat_file.sha256
    )


def _copy_hashed(origin: Path, target: Path) -> WrittenFile:
    with origin.open("rb") as file, closing(HashingFile(target)) as copy:
        while block := file.read(READ_BLOCK_BYTES):
            copy.write(block)
    return copy.written_file


def _write_descriptor(
    package: SourcePackage, folder: Path, files: Mapping[str, ReleaseFile]
) -> ReleaseFile:
    resources = [
        {
            **resource.descriptor,
            "hash": f"sha256:{files[resource.file].sha256}",
            "bytes": files[resource.file].size_bytes,
        }
        for resource in package.resources
    ]
    descriptor = {**package.descriptor, "resources": resources}
    with closing(HashingFile(folder / "datapackage.json")) as file:
        file.write(f"{json.dumps(descriptor, ensure_ascii=False, indent=2)}\n".encode())
    return _describe_release_file(
        "datapackage.json", file.written_file, "describes every table and column", None
    )
