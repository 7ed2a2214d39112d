"""A file in memory whose bytes are taken away while it is written."""

from __future__ import annotations

import io
from typing import Any


class DrainingSink(io.RawIOBase):
    """A file that only grows; what was written can be taken away from its beginning."""

    def __init__(self) -> None:
        """Begin empty."""
        self._chunks: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep some bytes until they are taken."""
        self._chunks.append(bytes(data))
        return len(self._chunks[-1])

    def take_bytes(self) -> bytes:
        """Return everything that was written since the last time."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        return data
