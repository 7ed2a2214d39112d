"""Figures in another classification: made again from counts, or refused with every reason."""

from __future__ import annotations

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

COUNTS = "/api/v1/observations{}?dataset=teaching-counts-synthetic&convert={}&limit=10000"
HIDDEN = "/api/v1/observations?dataset=teaching-suppressed-synthetic&convert={}&limit=10000"


async def test_a_heading_is_the_sum_of_its_groups(api) -> None:
    place = "sex=F&from=2021&to=2021&area=E92000001"
    asked = "/api/v1/observations?dataset=teaching-counts-synthetic&limit=10000&" + place
    parts = (await api.get(asked)).json()["data"]
    body = (await api.get(asked + "&convert=headings")).json()
    assert body["data"]
    assert body["conversion"]["to"] == "headings"
    for row in body["data"]:
        if row["ethnicity"] == "_T":
            continue
        same = [
            part
            for part in parts
            if part["ethnicity"] in row["from_codes"].split(";")
            and (part["indicator"], part["other"]) == (row["indicator"], row["other"])
        ]
        assert same, row["from_codes"]
        assert row["numerator"] == sum(part["numerator"] for part in same)
        assert row["denominator"] == sum(part["denominator"] for part in same)
        assert row["value"] == pytest.approx(1000 * row["numerator"] / row["denominator"])
        assert row["ci_lower"] < row["value"] < row["ci_upper"]
        assert row["ethnicity_label"]
        assert row["from_scheme"] == "nhs-ethnic-category-2001"


async def test_what_is_hidden_stays_hidden_and_the_gap_says_so(api) -> None:
    body = (await api.get(HIDDEN.format("headings"))).json()
    gaps = body["conversion"]["gaps"]
    assert {gap["obs_status"] for gap in gaps} == {"Q"}
    assert all(gap["reason"] for gap in gaps)
    shown = {(r["area"], r["period_start"], r["sex"], r["ethnicity"]) for r in body["data"]}
    assert not {(g["area"], g["period_start"], g["sex"], g["ethnicity"]) for g in gaps} & shown
    assert body["conversion"]["left_out"]


async def test_every_form_and_the_pages_have_the_same_rows(api) -> None:
    told = (await api.get(COUNTS.format("", "opensafely-ethnicity"))).json()["data"]
    lines = (await api.get(COUNTS.format(".ndjson", "opensafely-ethnicity"))).text
    assert [json.loads(line) for line in lines.splitlines()] == told
    table = await api.get(COUNTS.format(".parquet", "opensafely-ethnicity"))
    rows = pq.read_table(io.BytesIO(table.content)).to_pylist()
    assert [{**row, "extra": row["extra"] and json.loads(row["extra"])} for row in rows] == told
    cells = (await api.get(COUNTS.format(".csv", "opensafely-ethnicity"))).text
    values = [row["value"] for row in csv.DictReader(io.StringIO(cells, newline=""))]
    assert values == ["" if row["value"] is None else str(row["value"]) for row in told]
    paged, following = [], COUNTS.format("", "opensafely-ethnicity").replace("10000", "600")
    while following:
        body = (await api.get(following)).json()
        paged += body["data"]
        following = body["page"]["next"]
    assert paged == told


async def test_groups_are_chosen_after_the_conversion(api) -> None:
    asked = COUNTS.format("", "opensafely-ethnicity")
    every = (await api.get(asked)).json()["data"]
    some = (await api.get(asked + "&ethnicity=opensafely-ethnicity:16:1")).json()["data"]
    assert some == [row for row in every if row["ethnicity"] == "16:1"] != []
    ordered = (await api.get(asked + "&sort=-value&fields=value")).json()["data"]
    values = [row["value"] for row in ordered if row["value"] is not None]
    assert values == sorted(values, reverse=True)


async def test_a_conversion_that_is_not_sound_is_refused_with_every_obstacle(api) -> None:
    answer = await api.get(
        "/api/v1/observations?indicator=us-infant-mortality-rate&convert=us-omb-spd15-2024"
    )
    assert answer.status_code == 409
    told = answer.json()["problems"]
    assert {problem["code"] for problem in told} == {"not-convertible"}
    assert len(told) == 2
    assert all("us-infant-mortality-rate" in problem["message"] for problem in told)


@pytest.mark.parametrize(
    ("asked", "code", "parameter"),
    [
        ("convert=ew-census-2022", "unknown-value", "convert"),
        ("convert=", "unknown-value", "convert"),
        ("convert=headings&convert=headings", "repeated-parameter", "convert"),
        ("convert=headings&limt=1", "unknown-parameter", "limt"),
    ],
)
async def test_a_mistake_is_told(api, asked: str, code: str, parameter: str) -> None:
    answer = await api.get(f"/api/v1/observations?{asked}")
    assert answer.status_code == 400
    assert [(p["code"], p["parameter"]) for p in answer.json()["problems"]] == [(code, parameter)]


async def test_filters_that_would_tear_a_table_apart_do_not_go_with_it(api) -> None:
    answer = await api.get("/api/v1/observations?convert=headings&obs_status=A&verification=B")
    assert answer.status_code == 409
    told = [(problem["code"], problem["parameter"]) for problem in answer.json()["problems"]]
    assert told == [("not-with-convert", "obs_status"), ("not-with-convert", "verification")]


async def test_a_cursor_of_converted_rows_is_none_of_published_ones(api) -> None:
    asked = COUNTS.format("", "headings").replace("10000", "5")
    told = (await api.get(asked)).json()["page"]["next"].partition("cursor=")[2]
    for other in (
        asked.replace("headings", "opensafely-ethnicity"),
        asked.replace("convert=", "x"),
    ):
        answer = await api.get(f"{other}&cursor={told}")
        assert answer.status_code == 400
