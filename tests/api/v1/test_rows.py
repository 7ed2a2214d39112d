"""The same rows in every form, in pages or whole, with what a reader must know beside them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from evidencehub.api.resources import RESOURCES
from tests.support import parquet_rows

NEEDED = {"search": "q=maternal+deaths", "compare": "family=infant-mortality"}
LISTS = [*RESOURCES, "codes/ew-census-2021"]


def address(name: str, form: str = "", **asked: Any) -> str:
    told = "&".join([*filter(None, [NEEDED.get(name)]), *(f"{k}={v}" for k, v in asked.items())])
    return f"/api/v1/{name}{form and '.' + form}?{told}".rstrip("?")


async def whole(api, name: str, form: str, **asked: Any) -> tuple[list[dict[str, Any]], int]:
    """The rows in one form, as JSON has them, and the total that the header tells."""
    answer = await api.get(address(name, form, **asked))
    assert answer.status_code == 200
    total = int(answer.headers["hub-total"])
    if form == "ndjson":
        return [json.loads(line) for line in answer.text.splitlines()], total
    if form == "parquet":
        return parquet_rows.read_rows(answer.content), total
    return list(csv.DictReader(io.StringIO(answer.text, newline=""))), total


@pytest.mark.parametrize("name", LISTS)
async def test_pages_joined_are_the_whole_and_every_form_has_the_same_rows(api, name: str) -> None:
    told, following, pages = [], address(name, limit=37), 0
    while following:
        body = (await api.get(following)).json()
        page = body["page"]
        assert page["returned"] == len(body["data"]) <= page["limit"] == 37
        assert page["truncated"] is (page["next"] is not None) is ("next" in body["links"])
        told += body["data"]
        following, total, pages = page["next"], page["total"], pages + 1
    assert len(told) == total > 0
    assert pages == -(-total // 37)
    lines, count = await whole(api, name, "ndjson")
    assert (lines, count) == (told, total)
    columns, count = await whole(api, name, "parquet")
    assert count == total
    assert [as_json(row) for row in columns] == told
    cells, count = await whole(api, name, "csv")
    assert count == total
    assert cells == [as_cells(row) for row in told]


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row of Parquet: an object is JSON text there."""
    return {
        name: json.loads(value) if name == "extra" and value is not None else value
        for name, value in row.items()
    }


def as_cells(row: dict[str, Any]) -> dict[str, str]:
    """A row of JSON as CSV writes it."""
    return {name: as_cell(value) for name, value in row.items()}


def as_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ";".join(value)
        case dict():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        case _:
            return str(value)


@pytest.mark.parametrize("sort", ["value", "-value", "ethnicity_label,-period_start", "-se,value"])
async def test_pages_joined_are_the_whole_in_any_order(api, sort: str) -> None:
    told, following = [], address("observations", sort=sort, limit=50, fields="value,se,indicator")
    while following:
        body = (await api.get(following)).json()
        told += body["data"]
        following = body["page"]["next"]
    lines, _ = await whole(api, "observations", "ndjson", sort=sort, fields="value,se,indicator")
    assert told == lines
    if sort.removeprefix("-") == "value":
        values = [row["value"] for row in told]
        there = [value for value in values if value is not None]
        assert there == sorted(there, reverse=sort.startswith("-"))
        assert values[len(there) :] == [None] * (len(values) - len(there))


async def test_a_streamed_answer_may_be_limited_and_still_tells_the_total(api) -> None:
    rows, total = await whole(api, "indicators", "csv", limit=2)
    assert len(rows) == 2 < total


async def test_rows_say_where_they_are_from_and_what_they_may_be_used_for(api) -> None:
    body = (await api.get("/api/v1/observations?family=infant-mortality&limit=500")).json()
    named = {row["dataset"] for row in body["data"]}
    assert {release["dataset"] for release in body["release"]} == named
    assert {name for licence in body["licence"] for name in licence["datasets"]} == named
    assert body["comparability"]["verdict"] == "refuse"
    assert "countries" in [reason["code"] for reason in body["comparability"]["reasons"]]


async def test_every_code_has_its_label_beside_it(api) -> None:
    rows, _ = await whole(api, "observations", "ndjson")
    coded = ["area", "ethnicity", "sex", "age", "obs_status", "conf_status", "unit"]
    assert all(row[f"{name}_label"] for row in rows for name in coded)
    assert all(row["other_label"] for row in rows if row["other"])
    assert all(row["comparator_label"] for row in rows if row["comparator"])
    assert all(row["adjustment_label"] for row in rows if row["adjustment"])


async def test_what_is_made_up_for_teaching_is_given_only_when_it_is_named(api) -> None:
    async def total(asked: str) -> int:
        return (await api.get(f"/api/v1/{asked}")).json()["page"]["total"]

    rows, _ = await whole(api, "observations", "ndjson", fields="dataset")
    assert not [row for row in rows if "synthetic" in row["dataset"]]
    assert await total("observations?dataset=teaching-counts-synthetic") > 0
    assert await total("datasets?synthetic=true") == 2
    both = await total("datasets?synthetic=false") + 2
    assert await total("datasets") == both - 2
    assert (await api.get("/api/v1/datasets/teaching-counts-synthetic")).status_code == 200


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("datasets", {"files", "releases", "sources", "findings", "held_back", "about"}),
        ("indicators", {"coverage", "findings", "family_members", "inequality_missing"}),
        ("findings", {"sources_in_full", "claims", "recommendations"}),
        ("recommendations", {"updates", "sources_in_full"}),
        ("questions", {"answers", "findings_in_full", "recommendations_in_full"}),
    ],
)
async def test_every_item_can_be_asked_for_and_has_what_belongs_to_it(
    api, name: str, needed: set[str]
) -> None:
    rows, _ = await whole(api, name, "ndjson")
    for row in rows:
        key = next(iter(row))
        body = (await api.get(f"/api/v1/{name}/{row[key]}")).json()
        assert needed <= body["data"].keys()
        assert row.items() <= body["data"].items()
        assert [r["dataset"] for r in body["release"]] == [body["data"]["dataset"]]


