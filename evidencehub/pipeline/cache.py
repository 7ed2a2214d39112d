"""The staged form of a dataset, kept under the hash of everything that it depends on."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from evidencehub.check.across import Link, Links
from evidencehub.codes import CodeBook
from evidencehub.publish import File

SUMMARY = "summary.json"
_LIBRARIES = ("frictionless", "pyarrow", "apsw", "numpy")


@dataclass(slots=True)
class Staged:
    """One dataset that passed: where its files are, what they depend on, what it links to.

    `lists` holds the hash of every code list that was looked at, `report` the warnings.
    """

    folder: Path
    about: dict[str, Any]
    files: list[File]
    lists: dict[str, str]
    links: Links
    report: dict[str, Any]
    claims: int = 0
    fresh: bool = False

    @property
    def slug(self) -> str:
        """The dataset."""
        return str(self.about["dataset"])

    @property
    def database(self) -> Path:
        """The staging database."""
        return self.folder / "staged.db"

    @property
    def key(self) -> str:
        """What tells this staged form from every other."""
        return self.folder.name


@cache
def code_version() -> str:
    """A hash over the hub's own code and the versions of the libraries that shape its output."""
    found = hashlib.sha256()
    root = resources.files("evidencehub")
    for path in sorted(Path(str(root)).rglob("*")):
        if path.suffix in (".py", ".sql", ".json"):
            found.update(path.read_bytes())
    for name in _LIBRARIES:
        found.update(f"{name} {metadata.version(name)}\n".encode())
    found.update(sqlite3.sqlite_version.encode())
    return found.hexdigest()


def digest(path: Path) -> str:
    """SHA-256 of a file; of nothing where there is none."""
    return hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()


def folder_digest(root: Path) -> str:
    """SHA-256 over every CSV file below a folder, names and bytes."""
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.csv")):
        found.update(f"{path.relative_to(root)} {digest(path)}\n".encode())
    return found.hexdigest()


def key(package_sha256: str, lists: Mapping[str, str]) -> str:
    """The key of a staged form: its package, the code, the lists that were looked at."""
    parts = [package_sha256, code_version(), *(f"{n} {h}" for n, h in sorted(lists.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def find(home: Path, package_sha256: str, book: CodeBook) -> Staged | None:
    """The staged form under `home` that is still true, or None."""
    for folder in sorted(home.iterdir()) if home.is_dir() else ():
        staged = read(folder)
        if staged is None or staged.about["package_sha256"] != package_sha256:
            continue
        now = {name: book.digest_of(name) for name in staged.lists}
        if now == staged.lists and folder.name == key(package_sha256, now):
            return staged
    return None


def read(folder: Path) -> Staged | None:
    """The staged form in `folder`; None where it is not whole."""
    try:
        told = json.loads((folder / SUMMARY).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    files = [File(**entry) for entry in told.pop("files")]
    known = told.pop("links")
    links = Links(known["slug"], *([Link(*e) for e in known[n]] for n in ("defines", "uses")))
    return Staged(folder, files=files, links=links, **told)


def write(staged: Staged) -> None:
    """Write the summary: the last file of a staged form, which makes it whole."""
    told = {
        "about": staged.about,
        "files": [asdict(file) for file in staged.files],
        "lists": staged.lists,
        "links": {name: getattr(staged.links, name) for name in ("slug", "defines", "uses")},
        "report": staged.report,
        "claims": staged.claims,
    }
    (staged.folder / SUMMARY).write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")


def forget(home: Path, used: set[tuple[str, str]]) -> None:
    """Delete the staged forms under `home` that no kept build is made of."""
    for dataset in home.iterdir() if home.is_dir() else ():
        for folder in dataset.iterdir():
            if (dataset.name, folder.name) not in used:
                shutil.rmtree(folder, ignore_errors=True)
        if not any(dataset.iterdir()):
            dataset.rmdir()
