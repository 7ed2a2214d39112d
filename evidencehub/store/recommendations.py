"""Recommendations: their current status, to whom they are addressed, and what followed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidencehub.domain.code_lists import NO_RESPONSE_STATUS
from evidencehub.domain.status import build_verification_sql
from evidencehub.store.conditions import IS_PUBLIC_DATASET, join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_label
from evidencehub.store.typed_rows import select_pairs, select_row, select_rows

UNKNOWN_STATUS = "unknown"  # nobody has found out what became of a recommendation
ADDRESSEE_NOT_STATED = "not-stated"  # the code of an addressee whom the source does not name

RECOMMENDATION_SQL = f"""
select
  r.recommendation, r.dataset, r.title, r.text, r.note, r.status, r.issued, r.due, r.population,
  r.area, r.issued_by, b.label as issued_by_label, k.label as issuer_kind_label, r.addressee_note,
  r.last_checked, r.checked_where, r.checked_by, r.next_check,
  n.response, p.label as response_label, n.response_on,
  n.implementation, m.label as implementation_label, n.implementation_on,
  n.outcome, o.label as outcome_label, n.outcome_on,
  d.title as dataset_title, d.version, d.created, d.licence, d.publisher, d.language,
  d.governance, d.synthetic, {build_verification_sql("r")} as verification, a.label as area_label,
  s.label as strength_label, s.definition as strength_definition,
  c.label as issued_status_label,
  v.label as verification_label, v.definition as verification_definition
from recommendation as r
join dataset as d on d.dataset = r.dataset
join recommendation_status as n on n.recommendation = r.recommendation
left join area as a on a.area = r.area
{join_label("b", "organisation", "r.issued_by")}
{join_label("k", "organisation-kind", "b.level")}
{join_label("p", "recommendation-status", "n.response")}
{join_label("m", "recommendation-status", "n.implementation")}
{join_label("o", "recommendation-status", "n.outcome")}
{join_label("s", "recommendation-strength", "r.strength")}
{join_label("c", "recommendation-status", "r.status")}
{join_label("v", "verification", build_verification_sql("r"))}
where r.recommendation = :id
"""
SELECT_UPDATES_SQL = f"""
select
  u.recommendation, coalesce(r.title, r.text) as title, u.updated, u.status,
  c.label as status_label, u.note, s.title as source_title, s.publisher, s.url, s.doi,
  coalesce(u.verification, s.verification) as verification, v.label as verification_label
from recommendation_update as u
join recommendation as r on r.recommendation = u.recommendation
left join source as s on s.dataset = u.dataset and s.source = u.source
{join_label("c", "recommendation-status", "u.status")}
{join_label("v", "verification", "coalesce(u.verification, s.verification)")}
"""
UPDATES_SQL = f"""
{SELECT_UPDATES_SQL}
where u.recommendation = :id
order by u.updated, c.sort_order, u.status
"""
UPDATES_OF_SEVERAL_SQL = f"""
{SELECT_UPDATES_SQL}
where u.recommendation in (select value from json_each(:identifiers))
order by u.recommendation, u.updated, c.sort_order, u.status
"""
_CURRENT_RECOMMENDATIONS_SQL = f"""
select n.recommendation, r.title, n.text, n.status, c.label as status_label,
  n.status_on as status_date, r.issued, r.due, r.issued_by, b.label as issued_by_label,
  b.level as issuer_kind, r.last_checked, {build_verification_sql("r")} as verification, d.language
