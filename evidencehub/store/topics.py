"""Topics and workstreams: how much evidence each has, and which groups and countries it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidencehub.domain.status import build_secondary_source_condition, build_verification_sql
from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.related_evidence import TypedFindingRow
from evidencehub.store.typed_rows import select_column, select_pairs, select_rows

EVIDENCE_COUNTS_SQL = f"""
select s.list, s.code, s.kind, count(*) as count
from subject as s
left join indicator as i on s.kind = 'indicator' and i.indicator = s.id
left join finding as f on s.kind = 'finding' and f.finding = s.id
left join recommendation as r on s.kind = 'recommendation' and r.recommendation = s.id
{join_public_dataset("coalesce(i.dataset, f.dataset, r.dataset, s.id)")}
group by s.list, s.code, s.kind
order by s.list, s.code, s.kind
"""
MAIN_WORKSTREAMS_SQL = """
select from_code, to_code from crosswalk
where from_scheme = 'topic' and to_scheme = 'workstream'
order by from_code
"""
TOPICS_WITH_EVIDENCE_SQL = f"""
select distinct s.code
from subject as s
left join indicator as i on s.kind = 'indicator' and i.indicator = s.id
left join finding as f on s.kind = 'finding' and f.finding = s.id
left join recommendation as r on s.kind = 'recommendation' and r.recommendation = s.id
{join_public_dataset("coalesce(i.dataset, f.dataset, r.dataset)")}
where s.list = 'topic'
order by s.code
"""
SUBJECT_FINDINGS_SQL = f"""
select f.finding, f.title, f.statement, d.language, f.type,
  {build_verification_sql("f")} as verification
from subject as s
join finding as f on s.kind = 'finding' and f.finding = s.id
{join_public_dataset("f.dataset")}
where s.list = :list and s.code = :code and f.superseded_by is null
order by {build_secondary_source_condition("f.verification, d.verification")}, f.direction is null,
  f.published desc, f.finding
