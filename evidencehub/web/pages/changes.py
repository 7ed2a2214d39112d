"""What has changed in the datasets of the hub, the newest first."""

from __future__ import annotations

from collections.abc import Iterable

from evidencehub.store.releases import ReleaseChangesRow, select_recent_changes
from evidencehub.web.page_request import Context, PageRequest

MAX_RELEASES = 200  # on the page


def build_context(request: PageRequest) -> Context:
    """Return the releases of all datasets by day; those without a day come last."""
    rows = select_recent_changes(request.db, MAX_RELEASES + 1)
    return {
        "days": group_by_day(rows[:MAX_RELEASES]),
        "is_truncated": len(rows) > MAX_RELEASES,
        "max_releases": MAX_RELEASES,
    }


def group_by_day(
    rows: Iterable[ReleaseChangesRow],
) -> list[tuple[str | None, list[ReleaseChangesRow]]]:
    """Return the releases of each day together, in the order in which they come."""
    releases_by_day: dict[str | None, list[ReleaseChangesRow]] = {}
    for row in rows:
        releases_by_day.setdefault(row.changed_on, []).append(row)
    return list(releases_by_day.items())
