"""The bytes of a response as parts: texts, and spans of files that are read when they are sent."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

CHUNK_BYTES = 1_048_576  # bytes read and sent at once
RunInThread = Callable[..., Awaitable[Any]]


class ByteSource(Protocol):
    """Something on the disk that can be read from any place."""

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes of a span; raise OSError if they are not there any more."""


@dataclass(frozen=True, slots=True)
class FilePath:
    """A file by its path: opened for each span that is read."""

    path: Path

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes of a span; raise OSError if they are not there any more."""
        with self.path.open("rb") as file:
            return read_exactly(file.fileno(), start, end, file.name)


@dataclass(frozen=True, slots=True)
class FileSpan:
    """The bytes of a source from `start` to before `end`."""

    source: ByteSource
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


Part = bytes | FileSpan


class PartedBody:
    """A body of several parts, of which any span can be had without reading the rest."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._ends = list(accumulate(map(len, self._parts)))
        self.size = self._ends[-1] if self._ends else 0

    @classmethod
    def of_files(cls, contents: Iterable[bytes | Path]) -> PartedBody:
        """Return the body of texts and of whole files, one after the other."""
        return cls(
            [
                item
                if isinstance(item, bytes)
                else FileSpan(FilePath(item), 0, item.stat().st_size)
                for item in contents
            ]
        )

    def select(self, start: int, end: int) -> list[Part]:
        """Return the parts of a span of the whole.

        >>> PartedBody([b"abc", b"def"]).select(2, 5)
        [b'c', b'de']
        """
        selected = []
        for part, part_end in zip(self._parts, self._ends, strict=True):
            part_start = part_end - len(part)
            first, last = max(start, part_start), min(end, part_end)
            if first < last:
                selected.append(_cut(part, first - part_start, last - part_start))
        return selected


def _cut(part: Part, start: int, end: int) -> Part:
    if isinstance(part, bytes):
        return part[start:end]
    return FileSpan(part.source, part.start + start, part.start + end)


async def read_parts(
    parts: Sequence[Part], run_in_thread: RunInThread
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes of parts, at most CHUNK_BYTES at once."""
    for part in parts:
        for start in range(0, len(part), CHUNK_BYTES):
            piece = _cut(part, start, min(start + CHUNK_BYTES, len(part)))
            if isinstance(piece, bytes):
                yield piece
            else:
                yield await run_in_thread(piece.source.read, piece.start, piece.end)


def read_exactly(descriptor: int, start: int, end: int, name: str = "A file") -> bytes:
    """Return a span of an open file; raise OSError if the file became shorter."""
    pieces = []
    while start < end:
        piece = os.pread(descriptor, end - start, start)
        if not piece:
            raise OSError(f"{name} became shorter while it was being read.")
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)
