"""A file that is hashed while it is written, so that nobody has to read it again for that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size_bytes: int
    sha256: str


class HashingFile:
    """A new file, open for writing in binary."""

    closed = False  # Arrow and gzip ask; the file is closed by whoever made it

    def __init__(self, path: Path) -> None:
        """Open it; what stood there is gone."""
        self._file = path.open("wb")
        self._name, self._bytes, self._digest = path.name, 0, hashlib.sha256()

    def write(self, data: Any) -> int:
        """Append bytes."""
        self._digest.update(data)
        self._bytes += len(data)
        return self._file.write(data)

    def writable(self) -> bool:
        """It is."""
        return True

    def flush(self) -> None:
        """Hand over to the system what is still held."""
        self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    @property
    def written_file(self) -> WrittenFile:
        """What the file is, once it is closed."""
        return WrittenFile(self._name, self._bytes, self._digest.hexdigest())
