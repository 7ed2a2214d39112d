"""A hub that has published: its commands run in this process, and what it holds, to compare."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evidencehub.cli import cli
from evidencehub.cli.exit_codes import run_command
from evidencehub.releases.archive import Archive
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder


class PublishedHub:
    """A workspace whose commands are run as a person runs them: exit code and text."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.digests: dict[str, dict[str, str]] = {}  # of the files of each release, where known
        self.site = BuildWorkspace(root)
        self._capsys = capsys

    def run(self, command: str, *arguments: str) -> tuple[int, str]:
        """Run a command; its exit code and everything that it printed."""
        folders = ["--archive", str(self.site.archive)]
        folders += ["--out", str(self.site.out)] if command != "migrate-archive" else []
        if command == "build":
            folders += ["--datasets", str(self.site.datasets), "--codes", str(self.site.codes)]
        self._capsys.readouterr()
        cwd = Path.cwd()
        os.chdir(PROJECT_ROOT)
        try:
            code = run_command(cli, [command, *arguments, *folders])
        finally:
            os.chdir(cwd)
        text = "".join(self._capsys.readouterr())
        assert "Traceback" not in text
        return code, " ".join(text.split())

    @property
    def build(self) -> Path:
        """The build that is served."""
        return (self.site.out / "current").resolve()

    def read_archive(self) -> dict[tuple[str, str], dict[str, str]]:
        """The SHA-256 of every file of every release, each read whole from its object."""
        archive = Archive(self.site.archive)
        assert archive.damage == {}
        assert archive.find_damaged_objects(None) == {}
        return {
            (release.dataset, release.version): {
                **{file.path: file.sha256 for file in release.files},
                **{f"package/{name}": digest for name, digest in release.package.items()},
            }
            for slug in archive.list_datasets()
            for release in archive.list_releases(slug)
        }

    def read_build(self) -> dict[str, str]:
        """The SHA-256 of every file of the build that is served, but for the copy of the log."""
        return {
            path.relative_to(self.build).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.build.rglob("*"))
            if path.is_file() and path.name != "archive.zip"
        }


def revise(toys: DatasetBuilder, version: str, value: str = "12.5") -> DatasetBuilder:
    """Write a version of the toys whose first figure is `value`."""
    toys.descriptor["version"] = version
    toys.texts["changes.md"] = f"# Changes\n\n## {version}\n\n- Counted again.\n"
    toys.tables["observations"][0] = toys.build_observation(ethnicity="A", value=value)
    toys.write()
    return toys


def overwrite(path: Path, change: Callable[[bytes], bytes] | None) -> None:
    """Change the bytes of a read-only file in its place; without a change it is deleted."""
    if change is None:
        path.unlink()
        return
    path.chmod(0o644)
    path.write_bytes(change(path.read_bytes()))


def copy_hub(origin: Path, target: Path) -> Path:
    """Copy a hub with its links as they are."""
    return shutil.copytree(origin, target, symlinks=True, dirs_exist_ok=True)
