"""What may be published: packages that pass, staged now or before, and releases that stand."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.errors import HubError, find_disk_error, write_error_log
from evidencehub.pipeline import stage_cache
from evidencehub.pipeline.parallel_staging import stage_in_parallel
from evidencehub.pipeline.release_history import (
    ReleaseHistory,
    describe_withdrawal,
    find_version_problem,
)
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.pipeline.stage_process import describe_internal_error
from evidencehub.pipeline.stage_task import StageBudget, StageTask
from evidencehub.releases.disk import RESTORE_HINT
from evidencehub.releases.published_file import package_digest
from evidencehub.releases.release import Release
from evidencehub.source import packages

OnChecked = Callable[[str, CheckReport], None]  # called when a dataset has been checked


@dataclass(slots=True)
class CandidateStager:
    """Stages packages and releases with the code lists, below `out_folder`, within a budget.

    `passed_over` are datasets whose folder is not to be built (a draft, a withdrawn version), and
    `notes` sentences for the person who builds.
    """

    book: CodeBook
    out_folder: Path
    history: ReleaseHistory
    budget: StageBudget
    builds_drafts: bool = False
    passed_over: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def stage_folders(
        self, folders: Iterable[Path], reports: Mapping[str, CheckReport], on_checked: OnChecked
    ) -> dict[str, StagedDataset]:
        """Return the datasets that pass, staged now or found as they were staged before."""
        staged: dict[str, StagedDataset] = {}

        def list_tasks() -> Iterator[StageTask]:
            for folder in folders:
                report = reports[folder.name]
                with contain_errors(report):
                    task = self._prepare_folder(folder, report)
                    cached = self._find_stage(task) if task is not None else None
                    if cached is not None:
                        report.merge(CheckReport.from_dict(cached.report))
                        staged[cached.slug] = cached
                        on_checked(cached.slug, report)
                    elif task is not None:
                        yield task

        for slug, new_stage, report in stage_in_parallel(list_tasks(), self.book, self.budget):
            reports[slug].merge(report)
            if new_stage is not None:
                staged[slug] = new_stage
            on_checked(slug, reports[slug])
        return {
            slug: dataset for slug, dataset in sorted(staged.items()) if reports[slug].has_no_errors
        }

    def stage_standing(self, slugs: Iterable[str]) -> dict[str, StagedDataset]:
        """Return the newest release of each dataset that stands, staged again from the archive."""
        staged: dict[str, StagedDataset] = {}
        with ExitStack() as opened:
            tasks = []
            for slug in slugs:
                release = self.history.archive.find_latest(slug)
                if release is None:
                    continue
                report = CheckReport(slug)
                with contain_errors(report):
                    folder = Path(opened.enter_context(tempfile.TemporaryDirectory())) / slug
                    task = self._prepare_release(release, folder, report)
                    cached = self._find_stage(task) if task is not None else None
                    if cached is not None:
                        staged[slug] = cached
                    elif task is not None:
                        tasks.append(task)
                self._note_failure(slug, report)
            for slug, new_stage, report in stage_in_parallel(tasks, self.book, self.budget):
                if new_stage is not None:
                    staged[slug] = new_stage
                self._note_failure(slug, report)
        return staged

    def _prepare_folder(self, folder: Path, report: CheckReport) -> StageTask | None:
        """Return the task of a folder; None where it has none, with the reason in the report."""
        package, problems = packages.read_package(folder)
        report.add(problems)
        if package is None:
            return None
        archive, slug, version = self.history.archive, package.slug, package.version
        if not package.is_ready and not self.builds_drafts:
            self.notes.append(
                f"{slug} is not ready to publish (hub.state is “{package.state}”), so it is not "
                "built."
            )
            self.passed_over.append(slug)
            return None
        withdrawal = archive.find_withdrawal(slug, version)
        if withdrawal is not None:
            report.add([describe_withdrawal(withdrawal, version)])
            self.passed_over.append(slug)
            return None
        digest = package_digest(package)
        problem = find_version_problem(archive, slug, version, digest)
        report.add([problem] if problem is not None else [])
        return self._create_task(package, digest)

    def _prepare_release(
        self, release: Release, folder: Path, report: CheckReport
    ) -> StageTask | None:
        self.history.archive.extract_package(release, folder)
        package, problems = packages.read_package(folder)
        report.add(problems)
        return self._create_task(package, release.package_sha256) if package is not None else None

    def _create_task(self, package: SourcePackage, digest: str) -> StageTask:
        archive, slug, version = self.history.archive, package.slug, package.version
        published = archive.find_release(slug, version)
        return StageTask(
            package,
            digest,
            self.out_folder / "stage" / slug,
            archive.list_previous_flat_files(slug, version),
            is_published=published is not None and published.package_sha256 == digest,
        )

    def _find_stage(self, task: StageTask) -> StagedDataset | None:
        cache = self.history.file_cache
        return stage_cache.find_stage(task.stage_folder, task.package_sha256, self.book, cache)

    def _note_failure(self, slug: str, report: CheckReport) -> None:
        errors = [problem for problem in report.problems if problem.severity == "error"]
        if errors:
            self.notes.append(
                f"{slug}: its last release could not be loaded from the archive. "
                f"{errors[0].location}: {errors[0].message}"
            )


@contextmanager
def contain_errors(report: CheckReport) -> Iterator[None]:
    """Make an error of ours in the work on one dataset a problem of that dataset.

    What is wrong with the disk is the build's, and raised.
    """
    try:
        yield
    except HubError as error:
        report.add([Problem("metadata/release-damaged", str(error), RESTORE_HINT)])
    except PermissionError as error:
        message = f"“{error.filename}” cannot be read ({error.strerror})."
        fix = "Check that you have permission to read it."
        report.add([Problem("structure/path", message, fix)])
    except Exception as error:
        if find_disk_error(error) is not None:
            raise
        log = write_error_log(traceback.format_exc())
        report.add([describe_internal_error(type(error).__name__, f"Details are in {log}.")])
