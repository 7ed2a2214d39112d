"""A dataset that is to be staged, as the build hands it to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evidencehub.domain.package import SourcePackage


@dataclass(frozen=True, slots=True)
class StageTask:
    """A dataset to stage: the package, the hash of its files, where its staged forms live.

    `previous_files` are the flat files of the releases that were published before, by version.
    """

    package: SourcePackage
    package_sha256: str
    stage_folder: Path
    previous_files: Mapping[str, Path] = field(default_factory=dict)
