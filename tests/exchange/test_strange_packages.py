"""Packages of partners that are no hub: by an address, with faults, with signatures, by recipes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from evidencehub.releases.signatures import SecretKey, sign
from evidencehub.source.partner_lock import LockedPackage
from evidencehub.source.partners import Partner
from tests.support.dataset_builder import DatasetBuilder
from tests.support.hub_project import HubProject

TOYS = "toy-repairs"


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class FileSite:
    """A folder that is served as any web server serves files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(QuietFiles, directory=str(folder))
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def add_toys(self, name: str = TOYS) -> DatasetBuilder:
        toys = DatasetBuilder(self.folder / name)
        toys.write()
        return toys


@pytest.fixture
def files(tmp_path: Path) -> Iterator[FileSite]:
    (tmp_path / "served").mkdir()
    site = FileSite(tmp_path / "served")
    thread = Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def hub(tmp_path: Path) -> HubProject:
    return HubProject(tmp_path / "hub")


def pull_toys(hub: HubProject, files: FileSite, name: str = TOYS, **facts: Any) -> LockedPackage:
    address = f"{files.address}/{name}/datapackage.json"
    pulled = hub.pull(Partner("toys", "Toy makers", "package", address, **facts))
    assert pulled.failure == "", pulled
    return pulled.packages[name]


def fail_to_pull(hub: HubProject, files: FileSite, name: str = TOYS, **facts: Any) -> str:
    address = f"{files.address}/{name}/datapackage.json"
    pulled = hub.pull(Partner("toys", "Toy makers", "package", address, **facts))
    assert not pulled.packages
    assert not any(hub.datasets.iterdir())
    return pulled.failure


def test_a_package_at_any_address_is_taken(hub: HubProject, files: FileSite) -> None:
    files.add_toys()
    assert pull_toys(hub, files).state == "taken"
    assert hub.build().is_ok


def test_a_disclosive_package_is_quarantined_with_a_report_for_its_owner(
    hub: HubProject, files: FileSite
) -> None:
    toys = files.add_toys()
    toys.tables["observations"][1] |= {"value": "0.2", "numerator": "2", "denominator": "10000"}
    toys.descriptor["hub"]["disclosure_policy"] = "nhs-7-5"
    toys.write()
    package = pull_toys(hub, files)
    assert package.state == "quarantined"
    assert not (hub.datasets / TOYS).exists()
    place = hub.root / "quarantine" / "toys" / TOYS
    report = json.loads((place / "report.json").read_text("utf-8"))
    rules = {p["rule"] for p in report["datasets"][0]["problems"] if p["severity"] == "error"}
    assert "disclosure/small-count" in rules, rules
    assert "must be fixed" in (place / "report.txt").read_text("utf-8")
    assert (place / "package" / "data" / "observations.csv").is_file()
    # put right by its owner it is taken, and the quarantine of it ends
    files.add_toys()
    assert pull_toys(hub, files).state == "taken"
    assert not place.exists()


def test_ids_never_clash_with_ours(hub: HubProject, files: FileSite) -> None:
    ours = hub.dataset("our-toys")
    ours.write()
    theirs = files.add_toys()
    theirs.tables["indicators"][0]["id"] = "our-toys-rate"
    for row in theirs.tables["observations"]:
        row["indicator"] = "our-toys-rate"
    theirs.write()
    package = pull_toys(hub, files)
    assert package.state == "quarantined"
    assert package.reasons == ("The indicator our-toys-rate is defined in our-toys already.",)
    assert hub.build().is_ok


def test_a_dataset_of_ours_is_never_replaced(hub: HubProject, files: FileSite) -> None:
    ours = hub.dataset(TOYS)
    ours.write()
    before = (ours.folder / "datapackage.json").read_bytes()
    files.add_toys()
    package = pull_toys(hub, files)
    assert package.state == "quarantined"
    assert "is a dataset of this hub" in package.reasons[0]
    assert (ours.folder / "datapackage.json").read_bytes() == before


