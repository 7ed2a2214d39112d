"""Findings: what each says, the groups and claims it names, and lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidencehub.domain.status import build_secondary_source_condition, build_verification_sql
from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_label
from evidencehub.store.related_evidence import FindingStatementRow
from evidencehub.store.typed_rows import select_count, select_pairs, select_row, select_rows

FINDING_SQL = f"""
select
  f.finding, f.dataset, f.title, f.statement, f.detail, f.note, f.type, f.certainty,
  f.certainty_note, f.assessed_by, f.assessment_method, f.assessed_on, f.unbound_figures,
  f.area, f.population, f.period_start, f.period_end, f.published, f.reviewed,
  f.next_review, f.superseded_by, d.title as dataset_title, d.version, d.created, d.licence,
  d.publisher, d.language, d.governance, d.synthetic, {build_verification_sql("f")} as verification,
  a.label as area_label, t.label as type_label, t.definition as type_definition,
  m.label as mechanism_label, y.label as study_label, f.last_checked, f.checked_where,
  f.checked_by,
  w.label as direction_label, w.definition as direction_definition,
  c.label as certainty_label, c.definition as certainty_definition,
  v.label as verification_label, v.definition as verification_definition,
  b.label as unbound_label, b.definition as unbound_definition,
  coalesce(n.title, n.statement) as newer_title
from finding as f
join dataset as d on d.dataset = f.dataset
left join area as a on a.area = f.area
{join_label("t", "finding-type", "f.type")}
{join_label("m", "mechanism", "f.mechanism")}
{join_label("y", "study-design", "f.study_design")}
{join_label("w", "direction", "f.direction")}
{join_label("c", "certainty", "f.certainty")}
{join_label("v", "verification", build_verification_sql("f"))}
{join_label("b", "unbound-reason", "f.unbound_reason")}
left join finding as n on n.finding = f.superseded_by
where f.finding = :id
"""
FINDING_GROUPS_SQL = """
select
  g.role, g.scheme, g.ethnicity, c.label, c.language, coalesce(c.level, '') as level,
  l.title as scheme_title
from finding_group as g
join code as c on c.list = g.scheme and c.code = g.ethnicity
join code_list as l on l.list = g.scheme
where g.finding = :id
order by g.role, g.scheme, c.sort_order, g.ethnicity
"""
RESPONSIBLE_SQL = f"""
select o.organisation, coalesce(c.label, o.organisation)
from finding_organisation as o
{join_label("c", "organisation", "o.organisation")}
where o.finding = :id
order by o.rowid
"""
CLAIMS_SQL = f"""
select
  q.claim, q.indicator, q.area, q.scheme, q.ethnicity, q.reference, q.sex, q.age, q.other,
  q.comparator, q.adjustment, q.period_start, q.period_end, q.measure, q.stated, q.decimals,
  q.recomputed, q.lowest, q.highest, q.verdict, q.state, q.newer_period_start,
  q.newer_period_end, q.obs_status, q.verification, q.value_note, q.signed_by, q.signed_on, q.note,
  i.title as indicator_title, u.label as unit_label, m.label as measure_label,
  e.label, e.language, r.label as reference_label, s.label as status_label,
  s.definition as status_definition
from claim as q
join indicator as i on i.indicator = q.indicator
join area as a on a.area = q.area
join code as e on e.list = q.scheme and e.code = q.ethnicity
left join code as r on r.list = q.scheme and r.code = q.reference
{join_label("u", "unit", "i.unit")}
{join_label("m", "claim-measure", "q.measure")}
{join_label("s", "obs-status", "q.obs_status")}
where q.finding = :id
order by q.claim
"""
SUPERSEDED_FINDINGS_SQL = """
select finding, coalesce(title, statement) as title, statement, verification from finding
where superseded_by = :id order by finding
"""
_STATEMENTS_SQL = f"""
select f.finding, f.title, f.statement, {build_verification_sql("f")} as verification
from finding as f join dataset as d on d.dataset = f.dataset
where f.finding in ({{identifiers}})
order by f.finding
"""
FINDINGS_OF_RECOMMENDATION_SQL = _STATEMENTS_SQL.format(
    identifiers="select finding from recommendation_finding where recommendation = :id"
)
FINDINGS_OF_SAME_SOURCES_SQL = _STATEMENTS_SQL.format(
    identifiers="""
  select b.finding from recommendation_source as s
  join finding_source as b on b.dataset = s.dataset and b.source = s.source
  where s.recommendation = :id
