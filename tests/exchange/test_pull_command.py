"""`build.py pull` and `build.py conformance`, as people run them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dataset_builder import CODE_FOLDER, PROJECT_ROOT
from tests.support.hub_project import HubProject
from tests.support.running_server import run_server

TOYS, LOANS = "toy-repairs", "toy-loans"


def run_command(project: HubProject, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT_ROOT / "build.py"), *words, "--codes", str(CODE_FOLDER)]
    return subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)


def write_partners(project: HubProject, text: str) -> None:
    (project.root / "partners.yaml").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = HubProject(tmp_path_factory.mktemp("first"))
    for name in (TOYS, LOANS):
        project.dataset(name).write()
    assert project.build().is_ok
    with run_server(project, "--no-build") as server:
        server.wait_until_ready()
        yield server.address


@pytest.fixture
def hub(tmp_path: Path) -> HubProject:
    return HubProject(tmp_path / "hub")


def test_a_pull_says_what_was_taken_and_then_that_nothing_changed(
    hub: HubProject, address: str
) -> None:
    write_partners(
        hub,
        f"partners:\n- {{name: first, title: First Hub, kind: hub, url: '{address}'}}\n"
        "- {name: down, title: Nobody, kind: hub, url: 'http://127.0.0.1:9', seconds: 5}\n",
    )
    done = run_command(hub, "pull", "first")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == (f"First Hub (first)\n  {LOANS} 1.0.0: taken.\n  {TOYS} 1.0.0: taken.\n")
    assert run_command(hub, "build").returncode == 0
    again = run_command(hub, "pull")
    assert again.returncode == 1
    assert "First Hub (first)\n  Nothing has changed.\n" in again.stdout
    assert "Nobody (down)\n  http://127.0.0.1:9/datapackage.json" in again.stdout
    assert "What was taken before stays." in again.stdout
    assert "Traceback" not in again.stdout + again.stderr
    told = json.loads(run_command(hub, "pull", "first", "--json").stdout)
    assert told == {"first": {"failure": "", "packages": {}}}


def test_ids_that_are_ours_make_a_quarantine_and_exit_code_1(hub: HubProject, address: str) -> None:
    ours = hub.dataset("our-toys")
    ours.tables["indicators"][0]["id"] = f"{TOYS}-rate"
    for row in ours.tables["observations"]:
        row["indicator"] = f"{TOYS}-rate"
    ours.write()
    write_partners(hub, f"partners: [{{name: a, title: A, kind: hub, url: '{address}'}}]\n")
    done = run_command(hub, "pull")
    assert done.returncode == 1
    assert f"  {TOYS} 1.0.0: quarantined.\n    The indicator {TOYS}-rate" in done.stdout
    assert f"  {LOANS} 1.0.0: taken." in done.stdout
    assert (hub.root / "quarantine" / "a" / TOYS / "report.txt").is_file()


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("", "There is no partner", 2),
        ("partners: {}", "must be a list", 1),
        ("partners: [{name: a}]", "`title` must be a text", 1),
        ("partners: [{name: A b, title: A, kind: hub, url: 'https://a.example'}]", "the name", 1),
        ("partners: [{name: none, title: A, kind: hub, url: 'https://a.example'}]", "stands", 1),
        ("partners: [{name: a, title: A, kind: ftp, url: 'https://a.example'}]", "the kind", 1),
        ("partners: [{name: a, title: A, kind: hub, url: 'file:///etc'}]", "the url", 1),
        ("partners: [{name: a, title: A, kind: hub, url: 'https://u:p@a.example'}]", "the url", 1),
        ("partners: [{name: a, titel: A, kind: hub}]", "Use title", 1),
        ("partners: [{name: a, title: A, kind: recipe}]", "name the recipe's folders", 1),
        ("partners: [{name: a, title: A, kind: hub, url: 'https://a.example', seconds: 0}]",
         "whole number above 0", 1),
        ("partners: [", "is no YAML", 1),
    ],
)  # fmt: skip
def test_a_wrong_list_of_partners_is_explained(
    hub: HubProject, text: str, words: str, code: int
) -> None:
    if text:
        write_partners(hub, text)
    done = run_command(hub, "pull")
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_damaged_lock_is_explained(hub: HubProject, address: str) -> None:
    write_partners(hub, f"partners: [{{name: a, title: A, kind: hub, url: '{address}'}}]\n")
    (hub.root / "partners.lock.json").write_text('{"format": 1}', "utf-8")
    done = run_command(hub, "pull")
    assert done.returncode == 1
    assert "partners.lock.json is damaged" in done.stdout + done.stderr


def test_a_hub_is_told_whether_it_can_be_pulled_from(hub: HubProject, address: str) -> None:
    done = run_command(hub, "conformance", address)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert all(line.startswith("yes  ") for line in lines)
    assert f"{TOYS}: contents: It passes the checks of this hub." in done.stdout
    assert len(lines) == 6
    assert not any(hub.datasets.iterdir())
    findings = json.loads(run_command(hub, "conformance", address, "--json").stdout)
    assert [finding["is_met"] for finding in findings] == [True] * 6
    unsigned = run_command(hub, "conformance", address, "--public-key", "RW")
    assert unsigned.returncode == 1
    assert f"NO   {TOYS}: files:" in unsigned.stdout
    other = run_command(hub, "conformance", f"{address}/nothing")
    assert other.returncode == 1
    assert other.stdout.startswith("NO   catalogue: ")