def test_a_version_that_comes_again_with_other_content_is_not_taken(
    hub: HubProject, files: FileSite
) -> None:
    toys = files.add_toys()
    pull_toys(hub, files)
    toys.descriptor["title"] = "Other toys"
    toys.write()
    package = pull_toys(hub, files)
    assert package.state == "quarantined"
    assert "came with other content than before" in package.reasons[0]
    assert package.files, "what was taken stays known"
    report = hub.root / "quarantine" / "toys" / TOYS / "report.txt"
    assert "came with other content than before" in report.read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("https://toys.example/data.csv", "toys.example"),
        ("data", "is a file and a folder"),
        ("data/observations.csv/more", "is a file and a folder"),
        ("datapackage.json", "is there twice"),
        ("data/none.csv", "404"),
        ("d" * 300, "200"),
        ("", "outside"),
        (["data/a.csv", "data/b.csv"], "must have one file"),
        (None, "must have one file"),
    ],
)
def test_a_path_that_no_file_may_have_is_never_opened(
    hub: HubProject, files: FileSite, path: object, words: str
) -> None:
    toys = files.add_toys()
    described = json.loads((toys.folder / "datapackage.json").read_text("utf-8"))
    described["resources"].append({"name": "more", "path": path})
    (toys.folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    assert words in fail_to_pull(hub, files)


def test_the_report_of_a_package_overwrites_none_of_its_files(
    hub: HubProject, files: FileSite
) -> None:
    toys = files.add_toys()
    (toys.folder / "report.txt").write_text("a,b\n1,2\n", "utf-8")
    described = json.loads((toys.folder / "datapackage.json").read_text("utf-8"))
    described["resources"].append({"name": "more", "path": "report.txt"})
    (toys.folder / "datapackage.json").write_text(json.dumps(described), "utf-8")
    assert pull_toys(hub, files).state == "quarantined"
    place = hub.root / "quarantine" / "toys" / TOYS
    assert (place / "package" / "report.txt").read_text("utf-8") == "a,b\n1,2\n"
    assert "must be fixed" in (place / "report.txt").read_text("utf-8")


def test_a_pull_that_was_cut_off_before_it_was_written_down_goes_on(
    hub: HubProject, files: FileSite
) -> None:
    files.add_toys()
    taken = pull_toys(hub, files)
    lock = hub.root / "partners.lock.json"
    lock.unlink()
    again = pull_toys(hub, files)
    assert again.state == "taken", again
    assert again.files == taken.files
    lock.unlink()  # the same, and somebody has changed a table since
    table = hub.datasets / TOYS / "data" / "observations.csv"
    table.write_bytes(table.read_bytes().replace(b"12.5", b"12.6"))
    assert "is a dataset of this hub" in pull_failure(hub, files)
    assert b"12.6" in table.read_bytes()


def pull_failure(hub: HubProject, files: FileSite) -> str:
    address = f"{files.address}/{TOYS}/datapackage.json"
    return hub.pull(Partner("toys", "Toy makers", "package", address)).failure


def test_an_earlier_version_is_not_taken_after_a_later_one(
    hub: HubProject, files: FileSite
) -> None:
    toys = files.add_toys()
    toys.descriptor["version"] = "1.1.0"
    toys.write()
    assert pull_toys(hub, files).state == "taken"
    assert hub.build().is_ok
    files.add_toys()
    package = pull_toys(hub, files)
    assert package.state == "quarantined"
    assert "1.1.0" in " ".join(package.reasons)
    assert hub.build().is_ok


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("<html>", "not JSON"),
        ("[]", "no list of resources"),
        ('{"resources": [], "name": "../up"}', "lower-case letters"),
        ('{"resources": [], "resources": [], "name": "toys"}', "not JSON"),
    ],
)
def test_what_is_no_descriptor_is_a_line_in_the_report(
    hub: HubProject, files: FileSite, text: str, words: str
) -> None:
    files.add_toys()
    (files.folder / TOYS / "datapackage.json").write_text(text, "utf-8")
    assert words in fail_to_pull(hub, files)


def test_with_a_pinned_key_only_what_is_signed_with_it_is_taken(
    hub: HubProject, files: FileSite
) -> None:
    key, line = make_key(1)
    _, other_line = make_key(2)
    toys = files.add_toys()
    assert "nothing is signed" in fail_to_pull(hub, files, public_key=line)
    statement = write_statement(toys.folder)
    assert "no signature" in fail_to_pull(hub, files, public_key=line)
    signature = toys.folder / "release.json.minisig"
    signature.write_text(sign(statement, key, "toys"), "utf-8")
    assert "not signed with the key" in fail_to_pull(hub, files, public_key=other_line)
    assert "no public key" in fail_to_pull(hub, files, public_key="RWnothing")
    observations = toys.folder / "data" / "observations.csv"
    whole = observations.read_bytes()
    observations.write_bytes(whole.replace(b"12.5", b"12.6"))
    assert "SHA-256" in fail_to_pull(hub, files, public_key=line)
    observations.write_bytes(whole)
    assert pull_toys(hub, files, public_key=line).state == "taken"


def make_key(number: int) -> tuple[SecretKey, str]:
    """A key of our own and the line that minisign would print of it."""
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed, key_id = bytes([number]) * 32, bytes([number]) * 8
    point = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return SecretKey(key_id, seed), base64.b64encode(b"Ed" + key_id + point).decode()


def write_statement(folder: Path) -> bytes:
    import hashlib

    files = [
        {
            "file": path.relative_to(folder).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    data = json.dumps({"files": files}).encode()
    (folder / "release.json").write_bytes(data)
    return data


def test_a_partner_that_is_down_costs_a_line_and_nothing_that_was_taken(
    hub: HubProject, files: FileSite
) -> None:
    files.add_toys()
    pull_toys(hub, files)
    shutil.rmtree(files.folder / TOYS)
    address = f"{files.address}/{TOYS}/datapackage.json"
    pulled = hub.pull(Partner("toys", "Toy makers", "package", address))
    assert "404" in pulled.failure
    assert pulled.packages[TOYS].state == "taken"
    assert hub.build().is_ok
