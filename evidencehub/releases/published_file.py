"""The files of a release, and the publisher's files that it is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidencehub.domain.package import SourcePackage

DESCRIPTOR = "datapackage.json"
PACKAGE_TEXTS = ("about.md", "changes.md")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One downloadable file: its name below the release, what it is, and how to check it."""

    path: str
    format: str
    description: str
    rows: int | None
    size_bytes: int
    sha256: str

    def to_record(self) -> dict[str, Any]:
        """Return the file as the archive, the manifest and the table `file` have it."""
        return {
            "file": self.path,
            "format": self.format,
            "says": self.description,
            "rows": self.rows,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> ReleaseFile:
        """Return the file of a record that `to_record` made."""
        return cls(
            *(record[name] for name in ("file", "format", "says", "rows", "bytes", "sha256"))
        )


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_bytes(path: Path, sha256: str) -> bool:
    """True where a file is there and holds the bytes of this digest; reads it whole."""
    try:
        return hash_file(path) == sha256
    except OSError:
        return False


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_genuine(path: Path, sha256: str) -> bytes | None:
    """Return the bytes of a file; None where it does not hold those of this digest."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hash_bytes(data) == sha256 else None


def package_files(package: SourcePackage) -> dict[str, Path]:
    """Return the publisher's own files: descriptor, tables, texts, by their name in the folder."""
    files = {DESCRIPTOR: package.folder / DESCRIPTOR}
    files |= {resource.file: resource.path for resource in package.resources}
    files |= {
        name: package.folder / name for name in PACKAGE_TEXTS if (package.folder / name).is_file()
    }
    return dict(sorted(files.items()))


def package_digest(package: SourcePackage) -> str:
    """Return one SHA-256 over the names and bytes of the publisher's files."""
    digest = hashlib.sha256()
    files = package_files(package)
    hashes = {path: hash_file(path) for path in set(files.values())}  # one file has many spellings
    for name, path in files.items():
        digest.update(f"{name}\0{hashes[path]}\n".encode())
    return digest.hexdigest()
