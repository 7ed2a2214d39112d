"""A backup holds all that a hub is made from, and is refused where one byte of it is another."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from evidencehub.errors import HubError
from evidencehub.releases.backup import restore_backup, write_backup
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace

SETTINGS = [PROJECT_ROOT / "metadata.yaml", PROJECT_ROOT / "settings.json"]


@pytest.fixture
def backup(site: BuildWorkspace) -> Path:
    site.dataset().write()
    site.build()
    file = site.root / "hub.tar"
    write_backup(file, site.archive, [site.datasets, site.codes, *SETTINGS])
    return file


def read_all(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_what_is_restored_is_what_was_there_and_builds_the_same(
    site: BuildWorkspace, backup: Path, tmp_path: Path
) -> None:
    files = restore_backup(backup, tmp_path / "restored")
    restored = read_all(tmp_path / "restored")
    assert len(files) == len(restored)
    for name, folder in (("archive", site.archive), ("datasets", site.datasets)):
        part = {k.removeprefix(f"{name}/"): v for k, v in restored.items() if k.startswith(name)}
        assert part == read_all(folder)
    assert restored["settings.json"][0] == SETTINGS[1].read_bytes()
    again = BuildWorkspace(tmp_path / "restored")
    again.codes = tmp_path / "restored" / site.codes.name
    again.datasets, again.archive = tmp_path / "restored/datasets", tmp_path / "restored/archive"
    build = again.build().build
    assert build is not None
    assert build.name == (site.out / "current").resolve().name


@pytest.mark.parametrize("place", [0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_changed_byte_anywhere_is_found_and_nothing_is_restored(
    backup: Path, tmp_path: Path, place: float
) -> None:
    data = bytearray(backup.read_bytes())
    with tarfile.open(backup) as tar:
        members = [m for m in tar.getmembers() if m.size > 10]
    member = members[int(place * len(members))]
    data[member.offset_data + member.size // 2] ^= 1
    (tmp_path / "bad.tar").write_bytes(data)
    with pytest.raises(HubError, match=r"bad\.tar is no whole backup: .*Nothing was restored"):
        restore_backup(tmp_path / "bad.tar", tmp_path / "restored")
    assert [path.name for path in tmp_path.iterdir() if "restored" in path.name] == []


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95])
def test_a_backup_that_is_cut_short_is_refused(backup: Path, tmp_path: Path, share: float) -> None:
    data = backup.read_bytes()
    (tmp_path / "short.tar").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(HubError, match="is no whole backup"):
        restore_backup(tmp_path / "short.tar", tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize("name", ["../outside", "/outside", "extra.txt"])
def test_a_file_that_the_list_does_not_name_is_refused(
    backup: Path, tmp_path: Path, name: str
) -> None:
    with tarfile.open(backup, "a") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
    with pytest.raises(HubError, match="is not in its list"):
        restore_backup(backup, tmp_path / "restored")
    assert not (tmp_path / "outside").exists()


def test_nothing_is_overwritten(backup: Path, site: BuildWorkspace, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="is there already"):
        write_backup(backup, site.archive, [site.datasets])
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine", "utf-8")
    with pytest.raises(HubError, match="is not empty"):
        restore_backup(backup, tmp_path / "full")
    (tmp_path / "linked").symlink_to(tmp_path / "nowhere")
    with pytest.raises(HubError, match="is not empty"):
        restore_backup(backup, tmp_path / "linked")
    (tmp_path / "empty").mkdir()
    assert restore_backup(backup, tmp_path / "empty")


def test_a_damaged_archive_is_not_backed_up(site: BuildWorkspace, tmp_path: Path) -> None:
    site.dataset().write()
    site.build()
    damaged = next(path for path in (site.archive / "objects").rglob("*") if path.is_file())
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes() + b" ")
    with pytest.raises(HubError, match="is missing or has changed"):
        write_backup(tmp_path / "hub.tar", site.archive, [site.datasets])
    assert not (tmp_path / "hub.tar").exists()


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_is_refused(site: BuildWorkspace, tmp_path: Path, kind: str) -> None:
    site.dataset().write()
    site.build()
    odd = site.datasets / "toy-repairs/odd"
    odd.symlink_to("/etc/hostname") if kind == "link" else os.mkfifo(odd)
    with pytest.raises(HubError, match="is a link or no plain file"):
        write_backup(tmp_path / "hub.tar", site.archive, [site.datasets])


def test_a_backup_inside_of_what_it_holds_is_refused(site: BuildWorkspace) -> None:
    site.dataset().write()
    site.build()
    with pytest.raises(HubError, match="which is backed up"):
        write_backup(site.datasets / "hub.tar", site.archive, [site.datasets])


def test_the_commands_say_what_they_did(site: BuildWorkspace, tmp_path: Path) -> None:
    site.dataset().write()
    site.build()

    def run(*words: object) -> tuple[int, str]:
        command = [sys.executable, "build.py", *map(str, words)]
        done = subprocess.run(
            command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    places = ["--datasets", site.datasets, "--codes", site.codes, "--archive", site.archive]
    file = tmp_path / "hub.tar"
    code, text = run("backup", file, *places)
    assert (code, text.partition("files (")[2].partition(")")[2]) == (
        0, " written and read back.\n"
    )  # fmt: skip
    assert run("restore", file, "--into", tmp_path / "new")[0] == 0
    code, text = run("restore", file, "--into", tmp_path / "new")
    assert code == 1
    assert text.startswith(f"Error: {tmp_path / 'new'} is not empty.")
    assert "Traceback" not in text
