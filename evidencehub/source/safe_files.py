"""What makes a path or a file of a package unsafe to open, found before it is opened."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from evidencehub.messages.rendering import Message, make_message

MAX_FILE_BYTES = 2_000_000_000  # bytes; SQLite and people both do better with parts
MAX_TEXT_BYTES = 1_000_000  # bytes; about.md and changes.md are pages of text
MAX_PATH_LENGTH = 200  # bytes; file systems have names of 255 bytes
COMPRESSED_SUFFIXES = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar")
_ADDRESS_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//|.*://", re.DOTALL)


def find_path_fault(folder: Path, path: str) -> Message | None:
    """Return what makes the path of a table unsafe to open, or None."""
    if _ADDRESS_PATTERN.match(path):
        return make_message("structure/path/web", path=path)
    parts = Path(path).parts
    if len(path.encode()) > MAX_PATH_LENGTH:
        return make_message("structure/path/long", limit=MAX_PATH_LENGTH)
    if path.startswith(("/", "~")) or {"\\", "\0"} & set(path) or ".." in parts or not parts:
        return make_message("structure/path/outside", path=path)
    if path.lower().endswith(COMPRESSED_SUFFIXES):
        return make_message("structure/path/compressed", path=path)
    steps = (folder.joinpath(*parts[:count]) for count in range(1, len(parts) + 1))
    if any(step.is_symlink() for step in steps):
        return make_message("structure/path/link", path=path)
    return None


def find_file_fault(folder: Path, path: str, max_bytes: int = MAX_FILE_BYTES) -> Message | None:
    """Return what keeps a file of the package from being read, or None; links are not followed."""
    file_path = folder / path
    try:
        status = file_path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return make_message("structure/path/link", path=path)
        if not stat.S_ISREG(status.st_mode):
            return make_message("structure/path/not-file", path=path)
        if status.st_nlink > _count_names(folder, status):
            return make_message("structure/path/hard-link", path=path)
        with file_path.open("rb"):
            pass
    except FileNotFoundError:
        return make_message("structure/path/missing", path=path)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        return make_message("structure/path/unreadable", path=path, error=str(reason))
    if status.st_size > max_bytes:
        unit, divisor = ("GB", 1e9) if max_bytes >= 1e9 else ("MB", 1e6)
        size, limit = status.st_size / divisor, max_bytes / divisor
        return make_message("structure/path/size", path=path, size=size, limit=limit, unit=unit)
    return None


def _count_names(folder: Path, status: os.stat_result) -> int:
    """How many names a file has inside the folder; a hard link to elsewhere has more than that."""
    if status.st_nlink == 1:
        return 1
    inode = (status.st_dev, status.st_ino)
    files = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    statuses = (file.lstat() for file in files)
    return sum((other.st_dev, other.st_ino) == inode for other in statuses)
