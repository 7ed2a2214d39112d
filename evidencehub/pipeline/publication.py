"""Publication: new releases frozen in the archive, the build assembled, and swapped in."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from evidencehub.domain.code_lists import CodeBook
from evidencehub.pipeline import claim_verification, stage_cache, swap, withdrawal_rows
from evidencehub.pipeline.release_history import ReleaseHistory, check_still_allowed
from evidencehub.pipeline.stage_cache import StagedDataset
from evidencehub.publish import release_documents
from evidencehub.releases import layout, restoration
from evidencehub.releases.build_manifest import read_manifest, write_manifest
from evidencehub.releases.published_file import hash_file
from evidencehub.releases.release import PlannedRelease, Release, locate_package, plan_release
from evidencehub.releases.signatures import SecretKey, sign

RELEASE_COLUMNS = ("dataset", "version", "created", "release_note", "package_sha256")


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """What a build is made of besides datasets: code lists, site metadata, key; where it goes.

    `partner_rows` are the rows of the tables about partners.
    """

    book: CodeBook
    code_folder: Path
    site_file: Path
    out_folder: Path
    sign_key: SecretKey | None = None
    partner_rows: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


def publish_build(
    staged: Mapping[str, StagedDataset], inputs: BuildInputs, history: ReleaseHistory
) -> Path:
    """Freeze new releases in the archive, assemble the build, and swap it in; return its folder.

    The archive is locked from the last look at it to the swap. Raise HubError where another build
    published a version meanwhile.
    """
    with history.archive.lock():
        history.archive.reload()
        check_still_allowed(
            history.archive,
            [(s, d.summary["version"], d.summary["package_sha256"]) for s, d in staged.items()],
        )
        history.archive.erase_withdrawn()
        target = _publish_locked(staged, inputs, history)
    kept_builds = swap.delete_old_builds(inputs.out_folder, history.archive.summary.erased)
    stages_in_use = {
        (slug, entry["stage"])
        for build in kept_builds
        for slug, entry in read_manifest(build)["datasets"].items()
    }
    stage_cache.delete_unused_stages(inputs.out_folder / "stage", stages_in_use)
    history.save()
    return target


def _publish_locked(
    staged: Mapping[str, StagedDataset], inputs: BuildInputs, history: ReleaseHistory
) -> Path:
    build_hash = _compute_build_hash(staged, inputs, history)
    builds_folder = inputs.out_folder / "builds"
    target = builds_folder / build_hash
    if not swap.is_whole(target, history.list_all_releases(), history.file_cache):
        builds_folder.mkdir(exist_ok=True)
        work_folder = Path(tempfile.mkdtemp(prefix=".new-", dir=builds_folder))
        work_folder.chmod(0o755)
        _assemble_build(staged, inputs, history, work_folder, build_hash)
        return swap.publish_build(inputs.out_folder, work_folder, build_hash)
    _sign_releases(history, inputs)
    layout.write_statements(target / "files", history.list_all_releases())
    copy = history.copy
    if copy is None or copy.build != target:
        copy = restoration.read_copy(target)
    if copy is None or copy.entries != history.archive.entries:
        restoration.write_copy(history.archive, target, history.copy)
    if swap.find_current_build(inputs.out_folder) != target.resolve():
        swap.switch_current(inputs.out_folder, target)
    return target


def _compute_build_hash(
    staged: Mapping[str, StagedDataset], inputs: BuildInputs, history: ReleaseHistory
) -> str:
    """Return the name of a build: a hash of everything that it is made of."""
    hash_inputs = [
        stage_cache.hash_code(),
        stage_cache.hash_folder(inputs.code_folder),
        stage_cache.hash_file(inputs.site_file),
        f"partners {json.dumps(inputs.partner_rows, sort_keys=True)}",
    ]
    hash_inputs += [f"{slug} {dataset.key}" for slug, dataset in sorted(staged.items())]
    hash_inputs += [
        f"{release.dataset} {release.version}"
        for release in history.list_all_releases()
        if release.dataset not in staged
        or release.version != staged[release.dataset].summary["version"]
    ]
    hash_inputs += [
        f"withdrawn {slug} {version} {withdrawal}"
        for slug, version, withdrawal in history.archive.list_withdrawals()
    ]
    return hashlib.sha256("\n".join(hash_inputs).encode()).hexdigest()[:16]


def _assemble_build(
    staged: Mapping[str, StagedDataset],
    inputs: BuildInputs,
    history: ReleaseHistory,
    work_folder: Path,
    build_hash: str,
) -> None:
    # imported here: an unchanged build needs neither
    from evidencehub.load import assemble
    from evidencehub.pipeline import conversion_table
    from evidencehub.publish import catalogue, datasette_metadata

    documents = work_folder / ".documents"
    planned = {
        slug: _plan_release(dataset, history, documents / slug)
        for slug, dataset in sorted(staged.items())
    }
    table_rows = {
        **_describe_releases(planned, history),
        "scheme_conversion": conversion_table.build_conversion_rows(inputs.book),
        "claim": [claim.row for claim in claim_verification.verify_claims(staged)],
        "build": [{"name": "hash", "value": build_hash}],
        **withdrawal_rows.build_withdrawal_rows(history.archive, _list_live_ids(staged)),
        **inputs.partner_rows,
    }
    database = work_folder / "hub.db"
    stage_databases = {slug: dataset.database for slug, dataset in staged.items()}
    with ThreadPoolExecutor(1) as other_thread:
        # the disk and SQLite work side by side; without a line in the log no object counts
        storing = other_thread.submit(
            history.archive.store_objects, planned.values(), history.file_cache
        )
        assemble.assemble_hub(database, stage_databases, inputs.book, table_rows)
        storing.result()
        hashing = other_thread.submit(hash_file, database)
        history.archive.record_releases(planned.values())
        _sign_releases(history, inputs)
        releases = history.list_all_releases()
        _lay_out(releases, layout.find_planned_files(planned.values()), history, work_folder)
        catalogue_files = catalogue.write_catalogue(
            work_folder, inputs.site_file, releases, history.archive.list_withdrawals()
        )
    shutil.rmtree(documents, ignore_errors=True)  # they are in the archive and laid out
    datasette_metadata.write_metadata(work_folder, inputs.site_file)
    digest = hashing.result()
    history.file_cache.remember(database, digest)
    described = {"bytes": database.stat().st_size, "sha256": digest}
    manifest = _describe_build(staged, planned, releases, described, build_hash)
    manifest["catalogue"] = catalogue_files
    write_manifest(work_folder, manifest)


def _lay_out(
    releases: Sequence[Release],
    new_files: Mapping[str, Path],
    history: ReleaseHistory,
    work_folder: Path,
) -> None:
    """Put the files of every release into a build, and its copy of the archive."""
    earlier_files = {}
    if history.last_build is not None:
        pairs = layout.list_build_files(history.last_build, releases)
        earlier_files = {sha256: path for path, sha256 in pairs}
    layout.lay_out_files(
        work_folder / "files",
        releases,
        history.archive.objects,
        history.file_cache,
        [new_files, earlier_files],
    )
    layout.write_statements(work_folder / "files", releases)
    restoration.write_copy(history.archive, work_folder, history.copy)


def _describe_releases(
    planned: Mapping[str, PlannedRelease], history: ReleaseHistory
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the tables of releases and of their files."""
    listed = [r for slug, plan in planned.items() for r in _list_releases(slug, plan, history)]
    return {
        "release": [{name: getattr(r, name) for name in RELEASE_COLUMNS} for r in listed],
        "file": [
            {"dataset": plan.release.dataset, "version": plan.release.version, **file.to_record()}
            for plan in planned.values()
            for file in plan.files
        ],
    }


