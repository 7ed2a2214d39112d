"""A whole package as one ZIP file, sent while it is read, with a README."""

from __future__ import annotations

import textwrap
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

README = "README.txt"
BLOCK = 1 << 20  # bytes read at once
EPOCH = (1980, 1, 1, 0, 0, 0)  # equal packages give equal files
MODE = 0o644 << 16
WIDTH = 78  # characters of a line of the README


class _Drain:
    """What a ZIP file is written into: it cannot go back, and hands over what it has got."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep some bytes until they are drained."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """It stays open: what is in it is still to be drained."""

    def drained(self) -> bytes:
        """Everything that was written since the last time."""
        told = b"".join(self._parts)
        self._parts.clear()
        return told


def package(files: Iterable[tuple[str, Path]], readme: str) -> Iterator[bytes]:
    """The ZIP file in pieces: the README, then each file under its name.

    Nothing is compressed, since the files are sent as they are, and no more than a block of a
    file is in memory. Equal files give equal bytes. Raises ValueError for a name that is there
    twice or that would leave the folder it is unpacked in.
    """
    sink, names = _Drain(), {README}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry(README), readme.encode())
        yield sink.drained()
        for name, path in files:
            if name in names or name.startswith("/") or ".." in name.split("/") or "\\" in name:
                raise ValueError(f"{name} cannot be a name in the package.")
            names.add(name)
            for _ in _added(archive, name, path):
                yield sink.drained()
    yield sink.drained()


def _added(archive: zipfile.ZipFile, name: str, path: Path) -> Iterator[None]:
    """Add a file block by block."""
    # the size is not known to the reader of a stream; zip64 only where it has to be
    big = path.stat().st_size >= zipfile.ZIP64_LIMIT
    with path.open("rb") as file, archive.open(_entry(name), "w", force_zip64=big) as part:
        while block := file.read(BLOCK):
            part.write(block)
            yield


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.external_attr = MODE
    return entry


def readme(
    about: Mapping[str, Any], files: Iterable[Mapping[str, Any]], citation: str, address: str = ""
) -> str:
    """The README.txt of a package.

    `about` is its row of `dataset`, `files` the rows of `file` that are in the ZIP. `address` is
    where the dataset has its page, empty where that is not known.
    """
    invented = "These figures are invented, for teaching. Do not use them as evidence."
    said = [
        about["title"],
        "=" * min(len(about["title"]), WIDTH),
        "",
        *([invented, ""] if about["synthetic"] else []),
        *_wrapped(about["description"]),
        "",
        f"Dataset:   {about['dataset']}",
        f"Version:   {about['version']}",
        f"Created:   {about['created'][:10]}",
        f"Publisher: {about['publisher'] or 'not stated'}",
        f"Licence:   {_with(about['licence'], about['licence_url'])}",
        *([f"Contact:   {about['contact']}"] if about["contact"] else []),
        *([f"Page:      {address}"] if address else []),
        *_part("How to cite", [citation]),
        *_part("What to know", (about["caveats"] or "").splitlines()),
        *_part("How to read it", _HOW),
        "",
        "Files",
        "-----",
        "",
    ]
    for file in files:
        said += _listed(file)
    return "\n".join(said) + "\n"


_HOW = (
    "This is a Data Package: datapackage.json describes every table and column.",
    "about.md says how the figures were made, and what they do not show.",
    "The CSV beside it has all figures in one table, codes with labels.",
    "An empty value is missing, never zero; obs_status says why.",
    "All text is UTF-8. Each file has its SHA-256 below, to see that it has not changed.",
)


def _part(heading: str, paragraphs: Iterable[str]) -> Iterator[str]:
    lines = [line for paragraph in paragraphs for line in _wrapped(paragraph)]
    if lines:
        yield from ("", heading, "-" * len(heading), "", *lines)


def _wrapped(text: str) -> list[str]:
    """A text in lines; an address stays whole."""
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _with(licence: str, address: str | None) -> str:
    return f"{licence} ({address})" if address else licence


def _listed(file: Mapping[str, Any]) -> Iterator[str]:
    rows = "" if file["rows"] is None else f", {file['rows']:,} rows"
    yield file["file"]
    yield f"  {file['says']}{rows}, {file['bytes']:,} bytes"
    yield f"  sha256 {file['sha256']}"
