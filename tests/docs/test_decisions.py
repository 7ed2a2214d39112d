"""Are the decision records numbered without gaps, and does each say what a record must?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.dataset_builder import PROJECT_ROOT

RECORDS = sorted((PROJECT_ROOT / "docs" / "decisions").glob("*.md"))
HEADINGS = ["Context", "Decision", "What we gave up", "When to look again"]
PAGE = 60  # lines


def test_numbers_are_unique_and_run_without_gaps() -> None:
    assert RECORDS
    numbers = [int(record.name.partition("-")[0]) for record in RECORDS]
    assert numbers == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_number_its_headings_and_one_page(record: Path) -> None:
    lines = record.read_text("utf-8").splitlines()
    assert re.fullmatch(r"\d{4}-[a-z0-9]+(-[a-z0-9]+)*", record.stem)
    assert lines[0].startswith(f"# {record.name[:4]}. ")
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == HEADINGS
    assert len(lines) <= PAGE


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_nothing_under_a_heading_is_left_empty(record: Path) -> None:
    parts = re.split(r"^## .+$", record.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert all(part.strip() for part in parts)
