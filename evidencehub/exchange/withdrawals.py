"""A withdrawal by a partner, honoured: what was published here of it is withdrawn, too."""

from __future__ import annotations

from evidencehub.pipeline import BuildPaths, release_history
from evidencehub.releases.archive import Archive


def withdraw_taken(paths: BuildPaths, slug: str, version: str, title: str, reason: str) -> None:
    """Withdraw a version that this hub published, for its publisher's reason; all without one.

    Nothing is done for what was never published here, or is withdrawn already.
    """
    if not paths.archive_folder.is_dir():
        return
    archive = Archive(paths.archive_folder)
    standing = [
        release.version
        for release in archive.list_releases(slug)
        if version in ("", release.version) and not archive.is_withdrawn(slug, release.version)
    ]
    if standing:
        words = f"Withdrawn by {title}: {reason}"
        release_history.withdraw(
            paths.archive_folder, paths.out_folder, slug, version, words, disclosure=False
        )
