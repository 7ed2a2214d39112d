"""`make mutants`: change the code in one place at a time, and see whether a test fails.

Nothing is changed in the source tree: each mutant is written into a copy of it.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, NamedTuple

from tests.support.mutation_operators import Mutant, is_whole, mutants_of
from tests.support.mutation_reach import DATA, SECONDS, Reach, combine

ROOT = Path(__file__).parents[2]
SCRATCH = ROOT / ".mutants"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.csv")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".mutants", ".*cache*", ".hypothesis", "__pycache__", "dist", "archive",
    ".coverage*",
)  # fmt: skip
TESTS = (
    "unit", "spec", "store", "property", "formats", "docs", "datasets", "api", "pipeline", "exchange",
)  # fmt: skip
WIDER = ("tests/pipeline", "tests/api")  # for SQL files, and for code that other processes run
NEAR_SECONDS, WIDER_SECONDS = 120.0, 180.0  # of tests, as long as they took when recorded
PATIENCE, START_SECONDS = 5, 30  # times as long as that, and a start, before it is timed out
LEAST_KILLED = 0.9
PLUGIN = ("-p", "tests.support.mutation_reach")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *PLUGIN)

Outcome = Literal["killed", "survived", "timed out"]


class Verdict(NamedTuple):
    """What became of a mutant, and the test that killed it."""

    mutant: Mutant
    outcome: Outcome
    test: str = ""

    def __str__(self) -> str:
        """One line of the report."""
        words = {"killed": f"killed by {self.test}", "survived": "SURVIVED"}
        return f"{self.mutant}  {words.get(self.outcome, self.outcome)}"


# choice


def files_of(root: Path, paths: Iterable[str]) -> list[str]:
    """The Python and SQL files at or below paths, by name."""
    files: set[Path] = set()
    for path in paths:
        whole = root / path
        below = [*whole.rglob("*.py"), *whole.rglob("*.sql")] if whole.is_dir() else [whole]
        files.update(below)
    return sorted(file.relative_to(root).as_posix() for file in files)


def drawn(root: Path, files: Iterable[str], seed: int) -> Iterator[Mutant]:
    """The mutants of files in a random order in which the operators take turns."""
    by_operator: dict[str, list[Mutant]] = defaultdict(list)
    for file in files:
        for mutant in mutants_of(file, (root / file).read_bytes()):
            by_operator[mutant.operator].append(mutant)
    rng = random.Random(seed)
    for operator in sorted(by_operator):
        rng.shuffle(by_operator[operator])
    for turn in zip_longest(*(by_operator[operator] for operator in sorted(by_operator))):
        yield from (mutant for mutant in turn if mutant is not None)


def choose(root: Path, paths: Iterable[str], count: int, seed: int) -> list[Mutant]:
    """At most `count` mutants, without those known to be equivalent; a seed gives the same."""
    known = {(row.file, row.line, row.operator) for row in equivalents()}

    def is_worth_a_run(mutant: Mutant) -> bool:
        data = (root / mutant.file).read_bytes()
        text = data.splitlines()[mutant.line - 1].decode().strip()
        return (mutant.file, text, mutant.operator) not in known and is_whole(mutant, data)

    candidates = drawn(root, files_of(root, paths), seed)
    return list(islice(filter(is_worth_a_run, candidates), count))


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A change of a line that no test can notice, and why."""

    file: str
    line: str
    operator: str
    reason: str


def equivalents(path: Path = EQUIVALENT) -> list[Equivalent]:
    """The mutants known to be equivalent."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Equivalent(**row) for row in csv.DictReader(file)]


# copies of the tree


def digest(root: Path) -> str:
    """A hash of every file that a copy has."""
    total = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        ignored = LEFT_OUT(folder, [*folders, *names])
        folders[:] = sorted(set(folders) - ignored)
        for name in sorted(set(names) - ignored):
            path = Path(folder, name)
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return total.hexdigest()[:16]


def copy_tree(root: Path, target: Path) -> Path:
    """A fresh copy of the tree, without what was built or installed."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(root, target, ignore=LEFT_OUT, symlinks=True))


def write(tree: Path, file: str, data: bytes) -> None:
    """Write a file of a copy; what was compiled from it goes, as its time may be the same."""
    path = tree / file
    path.write_bytes(data)
    if path.suffix == ".py":
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


# runs


