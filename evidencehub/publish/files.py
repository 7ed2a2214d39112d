"""A release's files: the publisher's own as they are, and the flat table in three formats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from evidencehub.model.package import SourcePackage
from evidencehub.publish import BLOCK, File, package_files, sha256

_FORMATS = {
    ".csv": "csv",
    ".gz": "csv.gz",
    ".parquet": "parquet",
    ".json": "datapackage",
    ".md": "markdown",
}
FLAT = {
    ".csv": "all figures, codes with labels",
    ".csv.gz": "the same, compressed",
    ".parquet": "the same, for programs",
}


def write_files(package: SourcePackage, folder: Path, counts: Mapping[str, int]) -> list[File]:
    """Put every file of a release into `folder`, beside the flat files that are there already.

    `counts` gives the rows of each resource's file and of the flat CSV. The publisher's bytes
    are copied as they are; the descriptor gets `hash` and `bytes` for each resource.
    """
    hashes: dict[str, File] = {}
    for name, path in package_files(package).items():
        if name == "datapackage.json":
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        says = "as the publisher wrote it" if target.suffix == ".csv" else "about the dataset"
        digest = _copy(path, target)
        size = target.stat().st_size
        hashes[name] = File(name, _FORMATS[target.suffix], says, counts.get(name), size, digest)
    rows = counts.get(f"{package.slug}.csv")
    if rows is not None:
        for ending, says in FLAT.items():
            name = f"{package.slug}{ending}"
            hashes[name] = _file(folder, name, says, rows)
    _write_descriptor(package, folder, hashes)
    described = _file(folder, "datapackage.json", "describes every table and column", None)
    return sorted([*hashes.values(), described], key=lambda file: file.file)


def _file(folder: Path, name: str, says: str, rows: int | None) -> File:
    path = folder / name
    return File(
        name, _FORMATS.get(path.suffix, "file"), says, rows, path.stat().st_size, sha256(path)
    )


def _copy(origin: Path, target: Path) -> str:
    """Copy a file, and give the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with origin.open("rb") as file, target.open("wb") as copy:
        while block := file.read(BLOCK):
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()


def _write_descriptor(package: SourcePackage, folder: Path, files: Mapping[str, File]) -> None:
    resources = [
        {
            **resource.descriptor,
            "hash": f"sha256:{files[resource.file].sha256}",
            "bytes": files[resource.file].bytes,
        }
        for resource in package.resources
    ]
    text = json.dumps({**package.descriptor, "resources": resources}, ensure_ascii=False, indent=2)
    (folder / "datapackage.json").write_text(text + "\n", "utf-8")
