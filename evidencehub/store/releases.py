"""Releases of datasets: what each changed, on which day, and which were withdrawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_column, select_pairs, select_rows

RECENT_CHANGES_SQL = f"""
with change as (
  select d.dataset, d.title, d.language, d.publisher, c.version, c.changed_on,
    json_group_array(c.text order by c.position) as lines, 0 as is_withdrawal,
    min(c.position) as position
  from change_note as c
  {join_public_dataset("c.dataset")}
  where :subject = '' or exists (
    select 1 from subject as s
    where s.kind = 'dataset' and s.id = d.dataset and s.list in ('topic', 'workstream')
      and s.code = :subject
  )
  group by d.dataset, c.version, c.changed_on
  union all
  select w.dataset, coalesce(d.title, w.title, w.dataset), coalesce(d.language, w.language),
    null, w.version, w.withdrawn_on, json_array(w.reason), 1, 0
  from withdrawal as w
  left join dataset as d on d.dataset = w.dataset
  where w.synthetic = 0
    and (:subject = '' or exists (select 1 from json_each(w.topics) where value = :subject))
)
select dataset, title, language, publisher, version, changed_on, lines, is_withdrawal
from change
where is_withdrawal <= :with_withdrawals
order by coalesce(changed_on, '') desc, title, dataset, position, version
limit :limit
"""
RELEASES_SQL = """
select version, created, release_note from release where dataset = :dataset
order by created, version
"""
NEWEST_RELEASE_SQL = "select max(created) from dataset where synthetic = 0 order by 1"
RELEASE_DATES_SQL = (
    "select dataset, substr(created, 1, 10) from dataset where synthetic = 0 order by dataset"
)


@dataclass(frozen=True, slots=True)
class ReleaseChangesRow:
    """What a release of a dataset changed, line by line; `changed_on` is None where not stated.

    Of a withdrawal the one line is the reason, and the language is None where it is not known.
    """

    dataset: str
    title: str
    language: str | None
    publisher: str | None
    version: str
    changed_on: str | None
    lines: Sequence[str]
    is_withdrawal: int


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release of a dataset that the hub has, as it was published."""

    version: str
    created: str
    release_note: str | None


def select_releases(db: RowReader, dataset: str) -> list[ReleaseRow]:
    """Return the releases of a dataset that were not withdrawn, the oldest first."""
    return select_rows(db, ReleaseRow, RELEASES_SQL, dataset=dataset)


def select_recent_changes(
    db: RowReader, limit: int, *, subject: str = "", with_withdrawals: bool = True
) -> list[ReleaseChangesRow]:
    """Return the newest releases and, unless they are unwanted, withdrawals.

    `subject` is the code of a topic or workstream of datasets.
    """
    rows = db.fetch_dicts(
        RECENT_CHANGES_SQL,
        {"subject": subject, "limit": limit, "with_withdrawals": with_withdrawals},
    )
    return [ReleaseChangesRow(**{**row, "lines": json.loads(row["lines"])}) for row in rows]


def select_newest_release_date(db: RowReader) -> str | None:
    """Return the day of the newest release of a dataset; None where there is no dataset."""
    (created,) = select_column(db, NEWEST_RELEASE_SQL)
    return str(created)[:10] if created else None


def select_release_dates(db: RowReader) -> dict[str, str]:
    """Return the day on which the current version of each dataset was published."""
    return select_pairs(db, RELEASE_DATES_SQL)
