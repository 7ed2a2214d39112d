"""What was published before: the archive, what the last build knows, and what they forbid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidencehub.domain.problem import Problem
from evidencehub.errors import HubError
from evidencehub.pipeline import swap
from evidencehub.releases import verification
from evidencehub.releases.archive import Archive
from evidencehub.releases.digest_cache import DigestCache
from evidencehub.releases.release import Release, Withdrawal, parse_version
from evidencehub.releases.restoration import read_copy, restore_archive

RESTORE_FIX = (
    "Put the archive back from a backup, or take what is missing from the last build: "
    "`python build.py restore-archive`."
)


@dataclass(slots=True)
class ReleaseHistory:
    """The archive, with what the build now served knows of it.

    `notes` are sentences for the person who builds. `object_cache` remembers objects of the
    archive, `file_cache` files of stages and builds.
    """

    archive: Archive
    last_build: Path | None
    known: list[Release]
    object_cache: DigestCache
    file_cache: DigestCache
    notes: list[str]

    def list_releases(self, slug: str) -> list[Release]:
        """Return the releases of a dataset, those too that only the last build still knows."""
        archived = {release.version: release for release in self.archive.list_releases(slug)}
        lost = {
            release.version: release
            for release in self.known
            if release.dataset == slug and not self.archive.is_withdrawn(slug, release.version)
        }
        return sorted({**lost, **archived}.values(), key=lambda release: release.version_key)

    def list_datasets(self) -> list[str]:
        """Return every dataset of which files may be had, by name."""
        known = {release.dataset for release in self.known}
        return sorted({*self.archive.list_datasets(), *known})

    def find_problems(self, folder_names: Collection[str]) -> dict[str, list[Problem]]:
        """Return what is missing of each dataset: its folder, a release, or bytes of one."""
        problems: dict[str, list[Problem]] = defaultdict(list)
        for slug, problem in self._find_problems(folder_names):
            problems[slug].append(problem)
        return dict(problems)

    def _find_problems(self, folder_names: Collection[str]) -> Iterator[tuple[str, Problem]]:
        archive = self.archive
        for slug in archive.list_datasets():
            latest = archive.find_latest(slug)
            if slug not in folder_names and latest is not None:
                yield slug, _describe_missing_folder(slug, latest.version)
        for release in self.known:
            slug, version = release.dataset, release.version
            if version not in archive.list_versions(slug):
                yield slug, _describe_lost_release(version)
        for (slug, _), message in archive.damage.items():
            yield slug, Problem("metadata/release-damaged", message, RESTORE_FIX)
        for (slug, version), names in archive.find_damaged_objects(self.object_cache).items():
            message = f"{', '.join(names[:6])} of release {version} is missing or has changed."
            yield slug, Problem("metadata/release-damaged", message, RESTORE_FIX)

    def save(self) -> None:
        """Write down what was compared, so that the next build need not read it again."""
        self.object_cache.save()
        self.file_cache.save()


def open_history(archive_folder: Path, out_folder: Path) -> ReleaseHistory:
    """Return the history. An archive that is gone as a whole is made again from the last build."""
    last_build = swap.find_current_build(out_folder)
    known, notes = read_copy(last_build), []
    is_gone = not archive_folder.is_dir() or not any(
        path.name != ".lock" for path in archive_folder.iterdir()
    )
    if is_gone and known and last_build is not None:
        restored = restore_archive(archive_folder, last_build)
        notes.append(
            f"{archive_folder} was gone. It was made again from build {last_build.name}: "
            f"{len(restored)} files. Find out why, and keep a backup."
        )
    return ReleaseHistory(
        Archive(archive_folder),
        last_build,
        known,
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
        return Problem(
            "metadata/version-not-raised",
            f"Version {version} was published with different contents on {frozen.created}.",
            "Raise the version and say in changes.md what changed.",
            field="version",
        )
    if newest and parse_version(version) < parse_version(newest):
        return Problem(
            "metadata/version-falls",
            f"The version is {version}, but {newest} was published before.",
            f"Give the dataset a version above {newest}.",
            field="version",
        )
    return None


def describe_withdrawal(withdrawal: Withdrawal, version: str) -> Problem:
    """Return the warning that a package is passed over, as its version was withdrawn."""
    return Problem(
        "metadata/withdrawn",
        f"Version {version} was withdrawn on {withdrawal.withdrawn_at[:10]} "
        f"({withdrawal.reason}), so it is not built.",
        "To publish the dataset again, raise the version and say in changes.md what changed; "
        "else move the folder out of datasets/.",
        severity="warning",
        field="version",
    )


def check_still_allowed(archive: Archive, staged: Iterable[tuple[str, str, str]]) -> None:
    """Raise HubError where a release (slug, version, digest) was overtaken while it was built."""
    for slug, version, package_sha256 in staged:
        problem = find_version_problem(archive, slug, version, package_sha256)
        if problem is None and archive.is_withdrawn(slug, version):
            problem = Problem("metadata/withdrawn", f"Version {version} was withdrawn.", "")
        if problem is not None:
            raise HubError(
                f"{slug}: another build published to the archive meanwhile. {problem.message} "
                "Nothing was published; run the build again."
            )


def verify(archive_folder: Path, out_folder: Path) -> list[str]:
    """Return what is missing of the archive and of the builds, or has changed, in words."""
    faults = list(verification.verify_archive(archive_folder))
    for build in swap.list_build_folders(out_folder):
        faults += verification.verify_build(build)
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

    For disclosure the bytes go from the archive, from every stage and from every build.
    """
    archive = Archive(archive_folder)
    with swap.lock_builds(out_folder), archive.lock():
        archive.reload()
        versions = archive.withdraw(slug, version, reason, disclosure=disclosure)
        if disclosure:
            swap.erase_release(out_folder, slug, versions)
    return versions


def restore(archive_folder: Path, out_folder: Path) -> list[str]:
    """Give back to the archive what is missing, from the last build; return the names.

    Raise HubError where there is no build.
    """
    with swap.lock_builds(out_folder):
        build = swap.find_current_build(out_folder)
        if build is None:
            raise HubError(f"{out_folder} has no whole build to restore {archive_folder} from.")
        return restore_archive(archive_folder, build)


def _describe_missing_folder(slug: str, version: str) -> Problem:
    return Problem(
        "metadata/dataset-gone",
        f"The folder of {slug} is gone from datasets/. It was published, the last time as "
        f"{version}.",
        f"Put the folder back, or withdraw the dataset: `python build.py withdraw {slug} "
        "--reason …`. Its files stay available then.",
    )


def _describe_lost_release(version: str) -> Problem:
    return Problem(
        "metadata/release-lost",
        f"Release {version} was published, and the archive does not have it any more.",
        RESTORE_FIX,
    )
