"""What was read in secondary sources: which originals to fetch, and what rests on each."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evidencehub.domain.status import build_secondary_source_condition


def _awaits(alias: str) -> str:
    """Return the condition that a row was read in a secondary source; its dataset is `d`."""
    return build_secondary_source_condition(f"coalesce({alias}.verification, d.verification)")


_WAITING_SQL = f"""
with waiting as (
  select o.dataset, coalesce(o.source, '') as source, 'value' as kind,
    'indicators/' || o.indicator as page, o.read_from
  from observation as o join dataset as d on d.dataset = o.dataset
  where d.synthetic = 0 and {_awaits("o")}
  union all
  select f.dataset, coalesce(b.source, ''), 'finding', 'findings/' || f.finding, null
  from finding as f join dataset as d on d.dataset = f.dataset
  left join finding_source as b on b.finding = f.finding
  where d.synthetic = 0 and {_awaits("f")}
  union all
  select r.dataset, coalesce(b.source, ''), 'recommendation',
    'recommendations/' || r.recommendation, null
  from recommendation as r join dataset as d on d.dataset = r.dataset
  left join recommendation_source as b on b.recommendation = r.recommendation
  where d.synthetic = 0 and {_awaits("r")}
  union all
  select u.dataset, coalesce(u.source, ''), 'update', 'recommendations/' || u.recommendation, null
  from recommendation_update as u join dataset as d on d.dataset = u.dataset
  where d.synthetic = 0 and {_awaits("u")}
),
shown as (
  select dataset, source, page from waiting
  union
  select w.dataset, coalesce(w.source, ''), 'questions/' || w.question
  from question_answer as w where w.is_current = 1 and w.awaits_verification = 1
  union
  select a.dataset, a.source, 'questions/' || q.question
  from waiting as a join question_finding as q on a.page = 'findings/' || q.finding
)
select
  w.dataset, w.source, coalesce(s.title, ''), coalesce(s.publisher, ''),
  coalesce(s.url, 'https://doi.org/' || s.doi, '')
    as original,
  coalesce(group_concat(distinct w.read_from), '') as read_from,
  sum(w.kind = 'value') as "values", sum(w.kind = 'finding') as findings,
  sum(w.kind = 'recommendation') as recommendations, sum(w.kind = 'update') as updates,
  (select count(*) from shown as p where p.dataset = w.dataset and p.source = w.source) as pages,
  (
    select count(*) from shown as p
    where p.dataset = w.dataset and p.source = w.source and p.page like 'questions/%'
  ) as questions
from waiting as w
left join source as s on s.dataset = w.dataset and s.source = w.source
group by w.dataset, w.source
"""


@dataclass(frozen=True, slots=True)
class UnverifiedSource:
    """An original that nobody has read, where it is, and how much rests on it.

    `readers` is how often its dataset was asked for, as the server counted, 0 where it did not.
    `pages` are the pages on which what rests on it stands; `questions` are among them.
    """

    dataset: str
    source: str
    title: str
    publisher: str
    original: str
    read_from: str
    values: int
    findings: int
    recommendations: int
    updates: int
    pages: int
    questions: int
    readers: int = 0

    @property
    def sort_key(self) -> tuple[int, int, int, int, str, str]:
        """Return the order of the list: what most readers see comes first."""
        return (
            -self.readers,
            -self.questions,
            -self.pages,
            -self.values,
            self.dataset,
            self.source,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it by the names of its fields."""
        return asdict(self)


def list_unverified_sources(
    database: Path, readers_by_dataset: Mapping[str, int]
) -> list[UnverifiedSource]:
    """Return the originals to fetch, those first whose rows most readers see.

    Only datasets that are not synthetic; a row that names no source has an empty one.
    """
    with closing(sqlite3.connect(database.as_uri() + "?mode=ro&immutable=1", uri=True)) as db:
        rows = db.execute(_WAITING_SQL).fetchall()
    sources = [
        replace(UnverifiedSource(*row), readers=readers_by_dataset.get(row[0], 0)) for row in rows
    ]
    return sorted(sources, key=lambda source: source.sort_key)