def _sign_releases(history: ReleaseHistory, inputs: BuildInputs) -> None:
    key = inputs.sign_key
    if key is not None:
        history.archive.add_signatures(
            lambda release: sign(release.statement, key, " ".join(release.key))
        )


def _describe_build(
    staged: Mapping[str, StagedDataset],
    planned: Mapping[str, PlannedRelease],
    releases: Sequence[Release],
    database: Mapping[str, Any],
    build_hash: str,
) -> dict[str, Any]:
    versions: dict[str, list[str]] = {}
    for release in releases:
        versions.setdefault(release.dataset, []).append(release.version)
    return {
        "build": build_hash,
        "database": database,
        "releases": versions,
        "datasets": {
            slug: {
                **dataset.summary,
                "stage": dataset.key,
                "files": [file.to_record() for file in planned[slug].files],
            }
            for slug, dataset in sorted(staged.items())
        },
    }


def _list_live_ids(staged: Mapping[str, StagedDataset]) -> set[tuple[str, str]]:
    defined = {(use.kind, use.id) for d in staged.values() for use in d.links.defines}
    return defined | {("dataset", slug) for slug in staged}


def _plan_release(
    dataset: StagedDataset, history: ReleaseHistory, documents: Path
) -> PlannedRelease:
    return plan_release(
        history.find_release(dataset.slug, dataset.summary["version"]),
        dataset.summary,
        dataset.files,
        dataset.folder / "files",
        dataset.package,
        locate_package(dataset.folder, dataset.package),
        [(use.kind, use.id) for use in dataset.links.defines],
        partial(release_documents.write_release_documents, dataset.folder, documents),
    )


def _list_releases(slug: str, planned: PlannedRelease, history: ReleaseHistory) -> list[Release]:
    """Return every release of a dataset, this build's own as it will be, oldest first."""
    older = [
        r
        for r in history.list_releases(slug)
        if r.version != planned.release.version
        and not history.archive.is_withdrawn(slug, r.version)
    ]
    return sorted([*older, planned.release], key=lambda release: release.version_key)
