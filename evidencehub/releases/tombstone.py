"""What stays of a release that was erased: no digest and no text, only what its addresses need."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from evidencehub.releases import disk
from evidencehub.releases.log import LogEntry

FORMAT = 1  # of the record of tombstones


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What may be told of a release for ever.

    `defines` are the kind and id of what it defined, `topics` codes of topics and workstreams.
    """

    defines: tuple[tuple[str, str], ...] = ()
    topics: tuple[str, ...] = ()
    synthetic: bool = False


def locate_tombstones(folder: Path, entry: LogEntry) -> Path:
    """Return where the tombstones are that a withdrawal in the log commits to."""
    return folder / "releases" / entry.dataset / f"{entry.seq:08d}.json"


def write_tombstones(folder: Path, entry: LogEntry, tombstones: Mapping[str, Tombstone]) -> str:
    """Write the tombstones of a withdrawal, by version; return the commitment to them."""
    versions = {version: asdict(tombstone) for version, tombstone in tombstones.items()}
    data = disk.encode_json({"format": FORMAT, "dataset": entry.dataset, "versions": versions})
    path = locate_tombstones(folder, entry)
    disk.write_atomically(path, lambda file: file.write(data), disk.READ_ONLY)
    return hashlib.sha256(data).hexdigest()


def read_tombstones(folder: Path, entry: LogEntry) -> dict[str, Tombstone] | None:
    """Return the tombstones of a withdrawal, by version; None where they are missing or changed."""
    try:
        data = locate_tombstones(folder, entry).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != entry.commitment:
        return None
    return {
        version: Tombstone(
            tuple((kind, identifier) for kind, identifier in record["defines"]),
            tuple(record["topics"]),
            record["synthetic"],
        )
        for version, record in json.loads(data)["versions"].items()
    }
