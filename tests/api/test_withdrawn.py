"""What readers and partners meet where something was withdrawn: the reason and the day, never 404."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from evidencehub import runtime
from evidencehub.pipeline import release_history
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

ATOM = "{http://www.w3.org/2005/Atom}"
KEPT, LOANS, SECRETS = "toy-repairs", "toy-loans", "toy-secrets"
REASONS = {
    KEPT: "The second count was of the wrong town.",
    LOANS: "The source took it back.",
    SECRETS: "Two children could be recognised.",
}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def describe(site: BuildWorkspace, slug: str, title: str) -> DatasetBuilder:
    """A dataset with a finding and a recommendation of its own."""
    dataset = site.dataset(slug)
    dataset.descriptor["title"] = title
    dataset.descriptor["hub"]["topics"] = ["maternity"]
    shared = {
        "workstreams": "innovating-for-all", "topics": "maternity", "area": "GB",
        "sources": "toy-report", "verification": "C1",
    }  # fmt: skip
    dataset.tables["findings"] = [
        {
            "id": f"{slug}-finding", "title": "Few toys", "statement": f"Few toys in {title}.",
            "type": "evidence-gap", "certainty": "not-assessed", "published": "2025-02-03", **shared,
            "unbound_figures": "two children" if "two children" in title else "",
            "unbound_reason": "not-in-hub" if "two children" in title else "",
        }
    ]  # fmt: skip
    dataset.tables["recommendations"] = [
        {
            "id": f"{slug}-recommendation", "title": "Count", "text": f"Count {title}.",
            "addressed_to": "nhs-england", "strength": "good-practice", "issued": "2025-04-01",
            "status": "proposed", "findings": f"{slug}-finding", **shared,
        }
    ]  # fmt: skip
    return dataset


def withdraw(site: BuildWorkspace, slug: str, version: str = "", *, disclosure: bool) -> None:
    release_history.withdraw(
        site.archive, site.out, slug, version, REASONS[slug], disclosure=disclosure
    )


def build(site: BuildWorkspace) -> Path:
    outcome = site.build()
    assert outcome.build is not None, outcome.reports
    return outcome.build


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> BuildWorkspace:
    """One dataset withdrawn, one withdrawn for disclosure, and a version of one that stands."""
    site = BuildWorkspace(tmp_path_factory.mktemp("withdrawn"))
    kept = describe(site, KEPT, "Toys that were mended")
    kept.write()
    for slug, title in ((LOANS, "Toys that were lent"), (SECRETS, "Toys of two children")):
        describe(site, slug, title).write()
    build(site)
    kept.descriptor["version"] = "1.1.0"
    kept.texts["changes.md"] = "# Changes\n\n## 1.1.0\n\n- More.\n\n## 1.0.0\n\n- First.\n"
    kept.tables["findings"].append({**kept.tables["findings"][0], "id": f"{KEPT}-second"})
    kept.write()
    build(site)
    withdraw(site, KEPT, "1.1.0", disclosure=False)
    withdraw(site, LOANS, disclosure=False)
    withdraw(site, SECRETS, disclosure=True)
    for slug in (LOANS, SECRETS):
        shutil.rmtree(site.datasets / slug)
    build(site)
    return site


async def serve(site: BuildWorkspace) -> Any:
    hub = runtime.create_datasette(PROJECT_ROOT, (site.out / "current").resolve())
    await hub.invoke_startup()
    return hub.client


@pytest.fixture
async def client(withdrawn: BuildWorkspace) -> Any:
    return await serve(withdrawn)


def today() -> str:
    return datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize("slug", [LOANS, SECRETS])
@pytest.mark.parametrize(
    "address",
    [
        "/datasets/{slug}", "/datasets/{slug}?utm_source=letter", "/indicators/{slug}-rate",
        "/embed/{slug}-rate", "/findings/{slug}-finding",
        "/recommendations/{slug}-recommendation", "/codes/{slug}-groups",
        "/hub/dataset/{slug}", "/hub/indicator/{slug}-rate",
        "/datasets/{slug}/latest/{slug}.csv", "/indicators/{slug}-rate.xlsx",
        "/indicators/{slug}-rate/share.png", "/findings/{slug}-finding.bib",
    ],
)  # fmt: skip
async def test_an_old_address_tells_a_reader_why_and_since_when(
    client: Any, slug: str, address: str
) -> None:
    response = await client.get(address.format(slug=slug), headers=BROWSER)
    assert response.status_code == 410
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Withdrawn:" in response.text
    assert f"<dd>{REASONS[slug]}</dd>" in response.text
    day = datetime.now(UTC)
    assert f"<dd>{day.day} {day:%B %Y}</dd>" in response.text


@pytest.mark.parametrize(
    "address", ["/sdmx/v1/data/{}-rate", "/sdmx/v1/dataflow/HUB/{}-rate", "/sdmx/jsonstat/{}-rate"]
)
async def test_a_client_of_sdmx_is_told_why_a_dataflow_is_not_there(
    client: Any, address: str
) -> None:
    response = await client.get(address.format(LOANS))
    assert response.status_code == 404
    message = f"“{LOANS}-rate” was withdrawn on {today()}: {REASONS[LOANS]}"
    assert message in response.text
    flows = (await client.get("/sdmx/v1/dataflow")).text
    assert f"{LOANS}-rate" not in flows
    assert f"Withdrawn on {today()}: {REASONS[KEPT]}" in flows


async def test_a_program_is_told_that_a_code_list_is_gone(client: Any) -> None:
    for address in (f"/codes/{LOANS}-groups.ttl", f"/codes/{LOANS}-groups.sssom.tsv"):
        assert (await client.get(address)).status_code == 410


async def test_a_head_request_is_told_the_same_without_a_body(client: Any) -> None:
    response = await client.head(f"/api/v1/datasets/{LOANS}")
    assert (response.status_code, response.content) == (410, b"")
    assert int(response.headers["content-length"]) > 100


async def test_the_view_of_a_withdrawn_dataset_answers_too(client: Any) -> None:
    response = await client.get("/hub/dataset_toy_loans.csv")
    assert response.status_code == 410
    assert response.json()["withdrawal"]["reason"] == REASONS[LOANS]


@pytest.mark.parametrize("slug", [LOANS, SECRETS])
@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/datasets/{slug}", "/api/v1/datasets/{slug}.json", "/api/v1/datasets/{slug}?x=1",
        "/api/v1/indicators/{slug}-rate", "/api/v1/findings/{slug}-finding",
        "/api/v1/recommendations/{slug}-recommendation", "/api/v1/codes/{slug}-groups",
    ],
)  # fmt: skip
async def test_an_item_of_the_api_is_a_problem_with_reason_and_date(
    client: Any, slug: str, address: str
) -> None:
    response = await client.get(address.format(slug=slug))
    assert response.status_code == 410
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["withdrawal"] == {
        "dataset": slug,
        "version": "1.0.0",
        "reason": REASONS[slug],
        "withdrawn_on": today(),
        "disclosure": slug == SECRETS,
    }
    assert (document["type"], document["title"], document["status"]) == (
        "/api#withdrawn", "Gone", 410,
    )  # fmt: skip
    assert document["detail"].endswith(f"was withdrawn on {today()}. Reason: {REASONS[slug]}")


async def test_the_answer_is_as_the_description_says(client: Any) -> None:
    description = (await client.get("/openapi.json")).json()
    responses = description["paths"]["/api/v1/datasets/{id}"]["get"]["responses"]
    assert responses["410"] == {"$ref": "#/components/responses/410"}
    schema = description["components"]["schemas"]["problem"]
    document = (await client.get(f"/api/v1/datasets/{LOANS}")).json()
    jsonschema.Draft202012Validator(schema).validate(document)
    assert schema["properties"]["withdrawal"]["required"] == list(document["withdrawal"])
    assert 'id="withdrawn"' in (await client.get("/api")).text


async def test_lists_leave_it_out_and_a_filter_says_why_it_has_nothing(client: Any) -> None:
    for name in ("datasets", "indicators", "findings", "recommendations", "observations"):
        rows = (await client.get(f"/api/v1/{name}?fields=dataset")).json()["data"]
        assert {row["dataset"] for row in rows} == {KEPT}, name
    for query in (f"dataset={LOANS}", f"indicator={SECRETS}-rate", f"scheme={LOANS}-groups"):
        response = await client.get(f"/api/v1/observations?{query}")
        (problem,) = response.json()["problems"]
        assert (response.status_code, problem["code"]) == (400, "unknown-value")
        slug = LOANS if LOANS in query else SECRETS
        assert f"was withdrawn on {today()}. Reason: {REASONS[slug]}" in problem["message"]
        tree = dict([query.split("=")])
        posted = await client.post(
            "/api/v1/query", content=json.dumps({"resource": "observations", "where": {"eq": tree}})
        )
        assert posted.json()["problems"][0]["message"] == problem["message"]


async def test_files_stay_and_say_in_a_header_that_they_were_withdrawn(client: Any) -> None:
    path = f"/datasets/{LOANS}/1.0.0/{LOANS}.csv"
    response = await client.get(path)
    assert response.status_code == 200
    since = int(response.headers["deprecation"].removeprefix("@"))
    assert datetime.fromtimestamp(since, UTC).isoformat() == f"{today()}T00:00:00+00:00"
    described = f'</datasets/{LOANS}/1.0.0/{LOANS}.csv-metadata.json>; rel="describedby"; '
    described += 'type="application/csvm+json"'
    link = f'{described}, </datasets/{LOANS}>; rel="deprecation"; type="text/html"'
    assert response.headers["link"] == link
    assert "max-age=300" in response.headers["cache-control"]
    assert "Deprecation" in response.headers["access-control-expose-headers"]
    again = await client.get(path, headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.headers["deprecation"]) == (304, f"@{since}")
    part = await client.get(path, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.headers["link"]) == (206, link)
    assert path in (await client.get(f"/datasets/{LOANS}")).text


async def test_files_that_stand_say_nothing_of_the_kind(client: Any) -> None:
    response = await client.get(f"/datasets/{KEPT}/1.0.0/{KEPT}.csv")
    assert "deprecation" not in response.headers
    assert response.headers["link"].startswith(
        f'</datasets/{KEPT}/1.0.0/{KEPT}.csv-metadata.json>; rel="describedby"; '
        'type="application/csvm+json"'
    )
    assert "deprecation" not in response.headers["link"]
    assert "max-age=86400" in response.headers["cache-control"]


@pytest.mark.parametrize("name", [f"{SECRETS}.csv", "datapackage.json", "data/findings.csv"])
async def test_files_that_were_erased_are_gone_with_a_reason(client: Any, name: str) -> None:
    response = await client.get(f"/datasets/{SECRETS}/1.0.0/{name}")
    assert response.status_code == 410
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["withdrawal"]["reason"] == REASONS[SECRETS]
    assert "and its files were erased" in response.json()["detail"]
    page = await client.get(f"/datasets/{SECRETS}/1.0.0/{name}", headers=BROWSER)
    assert page.status_code == 410
    assert "This version was withdrawn, and its files were erased." in page.text
    assert page.headers["vary"] == "Accept, Accept-Encoding"


async def test_of_what_identified_people_nothing_is_left_but_ids(
    client: Any, withdrawn: BuildWorkspace
) -> None:
    for address in (f"/datasets/{SECRETS}", f"/indicators/{SECRETS}-rate", "/changes"):
        assert "Toys of two children" not in (await client.get(address)).text
    current = (withdrawn.out / "current").resolve()
    with closing(sqlite3.connect(current / "hub.db")) as database:
        dump = "\n".join(database.iterdump())
    assert "Toys of two children" not in dump
    assert f"'{SECRETS}-rate'" in dump
    for folder in (withdrawn.archive, current):
        for path in folder.rglob("*"):
            assert not path.is_file() or b"Toys of two children" not in path.read_bytes(), path


async def test_what_never_was_is_still_not_found(client: Any) -> None:
    for address in (
        "/datasets/toy-nothing",
        "/datasets/toy-nothing/1.0.0/a.csv",
        "/api/v1/datasets/x",
    ):
        assert (await client.get(address)).status_code == 404
    for address in (f"/datasets/{LOANS}/9.9.9/a.csv", f"/datasets/{LOANS}/1.0.0/nothing.csv"):
        assert (await client.get(address)).status_code == 404


async def test_a_version_withdrawn_while_another_stands_is_told_on_the_page(client: Any) -> None:
    response = await client.get(f"/datasets/{KEPT}")
    assert response.status_code == 200
    history = response.text.partition('id="history"')[2]
    withdrawn, current = history.split("<li id=")[1:3]
    assert "<strong>Version 1.1.0</strong>" in withdrawn
    assert "<strong>Withdrawn</strong>" in withdrawn
    assert REASONS[KEPT] in withdrawn
    assert "Its files stay" in withdrawn
    assert f'href="/datasets/{KEPT}/1.1.0/datapackage.json"' in withdrawn
    assert "<strong>Version 1.0.0</strong>" in current
    assert "this one" in current
    assert "Withdrawn" not in current
    item = (await client.get(f"/api/v1/datasets/{KEPT}")).json()["data"]
    assert [release["version"] for release in item["releases"]] == ["1.0.0"]
    assert item["withdrawals"] == [
        {
            "version": "1.1.0", "reason": REASONS[KEPT], "withdrawn_on": today(),
            "disclosure": False,
        }
    ]  # fmt: skip


async def test_what_a_withdrawn_version_alone_had_leads_to_the_one_that_stands(client: Any) -> None:
    response = await client.get(f"/findings/{KEPT}-second")
    assert response.status_code == 410
    assert "The dataset is still published" in response.text
    assert f'<a href="/datasets/{KEPT}">' in response.text
    assert (await client.get(f"/findings/{KEPT}-finding")).status_code == 200
    latest = await client.get(f"/datasets/{KEPT}/latest/{KEPT}.csv")
    assert latest.headers["location"].endswith(f"/datasets/{KEPT}/1.0.0/{KEPT}.csv")


async def test_changes_say_what_was_withdrawn(client: Any) -> None:
    page = (await client.get("/changes")).text
    for slug, title in ((LOANS, "Toys that were lent"), (SECRETS, SECRETS)):
        entry = page.partition(f'<a href="/datasets/{slug}#history">{title}</a>')[2]
        assert REASONS[slug] in entry.partition("</ul>")[0]
    assert page.count("<strong>Withdrawn:</strong>") == 3


@pytest.mark.parametrize("path", ["/feed.atom", "/topics/maternity/feed.atom"])
async def test_feeds_have_an_entry_for_each_withdrawal(client: Any, path: str) -> None:
    feed = ET.fromstring((await client.get(path)).text)
    entries = {entry.findtext(f"{ATOM}id"): entry for entry in feed.findall(f"{ATOM}entry")}
    for slug, version in ((KEPT, "1.1.0"), (LOANS, "1.0.0"), (SECRETS, "1.0.0")):
        entry = entries[f"tag:localhost,2026:datasets/{slug}/{version}/withdrawn"]
        assert entry.findtext(f"{ATOM}content") == REASONS[slug]
        assert (entry.findtext(f"{ATOM}title") or "").startswith("Withdrawn: ")
        assert entry.findtext(f"{ATOM}updated") == f"{today()}T00:00:00Z"
    other = ET.fromstring((await client.get("/topics/cancer/feed.atom")).text)
    assert other.findall(f"{ATOM}entry") == []


async def test_sitemap_search_and_listings_do_not_have_it(client: Any) -> None:
    for address in ("/sitemap.xml", "/datasets", "/topics/maternity", "/search?q=toys", "/"):
        text = (await client.get(address)).text
        assert LOANS not in text, address
        assert SECRETS not in text, address
    hits = (await client.get("/api/v1/search?q=lent")).json()
    assert hits["data"] == []


async def test_the_page_speaks_the_language_of_the_site(
    withdrawn: BuildWorkspace, tmp_path: Path
) -> None:
    other = tmp_path / "build"
    shutil.copytree((withdrawn.out / "current").resolve(), other)
    metadata = json.loads((other / "metadata.json").read_text("utf-8"))
    (other / "metadata.json").write_text(json.dumps({**metadata, "language": "en-XA"}), "utf-8")
    hub = runtime.create_datasette(PROJECT_ROOT, other)
    await hub.invoke_startup()
    page = (await hub.client.get(f"/datasets/{LOANS}")).text
    (heading,) = re.findall("<h1>(.*)</h1>", page)
    assert re.fullmatch("⟦W[^a-zA-Z].*Toys that were lent.*⟧", heading)
    main = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    plain = re.sub(r"⟦[^⟦⟧]*(?:⟦[^⟧]*⟧[^⟦⟧]*)*⟧|<dd>.*?</dd>|<[^>]*>", " ", main, flags=re.DOTALL)
    plain = re.sub(r"[\w/-]+\.(?:csv|md|json|parquet)(?:\.gz)?", " ", plain)
    assert not re.findall("[A-Za-z]{3,}", plain)
    assert REASONS[LOANS] in page
    feed = (await hub.client.get("/feed.atom")).text
    assert "Withdrawn:" not in feed
    assert "⟦" in feed


async def test_a_dataset_that_comes_back_answers_again_and_its_erased_files_do_not(
    tmp_path: Path,
) -> None:
    site = BuildWorkspace(tmp_path)
    describe(site, KEPT, "Toys that were mended").write()
    secrets = describe(site, SECRETS, "Toys of two children")
    secrets.write()
    build(site)
    withdraw(site, SECRETS, disclosure=True)
    secrets.descriptor |= {"version": "1.0.1", "title": "Toys of many children"}
    secrets.texts["changes.md"] = "# Changes\n\n## 1.0.1\n\n- Coarser.\n"
    del secrets.tables["recommendations"]
    secrets.write()
    build(site)
    client = await serve(site)
    page = await client.get(f"/datasets/{SECRETS}")
    assert page.status_code == 200
    assert REASONS[SECRETS] in page.text
    assert (await client.get(f"/api/v1/indicators/{SECRETS}-rate")).status_code == 200
    assert (await client.get(f"/datasets/{SECRETS}/1.0.0/{SECRETS}.csv")).status_code == 410
    assert (await client.get(f"/datasets/{SECRETS}/1.0.1/{SECRETS}.csv")).status_code == 200
    gone = await client.get(f"/recommendations/{SECRETS}-recommendation")
    assert gone.status_code == 410
    changes = (await client.get("/changes")).text
    assert changes.count("Toys of many children") == 2  # withdrawn once, published once


async def test_the_catalogue_names_what_was_withdrawn_and_offers_nothing_of_it(client: Any) -> None:
    manifest = (await client.get("/dump/")).json()
    gone = {(row["name"], row["reason"]) for row in manifest["withdrawn"]}
    assert {(LOANS, REASONS[LOANS]), (SECRETS, REASONS[SECRETS]), (KEPT, REASONS[KEPT])} <= gone
    assert {LOANS, SECRETS}.isdisjoint(dataset["name"] for dataset in manifest["datasets"])
    graph = (await client.get("/catalog")).text
    assert f"Withdrawn. {REASONS[SECRETS]}" in graph
    assert f"/datasets/{SECRETS}/" not in graph
    assert f"/datasets/{KEPT}/1.1.0/" not in graph
    changes = (await client.get("/changelist.xml")).text
    assert f"/datasets/{KEPT}/1.1.0/datapackage.json" in changes
    assert f"/datasets/{KEPT}/1.1.0/about.md" not in changes
