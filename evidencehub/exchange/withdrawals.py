"""A withdrawal by a partner, honoured: what was published here of it is withdrawn, too."""

from __future__ import annotations

from evidencehub.exchange.hub_catalogue import ListedWithdrawal
from evidencehub.pipeline import BuildPaths, release_history, withdrawal_rows
from evidencehub.releases.archive import Archive
from evidencehub.source.partners import Partner


def withdraw_taken(
    paths: BuildPaths, slug: str, partner: Partner, withdrawal: ListedWithdrawal
) -> None:
    """Withdraw what this hub published of a version of a partner, for its publisher's reason.

    Without a version that is every version; never one that came from elsewhere, whatever its name.
    For disclosure the bytes are erased here as they were there, also of what was withdrawn before
    for another reason. Nothing is done for what was never published here, or is done already.
    """
    if not paths.archive_folder.is_dir():
        return
    archive = Archive(paths.archive_folder)
    finished = archive.summary.erased if withdrawal.disclosure else set(archive.summary.withdrawals)
    for version in archive.list_versions(slug):
        is_meant = withdrawal.version in ("", version) and (slug, version) not in finished
        if is_meant and _read_partner(archive, slug, version) == partner.name:
            release_history.withdraw(
                paths.archive_folder,
                paths.out_folder,
                slug,
                version,
                f"Withdrawn by {partner.title}: {withdrawal.reason}",
                disclosure=withdrawal.disclosure,
            )


def _read_partner(archive: Archive, slug: str, version: str) -> str:
    """Return the partner that a version was taken from; empty for one of this hub."""
    descriptor = withdrawal_rows.read_descriptor(archive, archive.find_release(slug, version))
    return str((descriptor.get("hub") or {}).get("origin", {}).get("partner", ""))
