"""What was taken from partners, and what became of it: `partners.lock.json`.

Only `python build.py pull` writes it. A package that it names stays as it is until it is pulled
again; the page of partners and the checks of a pull read it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from evidencehub.errors import HubError

LOCK_FILE, LOCK_FORMAT = "partners.lock.json", 1
PullState = Literal["taken", "quarantined", "withdrawn", "ours", "failed"]


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A file of a package as it came: bytes, SHA-256, and what its server called that version."""

    sha256: str
    bytes: int
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """A package of a partner: which version came from where, and what became of it.

    `state` is of the last pull: `taken` into `datasets/`, `quarantined` for what `reasons` say,
    `withdrawn` by its publisher, `ours` where it began at this hub, `failed` where it did not come.
    `files` has, by path in the package, what is in `datasets/`: nothing where it was never taken.
    `url` is the address of its descriptor, `sha256` the digest of that as it came, `pulled_at` when
    its state was last looked at.
    """

    state: PullState
    version: str = ""
    url: str = ""
    sha256: str = ""
    title: str = ""
    licence: str = ""
    pulled_at: str = ""
    reasons: tuple[str, ...] = ()
    files: Mapping[str, LockedFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LockedPartner:
    """A partner as it was last pulled. `failure` says why a pull came to nothing, if it did."""

    title: str
    kind: str
    url: str = ""
    pulled_at: str = ""
    failure: str = ""
    catalogue: LockedFile | None = None
    packages: Mapping[str, LockedPackage] = field(default_factory=dict)


def read_lock(project: Path) -> dict[str, LockedPartner]:
    """Return the partners that were pulled, by name; none without a lock file.

    Raise HubError for a file that is damaged or of another format.
    """
    path = project / LOCK_FILE
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != LOCK_FORMAT:
            raise HubError(
                f"{LOCK_FILE} has format {content['format']}, and this version of the hub reads "
                f"format {LOCK_FORMAT}. Upgrade the hub."
            )
        return {name: _read_partner(entry) for name, entry in content["partners"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HubError(
            f"{LOCK_FILE} is damaged ({error}). Restore it from version control, or remove it and "
            "pull again."
        ) from None


def write_lock(project: Path, partners: Mapping[str, LockedPartner]) -> None:
    """Write what was pulled; the file is replaced whole or not at all."""
    content = {
        "format": LOCK_FORMAT,
        "partners": {name: _describe(asdict(partners[name])) for name in sorted(partners)},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = project / LOCK_FILE
    temporary = path.with_suffix(".part")
    temporary.write_text(text, "utf-8")
    os.replace(temporary, path)


def _read_partner(entry: Mapping[str, Any]) -> LockedPartner:
    packages = {
        slug: LockedPackage(
            **{
                **package,
                "reasons": tuple(package.get("reasons", ())),
                "files": _read_files(package.get("files", {})),
            }
        )
        for slug, package in entry.get("packages", {}).items()
    }
    catalogue = entry.get("catalogue")
    file = LockedFile(**catalogue) if catalogue else None
    return LockedPartner(**{**entry, "packages": packages, "catalogue": file})


def _read_files(files: Mapping[str, Any]) -> dict[str, LockedFile]:
    return {path: LockedFile(**file) for path, file in files.items()}


def _describe(value: Any) -> Any:
    """Return a value without what is empty, as it is written."""
    if isinstance(value, dict):
        items = {key: _describe(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item not in ("", None, {}, [])}
    return (
        [_describe(item) for item in value]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else value
    )
