"""Posted questions: pages that join, codes in every form, dates in part, bounds that hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evidencehub.api import cursor

FIRST = "au-child-mortality-rate-0-4"
TREES = [
    {"not": {"eq": {"indicator": FIRST}}},
    {"or": [{"eq": {"indicator": FIRST}}, {"gt": {"value": 0}}]},
    {"and": [{"eq": {"obs_status": "A"}}, {"not": {"eq": {"ethnicity": "_T"}}}]},
]


async def post(api, **body: Any):
    return await api.post("/api/v1/query", content=json.dumps(body))


async def total(api, where: Any, resource: str = "observations") -> int:
    answer = await post(api, resource=resource, where=where)
    assert answer.status_code == 200, answer.text[:300]
    return answer.json()["page"]["total"]


@pytest.mark.parametrize("where", TREES)
@pytest.mark.parametrize("sort", [None, ["-value"]])
async def test_pages_of_a_posted_question_join_without_a_row_twice(api, where, sort) -> None:
    asked = {"where": where, "limit": 20} | ({"sort": sort} if sort else {})
    told, page = [], {"cursor": None, "total": 0}
    while True:
        more = {"cursor": page["cursor"]} if page["cursor"] else {}
        body = (await post(api, **asked, **more)).json()
        told += [json.dumps(row) for row in body["data"]]
        page = body["page"]
        assert body["links"] == {"self": "/api/v1/query"}
        if not page["cursor"]:
            break
    assert len(told) == len(set(told)) == page["total"] > 20


async def test_a_made_up_figure_is_not_named_by_leaving_it_out(api) -> None:
    made_up = "teaching-emergency-admission-rate-synthetic"
    every = await total(api, {"gte": {"period_start": "1800"}})
    assert await total(api, {"not": {"eq": {"indicator": made_up}}}) == every
    assert await total(api, {"eq": {"indicator": made_up}}) > 0


async def test_codes_are_taken_in_the_forms_that_addresses_take(api) -> None:
    for name in ("adjustment", "comparator", "other"):
        address = (await api.get(f"/api/v1/observations?{name}=none")).json()["page"]["total"]
        assert await total(api, {"eq": {name: "none"}}) == address > 0
        assert await total(api, {"in": {name: [None, "none"]}}) == address
    whole = "au-indigenous-status:IND"
    address = (await api.get(f"/api/v1/observations?ethnicity={whole}")).json()["page"]["total"]
    assert await total(api, {"eq": {"ethnicity": whole}}) == address > 0
    some = await total(api, {"eq": {"groups_affected": whole}}, "findings")
    assert await total(api, {"eq": {"groups_affected": "IND"}}, "findings") == some > 0


async def test_a_year_in_a_column_of_days_means_the_whole_year(api) -> None:
    rows = (await api.get("/api/v1/findings?limit=1000&fields=published")).json()["data"]
    days = [row["published"] for row in rows if row["published"]]
    assert any(len(text) == 4 for text in days)
    for operator, holds in {
        "eq": lambda text: text[:4] == "2022",
        "lt": lambda text: text[:4] < "2022",
        "lte": lambda text: text[:4] <= "2022",
        "gt": lambda text: text[:4] > "2022",
        "gte": lambda text: text[:4] >= "2022",
    }.items():
        found = await total(api, {operator: {"published": "2022"}}, "findings")
        assert found == sum(map(holds, days)), operator


@pytest.mark.parametrize(
    "where",
    [
        {"or": [{"in": {"area": ["nowhere"] * 40}}] * 100},
        {"or": [{"in": {"verification_label": ["x"] * 72}}] * 100},
    ],
)
async def test_a_tree_with_too_much_in_it_is_refused_at_once(api, where) -> None:
    answer = await post(api, where=where)
    assert answer.status_code == 400
    assert len(answer.json()["problems"]) <= 30


async def test_no_number_is_too_large_to_be_refused(api) -> None:
    answer = await api.post("/api/v1/query", content='{"limit": 1' + "0" * 4_000 + "}")
    assert answer.status_code == 400


async def test_a_home_made_cursor_is_refused(api) -> None:
    following = (await api.get("/api/v1/indicators?limit=1")).json()["page"]["cursor"]
    digest, edition, *_ = cursor._decode_verified(following)
    for values in ([], ["a", "b"], [["a"]], [{"a": 1}], [True]):
        made = cursor.encode_cursor(values, digest, edition)
        answer = await api.get(f"/api/v1/indicators?limit=1&cursor={made}")
        assert answer.status_code == 400, values


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("observations?indicator=us-infant-mortality-rate&from=2019&to=2022", True),
        ("observations?area=GB&area=US", True),
        ("observations?adjustment=none", False),
        ("observations?ethnicity=au-indigenous-status:IND", False),
        ("gaps?family=infant-mortality", False),
        ("compare?family=infant-mortality", None),
        ("codes/sex", True),
        ("datasets?synthetic=true", False),
        ("findings?q=deaths", False),
        ("recommendations?status=in-progress", False),
    ],
)
async def test_the_page_for_people_has_the_same_rows_or_is_not_named(
    api, client, asked: str, there
) -> None:
    body = (await api.get(f"/api/v1/{asked}")).json()
    page = body["links"].get("page")
    assert there is None or bool(page) is there
    if page:
        answer = await client.get(page)
        assert answer.status_code == 200, page
        if there:
            assert f"{body['page']['total']} row" in answer.text
