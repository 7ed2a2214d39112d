"""What `verify` reads whole: the archive, every build, their databases."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from evidencehub.releases.archive import Archive
from evidencehub.releases.build_manifest import MANIFEST_NAME, read_manifest
from evidencehub.releases.layout import list_build_files, list_statement_files
from evidencehub.releases.published_file import has_bytes, hash_bytes
from evidencehub.releases.release import Release
from evidencehub.releases.restoration import COPY_NAME, LOG_NAME, ArchiveCopy, read_copy
from evidencehub.releases.signatures import PublicKey, is_signed_by


def verify_archive(archive: Archive) -> Iterator[str]:
    """Yield each part of an archive that is missing or has changed, in words; reads every byte."""
    yield from archive.damage.values()
    for (slug, version), names in archive.find_damaged_objects(None).items():
        for name in names:
            yield f"{archive.folder}: {name} of {slug} {version} is missing or has changed."


def verify_signatures(archive: Archive, key: PublicKey) -> Iterator[str]:
    """Yield each release that is not signed, or not by this key, in words."""
    for slug in archive.list_datasets():
        for release in archive.list_releases(slug):
            if not release.signature:
                yield f"{slug} {release.version} is not signed."
            elif not is_signed_by(release.statement, release.signature, key):
                yield f"{slug} {release.version}: the signature is not by this key, or not of it."


def verify_build(build: Path, archive: Archive | None) -> Iterator[str]:
    """Yield each part of a build that is missing or has changed, in words; reads every byte.

    Where the archive could be read, its log must go on from the one that the build was made with.
    """
    manifest = read_manifest(build)
    if not manifest:
        yield f"{build / MANIFEST_NAME} is missing or damaged, or of another version of the hub."
        return
    versions = {
        (slug, version) for slug, listed in manifest["releases"].items() for version in listed
    }
    if not has_bytes(build / "hub.db", manifest["database"]["sha256"]):
        yield f"{build / 'hub.db'} is missing or has changed."
    copy = read_copy(build)
    erased = archive.summary.erased if archive is not None else set()
    if copy is None or versions - erased != copy.releases.keys() - erased:
        yield f"{build / COPY_NAME} is missing or has changed."
    if copy is not None:
        yield from _verify_log(build, copy, archive)
        yield from _verify_files(build, [copy.releases[k] for k in copy.releases.keys() - erased])


def _verify_log(build: Path, copy: ArchiveCopy, archive: Archive | None) -> Iterator[str]:
    if archive is not None and archive.entries[: len(copy.entries)] != copy.entries:
        yield (
            f"{archive.folder / LOG_NAME} does not go on from the log that {build} was made with: "
            "lines are missing or have changed."
        )


def _verify_files(build: Path, releases: Collection[Release]) -> Iterator[str]:
    digests = list(list_build_files(build, releases))
    for release in releases:
        folder = build / "files" / release.dataset / release.version
        statements = list_statement_files(release)
        digests += [(folder / name, hash_bytes(data)) for name, data in statements if data]
    for path, sha256 in sorted(digests):
        if not has_bytes(path, sha256):
            yield f"{path} is missing or has changed."
