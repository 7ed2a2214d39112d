"""A dataset that is to be staged, as the build hands it to a process, and what that may cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evidencehub.domain.package import SourcePackage

BYTES_PER_TIME_LIMIT = 100_000_000  # bytes of a package that are worth the time limit once more


@dataclass(frozen=True, slots=True)
class StageBudget:
    """What staging one dataset may cost.

    `time_limit` is in seconds, as much again for each 100 MB of files; `memory_limit` is in bytes.
    """

    time_limit: float = 60
    memory_limit: int = 2_000_000_000

    def compute_seconds(self, package: SourcePackage) -> float:
        """Return the seconds of wall-clock time that a package may take."""
        paths = {resource.path for resource in package.resources}
        size_bytes = sum(path.stat().st_size for path in paths if path.is_file())
        return self.time_limit * (1 + size_bytes // BYTES_PER_TIME_LIMIT)


@dataclass(frozen=True, slots=True)
class StageTask:
    """A dataset to stage: the package, the hash of its files, where its staged forms live.

    `previous_files` are the flat files of the releases that were published before, by version.
    With `is_published` the package is a release that was published as it is.
    """

    package: SourcePackage
    package_sha256: str
    stage_folder: Path
    previous_files: Mapping[str, Path] = field(default_factory=dict)
    is_published: bool = False
