"""One dataset through the line: read, judged, brought into the hub's shape, judged, staged."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.check import descriptor_schema, rules
from evidencehub.check.definition import ResourceChunk, RuleContext, Violation
from evidencehub.check.identifiers import DatasetIdentifiers
from evidencehub.check.rules import references
from evidencehub.check.structure import FullParserNeededError, PackageValidator
from evidencehub.check.summary import ObservationSummary
from evidencehub.domain import package_lists
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.columns import HubChunk
from evidencehub.domain.count_rounding import get_rounding_reach
from evidencehub.domain.countries import find_only_country
from evidencehub.domain.licence_basis import find_licence_bases
from evidencehub.domain.package import Resource, SourcePackage
from evidencehub.domain.package_codes import list_added_codes
from evidencehub.domain.package_origin import build_origin_row
from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.domain.status import (
    RATE_VALUE_TYPES,
    RATIO_VALUE_TYPES,
    REPEATED_UNITS,
    build_scale_sql,
    quote_codes,
)
from evidencehub.formats.flat_columns import INDICATOR_PROPERTIES, FlatColumnBuilder
from evidencehub.formats.flat_table import LINE_TERMINATOR, FlatTableWriter
from evidencehub.formats.format import RowColumn
from evidencehub.formats.hashing_file import WrittenFile
from evidencehub.load import descriptor_rows
from evidencehub.load.code_list_rows import code_list_rows, list_code_rows
from evidencehub.load.staging_database import StagingDatabase
from evidencehub.normalise import hub_columns
from evidencehub.normalise import plan as planning
from evidencehub.normalise.blank_dimensions import find_blank_dimensions
from evidencehub.normalise.count_decimals import drop_decimals_of_counts
from evidencehub.normalise.derive_limits import LimitBasis, derive_limits
from evidencehub.normalise.resource_plan import ResourcePlan
from evidencehub.pipeline import inequality_tables, stage_cache
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.pipeline.stage_task import StageTask
from evidencehub.publish.release_documents import write_table_description
from evidencehub.publish.release_files import write_release_files
from evidencehub.releases.published_file import hash_file

OnPosition = Callable[[str, int | None], None]

READ_ORDER = (
    "sources",
    "indicators",
    "findings",
    "recommendations",
    "updates",
    "claims",
    "questions",
    "table",
)
"""The order in which tables are read, observations last: what others need comes first."""


_DERIVABLE_LIMITS_SQL = f"""
select
  id, value_type, {build_scale_sql()}, ci_level
