"""Second ways out of the API: cursors of an older edition, weights of forms, kinds in schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evidencehub.api import cursor as cursor_codec
from evidencehub.api import openapi, query_parameters, query_tree
from evidencehub.api.app import ApiApp
from evidencehub.api.resources import ALL_RESOURCES, POST_QUERY_RESOURCES, RESOURCES
from evidencehub.http import datasette_schema, negotiation
from evidencehub.http.problem_details import HttpError
from evidencehub.store import reference_data as known_values
from evidencehub.store.database import HubDatabase
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ResourceColumn
from tests.api.v1.test_rich_contract import get


@pytest.fixture(scope="module")
def rich_known(rich_hub: Path) -> ReferenceData:
    return known_values.read_reference_data(
        HubDatabase(rich_hub / "hub.db"), rich_hub, ALL_RESOURCES
    )


async def read_cursor(build: Path) -> str:
    answer = await get(ApiApp(build), "observations?limit=3")
    cursor = answer.json()["page"]["cursor"]
    assert isinstance(cursor, str)
    return cursor


@pytest.mark.parametrize(
    ("others", "status", "codes"),
    [
        ("", 410, ["cursor-outdated"]),
        ("&limit=0", 400, ["bad-number"]),
        ("&nosuch=1", 400, ["unknown-parameter"]),
    ],
)
async def test_an_outdated_cursor_is_gone_only_where_nothing_else_is_wrong(
    rich_hub: Path, others: str, status: int, codes: list[str]
) -> None:
    digest, _, *position = cursor_codec._decode_verified(await read_cursor(rich_hub))
    older = cursor_codec.encode_cursor(position, digest, "older")
    for ending in ("", ".csv"):
        answer = await get(ApiApp(rich_hub), f"observations{ending}?cursor={older}{others}")
        assert answer.status_code == status
        assert [fault["code"] for fault in answer.json()["problems"]] == codes


async def test_a_cursor_of_the_same_edition_leads_on(
    rich_hub: Path, rich_known: ReferenceData
) -> None:
    parameters = [("cursor", await read_cursor(rich_hub)), ("limit", "3")]
    asked = query_parameters.parse_query(RESOURCES["observations"], parameters, rich_known)
    assert asked.cursor_position is not None


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/json, text/csv", "json"),
        ("text/csv, application/json", "csv"),
        ("application/json;q=1, text/csv", "json"),
        ("text/csv;q=1.0, application/json", "csv"),
        ("application/json;q=0.9, text/csv", "csv"),
        ("text/csv, application/json;q=0.999", "csv"),
        ("application/json;version=2, text/csv;q=1", "json"),
        ("text/csv;q=1, application/json;charset=utf-8", "csv"),
        ("text/csv;charset=utf-8;q=0.3, application/x-ndjson;q=0.31", "ndjson"),
        ("application/json;q=1.5, application/x-ndjson;q=0.1", "ndjson"),
    ],
)
def test_a_form_without_a_weight_weighs_one(accept: str, form: str) -> None:
    assert negotiation.select_format(accept) == form


@pytest.mark.parametrize("name", POST_QUERY_RESOURCES)
@pytest.mark.parametrize("operator", ["eq", "in", "lt", "lte", "gt", "gte"])
def test_the_schema_of_a_condition_names_the_columns_that_it_takes(
    rich_known: ReferenceData, name: str, operator: str
) -> None:
    schemas = json.loads(openapi.render_openapi(rich_known))["components"]["schemas"]
    operands = schemas[f"condition_{name}"]["properties"]
    leaf = schemas[operands[operator]["$ref"].rpartition("/")[2]]["properties"]
    resource = RESOURCES[name]
    taken = {c.name for c in resource.columns if is_taken(rich_known, name, operator, c)}
    assert set(leaf) == taken
    lists = {column.name for column in resource.columns if column.column_type == "list"}
    assert operator in ("eq", "in") or taken.isdisjoint(lists)
    assert len(taken) > 3


def is_taken(known: ReferenceData, name: str, operator: str, column: ResourceColumn) -> bool:
    """Whether a posted condition on the column is accepted, with a value of its kind."""
    values: dict[str, Any] = {
        "number": 1,
        "integer": 1,
        "boolean": True,
        "date": "2024",
        "day": "2024",
    }
    names = known.value_sets.get(query_tree.find_value_set(column), {})
    value = next(iter(names), values.get(column.column_type, "toys"))
    posted = [value] if operator == "in" else value
    where: Any = {operator: {column.name: posted}}
    if RESOURCES[name].required_filter:
        where = {"and": [where, {"eq": {"family": "maternal-mortality"}}]}
    body = {"resource": name, "where": where}
    try:
        query_tree.parse_query_tree(json.dumps(body).encode(), known)
    except HttpError:
        return False
    return True


def test_the_search_table_is_searched_by_its_own_columns(rich_hub: Path) -> None:
    database = datasette_schema.read_datasette_schema(rich_hub / "hub.db", {})
    assert {"title", "words", "text"} < database.tables["search_page"].searchable
    for name, table in database.tables.items():
        is_index = name == "search_page"
        assert bool(table.searchable) is is_index, name