def run_tests(
    tree: Path, arguments: Sequence[str], seconds: float | None = None, **variables: str
) -> tuple[int | None, str]:
    """Pytest in a copy: its exit code, None where it took too long, and what it printed."""
    command = [sys.executable, *PYTEST, *arguments]
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("MUTANTS_")}
    environment = {**inherited, "PYTHONPATH": str(tree), **variables}
    with subprocess.Popen(
        command, cwd=tree, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its children too
            return None, process.communicate()[0]
        return process.returncode, printed


def record(tree: Path, folder: Path, tests: Sequence[str], jobs: int) -> Reach:
    """Which tests reach which lines: from an earlier run on the same tree, or from one now."""
    if not (folder / DATA).is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        arguments = ["-n", str(jobs), "--tb=no", *tests]
        _, printed = run_tests(tree, arguments, MUTANTS_RECORD=str(folder))
        if not (folder / SECONDS).is_file():
            raise SystemExit(printed)
        combine(folder)
    reach = Reach(folder)
    if not reach.seconds:
        raise SystemExit("None of the tests passes on the code as it is.")
    return reach


NOTHING_FAILED = (0, 5)  # 5: none of the tests is there
FIRST_FAILURE = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.MULTILINE)


def judge(mutant: Mutant, tree: Path, reach: Reach) -> Verdict:
    """Run the tests that reach a mutant's line, then wider ones, until one fails."""
    near = reach.of_lines(mutant.file, mutant.line, mutant.statement)
    places = {test.partition("::")[0] for test in near} or set(WIDER)
    wider = [test for test in reach.below(*places) if test not in set(near)]
    data = (tree / mutant.file).read_bytes()
    write(tree, mutant.file, mutant.apply(data))
    try:
        for tests, limit in ((near, NEAR_SECONDS), (wider, WIDER_SECONDS)):
            verdict = _run_against(mutant, tree, reach, reach.within(tests, limit))
            if verdict.outcome != "survived":
                return verdict
    finally:
        write(tree, mutant.file, data)
    return Verdict(mutant, "survived")


def _run_against(mutant: Mutant, tree: Path, reach: Reach, tests: Sequence[str]) -> Verdict:
    if not tests:
        return Verdict(mutant, "survived")
    selection = tree.with_suffix(".selected")
    selection.write_text("\n".join(tests), "utf-8")
    files = sorted({test.partition("::")[0] for test in tests})
    seconds = START_SECONDS + PATIENCE * sum(reach.seconds[test] for test in tests)
    arguments = ["-x", "--tb=no", *files]
    code, printed = run_tests(tree, arguments, seconds, MUTANTS_SELECT=str(selection))
    if code in NOTHING_FAILED:
        return Verdict(mutant, "survived")
    failed = FIRST_FAILURE.search(printed)
    if code is None:
        return Verdict(mutant, "timed out")
    return Verdict(mutant, "killed", failed[1] if failed else "the start of the tests")


def verdicts(mutants: Sequence[Mutant], trees: Sequence[Path], reach: Reach) -> Iterator[Verdict]:
    """What becomes of each mutant; as many at a time as there are copies of the tree."""
    idle: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        idle.put(tree)

    def judged(mutant: Mutant) -> Verdict:
        tree = idle.get()
        try:
            return judge(mutant, tree, reach)
        finally:
            idle.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        yield from pool.map(judged, mutants)


def summary(outcomes: Counter[Outcome]) -> tuple[str, bool]:
    """The last line of the report, and whether enough mutants were killed."""
    judged = outcomes["killed"] + outcomes["survived"]
    ratio = outcomes["killed"] / judged if judged else 0.0
    text = f"{outcomes['killed']} of {judged} mutants killed ({ratio:.0%})"
    return f"{text}, {outcomes['timed out']} timed out", ratio >= LEAST_KILLED


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge mutants and print a line for each; 1 where too few were killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", default=["evidencehub"])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--tests", nargs="+", default=[f"tests/{name}" for name in TESTS])
    asked = parser.parse_args(arguments)
    mutants = choose(ROOT, asked.paths, asked.count, asked.seed)
    key = hashlib.sha256(" ".join([digest(ROOT), *asked.tests]).encode()).hexdigest()[:16]
    trees = [copy_tree(ROOT, SCRATCH / f"tree-{number}") for number in range(asked.jobs)]
    print("Finding out which tests reach which lines ...", flush=True)
    reach = record(trees[0], SCRATCH / key, asked.tests, asked.jobs)
    outcomes: Counter[Outcome] = Counter()
    for verdict in verdicts(mutants, trees, reach):
        print(verdict, flush=True)
        outcomes[verdict.outcome] += 1
    text, is_enough = summary(outcomes)
    print(text)
    return 0 if is_enough else 1


if __name__ == "__main__":
    sys.exit(main())
