"""The manifest of a build: what it is made of, and a digest by which a change of it is seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidencehub.releases.disk import encode_json, write_json_atomically
from evidencehub.releases.published_file import hash_bytes

MANIFEST_NAME = "manifest.json"
BUILD_FORMAT = 6  # of a build: its folder, its manifest, the schema of hub.db
DIGEST = "sha256"  # of all other members, as JSON of one form


def write_manifest(build: Path, members: Mapping[str, Any]) -> None:
    """Write the manifest of a build, the last file that makes it whole."""
    described = {"format": BUILD_FORMAT, **members}
    write_json_atomically(build / MANIFEST_NAME, {**described, DIGEST: compute_digest(described)})


def read_manifest(build: Path) -> Mapping[str, Any]:
    """Return what a build is made of: datasets, staged forms, files.

    The manifest of a build that other code wrote, or one that has changed, is empty.
    """
    try:
        manifest = json.loads((build / MANIFEST_NAME).read_text("utf-8"))
        is_known = manifest["format"] == BUILD_FORMAT and manifest["database"]
        return manifest if is_known and manifest[DIGEST] == compute_digest(manifest) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def compute_digest(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest without its own digest."""
    return hash_bytes(encode_json({k: v for k, v in manifest.items() if k != DIGEST}))
