"""Lists of indicators: all of them, or those of a topic or a country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.topics import INDICATOR_LINE_COLUMNS, SubjectIndicatorRow
from evidencehub.store.typed_rows import select_count, select_lists, select_rows

_MATCHING_SQL = f"""
from indicator as i
{join_public_dataset("i.dataset")}
where (:topic = '' or exists (
    select 1 from subject as s
    where s.kind = 'indicator' and s.id = i.indicator and s.code = :topic
  )) and (:country = '' or exists (
    select 1 from dataset_country as c where c.dataset = i.dataset and c.area = :country
  ))
"""
COUNT_INDICATORS_SQL = f"select count(*) {_MATCHING_SQL}"
INDICATORS_SQL = f"""
select {INDICATOR_LINE_COLUMNS}
from (select i.indicator, i.title, i.dataset {_MATCHING_SQL}) as i
left join availability as h on h.indicator = i.indicator
group by i.indicator
order by not exists (
    select 1 from comparison as w
    where w.indicator = i.indicator and w.comparison_status = 'current'
  ), i.title, i.indicator
limit :limit offset :offset
"""
COUNTRIES_SQL = f"""
select distinct a.area as code, a.label
from dataset_country as c
{join_public_dataset("c.dataset")}
join indicator as i on i.dataset = c.dataset
join area as a on a.area = c.area
order by a.label, a.area
"""

WORKSTREAM_INDICATORS_SQL = f"""
select s.code, i.indicator
from subject as s
join indicator as i on s.kind = 'indicator' and i.indicator = s.id
{join_public_dataset("i.dataset")}
where s.list = 'workstream' and exists (
  select 1 from comparison as w
  where w.indicator = i.indicator and w.comparison_status = 'current' and w.reason = ''
)
order by s.code, (
  select min(t.sort_order) from subject as x
  join code as t on t.list = 'topic' and t.code = x.code
  where x.kind = 'indicator' and x.list = 'topic' and x.id = i.indicator
), i.title, i.indicator
"""


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A country by which a list can be filtered."""

    code: str
    label: str


def count_indicators(db: RowReader, selected: Mapping[str, str]) -> int:
    """Return how many indicators match a topic or workstream and a country; empty for all."""
    return select_count(db, COUNT_INDICATORS_SQL, **selected)


def select_indicators(
    db: RowReader, selected: Mapping[str, str], *, limit: int, offset: int
) -> list[SubjectIndicatorRow]:
    """Return the indicators that match, those that compare groups first, then by title."""
    return select_rows(
        db, SubjectIndicatorRow, INDICATORS_SQL, **selected, limit=limit, offset=offset
    )


def select_countries(db: RowReader) -> list[CountryRow]:
    """Return the countries by which a list of indicators can be filtered."""
    return select_rows(db, CountryRow, COUNTRIES_SQL)


def select_workstream_indicators(db: RowReader) -> dict[str, list[str]]:
    """Return the indicators of each workstream whose gaps may be quoted, in the order of topics."""
    return select_lists(db, WORKSTREAM_INDICATORS_SQL)
