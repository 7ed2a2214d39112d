"""The Action API of CKAN over the shipped hub: what it gives, and how it refuses."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from evidencehub.formats.ckan import build_resource_id, write_ckan_catalogue
from evidencehub.protocols.ckan.catalogue import CkanCatalogue
from evidencehub.protocols.ckan.package_search import parse_clauses, search_packages
from tests.support.toy_catalogue import describe_catalogue

BASES = ("/api/3/action/", "/api/action/")
DATASET = "uk-maternal-mortality"
TABLE = build_resource_id(DATASET)
ALL_ROWS = {"rows": 1_000, "start": 0}


async def ask(client: Any, action: str, status: int = 200, **values: Any) -> Any:
    """The result of an action by POST, which has to be the same by GET, or its error."""
    posted = await client.post(BASES[1] + action, json=values)
    params = {n: v if isinstance(v, str) else json.dumps(v) for n, v in values.items()}
    read = await client.get(BASES[0] + action, params=params)
    assert posted.status_code == read.status_code == status, (action, posted.text[:500])
    assert posted.json() == read.json()
    assert read.headers["content-type"].startswith("application/json")
    assert posted.headers["cache-control"] == "no-store"
    document = read.json()
    if isinstance(document, str):
        return document
    assert document["success"] is (status == 200)
    return document["result"] if status == 200 else document["error"]


async def list_packages(client: Any) -> list[dict[str, Any]]:
    return (await ask(client, "package_search", rows=1_000))["results"]


async def test_packages_are_the_datasets_of_the_catalogue(client: Any) -> None:
    datasets = (await client.get("/dump/")).json()["datasets"]
    assert await ask(client, "package_list") == [dataset["name"] for dataset in datasets]
    packages = {package["name"]: package for package in await list_packages(client)}
    for dataset in datasets:
        package = packages[dataset["name"]]
        files = {r["url"]: r for r in package["resources"] if r["resource_type"] == "file"}
        described = {file["url"]: (file["bytes"], file["sha256"]) for file in dataset["files"]}
        assert {
            url: (r["size"], r["hash"].removeprefix("sha256:")) for url, r in files.items()
        } == described
        extras = {extra["key"]: extra["value"] for extra in package["extras"]}
        assert extras["synthetic"] == str(dataset["synthetic"]).lower()
        assert set(extras).isdisjoint(package)  # CKAN refuses to import such an extra
        if not dataset["synthetic"]:
            assert "The licence of this dataset covers" in extras["rights"]
        datetime.fromisoformat(package["metadata_modified"])
    ids = [r["id"] for package in packages.values() for r in package["resources"]]
    assert len(ids) == len(set(ids))


async def test_a_package_is_found_by_name_and_by_id_and_so_is_its_resource(client: Any) -> None:
    package = await ask(client, "package_show", id=DATASET)
    assert await ask(client, "package_show", name_or_id=package["id"]) == package
    resource = await ask(client, "resource_show", id=TABLE)
    assert resource == package["resources"][0]
    address = resource["url"].removeprefix("http://localhost")
    rows = (await client.get(address)).text.splitlines()
    info = await ask(client, "datastore_info", id=TABLE)
    assert info["meta"]["count"] == len(rows) - 1
    assert [field["id"] for field in info["fields"]] == rows[0].split(",")


async def test_organisations_groups_tags_and_licences_lead_to_packages(client: Any) -> None:
    packages = await list_packages(client)
    for kind in ("organization", "group"):
        names = await ask(client, f"{kind}_list")
        whole = await ask(client, f"{kind}_list", all_fields=True)
        assert [entry["name"] for entry in whole] == names
        field = "groups" if kind == "group" else "organization"
        for name in names[:4]:
            shown = await ask(client, f"{kind}_show", id=name, include_datasets=True)
            found = await ask(client, "package_search", fq=f"{field}:{name}", rows=1_000)
            assert found["count"] == shown["package_count"] == len(shown["packages"]) > 0
    tags = await ask(client, "tag_list")
    assert set(tags) == {tag["name"] for package in packages for tag in package["tags"]}
    assert await ask(client, "tag_list", query=tags[0].upper()) == [
        tag for tag in tags if tags[0].casefold() in tag.casefold()
    ]
    licences = {licence["id"] for licence in await ask(client, "license_list")}
    assert {package["license_id"] for package in packages} == licences
    assert await ask(client, "site_read") is True
    status = await ask(client, "status_show")
    assert status["site_url"] == "http://localhost"


async def test_a_search_is_walked_as_harvesters_walk_it(client: Any) -> None:
    found, start = [], 0
    while True:
        part = await ask(client, "package_search", rows=7, start=start, sort="id asc")
        if not part["results"]:
            break
        found += [package["name"] for package in part["results"]]
        start += 7
    assert sorted(found) == await ask(client, "package_list")
    assert len(found) == part["count"]


async def test_searches_select_by_words_fields_and_moments(client: Any) -> None:
    async def count(**values: str) -> int:
        return int((await ask(client, "package_search", **values))["count"])

    packages = await list_packages(client)
    synthetic = sum("synthetic" in [tag["name"] for tag in p["tags"]] for p in packages)
    assert await count(fq="tags:synthetic") == await count(q="synthetic:true") == synthetic > 0
    assert await count(fq="-tags:synthetic") == await count(fq="NOT tags:synthetic")
    assert await count(fq="-tags:synthetic") == len(packages) - synthetic
    assert await count(q="*:*") == await count() == len(packages)
    assert await count(q=f"name:({DATASET} OR us-digital-access)") == 2
    assert 0 < await count(q="maternal mortality") < len(packages)
    assert await count(fq="metadata_modified:[2020-01-01T00:00:00Z TO *]") == len(packages)
    assert await count(fq="metadata_modified:[* TO 2020-01-01T00:00:00Z]") == 0
    assert await count(fq_list='["tags:synthetic", "-tags:synthetic"]') == 0


async def test_datastore_search_gives_the_rows_of_the_api(client: Any) -> None:
    answer = await client.get(f"/api/v1/observations?dataset={DATASET}&limit=1000")
    rows = answer.json()["data"]
    result = await ask(client, "datastore_search", resource_id=TABLE, limit=1_000)
    assert result["records"] == rows
    assert result["total"] == len(rows) == int(answer.headers["hub-total"])
    walked = []
    for offset in range(0, len(rows), 10):
        part = await ask(client, "datastore_search", id=TABLE, limit=10, offset=offset)
        assert part["total"] == len(rows)
        walked += part["records"]
    assert walked == rows
    chosen = {"ethnicity": ["black", "asian"], "scheme": rows[0]["scheme"]}
    result = await ask(
        client, "datastore_search", resource_id=TABLE, filters=chosen, sort="value desc, area",
        fields=["ethnicity", "value"], records_format="lists", limit=1_000,
    )  # fmt: skip
    values = [
        [row["ethnicity"], row["value"]]
        for row in rows
        if row["ethnicity"] in chosen["ethnicity"] and row["scheme"] == chosen["scheme"]
    ]
    assert sorted(map(str, result["records"])) == sorted(map(str, values))
    assert [row[1] for row in result["records"]] == sorted((v for _, v in values), reverse=True)
    assert result["total"] == len(values) > 0
    labels = {row["ethnicity_label"] for row in rows if "black" in row["ethnicity_label"].lower()}
    found = await ask(
        client, "datastore_search", resource_id=TABLE, q={"ethnicity_label": "BLACK"}, limit=1_000
    )
    assert {row["ethnicity_label"] for row in found["records"]} == labels
    none = await ask(client, "datastore_search", resource_id=TABLE, q="black nowhere", limit=0)
    assert (none["total"], none["records"]) == (0, [])


@pytest.mark.parametrize(
    ("action", "values", "status", "kind"),
    [
        ("package_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("resource_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("datastore_search", {"resource_id": DATASET}, 404, "Not Found Error"),
        ("package_show", {}, 409, "Validation Error"),
        ("package_list", {"colour": "red"}, 409, "Validation Error"),
        ("package_search", {"rows": "many"}, 409, "Validation Error"),
        ("package_search", {"sort": "size desc"}, 409, "Validation Error"),
        ("package_search", {"facet.field": '["tags"]'}, 409, "Validation Error"),
        ("package_search", {"q": "colour:red"}, 400, "Search Query Error"),
        ("package_search", {"fq": "name:a OR name:b"}, 400, "Search Query Error"),
        ("package_search", {"fq": "(a:b"}, 400, "Search Query Error"),
        ("package_search", {"fq": "metadata_modified:[NOW-1DAY TO *]"}, 400, "Search Query Error"),
        ("datastore_search", {"resource_id": TABLE, "limit": 32_001}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "filters": {"a": 1}}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "filters": {"area": []}}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "filters": {"value": "x"}}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "fields": "colour"}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "sort": "value up"}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "q": {"value": "1"}}, 409, "Validation Error"),
        ("datastore_search", {"resource_id": TABLE, "distinct": True}, 409, "Validation Error"),
        ("package_create", {"name": "mine"}, 403, "Authorization Error"),
        ("datastore_upsert", {}, 403, "Authorization Error"),
        ("dataset_purge", {}, 403, "Authorization Error"),
    ],
)  # fmt: skip
async def test_a_refusal_has_the_form_and_the_status_of_ckan(
    client: Any, action: str, values: dict[str, Any], status: int, kind: str
) -> None:
    error = await ask(client, action, status, **values)
    assert error["__type"] == kind
    assert len(error) == 2
    assert all(error.values())


async def test_what_names_no_action_or_is_no_json_is_a_bad_request(client: Any) -> None:
    assert "Action name not known: nothing" in await ask(client, "nothing", 400)
    for body in ("[]", "{", '{"id": 1, "id": 2}', '{"id": NaN}', '{"id": "\\ud800"}', "[" * 50_000):
        answer = await client.post(f"{BASES[0]}package_show", content=body)
        assert (answer.status_code, answer.json()[:12]) == (400, "Bad request "), body[:20]
    repeated = await client.get(f"{BASES[0]}package_show?id=a&id=b")
    assert repeated.status_code == 409


async def test_a_form_a_cookie_and_a_slash_at_the_end_change_nothing(client: Any) -> None:
    wanted = await ask(client, "package_show", id=DATASET)
    for headers in ({}, {"cookie": "ds_csrftoken=x; session=y"}, {"authorization": "Bearer x"}):
        answer = await client.post(
            f"{BASES[0]}package_show/", data={"id": DATASET}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["result"] == wanted
        assert "set-cookie" not in answer.headers


async def test_answers_are_kept_by_caches_as_those_of_the_api(client: Any) -> None:
    address = f"{BASES[0]}datastore_search?resource_id={TABLE}&limit=1"
    answer = await client.get(address)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert f"dataset-{DATASET}" in answer.headers["surrogate-key"].split()
    again = await client.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    head = await client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    preflight = await client.options(address)
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert (await client.put(address)).status_code == 405


# what the shipped hub has no example of


def read_toys() -> CkanCatalogue:
    return CkanCatalogue(json.loads(write_ckan_catalogue(describe_catalogue())))


def test_a_withdrawn_dataset_is_not_found_and_the_error_says_why() -> None:
    catalogue = read_toys()
    with pytest.raises(Exception, match=r"1\.0\.0 was withdrawn on 2026-02-01: Wrong\.") as found:
        catalogue.find_package("gone")
    assert getattr(found.value, "status", 0) == 404
    (toys,) = (package for package in catalogue.packages if package["name"] == "toys")
    extras = {extra["key"]: extra["value"] for extra in toys["extras"]}
    assert extras["withdrawn"] == "1.5.0 was withdrawn on 2026-02-03: A column was wrong."
    assert extras["governance"].startswith("Data about the people of Toytown.")


@pytest.mark.parametrize(
    ("fq", "names"),
    [
        ("organization:maori-toy-board", ["bare", "toys"]),
        ("license_id:CC-BY-4.0", ["toys"]),
        ('license_id:"House rules"', ["bare"]),
        ("+groups:(topic-repairs OR nothing) -name:bare", ["toys"]),
        ("groups:*", ["toys"]),
        ("tags:(Repairs AND synthetic)", []),
        ("title:REPAIR", ["toys"]),
        ("name:toys AND NOT tags:synthetic", ["toys"]),
    ],
)
def test_filters_are_those_of_harvesters(fq: str, names: list[str]) -> None:
    found = search_packages(read_toys().packages, {**ALL_ROWS, "fq": fq})
    assert sorted(package["name"] for package in found["results"]) == names


@pytest.mark.parametrize("text", ["a b", "  ", "*:*", "name:(a OR b) AND c"])
def test_a_query_that_is_understood_is_parsed_whole(text: str) -> None:
    assert all(clause.values for clause in parse_clauses("q", text))
