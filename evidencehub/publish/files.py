"""A release's files: the publisher's own as they are, and the flat table in three formats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from evidencehub.formats.hashed import HashedFile, Written
from evidencehub.model.package import SourcePackage
from evidencehub.publish import BLOCK, File, package_files

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


def write_files(
    package: SourcePackage, folder: Path, counts: Mapping[str, int], flat: Iterable[Written]
) -> list[File]:
    """Put every file of a release into `folder`, beside the `flat` files that are there already.

    `counts` gives the rows of each resource's file and of the flat CSV. The publisher's bytes
    are copied as they are; the descriptor gets `hash` and `bytes` for each resource.
    """
    found: dict[str, File] = {}
    for name, path in package_files(package).items():
        if name == "datapackage.json":
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        says = "as the publisher wrote it" if target.suffix == ".csv" else "about the dataset"
        found[name] = _file(name, _copy(path, target), says, counts.get(name))
    for made in flat:
        _, dot, ending = made.name.partition(".")
        rows = counts[f"{package.slug}.csv"]
        found[made.name] = _file(made.name, made, FLAT[dot + ending], rows)
    described = _write_descriptor(package, folder, found)
    found[described.file] = described
    return sorted(found.values(), key=lambda file: file.file)


def _file(name: str, made: Written, says: str, rows: int | None) -> File:
    return File(name, _FORMATS[Path(name).suffix], says, rows, made.bytes, made.sha256)


def _copy(origin: Path, target: Path) -> Written:
    with origin.open("rb") as file, closing(HashedFile(target)) as copy:
        while block := file.read(BLOCK):
            copy.write(block)
    return copy.written


def _write_descriptor(package: SourcePackage, folder: Path, files: Mapping[str, File]) -> File:
    resources = [
        {
            **resource.descriptor,
            "hash": f"sha256:{files[resource.file].sha256}",
            "bytes": files[resource.file].bytes,
        }
        for resource in package.resources
    ]
    told = {**package.descriptor, "resources": resources}
    with closing(HashedFile(folder / "datapackage.json")) as file:
        file.write(f"{json.dumps(told, ensure_ascii=False, indent=2)}\n".encode())
    return _file("datapackage.json", file.written, "describes every table and column", None)
