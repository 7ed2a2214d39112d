"""Does a synthetic dataset change what the store says of others?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evidencehub.store.database import RowReader
from tests.support.odd_hub import build_odd_hub, open_reader
from tests.support.store_rows import draw_arguments, list_queries, render_answer, run_query

QUERIES = list_queries()
STRATUM_NUMBER = re.compile(r'"stratum": (?:\d+|\[[^]]*\])')
NUMBERED = {"strata", "page_rowids"}  # by a number that other datasets move
OF_SYNTHETIC_TOO: Mapping[str, str] = {
    "catalogue.select_dataset_names": "every dataset, which the catalogue marks as synthetic",
    "codes.select_area_codes": "every area, for SDMX, in which synthetic dataflows are marked",
    "codes.select_list_terms": "every list, for SDMX, in which synthetic dataflows are marked",
    "areas.select_areas": "the places of its list, each marked as synthetic",
    "database_tables.select_tables": "its view",
    "datasets.select_datasets_by_workstream": "every dataset; the page looks up those it lists",
}
"""Queries that list synthetic datasets with others, and why."""


@pytest.fixture(scope="module")
def plain_db(tmp_path_factory: pytest.TempPathFactory) -> RowReader:
    """What asks a hub without the synthetic dataset."""
    build: Path = build_odd_hub(tmp_path_factory.mktemp("plain"), synthetic=False)
    return open_reader(build)


def list_answers(db: RowReader, name: str, arguments: list[dict[str, Any]]) -> list[str]:
    answers = [render_answer(run_query(db, QUERIES[name], one)) for one in arguments]
    return [STRATUM_NUMBER.sub("", answer) for answer in answers]


@pytest.mark.parametrize("name", [*QUERIES])
def test_a_synthetic_dataset_changes_no_answer_about_others(
    db: RowReader, plain_db: RowReader, name: str
) -> None:
    arguments = draw_arguments(plain_db, name, QUERIES[name])
    if NUMBERED & arguments[0].keys():
        arguments = []
    is_same = list_answers(db, name, arguments) == list_answers(plain_db, name, arguments)
    assert is_same != (name in OF_SYNTHETIC_TOO)
