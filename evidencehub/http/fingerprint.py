"""What the answers of a server are made of: its build, its code and its pages, in one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evidencehub

CODE_FOLDER = Path(evidencehub.__path__[0]).resolve()


@dataclass(frozen=True, slots=True)
class SiteFingerprint:
    """`build` names the data; `code` changes with what else may change an answer."""

    build: str
    code: str


def compute_fingerprint(build: Path, folders: Iterable[Path], settings: Any) -> SiteFingerprint:
    """The state of a server over a build.

    `folders` hold what answers are made with (templates, static files, plugins); `settings` is
    whatever else decides them and can be written as JSON: settings, metadata, versions.
    """
    name = json.loads((build / "manifest.json").read_text("utf-8"))["build"]
    digest = hashlib.blake2b(digest_size=12)
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for folder in [*folders, CODE_FOLDER]:
        for path in sorted(p for p in folder.rglob("*") if _is_content(p)):
            digest.update(f"\0{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return SiteFingerprint(name, digest.hexdigest())


def _is_content(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
