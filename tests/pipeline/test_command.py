"""The command line as people and programs use it: what it prints, and its exit code."""

from __future__ import annotations

import errno
import io
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidencehub import cli
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    site: BuildWorkspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """A command over the site: exit code, what it printed, and what it complained of."""

    def called(*args: str) -> tuple[int, str, str]:
        monkeypatch.chdir(PROJECT_ROOT)
        places = ["--datasets", site.datasets, "--codes", site.codes]
        places += ["--out", site.out, "--archive", site.archive]
        with pytest.raises(SystemExit) as stop:
            cli.main([*args, *map(str, places)])
        printed = capsys.readouterr()
        return int(stop.value.code or 0), printed.out, printed.err

    return called


def spoiled(toys: DatasetBuilder) -> DatasetBuilder:
    toys.tables["observations"][0]["ethnicity"] = "Group Z"
    toys.write()
    return toys


def test_a_build_tells_its_outcome_as_json(site: BuildWorkspace, run: Run) -> None:
    site.dataset().write()
    code, out, _ = run("build", "--json")
    told = json.loads(out)
    assert code == 0
    assert told == {
        "ok": True,
        "build": (site.out / "current").resolve().name,
        "kept": [],
        "rebuilt": ["toy-repairs"],
        "datasets": [
            {
                "dataset": "toy-repairs",
                "ok": True,
                "errors": 0,
                "warnings": 0,
                "problems": [],
                "more": [],
                "maps": [],
            }
        ],
    }


def test_a_build_that_fails_says_so_in_json_too(site: BuildWorkspace, run: Run) -> None:
    spoiled(site.dataset())
    code, out, _ = run("build", "--json")
    told = json.loads(out)
    assert code == 1
    assert (told["ok"], told["build"], told["rebuilt"]) == (False, None, [])
    assert told["datasets"][0]["problems"] == [
        {
            "rule": "codes/unknown-code",
            "severity": "error",
            "where": "data/observations.csv row 2, ethnicity",
            "file": "data/observations.csv",
            "row": 2,
            "field": "ethnicity",
            "message": "“Group Z” is not in toy-repairs-groups.",
            "fix": "Did you mean A (Group A) or B (Group B)?",
            "times": 1,
            "spelling": "Group Z",
            "nearest": None,
        }
    ]


@pytest.mark.parametrize("good", [True, False])
def test_a_check_tells_the_same_json_that_it_writes(
    good: bool, site: BuildWorkspace, run: Run
) -> None:
    toys = site.dataset() if good else spoiled(site.dataset())
    folder = toys.write()
    code, out, _ = run("check", str(folder / "datapackage.json"), "--json")
    assert code == (0 if good else 1)
    assert out == (site.out / "report.json").read_text("utf-8")
    assert json.loads(out)["ok"] == good
    assert not (site.out / "current").exists()


def test_the_page_of_a_report_names_every_dataset(site: BuildWorkspace, run: Run) -> None:
    site.dataset("toy-loans").write()
    spoiled(site.dataset("toy-repairs"))
    run("build")
    page = (site.out / "report.html").read_text("utf-8")
    assert "<h2>toy-loans</h2><p>no problems found.</p>" in page
    assert "<td>“Group Z” is not in toy-repairs-groups.</td>" in page


def test_a_dataset_that_never_passed_is_left_out_when_the_rest_is_kept_going(
    site: BuildWorkspace, run: Run
) -> None:
    site.dataset("toy-loans").write()
    spoiled(site.dataset("toy-repairs"))
    code, out, _ = run("build", "--keep-going")
    assert code == 1
    assert "toy-repairs: failed and has no earlier release, so it was left out.\n" in out
    assert out.splitlines()[-1].startswith("1 dataset passed, 1 of them new or changed.")


def test_a_dataset_that_passed_before_stays_published_when_the_rest_is_kept_going(
    site: BuildWorkspace, run: Run
) -> None:
    site.dataset("toy-loans").write()
    toys = site.dataset("toy-repairs")
    toys.write()
    assert run("build")[0] == 0
    toys.descriptor["version"] = "1.0.1"
    spoiled(toys)
    code, out, _ = run("build", "--keep-going")
    assert code == 1
    assert "toy-repairs: failed. Its last good release stays published.\n" in out
    assert out.splitlines()[-1].startswith("1 dataset passed, none changed.")


def test_nothing_is_served_when_nothing_was_ever_published(site: BuildWorkspace, run: Run) -> None:
    spoiled(site.dataset())
    code, out, _ = run("serve", "--port", "0")
    assert code == 1
    assert "1 dataset failed." in out
    assert "Serving" not in out


class Terminal(io.StringIO):
    """A screen that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_person_at_a_terminal_sees_what_the_build_is_at(
    site: BuildWorkspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.dataset().write()
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    code, out, _ = run("build")
    assert code == 0
    assert "Published as build" in out
    assert "Checked toy-repairs …" in screen.getvalue()


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
    ],
    ids=["disk", "quota", "database"],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_full_disk_is_told_as_such_wherever_it_was_met(
    fault: Exception, wrapped: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **options: Any) -> None:
        if wrapped:
            raise RuntimeError from fault
        raise fault

    monkeypatch.setattr(Path, "mkdir", full)
    code, out, err = run("build")
    assert (code, out) == (1, "")
    assert err.startswith("Error: the disk is full; nothing was published.")
