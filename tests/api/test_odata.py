"""OData as spreadsheets and tools of analysis ask it: walked from its root, page by page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from evidencehub import runtime
from evidencehub.api.resources import POST_QUERY_RESOURCES, RESOURCES
from tests.support.dataset_builder import PROJECT_ROOT

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
FAMILY = "&$filter=" + quote("family eq 'infant-mortality'")


@pytest.fixture
async def hub(built: Path) -> Any:
    datasette = runtime.create_datasette(PROJECT_ROOT, built)
    await datasette.invoke_startup()
    return datasette.client


async def read(hub: Any, address: str) -> dict[str, Any]:
    answer = await hub.get(address)
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["odata-version"] == "4.01"
    return answer.json()


async def read_all(hub: Any, address: str) -> list[dict[str, Any]]:
    """Every row, page after page, as Power Query follows them."""
    rows: list[dict[str, Any]] = []
    while address:
        page = await read(hub, address)
        rows += page["value"]
        address = page.get("@odata.nextLink", "")
        assert address.startswith("/odata/") or not address
    return rows


async def test_a_walk_from_the_root_finds_every_row_with_the_type_that_is_declared(
    hub: Any,
) -> None:
    service = await read(hub, "/odata/")
    assert [item["url"] for item in service["value"]] == [*POST_QUERY_RESOURCES]
    root = ET.fromstring((await hub.get("/odata/$metadata")).content)
    kinds = {
        "Edm.String": str, "Edm.Double": (int, float), "Edm.Int64": int, "Edm.Boolean": bool,
        "Edm.Date": str, "Collection(Edm.String)": list,
    }  # fmt: skip
    for name in POST_QUERY_RESOURCES:
        entity = root.find(f".//{EDM}EntityType[@Name='{name}']")
        types = {p.get("Name"): kinds[p.get("Type", "")] for p in entity.iter(f"{EDM}Property")}
        (key,) = (reference.get("Name") for reference in entity.iter(f"{EDM}PropertyRef"))
        required = FAMILY if RESOURCES[name].required_filter else ""
        rows = await read_all(hub, f"/odata/{name}?$count=true{required}")
        total = (await read(hub, f"/odata/{name}?$count=true&$top=0{required}"))["@odata.count"]
        counted = await hub.get(f"/odata/{name}/$count?{required.lstrip('&')}")
        assert len(rows) == total == int(counted.text)
        assert total
        assert len({row[key] for row in rows}) == total
        for row in rows:
            assert [*row] == [*types]
            for column, cell in row.items():
                assert cell is None or isinstance(cell, types[column]), (name, column, cell)
            assert row[key] is not None


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ("area eq 'GB'", {"eq": {"area": "GB"}}),
        ("sex in ('F','M')", {"in": {"sex": ["F", "M"]}}),
        ("value gt 5 and value le 9.5", {"and": [{"gt": {"value": 5}}, {"lte": {"value": 9.5}}]}),
        ("not (value eq null)", {"not": {"eq": {"value": None}}}),
        ("value ne null", {"not": {"eq": {"value": None}}}),
        ("10 lt value", {"gt": {"value": 10}}),
        ("period_end ge 2020-01-01 or sex eq 'F'",
         {"or": [{"gte": {"period_end": "2020-01-01"}}, {"eq": {"sex": "F"}}]}),
        ("contains(indicator_title,'infant')", {"contains": {"indicator_title": "infant"}}),
        ("startswith(indicator_title,'Infant')", {"starts_with": {"indicator_title": "Infant"}}),
        ("note eq 'it''s'", {"eq": {"note": "it's"}}),
        ("value lt -1.5e0", {"lt": {"value": -1.5}}),
    ],
)  # fmt: skip
async def test_a_filter_selects_what_the_posted_tree_selects(
    hub: Any, condition: str, where: dict[str, Any]
) -> None:
    rows = await read_all(hub, f"/odata/observations?$filter={quote(condition)}&$select=id")
    body = {"resource": "observations", "where": where, "fields": ["id"], "limit": 10_000}
    posted = await hub.post("/api/v1/query", json=body)
    assert posted.status_code == 200, posted.text[:300]
    assert rows == posted.json()["data"]
    if "note" not in where.get("eq", {}) and "lt" not in where:
        assert rows


async def test_select_order_top_and_skip_do_what_they_say(hub: Any) -> None:
    address = "/odata/observations?$select=id,value&$orderby=value desc,id&$filter=" + quote(
        "indicator eq 'uk-maternal-mortality-rate'"
    )
    rows = await read_all(hub, address)
    values = [row["value"] for row in rows if row["value"] is not None]
    assert values == sorted(values, reverse=True)
    assert [*rows[0]] == ["id", "value"]
    some = await read(hub, f"{address}&$skip=2&$top=3")
    assert some["value"] == rows[2:5]
    assert "@odata.nextLink" not in some
    assert some["@odata.context"].endswith("$metadata#observations(id,value)")
    assert (await read_all(hub, f"{address}&$skip=1")) == rows[1:]
    without_signs = await read(hub, address.replace("$", "") + "&top=1")
    assert without_signs["value"] == rows[:1]


async def test_terms_releases_and_what_is_left_out_go_with_a_page(hub: Any) -> None:
    page = await read(hub, "/odata/gaps?$top=1")
    assert page["@EvidenceHub.release"][0]["attribution"]
    assert page["@EvidenceHub.licence"][0]["sources"]
    assert page["@EvidenceHub.comparability"]["verdict"]
    whole = await read(hub, "/odata/observations?$top=1")
    assert whole["@EvidenceHub.left_out"]


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("/odata/observations?$filter=area eq 'nowhere'", 400, "nowhere"),
        ("/odata/observations?$filter=nothing eq 1", 400, "nothing"),
        ("/odata/observations?$filter=area eq", 400, "cannot be read"),
        ("/odata/observations?$filter=", 400, "cannot be read"),
        ("/odata/observations?$filter=endswith(area,'x')", 400, "contains, startswith"),
        ("/odata/observations?$filter=value add 1 eq 2", 400, "name of a column"),
        ("/odata/observations?$filter='a' eq 'b'", 400, "name of a column"),
        ("/odata/observations?$expand=x", 400, "$expand is not available"),
        ("/odata/observations?$top=x", 400, "$top"),
        ("/odata/observations?$top=-1", 400, "$top"),
        ("/odata/observations?$skip=999999", 400, "nextLink"),
        ("/odata/observations?$count=maybe", 400, "$count"),
        ("/odata/observations?$select=nothing", 400, "nothing"),
        ("/odata/observations?$orderby=value upwards", 400, "$orderby"),
        ("/odata/observations?$skiptoken=x", 400, "cursor"),
        ("/odata/observations?$format=xml", 415, "json"),
        ("/odata/observations?$top=1&$top=2", 400, "more than once"),
        ("/odata/compare", 400, "family"),
        ("/odata/nothing", 404, "observations"),
        ("/odata/observations(1)", 404, "observations"),
        ("/odata/observations?$filter=" + "(" * 3_000 + "1", 400, ""),
        ("/odata/observations?$filter=" + "not " * 1_500 + "sex eq 'F'", 400, ""),
    ],
)
async def test_a_mistake_is_told_in_the_form_of_the_protocol(
    hub: Any, address: str, status: int, told: str
) -> None:
    path, _, query = address.partition("?")
    answer = await hub.get(f"{path}?{quote(query, safe='$=&(),')}" if query else path)
    assert answer.status_code == status, answer.text[:300]
    error = answer.json()["error"]
    assert error["code"] == str(status)
    assert told in json.dumps(error, ensure_ascii=False)
    assert "Traceback" not in answer.text


async def test_it_is_read_only_and_keeps_the_rules_of_http(hub: Any) -> None:
    assert (await hub.post("/odata/observations", content="{}")).status_code == 405
    address = "/odata/observations?$top=2"
    first = await hub.get(address)
    again = await hub.get(address, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    head = await hub.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert first.headers["access-control-allow-origin"] == "*"
