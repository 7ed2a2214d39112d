"""What the hub holds by group of people, topic and country, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.database import RowReader
from evidencehub.store.indicator_lists import CountryRow
from evidencehub.store.labels import TOPIC_RANK_CTE
from evidencehub.store.typed_rows import select_rows

STATUS_SQL = """case min(case w.coverage_status
      when 'values' then 1 when 'findings' then 2 when 'not-found' then 3 else 4 end)
    when 1 then 'values' when 2 then 'findings' when 3 then 'not-found' else 'not-held'
  end as coverage_status,
  max(w.last_checked) as last_checked, min(w.evidence_gap) as evidence_gap
from evidence_coverage as w
join topic_rank as t on t.code = w.topic"""
"""What all cells of a grid say of theirs: the best status wins."""

# what is held on a group may be held on a group inside it too, so that their numbers do not add up
COUNTRY_SQL = f"""
with {TOPIC_RANK_CTE}
select
  w.topic, t.label as topic_label, w.country as code, coalesce(a.label, '') as label,
  max(w.indicators) as indicators, max(w.findings) as findings, {STATUS_SQL}
left join area as a on a.area = w.country
where (:facet = '' or w.facet = :facet) and (:country = '' or w.country = :country)
group by w.topic, w.country
order by t.rank, w.country = '', a.label, w.country
"""
FACET_SQL = f"""
with {TOPIC_RANK_CTE}
select
  w.topic, t.label as topic_label, w.facet as code, coalesce(f.short_label, f.label) as label,
  sum(w.indicators) as indicators, sum(w.findings) as findings, {STATUS_SQL}
join code as f on f.list = 'hub-facet' and f.code = w.facet
where coalesce(f.parent, '') = '' and (:country = '' or w.country = :country)
group by w.topic, w.facet
order by t.rank, f.sort_order, w.facet
"""
COUNTRIES_SQL = """
select distinct a.area as code, a.label
from evidence_coverage as w
join area as a on a.area = w.country
order by a.label, a.area
"""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A topic in a column of a grid, which is a country or a broad group: what is held of both.

    An empty country stands for evidence on several together, or without a place.

    `last_checked` is the day on which evidence was last looked for, and `evidence_gap` the finding
    that says where.
    """

    topic: str
    topic_label: str
    code: str
    label: str
    indicators: int
    findings: int
    coverage_status: str
    last_checked: str | None
    evidence_gap: str | None


def select_country_grid(db: RowReader, facet: str = "", country: str = "") -> list[CoverageRow]:
    """Return every topic with every country, or one: of a facet, or of the best covered one."""
    return select_rows(db, CoverageRow, COUNTRY_SQL, facet=facet, country=country)


def select_facet_grid(db: RowReader, country: str = "") -> list[CoverageRow]:
    """Return every topic with every broad heading of ethnic groups, in a country or in all."""
    return select_rows(db, CoverageRow, FACET_SQL, country=country)


def select_countries(db: RowReader) -> list[CountryRow]:
    """Return the countries of the grid by name."""
    return select_rows(db, CountryRow, COUNTRIES_SQL)
