"""A backup: one tar file with everything that a hub is made from, and the digest of every byte."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from evidencehub.errors import HubError
from evidencehub.releases import disk
from evidencehub.releases.archive import Archive, lock_archive
from evidencehub.releases.verification import verify_archive

LIST_NAME, DIGEST_NAME = "backup.json", "backup.json.sha256"
BACKUP_FORMAT = 1
SKIPPED_NAMES = {".lock"}


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """A file of a backup: its path in it, and what its bytes must be."""

    path: str
    size: int
    sha256: str
    mode: int


def write_backup(
    target: Path, archive_folder: Path, other_paths: Sequence[Path]
) -> list[BackedUpFile]:
    """Write the archive and other folders and files into a new tar file, and read it back.

    Each is stored under its last name. Raise HubError where the archive is damaged, the file is
    there already or something is no plain file or folder; no file is left behind then.
    """
    sources = _name_sources([archive_folder, *other_paths])
    if target.exists():
        raise HubError(f"{target} is there already. Choose a name that is not.")
    crossing = [path for path in sources.values() if path.resolve() in target.resolve().parents]
    if crossing:
        raise HubError(
            f"{target} is inside {crossing[0]}, which is backed up. Choose another place."
        )
    with lock_archive(archive_folder):
        _check_archive(archive_folder)
        origins = dict(_iterate_files(sources))
        files = [_describe_file(path, origin) for path, origin in origins.items()]
        disk.write_atomically(target, lambda file: _write_tar(file, files, origins), 0o600)
    try:
        for _ in _unpack(target, None):
            pass
    except HubError:
        target.unlink()
        raise HubError(
            f"{target}: a file has changed while it was copied. Nothing was kept; run it again."
        ) from None
    disk.flush_file(target)
    return files


def restore_backup(backup: Path, folder: Path) -> list[BackedUpFile]:
    """Unpack a backup into a folder that is empty or not there, and verify every byte.

    Raise HubError for a backup that is not whole, and for a folder that holds something; the
    folder appears only once all is there.
    """
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise HubError(f"{folder} is not empty. A backup is restored into an empty place only.")
    work = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        files = list(_unpack(backup, work))
        _check_archive(work / "archive")
        os.sync()
        os.replace(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return files


def _name_sources(paths: Sequence[Path]) -> dict[str, Path]:
    """Return what is backed up by the name that it has in the backup; the archive is first."""
    sources = {"archive": paths[0]}
    for path in paths[1:]:
        name = path.resolve().name
        if name in sources:
            raise HubError(f"{path}: two things named “{name}” cannot be in one backup.")
        sources[name] = path
    for path in sources.values():
        if not path.exists():
            raise HubError(f"{path}: no such file or folder, so there is nothing to back up.")
    return sources


def _check_archive(folder: Path) -> None:
    faults = list(verify_archive(Archive(folder)))
    if faults:
        raise HubError(f"{' '.join(faults[:5])} {disk.RESTORE_HINT}")


def _iterate_files(sources: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """Yield path in the backup and path on disk of every file."""
    for name, root in sources.items():
        if root.is_file():
            yield name, root
            continue
        for path in sorted(root.resolve().rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise HubError(
                    f"{path} is a link or no plain file, which a backup cannot hold. Replace it by "
                    "the file, or move it away."
                )
            if path.is_file() and path.name not in SKIPPED_NAMES:
                yield f"{name}/{path.relative_to(root.resolve()).as_posix()}", path


def _describe_file(path: str, origin: Path) -> BackedUpFile:
    with origin.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    status = origin.stat()
    return BackedUpFile(path, status.st_size, sha256, status.st_mode & 0o777)


def _write_tar(
    target: IO[bytes], files: Sequence[BackedUpFile], origins: Mapping[str, Path]
) -> None:
    document = {"format": BACKUP_FORMAT, "files": [asdict(file) for file in files]}
    listing = disk.encode_json(document)
    digest = hashlib.sha256(listing).hexdigest().encode()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in ((LIST_NAME, listing), (DIGEST_NAME, digest)):
            tar.addfile(_build_member(name, len(data), 0o644), io.BytesIO(data))
        for file in files:
            with origins[file.path].open("rb") as origin:
                tar.addfile(_build_member(file.path, file.size, file.mode), origin)


def _build_member(name: str, size: int, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, mode
    return member


def _unpack(path: Path, folder: Path | None) -> Iterator[BackedUpFile]:
    """Read every file of a backup, into a folder if there is one, and yield what it is.

    Raise HubError unless all are as listed.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            expected = _read_listing(tar)
            for member in tar:
                if member.name in (LIST_NAME, DIGEST_NAME):
                    continue
                file = expected.pop(member.name, None)
                if file is None:
                    raise _build_damage_error(path, f"{member.name} is not in its list")
                if _copy_member(tar, member, folder and folder / file.path) != file.sha256:
                    raise _build_damage_error(path, f"{member.name} has changed")
                if folder is not None:
                    (folder / file.path).chmod(file.mode & 0o777)
                yield file
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise _build_damage_error(path, str(error) or "it is cut short") from None
    if expected:
        raise _build_damage_error(path, f"{next(iter(expected))} is missing")


def _read_listing(tar: tarfile.TarFile) -> dict[str, BackedUpFile]:
    listing, digest = (_read_member(tar, tar.getmember(name)) for name in (LIST_NAME, DIGEST_NAME))
    if hashlib.sha256(listing).hexdigest().encode() != digest:
        raise ValueError("the list of its files has changed")
    document: Mapping[str, Any] = json.loads(listing)
    if document["format"] != BACKUP_FORMAT:
        raise ValueError(f"its format is {document['format']}, and {BACKUP_FORMAT} is known")
    files = [BackedUpFile(**entry) for entry in document["files"]]
    unsafe = [file.path for file in files if not _is_safe(file.path)]
    if unsafe:
        raise ValueError(f"{unsafe[0]} is no path inside it")
    return {file.path: file for file in files}


def _is_safe(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member) if member.isreg() else None
    if file is None:
        raise ValueError(f"{member.name} is no plain file")
    return file.read()


def _copy_member(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path | None) -> str:
    """Return the SHA-256 of a file in a tar, and write it block by block if there is a target."""
    source = tar.extractfile(member) if member.isreg() else None
    if source is None:
        raise ValueError(f"{member.name} is no plain file")
    target = target or Path(os.devnull)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while block := source.read(disk.READ_BLOCK_BYTES):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _build_damage_error(path: Path, reason: str) -> HubError:
    return HubError(f"{path} is no whole backup: {reason}. Nothing was restored; use another one.")
