"""One dataset through the line: read, judged, brought into the hub's shape, judged, staged."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from evidencehub import codes, normalise
from evidencehub.check import rules, shape
from evidencehub.check.across import Links
from evidencehub.check.rules import links
from evidencehub.check.rules.rule import Dataset, Finding, Part
from evidencehub.check.structure import Gate, SlowPathNeededError
from evidencehub.check.tally import Tally
from evidencehub.codes import CodeBook
from evidencehub.formats.flat import FlatTable
from evidencehub.formats.hashed import Written
from evidencehub.load import describe
from evidencehub.load.lists import own_tables
from evidencehub.load.staging import Staging
from evidencehub.model.columns import HubChunk
from evidencehub.model.package import Resource, SourcePackage
from evidencehub.model.problem import Problem, Report
from evidencehub.normalise import plan as planning
from evidencehub.normalise.complete import Kind, completed
from evidencehub.normalise.plan import Plan
from evidencehub.pipeline import cache, inequality
from evidencehub.pipeline.cache import Staged
from evidencehub.pipeline.workers import Task
from evidencehub.publish.files import write_files

ORDER = ("sources", "indicators", "findings", "recommendations", "updates", "claims", "table")
"""The order in which tables are read, observations last: what others need comes first."""


_MADE = """
select
  id, value_type, coalesce(scale, case value_type when 'percentage' then 100 else 1 end), ci_level
from indicators
where value_type in ('proportion', 'percentage', 'rate', 'mean')
  and (standardisation like 'crude%' or standardisation like 'none%')
  or value_type = 'ratio' and standardisation like 'indirect%'
