"""Test vectors of other packages, which stay outside the project: read from beside it, or skipped."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

DEFAULT_VECTORS = Path(__file__).parents[3] / "shared" / "vectors"
VECTORS = Path(os.environ.get("HUB_SHARED_VECTORS", DEFAULT_VECTORS)) / "upstream"


def find_vector_file(*path_parts: str) -> Path:
    """A file of theirs; the test is skipped, and says so, where it is absent."""
    vector_file = VECTORS.joinpath(*path_parts)
    if not vector_file.exists():
        pytest.skip(f"{vector_file} is absent; set HUB_SHARED_VECTORS to the folder of vectors")
    return vector_file


def read_vector_rows(*path_parts: str) -> list[dict[str, str]]:
    """The rows of a CSV file of theirs."""
    with find_vector_file(*path_parts).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