"""
)
FINDINGS_OF_ORGANISATION_SQL = f"""
select distinct f.finding, f.title, f.statement, {build_verification_sql("f")} as verification
from recommendation_organisation as o
join recommendation_finding as b on b.recommendation = o.recommendation
join finding as f on f.finding = b.finding
{join_public_dataset("f.dataset")}
where o.organisation = :id
order by f.finding
"""
_MATCHING_FINDINGS = f"""
from finding as f
{join_public_dataset("f.dataset")}
where (:type = '' or f.type = :type) and (:certainty = '' or f.certainty = :certainty)
  and (:topic = '' or exists (
    select 1 from subject as s
    where s.kind = 'finding' and s.id = f.finding and s.code = :topic
  ))
"""
MATCHING_FINDING_COUNT_SQL = f"select count(*) {_MATCHING_FINDINGS}"
MATCHING_FINDINGS_SQL = f"""
select
  f.finding, f.title, f.statement, f.superseded_by, d.language, f.certainty,
  exists (
    select 1 from claim as q where q.finding = f.finding and q.state = 'superseded'
  ) as has_newer_values,
  {build_verification_sql("f")} as verification, f.period_start, f.period_end,
  (select label from code where list = 'finding-type' and code = f.type) as type_label,
  (select label from code where list = 'certainty' and code = f.certainty) as certainty_label,
  (select label from area where area = f.area) as area_label,
  (
    select c.code from subject as s join code as c on c.list = s.list and c.code = s.code
    where s.kind = 'finding' and s.id = f.finding and s.list = 'topic'
      and (:only_topic = '' or s.code = :only_topic)
    order by c.sort_order, c.code limit 1
  ) as topic,
  (
    select min(c.sort_order) from subject as s
    join code as c on c.list = s.list and c.code = s.code
    where s.kind = 'finding' and s.id = f.finding and s.list = 'topic'
      and (:only_topic = '' or s.code = :only_topic)
  ) as topic_order
{_MATCHING_FINDINGS}
order by
  topic_order is null, topic_order, topic, f.superseded_by is not null, f.type <> 'finding',
  f.type, {build_secondary_source_condition("f.verification, d.verification")},
  f.published desc, f.finding
limit :limit offset :offset
"""
LATEST_FINDINGS_SQL = f"""
select s.code as workstream, f.finding, f.title, f.statement, d.language,
  {build_verification_sql("f")} as verification
from finding as f
{join_public_dataset("f.dataset")}
join subject as s on s.kind = 'finding' and s.id = f.finding and s.list = 'workstream'
where f.superseded_by is null and f.type = 'finding'
order by {build_secondary_source_condition("f.verification, d.verification")},
  f.published desc, f.finding
"""


@dataclass(frozen=True, slots=True)
class FindingDetailRow:
    """A finding with its dataset and the labels of its codes."""

    finding: str
    dataset: str
    title: str | None
    statement: str
    detail: str | None
    note: str | None
    type: str
    certainty: str
    certainty_note: str | None
    assessed_by: str | None
    assessment_method: str | None
    assessed_on: str | None
    unbound_figures: str | None
    area: str | None
    population: str | None
    period_start: str | None
    period_end: str | None
    published: str | None
    reviewed: str | None
    next_review: str | None
    superseded_by: str | None
    dataset_title: str
    version: str
    created: str
    licence: str
    publisher: str | None
    language: str
    governance: str | None
    synthetic: int
    verification: str | None
    area_label: str | None
    type_label: str | None
    type_definition: str | None
    mechanism_label: str | None
    study_label: str | None
    last_checked: str | None
    checked_where: str | None
    checked_by: str | None
    direction_label: str | None
    direction_definition: str | None
    certainty_label: str | None
    certainty_definition: str | None
    verification_label: str | None
    verification_definition: str | None
    unbound_label: str | None
    unbound_definition: str | None
    newer_title: str | None


@dataclass(frozen=True, slots=True)
class FindingGroupRow:
    """A group that a finding is about, or with which it compares; `level` may be empty."""

    role: str
    scheme: str
    ethnicity: str
    label: str
    language: str
    level: str
    scheme_title: str

    @property
    def is_total(self) -> bool:
        """Whether it is all groups together, which have no page."""
        return self.level == "total"


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A number that a finding states, with what the observations give for it."""

    claim: int
    indicator: str
    area: str
    scheme: str
    ethnicity: str
    reference: str | None
    sex: str
    age: str
    other: str
    comparator: str
    adjustment: str
    period_start: str
    period_end: str
    measure: str
    stated: float
    decimals: int | None
    recomputed: float | None
    lowest: float | None
    highest: float | None
    verdict: str
    state: str
    newer_period_start: str | None
    newer_period_end: str | None
    obs_status: str | None
    verification: str | None
    value_note: str | None
    signed_by: str | None
    signed_on: str | None
    note: str | None
    indicator_title: str
    unit_label: str | None
    measure_label: str | None
    label: str
    language: str
    reference_label: str | None
    status_label: str | None
    status_definition: str | None


