"""The newest rows of each series, counts by columns, the codes that there are, what is near."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from evidencehub.api.app import ApiApp
from evidencehub.api.resources import RESOURCES
from tests.support.rich_hub import RATE

SERIES = {
    "observations": "indicator area scheme ethnicity sex age other comparator adjustment dataset",
    "gaps": "indicator area scheme dimension sex age other adjustment dataset group",
    "inequality": "indicator area scheme dimension sex age other adjustment dataset measure"
    " ethnicity",
}
FILTERS = ("", "area=GB", "to=2023", "indicator=toy-north-rate", "within=toy-lands:X00&to=2022",
           "family=maternal-mortality&sex=_T", "dataset=toy-invented")  # fmt: skip


@pytest.fixture(scope="module")
def rich_application(rich_hub: Path) -> ApiApp:
    return ApiApp(rich_hub)


@pytest.fixture
async def hub(rich_application: ApiApp):
    transport = httpx.ASGITransport(app=rich_application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.test/api/v1/") as client:
        yield client


async def read(hub: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await hub.get(address, params=None)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


def keep_newest(name: str, rows: list[Mapping[str, Any]], count: int) -> list[Mapping[str, Any]]:
    """The rows of the newest periods of each series, in plain Python."""
    columns = SERIES[name].split()
    periods: dict[Any, set[Any]] = defaultdict(set)
    for row in rows:
        periods[tuple(row[c] for c in columns)].add((row["period_end"], row["period_start"]))
    return [
        row
        for row in rows
        if (row["period_end"], row["period_start"])
        in sorted(periods[tuple(row[c] for c in columns)])[-count:]
    ]


@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("name", SERIES)
async def test_the_newest_rows_are_chosen_among_those_that_fit(hub, name: str, filters) -> None:
    rows = (await read(hub, f"{name}?limit=10000&{filters}".rstrip("&")))["data"]
    for parameter, count in (("latest=true", 1), ("last=1", 1), ("last=2", 2)):
        body = await read(hub, f"{name}?limit=10000&{parameter}&{filters}".rstrip("&"))
        assert body["data"] == keep_newest(name, rows, count)
        assert body["page"]["total"] == len(body["data"])


async def test_there_are_series_of_several_periods(hub) -> None:
    rows = (await read(hub, f"observations?indicator={RATE}&limit=10000"))["data"]
    assert len(keep_newest("observations", rows, 1)) < len(keep_newest("observations", rows, 2))


async def test_pages_of_the_newest_rows_join(hub) -> None:
    whole = (await read(hub, "observations?latest=true&limit=10000&sort=-value"))["data"]
    address, rows = "observations?latest=true&limit=7&sort=-value", []
    while address:
        body = await read(hub, address)
        rows += body["data"]
        address = (body["page"]["next"] or "").removeprefix("/api/v1/")
    assert rows == whole


async def test_a_cursor_of_the_newest_rows_is_of_no_other_answer(hub) -> None:
    cursor = (await read(hub, "observations?latest=true&limit=2"))["page"]["cursor"]
    for parameters in ("", "last=2&", "group_by=area&"):
        answer = await hub.get(f"observations?{parameters}limit=2&cursor={cursor}")
        assert answer.status_code == 400


async def test_what_is_left_out_is_counted_among_the_newest(hub) -> None:
    body = await read(hub, "observations?latest=true")
    named = await read(hub, "observations?latest=true&dataset=toy-invented")
    assert body["page"]["left_out"][0]["rows"] == named["page"]["total"] > 0


async def test_a_conversion_is_made_before_its_newest_rows_are_chosen(hub) -> None:
    address = f"observations?indicator={RATE}&convert=headings&area=GB"
    rows = await read(hub, f"{address}&limit=10000")
    newest = await hub.get(f"{address.replace('observations', 'observations.csv')}&latest=true")
    expected = keep_newest("observations", rows["data"], 1)
    cells = list(csv.DictReader(io.StringIO(newest.text)))
    assert [row["period_start"] for row in cells] == [row["period_start"] for row in expected]
    assert newest.headers["hub-total"] == str(len(expected)) != str(len(rows["data"]))


@pytest.mark.parametrize(
    ("address", "code"),
    [("observations?latest=true&last=2", "not-together"), ("observations?last=0", "bad-number"),
     ("gaps?latest=yes", "bad-value"), ("findings?latest=true", "unknown-parameter"),
     ("observations?group_by=value", "unknown-column"), ("gaps?group_by=", "empty-parameter"),
     (f"gaps?group_by={','.join(['area'] * 11)}", "too-many-values"),
     ("search?q=toys&group_by=kind", "unknown-parameter")],
)  # fmt: skip
async def test_a_selection_that_is_not_there_is_refused(hub, address: str, code: str) -> None:
    answer = await hub.get(address)
    assert [problem["code"] for problem in answer.json()["problems"]] == [code]


@pytest.mark.parametrize("filters", ["", "&area=GB", "&latest=true", "&dataset=toy-invented"])
@pytest.mark.parametrize("columns", [("country",), ("area", "obs_status"), ("sex", "period_start")])
async def test_counts_are_those_of_the_rows(hub, columns, filters: str) -> None:
    rows = (await read(hub, f"observations?limit=10000{filters}"))["data"]
    counts = await read(hub, f"observations?group_by={','.join(columns)}&limit=10000{filters}")
    expected = Counter(tuple(row[c] for c in columns) for row in rows)
    assert {tuple(row[c] for c in columns): row["rows"] for row in counts["data"]} == expected
    assert counts["page"]["total"] == len(expected)
    for column, statuses in (("suppressed", "Q"), ("missing", "OML")):
        total = sum(row[column] for row in counts["data"])
        assert total == sum(row["obs_status"] in statuses and row["value"] is None for row in rows)
    valued = [r for r in rows if any(r[c] is not None for c in ("value", "value_min", "value_max"))]
    assert sum(row["with_value"] for row in counts["data"]) == len(valued)


async def test_counts_come_in_pages_and_in_every_format(hub) -> None:
    address = "observations{}?group_by=country,period_start&sort=-rows"
    whole = (await read(hub, address.format("") + "&limit=10000"))["data"]
    parquet = await hub.get(address.format(".parquet"))
    assert pq.read_table(io.BytesIO(parquet.content)).num_rows == len(whole)
    assert parquet.headers["hub-total"] == str(len(whole))
    rows, following = [], address.format("") + "&limit=3"
    while following:
        body = await read(hub, following)
        rows += body["data"]
        following = (body["page"]["next"] or "").removeprefix("/api/v1/")
    assert rows == whole
    assert body["comparability"] is None
    assert body["release"]


async def test_a_posted_query_is_counted_as_an_address_is(hub) -> None:
    where = {"and": [{"within": {"area": "GB"}}, {"eq": {"ethnicity": "hub-facet:OTH"}}]}
    body = {"where": where, "group_by": ["area", "sex"], "latest": True}
    posted = (await hub.post("query", content=json.dumps(body))).json()
    address = "observations?within=GB&ethnicity=hub-facet:OTH&group_by=area,sex&latest=true"
    assert posted["data"] == (await read(hub, address))["data"] != []


@pytest.mark.parametrize("filters", ["", "area=GB", "latest=true", "dataset=toy-invented"])
@pytest.mark.parametrize("name", SERIES)
async def test_the_codes_that_there_are_have_rows(hub, name: str, filters: str) -> None:
    rows = (await read(hub, f"{name}?limit=10000&{filters}".rstrip("&")))["data"]
    body = await read(hub, f"{name}/availability?limit=10000&{filters}".rstrip("&"))
    counts: dict[str, Counter[Any]] = defaultdict(Counter)
    for row in rows:
        for dimension in RESOURCES[name].dimensions:
            if dimension == "period":
                code = f"{row['period_start']}/{row['period_end']}"
            elif dimension in ("ethnicity", "group"):
                code = f"{row['scheme']}:{row[dimension]}"
            elif dimension in ("other", "adjustment", "comparator"):
                code = row[dimension] or "none"
            else:
                code = row[dimension]
            counts[dimension][code] += 1
    available: dict[str, dict[Any, int]] = defaultdict(dict)
    for row in body["data"]:
        available[row["dimension"]][row["code"]] = row["rows"]
    assert available == counts
    assert body["page"]["total"] == sum(map(len, counts.values())) > 0


async def test_a_code_that_there_is_can_be_asked_for(hub) -> None:
    body = await read(hub, "observations/availability?area=GB&limit=10000")
    for row in body["data"]:
        if row["dimension"] in RESOURCES["observations"].filters_by_name and row["code"]:
            address = f"observations?area=GB&{row['dimension']}={row['code']}"
            if row["dimension"] == "area":
                address = f"observations?area={row['code']}"
            assert (await read(hub, address))["page"]["total"] == row["rows"], row


async def test_an_empty_answer_says_what_is_near(hub) -> None:
    near = (await read(hub, "observations?area=toy-lands:X00&sex=_T"))["page"]["near"]
    assert {"drop": "area", "use": "within=toy-lands:X00"}.items() <= near[0].items()
    for item in near:
        kept = {"area": "area=toy-lands:X00", "sex": "sex=_T"}
        del kept[item["drop"]]
        address = "&".join([*kept.values(), *([item["use"]] if item["use"] else [])])
        body = await read(hub, f"observations?{address}")
        assert body["page"]["total"] == item["rows"] > 0
        assert body["page"]["near"] == []


@pytest.mark.parametrize("name", ["observations.csv", "gaps.parquet", "datasets.ndjson"])
async def test_other_formats_say_what_is_near_in_a_header(hub, name: str) -> None:
    answer = await hub.get(f"{name}?area=toy-lands:X00")
    assert answer.headers["hub-total"] == "0"
    assert 'drop="area"; use="within=toy-lands:X00"' in answer.headers["hub-near"]


async def test_a_posted_condition_that_leaves_nothing_is_named(hub) -> None:
    where = {"and": [{"eq": {"area": "GB"}}, {"eq": {"sex": "F"}}]}
    body = {"where": where}
    near = (await hub.post("query", content=json.dumps(body))).json()["page"]["near"]
    assert [item["drop"] for item in near] == ["/where/and/0", "/where/and/1"]


async def test_the_nearest_period_with_rows_is_named(hub) -> None:
    near = (await read(hub, f"observations?indicator={RATE}&from=2030"))["page"]["near"]
    assert {"drop": "from", "use": "from=2024-01-01"}.items() <= near[0].items()
