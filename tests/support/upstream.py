"""Test vectors of other packages, which stay outside the project: read from beside it, or skipped."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).parents[3] / "shared" / "vectors"
VECTORS = Path(os.environ.get("HUB_SHARED_VECTORS", BESIDE)) / "upstream"


def path(*parts: str) -> Path:
    """A file of theirs; the test is skipped, and says so, where it is absent."""
    found = VECTORS.joinpath(*parts)
    if not found.exists():
        pytest.skip(f"{found} is absent; set HUB_SHARED_VECTORS to the folder of vectors")
    return found


def rows(*parts: str) -> list[dict[str, str]]:
    """The rows of a CSV file of theirs."""
    with path(*parts).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