@dataclass(frozen=True, slots=True)
class ListedFindingRow:
    """A finding in the list of all; `topic` is its first topic, None where it has none."""

    finding: str
    title: str | None
    statement: str
    superseded_by: str | None
    language: str
    certainty: str
    has_newer_values: int
    verification: str | None
    period_start: str | None
    period_end: str | None
    type_label: str | None
    certainty_label: str | None
    area_label: str | None
    topic: str | None
    topic_order: int | None


@dataclass(frozen=True, slots=True)
class WorkstreamFindingRow:
    """A finding of a workstream."""

    workstream: str
    finding: str
    title: str | None
    statement: str
    language: str
    verification: str | None


def select_finding(db: RowReader, identifier: str) -> FindingDetailRow | None:
    """Return a finding, or None."""
    return select_row(db, FindingDetailRow, FINDING_SQL, id=identifier)


def select_finding_groups(db: RowReader, identifier: str) -> list[FindingGroupRow]:
    """Return the groups of a finding by role and classification."""
    return select_rows(db, FindingGroupRow, FINDING_GROUPS_SQL, id=identifier)


def select_responsible_organisations(db: RowReader, identifier: str) -> list[tuple[str, str]]:
    """Return code and label of the organisations that can change what a finding says."""
    return list(select_pairs(db, RESPONSIBLE_SQL, id=identifier).items())


def select_claims(db: RowReader, identifier: str) -> list[ClaimRow]:
    """Return the claims of a finding in their order."""
    return select_rows(db, ClaimRow, CLAIMS_SQL, id=identifier)


def select_superseded_findings(db: RowReader, identifier: str) -> list[FindingStatementRow]:
    """Return the findings that a finding supersedes."""
    return select_rows(db, FindingStatementRow, SUPERSEDED_FINDINGS_SQL, id=identifier)


def select_findings_of_recommendation(
    db: RowReader, recommendation: str
) -> list[FindingStatementRow]:
    """Return the findings from which a recommendation says that it follows."""
    return select_rows(db, FindingStatementRow, FINDINGS_OF_RECOMMENDATION_SQL, id=recommendation)


def select_findings_of_same_sources(
    db: RowReader, recommendation: str
) -> list[FindingStatementRow]:
    """Return the findings that have a source in common with a recommendation."""
    return select_rows(db, FindingStatementRow, FINDINGS_OF_SAME_SOURCES_SQL, id=recommendation)


def select_findings_of_organisation(db: RowReader, organisation: str) -> list[FindingStatementRow]:
    """Return the findings behind the recommendations that are addressed to an organisation."""
    return select_rows(db, FindingStatementRow, FINDINGS_OF_ORGANISATION_SQL, id=organisation)


def count_matching_findings(db: RowReader, filters: Mapping[str, str]) -> int:
    """Return how many findings match the filters topic, type and certainty; empty ones do not."""
    return select_count(db, MATCHING_FINDING_COUNT_SQL, **filters)


def select_matching_findings(
    db: RowReader, filters: Mapping[str, str], *, only_topic: str, limit: int, offset: int
) -> list[ListedFindingRow]:
    """Return some of the findings that match the filters, by their first topic.

    With `only_topic`, that topic counts as the first of each finding.
    """
    return select_rows(
        db,
        ListedFindingRow,
        MATCHING_FINDINGS_SQL,
        **filters,
        only_topic=only_topic,
        limit=limit,
        offset=offset,
    )


def select_latest_findings(db: RowReader) -> list[WorkstreamFindingRow]:
    """Return the current results of all workstreams, the surest and newest first."""
    return select_rows(db, WorkstreamFindingRow, LATEST_FINDINGS_SQL)
