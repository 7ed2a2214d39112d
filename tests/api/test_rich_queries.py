"""The rows that each stored query returns, and that none is tried by its status alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from evidencehub import runtime
from tests.support.dataset_builder import PROJECT_ROOT

Key = tuple[str, ...]
NORTH, VALE = "toy-north-infant", "toy-lands:X02"
CASES: list[tuple[str, dict[str, str], Key, list[Key]]] = [
    (
        "figures",
        {"indicator": NORTH},
        ("period_start", "ethnicity", "value"),
        [(f"{year}-01-01", group, value) for year, values in (
            ("2023", ("0.0", "18.0", "15.0")), ("2024", ("12.0", "18.0", "15.0")),
        ) for group, value in zip("ABD", values, strict=True)],
    ),
    (
        "figures",
        {"indicator": "toy-invented-rate"},
        ("ethnicity", "value", "obs_status_label"),
        [
            ("A", "50.0", "Normal value"),
            ("B", "90.0", "Normal value"),
            ("_U", "None", "Missing value"),
        ],
    ),
    ("findings_by_workstream", {"workstream": "innovating-for-all"}, ("finding",),
     [("toy-finding-gap",)]),
    ("findings_by_workstream", {"workstream": "collaborating-globally"}, ("finding",),
     [("toy-finding-cause",), ("toy-finding-drums",)]),
    ("findings_by_workstream", {"workstream": "empowering-vulnerable-communities"}, ("finding",),
     []),
    (
        "gaps_of",
        {"indicator": NORTH, "ethnicity": ""},
        ("period_start", "ethnicity", "reference", "difference", "ratio"),
        [
            ("2023-01-01", "B", "A", "18.0", "None"),
            ("2023-01-01", "D", "A", "15.0", "None"),
            ("2024-01-01", "B", "A", "6.0", "1.5"),
            ("2024-01-01", "D", "A", "3.0", "1.25"),
        ],
    ),
    (
        "gaps_of",
        {"indicator": NORTH, "ethnicity": "D"},
        ("period_start", "ethnicity"),
        [("2023-01-01", "D"), ("2024-01-01", "D")],
    ),
    (
        "indicators_in_family",
        {"family": "infant-mortality"},
        ("indicator", "dataset"),
        [(f"toy-{name}-infant", f"toy-{name}") for name in ("north", "south", "west")],
    ),
    (
        "inequality_of",
        {"indicator": "toy-west-rate", "measure": ""},
        ("measure", "measure_level"),
        [("d", "absolute"), ("r", "relative"), ("par", "absolute"), ("paf", "relative")],
    ),
    (
        "inequality_of",
        {"indicator": "toy-west-rate", "measure": "r"},
        ("measure", "area"),
        [("r", "NZ")],
    ),
    (
        "recommendations",
        {},
        ("recommendation", "status", "since"),
        [
            ("toy-recommendation-count", "proposed", "2025-04-01"),
            ("toy-recommendation-glue", "in-progress", "2025-09-01"),
        ],
    ),
    ("search", {"words": "glued"}, ("kind", "id"),
     [("recommendation", "toy-recommendation-glue")]),
    ("search", {"words": 'the "West"'}, ("kind", "id"),
     [("indicator", "toy-west-ratio"), ("indicator", "toy-west-rate"),
      ("indicator", "toy-west-infant"), ("dataset", "toy-west")]),
]  # fmt: skip


async def read_rows(build: Path, query: str, **values: str) -> list[dict[str, Any]]:
    hub = runtime.create_datasette(PROJECT_ROOT, build)
    await hub.invoke_startup()
    answer = await hub.client.get(f"/hub/{query}.json?{urlencode({**values, '_shape': 'array'})}")
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


@pytest.mark.parametrize(("query", "values", "columns", "expected"), CASES)
async def test_a_stored_query_returns_these_rows(
    rich_hub: Path, query: str, values: dict[str, str], columns: Key, expected: list[Key]
) -> None:
    rows = await read_rows(rich_hub, query, **values)
    keys = [tuple(str(row[column]) for column in columns) for row in rows]
    if query == "search":  # by weight, which every text moves; names of groups have the words too
        evidence = {key for key in keys if key[0] not in ("group", "list", "place", "source")}
        assert evidence == set(expected)
    else:
        assert keys == expected


@pytest.mark.parametrize("facet", ["OTH", "AFD"])
async def test_the_groups_in_a_facet_are_those_of_its_crosswalks(
    rich_hub: Path, facet: str
) -> None:
    rows = await read_rows(rich_hub, "groups_in_facet", facet=facet)
    keys = {(row["scheme"], row["ethnicity"]) for row in rows}
    assert len(keys) == len(rows) > 3
    toys = {(f"toy-{name}-groups", code) for name in ("south", "west") for code in "ABC"}
    toys |= {("toy-more-groups", code) for code in "AB"}
    assert {key for key in keys if key[0].startswith("toy-")} == (toys if facet == "OTH" else set())
    assert all(row["relation"] and row["label"] for row in rows)


def test_every_stored_query_has_rows_to_return(rich_hub: Path) -> None:
    metadata = json.loads((rich_hub / "metadata.json").read_text("utf-8"))
    queries = set(metadata["databases"]["hub"]["queries"])
    with_rows = {query for query, _, _, expected in CASES if expected}
    assert queries == {*with_rows, "groups_in_facet"}
