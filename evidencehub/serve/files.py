"""Downloads: which file of which release a path means, and nothing outside them."""

from __future__ import annotations

from pathlib import Path

TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".gz": "application/gzip",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
}


def find(root: Path, slug: str, version: str, file: str) -> Path | None:
    """The file below `root`, or None where there is none or the path leads elsewhere."""
    place = root / slug / version
    path = place / file
    inside = path.resolve().is_relative_to(place.resolve()) and place.parent.parent == root
    return path if inside and path.is_file() else None


def content_type(path: Path) -> str:
    """The media type of a download."""
    return TYPES.get(path.suffix, "application/octet-stream")
