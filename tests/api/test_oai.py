"""OAI-PMH over the shipped hub, and over a catalogue that has withdrawn and odd things."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from evidencehub.domain.catalogue import Catalogue
from evidencehub.formats.catalogue_renderings import locate_rendering
from evidencehub.formats.oai_pmh import FORMATS, PATH, write_envelope, write_oai_records
from evidencehub.formats.resource_sync import CHANGES_PATH
from evidencehub.pipeline import release_history
from evidencehub.protocols.oai.app import PAGE_RECORDS, Repository
from evidencehub.protocols.oai.arguments import OaiError
from tests.support.dataset_builder import BuildWorkspace
from tests.support.toy_catalogue import describe_catalogue, describe_toys

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
NAME = "oai:localhost:uk-maternal-mortality"


async def ask(client: Any, **arguments: str) -> ET.Element:
    """A response by GET, which has to be the same by POST."""
    read = await client.get("/oai", params=arguments)
    posted = await client.post("/oai", data=arguments, headers={"cookie": "a=b"})
    assert read.status_code == posted.status_code == 200, posted.text
    assert read.content == posted.content
    assert read.headers["content-type"] == "text/xml; charset=utf-8"
    etree.fromstring(read.content)
    return ET.fromstring(read.content)


async def find_error(client: Any, **arguments: str) -> str:
    error = (await ask(client, **arguments)).find(f"{OAI}error")
    assert error is not None
    assert error.text
    return error.get("code", "")


async def test_the_repository_says_what_it_is(client: Any) -> None:
    identity = (await ask(client, verb="Identify"))[2]
    facts = {child.tag.removeprefix(OAI): child.text for child in identity}
    assert facts["baseURL"] == "http://localhost/oai"
    assert (facts["protocolVersion"], facts["deletedRecord"]) == ("2.0", "persistent")
    formats = (await ask(client, verb="ListMetadataFormats", identifier=NAME))[2]
    assert [child.findtext(f"{OAI}metadataPrefix") for child in formats] == list(FORMATS)


@pytest.mark.parametrize("prefix", FORMATS)
async def test_a_harvest_has_every_dataset_with_its_terms(client: Any, prefix: str) -> None:
    names = [dataset["name"] for dataset in (await client.get("/dump/")).json()["datasets"]]
    found, arguments = [], {"metadataPrefix": prefix}
    while arguments:
        page = (await ask(client, verb="ListRecords", **arguments))[2]
        records = page.findall(f"{OAI}record")
        assert 0 < len(records) <= PAGE_RECORDS
        for record in records:
            found.append(record.findtext(f"{OAI}header/{OAI}identifier", ""))
            metadata = record.find(f"{OAI}metadata")
            assert metadata is not None
            assert len(metadata) == 1
            text = "".join(metadata.itertext())
            is_synthetic = "synthetic" in [s.text for s in record.iter(f"{OAI}setSpec")]
            assert ("These figures are invented" in text) is is_synthetic
            assert is_synthetic or "The licence of this dataset covers" in text
        token = page.find(f"{OAI}resumptionToken")
        assert token is None or token.get("completeListSize") == str(len(names))
        arguments = {"resumptionToken": token.text} if token is not None and token.text else {}
    assert sorted(found) == [f"oai:localhost:{name}" for name in sorted(names)]


async def test_sets_are_topics_and_divide_what_is_synthetic(client: Any) -> None:
    sets = (await ask(client, verb="ListSets"))[2]
    names = [child.findtext(f"{OAI}setSpec", "") for child in sets]
    assert {"evidence", "synthetic", "topic", "topic:maternity"} <= set(names)
    for name in names:
        listed = await ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc", set=name)
        for header in listed.iter(f"{OAI}header"):
            assert name in [child.text for child in header.iter(f"{OAI}setSpec")]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("badVerb", {}),
        ("badVerb", {"verb": "Nothing"}),
        ("badArgument", {"verb": "Identify", "colour": "red"}),
        ("badArgument", {"verb": "ListRecords"}),
        ("badArgument", {"verb": "GetRecord", "metadataPrefix": "oai_dc"}),
        ("badArgument", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026"}),
        ("badArgument", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-02-30"}),
        ("badArgument", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-02-02",
                         "until": "2026-02-01"}),
        ("badArgument", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "2026-02-02",
                         "until": "2026-03-01T00:00:00Z"}),
        ("badArgument", {"verb": "ListRecords", "metadataPrefix": "oai_dc",
                         "resumptionToken": "x"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "x"}),
        ("badResumptionToken", {"verb": "ListSets", "resumptionToken": "x"}),
        ("cannotDisseminateFormat", {"verb": "ListRecords", "metadataPrefix": "marc"}),
        ("cannotDisseminateFormat", {"verb": "GetRecord", "metadataPrefix": "marc",
                                     "identifier": NAME}),
        ("idDoesNotExist", {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "x"}),
        ("idDoesNotExist", {"verb": "ListMetadataFormats", "identifier": "x"}),
        ("noRecordsMatch", {"verb": "ListRecords", "metadataPrefix": "oai_dc",
                            "until": "2001-01-01"}),
        ("noRecordsMatch", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "x"}),
    ],
)  # fmt: skip
async def test_every_error_has_the_code_of_the_standard(
    client: Any, code: str, arguments: dict[str, str]
) -> None:
    assert await find_error(client, **arguments) == code


async def test_a_repeated_argument_is_refused_and_answers_are_kept(client: Any) -> None:
    repeated = await client.get("/oai?verb=Identify&verb=Identify")
    assert 'code="badVerb"' in repeated.text
    answer = await client.get("/oai?verb=Identify")
    assert answer.headers["access-control-allow-origin"] == "*"
    again = await client.get(
        "/oai?verb=Identify", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304


# what the shipped hub has no example of


def open_repository(catalogue: Catalogue) -> Repository:
    return Repository(json.loads(write_oai_records(catalogue)), "https://hub.example.org")


def read_content(repository: Repository, verb: str, **values: str) -> ET.Element:
    document = write_envelope("2026-01-01T00:00:00Z", "x", {}, repository.answer(verb, values))
    return ET.fromstring(document)


def list_names(repository: Repository, **values: str) -> list[str]:
    page = read_content(repository, "ListIdentifiers", **values)
    return [e.text.rpartition(":")[2] for e in page.iter(f"{OAI}identifier") if e.text]


def test_a_withdrawn_dataset_is_a_deleted_record_in_every_set() -> None:
    repository = open_repository(describe_catalogue())
    record = read_content(
        repository, "GetRecord", identifier="oai:hub.example.org:gone", metadataPrefix="oai_dc"
    )
    (header,) = record.iter(f"{OAI}header")
    assert header.get("status") == "deleted"
    assert header.findtext(f"{OAI}datestamp") == "2026-02-01T09:00:00Z"
    assert list(record.iter(f"{OAI}metadata")) == []
    for name in ("evidence", "synthetic", "topic:repairs"):
        assert "gone" in list_names(repository, metadataPrefix="oai_dc", set=name)
    since = {"metadataPrefix": "oai_dc", "from": "2026-02-01T09:00:00Z"}
    assert "gone" in list_names(repository, **since)
    assert list_names(repository, metadataPrefix="oai_dc", until="2026-02-01") == ["gone"]


def open_build(site: BuildWorkspace) -> Repository:
    document = (site.out / "current" / locate_rendering(PATH)).read_text("utf-8")
    return Repository(json.loads(document), "https://hub.example.org")


def test_who_asks_for_what_is_new_gets_what_states_a_day_of_the_past(tmp_path: Path) -> None:
    site = BuildWorkspace(tmp_path)
    toys, games, books = (site.dataset(name) for name in ("toys", "games", "books"))
    for dataset in (toys, games, books):
        dataset.write()
    site.build()
    harvested_at = open_build(site).document["changed_at"]
    time.sleep(1.1)  # datestamps are whole seconds
    toys.descriptor |= {"version": "1.0.1", "created": "2026-02-01T00:00:00Z"}
    toys.texts["changes.md"] += "\n## 1.0.1\n\n- A word.\n"
    toys.write()
    site.build()
    release_history.withdraw(site.archive, site.out, "games", "", "Broken.", disclosure=False)
    shutil.rmtree(games.folder)
    site.build()
    repository = open_build(site)
    since = {"metadataPrefix": "oai_dc", "from": harvested_at}
    assert {"toys", "games"} <= set(list_names(repository, **since))
    since["from"] = repository.document["changed_at"]
    assert "books" not in list_names(repository, **since)
    changes = ET.parse(site.out / "current" / locate_rendering(CHANGES_PATH))
    moments = [e.get("datetime", "") for e in changes.iter() if e.get("change") == "deleted"]
    assert moments
    assert all(harvested_at < moment for moment in moments)


def test_odd_texts_are_escaped_and_what_xml_cannot_hold_is_left_out() -> None:
    odd = replace(describe_toys(), title='<b>&amp; "x" ]]>\x00\x0b é', description="a\x1fb")
    repository = open_repository(replace(describe_catalogue(), datasets=(odd,)))
    for prefix in FORMATS:
        page = read_content(repository, "ListRecords", metadataPrefix=prefix)
        assert '<b>&amp; "x" ]]> é' in "".join(page.itertext())


def make_hub(count: int) -> Catalogue:
    toys = describe_toys()
    datasets = [replace(toys, name=f"toys-{number:03}") for number in range(count)]
    return replace(describe_catalogue(), datasets=tuple(datasets), withdrawn=())


def read_token(repository: Repository, **values: str) -> str:
    return read_content(repository, "ListIdentifiers", **values).findtext(
        f".//{OAI}resumptionToken", ""
    )


def test_a_token_goes_on_where_it_was_in_a_later_build() -> None:
    before = make_hub(PAGE_RECORDS + 5)
    first = list_names(open_repository(before), metadataPrefix="oai_dc")
    token = read_token(open_repository(before), metadataPrefix="oai_dc")
    release = replace(describe_toys().current, version="2.0.0", published_at="2026-09-09T10:00:00Z")
    changed = replace(before.datasets[0], releases=(release,))
    after = open_repository(replace(before, datasets=(*before.datasets[1:], changed)))
    rest = list_names(after, resumptionToken=token)
    assert set(first) | set(rest) == {dataset.name for dataset in before.datasets}
    assert rest[-1] == changed.name  # it was given already, and is given again as it is now
    assert read_token(after, resumptionToken=token) == ""
    with pytest.raises(OaiError) as refused:
        after.answer("ListRecords", {"resumptionToken": token})
    assert refused.value.error_code == "badResumptionToken"
