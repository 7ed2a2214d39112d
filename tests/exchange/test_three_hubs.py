"""A hub takes packages from a second one, and a third from that: equal rows, with their origin."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from evidencehub.pipeline import release_history
from evidencehub.releases.archive import Archive
from evidencehub.source.partners import Partner
from tests.support.dataset_builder import DatasetBuilder
from tests.support.hub_project import HubProject
from tests.support.running_server import RunningServer, run_server

REPAIRS, LOANS = "toy-repairs", "toy-loans"


@dataclass
class ServedHub:
    """A hub that others can pull from."""

    project: HubProject
    server: RunningServer

    def as_partner(self, **changes: Any) -> Partner:
        facts = {"name": "first", "title": "First Hub", "kind": "hub", "url": self.server.address}
        return Partner(**{**facts, **changes})


def read_rows(address: str, dataset: str) -> list[dict[str, Any]]:
    """The rows of a dataset, without the partner that this hub has them from."""
    with urlopen(f"{address}/api/v1/observations?dataset={dataset}&limit=1000") as answer:
        return [
            {k: v for k, v in row.items() if k != "origin"} for row in json.load(answer)["data"]
        ]


def write_toys(project: HubProject) -> list[DatasetBuilder]:
    toys = [project.dataset(REPAIRS), project.dataset(LOANS)]
    for toy in toys:
        toy.write()
    return toys


@pytest.fixture
def first(tmp_path: Path) -> Iterator[ServedHub]:
    project = HubProject(tmp_path / "first")
    write_toys(project)
    assert project.build().is_ok
    with run_server(project, "--no-build") as server:
        server.wait_until_ready()
        yield ServedHub(project, server)


def test_everything_comes_by_the_catalogue_with_its_origin(
    first: ServedHub, tmp_path: Path
) -> None:
    second = HubProject(tmp_path / "second")
    taken = second.pull(first.as_partner())
    assert taken.failure == ""
    assert {name: p.state for name, p in taken.packages.items()} == {
        REPAIRS: "taken",
        LOANS: "taken",
    }, taken
    described = json.loads((second.datasets / REPAIRS / "datapackage.json").read_text("utf-8"))
    origin = described["hub"]["origin"]
    assert origin["partner"] == "first"
    assert origin["url"] == f"{first.server.address}/datasets/{REPAIRS}/1.0.0/datapackage.json"
    assert second.build().is_ok
    with run_server(second, "--no-build") as server:
        server.wait_until_ready()
        for name in (REPAIRS, LOANS):
            rows = read_rows(first.server.address, name)
            assert len(rows) >= 2
            assert read_rows(server.address, name) == rows
        whole = server.get_json("/api/v1/observations?origin=first")["page"]["total"]
        assert whole == server.get_json("/api/v1/observations")["page"]["total"]
        for resource in ("datasets", "indicators", "sources"):
            rows = server.get_json(f"/api/v1/{resource}?origin=first")["data"]
            assert {row["origin"] for row in rows} == {"first"}
            assert server.get_json(f"/api/v1/{resource}?origin=none")["page"]["total"] == 0
        page = server.get(f"/datasets/{REPAIRS}").decode()
        assert "Taken from" in page
        assert "First Hub" in page
        partners = server.get("/partners").decode()
        assert "First Hub" in partners
        assert f"/datasets/{LOANS}" in partners


def test_one_package_comes_by_its_descriptor_and_goes_on_to_a_third_hub(
    first: ServedHub, tmp_path: Path
) -> None:
    second, third = HubProject(tmp_path / "second"), HubProject(tmp_path / "third")
    address = f"{first.server.address}/datasets/{REPAIRS}/1.0.0/datapackage.json"
    one = Partner("first", "First Hub", "package", address)
    assert second.pull(one).packages[REPAIRS].state == "taken"
    assert list_datasets(second) == [REPAIRS]
    assert second.build().is_ok
    with run_server(second, "--no-build") as server:
        server.wait_until_ready()
        onward = Partner("second", "Second Hub", "hub", server.address)
        assert third.pull(onward).packages[REPAIRS].state == "taken"
        assert third.build().is_ok
        origin = read_origin(third, REPAIRS)
        assert origin["partner"] == "second"
        assert origin["derived_from"]["url"] == address
        # what began at the first hub is not taken back by it, under whatever name it comes
        first.project.url = first.server.address
        back = first.project.pull(onward)
        assert back.packages[REPAIRS].state == "ours"
        assert not read_origin(first.project, REPAIRS)
        # and a hub that has it from the first does not take it from the third again
        again = second.pull(Partner("third", "Second again", "hub", server.address))
        assert again.packages[REPAIRS].state in ("ours", "quarantined")
    with run_server(third, "--no-build") as server:
        server.wait_until_ready()
        assert read_rows(server.address, REPAIRS) == read_rows(first.server.address, REPAIRS)


def test_nothing_changes_until_it_is_pulled_again(first: ServedHub, tmp_path: Path) -> None:
    second = HubProject(tmp_path / "second")
    second.pull(first.as_partner())
    before = read_bytes(second)
    again = second.pull(first.as_partner())
    assert again.failure == ""
    assert {p.state for p in again.packages.values()} == {"taken"}
    assert read_bytes(second) == before


def test_a_correction_and_a_withdrawal_are_seen_by_the_next_pull(
    first: ServedHub, tmp_path: Path
) -> None:
    second = HubProject(tmp_path / "second")
    second.pull(first.as_partner())
    assert second.build().is_ok
    repairs = first.project.dataset(REPAIRS)
    repairs.descriptor["version"] = "1.0.1"
    repairs.tables["observations"][0]["value"] = "13.5"
    repairs.tables["observations"][0]["numerator"] = "27"
    repairs.write()
    (repairs.folder / "changes.md").write_text("# 1.0.1\n\nA number is corrected.\n", "utf-8")
    assert first.project.build().is_ok
    release_history.withdraw(
        first.project.archive, first.project.out, LOANS, "", "Counted twice.", disclosure=False
    )
    remove_folder(first.project.datasets / LOANS)
    assert first.project.build().is_ok
    with run_server(first.project, "--no-build") as server:
        server.wait_until_ready()
        pulled = second.pull(first.as_partner(url=server.address))
        assert pulled.packages[REPAIRS].state == "taken", pulled
        assert pulled.packages[REPAIRS].version == "1.0.1"
        assert pulled.packages[LOANS].state == "withdrawn"
        assert pulled.packages[LOANS].reasons == ("Counted twice.",)
        assert list_datasets(second) == [REPAIRS]
        outcome = second.build()
        assert outcome.is_ok, outcome.reports
        with run_server(second, "--no-build") as copy:
            copy.wait_until_ready()
            assert read_rows(copy.address, REPAIRS) == read_rows(server.address, REPAIRS)
            with pytest.raises(HTTPError) as gone:
                copy.get(f"/datasets/{LOANS}")
            assert gone.value.code == HTTPStatus.GONE
            assert "Withdrawn by First Hub: Counted twice." in gone.value.read().decode()


def withdraw_loans(hub: HubProject, *, disclosure: bool) -> None:
    release_history.withdraw(
        hub.archive, hub.out, LOANS, "", "A person is told.", disclosure=disclosure
    )


def holds(folder: Path, content: bytes) -> bool:
    files = (path for path in folder.rglob("*") if path.is_file())
    return any(content in path.read_bytes() for path in files)


def test_what_a_partner_withdrew_for_disclosure_is_erased_here_too(
    first: ServedHub, tmp_path: Path
) -> None:
    second = HubProject(tmp_path / "second")
    second.pull(first.as_partner())
    assert second.build().is_ok
    told = (second.datasets / LOANS / "data" / "observations.csv").read_bytes()
    # withdrawn for another reason first, then because of what somebody found in it
    remove_folder(first.project.datasets / LOANS)
    for disclosure in (False, True):
        withdraw_loans(first.project, disclosure=disclosure)
        assert first.project.build().is_ok
        with run_server(first.project, "--no-build") as server:
            server.wait_until_ready()
            pulled = second.pull(first.as_partner(url=server.address))
        assert pulled.packages[LOANS].state == "withdrawn"
        assert second.build().is_ok
        assert holds(second.archive, told) is not disclosure
    assert not holds(second.out / "current", told)
    assert list_datasets(second) == [REPAIRS]


def test_a_withdrawal_by_a_partner_leaves_what_has_the_same_name_here(
    first: ServedHub, tmp_path: Path
) -> None:
    second = HubProject(tmp_path / "second")
    own = second.dataset(LOANS)
    own.write()
    assert second.build().is_ok
    pulled = second.pull(first.as_partner())
    assert pulled.packages[LOANS].state == "quarantined"
    aside = second.root / "quarantine" / "first" / LOANS
    assert aside.is_dir()
    remove_folder(first.project.datasets / LOANS)
    for disclosure in (False, True):
        withdraw_loans(first.project, disclosure=disclosure)
        assert first.project.build().is_ok
        with run_server(first.project, "--no-build") as server:
            server.wait_until_ready()
            second.pull(first.as_partner(url=server.address))
    assert not aside.exists()  # nobody may keep what was withdrawn, or be sent it
    assert (own.folder / "datapackage.json").is_file()
    assert second.build().is_ok
    assert not Archive(second.archive).is_withdrawn(LOANS, "1.0.0")


def test_what_somebody_changed_here_is_not_overwritten(first: ServedHub, tmp_path: Path) -> None:
    second = HubProject(tmp_path / "second")
    second.pull(first.as_partner())
    file = second.datasets / REPAIRS / "data" / "observations.csv"
    file.write_text(file.read_text("utf-8").replace("12.5", "12.6"), "utf-8")
    edited = file.read_bytes()
    repairs = first.project.dataset(REPAIRS)
    repairs.descriptor["version"] = "1.0.1"
    repairs.write()
    assert first.project.build().is_ok
    with run_server(first.project, "--no-build") as server:
        server.wait_until_ready()
        pulled = second.pull(first.as_partner(url=server.address))
    package = pulled.packages[REPAIRS]
    assert package.state == "quarantined"
    assert "data/observations.csv changed since it was taken" in package.reasons[0]
    assert file.read_bytes() == edited


def test_a_file_that_was_tampered_with_is_refused_and_the_others_come(
    first: ServedHub, tmp_path: Path
) -> None:
    second = HubProject(tmp_path / "second")
    served = first.project.out / "current" / "files" / REPAIRS / "1.0.0" / "data"
    file = served / "observations.csv"
    content = file.read_bytes()
    file.chmod(0o644)
    file.unlink()  # it shares its bytes with the archive
    file.write_bytes(content.replace(b"12.5", b"99.9"))
    pulled = second.pull(first.as_partner())
    assert pulled.packages[REPAIRS].state == "failed"
    assert "SHA-256" in pulled.packages[REPAIRS].reasons[0]
    assert pulled.packages[LOANS].state == "taken"
    assert list_datasets(second) == [LOANS]


def list_datasets(project: HubProject) -> list[str]:
    return sorted(p.name for p in project.datasets.iterdir())


def read_origin(project: HubProject, name: str) -> dict[str, Any]:
    path = project.datasets / name / "datapackage.json"
    return dict(json.loads(path.read_text("utf-8"))["hub"].get("origin", {}))


def read_bytes(project: HubProject) -> dict[str, bytes]:
    files = (path for path in project.datasets.rglob("*") if path.is_file())
    return {path.relative_to(project.datasets).as_posix(): path.read_bytes() for path in files}


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)
