"""The catalogue as it is served, judged by other people's libraries and by published shapes."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from evidencehub.formats.dcat import write_catalogue_graph
from evidencehub.formats.format import list_formats
from tests.clients.conftest import ClientTools
from tests.support.dataset_builder import PROJECT_ROOT
from tests.support.running_server import RunningServer
from tests.support.sampling import sample
from tests.support.toy_catalogue import describe_catalogue

SCRIPTS = PROJECT_ROOT / "tests" / "clients"
GRAPHS = list_formats("graph")


def judge(judges: ClientTools, script: str, *arguments: str | Path, cwd: Path) -> list[str]:
    """The faults that a script of the judges finds."""
    return json.loads(judges.run("python", SCRIPTS / script, *arguments, cwd=cwd))


@pytest.fixture(scope="module")
def served_graphs(served: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The catalogue in each serialisation, chosen by Accept."""
    folder = tmp_path_factory.mktemp("graphs")
    files = []
    for entry in GRAPHS:
        request = Request(f"{served.address}/catalog", headers={"Accept": entry.media_type})
        with urlopen(request) as response:
            assert response.headers["content-type"] == entry.content_type
            assert "Accept" in response.headers["vary"]
            data = response.read()
        assert data == served.get(f"/catalog.{entry.ending}")
        assert served.address.encode() in data
        files.append(folder / f"catalog.{entry.ending}")
        files[-1].write_bytes(data)
    return files


def test_the_served_catalogue_is_valid_dcat(
    judges: ClientTools, specifications: Path, served_graphs: list[Path], tmp_path: Path
) -> None:
    assert judge(judges, "judge_dcat.py", specifications, *served_graphs, cwd=tmp_path) == []


def test_a_catalogue_with_every_case_is_valid_dcat(
    judges: ClientTools, specifications: Path, tmp_path: Path
) -> None:
    catalogue = describe_catalogue()
    files = []
    for entry in GRAPHS:
        files.append(tmp_path / f"catalog.{entry.ending}")
        files[-1].write_bytes(write_catalogue_graph(catalogue, entry.name))
    faults = judge(judges, "judge_dcat.py", specifications, *files, cwd=tmp_path)
    # the page of a made-up place stands in for a place that no list of the EU has
    assert [fault for fault in faults if "/places/X01" not in fault] == []


def test_the_shapes_refuse_a_catalogue_without_titles(
    judges: ClientTools, specifications: Path, tmp_path: Path
) -> None:
    files = []
    for entry in GRAPHS:
        files.append(tmp_path / f"catalog.{entry.ending}")
        data = write_catalogue_graph(describe_catalogue(), entry.name)
        files[-1].write_bytes(data.replace(b"purl.org/dc/terms/", b"example.org/dc/terms/"))
    faults = judge(judges, "judge_dcat.py", specifications, *files, cwd=tmp_path)
    assert {fault.partition(":")[0] for fault in faults} >= {"DCAT-AP 3.0.1", "DCAT-US 3.0"}


