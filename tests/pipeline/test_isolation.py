"""One dataset's fault is that dataset's: a crash, a spent budget or a draft stops nobody else."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from evidencehub.domain.problem import CheckReport
from evidencehub.pipeline.stage_task import StageBudget
from tests.spec.borders import columns_in_all
from tests.support.dataset_builder import PROJECT_ROOT, BuildWorkspace, DatasetBuilder

SHORT = StageBudget(time_limit=3)
SMALL = StageBudget(memory_limit=400_000_000)


def never_ends(toys: DatasetBuilder) -> None:
    """A pattern on which a regular expression never comes to an end."""
    toys.field_overrides["observations"] = {"note": {"constraints": {"pattern": "(a+)+$"}}}
    toys.tables["observations"][0]["note"] = "a" * 40 + "!"


def never_ends_in_a_key_file(toys: DatasetBuilder) -> None:
    """The same in another table, by another pattern."""
    toys.field_overrides["sources"] = {"title": {"constraints": {"pattern": "(x|x)*y"}}}
    toys.tables["sources"][0]["title"] = "x" * 40


def takes_all_memory(toys: DatasetBuilder) -> None:
    """A cell of which a few copies are more than what a dataset may use."""
    toys.tables["observations"][0]["note"] = "x" * 200_000_000


def one_problem(report: CheckReport) -> tuple[str, str, str]:
    (problem,) = [p for p in report.problems if p.severity == "error"]
    return problem.rule, problem.location, problem.message


def log_of(message: str) -> str:
    (name,) = re.findall(r"Details are in (\S+\.log)\.", message)
    return Path(name).read_text("utf-8")


def test_a_dataset_that_never_ends_fails_alone(site: BuildWorkspace) -> None:
    site.dataset("toy-loans").write()
    toys = site.dataset("toy-repairs")
    toys.write()
    before = site.build().build
    never_ends(toys)
    toys.descriptor["version"] = "1.0.1"
    toys.write()
    site.dataset("toy-sales").write()
    begun = time.monotonic()
    outcome = site.build(budget=SHORT)
    assert time.monotonic() - begun < 30
    assert outcome.build is None
    assert (site.out / "current").resolve() == before
    rule, location, message = one_problem(outcome.reports["toy-repairs"])
    assert (rule, location) == ("structure/budget-spent", "data/observations.csv")
    assert message.startswith(
        "The check was stopped in data/observations.csv: it used more than 3 seconds. "
    )
    assert "check/structure.py" in log_of(message)
    kept = site.build(budget=SHORT, keep_going=True)
    assert kept.kept_previous == ["toy-repairs"]
    assert kept.build is not None
    assert sorted(kept.rebuilt) == []
    manifest = json.loads((kept.build / "manifest.json").read_text("utf-8"))
    assert {slug: told["version"] for slug, told in manifest["datasets"].items()} == {
        "toy-loans": "1.0.0",
        "toy-repairs": "1.0.0",
        "toy-sales": "1.0.0",
    }


def test_another_table_that_never_ends_is_named(site: BuildWorkspace) -> None:
    toys = site.dataset()
    never_ends_in_a_key_file(toys)
    toys.write()
    rule, location, _ = one_problem(site.build(budget=SHORT).reports["toy-repairs"])
    assert (rule, location) == ("structure/budget-spent", "data/sources.csv")


def test_a_dataset_that_takes_too_much_memory_fails_alone(site: BuildWorkspace) -> None:
    site.dataset("toy-loans").write()
    toys = site.dataset("toy-repairs")
    takes_all_memory(toys)
    toys.write()
    outcome = site.build(budget=SMALL, keep_going=True)
    assert outcome.reports["toy-loans"].rules == []
    assert outcome.build is not None
    rule, location, message = one_problem(outcome.reports["toy-repairs"])
    assert (rule, location) == ("structure/budget-spent", "data/observations.csv")
    assert "it used more than 400 MB of memory" in message
    assert "MemoryError" in log_of(message)


def find_staging_processes(parent: int) -> list[int]:
    """The processes of a build that stand at a dataset: the grandchildren of the build."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    return [pid for child in children.get(parent, []) for pid in children.get(child, [])]