async def test_a_datasets_files_can_be_fetched_from_where_it_says(api, client) -> None:
    body = (await api.get("/api/v1/datasets/uk-maternal-mortality")).json()
    for file in body["data"]["files"]:
        answer = await client.get(file["url"])
        assert (answer.status_code, len(answer.content)) == (200, file["bytes"])


async def test_search_finds_the_best_first_and_says_what_matched(api) -> None:
    body = (await api.get("/api/v1/search?q=maternal+deaths&kind=indicator")).json()
    scores = [row["score"] for row in body["data"]]
    assert scores == sorted(scores, reverse=True)
    assert [row["position"] for row in body["data"]] == sorted(
        {r["position"] for r in body["data"]}
    )
    assert any("[" in row["matched"] for row in body["data"])


@pytest.mark.parametrize(
    "words", ['"', "AND", "a*", "(", "NEAR(", "title:x", "x OR", "''", "-", "🙂"]
)
async def test_nothing_in_a_search_is_an_operator(api, words: str) -> None:
    answer = await api.get("/api/v1/search", params={"q": words})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("application/json;q=0, text/*", "text/csv; charset=utf-8"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/json;q=0, */*", "text/csv; charset=utf-8"),
        ("text/csv;q=nan, application/json", "application/json"),
    ],
)
async def test_the_accept_header_chooses_the_form(api, accept: str, kind: str) -> None:
    answer = await api.get("/api/v1/codes", headers={"accept": accept})
    assert answer.headers["content-type"] == kind
    assert "accept" in answer.headers["vary"].lower()


async def test_an_ending_goes_before_the_accept_header(api) -> None:
    answer = await api.get("/api/v1/codes.csv", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


async def test_links_lead_to_the_same_rows(api, client) -> None:
    body = (await api.get("/api/v1/observations?indicator=us-infant-mortality-rate&area=US")).json()
    total = body["page"]["total"]
    lines = (await api.get(body["links"]["ndjson"])).text.splitlines()
    assert len(lines) == total > 0
    page = await client.get(body["links"]["page"])
    assert page.status_code == 200
    assert f"{total} row" in page.text


async def test_a_comparison_has_everybody_of_each_place_in_its_latest_period(api) -> None:
    rows = (await api.get("/api/v1/compare?family=infant-mortality&measure=d&measure=r")).json()
    series: dict[tuple[str, ...], set[str]] = {}
    for row in rows["data"]:
        group = (row["indicator"], row["area"], row["scheme"], row["group"] or "")
        series.setdefault(group, set()).add(row["period_end"])
        assert (row["unit"] is None) == (row["measure"] == "r")
    assert all(len(periods) == 1 for periods in series.values())
    assert {group[0] for group in series} >= {
        "eng-infant-death-rate-ncmd",
        "us-infant-mortality-rate",
        "nz-infant-mortality-rate",
    }
    mothers = (await api.get("/api/v1/compare?family=maternal-mortality&measure=d")).json()["data"]
    assert {row["sex"] for row in mothers} == {"F"}
    every = (await api.get("/api/v1/gaps?family=infant-mortality&limit=10000")).json()["data"]
    for (indicator, area, scheme, group), (latest,) in series.items():
        ends = [
            gap["period_end"]
            for gap in every
            if (gap["indicator"], gap["area"], gap["scheme"], gap["group"])
            == (indicator, area, scheme, group)
        ]
        assert latest == max(ends, default=latest)


SPELLINGS = [
    ("M\u0101ori", "Ma\u0304ori"), ("Brasil", "brasil"), ("S\u00e3o Paulo", "Sa\u0303o Paulo"),
    ("Pasifika", "PASIFIKA"),
]  # fmt: skip


@pytest.mark.parametrize(("composed", "decomposed"), SPELLINGS)
async def test_a_search_does_not_depend_on_how_letters_are_encoded(
    api, composed: str, decomposed: str
) -> None:
    answers = [
        (await api.get("/api/v1/search", params={"q": words})).json()
        for words in (composed, decomposed)
    ]
    assert answers[0]["data"] == answers[1]["data"] != []


async def test_a_search_says_what_else_was_looked_for(api) -> None:
    answer = await api.get("/api/v1/search.csv?q=sikle%20cell%20zzzzzz")
    body = (await api.get("/api/v1/search?q=sikle%20cell%20zzzzzz")).json()
    assert body["search_words"]["corrections"] == {"sikle": ["sickle"]}
    assert body["search_words"]["missing_words"] == ["zzzzzz"]
    assert answer.headers["hub-search"] == (
        '"sikle cell zzzzzz"; corrected="sikle=sickle"; missing="zzzzzz"'
    )


async def test_a_list_has_the_items_that_the_search_finds_by_all_words(api) -> None:
    for words in ("stillborn babies", "detention Black", "zzzz births", "sectioned"):
        for kind in ("finding", "indicator", "recommendation", "dataset", "question"):
            found = await api.get(
                "/api/v1/search", params={"q": words, "kind": kind, "limit": 1000}
            )
            expected = {row["id"] for row in found.json()["data"] if row["has_all_words"]}
            rows = await api.get(f"/api/v1/{kind}s", params={"q": words, "limit": 1000})
            assert {row[kind] for row in rows.json()["data"]} == expected, (words, kind)