def test_frictionless_finds_every_file_of_the_hub_valid(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    address = f"{served.address}/datapackage.json"
    report = json.loads(judges.run("frictionless", "validate", address, "--json", cwd=tmp_path))
    assert report["valid"]
    places = {task["place"] for task in report["tasks"]}
    files = {resource["path"] for resource in served.get_json("/datapackage.json")["resources"]}
    tables = {path for path in files if path.endswith(".csv")}
    assert tables <= places
    assert len(tables) > 100


def test_frictionless_refuses_a_file_that_has_changed(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    package = served.get_json("/datapackage.json")
    package["resources"] = package["resources"][:1]
    package["resources"][0]["path"] = f"{served.address}/{package['resources'][0]['path']}"
    package["resources"][0]["hash"] = f"sha256:{'0' * 64}"
    (tmp_path / "datapackage.json").write_text(json.dumps(package), "utf-8")
    code = "import frictionless; print(frictionless.validate('datapackage.json').flatten(['type']))"
    assert "hash-count" in judges.run("python", "-c", code, cwd=tmp_path)


def test_the_package_of_the_hub_keeps_to_the_profile(
    specifications: Path, served: RunningServer
) -> None:
    package = served.get_json("/datapackage.json")
    folder = specifications / "data-package-2.0"
    for name, described in (
        ("datapackage.json", [package]),
        ("dataresource.json", package["resources"]),
        ("tableschema.json", [r["schema"] for r in package["resources"] if "schema" in r]),
    ):
        profile = json.loads((folder / name).read_text("utf-8"))
        validator = jsonschema.validators.validator_for(profile)(profile)
        assert described
        for instance in described:
            assert [error.message for error in validator.iter_errors(instance)] == []


def test_the_package_of_the_hub_has_each_file_with_its_hash(
    built: Path, served: RunningServer
) -> None:
    resources = served.get_json("/datapackage.json")["resources"]
    names = [resource["name"] for resource in resources]
    assert len(names) == len(set(names))
    described = [
        (file["path"].removeprefix("datasets/"), file["bytes"], file["hash"])
        for resource in resources
        for file in (resource, *resource.get("alternatives", ()))
    ]
    manifest = json.loads((built / "manifest.json").read_text("utf-8"))
    expected = [
        (f"{name}/{entry['version']}/{file['file']}", file["bytes"], f"sha256:{file['sha256']}")
        for name, entry in manifest["datasets"].items()
        for file in entry["files"]
    ]
    assert sorted(described) == sorted(expected)


class RemoteFile(io.RawIOBase):
    """A file on the hub that is read by ranges, as far as somebody asks for it."""

    def __init__(self, address: str) -> None:
        with urlopen(Request(address, method="HEAD")) as head:
            self.size, self.etag = int(head.headers["content-length"]), head.headers["etag"]
        self.address, self.place, self.read_bytes = address, 0, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (0, self.place, self.size)[whence]
        return self.place

    def readinto(self, buffer: Any) -> int:
        end = min(self.place + len(buffer), self.size)
        if end <= self.place:
            return 0
        span = {"Range": f"bytes={self.place}-{end - 1}", "If-Range": self.etag}
        with urlopen(Request(self.address, headers=span)) as answer:
            assert answer.status == 206
            data = answer.read()
        buffer[: len(data)] = data
        self.place += len(data)
        self.read_bytes += len(data)
        return len(data)


def test_one_file_of_the_archive_is_read_by_ranges(served: RunningServer) -> None:
    manifest = served.get_json("/dump/")
    table = next(dataset for dataset in manifest["datasets"] if "csv" in dataset)["csv"]
    remote = RemoteFile(manifest["archive"])
    with zipfile.ZipFile(io.BufferedReader(remote)) as archive:
        data = archive.read(table["path"])
    assert hashlib.sha256(data).hexdigest() == table["sha256"]
    assert remote.read_bytes < remote.size / 10


def test_the_archive_is_the_hub_to_unpack(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(served.get("/dump/hub.zip"))) as archive:
        archive.extractall(tmp_path)
    sums = (tmp_path / "SHA256SUMS").read_text("utf-8")
    assert sums == served.get("/dump/SHA256SUMS").decode()
    lines = [line.split("  ") for line in sums.splitlines()]
    for sha256, path in lines:
        assert hashlib.sha256((tmp_path / path).read_bytes()).hexdigest() == sha256, path
    manifest = served.get_json("/dump/manifest.json")
    described = [
        [file["sha256"], file["path"]] for d in manifest["datasets"] for file in d["files"]
    ]
    assert lines == described
    for file in (file for dataset in manifest["datasets"] for file in dataset["files"]):
        assert file["url"] == f"{served.address}/{file['path']}"
    report = judges.run("frictionless", "validate", "datapackage.json", "--json", cwd=tmp_path)
    assert json.loads(report)["valid"]


def test_each_release_is_valid_croissant_datacite_and_ro_crate(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    datasets = served.get_json("/dump/")["datasets"]
    synthetic = [dataset for dataset in datasets if dataset["synthetic"]]
    chosen = [*synthetic[:1], *sample(datasets, 6)]
    addresses = [
        f"{served.address}/datasets/{dataset['name']}/{dataset['version']}" for dataset in chosen
    ]
    assert judge(judges, "judge_release.py", *addresses, cwd=tmp_path) == []


def test_the_package_beside_the_files_of_a_release_is_valid(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    dataset = served.get_json("/dump/")["datasets"][0]
    address = f"{served.address}/datasets/{dataset['name']}/{dataset['version']}/files.json"
    report = json.loads(judges.run("frictionless", "validate", address, "--json", cwd=tmp_path))
    assert report["valid"]
    assert len(report["tasks"]) >= len(json.loads(served.get(urlsplit(address).path))["resources"])


def test_pages_of_datasets_are_read_by_search_engines_and_robots(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    datasets = served.get_json("/dump/")["datasets"]
    synthetic = [dataset for dataset in datasets if dataset["synthetic"]]
    chosen = [*synthetic[:1], *sample(datasets, 12)]
    addresses = [f"{served.address}/datasets/{dataset['name']}" for dataset in chosen]
    assert judge(judges, "judge_pages.py", *addresses, cwd=tmp_path) == []


SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
RESOURCE_SYNC = "{http://www.openarchives.org/rs/terms/}md"


def read_list(served: RunningServer, address: str, capability: str) -> dict[str, dict[str, str]]:
    """The addresses of a list of ResourceSync, with what it says of each."""
    root = ET.fromstring(served.get(urlsplit(address).path))
    about = root.find(RESOURCE_SYNC)
    assert about is not None
    assert about.get("capability") == capability
    entries = [entry for entry in root if entry.find(f"{SITEMAP}loc") is not None]
    return {
        entry.findtext(f"{SITEMAP}loc", ""): dict(entry.find(RESOURCE_SYNC).attrib)  # type: ignore[union-attr]
        for entry in entries
    }


def test_a_mirror_finds_every_file_by_resource_sync(built: Path, served: RunningServer) -> None:
    description = f"{served.address}/.well-known/resourcesync"
    ((capabilities, _),) = read_list(served, description, "description").items()
    lists = {
        facts["capability"]: address
        for address, facts in read_list(served, capabilities, "capabilitylist").items()
    }
    found: dict[str, str] = {}
    for address in read_list(served, lists["resourcelist"], "resourcelist"):
        for url, facts in read_list(served, address, "resourcelist").items():
            data = served.get(urlsplit(url).path)
            assert facts["length"] == str(len(data))
            assert facts["hash"] == f"sha-256:{hashlib.sha256(data).hexdigest()}"
            found[url] = facts["hash"]
    manifest = json.loads((built / "manifest.json").read_text("utf-8"))["datasets"]
    assert len(found) == sum(len(entry["files"]) for entry in manifest.values())
    changes = read_list(served, lists["changelist"], "changelist")
    created = {url: facts["hash"] for url, facts in changes.items() if facts["change"] == "created"}
    assert created == found  # a build of a new hub has one release of each dataset


PAGE = PROJECT_ROOT / "docs" / "reference" / "standards.md"
HERE = "http://127.0.0.1:8001"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split()[1])
def test_an_example_of_the_page_on_standards_runs(
    judges: ClientTools, served: RunningServer, tmp_path: Path, example: str
) -> None:
    (tmp_path / "example.py").write_text(example.replace(HERE, served.address), "utf-8")
    assert judges.run("python", tmp_path / "example.py", cwd=tmp_path).strip()


def test_a_reader_of_csv_on_the_web_reads_answers_and_files_by_their_descriptions(
    judges: ClientTools, served: RunningServer, tmp_path: Path
) -> None:
    datasets = served.get_json("/api/v1/datasets?limit=1000")["data"]
    addresses = [
        f"{served.address}/datasets/{row['dataset']}/{row['version']}/{row['dataset']}.csv"
        for row in sample(datasets, 4)
        if row["observations"]
    ]
    assert addresses
    addresses.append(
        f"{served.address}/api/v1/observations.csv?indicator=uk-maternal-mortality-rate"
    )
    assert judge(judges, "judge_csvw.py", *addresses, cwd=tmp_path) == []
