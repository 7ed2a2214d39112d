"""The history of a dataset: each version, its day, what changed, its files; the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidencehub.releases.release import parse_version
from evidencehub.store import datasets, releases, withdrawals
from evidencehub.store.withdrawals import WithdrawalRow
from evidencehub.web.page_request import PageRequest
from evidencehub.web.views.grouping import group_rows

DESCRIPTOR_FILE = "datapackage.json"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A version: its day where it is known, what changed, and why it was withdrawn if it was.

    `files` are those of its files that people want first, as far as they are still here.
    """

    version: str
    changed_on: str | None
    changes: Sequence[str]
    files: Sequence[str]
    withdrawal: WithdrawalRow | None
    is_current: bool


def build_history(
    request: PageRequest, dataset: str, current_version: str, limit: int
) -> list[HistoryEntry]:
    """Return the versions that the publisher tells of, the hub has, or had and withdrew."""
    change_rows = datasets.select_dataset_changes(request.db, dataset, limit)
    changes = group_rows(change_rows, lambda row: row.version)
    released = {row.version: row for row in releases.select_releases(request.db, dataset)}
    withdrawn = {row.version: row for row in withdrawals.select_withdrawals(request.db, dataset)}
    entries = []
    for version in sorted({*changes, *released, *withdrawn}, key=_order_version, reverse=True):
        lines, release = changes.get(version, []), released.get(version)
        day = next((row.changed_on for row in lines if row.changed_on), None)
        texts = [row.text for row in lines]
        if release is not None:
            day = day or release.created[:10]
            texts = texts or list(filter(None, [release.release_note]))
        entries.append(
            HistoryEntry(
                version,
                day,
                texts,
                _list_files(request, dataset, version),
                withdrawn.get(version),
                version == current_version,
            )
        )
    return entries


def _order_version(version: str) -> tuple[list[int], str]:
    """Return what to order a version by: a publisher may write of one that has other signs."""
    try:
        return parse_version(version), version
    except ValueError:
        return [], version


def _list_files(request: PageRequest, dataset: str, version: str) -> list[str]:
    folder = request.build_folder / "files" / dataset / version
    names: Iterable[str] = (f"{dataset}.csv", f"{dataset}.parquet", DESCRIPTOR_FILE)
    return [name for name in names if (folder / name).is_file()]