def start(site: BuildWorkspace, *options: str) -> subprocess.Popen[str]:
    places = ["--datasets", site.datasets, "--codes", site.codes, "--out", site.out]
    command = [sys.executable, "build.py", *map(str, [*places, "--archive", site.archive])]
    return subprocess.Popen(
        [*command, *options], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_process_that_is_killed_fails_its_dataset_alone(
    site: BuildWorkspace, number: signal.Signals
) -> None:
    for count in range(5):
        site.dataset(f"toy-{count}").write()
    toys = site.dataset("toy-repairs")
    never_ends(toys)
    toys.write()
    build = start(site, "--keep-going", "--time-limit", "100")

    def kill() -> None:
        while build.poll() is None and not list(site.out.glob("stage/toy-repairs/.work-*")):
            time.sleep(0.05)
        time.sleep(5)  # the others are done
        for pid in find_staging_processes(build.pid):
            os.kill(pid, number)

    killer = threading.Thread(target=kill)
    killer.start()
    told, _ = build.communicate()
    killer.join()
    assert build.returncode == 1
    assert f"The check stopped with an internal error (signal {number:d})" in told
    assert "toy-repairs: failed and has no earlier release, so it was left out." in told
    assert "5 datasets passed, 5 of them new or changed." in told


def test_nothing_goes_on_when_a_build_is_killed(site: BuildWorkspace) -> None:
    toys = site.dataset()
    never_ends(toys)
    toys.write()
    build = start(site, "--time-limit", "10")
    while not list(site.out.glob("stage/*/.work-*")):
        time.sleep(0.05)
    (process,) = find_staging_processes(build.pid)
    build.kill()
    build.communicate()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{process}").exists()
    assert start(site, "--time-limit", "1").communicate()[0].count("structure/budget-spent") == 1


def text_among_repeated_values(text: str) -> Callable[[DatasetBuilder], None]:
    def change(toys: DatasetBuilder) -> None:
        years = [str(1900 + n) for n in range(25)]
        toys.tables["observations"] = [
            toys.build_observation(ethnicity=group, period=year, value="12.5")
            for year in years
            for group in "AB"
        ]
        toys.tables["observations"][7]["value"] = text

    return change


@pytest.mark.parametrize("text", ["10,000", "abc", "1\u00a02", "12.5 [r]", "=K2/L2", "#DIV/0!"])
def test_a_text_among_repeated_numbers_is_one_message(text: str, dataset: DatasetBuilder) -> None:
    text_among_repeated_values(text)(dataset)
    report = dataset.check()
    assert report.rules == ["structure/type"]
    assert [p.location for p in report.problems] == ["data/observations.csv row 9, value"]


@pytest.mark.parametrize(
    ("column", "kind", "good", "bad"),
    [
        ("seen", "date", "2024-01-31", "31.1.2024"),
        ("seen", "boolean", "true", "perhaps"),
        ("seen", "integer", "3", "3.5"),
        ("seen", "datetime", "2024-01-31T00:00:00Z", "noon"),
        ("seen", "year", "2024", "24"),
        ("seen", "object", '{"a": 1}', "{"),
        ("numerator", "number", "3", "three"),
    ],
)
def test_a_cell_that_a_column_of_any_type_refused_reaches_no_writer(
    column: str, kind: str, good: str, bad: str, dataset: DatasetBuilder
) -> None:
    text_among_repeated_values("12.5")(dataset)
    for row in dataset.tables["observations"]:
        row[column] = good
    dataset.tables["observations"][7][column] = bad
    dataset.field_overrides["observations"] = {column: {"type": kind}}
    assert dataset.check().rules == ["structure/type"]


def many_columns(toys: DatasetBuilder, number: int) -> None:
    for row in toys.tables["observations"]:
        row.update({f"column_{n}": "x" for n in range(number)})


def surrogate_in_a_title(toys: DatasetBuilder) -> None:
    toys.write()
    path = toys.folder / "datapackage.json"
    path.write_text(path.read_text("utf-8").replace("Toys that", "\\ud800 Toys that"), "utf-8")


def surrogate_in_a_cell(toys: DatasetBuilder) -> None:
    toys.field_overrides["observations"] = {"note": {"type": "object"}}
    for row in toys.tables["observations"]:
        row["note"] = '{"a": "\\udc00"}'


SAID = {
    "columns": (
        lambda toys: many_columns(toys, 3_000),
        "structure/descriptor",
        "The list has 3,014 entries; at most 400 are allowed.",
    ),
    "title": (
        lambda toys: toys.descriptor.update(title="x" * 4_500_000),
        "metadata/text-length",
        "The text has 4500000 characters; the limit is 300.",
    ),
    "longish title": (
        lambda toys: toys.descriptor.update(title="x" * 301),
        "metadata/text-length",
        "The text has 301 characters; the limit is 300.",
    ),
    "keywords": (
        lambda toys: toys.descriptor.update(keywords=["x"] * 100_000),
        "metadata/text-length",
        "The list has 100000 entries; the limit is 100.",
    ),
    "cell": (
        surrogate_in_a_cell,
        "structure/encoding",
        "A cell contains half a character (\\uD800 to \\uDFFF).",
    ),
    "state": (
        lambda toys: toys.descriptor["hub"].update(state="finished"),
        "metadata/hub",
        "“finished” is not one of draft, in-review, approved, scheduled, published.",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_too_much_is_told_in_words(name: str, dataset: DatasetBuilder) -> None:
    change, rule, message = SAID[name]
    change(dataset)
    (problem,) = dataset.check().problems
    assert (problem.rule, problem.message) == (rule, message)


def test_half_of_a_character_in_a_title_is_told(site: BuildWorkspace) -> None:
    surrogate_in_a_title(site.dataset())
    (problem,) = site.build().reports["toy-repairs"].problems
    assert problem.message == (
        "The descriptor is not valid JSON: half a character (\\uD800 to \\uDFFF) at title."
    )


def test_as_many_columns_as_are_allowed_are_published(site: BuildWorkspace) -> None:
    toys = site.dataset()
    many_columns(toys, 386)
    toys.write()
    assert site.build().build is not None


def test_a_file_of_another_format_is_told(dataset: DatasetBuilder) -> None:
    dataset.write()
    (dataset.folder / "data/observations.tsv").write_bytes(
        (dataset.folder / "data/observations.csv").read_bytes().replace(b",", b"\t")
    )
    dataset.resource_overrides["observations"] = {"path": "data/observations.tsv"}
    report = dataset.check()
    assert not report.has_no_errors
    assert "structure/internal-error" not in report.rules


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"\\ud800": 1, "resources": []}', "half a character (\\uD800 to \\uDFFF) at the top"),
        (
            '{"hub": {"a": ["\\udfff"]}, "resources": []}',
            "half a character (\\uD800 to \\uDFFF) at hub.a.0",
        ),
        (
            json.dumps({**{str(n): n for n in range(200_000)}, "resources": []})[:-1] + ', "7": 1}',
            None,
        ),
    ],
)
def test_a_descriptor_that_no_page_could_show_is_told(
    text: str, fault: str | None, site: BuildWorkspace
) -> None:
    folder = site.dataset().write()
    (folder / "datapackage.json").write_text(text, "utf-8")
    begun = time.monotonic()
    (problem,) = site.build().reports["toy-repairs"].problems
    assert time.monotonic() - begun < 20
    assert problem.rule == "structure/descriptor"
    assert problem.message == (
        f"The descriptor is not valid JSON: {fault}."
        if fault
        else "The descriptor is not valid JSON: “7” appears more than once in one object."
    )


def test_as_many_columns_as_all_tables_may_have_are_published(site: BuildWorkspace) -> None:
    columns_in_all(1_500).make(toys := site.dataset())
    toys.write()
    assert site.build().build is not None
