"""The catalogue as JSON of other kinds says what its graph says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from evidencehub.domain.catalogue import (
    AWAITING_NOTE,
    HUB_TEXT_NOTE,
    SYNTHETIC_NOTE,
    Agent,
    Distribution,
    TableColumn,
    build_site_url,
)
from evidencehub.formats.catalogue_package import write_catalogue_package, write_release_package
from evidencehub.formats.catalogue_renderings import RELEASE_RENDERINGS
from evidencehub.formats.croissant import write_croissant
from evidencehub.formats.data_json import write_data_json
from evidencehub.formats.datacite import write_datacite
from evidencehub.formats.linkset import MAX_HEADER_ITEMS, build_page_links
from evidencehub.formats.resource_sync import RS, SITEMAP, write_change_list
from tests.support.toy_catalogue import describe_catalogue, describe_file, describe_toys


def by_name(rows: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    return {row[key].rpartition("/")[2]: row for row in rows}


@pytest.fixture(scope="module")
def data_json() -> dict[str, dict[str, Any]]:
    return by_name(json.loads(write_data_json(describe_catalogue()))["dataset"], "identifier")


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    return json.loads(write_catalogue_package(describe_catalogue()))


def test_data_json_has_what_harvesters_require(data_json: dict[str, dict[str, Any]]) -> None:
    required = {
        "@type", "title", "description", "keyword", "modified", "publisher", "contactPoint",
        "identifier", "accessLevel",
    }  # fmt: skip
    assert set(data_json) == {"bare", "toys"}
    for dataset in data_json.values():
        assert required <= dataset.keys()
        assert dataset["contactPoint"]["hasEmail"].startswith("mailto:")
        assert len(dataset.get("rights", "x")) <= 255


def test_data_json_asks_the_hub_where_a_dataset_has_no_e_mail(
    data_json: dict[str, dict[str, Any]],
) -> None:
    assert data_json["toys"]["contactPoint"]["hasEmail"] == "mailto:toys@example.org"
    assert data_json["bare"]["contactPoint"]["hasEmail"] == "mailto:ask@example.org"
    silent = replace(describe_catalogue(), contact=Agent(""))
    bare = by_name(json.loads(write_data_json(silent))["dataset"], "identifier")["bare"]
    assert bare["contactPoint"] == {"@type": "vcard:Contact", "fn": "ask anybody"}


def test_data_json_carries_terms_governance_and_warnings(
    data_json: dict[str, dict[str, Any]],
) -> None:
    toys, bare = data_json["toys"], data_json["bare"]
    assert toys["rights"] == HUB_TEXT_NOTE
    assert "Toy Board, Toy report. Terms: Not seen." in toys["dcterms:rights"]
    assert any("Toy Council" in line for line in toys["dcterms:rights"])
    assert AWAITING_NOTE in toys["dcterms:provenance"]
    assert bare["description"].startswith(SYNTHETIC_NOTE)
    assert "synthetic" in bare["keyword"]


def test_a_package_carries_terms_governance_and_warnings(package: dict[str, Any]) -> None:
    datasets = by_name(package["datasets"], "name")
    assert datasets["toys"]["awaits_verification"] is True
    assert any("Toy Council" in line for line in datasets["toys"]["rights"])
    assert datasets["toys"]["withdrawn"] == [
        {
            "version": "1.5.0",
            "withdrawn_on": "2026-02-03",
            "reason": "A column was wrong.",
            "disclosure": False,
        }
    ]
    assert datasets["bare"]["synthetic"] is True
    assert SYNTHETIC_NOTE in datasets["bare"]["notes"]
    licences = by_name(package["licenses"], "title")
    assert licences["House rules"] == {"name": "house-rules", "title": "House rules"}


def test_the_same_table_in_another_form_stands_with_its_csv() -> None:
    files: tuple[Distribution, ...] = (
        describe_file("about.md", "markdown"),
        describe_file("datapackage.json", "datapackage"),
        describe_file("toys.csv", columns=True),
        describe_file("toys.csv.gz", "csv.gz"),
        describe_file("toys.0a1b2c3d.parquet", "parquet"),
        describe_file("lone.parquet", "parquet"),
    )
    toys = describe_toys()
    toys = replace(toys, releases=(replace(toys.current, files=files),))
    package = json.loads(write_release_package(describe_catalogue(), toys))
    paths = [resource["path"].rpartition("/")[2] for resource in package["resources"]]
    assert paths == ["about.md", "datapackage.json", "toys.csv", "lone.parquet"]
    (table,) = [resource for resource in package["resources"] if "schema" in resource]
    assert [other["path"] for other in table["alternatives"]] == [
        "toys.csv.gz",
        "toys.0a1b2c3d.parquet",
    ]
    assert table["schema"]["fields"][1] == {"name": "value", "type": "number"}


DESCRIPTIONS = [
    pytest.param(rendering, id=rendering.name)
    for rendering in RELEASE_RENDERINGS
    if rendering.profile
]


@pytest.mark.parametrize("rendering", DESCRIPTIONS)
def test_a_description_of_a_release_carries_terms_governance_and_warnings(rendering) -> None:
    catalogue = describe_catalogue()
    text = rendering.write(catalogue, describe_toys()).decode()
    assert text == rendering.write(catalogue, describe_toys()).decode()
    for line in (*describe_toys().rights, *describe_toys().notes):
        assert json.dumps(line, ensure_ascii=False)[1:-1] in text, line
    assert "https://creativecommons.org/licenses/by/4.0/" in text
    bare = next(dataset for dataset in catalogue.datasets if dataset.is_synthetic)
    assert SYNTHETIC_NOTE in rendering.write(catalogue, bare).decode()


def test_croissant_names_files_and_columns_by_what_can_be_an_identifier() -> None:
    odd = Distribution(
        "data/a b.csv", "csv", "", 1, 2, "cd" * 32,
        (TableColumn("ok", "any"), TableColumn("not ok", "any")),
    )  # fmt: skip
    toys = describe_toys()
    toys = replace(toys, releases=(replace(toys.current, files=(odd,)),))
    document = json.loads(write_croissant(describe_catalogue(), toys))
    (file,), (table,) = document["distribution"], document["recordSet"]
    assert file["@id"] == "file-cdcdcdcdcdcd"
    assert [field["@id"] for field in table["field"]] == [
        "rows/file-cdcdcdcdcdcd/ok", "rows/file-cdcdcdcdcdcd/column-2",
    ]  # fmt: skip
    assert [field["source"]["extract"]["column"] for field in table["field"]] == ["ok", "not ok"]


def test_datacite_tells_a_doi_from_an_address() -> None:
    toys = describe_toys()
    works = (
        replace(toys.sources[0], url="https://doi.org/10.1234/toys"),
        *toys.sources,
        *toys.sources,
    )
    document = json.loads(write_datacite(describe_catalogue(), replace(toys, sources=works)))
    assert [
        (work["relatedIdentifierType"], work["relatedIdentifier"])
        for work in document["relatedIdentifiers"]
    ] == [("DOI", "10.1234/toys"), ("URL", "https://example.org/a b")]


def test_a_list_of_changes_tells_of_releases_and_withdrawals_in_their_order() -> None:
    root = ET.fromstring(write_change_list(describe_catalogue()))
    entries = [
        (md.get("datetime"), md.get("change"), entry.findtext(f"{{{SITEMAP}}}loc"))
        for entry in root.iter(f"{{{SITEMAP}}}url")
        if (md := entry.find(f"{{{RS}}}md")) is not None
    ]
    assert entries == sorted(entries)
    deleted = [entry for entry in entries if entry[1] == "deleted"]
    assert deleted == [
        (
            "2026-02-01T09:00:00Z", "deleted",
            build_site_url("/datasets/gone/1.0.0/datapackage.json"),
        ),
        (
            "2026-02-03T12:30:00Z", "deleted",
            build_site_url("/datasets/toys/1.5.0/datapackage.json"),
        ),
    ]  # fmt: skip
    created = {url for _, change, url in entries if change == "created"}
    assert build_site_url("/datasets/toys/1.0.0/toys.csv") in created
    assert build_site_url("/datasets/toys/1.10.0/toys.csv") in created


def test_a_page_with_many_files_leaves_them_to_the_linkset() -> None:
    files = [(f"data/{number}.csv", "text/csv") for number in range(MAX_HEADER_ITEMS)]
    assert build_page_links("toys", "1.0.0", "", files, ()).count('rel="item"') == MAX_HEADER_ITEMS
    many = build_page_links("toys", "1.0.0", "", [*files, ("more.csv", "text/csv")], ())
    assert 'rel="item"' not in many
    assert 'rel="linkset"' in many
    assert 'rel="license"' not in many