from indicators
where (
  value_type in {quote_codes((*RATE_VALUE_TYPES, "mean"))}
  and (standardisation like 'crude%' or standardisation like 'none%')
  or value_type = '{RATIO_VALUE_TYPES[0]}' and standardisation like 'indirect%'
)
and coalesce(unit_of_count, ?, '') not in {quote_codes(REPEATED_UNITS)}
"""
"""Indicators whose limits follow from what their figures are made of."""
_COUNTS_SQL = "select id from indicators where value_type = 'count'"


def stage_dataset(
    task: StageTask,
    book: CodeBook,
    report: CheckReport,
    on_position: OnPosition = lambda _file, _row: None,
) -> StagedDataset | None:
    """Stage a package below its home; None, with the reasons in `report`, if it does not pass.

    `on_position` is told the file and the row up to which it has been read. The fast reader goes
    first. Where it and Frictionless might differ, all is thrown away and
    read again with Frictionless' own.
    """
    task.stage_folder.mkdir(parents=True, exist_ok=True)
    for fast in (True, False):
        work_folder = Path(tempfile.mkdtemp(prefix=".work-", dir=task.stage_folder))
        try:
            package_book, run_report = book.for_package(), CheckReport(task.package.slug)
            stage_run = _StageRun(
                task.package,
                book,
                package_book,
                work_folder,
                run_report,
                task.previous_files,
                on_position,
                is_published=task.is_published,
                use_fast_reader=fast,
            )
            stage_run.run()
            report.merge(stage_run.report)
            return (
                _move_to_cache(
                    stage_run.build_staged_dataset(task.package_sha256), task.stage_folder
                )
                if report.has_no_errors
                else None
            )
        except FullParserNeededError:
            continue
        finally:
            shutil.rmtree(work_folder, ignore_errors=True)
    raise AssertionError  # the slow reader never asks for a slower one


def demote(problem: Problem) -> Problem:
    """Return an error as a warning, for a release that was published before the rule was there."""
    if problem.severity != "error":
        return problem
    message = f"{problem.message} This release was published already, so it is not held back."
    return replace(problem, severity="warning", finding=message)


def _move_to_cache(staged: StagedDataset, stage_folder: Path) -> StagedDataset:
    """Move the finished folder to its own name; from then on it is never changed."""
    stage_cache.write_summary(staged)
    target = stage_folder / stage_cache.compute_stage_key(
        staged.summary["package_sha256"], staged.code_list_hashes
    )
    if target.exists():
        shutil.rmtree(target)
    os.replace(staged.folder, target)
    staged.folder = target
    staged.is_new = True
    return staged


@dataclass(slots=True)
class _StageRun:
    """The line for one package, once through."""

    package: SourcePackage
    hub_code_book: CodeBook
    code_book: CodeBook
    work_folder: Path
    report: CheckReport
    previous_files: Mapping[str, Path]
    on_position: OnPosition
    is_published: bool
    use_fast_reader: bool
    row_counts: dict[str, int] = field(default_factory=dict)
    flat_files: list[WrittenFile] = field(default_factory=list)
    flat_columns: Sequence[RowColumn] = ()
    source_terms: dict[str, str | None] = field(default_factory=dict)
    dataset_row: dict[str, Any] = field(default_factory=dict)
    held_back: list[dict[str, object]] = field(default_factory=list)
    tally: ObservationSummary = field(default_factory=ObservationSummary)
    links: DatasetIdentifiers | None = None

    def run(self) -> None:
        """Everything up to the verdict, which is in the report."""
        self._judge(descriptor_schema.find_schema_problems(self.package))
        gate = PackageValidator(self.package) if self.report.has_no_errors else None
        if gate is None or not gate.accepts_descriptor:
            self.report.add(gate.find_problems() if gate is not None else ())
            return
        size = sum(resource.path.stat().st_size for resource in self.package.resources)
        staging = StagingDatabase(self.work_folder / "staged.db", self.package.slug, size)
        self._stage_dataset_lists(self._read_role(gate, "codes"), staging)
        for role in READ_ORDER:
            for chunk in self._read_role(gate, role):
                staging.write_chunk(chunk)
        self._stage_observations(gate, staging)
        own_codes = list_added_codes(self.code_book, self.hub_code_book)
        staging.write_rows("own_code", list_code_rows(own_codes))
        self._judge(rules.check_descriptor(self.package, self.code_book))
        self.report.add(gate.find_problems())
        if not self._has_unknown_columns():  # or every row would be told for one mistake
            incomplete = self._find_incomplete_roles()
            check_inputs = (
                self.package,
                self.code_book,
                staging.query,
                self.tally,
                incomplete,
                self.previous_files,
            )
            self._judge(rules.check_dataset(RuleContext(*check_inputs)))
        if self.report.has_no_errors:
            rows = self.row_counts.get(f"{self.package.slug}.csv", 0)
            inequality_tables.fill_inequality_tables(
                self.package, staging, self.code_book, rows, self.tally
            )
        names = [entry["list"] for entry in self.package.hub.get("lists") or []]
        self.links = references.collect_identifiers(
            self.package.slug, staging.query, self.tally, names
        )
        self._stage_descriptions(staging)
        staging.commit_and_close()

    def _judge(self, problems: Iterable[Problem]) -> None:
        """Report what rules find. For a release that was published already all are warnings."""
        self.report.add(map(demote, problems) if self.is_published else problems)

    def _find_incomplete_roles(self) -> frozenset[str]:
        """The roles of tables that lost rows, or were not read at all, for a mistake of theirs."""
        files_with_errors = {p.file for p in self.report.problems if p.severity == "error"}
        incomplete = {r.role for r in self.package.resources if r.file in files_with_errors}
        if self.row_counts.get(f"{self.package.slug}.csv") == 0:
            incomplete.add("observations")  # a new dataset: its figures are still to come
        resource_names = {resource.name for resource in self.package.resources}
        for entry in self.package.resource_descriptors:
            if entry["name"] not in resource_names:
                incomplete.add(Resource(entry["name"], "", self.work_folder, entry).role)
        if any(problem.rule == "structure/crash" for problem in self.report.problems):
            incomplete.add("observations")
        return frozenset(incomplete)

    def _has_unknown_columns(self) -> bool:
        """True when it is not known what the columns mean."""
        unknown = ("structure/annotation", "structure/concept-missing")
        return any(problem.rule in unknown for problem in self.report.problems)

    def _open_flat_table(self, staging: StagingDatabase, extra: Iterable[str]) -> FlatTableWriter:
        folder = self.work_folder / "files"
        folder.mkdir()
        names = INDICATOR_PROPERTIES
        indicator_rows = staging.query(f"select id, {', '.join(names)} from indicators")
        indicators = {
            name: dict(zip(names, indicator_values, strict=True))
            for name, *indicator_values in indicator_rows
        }
        defaults = {"same_source": "unknown", **self.package.hub}
        self.source_terms = dict(staging.query("select id, licence from sources"))
        origin = build_origin_row(self.package.hub.get("origin"))["origin"]
        builder = FlatColumnBuilder(
            self.package.slug, self.code_book, indicators, defaults, self.source_terms, origin
        )
        columns = [RowColumn(c.name, c.column_type, c.description) for c in OBSERVATIONS.columns]
        return FlatTableWriter(columns, builder, folder, list(dict.fromkeys(extra)))

    def _stage_observations(self, gate: PackageValidator, staging: StagingDatabase) -> None:
        resources = self.package.with_role("observations")
        plans = [(resource, self._plan_resource(resource)) for resource in resources]
        if not plans:
            return
        extra = [name for _, plan in plans if plan is not None for name in plan.unmapped_fields]
        hub = self.package.hub
        reach = get_rounding_reach(hub.get("disclosure_policy"))
        derivation_inputs = {
            name: LimitBasis(value_type, scale, ci_level, reach)
            for name, value_type, scale, ci_level in staging.query(
                _DERIVABLE_LIMITS_SQL, (hub.get("unit_of_count"),)
            )
        }
        counts = {name for (name,) in staging.query(_COUNTS_SQL)}
        with closing(self._open_flat_table(staging, extra)) as flat:
            for resource, plan in plans:
                for raw_chunk in self._chunks(gate, resource, plan):
                    whole_chunk = drop_decimals_of_counts(raw_chunk, counts)
                    chunk = derive_limits(whole_chunk, derivation_inputs)
                    staging.write_chunk(chunk)
                    flat.write(chunk)
                    self.tally.add(chunk)
        self.row_counts[f"{self.package.slug}.csv"] = flat.row_count
        self.flat_files, self.flat_columns = flat.files, flat.columns

    def _read_role(self, gate: PackageValidator, role: str) -> Iterator[HubChunk]:
        for resource in self.package.with_role(role):
            yield from self._chunks(gate, resource, self._plan_resource(resource))

    def _chunks(
        self, gate: PackageValidator, resource: Resource, plan: ResourcePlan | None
    ) -> Iterator[HubChunk]:
        """The rows of a resource in the hub's shape; what is wrong goes into the report."""
        self.row_counts[resource.file] = 0
        self.on_position(resource.file, None)
        for column_chunk in gate.read_chunks(resource, use_arrow=self.use_fast_reader):
            self.row_counts[resource.file] += len(column_chunk)
            self._judge(rules.check_chunk(ResourceChunk(resource, column_chunk)))
            if plan is not None:
                column_chunks, problems = hub_columns.normalise_chunk(plan, column_chunk)
                self.report.add(problems)
                yield from column_chunks
            self.on_position(resource.file, column_chunk.rows[-1] if column_chunk.rows else None)
        self.on_position("", None)
        if plan is not None:
            self._report_unused_rows(resource, plan)

    def _plan_resource(self, resource: Resource) -> ResourcePlan | None:
        if resource.role == "table":
            return None
        plan, problems = planning.build_plan(self.package, resource, self.code_book)
        self.report.add(problems)
        return plan

    def _report_unused_rows(self, resource: Resource, plan: ResourcePlan) -> None:
        """Rows that are not loaded: held back with a reason, or used by no measure."""
        self.report.add(find_blank_dimensions(plan))
        self.held_back += [
            {"dataset": self.package.slug, "file": resource.file, "reason": reason, "rows": count}
            for reason, count in plan.withheld_counts.items()
            if count
        ]
        unused = rules.get_rule("structure/hold-back-not-used")
        for reason in [reason for reason, count in plan.withheld_counts.items() if not count]:
            message = f"No row matches the hold_back condition with the reason: {reason}"
            self.report.add(
                [unused.make_problem(Violation(resource.file, None, "hold_back", message))]
            )
        if plan.unused_row_count:
            rows = (
                "1 row matches"
                if plan.unused_row_count == 1
                else f"{plan.unused_row_count} rows match"
            )
            message = f"{rows} no measure's condition and will not be loaded."
            rule = rules.get_rule("structure/row-not-used")
            self.report.add([rule.make_problem(Violation(resource.file, None, "", message))])

    def _stage_dataset_lists(
        self, column_chunks: Iterable[HubChunk], staging: StagingDatabase
    ) -> None:
        list_descriptors = self.package.hub.get("lists") or []
        lists, crosswalks, list_errors = package_lists.build_package_lists(
            list_descriptors, hub_columns.rows_as_text(column_chunks), self.code_book
        )
        fix = "Correct codes.csv, or the declaration of the list in hub.lists."
        self.report.add(
            Problem("codes/own-list", message, fix, field="hub.lists") for message in list_errors
        )
        home = find_only_country(self.package.hub.get("countries", []))
        self.code_book = self.code_book.with_package_lists(lists, crosswalks, home)
        for table, rows in code_list_rows(lists, self.code_book, self.package.slug).items():
            staging.write_rows(f"own_{table}", rows)

    def _read_text(self, name: str) -> str:
        path = self.package.folder / name
        return path.read_text("utf-8", "replace") if path.is_file() else ""

    def _stage_descriptions(self, staging: StagingDatabase) -> None:
        texts = map(self._read_text, ("about.md", "changes.md"))
        tables = descriptor_rows.descriptor_rows(self.package, self.code_book.licences, *texts)
        [self.dataset_row] = tables["dataset"]
        for table, rows in tables.items():
            staging.write_mappings(table, rows)
        staging.write_mappings("row_exclusion", self.held_back)
        staging.write_mappings(
            "used_dimensions", [{"other": cell} for cell in self.tally.first_rows["other"]]
        )

    def build_staged_dataset(self, package_sha256: str) -> StagedDataset:
        """What passed, with its files written."""
        files, package = write_release_files(
            self.package, self.work_folder, self.row_counts, self.flat_files
        )
        if self.flat_files:
            write_table_description(
                self.work_folder,
                self.flat_columns,
                self.dataset_row,
                find_licence_bases(self.source_terms.values(), self.code_book.licences),
                LINE_TERMINATOR,
            )
        dataset_list_names = {entry.get("list") for entry in self.package.hub.get("lists") or []}
        lists_used = sorted(self.code_book.used_lists - dataset_list_names)
        dataset_links = self.links or DatasetIdentifiers(self.package.slug)
        return StagedDataset(
            folder=self.work_folder,
            summary={
                "dataset": self.package.slug,
                "version": self.package.version,
                "created": self.package.descriptor["created"],
                "release_note": self.package.hub.get("release_note"),
                "package_sha256": package_sha256,
            },
            files=files,
            code_list_hashes={name: self.hub_code_book.list_digest(name) for name in lists_used},
            links=dataset_links,
            report=self.report.as_dict(),
            package=package,
            database_sha256=hash_file(self.work_folder / "staged.db"),
            claim_count=sum(self.row_counts[r.file] for r in self.package.with_role("claims")),
        )
