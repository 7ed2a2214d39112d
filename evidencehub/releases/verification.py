"""What `verify` reads whole: the archive, every build, their databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from evidencehub.errors import HubError
from evidencehub.releases.archive import Archive
from evidencehub.releases.release_file import has_bytes
from evidencehub.releases.restoration import COPY_NAME, read_copy

MANIFEST_NAME = "manifest.json"  # of a build


def verify_archive(folder: Path) -> Iterator[str]:
    """Yield each part of an archive that is missing or has changed, in words; reads every byte."""
    try:
        archive = Archive(folder)
    except HubError as error:
        yield str(error)
        return
    yield from archive.damage.values()
    for (slug, version), names in archive.find_damaged_objects(None).items():
        for name in names:
            yield f"{folder}: {name} of {slug} {version} is missing or has changed."


def verify_build(build: Path) -> Iterator[str]:
    """Yield each part of a build that is missing or has changed, in words; reads every byte."""
    try:
        manifest = json.loads((build / MANIFEST_NAME).read_text("utf-8"))
        database, releases = manifest["database"], manifest["releases"]
    except (OSError, ValueError, KeyError, TypeError):
        yield f"{build / MANIFEST_NAME} is missing or damaged."
        return
    if not has_bytes(build / "hub.db", database["sha256"]):
        yield f"{build / 'hub.db'} is missing or has changed."
    known = read_copy(build)
    if {(r.dataset, r.version) for r in known} != {
        (s, v) for s, vs in releases.items() for v in vs
    }:
        yield f"{build / COPY_NAME} is missing or has changed."
    for release in known:
        for file in release.files:
            path = build / "files" / release.dataset / release.version / file.path
            if not has_bytes(path, file.sha256):
                yield f"{path} is missing or has changed."