"""
"""Indicators whose limits follow from what their figures are made of."""


def run(task: Task, book: CodeBook, report: Report) -> Staged | None:
    """Stage a package below its home; None, with the reasons in `report`, if it does not pass.

    The fast reader goes first. Where it and Frictionless might differ, all is thrown away and
    read again with Frictionless' own.
    """
    task.home.mkdir(parents=True, exist_ok=True)
    for fast in (True, False):
        work = Path(tempfile.mkdtemp(prefix=".work-", dir=task.home))
        try:
            mine, told = book.for_package(), Report(task.package.slug)
            line = _Line(task.package, book, mine, work, told, task.earlier, fast=fast)
            line.run()
            report.take(line.report)
            return _settle(line.staged(task.package_sha256), task.home) if report.ok else None
        except SlowPathNeededError:
            continue
        finally:
            shutil.rmtree(work, ignore_errors=True)
    raise AssertionError  # the slow reader never asks for a slower one


def _settle(staged: Staged, home: Path) -> Staged:
    """Move the finished folder to its own name; from then on it is never changed."""
    cache.write(staged)
    target = home / cache.key(staged.about["package_sha256"], staged.lists)
    if target.exists():
        shutil.rmtree(target)
    os.replace(staged.folder, target)
    staged.folder = target
    staged.fresh = True
    return staged


@dataclass(slots=True)
class _Line:
    """The line for one package, once through."""

    package: SourcePackage
    hub_book: CodeBook
    book: CodeBook
    work: Path
    report: Report
    earlier: Mapping[str, Path]
    fast: bool
    counts: dict[str, int] = field(default_factory=dict)
    flat: list[Written] = field(default_factory=list)
    held: list[dict[str, object]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    links: Links | None = None

    def run(self) -> None:
        """Everything up to the verdict, which is in the report."""
        self.report.add(shape.problems(self.package))
        gate = Gate(self.package) if self.report.ok else None
        if gate is None or not gate.is_open:
            self.report.add(gate.problems() if gate is not None else ())
            return
        size = sum(resource.path.stat().st_size for resource in self.package.resources)
        staging = Staging(self.work / "staged.db", self.package.slug, size)
        self._own_lists(self._read(gate, "codes"), staging)
        for role in ORDER:
            for chunk in self._read(gate, role):
                staging.write(chunk)
        self._observations(gate, staging)
        self.report.add(rules.descriptor(self.package, self.book))
        self.report.add(gate.problems())
        if not self._is_misread():  # or every row would be told for one mistake
            incomplete = self._incomplete()
            asked = (self.package, self.book, staging.rows, self.tally, incomplete, self.earlier)
            self.report.add(rules.dataset(Dataset(*asked)))
        if self.report.ok:
            rows = self.counts.get(f"{self.package.slug}.csv", 0)
            inequality.measured(self.package, staging, self.book, rows, self.tally)
        names = [entry["list"] for entry in self.package.hub.get("lists") or []]
        self.links = links.of_dataset(self.package.slug, staging.rows, self.tally, names)
        self._tell(staging)
        staging.close()

    def _incomplete(self) -> frozenset[str]:
        """The roles of tables that lost rows, or were not read at all, for a mistake of theirs."""
        spoiled = {p.file for p in self.report.problems if p.severity == "error"}
        found = {r.role for r in self.package.resources if r.file in spoiled}
        if self.counts.get(f"{self.package.slug}.csv") == 0:
            found.add("observations")  # a new dataset: its figures are still to come
        read = {resource.name for resource in self.package.resources}
        for entry in self.package.entries:
            if entry["name"] not in read:
                found.add(Resource(entry["name"], "", self.work, entry).role)
        if any(problem.rule == "structure/crash" for problem in self.report.problems):
            found.add("observations")
        return frozenset(found)

    def _is_misread(self) -> bool:
        """True when it is not known what the columns mean."""
        unknown = ("structure/annotation", "structure/concept-missing")
        return any(problem.rule in unknown for problem in self.report.problems)

    def _flat(self, staging: Staging, extra: Iterable[str]) -> FlatTable:
        folder = self.work / "files"
        folder.mkdir()
        names = ("title", "unit", "ci_level", "decimals")
        told = staging.rows(f"select id, {', '.join(names)} from indicators")
        about = {name: dict(zip(names, rest, strict=True)) for name, *rest in told}
        kept = list(dict.fromkeys(extra))
        level = self.package.hub.get("verification")
        return FlatTable(self.package.slug, folder, self.book, about, kept, level)

    def _observations(self, gate: Gate, staging: Staging) -> None:
        plans = [(one, self._plan(one)) for one in self.package.with_role("observations")]
        if not plans:
            return
        extra = [name for _, plan in plans if plan is not None for name in plan.extra]
        kinds = {name: Kind(*told) for name, *told in staging.rows(_MADE)}
        with closing(self._flat(staging, extra)) as flat:
            for resource, plan in plans:
                for read in self._chunks(gate, resource, plan):
                    chunk = completed(read, kinds)
                    staging.write(chunk)
                    flat.write(chunk)
                    self.tally.add(chunk)
        self.counts[f"{self.package.slug}.csv"] = flat.rows
        self.flat = flat.files

    def _read(self, gate: Gate, role: str) -> Iterator[HubChunk]:
        for resource in self.package.with_role(role):
            yield from self._chunks(gate, resource, self._plan(resource))

    def _chunks(self, gate: Gate, resource: Resource, plan: Plan | None) -> Iterator[HubChunk]:
        """The rows of a resource in the hub's shape; what is wrong goes into the report."""
        self.counts[resource.file] = 0
        for part in gate.chunks(resource, fast=self.fast):
            self.counts[resource.file] += len(part)
            self.report.add(rules.chunk(Part(resource, part)))
            if plan is not None:
                chunks, problems = normalise.chunk(plan, part)
                self.report.add(problems)
                yield from chunks
        if plan is not None:
            self._account(resource, plan)

    def _plan(self, resource: Resource) -> Plan | None:
        if resource.role == "table":
            return None
        plan, problems = planning.draw(self.package, resource, self.book)
        self.report.add(problems)
        return plan

    def _account(self, resource: Resource, plan: Plan) -> None:
        """Rows that are not loaded: held back with a reason, or used by no measure."""
        self.held += [
            {"dataset": self.package.slug, "file": resource.file, "reason": reason, "rows": count}
            for reason, count in plan.held.items()
            if count
        ]
        unused = rules.rule("structure/hold-back-not-used")
        for reason in [reason for reason, count in plan.held.items() if not count]:
            message = f"No row meets the condition of: {reason}"
            self.report.add([unused.problem(Finding(resource.file, None, "hold_back", message))])
        if plan.not_used:
            rows = "1 row meets" if plan.not_used == 1 else f"{plan.not_used} rows meet"
            message = f"{rows} the condition of no measure, and will not be loaded."
            rule = rules.rule("structure/row-not-used")
            self.report.add([rule.problem(Finding(resource.file, None, "", message))])

    def _own_lists(self, chunks: Iterable[HubChunk], staging: Staging) -> None:
        described = self.package.hub.get("lists") or []
        lists, walks, wrong = codes.own_lists(described, normalise.code_rows(chunks), self.book)
        fix = "Correct codes.csv, or the description of the list in hub.lists."
        self.report.add(
            Problem("codes/own-list", message, fix, field="hub.lists") for message in wrong
        )
        self.book = self.book.with_own(lists, walks)
        for table, rows in own_tables(lists, self.book, self.package.slug).items():
            staging.fill(f"own_{table}", rows)

    def _told(self, name: str) -> str:
        path = self.package.folder / name
        return path.read_text("utf-8", "replace") if path.is_file() else ""

    def _tell(self, staging: Staging) -> None:
        about, changes = map(self._told, ("about.md", "changes.md"))
        for table, rows in describe.rows(self.package, about, changes).items():
            staging.tell(table, rows)
        staging.tell("held_back", self.held)
        staging.tell("used_other", [{"other": cell} for cell in self.tally.places["other"]])

    def staged(self, package_sha256: str) -> Staged:
        """What passed, with its files written."""
        files = write_files(self.package, self.work / "files", self.counts, self.flat)
        own = {entry.get("list") for entry in self.package.hub.get("lists") or []}
        used = sorted(self.book.used - own)
        found = self.links or Links(self.package.slug)
        return Staged(
            folder=self.work,
            about={
                "dataset": self.package.slug,
                "version": self.package.version,
                "created": self.package.descriptor["created"],
                "release_note": self.package.hub.get("release_note"),
                "package_sha256": package_sha256,
            },
            files=files,
            lists={name: self.hub_book.digest_of(name) for name in used},
            links=found,
            report=self.report.as_dict(),
            claims=sum(self.counts[r.file] for r in self.package.with_role("claims")),
        )
