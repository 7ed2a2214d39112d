"""What has changed in the datasets of the hub, the newest first."""

from __future__ import annotations

from evidencehub.store.releases import select_recent_changes
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.grouping import group_rows

MAX_RELEASES = 200  # on the page


def build_context(request: PageRequest) -> Context:
    """Return the releases of all datasets by day; those without a day come last."""
    rows = select_recent_changes(request.db, MAX_RELEASES + 1)
    days = group_rows(rows[:MAX_RELEASES], lambda row: row.changed_on)
    return {
        "days": list(days.items()),
        "is_truncated": len(rows) > MAX_RELEASES,
        "max_releases": MAX_RELEASES,
    }
