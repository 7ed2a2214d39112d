"""What a partner means: areas with all within them, groups of the facet, names in any spelling."""

from __future__ import annotations

import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from evidencehub.api.app import ApiApp
from tests.support.rich_hub import INVENTED, RATE, TOWN, VALE

COUNTY, ITS_RATE = "toy-lands:X00", f"{INVENTED}-rate"


@pytest.fixture(scope="module")
def rich_application(rich_hub: Path) -> ApiApp:
    return ApiApp(rich_hub)


@pytest.fixture
async def hub(rich_application: ApiApp):
    transport = httpx.ASGITransport(app=rich_application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test/api/v1/") as client:
        yield client


async def post(hub: httpx.AsyncClient, where: Any, accept: str = "application/json", **more: Any):
    body = {"where": where, "limit": 10_000, **more}
    headers = {"accept": accept}
    return await hub.post("query", content=json.dumps(body), headers=headers)


async def test_an_area_without_values_has_those_of_the_areas_within_it(hub) -> None:
    assert (await hub.get(f"observations?area={COUNTY}")).json()["page"]["total"] == 0
    body = (await hub.get(f"observations?within={COUNTY}&limit=10000")).json()
    assert {row["area"] for row in body["data"]} == {TOWN, VALE}
    assert body["resolved"] == {"within": {COUNTY: [COUNTY, TOWN, VALE]}}


@pytest.mark.parametrize("name", ["observations", "gaps", "inequality", "datasets", "indicators"])
async def test_what_an_area_stands_for_is_said_in_every_format(hub, name: str) -> None:
    answer = await hub.get(f"{name}.parquet?within={COUNTY}")
    assert answer.headers["hub-resolved"] == f'within=("{COUNTY}";codes=3)'
    metadata = pq.read_metadata(io.BytesIO(answer.content)).metadata
    assert json.loads(metadata[b"hub:resolved"])["within"][COUNTY] == [COUNTY, TOWN, VALE]
    assert int(answer.headers["hub-total"]) > 0


async def test_a_posted_area_and_an_address_have_the_same_rows(hub) -> None:
    asked = {"or": [{"within": {"area": COUNTY}}, {"eq": {"area": "NZ"}}]}
    address = await hub.get(f"gaps.csv?within={COUNTY}&within=NZ")
    posted = await post(hub, asked, "text/csv", resource="gaps")
    assert posted.text == address.text
    assert posted.headers["hub-total"] == address.headers["hub-total"] != "0"


async def test_an_age_has_all_ages_within_it_though_no_list_says_so(hub) -> None:
    address = await hub.get("observations?age_within=0-17&limit=10000")
    body = address.json()
    assert {row["age"] for row in body["data"]} == {"0-17"}
    assert {"0-4", "0-17", "5-11", "12-17", "under-1"} <= {*body["resolved"]["age_within"]["0-17"]}
    assert "18+" not in body["resolved"]["age_within"]["0-17"]
    posted = (await post(hub, {"within": {"age": "0-17"}})).json()
    assert posted["data"] == body["data"]
    wider = (await hub.get("observations?age_within=_T&limit=10000")).json()
    assert wider["page"]["total"] == (await hub.get("observations")).json()["page"]["total"]
    refused = await hub.get("observations?age_within=0-3")
    assert refused.status_code == 400
    assert "age_within" in refused.text


@pytest.mark.parametrize("value", ["hub-facet:OTH", "OTH"])
async def test_a_facet_stands_for_the_groups_of_its_page(hub, value: str) -> None:
    body = (await hub.get(f"observations?ethnicity={value}&limit=10000")).json()
    posted = (await post(hub, {"eq": {"ethnicity": value}})).json()
    groups = {f"{row['scheme']}:{row['ethnicity']}" for row in body["data"]}
    assert {"toy-south-groups:B", "toy-west-groups:C"} <= groups
    assert groups <= {*body["resolved"]["ethnicity"][value]}
    assert posted["data"] == body["data"]
    assert posted["resolved"] == body["resolved"]


async def test_a_category_stands_for_itself_unless_all_below_it_are_asked_for(hub) -> None:
    group = "toy-more-groups:B"
    assert (await hub.get(f"observations?ethnicity={group}")).json()["page"]["total"] == 0
    body = (await hub.get(f"observations?ethnicity_within={group}")).json()
    assert {row["ethnicity"] for row in body["data"]} == {"A"}
    assert body["resolved"]["ethnicity_within"][group] == [group, "toy-more-groups:A"]


@pytest.mark.parametrize("name", ["observations", "gaps", "inequality", "indicators"])
async def test_a_classification_without_any_value_is_refused(hub, name: str) -> None:
    answer = await hub.get(f"{name}?scheme=hub-facet")
    assert answer.status_code == 400
    assert "hub-facet:AFD" in answer.json()["detail"]


async def test_a_start_after_the_end_is_refused(hub) -> None:
    answer = await hub.get("gaps?from=2024-02&to=2024-01-31")
    assert [p["code"] for p in answer.json()["problems"]] == ["empty-range"]
    assert (await hub.get("gaps?from=2024-02&to=2024-02")).status_code == 200


NAMING = [
    {"in": {"dataset": [INVENTED, "toy-west"]}},
    {"or": [{"eq": {"dataset": INVENTED}}, {"eq": {"dataset": "toy-west"}}]},
    {"not": {"not": {"in": {"dataset": [INVENTED, "toy-west"]}}}},
    {"not": {"and": [{"not": {"eq": {"dataset": INVENTED}}}, {"not": {"eq": {"area": "NZ"}}}]}},
]


@pytest.mark.parametrize("where", NAMING)
@pytest.mark.parametrize("name", ["observations", "gaps", "inequality"])
async def test_synthetic_rows_are_given_to_whoever_names_them(hub, name: str, where: Any) -> None:
    address = f"{name}?dataset={INVENTED}&dataset=toy-west&limit=10000"
    expected = (await hub.get(address)).json()
    body = (await post(hub, where, resource=name)).json()
    assert body["data"] == expected["data"]
    assert {row["dataset"] for row in body["data"]} == {INVENTED, "toy-west"}
    assert body["page"]["left_out"] == []


async def test_who_names_an_indicator_gets_no_other_synthetic_row(hub) -> None:
    where = {"or": [{"eq": {"indicator": ITS_RATE}}, {"eq": {"area": "AU"}}]}
    answer = await post(hub, where, "text/csv", fields=["indicator"])
    assert {*answer.text.split()} == {"indicator", ITS_RATE}
    assert answer.headers["hub-left-out"] == '3; reason="synthetic"'


@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson", "application/json"])
async def test_what_is_left_out_is_counted_in_every_format(hub, accept: str) -> None:
    answer = await post(hub, {"not": {"eq": {"dataset": INVENTED}}}, accept)
    assert answer.headers.get("hub-left-out") is None
    answer = await post(hub, {"eq": {"area": "AU"}}, accept)
    assert answer.headers["hub-left-out"] == '6; reason="synthetic"'
    assert answer.headers["hub-total"] == "0"


@pytest.mark.parametrize(
    "body",
    [
        '{"where": {"eq": {"area": "GB"}, "eq": {"area": "NZ"}}}',
        '{"limit": 1, "limit": 2}',
        '{"where": {"eq": {"a\u0304": 1, "\u0101": 2}}}',
    ],
)
async def test_a_member_that_is_given_twice_is_refused(hub, body: str) -> None:
    answer = await hub.post("query", content=body)
    assert answer.status_code == 400
    assert "given twice" in answer.json()["detail"]


async def test_decomposed_letters_are_those_that_others_send(api) -> None:
    code = "indig\u00e8ne"
    spelled = [unicodedata.normalize(form, code) for form in ("NFC", "NFD")]
    addresses = [f"/api/v1/observations?ethnicity={text}" for text in spelled]
    details = [(await api.get(address)).json()["detail"] for address in addresses]
    assert details[0] == details[1]
    found = [
        (await api.get("/api/v1/search", params={"q": unicodedata.normalize(form, "M\u0101ori")}))
        for form in ("NFC", "NFD")
    ]
    assert found[0].json()["page"]["total"] == found[1].json()["page"]["total"] > 0


@pytest.mark.parametrize(
    ("operator", "text", "count"),
    [("contains", "BROKE", 2), ("contains", "DRUMS", 2), ("starts_with", "in the n", 1),
     ("starts_with", "drums", 1), ("contains", "br\u0304oke", 2)],
)  # fmt: skip
async def test_texts_are_compared_without_case_and_accents(hub, operator, text, count) -> None:
    where = {operator: {"statement": text}}
    body = (await post(hub, where, resource="findings")).json()
    assert body["page"]["total"] == count, [row["statement"] for row in body["data"]]


@pytest.mark.parametrize(
    ("where", "code"),
    [({"contains": {"value": "1"}}, "bad-value"), ({"contains": {"note": ""}}, "empty-parameter"),
     ({"starts_with": {"note": None}}, "bad-value"), ({"within": {"sex": "F"}}, "bad-value"),
     ({"within": {"area": "nowhere"}}, "unknown-value"), ({"contains": {"note": 1}}, "bad-value")],
)  # fmt: skip
async def test_an_operator_that_does_not_fit_its_column_is_refused(hub, where, code) -> None:
    answer = await post(hub, where)
    assert [problem["code"] for problem in answer.json()["problems"]] == [code]


async def test_a_family_has_the_same_rows_posted_and_in_an_address(hub) -> None:
    for name in ("compare", "gaps", "observations"):
        address = await hub.get(f"{name}?family=maternal-mortality&limit=10000")
        where = {"eq": {"family": "maternal-mortality"}}
        posted = (await post(hub, where, resource=name)).json()
        assert posted["data"] == address.json()["data"]
        assert posted["page"]["total"] > 0


async def test_a_comparison_needs_its_family_in_a_tree_too(hub) -> None:
    answer = await post(hub, {"eq": {"area": "NZ"}}, resource="compare")
    assert [problem["code"] for problem in answer.json()["problems"]] == ["missing-parameter"]
    assert RATE not in answer.text
