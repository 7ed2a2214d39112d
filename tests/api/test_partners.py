"""A hub that took packages from partners: its API, its pages and its catalogue say from whom."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import FOAF, PROV, XSD

from evidencehub import runtime
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.errors import HubError
from evidencehub.source.partner_lock import LockedPackage, LockedPartner, write_lock
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace
from tests.support.filters import RichApi
from tests.support.partner_workspace import (
    DESCRIPTOR_URL,
    FAILURE,
    FETCHED_AT,
    FIRST_URL,
    LIBRARY,
    OBSERVATORY,
    OWN,
    PLAIN,
    QUARANTINE_REASON,
    SHA256,
    TAKEN,
    WITHDRAWAL_REASON,
    describe_lock,
    write_partner_workspace,
)

ORIGIN_OF_TAKEN = {
    "partner": OBSERVATORY,
    "title": "Toy Health Observatory",
    "url": DESCRIPTOR_URL,
    "fetched": FETCHED_AT,
}


def build(workspace: BuildWorkspace) -> Path:
    outcome = workspace.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


async def serve(folder: Path) -> Any:
    hub = runtime.create_datasette(PROJECT_ROOT, folder)
    await hub.invoke_startup()
    return hub.client


@pytest.fixture(scope="module")
def partner_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(write_partner_workspace(tmp_path_factory.mktemp("partners")))


@pytest.fixture
async def client(partner_hub: Path) -> Any:
    return await serve(partner_hub)


@pytest.fixture(scope="module")
def lonely_hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub without partners, and without the two files."""
    workspace = write_partner_workspace(tmp_path_factory.mktemp("lonely"))
    for name in ("partners.yaml", "partners.lock.json"):
        (workspace.root / name).unlink()
    return build(workspace)


async def fetch(client: Any, path: str) -> Any:
    response = await client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.text
    return response.json()


