"""Digests that were compared before, so that an unchanged file is not read again."""

from __future__ import annotations

import json
from pathlib import Path

from evidencehub.releases.disk import encode_json, write_atomically
from evidencehub.releases.published_file import hash_file

MAX_UNUSED_ENTRIES = 20_000  # of files that this run did not ask for


class DigestCache:
    """Which files hold which bytes, as long as inode, size and times say they are the same.

    With `watch_names` a change of name, mode or links counts as a change too: right for files
    that are never linked or moved.
    """

    def __init__(self, path: Path, *, watch_names: bool = False) -> None:
        """Read what an earlier run remembered; nothing, where that cannot be read."""
        self._path, self._watch_names = path, watch_names
        self._is_changed = False
        try:
            stored = json.loads(path.read_text("utf-8"))
            self._entries = {inode: (sha256, stamp) for inode, (sha256, stamp) in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            self._entries = {}
        self._used_inodes: set[str] = set()

    def is_genuine(self, path: Path, sha256: str) -> bool:
        """True when the file is there and holds the bytes of this digest."""
        try:
            inode, stamp = self._identify(path)
            remembered, seen_stamp = self._entries.get(inode, ("", ""))
            digest = remembered if seen_stamp == stamp else hash_file(path)
        except OSError:
            return False
        self._store(inode, digest, stamp)
        return digest == sha256

    def remember(self, path: Path, sha256: str) -> None:
        """Take it that a file, just written or read whole, holds the bytes of this digest."""
        inode, stamp = self._identify(path)
        self._store(inode, sha256, stamp)

    def save(self) -> None:
        """Write what is known; once much of it was not asked for, the rest is forgotten."""
        if len(self._entries) > 2 * len(self._used_inodes) + MAX_UNUSED_ENTRIES:
            self._entries = {inode: self._entries[inode] for inode in self._used_inodes}
        if self._is_changed:
            data = encode_json(self._entries)
            write_atomically(self._path, lambda file: file.write(data), 0o644)

    def _identify(self, path: Path) -> tuple[str, str]:
        stat = path.stat()
        stamp = f"{stat.st_size} {stat.st_mtime_ns}"
        return f"{stat.st_dev}:{stat.st_ino}", (
            f"{stamp} {stat.st_ctime_ns}" if self._watch_names else stamp
        )

    def _store(self, inode: str, digest: str, stamp: str) -> None:
        self._used_inodes.add(inode)
        if self._entries.get(inode) != (digest, stamp):
            self._entries[inode] = (digest, stamp)
            self._is_changed = True
