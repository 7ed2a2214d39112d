"""Releases of datasets: what each changed, and on which day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_column, select_pairs

RECENT_CHANGES_SQL = f"""
select d.dataset, d.title, d.language, d.publisher, c.version, c.changed_on,
  json_group_array(c.text order by c.position) as lines
from change_note as c
{join_public_dataset("c.dataset")}
where :subject = '' or exists (
  select 1 from subject as s
  where s.kind = 'dataset' and s.id = d.dataset and s.list in ('topic', 'workstream')
    and s.code = :subject
)
group by d.dataset, c.version, c.changed_on
order by coalesce(c.changed_on, '') desc, d.title, d.dataset, min(c.position)
limit :limit
"""
NEWEST_RELEASE_SQL = "select max(created) from dataset where synthetic = 0 order by 1"
RELEASE_DATES_SQL = (
    "select dataset, substr(created, 1, 10) from dataset where synthetic = 0 order by dataset"
)


@dataclass(frozen=True, slots=True)
class ReleaseChangesRow:
    """What a release of a dataset changed, line by line; `changed_on` is None where not stated."""

    dataset: str
    title: str
    language: str
    publisher: str | None
    version: str
    changed_on: str | None
    lines: Sequence[str]


def select_recent_changes(
    db: RowReader, limit: int, *, subject: str = ""
) -> list[ReleaseChangesRow]:
    """Return the newest releases; `subject` is the code of a topic or workstream of datasets."""
    rows = db.fetch_dicts(RECENT_CHANGES_SQL, {"subject": subject, "limit": limit})
    return [ReleaseChangesRow(**{**row, "lines": json.loads(row["lines"])}) for row in rows]


def select_newest_release_date(db: RowReader) -> str | None:
    """Return the day of the newest release of a dataset; None where there is no dataset."""
    (created,) = select_column(db, NEWEST_RELEASE_SQL)
    return str(created)[:10] if created else None


def select_release_dates(db: RowReader) -> dict[str, str]:
    """Return the day on which the current version of each dataset was published."""
    return select_pairs(db, RELEASE_DATES_SQL)
