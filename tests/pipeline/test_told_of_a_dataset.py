"""What `new` was told is in every rendering, what it was not told in none, and no address is a name."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evidencehub import cli, runtime
from evidencehub.check.descriptor_schema import load_hub_schema
from evidencehub.domain.package import UNPUBLISHED_STATES
from evidencehub.formats.catalogue_renderings import list_description_names
from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT, BuildWorkspace, DatasetBuilder
from tests.support.page_reader import PageReader

PUBLISHER, CONTACT = "Toy Library Trust", "toys@example.org"
TOLD = {
    "title": "Toys lent", "description": "How many toys people borrow.",
    "workstream": "innovating-for-all", "country": "United Kingdom",
    "whose-ethnicity": "population", "ethnicity-recording": "self-reported",
    "source-title": "A report on toys", "source-type": "report", "verification": "C2",
    "disclosure-policy": "already-published", "licence": "cc-by-4.0",
    "publisher": PUBLISHER, "contact": CONTACT,
}  # fmt: skip
WITH_AUTHOR = (
    "toy-loans.bib", "toy-loans.ris", "toy-loans.csl.json",
    *(f"toy-loans/1.0.0/{name}" for name in list_description_names() if name.endswith(".json")),
)  # fmt: skip
WITH_CONTACT = ("datasets/toy-loans", "data.json", "api/v1/datasets", "feed.atom", "catalog.ttl",
                "api/3/action/package_show?id=toy-loans",
                "oai?verb=ListRecords&metadataPrefix=oai_dc")  # fmt: skip
NOT_TOLD = ("not planned", '"None"', '"not given"', "C1", "per 100,000 ")


def create_with_new(folder: Path, **answers: str) -> Path:
    """A dataset of the answers, with an indicator and two values."""
    told = {**TOLD, **answers}
    options = [part for name, text in told.items() for part in (f"--{name}", text)]
    command = ["new", "toy-loans", "--yes", "--datasets", str(folder), "--codes", str(CODE_FOLDER)]
    assert CliRunner().invoke(cli.cli, [*command, *options]).exit_code == 0
    created = folder / "toy-loans"
    rows = {
        "indicators": "toy-loans-rate,,Toys lent,Toys lent in a year.,per-1000-population,1000,"
        "rate,neutral,toys,people,Counted.,crude,population,,innovating-for-all,\n",
        "observations": "toy-loans-rate,K04000001,2024,ew-census-2021,G1,_T,_T,11.1,,,111,10000,,,"
        "a-report-on-toys,\n",
    }
    for name, text in rows.items():
        with (created / f"data/{name}.csv").open("a", encoding="utf-8") as file:
            file.write(text)
    return created


def change_descriptor(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text("utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor), "utf-8")


def publish(descriptor: dict[str, Any]) -> None:
    descriptor["hub"]["state"] = "published"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A hub with the one dataset, served in-process."""
    site = BuildWorkspace(tmp_path_factory.mktemp("told"))
    folder = create_with_new(site.datasets)
    change_descriptor(folder, publish)
    (folder / "about.md").write_text("# Toys lent\n\nToys of two libraries.\n", "utf-8")
    outcome = site.build()
    assert outcome.build is not None, outcome.reports["toy-loans"].problems
    hub = runtime.create_datasette(PROJECT_ROOT, outcome.build)
    asyncio.run(hub.invoke_startup())
    return hub


@pytest.mark.parametrize("path", WITH_AUTHOR)
async def test_who_publishes_is_the_author_and_no_address_is(served: Any, path: str) -> None:
    answer = await served.client.get(f"/datasets/{path}")
    assert answer.status_code == 200
    assert PUBLISHER in answer.text
    assert CONTACT not in answer.text
    assert not any(text in answer.text for text in NOT_TOLD)


@pytest.mark.parametrize("path", WITH_CONTACT)
async def test_a_list_names_the_publisher_and_makes_nothing_up(served: Any, path: str) -> None:
    answer = await served.client.get(f"/{path}", follow_redirects=True)
    assert answer.status_code == 200
    assert PUBLISHER in answer.text
    assert not any(text in answer.text for text in NOT_TOLD)


@pytest.mark.parametrize("path", ["datasets/toy-loans", "indicators/toy-loans-rate", "datasets"])
async def test_a_page_has_no_heading_without_a_text(served: Any, path: str) -> None:
    page = PageReader((await served.client.get(f"/{path}")).text)
    assert page.empty_headings == []
    assert "Toys lent" in page.text
    assert "not planned" not in page.text