from recommendation_status as n
join recommendation as r on r.recommendation = n.recommendation
join dataset as d on d.dataset = r.dataset
{join_label("c", "recommendation-status", "n.status")}
{join_label("b", "organisation", "r.issued_by")}
where {{condition}}
order by c.sort_order, r.issued desc, n.recommendation
"""
_IS_RECOMMENDATION = "n.recommendation = :id"
_IS_LINKED_TO_FINDING = (
    "n.recommendation in (select recommendation from recommendation_finding where finding = :id)"
)
_HAS_SOURCE_OF_FINDING = f"""{IS_PUBLIC_DATASET} and n.recommendation in (
  select b.recommendation from finding_source as s
  join recommendation_source as b on b.dataset = s.dataset and b.source = s.source
  where s.finding = :id
)"""
_HAS_SUBJECT = f"""{IS_PUBLIC_DATASET} and n.recommendation in (
  select id from subject where kind = 'recommendation' and list = :list and code = :code
)"""
_IS_ADDRESSED_TO = f"""{IS_PUBLIC_DATASET} and n.recommendation in (
  select recommendation from recommendation_organisation where organisation = :id
)"""
_IS_ASKED_ABOUT = (
    "n.recommendation in (select recommendation from question_recommendation where question = :id)"
)
_IS_ISSUED_BY = f"{IS_PUBLIC_DATASET} and r.issued_by = :id"
_MATCHES_FILTERS = f"""{IS_PUBLIC_DATASET}
  and (:issuer_kind = '' or b.level = :issuer_kind)
  and (:subject = '' or exists (
    select 1 from subject as s
    where s.kind = 'recommendation' and s.id = n.recommendation and s.code = :subject
  ))
  and (:organisation = '' or exists (
    select 1 from recommendation_organisation as o
    where o.recommendation = n.recommendation and o.organisation = :organisation
  ) or :organisation = '{ADDRESSEE_NOT_STATED}' and not exists (
    select 1 from recommendation_organisation as o
    where o.recommendation = n.recommendation and o.organisation <> '{ADDRESSEE_NOT_STATED}'
  ))"""
ADDRESSEES_SQL = f"""
select o.recommendation, o.organisation, coalesce(c.label, o.organisation) as label
from recommendation_organisation as o
{join_label("c", "organisation", "o.organisation")}
where o.organisation <> '{ADDRESSEE_NOT_STATED}'
  and o.recommendation in (select value from json_each(:ids))
