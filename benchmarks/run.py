"""Peers and the hub in turn on the same generated package; one table of times, memory and ratios.

python benchmarks/run.py [ROWS]        (1,000,000 rows unless told otherwise)
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

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import package  # noqa: E402 - the folder must be on the path first

PACKAGES, PACKAGE_ROWS = 500, 1_000
ROUNDS = 3  # of what takes seconds: the median counts, by CPU
IMPORTED = "sqlite3 .import + keys, indexes, check"


@dataclass(frozen=True)
class Taken:
    """What one command took: seconds, seconds of CPU, and the most memory in megabytes."""

    wall: float
    cpu: float
    peak: int
    apart: dict[str, float] = field(default_factory=dict)

    @property
    def line(self) -> float:
        """CPU without the parts that are shown on lines of their own."""
        return self.cpu - sum(self.apart.values())


def run(command: Sequence[str], feed: str = "") -> Taken:
    """Run a command to its end and say what it took; its output is JSON or is passed over."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as text:
        text.write(feed)
        text.seek(0)
        begun = time.monotonic()
        process = subprocess.Popen(command, stdin=text, stdout=out, cwd=HERE.parent)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)[:200]} ended with {process.returncode}")
        out.seek(0)
        said = out.read().strip()
    apart = json.loads(said) if said.startswith("{") and "line" in command else {}
    wall = time.monotonic() - begun
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, apart)


def median(taken: Sequence[Taken]) -> Taken:
    """The run in the middle, by CPU."""
    return sorted(taken, key=lambda one: one.line)[len(taken) // 2]


def python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


VALIDATE = """
import sys, frictionless
report = frictionless.Package(sys.argv[1] + "/datapackage.json").validate()
assert report.valid, report.flatten(["message"])[:3]
"""

IMPORT = """
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


def whole(rows: int, work: Path) -> None:
    """One large package: the gate and the line beside what people would use instead."""
    folder = package.write(work / "one" / "datasets" / "bench", rows)
    data = folder / "data"
    size = (data / "observations.csv").stat().st_size / 1e6
    print(
        f"\n{rows:,} rows x {len(package.COLUMNS)} columns, {size:.0f} MB of CSV, keys and indexes\n"
    )
    taken = {"frictionless validate": run(python(VALIDATE, str(folder)))}
    insert = [sys.executable, "-m", "sqlite_utils", "insert", str(work / "u.db"), "observations"]
    taken["sqlite-utils insert"] = run(
        [*insert, str(data / "observations.csv"), "--csv", "--pk", "row_id"]
    )
    rounds: dict[str, list[Taken]] = {}
    for _ in range(ROUNDS):
        if shutil.which("sqlite3"):
            (work / "i.db").unlink(missing_ok=True)
            took = run(["sqlite3", str(work / "i.db")], IMPORT.format(data=data))
            rounds.setdefault(IMPORTED, []).append(took)
        for name, part in (("the gate alone", "gate"), ("the whole line", "line")):
            for built in ("dist", "archive"):
                shutil.rmtree(work / "one" / built, ignore_errors=True)
            took = run([sys.executable, str(HERE / "hub.py"), part, str(folder)])
            rounds.setdefault(f"hub: {name}", []).append(took)
    taken |= {name: median(told) for name, told in rounds.items()}
    hub = taken["hub: the whole line"]
    print(f"{'':44}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for name, took in taken.items():
        print(f"{name:44}{took.wall:9.1f}{took.line:9.1f}{took.peak:9}")
        for part, seconds in took.apart.items():
            print(f"  apart from it: {part:29}{'':9}{seconds:9.1f}")
    validate, gate = taken["frictionless validate"], taken["hub: the gate alone"]
    both = validate.cpu + taken["sqlite-utils insert"].cpu
    print("\nratios of CPU in this run")
    print(f"  validate / gate alone                          {validate.cpu / gate.cpu:6.1f}")
    print(f"  (validate + sqlite-utils insert) / line        {both / hub.line:6.1f}")
    if peer := taken.get(IMPORTED):
        print(f"  line / (.import + keys, indexes, check)        {hub.line / peer.cpu:6.2f}")


def many(work: Path) -> None:
    """Five hundred small packages: cold, nothing changed, one changed."""
    datasets = work / "many" / "datasets"
    for number in range(PACKAGES):
        package.write(datasets / f"bench-{number:03}", PACKAGE_ROWS, seed=number)
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
    command = [str(part) for part in build]
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
            rounds.append(run(command))
        took = median(rounds)
        print(f"{name:44}{took.wall:9.2f}{took.cpu:9.2f}{took.peak:9}")


def _revise(folder: Path, number: int) -> None:
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    descriptor["version"] = f"1.0.{number}"
    (folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    (folder / "changes.md").write_text(f"# Changes\n\n## 1.0.{number}\n\n- A word.\n", "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        whole(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 1_000_000, Path(place))
        many(Path(place))
