"""What becomes of packages that came: each passes the hub's own gate, or is quarantined.

The gate runs as it does for the hub's own packages: each in a process of its own, with a budget of
time and memory, without a network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evidencehub import pipeline
from evidencehub.domain.problem import CheckReport
from evidencehub.errors import HubError
from evidencehub.formats import check_report
from evidencehub.pipeline import BuildPaths
from evidencehub.pipeline.stage_task import StageBudget
from evidencehub.source.packages import DESCRIPTOR, collect_defined_ids
from evidencehub.source.partner_lock import LockedFile

MAX_REASONS = 5  # told of one package; its report has them all
PACKAGE_FOLDER, REPORT_NAME = "package", "report"


def judge_packages(
    folders: Mapping[str, Path], paths: BuildPaths, budget: StageBudget
) -> dict[str, list[str]]:
    """Return why each package may not be taken: nothing for those that may.

    `folders` are candidates by name, each in a folder of that name. What a candidate refers to must
    be defined by one that may be taken, or by a package of the hub. The reports of those that may
    not be taken are written beside their folders.
    """
    refused: dict[str, list[str]] = {}
    remaining = dict(folders)
    while remaining:
        failed = _find_failures(remaining, paths, budget)
        if not failed:
            break
        refused |= failed
        remaining = {name: folder for name, folder in remaining.items() if name not in failed}
    return {name: refused.get(name, []) for name in folders}


def _find_failures(
    folders: Mapping[str, Path], paths: BuildPaths, budget: StageBudget
) -> dict[str, list[str]]:
    """Return the reasons of those that fail beside the others."""
    failed = _find_id_clashes(folders, paths)
    remaining = [folder for name, folder in folders.items() if name not in failed]
    for report in pipeline.check_packages(remaining, paths, budget) if remaining else ():
        if not report.has_no_errors:
            failed[report.slug] = _list_reasons(report)
            _write_report(folders[report.slug], report)
    return failed


def _find_id_clashes(folders: Mapping[str, Path], paths: BuildPaths) -> dict[str, list[str]]:
    """Return the candidates that define what another package of the hub defines."""
    ours = collect_defined_ids(paths.dataset_roots, set(folders))
    clashes: dict[str, list[str]] = {}
    for name, folder in folders.items():
        ids = collect_defined_ids([folder], set())
        common = sorted(set(ids) & set(ours))
        if common:
            clashes[name] = [f"The {id_} is defined in {ours[id_]} already." for id_ in common]
    return clashes


def _list_reasons(report: CheckReport) -> list[str]:
    errors = [problem for problem in report.problems if problem.severity == "error"]
    reasons = [f"{problem.location}: {problem.message}" for problem in errors[:MAX_REASONS]]
    more = report.count("error") - len(reasons)
    return [*reasons, f"And {more} more in the report."] if more > 0 else reasons


def _write_report(folder: Path, report: CheckReport) -> None:
    """Write the report beside a package, whose own files may have any name."""
    place = _get_report_folder(folder)
    place.mkdir()
    (place / f"{REPORT_NAME}.json").write_text(check_report.render_json([report]), "utf-8")
    text = check_report.render_text(report, max_viewed=None)
    (place / f"{REPORT_NAME}.txt").write_text(text + "\n", "utf-8")


def _get_report_folder(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.report")


def end_quarantine(target: Path) -> None:
    """Remove what was put aside of a package before, if anything was."""
    if target.is_dir():
        shutil.rmtree(target)


def quarantine_package(folder: Path, target: Path, reasons: Sequence[str]) -> None:
    """Put a package aside, with the report that its owner can be sent."""
    if _get_report_folder(folder).is_dir():
        shutil.copytree(_get_report_folder(folder), target)
    else:
        target.mkdir(parents=True)
        (target / f"{REPORT_NAME}.txt").write_text("\n".join(reasons) + "\n", "utf-8")
    shutil.move(folder, target / PACKAGE_FOLDER)


def take_package(
    folder: Path, target: Path, files: Mapping[str, LockedFile], previous: Mapping[str, LockedFile]
) -> dict[str, LockedFile]:
    """Put a package where datasets are, in place of the one before; return what its files are now.

    Raise HubError where somebody has changed what is there: it is not overwritten.
    """
    require_unchanged(target, previous)
    waiting = target.parent / f".{target.name}.pulled"
    earlier = target.parent / f".{target.name}.earlier"
    for leftover in (waiting, earlier):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(folder, waiting)
    if target.exists():
        os.replace(target, earlier)
    os.replace(waiting, target)
    shutil.rmtree(earlier, ignore_errors=True)
    return {path: _measure(target / path, file) for path, file in files.items()}


def recognise_package(
    folder: Path, target: Path, files: Mapping[str, LockedFile]
) -> dict[str, LockedFile]:
    """Return the files of a package that is in place already; nothing where one is another.

    `folder` has it as it came; the descriptor in place also has where it came from.
    """
    if any(not (target / path).is_file() for path in files):
        return {}
    measured = {path: _measure(target / path, file) for path, file in files.items()}
    tables = [path for path in files if path != DESCRIPTOR]
    is_same = all(measured[p].sha256 == _measure(folder / p, files[p]).sha256 for p in tables)
    return measured if is_same else {}


def remove_package(folder: Path, files: Mapping[str, LockedFile]) -> None:
    """Remove a package that was taken. Raise HubError where somebody has changed it."""
    require_unchanged(folder, files)
    if folder.exists():
        shutil.rmtree(folder)


def require_unchanged(folder: Path, files: Mapping[str, LockedFile]) -> None:
    """Raise HubError where a package is not as it was taken."""
    if not folder.exists():
        return
    if not files:
        raise HubError(f"{folder.name} is a dataset of this hub, so no partner's can be taken.")
    changed = [path for path in _list_paths(folder) if _is_changed(folder, path, files)]
    gone = [path for path in files if not (folder / path).is_file()]
    if changed or gone:
        raise HubError(
            f"{folder}: {', '.join(sorted({*changed, *gone}))} changed since it was taken. "
            "Undo that, or rename the dataset to keep it as your own."
        )


def _is_changed(folder: Path, path: str, files: Mapping[str, LockedFile]) -> bool:
    return path not in files or _measure(folder / path, files[path]).sha256 != files[path].sha256


def _list_paths(folder: Path) -> Collection[str]:
    return [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]


def _measure(path: Path, file: LockedFile) -> LockedFile:
    """Return what is known of a file with its digest and its size as they are now."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return replace(file, sha256=digest, bytes=path.stat().st_size)