"""
INDICATOR_LINE_COLUMNS = """i.indicator, i.title, count(distinct h.area) as places,
  (select language from dataset where dataset = i.dataset) as language,
  (select label from area where area = h.area) as area_label,
  max(h.period_end) as period_end, (
    select max(o.period_start) from observation as o
    where o.indicator = h.indicator and o.area = h.area and o.scheme = h.scheme
      and o.period_end = h.period_end
  ) as period_start"""
SUBJECT_INDICATORS_SQL = f"""
select {INDICATOR_LINE_COLUMNS}
from subject as s
join indicator as i on s.kind = 'indicator' and i.indicator = s.id
{join_public_dataset("i.dataset")}
left join availability as h on h.indicator = i.indicator
where s.list = :list and s.code = :code
group by i.indicator
order by i.title, i.indicator
"""
GROUPS_WITH_VALUES_SQL = """
select distinct h.indicator, h.scheme, h.ethnicity
from subject as s
join group_availability as h on s.kind = 'indicator' and h.indicator = s.id
join code as e on e.list = h.scheme and e.code = h.ethnicity
where s.list = :list and s.code = :code and e.residual = 0 and coalesce(e.level, '') <> 'total'
order by h.indicator, h.scheme, h.ethnicity
"""
COMPARATORS_SQL = f"""
select distinct o.scheme, o.comparator
from subject as s
join observation as o on s.kind = 'indicator' and o.indicator = s.id
{join_public_dataset("o.dataset")}
where s.list = :list and s.code = :code and o.comparator <> ''
order by o.scheme, o.comparator
"""
SCHEME_GROUPS_SQL = """
select c.list as scheme, l.title as scheme_title, c.code, c.label, c.language, (
  select group_concat(x.to_code, ' ' order by x.to_code) from crosswalk as x
  where x.from_scheme = c.list and x.from_code = c.code and x.to_scheme = 'hub-facet'
) as facets
from code as c join code_list as l on l.list = c.list
where c.list in (select value from json_each(:schemes)) and c.residual = 0 and c.level = 'group'
order by l.title, c.list, c.sort_order, c.code
"""
COUNTRY_COVERAGE_SQL = f"""
select distinct a.area, a.label, exists (
  select 1 from dataset_country as n
  join indicator as i on i.dataset = n.dataset
  join subject as s on s.kind = 'indicator' and s.id = i.indicator
  join dataset as t on t.dataset = n.dataset and t.synthetic = 0
  where n.area = a.area and s.list = :list and s.code = :code
) as is_covered
from dataset_country as c
{join_public_dataset("c.dataset")}
join area as a on a.area = c.area
order by a.label
"""
SUBJECT_DATASETS_SQL = f"""
select d.dataset, d.title, d.language
from subject as s
{join_public_dataset("s.id")}
where s.kind = 'dataset' and s.list = :list and s.code = :code
order by d.title, d.dataset
"""


@dataclass(frozen=True, slots=True)
class EvidenceCountRow:
    """How many items of a kind a topic or workstream has."""

    list: str
    code: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class SubjectIndicatorRow:
    """An indicator of a topic or workstream, with the newest period and its place.

    `places` is how many places it has observations of; without any there is no period.
    """

    indicator: str
    title: str
    language: str
    places: int
    area_label: str | None
    period_end: str | None
    period_start: str | None


@dataclass(frozen=True, slots=True)
class GroupCoverageRow:
    """A group of a classification that an indicator has observations of."""

    indicator: str
    scheme: str
    ethnicity: str


@dataclass(frozen=True, slots=True)
class SchemeGroupRow:
    """A group of a classification; `facets` are the broad headings that gather it, if any do."""

    scheme: str
    scheme_title: str
    code: str
    label: str
    language: str
    facets: str | None


@dataclass(frozen=True, slots=True)
class CountryCoverageRow:
    """A country of the hub, and whether a topic or workstream has an indicator of it."""

    area: str
    label: str
    is_covered: int


@dataclass(frozen=True, slots=True)
class SubjectDatasetRow:
    """A dataset of a topic or workstream."""

    dataset: str
    title: str
    language: str


def select_main_workstreams(db: RowReader) -> dict[str, str]:
    """Return the code of the main workstream by the code of the topic."""
    return select_pairs(db, MAIN_WORKSTREAMS_SQL)


def select_evidence_counts(db: RowReader) -> list[EvidenceCountRow]:
    """Return how much evidence each topic and workstream has, by kind."""
    return select_rows(db, EvidenceCountRow, EVIDENCE_COUNTS_SQL)


def select_topics_with_evidence(db: RowReader) -> set[str]:
    """Return the codes of topics that have more than datasets."""
    return set(select_column(db, TOPICS_WITH_EVIDENCE_SQL))


def select_subject_findings(db: RowReader, code_list: str, code: str) -> list[TypedFindingRow]:
    """Return the current findings of a subject; those of secondary sources come last."""
    return select_rows(db, TypedFindingRow, SUBJECT_FINDINGS_SQL, list=code_list, code=code)


def select_subject_indicators(
    db: RowReader, code_list: str, code: str
) -> list[SubjectIndicatorRow]:
    """Return the indicators of a subject by title."""
    return select_rows(db, SubjectIndicatorRow, SUBJECT_INDICATORS_SQL, list=code_list, code=code)


def select_groups_with_values(db: RowReader, code_list: str, code: str) -> list[GroupCoverageRow]:
    """Return the groups, without totals and residual ones, that the indicators cover."""
    return select_rows(db, GroupCoverageRow, GROUPS_WITH_VALUES_SQL, list=code_list, code=code)


def select_comparators(db: RowReader, code_list: str, code: str) -> set[tuple[str, str]]:
    """Return the groups that published comparisons of a subject are with: scheme and code."""
    return set(db(COMPARATORS_SQL, {"list": code_list, "code": code}))


def select_scheme_groups(db: RowReader, schemes: Iterable[str]) -> list[SchemeGroupRow]:
    """Return the groups of some classifications, by their titles and in their order."""
    return select_rows(db, SchemeGroupRow, SCHEME_GROUPS_SQL, schemes=set(schemes))


def select_country_coverage(db: RowReader, code_list: str, code: str) -> list[CountryCoverageRow]:
    """Return every country of the hub by name."""
    return select_rows(db, CountryCoverageRow, COUNTRY_COVERAGE_SQL, list=code_list, code=code)


def select_subject_datasets(db: RowReader, code_list: str, code: str) -> list[SubjectDatasetRow]:
    """Return the datasets of a subject by title."""
    return select_rows(db, SubjectDatasetRow, SUBJECT_DATASETS_SQL, list=code_list, code=code)
