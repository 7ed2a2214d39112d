"""Totals over all datasets of the hub."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_rows

SITE_COUNTS_SQL = """
select
  (select count(*) from indicator join dataset using (dataset) where synthetic = 0) as indicators,
  (select count(*) from finding join dataset using (dataset) where synthetic = 0) as findings,
  (select count(distinct n.area) from dataset_country as n join dataset using (dataset)
    join area as a on a.area = n.area
    where synthetic = 0 and coalesce(a.level, '') <> 'world') as countries
"""
LICENCES_SQL = """
select licence, max(licence_url) as licence_url, count(*) as datasets
from dataset where synthetic = 0
group by licence
order by datasets desc, licence
limit 20
"""


@dataclass(frozen=True, slots=True)
class SiteCounts:
    """How much evidence the hub has, without what is made up for teaching."""

    indicators: int
    findings: int
    countries: int


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence and how many datasets have it."""

    licence: str
    licence_url: str | None
    datasets: int


def select_site_counts(db: RowReader) -> SiteCounts:
    """Return how much evidence the hub has."""
    (counts,) = select_rows(db, SiteCounts, SITE_COUNTS_SQL)
    return counts


def select_licences(db: RowReader) -> list[LicenceRow]:
    """Return the licences, the most frequent first."""
    return select_rows(db, LicenceRow, LICENCES_SQL)
