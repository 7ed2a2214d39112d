"""Objects: the bytes of what was published, each under the SHA-256 of what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from evidencehub.errors import HubError
from evidencehub.releases.disk import READ_ONLY, RESTORE_HINT, copy_hashed, write_atomically
from evidencehub.releases.published_file import has_bytes


class DamagedObjectError(HubError):
    """A file does not hold the bytes that it is said to hold."""


class ObjectStore:
    """A folder of read-only files that share no inode with any other file."""

    def __init__(self, folder: Path) -> None:
        """Look into `folder`, which may not be there yet."""
        self._folder = folder

    def locate(self, sha256: str) -> Path:
        """Return where the object of this digest is, or would be."""
        return self._folder / sha256[:2] / sha256

    def add(self, origin: Path, sha256: str) -> bool:
        """Copy a file in; False where the object is there already, with its own bytes.

        Raise DamagedObjectError, and add nothing, if the file does not hold the bytes of `sha256`.
        """
        target = self.locate(sha256)
        if has_bytes(target, sha256):
            return False
        write_atomically(target, lambda file: _copy_checked(origin, file, sha256), READ_ONLY)
        return True

    def write(self, origin: bytes | Path, sha256: str) -> str:
        """Put bytes, or those of a file, which the caller has compared, in an object's place.

        Return its name in the archive.
        """
        data = origin if isinstance(origin, bytes) else origin.read_bytes()
        write_atomically(self.locate(sha256), lambda file: file.write(data), READ_ONLY)
        return f"{self._folder.name}/{sha256[:2]}/{sha256}"

    def copy_out(self, sha256: str, target: Path) -> None:
        """Copy an object to `target`; raise DamagedObjectError if its bytes are not genuine."""
        origin = self.locate(sha256)
        if not origin.is_file():
            raise DamagedObjectError(f"{origin} is missing. {RESTORE_HINT}")
        write_atomically(target, lambda file: _copy_checked(origin, file, sha256), READ_ONLY)

    def list_names(self) -> Iterator[str]:
        """Yield the name of every file: the digest of an object, or what a copy left unfinished."""
        for path in sorted(self._folder.glob("??/*")):
            yield path.name

    def erase(self, name: str) -> None:
        """Take the bytes of a file away for ever."""
        for path in self._folder.glob(f"??/{name}"):
            path.unlink()


def _copy_checked(origin: Path, file: BinaryIO, sha256: str) -> None:
    digest = copy_hashed(origin, file)
    if digest != sha256:
        raise DamagedObjectError(
            f"{origin} has changed since it was written: its SHA-256 is {digest}, not {sha256}. "
            f"{RESTORE_HINT}"
        )
