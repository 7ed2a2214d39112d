"""A ZIP file laid out before a byte of it is sent: its headers, and where its files lie.

Nothing is compressed, so that every span of it is one of a header or of a file on the disk. The
records are those of PKWARE's APPNOTE 6.3.10, 4.3; those of ZIP64 only where numbers are too large.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

READ_BLOCK_BYTES = 1 << 20  # bytes read at once
MAX_32, MAX_16 = 0xFFFFFFFF, 0xFFFF  # from here on a number stands in a record of ZIP64
PLAIN_VERSION, ZIP64_VERSION = 20, 45
MADE_ON_UNIX = 3 << 8
UTF8_FLAG = 1 << 11
FIRST_DAY = 1 << 5 | 1  # 1 January 1980: equal files give equal bytes
FILE_MODE = 0o100644 << 16
ZIP64_FIELD = 1

Content = bytes | Path


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file of a ZIP: its name and content, how many bytes it has, and their CRC-32."""

    name: str
    content: Content
    size: int
    crc32: int

    @property
    def encoded_name(self) -> bytes:
        """The name as it stands in the headers."""
        return self.name.encode()

    @property
    def flags(self) -> int:
        """The flags of both headers: how the name is encoded."""
        return 0 if self.name.isascii() else UTF8_FLAG


def read_entry(name: str, content: Content) -> ZipEntry:
    """Return the entry of a text or of a file, which is read once for its CRC-32."""
    if isinstance(content, bytes):
        return ZipEntry(name, content, len(content), zlib.crc32(content))
    stat = content.stat()
    return ZipEntry(
        name, content, stat.st_size, _compute_crc32(content, stat.st_size, stat.st_mtime_ns)
    )


def lay_out_zip(entries: Iterable[ZipEntry]) -> list[Content]:
    """Return the parts of a ZIP file in their order: bytes, and files that are in it whole."""
    parts: list[Content] = []
    directory: list[bytes] = []
    offset = 0
    for entry in entries:
        header = _render_local_header(entry)
        parts += [header, entry.content]
        directory.append(_render_directory_entry(entry, offset))
        offset += len(header) + entry.size
    return [*parts, b"".join(directory) + _render_end(directory, offset)]


@lru_cache(4_096)
def _compute_crc32(path: Path, _size: int, _modified_ns: int) -> int:
    crc32 = 0
    with path.open("rb") as file:
        while block := file.read(READ_BLOCK_BYTES):
            crc32 = zlib.crc32(block, crc32)
    return crc32


def _render_local_header(entry: ZipEntry) -> bytes:
    """Return what stands before a file (4.3.7)."""
    large_numbers = [entry.size, entry.size] if entry.size >= MAX_32 else []
    extra = _render_zip64_field(large_numbers)
    size = min(entry.size, MAX_32)
    name = entry.encoded_name
    return (
        struct.pack(
            "<4s5H3L2H",
            *(b"PK\3\4", _get_version(large_numbers), entry.flags, 0, 0, FIRST_DAY),
            *(entry.crc32, size, size, len(name), len(extra)),
        )
        + name
        + extra
    )


def _render_directory_entry(entry: ZipEntry, offset: int) -> bytes:
    """Return what the directory at the end says of a file (4.3.12)."""
    large_numbers = [entry.size, entry.size] if entry.size >= MAX_32 else []
    large_numbers += [offset] if offset >= MAX_32 else []
    extra = _render_zip64_field(large_numbers)
    version, size, name = _get_version(large_numbers), min(entry.size, MAX_32), entry.encoded_name
    return (
        struct.pack(
            "<4s6H3L5H2L",
            *(b"PK\1\2", MADE_ON_UNIX | version, version, entry.flags, 0, 0, FIRST_DAY),
            *(entry.crc32, size, size, len(name), len(extra), 0, 0, 0),
            *(FILE_MODE, min(offset, MAX_32)),
        )
        + name
        + extra
    )


def _render_end(directory: list[bytes], offset: int) -> bytes:
    """Return what stands after the directory (4.3.14 to 4.3.16)."""
    count, size = len(directory), sum(map(len, directory))
    end = struct.pack(
        "<4s4H2LH",
        *(b"PK\5\6", 0, 0, min(count, MAX_16), min(count, MAX_16)),
        *(min(size, MAX_32), min(offset, MAX_32), 0),
    )
    if count < MAX_16 and size < MAX_32 and offset < MAX_32:
        return end
    record = struct.pack(
        "<4sQ2H2L4Q",
        *(b"PK\6\6", 44, MADE_ON_UNIX | ZIP64_VERSION, ZIP64_VERSION, 0, 0),
        *(count, count, size, offset),
    )
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1) + end


def _render_zip64_field(numbers: list[int]) -> bytes:
    """Return the field for the numbers that are too large for a header (4.5.3)."""
    values = b"".join(number.to_bytes(8, "little") for number in numbers)
    return struct.pack("<2H", ZIP64_FIELD, len(values)) + values if numbers else b""


def _get_version(large_numbers: list[int]) -> int:
    return ZIP64_VERSION if large_numbers else PLAIN_VERSION
