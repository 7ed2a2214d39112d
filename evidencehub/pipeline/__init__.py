"""The straight line: from dataset folders to a build that is served, written as one story."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evidencehub.check import cross_dataset
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.problem import CheckReport, Problem
from evidencehub.errors import UsageError
from evidencehub.pipeline import claim_verification, question_values, stage_cache, swap
from evidencehub.pipeline.candidates import CandidateStager, OnChecked, contain_errors
from evidencehub.pipeline.partner_rows import read_partner_rows
from evidencehub.pipeline.publication import BuildInputs, publish_build
from evidencehub.pipeline.release_history import ReleaseHistory, open_history
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.pipeline.stage_task import StageBudget
from evidencehub.releases.build_manifest import read_manifest
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.signatures import SecretKey
from evidencehub.source import packages
from evidencehub.source.code_lists import read_code_book

if TYPE_CHECKING:  # it is imported where there is a claim
    from evidencehub.pipeline.claim_texts import TextFault

DEFAULT_BUDGET = StageBudget()


@dataclass(frozen=True, slots=True)
class BuildPaths:
    """Where things are: datasets, code lists, site metadata; and where builds and archive go.

    Beside the site metadata are the partners and what was taken from them, if there are any.
    """

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
    budget: StageBudget = DEFAULT_BUDGET,
    on_checked: OnChecked = lambda _slug, _report: None,
) -> BuildOutcome:
    """Check, load and publish every dataset; what is served changes in the last step or not at all.

    With `keep_going` a dataset that fails keeps its last release; with `only_dataset` all others
    do. With `strict` a warning stops a dataset as an error does. With a key each release that has
    no signature yet is signed. A dataset that spends its `budget`, or crashes the hub's own code,
    fails alone.
    """
    outcome = BuildOutcome()
    with swap.lock_builds(paths.out_folder):
        book = read_code_book(paths.code_folder)
        partner_rows = read_partner_rows(paths.site_file.parent)
        history = open_history(paths.archive_folder, paths.out_folder)
        outcome.notes += history.notes
        stager = CandidateStager(book, paths.out_folder, history, budget, notes=outcome.notes)
        previous = _read_previous(history) if only_dataset or keep_going else {}
        folders = packages.find_dataset_folders(paths.dataset_roots)
        selected = _select_folders(folders, only_dataset)
        outcome.reports |= _open_reports(selected, folders, history, only_dataset)
        is_log_short = bool(history.find_lost_entries())
        staged = stager.stage_folders(selected, outcome.reports, on_checked)
        left_out = _add_standing(staged, folders, selected, previous, stager, outcome)
        _check_links(staged, outcome.reports, paths, left_out)
        is_complete = len(staged) + len(left_out) == len(folders)
        standing = set(staged) - {folder.name for folder in selected}
        _check_claims(staged, outcome.reports, book, standing, is_complete=is_complete)
        if is_complete:  # else what answers a question may be in what was not looked at
            _check_questions(staged, outcome.reports, book)
        for slug in filter(lambda slug: _is_empty(staged[slug]), staged):
            outcome.reports.setdefault(slug, CheckReport(slug)).add([NOTHING_TO_PUBLISH])
        failed = [s for s, r in outcome.reports.items() if not r.passes(strict=strict)]
        outcome.rebuilt = [dataset.slug for dataset in staged.values() if dataset.is_new]
        if is_log_short or (failed and not keep_going):
            return outcome
        previous |= stager.stage_standing(slug for slug in failed if slug not in previous)
        _fall_back_to_previous(staged, previous, failed, outcome)
        inputs = BuildInputs(
            book, paths.code_folder, paths.site_file, paths.out_folder, sign_key, partner_rows
        )
        outcome.build = publish_build(staged, inputs, history)
    return outcome


def _select_folders(folders: Sequence[Path], only_dataset: str) -> list[Path]:
    """Return the folders to look at; raise UsageError where `only_dataset` names none."""
    if not only_dataset:
        return list(folders)
    dataset_names = [folder.name for folder in folders]
    if only_dataset not in dataset_names:
        suggestion = " or ".join(
            difflib.get_close_matches(only_dataset, dataset_names)
        ) or ", ".join(dataset_names[:6])
        raise UsageError(f"“{only_dataset}” is not a dataset. Did you mean {suggestion}?")
    return [folder for folder in folders if folder.name == only_dataset]


def _open_reports(
    selected: Sequence[Path], folders: Sequence[Path], history: ReleaseHistory, only_dataset: str
) -> dict[str, CheckReport]:
    """Return a report for each folder, with what is wrong with it before it is read."""
    reports = {folder.name: CheckReport(folder.name) for folder in selected}
    for slug, problems in packages.find_duplicate_names(folders).items():
        if slug in reports:
            reports[slug].add(problems)
    for slug, problems in history.find_problems({folder.name for folder in folders}).items():
        if history.find_lost_entries() or only_dataset in ("", slug):
            reports.setdefault(slug, CheckReport(slug)).add(problems)
    return reports


def _add_standing(
    staged: dict[str, StagedDataset],
    folders: Sequence[Path],
    selected: Sequence[Path],
    previous: Mapping[str, StagedDataset],
    stager: CandidateStager,
    outcome: BuildOutcome,
) -> set[str]:
    """Add what stays as it was last published: the folders not looked at, drafts, withdrawals.

    Return the datasets that are left out, as they have no release.
    """
    for slug in stager.passed_over:  # a draft has no verdict
        if not outcome.reports[slug].problems:
            del outcome.reports[slug]
    other_slugs = [folder.name for folder in folders if folder not in selected]
    staged |= {slug: previous[slug] for slug in other_slugs if slug in previous}
    standing = {*other_slugs, *stager.passed_over} - set(staged)
    staged |= stager.stage_standing(sorted(standing))
    left_out = standing - set(staged)
    outcome.notes += [
        f"{slug} has no release yet, so it is left out."
        for slug in sorted(left_out - set(stager.passed_over))
    ]
    return left_out


def _is_empty(dataset: StagedDataset) -> bool:
    """True for a dataset with a table of figures that has no rows, and without a finding."""
    flat = next((file for file in dataset.files if file.path == f"{dataset.slug}.csv"), None)
    has_statements = any(
        link.kind in ("finding", "recommendation", "question") for link in dataset.links.defines
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


def check_packages(
    package_paths: Sequence[Path], paths: BuildPaths, budget: StageBudget = DEFAULT_BUDGET
) -> list[CheckReport]:
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
        history = open_history(paths.archive_folder, Path(work_folder))
        stager = CandidateStager(book, Path(work_folder), history, budget, builds_drafts=True)
        staged = stager.stage_folders(folders, reports, lambda _slug, _report: None)
        _check_links(staged, reports, paths, set())
        _check_claims(staged, reports, book, set(), is_complete=False)
    return list(reports.values())


class ServableBuildFinder:
    """Finds the build to serve: the current one or, where its database is damaged, an earlier one.

    Called again it reads a database only if that has changed. It writes nothing, and gives
    `tell` a sentence for each build that it passes over, once.
    """

    def __init__(self, out_folder: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self._out_folder, self._tell = out_folder, tell
        self._passed_over: set[Path] = set()
        self._cache = DigestCache(out_folder / "digests.json")

    def __call__(self) -> Path | None:
        """Return the build, or None where there is none that is whole."""
        current = swap.find_current_build(self._out_folder)
        earlier = (build.resolve() for build in swap.list_builds(self._out_folder))
        candidates = [*([current] if current is not None else []), *earlier]
        return next(filter(self._is_servable, candidates), None)

    def _is_servable(self, build: Path) -> bool:
        is_whole = swap.is_whole(build, (), self._cache)
        if not is_whole and build not in self._passed_over:
            self._tell(
                f"Build {build.name} is not served: its hub.db is not the one that its manifest "
                "names. An earlier build is served, if there is one. Run `python build.py`."
            )
            self._passed_over.add(build)
        return is_whole


def _check_links(
    staged: Mapping[str, StagedDataset],
    reports: dict[str, CheckReport],
    paths: BuildPaths,
    left_out: Collection[str],
) -> None:
    """Judge what datasets refer to in each other.

    Ids of datasets that did not pass, or were not looked at, count as defined: that a dataset
    fails is told once, and not again by all that refer to it. Those of what is left out do not.
    """
    defined_elsewhere = packages.collect_defined_ids(paths.dataset_roots, {*staged, *left_out})
    dataset_links = [dataset.links for _, dataset in sorted(staged.items())]
    for slug, problems in cross_dataset.find_reference_problems(
        dataset_links, defined_elsewhere
    ).items():
        reports.setdefault(slug, CheckReport(slug)).add(problems)


def _check_claims(
    staged: Mapping[str, StagedDataset],
    reports: dict[str, CheckReport],
    book: CodeBook,
    standing: Collection[str],
    *,
    is_complete: bool,
) -> None:
    """Judge findings against the values of every staged dataset: their numbers and their words.

    What the words of a finding say wrongly does not hold a build back where neither it nor what it
    rests on is new: it was published so before the rule was there.
    """
    names = None
    for slug in sorted(slug for slug in staged if staged[slug].claim_count):
        # imported here: most builds of one dataset have no claim to read
        from evidencehub.pipeline.claim_texts import find_text_faults
        from evidencehub.pipeline.group_names import GroupNames

        report, names = CheckReport(slug), names or GroupNames(book, staged)
        with contain_errors(report):
            verified = claim_verification.verify_claims_of(slug, staged, is_complete=is_complete)
            report.add(claim.problem for claim in verified if claim.problem is not None)
            faults = list(find_text_faults(staged[slug], verified, names))
            report.add(_describe_faults(faults, standing))
        if report.problems:
            reports.setdefault(slug, CheckReport(slug)).merge(report)


def _check_questions(
    staged: Mapping[str, StagedDataset], reports: dict[str, CheckReport], book: CodeBook
) -> None:
    """Judge whether values of any dataset answer the questions about families of indicators."""
    for slug in sorted(staged):
        if any(link.kind == "question" for link in staged[slug].links.defines):
            problems = list(question_values.find_unanswered(slug, staged, book))
            if problems:
                reports.setdefault(slug, CheckReport(slug)).add(problems)


def _describe_faults(faults: Sequence[TextFault], standing: Collection[str]) -> list[Problem]:
    if not faults:
        return []
    # imported here: findings that say what their values do need none of these libraries
    from evidencehub.check import rules
    from evidencehub.check.definition import Violation
    from evidencehub.pipeline.stage import demote

    problems = []
    for fault in faults:
        is_standing = fault.claim.datasets <= set(standing)
        violation = Violation(fault.file, fault.row, fault.column, fault.message)
        problem = rules.get_rule(fault.rule).make_problem(violation)
        if problem.severity == "error" or not is_standing:  # a remark was made when it was built
            problems.append(demote(problem) if is_standing else problem)
    return problems


def _read_previous(history: ReleaseHistory) -> dict[str, StagedDataset]:
    """The staged datasets that the build now served was made of, without what was withdrawn.

    A form that other code staged is left out too: the archive has what it was made of.
    """
    if history.last_build is None:
        return {}
    stage_folder = history.last_build.parents[1] / "stage"
    entries = read_manifest(history.last_build)["datasets"]
    by_slug = {
        slug: stage_cache.read_stage(stage_folder / slug / entry["stage"], history.file_cache)
        for slug, entry in entries.items()
        if not history.archive.is_withdrawn(slug, entry["version"])
    }
    return {
        slug: staged
        for slug, staged in by_slug.items()
        if staged is not None and stage_cache.is_of_this_code(staged)
    }


NOTHING_TO_PUBLISH = Problem(
    "metadata/nothing-to-publish",
    "The dataset has no observations and no findings.",
    "Add the observations to observations.csv, or move the folder out of datasets/ until they "
    "are ready.",
    file="data/observations.csv",
)