def read_text(page: str) -> str:
    """The words of a page, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", page.partition("<main")[2]).split())


# the API


@pytest.mark.parametrize("resource", ["observations", "findings", "datasets"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {OWN, TAKEN, PLAIN}),
        (f"origin={OBSERVATORY}", {TAKEN}),
        (f"origin={OBSERVATORY}&origin={LIBRARY}", {TAKEN, PLAIN}),
        ("origin=none", {OWN}),
        (f"origin=none&origin={OBSERVATORY}", {OWN, TAKEN}),
        ("origin=toy-newcomer", set()),
    ],
)
async def test_rows_are_chosen_by_the_partner_that_they_came_from(
    client: Any, resource: str, query: str, expected: set[str]
) -> None:
    answer = await fetch(client, f"{resource}?{query}")
    assert {row["dataset"] for row in answer["data"]} == expected
    origins = {TAKEN: OBSERVATORY, PLAIN: LIBRARY, OWN: None}
    assert {row["dataset"]: row["origin"] for row in answer["data"]} == {
        name: origins[name] for name in expected
    }


async def test_gaps_and_measures_are_chosen_by_it_too(client: Any) -> None:
    for resource in ("gaps", "inequality"):
        for value, slug, origin in ((OBSERVATORY, TAKEN, OBSERVATORY), ("none", OWN, None)):
            rows = (await fetch(client, f"{resource}?origin={value}"))["data"]
            assert {(row["dataset"], row["origin"]) for row in rows} == {(slug, origin)}, resource


@pytest.mark.parametrize("values", [[OBSERVATORY], ["none"], [LIBRARY, "none"], ["toy-attic"]])
def test_rows_are_the_same_by_bitmaps_and_by_sql(partner_hub: Path, values: list[str]) -> None:
    api = RichApi(partner_hub)
    rows = api.read(OBSERVATIONS, {"origin": values})  # it compares the two
    assert rows == api.expect(OBSERVATIONS, {"origin": values})
    assert bool(rows) == (values != ["toy-attic"])


@pytest.mark.parametrize("resource", ["observations", "findings", "gaps"])
async def test_the_same_rows_are_chosen_in_a_posted_query(client: Any, resource: str) -> None:
    where = {"not": {"eq": {"origin": "none"}}}
    body = json.dumps({"resource": resource, "where": where})
    response = await client.post("/api/v1/query", content=body)
    assert response.status_code == 200, response.text
    assert {row["dataset"] for row in response.json()["data"]} == {TAKEN, PLAIN}


async def test_a_partner_that_there_is_not_is_refused_with_those_there_are(client: Any) -> None:
    response = await client.get("/api/v1/datasets?origin=toy-observatry")
    assert response.status_code == 400
    (problem,) = response.json()["problems"]
    assert problem["code"] == "unknown-value"
    assert OBSERVATORY in str(problem)


async def test_a_dataset_says_what_was_taken_and_when(client: Any) -> None:
    rows = {row["dataset"]: row for row in (await fetch(client, "datasets"))["data"]}
    assert {name: cell for name, cell in rows[TAKEN].items() if name.startswith("origin")} == {
        "origin": OBSERVATORY,
        "origin_title": "Toy Health Observatory",
        "origin_url": DESCRIPTOR_URL,
        "origin_sha256": SHA256,
        "origin_fetched_at": FETCHED_AT,
    }
    assert {cell for name, cell in rows[OWN].items() if name.startswith("origin")} == {None}
    assert (await fetch(client, f"datasets/{TAKEN}"))["data"]["origin"] == OBSERVATORY


@pytest.mark.parametrize("resource", ["observations", "findings", "gaps"])
async def test_an_answer_says_of_each_dataset_where_it_came_from(
    client: Any, resource: str
) -> None:
    answer = await fetch(client, resource)
    origins = {release["dataset"]: release["origin"] for release in answer["release"]}
    assert origins == {
        OWN: None,
        TAKEN: ORIGIN_OF_TAKEN,
        PLAIN: {"partner": LIBRARY, "title": None, "url": None, "fetched": None},
    }
    description = (await client.get("/openapi.json")).json()
    schema = {"$ref": "#/components/schemas/release", "components": description["components"]}
    for release in answer["release"]:
        jsonschema.Draft202012Validator(schema).validate(release)


async def test_converted_rows_keep_their_origin(client: Any) -> None:
    path = f"observations?indicator={TAKEN}-rate&origin={OBSERVATORY}&convert=headings"
    rows = (await fetch(client, path))["data"]
    assert {row["origin"] for row in rows} == {OBSERVATORY}


async def test_files_of_a_release_have_the_column(client: Any, partner_hub: Path) -> None:
    for slug, origin in ((TAKEN, OBSERVATORY), (OWN, None)):
        (path,) = (partner_hub / "files" / slug).glob(f"*/{slug}.parquet")
        assert set(pq.read_table(path)["origin"].to_pylist()) == {origin}
        text = (await client.get(f"/api/v1/observations.csv?dataset={slug}")).text
        assert {row["origin"] for row in csv.DictReader(io.StringIO(text))} == {origin or ""}


# pages


async def test_the_page_of_a_dataset_says_where_it_was_taken_from(client: Any) -> None:
    page = (await client.get(f"/datasets/{TAKEN}")).text
    words = read_text(page)
    assert (
        "Taken from Toy Health Observatory on 30 November 2026. It was taken there from Archive of"
        " &lt;Toys&gt; on 2 October 2026. Version 2.0.0 is as its publisher wrote it."
    ) in words
    assert f'<a href="{DESCRIPTOR_URL}">Toy Health Observatory</a>' in page
    assert f'<a href="{FIRST_URL}">' in page
    own = (await client.get(f"/datasets/{OWN}")).text
    assert "Taken from" not in own
    assert "Taken from toy-library." in read_text((await client.get(f"/datasets/{PLAIN}")).text)


@pytest.mark.parametrize("folder", ["indicators/{}-rate", "findings/{}-finding"])
async def test_pages_of_what_is_in_it_say_so_too(client: Any, folder: str) -> None:
    page = (await client.get("/" + folder.format(TAKEN))).text
    assert "Taken from Toy Health Observatory on 30 November 2026." in read_text(page)
    assert 'href="/partners"' in page
    assert "Taken from" not in (await client.get("/" + folder.format(OWN))).text


async def test_the_cover_of_a_spreadsheet_says_so_too(client: Any) -> None:
    for path, is_said in ((f"datasets/{TAKEN}", True), (f"datasets/{OWN}", False)):
        data = (await client.get(f"/{path}.ods")).content
        content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
        assert ("Taken from Toy Health Observatory on 2026-11-30" in content) == is_said
        assert (DESCRIPTOR_URL in content) == is_said


async def test_the_list_of_datasets_names_the_partner(client: Any) -> None:
    words = read_text((await client.get("/datasets")).text)
    assert words.count("from Toy Health Observatory") == 1
    assert words.count("from toy-library") == 1


def find_section(page: str, partner: str) -> str:
    return page.partition(f'id="partner-{partner}"')[2].partition("</section>")[0]


async def test_the_page_of_partners_says_what_became_of_each_package(client: Any) -> None:
    response = await client.get("/partners")
    assert response.status_code == 200
    section = find_section(response.text, OBSERVATORY)
    heads = re.findall(r"<h3>(.*?)</h3>", section)
    assert heads == ["Taken", "Quarantined", "Withdrawn", "Failed", "Our own"]
    parts = dict(zip(heads, section.split("<h3>")[1:], strict=True))
    assert f'<a href="/datasets/{TAKEN}">Toys that were lent</a>' in parts["Taken"]
    assert "Version 2.0.0." in parts["Taken"]
    assert "Licence: CC-BY-4.0." in parts["Taken"]
    assert "Last pulled on 1 December 2026." in parts["Taken"]
    assert f'href="{DESCRIPTOR_URL}"' in parts["Taken"]
    assert f"<p>{QUARANTINE_REASON}</p>" in parts["Quarantined"]
    assert "<p>Its licence is not one that the hub may pass on.</p>" in parts["Quarantined"]
    assert WITHDRAWAL_REASON in parts["Withdrawn"]
    assert "A file was cut off." in parts["Failed"]
    assert "Toys that were mended" in parts["Our own"]


async def test_it_says_who_was_never_pulled_who_failed_and_who_left(client: Any) -> None:
    page = (await client.get("/partners")).text
    assert "never yet" in find_section(page, "toy-newcomer")
    assert "No package has been taken from this partner yet." in find_section(page, "toy-newcomer")
    assert f"<strong>The last pull failed.</strong> {FAILURE}" in find_section(page, "toy-records")
    assert "no longer takes packages" in find_section(page, "toy-attic")
    assert "no longer takes packages" not in find_section(page, OBSERVATORY)
    titles = re.findall(r"<h2 id=\"partner-[^>]*>(.*?)</h2>", page)
    assert titles == sorted(titles)


async def test_a_hub_without_partners_says_that_there_are_none(lonely_hub: Path) -> None:
    client = await serve(lonely_hub)
    response = await client.get("/partners")
    assert "This hub takes no packages from other hubs yet." in response.text
    assert (await client.get("/hub/partner.json?_shape=array")).json() == []
    assert (await client.get("/hub/partner_package.json?_shape=array")).json() == []
    # what was taken before keeps its origin
    rows = (await fetch(client, f"datasets?origin={OBSERVATORY}"))["data"]
    assert [row["dataset"] for row in rows] == [TAKEN]


async def test_readers_and_crawlers_find_the_page(client: Any) -> None:
    assert '<a href="/partners">Partners</a>' in (await client.get("/")).text
    assert "/partners</loc>" in (await client.get("/sitemap.xml")).text


# the catalogue


async def read_graph(client: Any, ending: str, parser: str) -> Graph:
    response = await client.get(f"/catalog.{ending}")
    assert response.status_code == 200
    return Graph().parse(data=response.content, format=parser)


def find_dataset(graph: Graph, slug: str) -> URIRef:
    (node,) = {s for s in graph.subjects() if str(s).endswith(f"/datasets/{slug}#dataset")}
    return URIRef(node)


@pytest.mark.parametrize(
    ("ending", "parser"), [("ttl", "turtle"), ("jsonld", "json-ld"), ("rdf", "xml")]
)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader
async def test_the_catalogue_says_what_a_dataset_was_derived_from(
    client: Any, ending: str, parser: str
) -> None:
    graph = await read_graph(client, ending, parser)
    node, source = find_dataset(graph, TAKEN), URIRef(DESCRIPTOR_URL)
    assert source in set(graph.objects(node, PROV.wasDerivedFrom))
    assert graph.value(source, PROV.wasDerivedFrom) == URIRef(FIRST_URL)
    retrieval = graph.value(node, PROV.wasGeneratedBy)
    assert graph.value(retrieval, PROV.used) == source
    assert graph.value(retrieval, PROV.endedAtTime) == Literal(FETCHED_AT, datatype=XSD.dateTime)
    partner = graph.value(source, PROV.wasAttributedTo)
    assert str(graph.value(partner, FOAF.name)) == "Toy Health Observatory"
    own = find_dataset(graph, OWN)
    assert source not in set(graph.objects(own, PROV.wasDerivedFrom))
    assert graph.value(own, PROV.wasGeneratedBy) is None


async def test_other_descriptions_name_the_partner(client: Any) -> None:
    package = (await client.get("/datapackage.json")).json()
    sources: dict[str, Sequence[Any]] = {r["dataset"]: r["sources"] for r in package["resources"]}
    step = {"title": "Toy Health Observatory", "path": DESCRIPTOR_URL}
    assert step in sources[TAKEN]
    assert step not in sources[OWN]
    notes = {entry["name"]: entry["notes"] for entry in package["datasets"]}
    assert f"Taken from Toy Health Observatory on 2026-11-30 ({DESCRIPTOR_URL})." in notes[TAKEN]
    assert not [note for note in notes[OWN] if "aken" in note]
    page = (await client.get(f"/datasets/{TAKEN}")).text
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert DESCRIPTOR_URL in json.loads(text)["isBasedOn"]


# the build


def test_a_changed_lock_gives_another_build_and_the_same_files_the_same(tmp_path: Path) -> None:
    workspace = write_partner_workspace(tmp_path)
    first = build(workspace)
    digest = json.loads((first / "manifest.json").read_text("utf-8"))["database"]["sha256"]
    assert build(workspace) == first
    write_lock(tmp_path, {**describe_lock(), LIBRARY: LockedPartner("Library of Toys", "package")})
    second = build(workspace)
    assert second != first
    write_lock(tmp_path, describe_lock())
    assert build(workspace) == first
    other = build(write_partner_workspace(tmp_path / "other"))
    manifest = json.loads((other / "manifest.json").read_text("utf-8"))
    assert manifest["database"]["sha256"] == digest


def test_a_lock_with_a_word_that_is_not_known_stops_the_build(tmp_path: Path) -> None:
    workspace = write_partner_workspace(tmp_path)
    package = LockedPackage("lost")  # type: ignore[arg-type]  # as another version may write it
    write_lock(tmp_path, {LIBRARY: LockedPartner("Library", "hub", packages={PLAIN: package})})
    with pytest.raises(HubError) as caught:
        build(workspace)
    assert str(caught.value) == (
        "partners.lock.json, toy-library, toy-swaps: “lost” must be one of taken, quarantined,"
        " withdrawn, ours, failed. Restore the file from version control, or pull again."
    )


def test_no_partner_has_the_name_that_stands_for_the_hub(tmp_path: Path) -> None:
    workspace = write_partner_workspace(tmp_path)
    partners = (tmp_path / "partners.yaml").read_text("utf-8")
    (tmp_path / "partners.yaml").write_text(partners.replace("toy-newcomer", "none"), "utf-8")
    with pytest.raises(HubError) as caught:
        build(workspace)
    assert str(caught.value) == (
        "partners.yaml, partner 4: the name “none” stands for the hub's own datasets. Use another."
    )


async def test_a_moment_that_is_none_is_left_out(tmp_path: Path) -> None:
    workspace = write_partner_workspace(tmp_path)
    package = workspace.dataset(PLAIN)
    package.descriptor["hub"]["origin"] = {"partner": LIBRARY, "fetched": "last week"}
    package.write()
    client = await serve(build(workspace))
    rows = (await fetch(client, f"datasets?origin={LIBRARY}"))["data"]
    assert [row["origin_fetched_at"] for row in rows] == [None]
    words = read_text((await client.get(f"/datasets/{PLAIN}")).text)
    assert "Taken from toy-library." in words
