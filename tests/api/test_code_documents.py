"""Code lists for programs: SKOS, XKOS, SSSOM and CSV, and the page for browsers as before."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from rdflib import RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from evidencehub import runtime
from tests.support.asgi_client import AsgiResponse, send_request
from tests.support.dataset_builder import PROJECT_ROOT

CENSUS, PAGE = "http://hub.test/codes/ew-census-2021", "text/html; charset=utf-8"
XKOS = Namespace("http://rdf-vocabulary.ddialliance.org/xkos#")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
MAPPINGS = {SKOS[name] for name in (
    "exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch",
)}  # fmt: skip


@pytest.fixture(scope="module")
def site(built: Path) -> Datasette:
    return runtime.create_datasette(PROJECT_ROOT, built)


@pytest.fixture
async def app(site: Datasette) -> Any:
    await site.invoke_startup()
    return site.app()


async def get(app: Any, path: str, accept: str = "", status: int = 200) -> AsgiResponse:
    response = await send_request(app, path, **({"accept": accept} if accept else {}))
    assert response.status == status, (path, response.body[:500])
    return response


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", PAGE),
        ("*/*", PAGE),
        (BROWSER, PAGE),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json, text/html;q=0.5", "application/ld+json"),
        ("text/html, text/turtle;q=0.5", PAGE),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("image/png", PAGE),
    ],
)
async def test_an_address_gives_each_client_what_it_reads(
    app: Any, accept: str, media_type: str
) -> None:
    response = await get(app, "/codes/ew-census-2021", accept)
    assert response.header("content-type") == media_type
    assert "Accept" in response.header("vary").split(", ")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader uses it
async def test_both_syntaxes_say_the_same(app: Any) -> None:
    for name in ("ew-census-2021", "opensafely-ethnicity", "age", "hub-facet"):
        turtle, linked = [
            Graph().parse((await get(app, f"/codes/{name}.{ending}")).body, format=syntax)
            for ending, syntax in (("ttl", "turtle"), ("jsonld", "json-ld"))
        ]
        assert len(turtle) > 20
        assert isomorphic(turtle, linked)


async def test_a_list_says_its_codes_its_levels_and_its_mappings(app: Any, site: Datasette) -> None:
    graph = Graph().parse((await get(app, "/codes/ew-census-2021.ttl")).body, format="turtle")
    scheme, bangladeshi = URIRef(CENSUS), URIRef(f"{CENSUS}#1")
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert graph.value(bangladeshi, SKOS.broader) == URIRef(f"{CENSUS}#G1")
    assert (bangladeshi, SKOS.altLabel, Literal("Bangladeshi", lang="en")) in graph
    levels = list(graph.items(graph.value(scheme, XKOS.levels)))
    assert [int(graph.value(level, XKOS.depth)) for level in levels] == [1, 2]
    members = {c for level in levels for c in graph.objects(level, SKOS.member)}
    assert members == set(graph.subjects(SKOS.inScheme, scheme))
    told = {(s, p, o) for s, p, o in graph if p in MAPPINGS}
    sql = "select from_code, relation, to_scheme, to_code from crosswalk where from_scheme = ?"
    rows = site.hub_api.database.fetch_all(sql, ["ew-census-2021"])
    base = CENSUS.rpartition("/")[0]
    assert told == {
        (URIRef(f"{CENSUS}#{code}"), SKOS[relation], URIRef(f"{base}/{scheme}#{target}"))
        for code, relation, scheme, target in rows
        if target is not None
    }


async def test_mappings_that_are_not_there_are_told_too(app: Any, site: Datasette) -> None:
    body = (await get(app, "/codes/au-ascceg-2019.sssom.tsv")).body.decode()
    header = [line for line in body.splitlines() if line.startswith("#")]
    assert header[0] == "#mapping_set_id: http://hub.test/codes/au-ascceg-2019.sssom.tsv"
    assert any(line.startswith("#license: https://") for line in header)
    table = "\n".join(line for line in body.splitlines() if not line.startswith("#"))
    rows = list(csv.DictReader(io.StringIO(table), delimiter="\t"))
    sql = "select count(*), sum(to_code is null) from crosswalk where from_scheme = ?"
    ((count, absent),) = site.hub_api.database.fetch_all(sql, ["au-ascceg-2019"])
    assert len(rows) == count
    assert sum(row["object_id"] == "sssom:NoTermFound" for row in rows) == absent > 0
    assert {row["mapping_justification"] for row in rows} == {"semapv:ManualMappingCuration"}
    assert all(row["predicate_id"].startswith("skos:") for row in rows)


async def test_a_table_of_codes_is_that_of_the_api(app: Any) -> None:
    def read(body: bytes) -> list[tuple[str, ...]]:
        rows = csv.DictReader(io.StringIO(body.decode(), newline=""))
        return [(r["code"], r["label"], r["parent"], r["definition"], r["aliases"]) for r in rows]

    told = read((await get(app, "/codes/age.csv")).body)
    assert sorted(told) == sorted(read((await get(app, "/api/v1/codes/age.csv")).body))


@pytest.mark.parametrize("path", ["/codes/nothing.ttl", "/codes/nothing.sssom.tsv"])
async def test_a_list_that_is_not_there_is_not_found(app: Any, path: str) -> None:
    problem = json.loads((await get(app, path, status=404)).body)
    assert problem["status"] == 404


# JSON-stat


async def test_a_cube_has_each_value_and_status_in_its_place(app: Any) -> None:
    name = "teaching-town-fall-admission-rate-synthetic"
    cube = json.loads((await get(app, f"/sdmx/jsonstat/{name}")).body)
    body = (await get(app, f"/api/v1/observations.csv?indicator={name}")).body
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    assert len(cube["status"]) == len(rows)
    status, numbers = {}, {}
    for row in rows:
        place = 0
        for dimension, size in zip(cube["id"], cube["size"], strict=True):
            categories = cube["dimension"][dimension]["category"]["index"]
            place = place * size + categories.index(_find_category(dimension, row))
        status[str(place)] = row["obs_status"]
        if row["value"]:
            numbers[str(place)] = float(row["value"])
    assert cube["status"] == status
    assert {k: v for k, v in cube["value"].items() if k in status} == numbers
    assert "Q" in status.values()
    assert cube["extension"]["status"]["label"]["Q"]


def _find_category(dimension: str, row: dict[str, str]) -> str:
    columns = {"ETHNICITY": "ethnicity", "SEX": "sex", "AGE": "age"}
    if dimension == "TIME_PERIOD":
        return row["period_start"][:4]
    if dimension == "REF_AREA":
        return row["area"].replace(":", "$3A")
    return row[columns[dimension]] if dimension in columns else "OBS_VALUE"


async def test_the_list_of_cubes_leads_to_each_of_them(app: Any, site: Datasette) -> None:
    listed = json.loads((await get(app, "/sdmx/jsonstat")).body)["link"]["item"]
    assert len(listed) == len(site.hub_sdmx._catalogue.indicators)
    for item in listed[::40]:
        assert json.loads((await get(app, item["href"])).body)["label"] == item["label"]


async def test_a_part_of_a_cube_can_be_chosen(app: Any) -> None:
    path = "/sdmx/jsonstat/uk-maternal-mortality-rate"
    part = json.loads((await get(app, f"{path}?c[ETHNICITY]=black&startPeriod=2016")).body)
    assert part["dimension"]["ETHNICITY"]["category"]["index"] == ["black"]
    assert json.loads((await get(app, f"{path}/GB....")).body)["size"][0] == 1
    refused = await get(app, f"{path}?detail=full", "application/json", 400)
    assert json.loads(refused.body)["errors"][0]["code"] == 140
