"""The staged form of a dataset, kept under the hash of everything that it depends on."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from evidencehub.check.identifiers import DatasetIdentifiers, IdentifierUse
from evidencehub.domain.code_lists import CodeBook
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.published_file import ReleaseFile

SUMMARY_NAME = "summary.json"
STAGE_FORMAT = 3  # of a staged form: its folder, its summary, its database
_VERSIONED_LIBRARIES = ("frictionless", "pyarrow", "apsw", "numpy")


@dataclass(slots=True)
class StagedDataset:
    """One dataset that passed: where its files are, what they depend on, what it links to.

    `code_list_hashes` holds the hash of every code list that was looked at, `report` the warnings,
    `package` the SHA-256 of each of the publisher's files.
    """

    folder: Path
    summary: dict[str, Any]
    files: list[ReleaseFile]
    code_list_hashes: dict[str, str]
    links: DatasetIdentifiers
    report: dict[str, Any]
    package: dict[str, str]
    database_sha256: str
    claim_count: int = 0
    is_new: bool = False

    @property
    def slug(self) -> str:
        """The dataset."""
        return str(self.summary["dataset"])

    @property
    def database(self) -> Path:
        """The staging database."""
        return self.folder / "staged.db"

    @property
    def key(self) -> str:
        """What tells this staged form from every other."""
        return self.folder.name


@cache
def hash_code() -> str:
    """A hash over the hub's own code and the versions of the libraries that shape its output."""
    digest_so_far = hashlib.sha256()
    root = resources.files("evidencehub")
    for path in sorted(Path(str(root)).rglob("*")):
        if path.suffix in (".py", ".sql", ".json"):
            digest_so_far.update(path.read_bytes())
    for name in _VERSIONED_LIBRARIES:
        digest_so_far.update(f"{name} {metadata.version(name)}\n".encode())
    digest_so_far.update(sqlite3.sqlite_version.encode())
    return digest_so_far.hexdigest()


def hash_file(path: Path) -> str:
    """SHA-256 of a file; of nothing where there is none."""
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def hash_folder(root: Path) -> str:
    """SHA-256 over every CSV file below a folder, names and bytes."""
    digest_so_far = hashlib.sha256()
    for path in sorted(root.rglob("*.csv")):
        digest_so_far.update(f"{path.relative_to(root)} {hash_file(path)}\n".encode())
    return digest_so_far.hexdigest()


def compute_stage_key(package_sha256: str, code_list_hashes: Mapping[str, str]) -> str:
    """The key of a staged form: its package, the code, the lists that were looked at."""
    hash_inputs = [
        package_sha256,
        hash_code(),
        *(f"{n} {h}" for n, h in sorted(code_list_hashes.items())),
    ]
    return hashlib.sha256("\n".join(hash_inputs).encode()).hexdigest()[:32]


def is_of_this_code(staged: StagedDataset) -> bool:
    """True for a form that was staged by the code and the libraries that run now."""
    digest = staged.summary["package_sha256"]
    return staged.key == compute_stage_key(digest, staged.code_list_hashes)


def find_stage(
    stage_folder: Path, package_sha256: str, book: CodeBook, cache: DigestCache
) -> StagedDataset | None:
    """The staged form under `stage_folder` that is still true and whole, or None."""
    for folder in sorted(stage_folder.iterdir()) if stage_folder.is_dir() else ():
        staged = read_stage(folder, cache)
        if staged is None or staged.summary["package_sha256"] != package_sha256:
            continue
        current_hashes = {name: book.list_digest(name) for name in staged.code_list_hashes}
        if current_hashes == staged.code_list_hashes and is_of_this_code(staged):
            return staged
    return None


def read_stage(folder: Path, cache: DigestCache) -> StagedDataset | None:
    """Return the staged form in `folder`; None where it is not whole or other code wrote it.

    Every file of it is compared with its digest, as far as `cache` does not know it.
    """
    try:
        summary = json.loads((folder / SUMMARY_NAME).read_text("utf-8"))
        if summary.pop("format") != STAGE_FORMAT:
            return None
        files = [ReleaseFile.from_record(entry) for entry in summary.pop("files")]
        links_record = summary.pop("links")
        links = DatasetIdentifiers(
            links_record["slug"],
            *([IdentifierUse(*e) for e in links_record[n]] for n in ("defines", "uses")),
        )
        staged = StagedDataset(folder, files=files, links=links, **summary)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    digests = {folder / "files" / file.path: file.sha256 for file in files}
    digests[staged.database] = staged.database_sha256
    return staged if all(cache.is_genuine(*pair) for pair in digests.items()) else None


def write_summary(staged: StagedDataset) -> None:
    """Write the summary: the last file of a staged form, which makes it whole."""
    summary = {
        "format": STAGE_FORMAT,
        "summary": staged.summary,
        "files": [file.to_record() for file in staged.files],
        "code_list_hashes": staged.code_list_hashes,
        "links": {name: getattr(staged.links, name) for name in ("slug", "defines", "uses")},
        "report": staged.report,
        "package": staged.package,
        "database_sha256": staged.database_sha256,
        "claim_count": staged.claim_count,
    }
    (staged.folder / SUMMARY_NAME).write_text(
        json.dumps(summary, ensure_ascii=False) + "\n", "utf-8"
    )


def delete_unused_stages(stage_folder: Path, stages_in_use: set[tuple[str, str]]) -> None:
    """Delete the staged forms under `stage_folder` that no kept build is made of."""
    for dataset in stage_folder.iterdir() if stage_folder.is_dir() else ():
        for folder in dataset.iterdir():
            if (dataset.name, folder.name) not in stages_in_use:
                shutil.rmtree(folder, ignore_errors=True)
        if not any(dataset.iterdir()):
            dataset.rmdir()
