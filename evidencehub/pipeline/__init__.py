"""The straight line: from dataset folders to a build that is served, written as one story."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from evidencehub.check import cross_dataset
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.errors import UsageError
from evidencehub.pipeline import claim_verification, parallel_staging, stage_cache, swap
from evidencehub.pipeline.publication import BuildInputs, publish_build
from evidencehub.pipeline.release_history import (
    ReleaseHistory,
    describe_withdrawal,
    find_version_problem,
    open_history,
)
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.pipeline.stage_task import StageTask
from evidencehub.releases.published_file import package_digest
from evidencehub.releases.signatures import SecretKey
from evidencehub.source import packages
from evidencehub.source.code_lists import read_code_book

OnChecked = Callable[[str, CheckReport], None]  # called when a dataset has been checked


@dataclass(frozen=True, slots=True)
class BuildPaths:
    """Where things are: datasets, code lists, site metadata; and where builds and archive go."""

    dataset_roots: Sequence[Path]
    code_folder: Path
    site_file: Path
    out_folder: Path
    archive_folder: Path


@dataclass(slots=True)
class BuildOutcome:
    """What a build came to: its folder, the report of each dataset, and what was done."""

    build: Path | None = None
    reports: dict[str, CheckReport] = field(default_factory=dict)
    kept_previous: list[str] = field(default_factory=list)
    rebuilt: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """True when every dataset passed."""
        return all(report.has_no_errors for report in self.reports.values())


def build_hub(
    paths: BuildPaths,
    *,
    only_dataset: str = "",
    keep_going: bool = False,
    strict: bool = False,
    sign_key: SecretKey | None = None,
    on_checked: OnChecked = lambda _slug, _report: None,
) -> BuildOutcome:
    """Check, load and publish every dataset; what is served changes in the last step or not at all.

    With `keep_going` a dataset that fails keeps its last good build; with `only_dataset` all others
    do. With `strict` a warning stops a dataset as an error does. With a key each release that has
    no signature yet is signed.
    """
    outcome = BuildOutcome()
    with swap.lock_builds(paths.out_folder):
        book = read_code_book(paths.code_folder)
        history = open_history(paths.archive_folder, paths.out_folder)
        outcome.notes += history.notes
        previous = _read_previous(history) if only_dataset or keep_going else {}
        folders = packages.find_dataset_folders(paths.dataset_roots)
        selected = _select_folders(folders, only_dataset, previous)
        for folder in selected:
            report = outcome.reports.setdefault(folder.name, CheckReport(folder.name))
            report.add(packages.find_duplicate_names(folder, folders))
        is_log_short = bool(history.find_lost_entries())
        for slug, problems in history.find_problems({folder.name for folder in folders}).items():
            if is_log_short or only_dataset in ("", slug):
                outcome.reports.setdefault(slug, CheckReport(slug)).add(problems)
        staged = {
            f.name: previous[f.name] for f in folders if f not in selected and f.name in previous
        }
        staged |= _stage_datasets(selected, book, paths, outcome.reports, history, on_checked)
        staged |= _stage_standing(
            [f.name for f in selected if _is_passed_over(outcome.reports[f.name])],
            book,
            paths,
            history,
        )
        _check_links(staged, outcome.reports, paths)
        _check_claims(staged, outcome.reports, is_complete=len(staged) == len(folders))
        for slug in [slug for slug, dataset in staged.items() if _is_empty(dataset)]:
            outcome.reports.setdefault(slug, CheckReport(slug)).add([NOTHING_TO_PUBLISH])
        failed = [s for s, r in outcome.reports.items() if not r.passes(strict=strict)]
        outcome.rebuilt = [dataset.slug for dataset in staged.values() if dataset.is_new]
        if is_log_short or (failed and not keep_going):
            return outcome
        unstaged = [slug for slug in failed if slug not in previous]
        previous |= _stage_standing(unstaged, book, paths, history)
        _fall_back_to_previous(staged, previous, failed, outcome)
        inputs = BuildInputs(book, paths.code_folder, paths.site_file, paths.out_folder, sign_key)
        outcome.build = publish_build(staged, inputs, history)
    return outcome


def _select_folders(
    folders: Sequence[Path], only_dataset: str, previous: Mapping[str, StagedDataset]
) -> list[Path]:
    """The folders to look at; raises WrongUseError where `only_dataset` leaves no sound build."""
    if not only_dataset:
        return list(folders)
    dataset_names = [folder.name for folder in folders]
    if only_dataset not in dataset_names:
        suggestion = " or ".join(
            difflib.get_close_matches(only_dataset, dataset_names)
        ) or ", ".join(dataset_names[:6])
        raise UsageError(f"“{only_dataset}” is not a dataset. Did you mean {suggestion}?")
    missing = [name for name in dataset_names if name != only_dataset and name not in previous]
    if missing:
        raise UsageError(
            f"There is no earlier build from which to keep {', '.join(missing[:6])}. Build "
            "once without --only."
        )
    return [folder for folder in folders if folder.name == only_dataset]


def _is_empty(dataset: StagedDataset) -> bool:
    """True for a dataset with a table of figures that has no rows, and without a finding."""
    flat = next((file for file in dataset.files if file.path == f"{dataset.slug}.csv"), None)
    has_statements = any(
        link.kind in ("finding", "recommendation") for link in dataset.links.defines
    )
    return flat is not None and flat.rows == 0 and not has_statements


def _fall_back_to_previous(
    staged: dict[str, StagedDataset],
    previous: Mapping[str, StagedDataset],
    failed: list[str],
    outcome: BuildOutcome,
) -> None:
    """Put the last good form in the place of each dataset that failed, or leave it out.

    A dataset that refers to one which is now left out fails with it, and so on.
    """
    while failed:
        for slug in failed:
            staged.pop(slug, None)
            if slug in previous and slug not in outcome.kept_previous:
                staged[slug] = previous[slug]
                outcome.kept_previous.append(slug)
        orphaned = cross_dataset.find_reference_problems(
            [dataset.links for _, dataset in sorted(staged.items())], {}
        )
        for slug, problems in orphaned.items():
            outcome.reports.setdefault(slug, CheckReport(slug)).add(problems)
        failed = list(orphaned)
    outcome.kept_previous = [slug for slug in outcome.kept_previous if slug in staged]


def check_packages(package_paths: Sequence[Path], paths: BuildPaths) -> list[CheckReport]:
    """The reports on the packages at `package_paths`; publishes nothing.

    Ids that they use may be defined in any package of `places.datasets`.
    """
    reports: dict[str, CheckReport] = {}
    book = read_code_book(paths.code_folder)
    with tempfile.TemporaryDirectory(prefix="evidencehub-") as work_folder:
        parents = (
            path.parent if path.name == packages.DESCRIPTOR else path for path in package_paths
        )
        folders = [folder.absolute() for folder in parents]
        for folder in folders:
            reports.setdefault(folder.name, CheckReport(folder.name))
        staged = _stage_datasets(
            folders,
            book,
            replace(paths, out_folder=Path(work_folder)),
            reports,
            open_history(paths.archive_folder, Path(work_folder)),
        )
        _check_links(staged, reports, paths)
        _check_claims(staged, reports, is_complete=False)
    return list(reports.values())


def find_current_build(out_folder: Path) -> Path | None:
    """The build that is served, or None before the first."""
    return swap.find_current_build(out_folder)


def _stage_datasets(
    folders: Sequence[Path],
    book: CodeBook,
    paths: BuildPaths,
    reports: Mapping[str, CheckReport],
    history: ReleaseHistory,
    on_checked: OnChecked = lambda _slug, _report: None,
) -> dict[str, StagedDataset]:
    """The datasets that pass, staged now or found as they were staged before."""
    staged: dict[str, StagedDataset] = {}

    def tasks() -> Iterator[StageTask]:
        for folder in folders:
            report = reports[folder.name]
            package, problems = packages.read_package(folder)
            report.add(problems)
            if package is None:
                continue
            digest, slug = package_digest(package), package.slug
            withdrawal = history.archive.find_withdrawal(slug, package.version)
            if withdrawal is not None:
                report.add([describe_withdrawal(withdrawal, package.version)])
                continue
            problem = find_version_problem(history.archive, slug, package.version, digest)
            report.add([problem] if problem is not None else [])
            stage_folder = paths.out_folder / "stage" / slug
            cached = stage_cache.find_stage(stage_folder, digest, book, history.file_cache)
            if cached is None:
                previous_files = history.archive.list_previous_flat_files(slug, package.version)
                yield StageTask(package, digest, stage_folder, previous_files)
                continue
            report.merge(CheckReport.from_dict(cached.report))
            staged[slug] = cached
            on_checked(slug, report)

    for slug, new_stage, report in parallel_staging.stage_in_parallel(
        tasks(), book, paths.code_folder
    ):
        reports[slug].merge(report)
        if new_stage is not None:
            staged[slug] = new_stage
        on_checked(slug, reports[slug])
    return {
        slug: dataset for slug, dataset in sorted(staged.items()) if reports[slug].has_no_errors
    }


def _is_passed_over(report: CheckReport) -> bool:
    """True for a dataset whose folder holds a version that was withdrawn."""
    return any(problem.rule == "metadata/withdrawn" for problem in report.problems)


def _stage_standing(
    slugs: Iterable[str], book: CodeBook, paths: BuildPaths, history: ReleaseHistory
) -> dict[str, StagedDataset]:
    """Return the newest release of each dataset that stands, staged again from the archive."""
    staged: dict[str, StagedDataset] = {}
    with ExitStack() as opened:
        tasks = []
        for slug in slugs:
            release = history.archive.find_latest(slug)
            stage_folder = paths.out_folder / "stage" / slug
            if release is None:
                continue
            cached = stage_cache.find_stage(
                stage_folder, release.package_sha256, book, history.file_cache
            )
            if cached is not None:
                staged[slug] = cached
                continue
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory())) / slug
            history.archive.extract_package(release, folder)
            package, _ = packages.read_package(folder)
            if package is not None:
                previous_files = history.archive.list_previous_flat_files(slug, release.version)
                tasks.append(
                    StageTask(package, release.package_sha256, stage_folder, previous_files)
                )
        results = parallel_staging.stage_in_parallel(iter(tasks), book, paths.code_folder)
        staged |= {slug: restaged for slug, restaged, _ in results if restaged is not None}
    return staged


def _check_links(
    staged: Mapping[str, StagedDataset], reports: dict[str, CheckReport], paths: BuildPaths
) -> None:
    """Judge what datasets refer to in each other.

    Ids of datasets that did not pass, or were not looked at, count as defined: that a dataset
    fails is told once, and not again by all that refer to it.
    """
    defined_elsewhere = packages.collect_defined_ids(paths.dataset_roots, set(staged))
    dataset_links = [dataset.links for _, dataset in sorted(staged.items())]
    for slug, problems in cross_dataset.find_reference_problems(
        dataset_links, defined_elsewhere
    ).items():
        reports.setdefault(slug, CheckReport(slug)).add(problems)


def _check_claims(
    staged: Mapping[str, StagedDataset], reports: dict[str, CheckReport], *, is_complete: bool
) -> None:
    """Judge the numbers that findings state against the figures of every staged dataset."""
    for verified in claim_verification.verify_claims(staged, is_complete=is_complete):
        if verified.problem is not None:
            reports.setdefault(verified.dataset, CheckReport(verified.dataset)).add(
                [verified.problem]
            )


def _read_previous(history: ReleaseHistory) -> dict[str, StagedDataset]:
    """The staged datasets that the build now served was made of, without what was withdrawn."""
    if history.last_build is None:
        return {}
    stage_folder = history.last_build.parents[1] / "stage"
    entries = swap.read_manifest(history.last_build)["datasets"]
    by_slug = {
        slug: stage_cache.read_stage(stage_folder / slug / entry["stage"], history.file_cache)
        for slug, entry in entries.items()
        if not history.archive.is_withdrawn(slug, entry["version"])
    }
    return {slug: staged for slug, staged in by_slug.items() if staged is not None}


NOTHING_TO_PUBLISH = Problem(
    "metadata/nothing-to-publish",
    "The dataset has no observations and no findings.",
    "Add the observations to observations.csv, or move the folder out of datasets/ until they "
    "are ready.",
    file="data/observations.csv",
)
