"""Long responses kept on the disk until they are whole: only then is their length known.

The files have no name, so nothing of them is left when the process ends, however it ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from evidencehub.http.body_parts import read_exactly

MAX_SPOOLED_BYTES = 64_000_000  # bytes of one response; what is longer flows as it is made
MAX_SPOOL_BYTES = 512_000_000  # bytes of all of them in one process
SPOOL_THREADS = 2


class Spool:
    """The bytes of one response on the disk, written once and read from any place."""

    def __init__(self, store: SpoolStore) -> None:
        """Open a file without a name; raise OSError where that is not possible."""
        file, path = tempfile.mkstemp(prefix="evidencehub-")
        os.unlink(path)  # noqa: PTH108 - there is a descriptor of it, and no path worth an object
        self._descriptor, self._store = file, store
        self._hash, self.size = hashlib.sha256(), 0
        weakref.finalize(self, store.release, self._descriptor)

    async def add(self, chunk: bytes) -> bool:
        """Add a chunk. Return False, and add nothing, where it does not fit or the disk is full."""
        if self.size + len(chunk) > MAX_SPOOLED_BYTES:
            return False
        if not self._store.reserve(self._descriptor, len(chunk)):
            return False
        try:
            await self._store.run_in_thread(self._write, chunk)
        except OSError:
            return False
        return True

    def _write(self, chunk: bytes) -> None:
        written_bytes = 0
        while written_bytes < len(chunk):
            place = self.size + written_bytes
            written_bytes += os.pwrite(self._descriptor, memoryview(chunk)[written_bytes:], place)
        self._hash.update(chunk)
        self.size += len(chunk)

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes of a span."""
        return read_exactly(self._descriptor, start, end)

    @property
    def sha256(self) -> str:
        """The digest of all bytes so far."""
        return self._hash.hexdigest()


@dataclass(slots=True)
class SpoolStore:
    """Every spool of a process, and the responses that are kept for those who ask again.

    Those that were not asked for lately go first; one that is still being sent goes when it is.
    """

    max_bytes: int = MAX_SPOOL_BYTES
    _bytes: dict[int, int] = field(default_factory=dict)
    _responses: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(SPOOL_THREADS, "hub-spool")
    )

    def open_spool(self) -> Spool | None:
        """Return a new spool; None where there is no place for one."""
        try:
            return Spool(self)
        except OSError:
            return None

    async def run_in_thread(self, function: Any, *arguments: Any) -> Any:
        """Return what a function returns that reads or writes a spool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def reserve(self, descriptor: int, count: int) -> bool:
        """Return whether a spool may have so many bytes more."""
        while self._responses and sum(self._bytes.values()) + count > self.max_bytes:
            self._responses.popitem(last=False)
        if sum(self._bytes.values()) + count > self.max_bytes:
            return False
        self._bytes[descriptor] = self._bytes.get(descriptor, 0) + count
        return True

    def release(self, descriptor: int) -> None:
        """Close the file of a spool that nobody uses any more."""
        self._bytes.pop(descriptor, None)
        os.close(descriptor)

    def get(self, key: Hashable) -> Any:
        """Return the response that is kept under a key, or None."""
        if key in self._responses:
            self._responses.move_to_end(key)
        return self._responses.get(key)

    def add(self, key: Hashable, response: Any) -> None:
        """Keep a response for those who ask again."""
        self._responses[key] = response
