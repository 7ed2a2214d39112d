"""Rows of hub.db on what was withdrawn: each version with its reason, and the ids that it had."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from evidencehub.releases.archive import Archive
from evidencehub.releases.objects import DamagedObjectError
from evidencehub.releases.published_file import DESCRIPTOR
from evidencehub.releases.release import Release
from evidencehub.releases.tombstone import Tombstone
from evidencehub.source.packages import collect_defined_ids

Identifier = tuple[str, str]  # kind and id
_OLD_KINDS = ("code list", "indicator", "finding", "recommendation", "question")
_KINDS = {"code list": "list"}  # what the database calls a kind, where it has another name


def build_withdrawal_rows(
    archive: Archive, live: Collection[Identifier]
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of `withdrawal` and `withdrawn_id`; `live` is what the build itself defines.

    An id is that of the newest version that defined it.
    """
    rows: list[dict[str, Any]] = []
    last_uses: dict[Identifier, tuple[str, str]] = {}
    for slug, version, withdrawal in archive.list_withdrawals():
        release = archive.find_release(slug, version)
        descriptor = read_descriptor(archive, release)
        tombstone = archive.find_tombstone(slug, version) or Tombstone()
        if release is not None:
            tombstone = describe_release(archive, release)
        row = {
            "dataset": slug,
            "version": version,
            "reason": withdrawal.reason,
            "withdrawn_on": withdrawal.withdrawn_at[:10],
            "disclosure": int(withdrawal.disclosure),
            "title": descriptor.get("title"),
            "language": _get_hub(descriptor).get("language", "en") if descriptor else None,
            "topics": json.dumps(tombstone.topics),
            "synthetic": int(tombstone.synthetic),
        }
        rows.append(row)
        for identifier in [("dataset", slug), *tombstone.defines]:
            last_uses[identifier] = (slug, version)
    ids = [
        {"kind": _KINDS.get(kind, kind), "id": name, "dataset": slug, "version": version}
        for (kind, name), (slug, version) in sorted(last_uses.items())
        if (kind, name) not in live
    ]
    return {"withdrawal": rows, "withdrawn_id": ids}


def describe_releases(archive: Archive, releases: Iterable[Release]) -> dict[str, Tombstone]:
    """Return what may be told of releases after they are erased, by version."""
    return {release.version: describe_release(archive, release) for release in releases}


def describe_release(archive: Archive, release: Release) -> Tombstone:
    """Return what may be told of a release: its ids, and where it belonged."""
    hub = _get_hub(read_descriptor(archive, release))
    topics = (*hub.get("workstreams", ()), *hub.get("topics", ()))
    defines = release.defines or _read_defined_ids(archive, release)
    return Tombstone(defines, topics, bool(hub.get("synthetic")))


def _read_defined_ids(archive: Archive, release: Release) -> tuple[Identifier, ...]:
    """Return what a release from before the log defines, for its record does not say.

    A withdrawal must not fail because something of the package is missing: then nothing is known.
    """
    with tempfile.TemporaryDirectory() as root:
        try:
            archive.extract_package(release, Path(root) / release.dataset)
        except DamagedObjectError:
            return ()
        ids = collect_defined_ids([Path(root)], set())
    return tuple(
        (kind, name.removeprefix(f"{kind} "))
        for name in sorted(ids)
        for kind in _OLD_KINDS
        if name.startswith(f"{kind} ")
    )


def read_descriptor(archive: Archive, release: Release | None) -> Mapping[str, Any]:
    """Return the publisher's descriptor; empty for a release that was erased or is damaged."""
    if release is None or DESCRIPTOR not in release.package:
        return {}
    try:
        data = archive.objects.locate(release.package[DESCRIPTOR]).read_bytes()
        return dict(json.loads(data.decode("utf-8-sig")))
    except (OSError, ValueError):
        return {}


def _get_hub(descriptor: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(descriptor.get("hub") or {})
