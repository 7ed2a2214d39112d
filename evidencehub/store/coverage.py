"""What the hub holds by group of people, topic and country, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.database import RowReader
from evidencehub.store.labels import TOPIC_RANK_CTE
from evidencehub.store.typed_rows import select_rows

COVERAGE_SQL = f"""
with {TOPIC_RANK_CTE}
select
  w.topic, t.label as topic_label, w.country, coalesce(a.label, '') as country_label,
  max(w.indicators) as indicators, max(w.findings) as findings, max(w.last_checked) as last_checked,
  min(w.evidence_gap) as evidence_gap,
  case min(case w.coverage_status
      when 'values' then 1 when 'findings' then 2 when 'not-found' then 3 else 4 end)
    when 1 then 'values' when 2 then 'findings' when 3 then 'not-found' else 'not-held'
  end as coverage_status
from evidence_coverage as w
join topic_rank as t on t.code = w.topic
left join area as a on a.area = w.country
where :facet = '' or w.facet = :facet
group by w.topic, w.country
order by t.rank, w.country = '', a.label, w.country
"""

TOPIC_FACET_SQL = f"""
with {TOPIC_RANK_CTE}
select
  w.topic, t.label as topic_label, w.facet, f.label as facet_label,
  coalesce(f.short_label, f.label) as facet_short_label, sum(w.indicators) as indicators,
  sum(w.findings) as findings
from evidence_coverage as w
join topic_rank as t on t.code = w.topic
join code as f on f.list = 'hub-facet' and f.code = w.facet
where coalesce(f.parent, '') = ''
group by w.topic, w.facet
order by t.rank, f.sort_order, w.facet
"""


@dataclass(frozen=True, slots=True)
class TopicFacetRow:
    """A topic and a heading of ethnic groups: how much is held, over all countries."""

    topic: str
    topic_label: str
    facet: str
    facet_label: str
    facet_short_label: str
    indicators: int
    findings: int


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A topic in a country: what is held on one facet or, for all, on the best covered one.

    An empty country stands for evidence on several together, or without a place.

    `last_checked` is the day on which evidence was last looked for, and `evidence_gap` the finding
    that says where.
    """

    topic: str
    topic_label: str
    country: str
    country_label: str
    indicators: int
    findings: int
    last_checked: str | None
    evidence_gap: str | None
    coverage_status: str


def select_coverage(db: RowReader, facet: str = "") -> list[CoverageRow]:
    """Return every topic and country of a facet, or of all; by topic, then by country."""
    return select_rows(db, CoverageRow, COVERAGE_SQL, facet=facet)


def select_topic_facets(db: RowReader) -> list[TopicFacetRow]:
    """Return every topic with every broad heading of ethnic groups, by topic."""
    return select_rows(db, TopicFacetRow, TOPIC_FACET_SQL)
