"""A page of JSON is read at once: its rows, their ids and their places are those of one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidencehub.api.query_parameters import parse_query
from evidencehub.api.resources import ALL_RESOURCES, RESOURCES
from evidencehub.domain.row_identity import ROW_ID_FUNCTION, build_row_id_sql
from evidencehub.store.database import HubDatabase, open_reader
from evidencehub.store.json_page import read_json_page
from evidencehub.store.query_sql import JSON_SEPARATOR, compile_json_rows
from evidencehub.store.reference_data import ReferenceData, read_reference_data
from evidencehub.store.resource_model import ApiResource
from evidencehub.store.row_bitmaps import RowBitmaps
from evidencehub.store.search_table import register_search_table


@pytest.fixture(scope="module")
def rich_reference(rich_hub: Path) -> ReferenceData:
    return read_reference_data(HubDatabase(rich_hub / "hub.db"), rich_hub, ALL_RESOURCES)


@pytest.mark.parametrize("resource", ALL_RESOURCES, ids=lambda resource: str(resource.name))
def test_an_id_is_that_of_the_key_by_which_rows_are_ordered(resource: ApiResource) -> None:
    ids = [column.sql for column in resource.columns if column.sql.startswith(ROW_ID_FUNCTION)]
    assert ids in ([], [build_row_id_sql(resource.key_columns)])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, "limit=7") for name in RESOURCES if not RESOURCES[name].required_filter),
        *((name, "limit=1000&labels=false") for name in ("observations", "gaps", "codes")),
        ("search", "q=deaths&fields=id&limit=5"),
        ("search", "q=deaths&limit=5"),
        ("observations", "fields=id&limit=5"),
        ("observations", "fields=value,id&limit=5"),
        ("observations", "fields=id,extra,note&limit=1000"),
        ("observations", "sort=-value&limit=9"),
        ("observations", "sort=value,area&limit=9"),
        ("observations", "group_by=area,sex&limit=6"),
        ("gaps", "fields=id,difference&sort=-difference&limit=6"),
    ],
)
def test_a_page_read_at_once_is_the_page_read_row_by_row(
    rich_hub: Path, rich_reference: ReferenceData, name: str, text: str
) -> None:
    resource = RESOURCES[name]
    params = [(k, v) for k, _, v in (part.partition("=") for part in text.split("&"))]
    query = parse_query(resource, params, rich_reference)
    database = HubDatabase(rich_hub / "hub.db", [register_search_table])
    resolved = RowBitmaps(database).resolve(query)
    execute = database.fetch_all
    page = read_json_page(resolved, 100_000, execute, rich_reference)
    singly = execute(*compile_json_rows(query, 100_000, rich_reference))
    assert len(page) > 1
    assert page == singly


def test_no_row_has_the_byte_that_stands_between_rows(rich_hub: Path) -> None:
    with open_reader(rich_hub / "hub.db") as execute:
        ((written,),) = execute("select json_object('note', ? || x'0A')", ("a\x1eb",))
    assert json.loads(written)["note"] == "a\x1eb\n"
    assert JSON_SEPARATOR not in written.encode()
