"""What was published before: the archive, what the last build knows, and what they forbid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidencehub.domain.problem import Problem
from evidencehub.errors import HubError
from evidencehub.pipeline import swap, withdrawal_rows
from evidencehub.releases import verification
from evidencehub.releases.archive import Archive, has_no_log
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.disk import RESTORE_HINT
from evidencehub.releases.log import LogEntry
from evidencehub.releases.log_summary import Withdrawal
from evidencehub.releases.published_file import DESCRIPTOR
from evidencehub.releases.release import Release, parse_version
from evidencehub.releases.restoration import ArchiveCopy, find_copy, restore_archive, write_copy
from evidencehub.releases.signatures import PublicKey


@dataclass(slots=True)
class ReleaseHistory:
    """The archive, with what the build now served knows of it: its `copy`.

    `notes` are sentences for the person who builds. `object_cache` remembers objects of the
    archive, `file_cache` files of stages and builds.
    """

    archive: Archive
    last_build: Path | None
    copy: ArchiveCopy | None
    object_cache: DigestCache
    file_cache: DigestCache
    notes: list[str]

    def find_release(self, slug: str, version: str) -> Release | None:
        """Return what was published under a version, from the last build where it is damaged.

        Raise HubError where nobody knows it any more: it must not be published anew.
        """
        copied = self.copy.releases if self.copy is not None else {}
        release = self.archive.find_release(slug, version) or copied.get((slug, version))
        if release is None and (slug, version) in self.archive.damage:
            raise HubError(f"{self.archive.damage[slug, version]} {RESTORE_HINT}")
        return release

    def list_releases(self, slug: str) -> list[Release]:
        """Return the releases of a dataset that were not erased, oldest first."""
        standing = self.archive.summary.standing
        releases = (
            self.find_release(slug, version)
            for version in self.archive.list_versions(slug)
            if (slug, version) in standing
        )
        return sorted(filter(None, releases), key=lambda release: release.version_key)

    def list_all_releases(self) -> list[Release]:
        """Return every release of which files may be had, by dataset, oldest first."""
        return [r for slug in self.archive.list_datasets() for r in self.list_releases(slug)]

    def find_lost_entries(self) -> list[LogEntry]:
        """Return what the last build knows of the log and the archive does not tell any more."""
        copied = self.copy.entries if self.copy is not None else []
        return [
            entry for entry in copied if self.archive.entries[entry.seq - 1 : entry.seq] != [entry]
        ]

    def find_problems(self, folder_names: Collection[str]) -> dict[str, list[Problem]]:
        """Return what is missing of each dataset: its folder, a release, or bytes of one."""
        problems: dict[str, list[Problem]] = defaultdict(list)
        for slug in self.archive.list_datasets():
            latest = self.archive.find_latest(slug)
            if slug not in folder_names and latest is not None:
                message = f"{latest.version} was published, and the folder {slug} is gone."
                problems[slug].append(_make_problem("dataset-gone", message, "datasets"))
        for slug, name, message in self._find_faults():
            problems[slug].append(_make_problem(name, message, str(self.archive.folder)))
        return dict(problems)

    def _find_faults(self) -> Iterator[tuple[str, str, str]]:
        for entry in self.find_lost_entries():
            subject = f"{entry.event} {entry.version or entry.dataset} on {entry.logged_at[:10]}"
            message = f"Line {entry.seq} of the log ({subject}) is missing or has changed."
            yield entry.dataset, "release-lost", message
        for slug, version in self.archive.damage:
            message = f"The record of release {version} is missing or has changed."
            yield slug, "release-damaged", message
        damaged = self.archive.find_damaged_objects(self.object_cache)
        for (slug, version), names in damaged.items():
            message = f"Missing or changed in release {version}: {', '.join(names[:6])}."
            yield slug, "release-damaged", message

    def save(self) -> None:
        """Write down what was compared, so that the next build need not read it again."""
        self.object_cache.save()
        self.file_cache.save()


def open_history(archive_folder: Path, out_folder: Path) -> ReleaseHistory:
    """Return the history. An archive that is gone as a whole is made again from the last build."""
    copy, notes = find_copy(swap.list_build_candidates(out_folder)), []
    if copy is not None and copy.entries and has_no_log(archive_folder):
        restored = restore_archive(archive_folder, copy)
        notes.append(
            f"{archive_folder} was gone. It was made again from build {copy.build.name}: "
            f"{len(restored)} files. Find out why, and keep a backup."
        )
    return ReleaseHistory(
        Archive(archive_folder),
        swap.find_current_build(out_folder),
        copy,
        DigestCache(out_folder / "archive-digests.json", watch_names=True),
        DigestCache(out_folder / "digests.json"),
        notes,
    )


def find_version_problem(
    archive: Archive, slug: str, version: str, package_sha256: str
) -> Problem | None:
    """Return what forbids to publish a package under its version, or None."""
    versions = archive.list_versions(slug)
    frozen = archive.find_release(slug, version)
    newest = versions[-1] if versions else ""
    if frozen is not None and frozen.package_sha256 == package_sha256:
        if frozen == archive.find_latest(slug):
            return None
    elif frozen is not None:
        return _make_problem(
            "version-not-raised",
            f"Version {version} was published with different contents on {frozen.created}.",
            field="version",
        )
    if newest and parse_version(version) < parse_version(newest):
        return _make_problem(
            "version-falls",
            f"The version is {version}, but {newest} was published before.",
            field="version",
        )
    return None


def describe_withdrawal(withdrawal: Withdrawal, version: str) -> Problem:
    """Return the warning that a package is passed over, as its version was withdrawn."""
    return _make_problem(
        "withdrawn",
        f"Version {version} was withdrawn on {withdrawal.withdrawn_at[:10]} "
        f"({withdrawal.reason}), so it is not built.",
        field="version",
    )


def check_still_allowed(archive: Archive, staged: Iterable[tuple[str, str, str]]) -> None:
    """Raise HubError where a release (slug, version, digest) was overtaken while it was built."""
    for slug, version, package_sha256 in staged:
        withdrawal = archive.find_withdrawal(slug, version)
        problem = (
            find_version_problem(archive, slug, version, package_sha256)
            if withdrawal is None
            else describe_withdrawal(withdrawal, version)
        )
        if problem is not None:
            raise HubError(
                f"{slug}: another build wrote to the archive meanwhile. {problem.message} "
                "Nothing was published. Run the build again."
            )


def verify(
    archive_folder: Path, out_folder: Path, public_key: PublicKey | None = None
) -> list[str]:
    """Return what is missing of the archive and of the builds, or has changed, in words.

    With a key each release must be signed with it.
    """
    archive: Archive | None = None
    faults: list[str] = []
    try:
        archive = Archive(archive_folder)
        faults += verification.verify_archive(archive)
        if public_key is not None:
            faults += verification.verify_signatures(archive, public_key)
    except HubError as error:
        faults.append(str(error))
    for build in swap.list_build_folders(out_folder):
        faults += verification.verify_build(build, archive)
    return faults


def withdraw(
    archive_folder: Path,
    out_folder: Path,
    slug: str,
    version: str,
    reason: str,
    *,
    disclosure: bool,
) -> list[str]:
    """Write a withdrawal into the archive; return the versions that it concerns.

    For disclosure the bytes go from the archive, from every stage and from every build that no
    server uses; of the others, which still have their database, the files go.
    """
    archive = Archive(archive_folder)
    with swap.lock_builds(out_folder), archive.lock():
        archive.reload()
        erased = [
            r for r in archive.list_releases(slug) if disclosure and version in ("", r.version)
        ]
        versions = archive.withdraw(
            slug,
            version,
            reason,
            disclosure=disclosure,
            tombstones=withdrawal_rows.describe_releases(archive, erased),
        )
        if disclosure:
            copy = find_copy(swap.list_build_candidates(out_folder))
            for build in list(swap.erase_releases(out_folder, archive.summary.erased)):
                write_copy(archive, build, copy)
    return versions


def restore(archive_folder: Path, out_folder: Path) -> list[str]:
    """Give back to the archive what is missing, from the last build; return the names.

    Raise HubError where there is no build with a whole copy of the archive.
    """
    with swap.lock_builds(out_folder):
        copy = find_copy(swap.list_build_candidates(out_folder))
        if copy is None:
            raise HubError(
                f"{out_folder} has no whole build from which {archive_folder} can be restored. "
                "Put the archive back from a backup."
            )
        return restore_archive(archive_folder, copy)


def _make_problem(name: str, message: str, file: str = DESCRIPTOR, field: str = "") -> Problem:
    # imported here: a build without a problem needs no rules
    from evidencehub.check.definition import Violation
    from evidencehub.check.rules import get_rule

    rule = get_rule(f"metadata/{name}")
    return rule.make_problem(Violation(file, None, field, message))
