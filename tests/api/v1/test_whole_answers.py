"""What goes with an answer is that of all its rows, whatever the page, the cursor and the format."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pyarrow.parquet as pq
import pytest

from evidencehub.api.answer_metadata import MAX_HEADER_RELEASES, build_headers
from evidencehub.api.app import ApiApp
from evidencehub.store import answer_summary
from tests.support import toy_countries
from tests.support.dataset_builder import BuildWorkspace

ASKED = [
    "compare?family=infant-mortality",
    "inequality?family=infant-mortality&measure=r",
    "gaps?family=infant-mortality",
    "gaps?family=mental-health-detention",
    "inequality?dataset=teaching-counts-synthetic&measure=d",
    "observations?family=maternal-mortality",
    "observations?indicator=uk-maternal-mortality-rate-ratio",
    "observations?dataset=teaching-suppressed-synthetic",
    "datasets",
    "indicators?family=infant-mortality",
]
CONVERTED = "observations?dataset=teaching-suppressed-synthetic&convert=headings"
STREAMED = ("csv", "ndjson", "parquet")


def list_covering(licences: list[dict[str, Any]]) -> list[str]:
    """The addresses of licences that cover the values of every source too."""
    return [
        one["url"]
        for one in licences
        if {source["basis"] for source in one["sources"]} <= {"publisher-licence"}
    ]


def address(asked: str, form: str = "", more: str = "") -> str:
    name, _, query = asked.partition("?")
    return f"/api/v1/{name}{form and '.' + form}?{query}{'&' if query and more else ''}{more}"


def links(answer: httpx.Response) -> dict[str, list[str]]:
    """The addresses of the Link header by their relation."""
    told: dict[str, list[str]] = {}
    for target, relation in re.findall(r'<([^>]*)>; rel="([a-z-]+)"', answer.headers["link"]):
        told.setdefault(relation, []).append(target)
    return told


def verdict_header(comparability: dict[str, Any] | None) -> str | None:
    if comparability is None:
        return None
    codes = " ".join(dict.fromkeys(reason["code"] for reason in comparability["reasons"]))
    reasons = f'; reasons="{codes}"' if codes else ""
    return f"{comparability['verdict']}; subject={comparability['subject']}{reasons}"


def whole(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("release", "licence", "comparability")} | {
        "total": body["page"]["total"],
        "left_out": body["page"]["left_out"],
    }


@pytest.mark.parametrize("asked", [*ASKED, CONVERTED])
async def test_every_page_has_the_verdict_the_releases_and_the_licences_of_all_rows(
    api, asked: str
) -> None:
    every = whole((await api.get(address(asked, more="limit=10000"))).json())
    limit = max(every["total"] // 3, 1)
    following, pages = address(asked, more=f"limit={limit}"), []
    while following:
        body = (await api.get(following)).json()
        pages.append(body)
        following = body["page"]["next"]
    assert len(pages) > 2
    assert all(whole(page) == every for page in pages)
    rows = [row for page in pages for row in page["data"]]
    assert {row["dataset"] for row in rows} == {one["dataset"] for one in every["release"]}


@pytest.mark.parametrize("more", ["", "limit=2"])
@pytest.mark.parametrize("asked", [*ASKED, CONVERTED])
@pytest.mark.parametrize("form", STREAMED)
async def test_the_headers_of_every_format_say_what_json_says(
    api, asked: str, form: str, more: str
) -> None:
    body = (await api.get(address(asked, more=more))).json()
    answer = await api.get(address(asked, form, more))
    headers = answer.headers
    assert headers["hub-total"] == str(body["page"]["total"])
    assert headers.get("hub-comparability") == verdict_header(body["comparability"])
    releases = [f"{one['dataset']}={one['version']}" for one in body["release"]]
    named = headers["hub-release"].split(", ")  # the first ones, where a line cannot hold all
    assert named == releases[:MAX_HEADER_RELEASES]
    assert headers["hub-release-count"] == str(len(releases))
    licences = headers["hub-licence"].split(", ")
    assert [one.partition(";")[0] for one in licences] == [one["id"] for one in body["licence"]]
    assert links(answer).get("license", []) == list_covering(body["licence"])
    json_headers = (await api.get(address(asked, more=more))).headers
    assert {n: v for n, v in json_headers.items() if n.startswith("hub-")}.items() >= {
        n: v for n, v in headers.items() if n.startswith("hub-") and n != "hub-truncated"
    }.items() - ({("hub-cursor", headers.get("hub-cursor"))})


@pytest.mark.parametrize("form", STREAMED)
@pytest.mark.parametrize("asked", [*ASKED[:4], CONVERTED])
async def test_a_file_that_is_cut_says_so_and_leads_to_the_next(api, asked: str, form: str) -> None:
    every = read_rows(await api.get(address(asked, form)), form)
    following, joined, cut = address(asked, form, "limit=2"), [], []
    while following:
        answer = await api.get(following)
        rows = read_rows(answer, form)
        assert len(rows) <= 2
        joined += rows
        cut.append(answer.headers["hub-truncated"])
        (following,) = links(answer).get("next", [""])
        assert ("hub-cursor" in answer.headers) is bool(following)
    assert joined == every
    assert cut == ["true"] * (len(cut) - 1) + ["false"]
    assert len(cut) > 1


def read_rows(answer: httpx.Response, form: str) -> list[Any]:
    assert answer.status_code == 200
    if form == "ndjson":
        return [json.loads(line) for line in answer.text.splitlines()]
    if form == "parquet":
        return pq.read_table(io.BytesIO(answer.content)).to_pylist()
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("asked", [*ASKED, CONVERTED])
async def test_a_parquet_file_carries_what_json_has_around_its_rows(api, asked: str) -> None:
    body = (await api.get(address(asked, more="limit=2"))).json()
    answer = await api.get(address(asked, "parquet", "limit=2"))
    stored = pq.read_schema(io.BytesIO(answer.content)).metadata
    told = {name.decode(): text for name, text in stored.items() if name.startswith(b"hub:")}
    for name in ("release", "licence", "comparability", "conversion"):
        assert json.loads(told.get(f"hub:{name}", b"null")) == body.get(name), name
    page = json.loads(told["hub:page"])
    assert page["truncated"] is body["page"]["truncated"] is True
    assert {**page, "next": ""} == {**body["page"], "next": ""}
    assert told["hub:source"].decode() == address(asked, "parquet", "limit=2")
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.num_rows == page["returned"] == 2


@pytest.mark.parametrize("asked", [*ASKED, CONVERTED, "codes/sex?"])
async def test_a_csv_has_a_document_beside_it_that_describes_it(api, asked: str) -> None:
    answer = await api.get(address(asked, "csv", "limit=2"))
    (beside,) = links(answer)["describedby"]
    # the reader “csvw” looks at the first link only
    first_link = f'<{beside}>; rel="describedby"; type="application/csvm+json", '
    assert answer.headers["link"].startswith(first_link)
    described = await api.get(beside)
    assert described.headers["content-type"] == "application/csvm+json"
    document = described.json()
    assert document["@context"][0] == "http://www.w3.org/ns/csvw"
    again = await api.get(urljoin(f"http://hub.test{beside}", document["url"]))
    assert again.content == answer.content
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    columns = document["tableSchema"]["columns"]
    assert [column["name"] for column in columns] == header
    assert all(column["titles"] == column["name"] for column in columns)
    assert all(column["dc:description"] for column in columns)
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            assert is_of_type(column["datatype"], cell), (column, cell)
    body = (await api.get(address(asked, more="limit=2"))).json()
    (note,) = document["notes"]
    assert {name: note.get(name) for name in ("release", "licence", "comparability")} == {
        name: body[name] for name in ("release", "licence", "comparability")
    }
    assert note.get("conversion") == body.get("conversion")
    assert document["dc:license"] == [{"@id": url} for url in list_covering(body["licence"])]
    assert document["dc:bibliographicCitation"] == [r["attribution"] for r in body["release"]]


def is_of_type(datatype: Any, cell: str) -> bool:
    if cell == "":
        return True
    match datatype:
        case "number":
            return float(cell) == float(cell)
        case "date":
            return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", cell))
        case "json":
            return isinstance(json.loads(cell), dict)
        case {"base": "boolean", "format": "true|false"}:
            return cell in ("true", "false")
        case _:
            return datatype == "string"


async def test_the_document_beside_a_csv_refuses_what_the_csv_refuses(api) -> None:
    for asked in (
        "observations{}?limt=3",
        "observations{}?scheme=ew-census-2021&convert=hub-facet",
    ):
        told = [
            await api.get("/api/v1/" + asked.format(form))
            for form in (".csv", ".csv-metadata.json")
        ]
        assert told[0].status_code == told[1].status_code >= 400
        assert told[0].json() == told[1].json()


async def test_a_posted_query_says_the_same_in_csv_and_has_its_cursor_in_a_header(api) -> None:
    posted = {"resource": "observations", "where": {"eq": {"family": "infant-mortality"}}}
    body = (await api.post("/api/v1/query", json=posted | {"limit": 7})).json()
    answer = await api.post(
        "/api/v1/query", json=posted | {"limit": 7}, headers={"accept": "text/csv"}
    )
    assert answer.headers["hub-comparability"] == verdict_header(body["comparability"])
    assert answer.headers["hub-cursor"] == body["page"]["cursor"]
    following = await api.post(
        "/api/v1/query",
        json=posted | {"limit": 7, "cursor": answer.headers["hub-cursor"]},
        headers={"accept": "text/csv"},
    )
    assert following.status_code == 200
    assert following.text.splitlines()[1:] != answer.text.splitlines()[1:]


# what is judged


def codes(body: dict[str, Any], level: str) -> set[str]:
    reasons = body["comparability"]["reasons"]
    return {reason["code"] for reason in reasons if reason["verdict"] == level}


async def test_gaps_of_several_countries_are_not_refused_for_being_of_several(api) -> None:
    body = (await api.get("/api/v1/compare?family=maternal-mortality")).json()
    assert {row["area"] for row in body["data"]} >= {"BR", "US"}
    assert codes(body, "refuse") == {"absolute-unit"}  # of births, and of women who give birth
    assert "classifications" in codes(body, "caution")


async def test_values_of_several_countries_are_refused(api) -> None:
    body = (await api.get("/api/v1/observations?family=maternal-mortality")).json()
    assert "countries" in codes(body, "refuse")


async def test_gaps_from_unlike_references_are_refused_and_named(api) -> None:
    body = (await api.get("/api/v1/gaps?family=infant-mortality&limit=1")).json()
    assert codes(body, "refuse") == {"reference-kind"}
    (text,) = [
        reason["text"]
        for reason in body["comparability"]["reasons"]
        if reason["code"] == "reference-kind"
    ]
    measured_from_all = {"ew-infant-mortality-rate", "nz-infant-mortality-rate"}
    assert f"all groups together ({' and '.join(sorted(measured_from_all))})" in text
    rows = (await api.get("/api/v1/gaps?family=infant-mortality&limit=500")).json()["data"]
    kinds = {row["indicator"]: row["reference_kind"] for row in rows}
    assert {name for name, kind in kinds.items() if kind == "all-groups"} == measured_from_all
    others = {kind for name, kind in kinds.items() if name not in measured_from_all}
    assert others == {"declared-group"}


async def test_groups_of_one_indicator_without_a_common_period_are_a_caution(api) -> None:
    body = (await api.get("/api/v1/observations?indicator=uk-stillbirth-rate")).json()
    texts = [
        r["text"] for r in body["comparability"]["reasons"] if r["code"] == "no-period-in-common"
    ]
    assert any("white (2016-01-01 to 2020-12-31)" in text for text in texts)


async def test_a_suppressed_value_is_no_period_of_its_group(tmp_path: Path) -> None:
    """Both groups have a row for both years, and each a value for another of them."""
    site = BuildWorkspace(tmp_path)
    site.codes = toy_countries.write_codes(tmp_path / "codes")
    dataset = toy_countries.describe_country(site, toy_countries.SOUTH, "the South")
    hidden = {"value": "", "obs_status": "Q", "conf_status": "C"}
    for year, cells in (("2021", ({"value": "20"}, hidden)), ("2023", (hidden, {"value": "30"}))):
        rows = [{"ethnicity": code, **cell} for code, cell in zip("AB", cells, strict=True)]
        toy_countries.add_rows(dataset, rows, area="BR", period=year)
    dataset.write()
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    async with client_of(ApiApp(outcome.build)) as client:
        body = (await client.get("/api/v1/observations?indicator=toy-south-rate")).json()
    assert body["page"]["total"] == 4
    assert "no-period-in-common" in codes(body, "caution")


@pytest.mark.parametrize("resource", ["observations", "gaps", "inequality"])
async def test_synthetic_beside_real_is_refused(api, resource: str) -> None:
    asked = f"/api/v1/{resource}?dataset=teaching-counts-synthetic&dataset=uk-maternal-mortality"
    answer = await api.get(asked + "&limit=1")
    assert "synthetic" in codes(answer.json(), "refuse")
    alone = await api.get(f"/api/v1/{resource}?dataset=teaching-counts-synthetic&limit=1")
    assert "synthetic" not in alone.headers["hub-comparability"]


@pytest.mark.parametrize("resource", ["observations", "gaps", "inequality"])
async def test_a_secondary_source_beside_an_original_is_a_caution(
    api, application: ApiApp, resource: str
) -> None:
    body = (await api.get(f"/api/v1/{resource}?family=infant-mortality")).json()
    assert "secondary-source" in codes(body, "caution")
    (text,) = [
        reason["text"]
        for reason in body["comparability"]["reasons"]
        if reason["code"] == "secondary-source"
    ]
    sql = (
        "select distinct o.indicator from observation as o join dataset as d using (dataset)"
        " where coalesce(o.verification, d.verification) like 'C3%' order by 1"
    )
    secondary = {name for (name,) in application.database.fetch_all(sql)}
    named = set(re.findall(r"[a-z]+(?:-[a-z0-9]+)+", text.partition("(")[2].partition(")")[0]))
    assert named
    assert named <= secondary


async def test_absolute_measures_in_unlike_units_are_refused_and_relative_ones_stand(api) -> None:
    asked = "/api/v1/inequality?dataset=au-perinatal-infant-mortality&measure={}"
    absolute = (await api.get(asked.format("d"))).json()
    relative = (await api.get(asked.format("r"))).json()
    assert "absolute-unit" in codes(absolute, "refuse")
    assert "absolute-unit" not in codes(relative, "refuse") | codes(relative, "caution")


async def test_the_highest_against_the_lowest_is_not_set_beside_a_reference_group(api) -> None:
    asked = "/api/v1/inequality?measure=r&limit=500&indicator=nz-infant-mortality-rate"
    alone = (await api.get(asked)).json()
    assert {row["reference_kind"] for row in alone["data"]} == {"highest-lowest"}
    assert codes(alone, "refuse") == set()
    body = (await api.get(f"{asked}&indicator=au-infant-mortality-rate")).json()
    kinds = {row["indicator"]: row["reference_kind"] for row in body["data"]}
    assert kinds["au-infant-mortality-rate"] == "declared-group"
    assert codes(body, "refuse") == {"reference-kind"}
    means = (
        await api.get(asked.replace("measure=r", "measure=mdmu") + "&family=infant-mortality")
    ).json()
    assert {row["reference_kind"] for row in means["data"]} == {"mean"}


async def test_gaps_in_unlike_units_stand_by_their_ratios(api) -> None:
    """Deaths of children are per 100,000 children, those of babies per 1,000 births."""
    asked = "/api/v1/gaps?dataset=au-perinatal-infant-mortality"
    body = (await api.get(asked)).json()
    assert len({row["unit"] for row in body["data"]}) > 1
    assert codes(body, "refuse") == set()
    assert {"difference-unit", "similar-ratio-kind"} <= codes(body, "caution")


# fail closed


@pytest.fixture
async def fresh(built: Path) -> Any:
    """A client of an application that has no summary yet."""
    async with client_of(ApiApp(built)) as client:
        yield client


def client_of(application: ApiApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://hub.test")


@pytest.mark.parametrize(
    ("limit", "at_border", "level"),
    [("MAX_ASSESSED_ROWS", None, "refuse"), ("MAX_COMPARED_COMBINATIONS", 1, "caution")],
)
@pytest.mark.parametrize("form", ["", ".csv", ".parquet"])
async def test_what_is_too_large_to_assess_is_refused_and_says_so(
    api, fresh, monkeypatch: pytest.MonkeyPatch, limit: str, at_border: int | None, level: str,
    form: str,
) -> None:  # fmt: skip
    asked = {
        None: "observations{}", 1: "observations{}?indicator=us-occult-hypoxaemia-prevalence"
    }  # fmt: skip
    path = "/api/v1/" + asked[at_border].format(form)
    every_row = (await api.get("/api/v1/observations?limit=1")).json()["page"]["total"]
    monkeypatch.setattr(answer_summary, limit, at_border or every_row)
    at_limit = await fresh.get(path)
    assert at_limit.headers["hub-comparability"].startswith(f"{level}; subject=values; reasons=")
    assert "not-assessed" not in at_limit.headers["hub-comparability"]


@pytest.mark.parametrize("limit", ["MAX_ASSESSED_ROWS", "MAX_COMPARED_COMBINATIONS"])
@pytest.mark.parametrize("form", ["", ".csv", ".ndjson", ".parquet", ".csv-metadata.json"])
async def test_one_more_than_can_be_assessed_is_refused(
    fresh, monkeypatch: pytest.MonkeyPatch, limit: str, form: str
) -> None:
    monkeypatch.setattr(answer_summary, limit, 1)
    answer = await fresh.get(f"/api/v1/gaps{form}?family=infant-mortality&limit=1")
    expected = 'refuse; subject=gaps; reasons="not-assessed"'
    assert answer.headers["hub-comparability"] == expected
    assert answer.headers["hub-release-count"] == "6"


async def test_too_many_areas_and_periods_to_look_at_are_said(
    fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_summary, "MAX_CATEGORY_PERIODS", 2)
    body = (
        await fresh.get("/api/v1/observations?indicator=uk-maternal-mortality-rate-ratio")
    ).json()
    assert "periods-not-assessed" in codes(body, "caution")


# what is left out


async def test_synthetic_rows_that_are_left_out_are_counted(api) -> None:
    asked = "/api/v1/observations?sex=F"
    answer = await api.get(asked)
    (left_out,) = answer.json()["page"]["left_out"]
    assert answer.headers["hub-left-out"] == f'{left_out["rows"]}; reason="synthetic"'
    both = [await api.get(f"{asked}&dataset={name}") for name in (
        "teaching-counts-synthetic", "teaching-suppressed-synthetic"
    )]  # fmt: skip
    assert left_out["rows"] == sum(int(one.headers["hub-total"]) for one in both) > 0
    assert all("hub-left-out" not in one.headers for one in both)


@pytest.mark.parametrize("resource", ["datasets", "gaps", "indicators", "findings"])
async def test_what_leaves_nothing_out_says_nothing(api, resource: str) -> None:
    answer = await api.get(f"/api/v1/{resource}?area=NZ")
    assert answer.json()["page"]["left_out"] == []


BOTH = ["teaching-suppressed-synthetic", "uk-maternal-mortality"]


async def test_a_dataset_in_a_list_is_named_too(api) -> None:
    posted = {"resource": "observations", "where": {"in": {"dataset": BOTH}}}
    body = (await api.post("/api/v1/query", json=posted)).json()
    by_address = await api.get("/api/v1/observations?" + "&".join(f"dataset={one}" for one in BOTH))
    assert body["page"]["total"] == by_address.json()["page"]["total"]
    assert body["page"]["left_out"] == []


@pytest.mark.parametrize(
    "where",
    [
        {"or": [{"eq": {"dataset": one}} for one in BOTH]},
        {"and": [{"or": [{"in": {"dataset": BOTH}}]}]},
    ],
)
async def test_a_dataset_named_below_another_condition_is_given(api, where: dict[str, Any]) -> None:
    body = (await api.post("/api/v1/query", json={"where": where})).json()
    by_address = await api.get("/api/v1/observations?" + "&".join(f"dataset={one}" for one in BOTH))
    assert body["page"]["total"] == by_address.json()["page"]["total"]
    assert body["page"]["left_out"] == []


def test_a_header_lists_some_releases_and_counts_all() -> None:
    names = [f"toy-{number:02}" for number in range(MAX_HEADER_RELEASES + 5)]
    metadata = {
        "release": [{"dataset": name, "version": "1.0.0"} for name in names],
        "licence": [],
        "links": {"self": "/x"},
    }
    headers = dict(build_headers(metadata))
    assert len(headers["hub-release"].split(", ")) == MAX_HEADER_RELEASES
    assert headers["hub-release-count"] == str(len(names))
