"""Peers and the hub in turn on the same generated package; one table of times, memory and ratios.

python benchmarks/compare_builds.py [ROWS]        (1,000,000 rows unless told otherwise)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

BENCHMARKS_FOLDER = Path(__file__).parent
sys.path.insert(0, str(BENCHMARKS_FOLDER.parent))

from benchmarks import generated_package  # noqa: E402 - the folder must be on the path first

PACKAGES, PACKAGE_ROWS = 500, 1_000
ROUNDS = 3  # of what takes seconds: the median counts, by CPU
IMPORT_LABEL = "sqlite3 .import + keys, indexes, check"


@dataclass(frozen=True)
class RunCost:
    """What one command took: seconds, seconds of CPU, and the most memory in megabytes."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: int
    separate_seconds: dict[str, float] = field(default_factory=dict)

    @property
    def main_cpu_seconds(self) -> float:
        """CPU without the parts that are shown on lines of their own."""
        return self.cpu_seconds - sum(self.separate_seconds.values())


def run_command(command: Sequence[str], stdin_text: str = "") -> RunCost:
    """Run a command to its end and say what it took; its output is JSON or is passed over."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as text:
        text.write(stdin_text)
        text.seek(0)
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=text, stdout=out, cwd=BENCHMARKS_FOLDER.parent)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)[:200]} ended with {process.returncode}")
        out.seek(0)
        output = out.read().strip()
    separate_seconds = json.loads(output) if output.startswith("{") and "line" in command else {}
    wall = time.monotonic() - started
    return RunCost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, separate_seconds)


def select_median_run(costs: Sequence[RunCost]) -> RunCost:
    """The run in the middle, by CPU."""
    return sorted(costs, key=lambda one: one.main_cpu_seconds)[len(costs) // 2]


def build_python_command(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


VALIDATE_SCRIPT = """
import sys, frictionless
report = frictionless.Package(sys.argv[1] + "/datapackage.json").validate()
assert report.valid, report.flatten(["message"])[:3]
"""

IMPORT_SCRIPT = """
pragma journal_mode = off;
pragma synchronous = off;
create table indicators (id text primary key, title, definition, unit, scale, value_type, polarity, method);
create table places (code text primary key, label, level);
create table groups (code text primary key, label, level, facet);
create table bands (code text primary key, label, level);
create table observations (
  row_id text primary key, indicator text references indicators (id), area text references places (code),
  ethnicity text references groups (code), sex text, age_band text references bands (code), period_start text,
  period_end text, value real, ci_lower real, ci_upper real, numerator integer, denominator integer,
  obs_status text, conf_status text, source text, note text, updated text
);
.mode csv
.import --skip 1 {data}/indicators.csv indicators
.import --skip 1 {data}/places.csv places
.import --skip 1 {data}/groups.csv groups
.import --skip 1 {data}/bands.csv bands
.import --skip 1 {data}/observations.csv observations
create index o1 on observations (indicator);
create index o2 on observations (area);
create index o3 on observations (ethnicity);
create index o4 on observations (age_band);
pragma foreign_key_check;
"""


def compare_large_package(rows: int, work: Path) -> None:
    """One large package: the gate and the line beside what people would use instead."""
    folder = generated_package.write_package(work / "one" / "datasets" / "bench", rows)
    data = folder / "data"
    size = (data / "observations.csv").stat().st_size / 1e6
    print(
        f"\n{rows:,} rows x {len(generated_package.COLUMNS)} columns, {size:.0f} MB of CSV, keys and indexes\n"
    )
    cost_by_name = {
        "frictionless validate": run_command(build_python_command(VALIDATE_SCRIPT, str(folder)))
    }
    insert = [sys.executable, "-m", "sqlite_utils", "insert", str(work / "u.db"), "observations"]
    cost_by_name["sqlite-utils insert"] = run_command(
        [*insert, str(data / "observations.csv"), "--csv", "--pk", "row_id"]
    )
    rounds: dict[str, list[RunCost]] = {}
    for _ in range(ROUNDS):
        if shutil.which("sqlite3"):
            (work / "i.db").unlink(missing_ok=True)
            cost = run_command(["sqlite3", str(work / "i.db")], IMPORT_SCRIPT.format(data=data))
            rounds.setdefault(IMPORT_LABEL, []).append(cost)
        for name, step in (("the gate alone", "gate"), ("the whole line", "line")):
            for built in ("dist", "archive"):
                shutil.rmtree(work / "one" / built, ignore_errors=True)
            cost = run_command(
                [sys.executable, str(BENCHMARKS_FOLDER / "measure_build.py"), step, str(folder)]
            )
            rounds.setdefault(f"hub: {name}", []).append(cost)
    cost_by_name |= {name: select_median_run(costs) for name, costs in rounds.items()}
    hub = cost_by_name["hub: the whole line"]
    print(f"{'':44}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for name, cost in cost_by_name.items():
        print(
            f"{name:44}{cost.wall_seconds:9.1f}{cost.main_cpu_seconds:9.1f}{cost.peak_megabytes:9}"
        )
        for step, seconds in cost.separate_seconds.items():
            print(f"  apart from it: {step:29}{'':9}{seconds:9.1f}")
    validate, gate = cost_by_name["frictionless validate"], cost_by_name["hub: the gate alone"]
    peers_cpu = validate.cpu_seconds + cost_by_name["sqlite-utils insert"].cpu_seconds
    print("\nratios of CPU in this run")
    print(
        f"  validate / gate alone                          {validate.cpu_seconds / gate.cpu_seconds:6.1f}"
    )
    print(
        f"  (validate + sqlite-utils insert) / line        {peers_cpu / hub.main_cpu_seconds:6.1f}"
    )
    if peer := cost_by_name.get(IMPORT_LABEL):
        print(
            f"  line / (.import + keys, indexes, check)        {hub.main_cpu_seconds / peer.cpu_seconds:6.2f}"
        )


def compare_many_packages(work: Path) -> None:
    """Five hundred small packages: cold, nothing changed, one changed."""
    datasets = work / "many" / "datasets"
    for number in range(PACKAGES):
        generated_package.write_package(datasets / f"bench-{number:03}", PACKAGE_ROWS, seed=number)
    out = datasets.parent
    build = [
        sys.executable,
        "build.py",
        "--datasets",
        datasets,
        "--out",
        out / "dist",
        "--archive",
        out / "archive",
    ]
    command = [str(argument) for argument in build]
    print(
        f"\n{PACKAGES} packages of {PACKAGE_ROWS:,} rows\n{'':44}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}"
    )
    for name in ("cold", "nothing changed", "one changed"):
        rounds = []
        for number in range(ROUNDS):
            if name == "cold":
                shutil.rmtree(out / "dist", ignore_errors=True)
                shutil.rmtree(out / "archive", ignore_errors=True)
            if name == "one changed":
                _revise(datasets / "bench-250", number + 1)
            rounds.append(run_command(command))
        cost = select_median_run(rounds)
        print(f"{name:44}{cost.wall_seconds:9.2f}{cost.cpu_seconds:9.2f}{cost.peak_megabytes:9}")


def _revise(folder: Path, number: int) -> None:
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    descriptor["version"] = f"1.0.{number}"
    (folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    (folder / "changes.md").write_text(f"# Changes\n\n## 1.0.{number}\n\n- A word.\n", "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        compare_large_package(
            int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 1_000_000, Path(place)
        )
        compare_many_packages(Path(place))
