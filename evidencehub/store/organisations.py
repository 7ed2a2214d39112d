"""Organisations: which recommendations are addressed to them, and which sources they published."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.recommendations import ADDRESSEE_NOT_STATED
from evidencehub.store.typed_rows import select_count, select_rows

ADDRESSED_ORGANISATIONS_SQL = f"""
select c.code, c.label, c.language, c.definition, count(*) as count
from recommendation_organisation as o
join recommendation as r on r.recommendation = o.recommendation
{join_public_dataset("r.dataset")}
join code as c on c.list = 'organisation' and c.code = o.organisation
where c.code <> '{ADDRESSEE_NOT_STATED}'
group by c.code
order by c.label collate nocase, c.code
"""
ORGANISATIONS_SQL = f"""
select c.code, c.label, c.language, c.definition, (
  select count(*) from source as s
  {join_public_dataset("s.dataset")}
  where instr(s.publisher, c.label) > 0
) as count
from code as c
where c.list = 'organisation' and c.code <> '{ADDRESSEE_NOT_STATED}'
order by c.label collate nocase, c.code
"""
UNADDRESSED_COUNT_SQL = f"""
select count(*) from recommendation as r
{join_public_dataset("r.dataset")}
where not exists (
  select 1 from recommendation_organisation as o
  where o.recommendation = r.recommendation and o.organisation <> '{ADDRESSEE_NOT_STATED}'
)
"""
PUBLISHED_SOURCES_SQL = f"""
select s.title, s.publisher, s.published, s.url, s.doi, s.verification,
  (
    select count(*) from finding_source as b where b.dataset = s.dataset and b.source = s.source
  ) as findings, s.dataset, d.title as dataset_title
from source as s
{join_public_dataset("s.dataset")}
where instr(s.publisher, :publisher) > 0
order by s.published desc, s.title, s.dataset
limit :limit
"""


@dataclass(frozen=True, slots=True)
class OrganisationCountRow:
    """An organisation and how many recommendations or sources it has."""

    code: str
    label: str
    language: str
    definition: str | None
    count: int


@dataclass(frozen=True, slots=True)
class PublishedSourceRow:
    """A source that an organisation published; `findings` is how many rest on it."""

    title: str
    publisher: str
    published: str | None
    url: str | None
    doi: str | None
    verification: str | None
    findings: int
    dataset: str
    dataset_title: str


def select_addressed_organisations(db: RowReader) -> list[OrganisationCountRow]:
    """Return the organisations with recommendations, and how many, by name."""
    return select_rows(db, OrganisationCountRow, ADDRESSED_ORGANISATIONS_SQL)


def select_organisations(db: RowReader) -> list[OrganisationCountRow]:
    """Return every organisation with the number of sources that it published, by name."""
    return select_rows(db, OrganisationCountRow, ORGANISATIONS_SQL)


def count_unaddressed_recommendations(db: RowReader) -> int:
    """Return how many recommendations name no organisation."""
    return select_count(db, UNADDRESSED_COUNT_SQL)


def select_published_sources(db: RowReader, publisher: str, limit: int) -> list[PublishedSourceRow]:
    """Return the newest sources whose publisher has the name of an organisation in it."""
    return select_rows(
        db, PublishedSourceRow, PUBLISHED_SOURCES_SQL, publisher=publisher, limit=limit
    )