async def test_the_notes_in_the_download_name_the_publisher(served: Any) -> None:
    answer = await served.client.get("/datasets/toy-loans.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        notes = next(name for name in file.namelist() if "README" in name)
        text = file.read(notes).decode()
    assert f"Publisher: {PUBLISHER}" in text
    assert not any(words in text for words in NOT_TOLD)


def test_a_draft_of_new_that_says_it_is_ready_is_refused_with_all_that_is_unknown(
    site: BuildWorkspace,
) -> None:
    folder = create_with_new(site.datasets)
    change_descriptor(folder, publish)

    def forget(descriptor: dict[str, Any]) -> None:
        for key in ("licenses", "contributors"):
            del descriptor[key]
        del descriptor["hub"]["verification"]

    change_descriptor(folder, forget)
    outcome = site.build()
    assert outcome.build is None
    problems = {p.rule: p for p in outcome.reports["toy-loans"].problems}
    assert [rule for rule, p in problems.items() if p.severity == "error"] == ["metadata/unknown"]
    unknown, empty = (problems[f"metadata/{name}"].message for name in ("unknown", "empty-heading"))
    assert unknown == (
        "Still unknown: the licence (`licenses`), the publisher (`contributors`) and how the "
        "values were verified (`hub.verification`)."
    )
    assert empty.startswith("Nothing is written below “What it shows”, “How it was made”, ")


FORGETTABLE = {
    "description": ("description",),
    "licenses": ("licenses",),
    "contributors": ("contributors",),
    **{f"hub.{name}": ("hub", name) for name in load_hub_schema()["$defs"]["package"]["else"]["required"]},
}  # fmt: skip


@pytest.mark.parametrize("state", ["draft", "published"])
@pytest.mark.parametrize("key", FORGETTABLE)
def test_what_is_unknown_stops_a_publication_and_not_a_check(
    dataset: DatasetBuilder, key: str, state: str
) -> None:
    *parents, name = FORGETTABLE[key]
    parent = dataset.descriptor["hub"] if parents else dataset.descriptor
    del parent[name]
    dataset.descriptor["hub"]["state"] = state
    report = dataset.check()
    (problem,) = [p for p in report.problems if p.rule == "metadata/unknown"]
    assert problem.severity == ("error" if state == "published" else "warning")
    assert f"`{key}`" in problem.message
    assert report.has_no_errors == (state == "draft"), report.problems


def test_the_schema_knows_every_state_before_publication() -> None:
    package = load_hub_schema()["$defs"]["package"]
    assert tuple(package["if"]["properties"]["state"]["enum"]) == UNPUBLISHED_STATES


ADDRESSES = [
    "toys@example.org", "Toy Office <toys@example.org>", "mailto:toys@example.org",
    "https://example.org", "www.example.org", "Toy Office, http://example.org/about",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_remarked_on_as_a_name(dataset: DatasetBuilder, address: str) -> None:
    dataset.descriptor["contributors"].append({"title": address, "roles": ["author"]})
    dataset.tables["sources"][0]["publisher"] = address
    found = [(p.rule, p.severity) for p in dataset.check().problems]
    assert found == [
        ("metadata/contributor-name", "warning"),
        ("metadata/source-publisher", "warning"),
    ]


@pytest.mark.parametrize(
    ("contributor", "name"),
    [
        ({"givenName": "Ann", "familyName": "Toy", "roles": ["publisher"]}, "Ann Toy"),
        ({"organization": "Toys @ Home", "role": "publisher"}, "Toys @ Home"),
        ({"title": " ", "organization": "Toy Office", "roles": ["publisher"]}, "Toy Office"),
    ],
)
def test_whoever_publishes_is_named_as_the_standard_lets_them_be(
    site: BuildWorkspace, contributor: dict[str, Any], name: str
) -> None:
    toys = site.dataset()
    toys.descriptor["contributors"] = [contributor]
    toys.write()
    build = site.build().build
    assert build is not None
    assert json.dumps(name) in (build / "catalogue/data.json").read_text("utf-8")


@pytest.mark.parametrize("contributor", [{"roles": ["publisher"]}, {"title": "n/a"}, {"title": ""}])
def test_a_publisher_without_a_name_is_unknown(
    dataset: DatasetBuilder, contributor: dict[str, Any]
) -> None:
    dataset.descriptor["contributors"] = [contributor]
    (problem,) = dataset.check().problems
    assert problem.message == "Still unknown: the publisher (`contributors`)."


@pytest.mark.parametrize(
    ("file", "text", "headings"),
    [
        ("about.md", "# Toys\n\nText.\n\n## Whose\n\n## What\n\nText.\n", "“Whose”"),
        ("about.md", "# Toys\n\n## A\n\n### B\n\n## C\n", "“A”, “B” and “C”"),
        ("about.md", "Text.\n\n##\n\nText.\n", "“##”"),
        ("about.md", "Toys\n====\n\nNot shown\n---------\n\n***\n", "“Not shown”"),
        ("changes.md", "# Changes\n\n## 1.0.0\n\n## 0.9.0\n\n- First.\n", "“1.0.0”"),
    ],
)
def test_a_heading_without_a_text_is_remarked_on(
    dataset: DatasetBuilder, file: str, text: str, headings: str
) -> None:
    dataset.texts[file] = text
    (problem,) = dataset.check().problems
    assert (problem.file, problem.severity) == (file, "warning")
    assert problem.message == f"Nothing is written below {headings}."