order by o.recommendation, label
"""
ALL_ADDRESSEES_SQL = f"""
select distinct o.organisation, coalesce(c.label, o.organisation)
from recommendation_organisation as o
{join_label("c", "organisation", "o.organisation")}
join recommendation as r on r.recommendation = o.recommendation
{join_public_dataset("r.dataset")}
where o.organisation <> '{ADDRESSEE_NOT_STATED}'
order by 2, 1
"""
UPDATES_OF_FINDING_SQL = f"""
{SELECT_UPDATES_SQL}
join recommendation_finding as b on b.recommendation = u.recommendation
where b.finding = :finding
order by u.updated, u.recommendation
"""


@dataclass(frozen=True, slots=True)
class AddresseeRow:
    """An organisation to which a recommendation is addressed."""

    recommendation: str
    organisation: str
    label: str


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """A recommendation with its current status, the day of that status, and its addressees."""

    recommendation: str
    title: str | None
    text: str
    status: str
    status_label: str | None
    status_date: str | None
    issued: str | None
    due: str | None
    issued_by: str | None
    issued_by_label: str | None
    issuer_kind: str | None
    last_checked: str | None
    verification: str | None
    language: str
    organisations: Sequence[AddresseeRow] = ()

    @property
    def is_status_unknown(self) -> bool:
        """Whether nobody has found out what became of it."""
        return self.status == UNKNOWN_STATUS

    @property
    def is_response_missing(self) -> bool:
        """Whether a response was looked for and none was found: its day is that of the look."""
        return self.status == NO_RESPONSE_STATUS

    @property
    def awaits_search(self) -> bool:
        """Whether nobody has found out what became of it, because nobody has looked."""
        return self.is_status_unknown and not self.last_checked

    @property
    def has_news(self) -> bool:
        """Whether its status is of a day on which something happened, and not of a search."""
        return bool(self.status_date) and self.status not in (UNKNOWN_STATUS, NO_RESPONSE_STATUS)


@dataclass(frozen=True, slots=True)
class RecommendationDetailRow:
    """A recommendation as it was made, with its dataset; `status` is that of the day of issue."""

    recommendation: str
    dataset: str
    title: str | None
    text: str
    note: str | None
    status: str
    issued: str | None
    due: str | None
    population: str | None
    area: str | None
    issued_by: str | None
    issued_by_label: str | None
    issuer_kind_label: str | None
    addressee_note: str | None
    last_checked: str | None
    checked_where: str | None
    checked_by: str | None
    next_check: str | None
    response: str | None
    response_label: str | None
    response_on: str | None
    implementation: str | None
    implementation_label: str | None
    implementation_on: str | None
    outcome: str | None
    outcome_label: str | None
    outcome_on: str | None
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
    strength_label: str | None
    strength_definition: str | None
    issued_status_label: str | None
    verification_label: str | None
    verification_definition: str | None


@dataclass(frozen=True, slots=True)
class StatusUpdateRow:
    """News of a recommendation: its status from a day on, and the source that says so.

    `title` is that of the recommendation, or its text.
    """

    recommendation: str
    title: str
    updated: str
    status: str
    status_label: str | None
    note: str | None
    source_title: str | None
    publisher: str | None
    url: str | None
    doi: str | None
    verification: str | None
    verification_label: str | None


def select_recommendation(db: RowReader, identifier: str) -> RecommendationDetailRow | None:
    """Return a recommendation, or None."""
    return select_row(db, RecommendationDetailRow, RECOMMENDATION_SQL, id=identifier)


def select_updates(db: RowReader, identifier: str) -> list[StatusUpdateRow]:
    """Return the updates of a recommendation by day."""
    return select_rows(db, StatusUpdateRow, UPDATES_SQL, id=identifier)


def select_updates_of_several(db: RowReader, identifiers: Iterable[str]) -> list[StatusUpdateRow]:
    """Return the updates of some recommendations, of each by day."""
    return select_rows(db, StatusUpdateRow, UPDATES_OF_SEVERAL_SQL, identifiers=identifiers)


def select_current_recommendation(db: RowReader, identifier: str) -> RecommendationRow:
    """Return a recommendation that exists, with its current status."""
    (row,) = _select_current(db, _IS_RECOMMENDATION, id=identifier)
    return row


def select_recommendations_of_finding(db: RowReader, finding: str) -> list[RecommendationRow]:
    """Return the recommendations that say they follow from a finding."""
    return _select_current(db, _IS_LINKED_TO_FINDING, id=finding)


def select_recommendations_of_same_sources(db: RowReader, finding: str) -> list[RecommendationRow]:
    """Return the recommendations that have a source in common with a finding."""
    return _select_current(db, _HAS_SOURCE_OF_FINDING, id=finding)


def select_recommendations_of_subject(
    db: RowReader, code_list: str, code: str
) -> list[RecommendationRow]:
    """Return the recommendations of a topic or a workstream."""
    return _select_current(db, _HAS_SUBJECT, list=code_list, code=code)


def select_recommendations_to(db: RowReader, organisation: str) -> list[RecommendationRow]:
    """Return the recommendations that are addressed to an organisation."""
    return _select_current(db, _IS_ADDRESSED_TO, id=organisation)


def select_recommendations_by(db: RowReader, organisation: str) -> list[RecommendationRow]:
    """Return the recommendations that an organisation made."""
    return _select_current(db, _IS_ISSUED_BY, id=organisation)


def select_recommendations_of_question(db: RowReader, question: str) -> list[RecommendationRow]:
    """Return the recommendations that a question asks about."""
    return _select_current(db, _IS_ASKED_ABOUT, id=question)


def select_recommendations(
    db: RowReader, *, subject: str = "", organisation: str = "", issuer_kind: str = ""
) -> list[RecommendationRow]:
    """Return every recommendation that matches; an empty filter lets all through."""
    return _select_current(
        db, _MATCHES_FILTERS, subject=subject, organisation=organisation, issuer_kind=issuer_kind
    )


def select_all_addressees(db: RowReader) -> list[tuple[str, str]]:
    """Return the code and label of each organisation that a recommendation is addressed to."""
    return list(select_pairs(db, ALL_ADDRESSEES_SQL).items())


def select_updates_of_finding(db: RowReader, finding: str) -> list[StatusUpdateRow]:
    """Return the updates of all recommendations that follow from a finding, by day."""
    return select_rows(db, StatusUpdateRow, UPDATES_OF_FINDING_SQL, finding=finding)


def _select_current(db: RowReader, condition: str, **values: Any) -> list[RecommendationRow]:
    sql = _CURRENT_RECOMMENDATIONS_SQL.format(condition=condition)
    rows = select_rows(db, RecommendationRow, sql, **values)
    addressees = _select_addressees(db, [row.recommendation for row in rows])
    return [replace(row, organisations=addressees.get(row.recommendation, ())) for row in rows]


def _select_addressees(db: RowReader, identifiers: Iterable[str]) -> dict[str, list[AddresseeRow]]:
    """Return the named addressees of recommendations, by recommendation."""
    addressees: dict[str, list[AddresseeRow]] = {}
    for row in select_rows(db, AddresseeRow, ADDRESSEES_SQL, ids=identifiers):
        addressees.setdefault(row.recommendation, []).append(row)
    return addressees
