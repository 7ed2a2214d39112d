"""What has changed in the datasets of the hub, the newest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evidencehub.web.page_request import Context, PageRequest

MAX_RELEASES_SHOWN = 200  # releases on the page
Row = dict[str, Any]

DATASET_CHANGES_SQL = """
select d.dataset, d.title, d.language, d.publisher, c.version, c.changed_on,
  json_group_array(c.text order by c.position) as lines
from change as c
join dataset as d on d.dataset = c.dataset and d.synthetic = 0
where :code = '' or exists (
  select 1 from subject as s
  where s.kind = 'dataset' and s.id = d.dataset and s.list in ('topic', 'workstream')
    and s.code = :code
)
group by d.dataset, c.version, c.changed_on
order by coalesce(c.changed_on, '') desc, d.title, d.dataset, min(c.position)
limit :most
"""


def build_context(request: PageRequest) -> Context:
    """The releases of all datasets, a day at a time; those without a day at the end."""
    rows = request.db.fetch_dicts(DATASET_CHANGES_SQL, {"code": "", "most": MAX_RELEASES_SHOWN + 1})
    return {
        "days": group_by_day(_decode_lines(rows[:MAX_RELEASES_SHOWN])),
        "cut": len(rows) > MAX_RELEASES_SHOWN,
        "most": MAX_RELEASES_SHOWN,
    }


def select_recent_changes(request: PageRequest, subject_code: str, limit: int) -> list[Row]:
    """The newest releases of datasets, of a topic or workstream or (without a code) of all."""
    return _decode_lines(
        request.db.fetch_dicts(DATASET_CHANGES_SQL, {"code": subject_code, "most": limit})
    )


def group_by_day(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The releases of each day together, in the order in which they come."""
    days_by_date: dict[str | None, Row] = {}
    for row in rows:
        day_entry = days_by_date.setdefault(
            row["changed_on"], {"day": row["changed_on"], "releases": []}
        )
        day_entry["releases"].append(row)
    return list(days_by_date.values())


def _decode_lines(rows: Iterable[Row]) -> list[Row]:
    return [{**row, "lines": json.loads(row["lines"])} for row in rows]
