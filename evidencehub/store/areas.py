"""Areas: how much evidence each has, and the findings, recommendations and schemes of one."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.domain.status import build_secondary_source_condition, build_verification_sql
from evidencehub.store.conditions import CURRENT_FINDING, join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_label
from evidencehub.store.related_evidence import FindingStatementRow
from evidencehub.store.typed_rows import select_rows

AREAS_SQL = f"""
with value_count as (
  select
    h.area, count(distinct h.indicator) as indicators
  from availability as h
  {join_public_dataset("h.dataset")}
  where h.value_count > 0
  group by h.area
),
finding_count as (
  select f.area, count(*) as findings
  from finding as f {join_public_dataset("f.dataset")}
  where {CURRENT_FINDING} group by f.area
),
recommendation_count as (
  select r.area, count(*) as recommendations
  from recommendation as r {join_public_dataset("r.dataset")}
  group by r.area
)
select
  a.area, a.label, a.level, a.parent, a.country,
  coalesce(v.indicators, 0) as indicators, coalesce(f.findings, 0) as findings,
  coalesce(r.recommendations, 0) as recommendations, coalesce(d.synthetic, 0) as synthetic
from area as a
join code_list as l on l.list = a.list
left join dataset as d on d.dataset = l.dataset
left join value_count as v on v.area = a.area
left join finding_count as f on f.area = a.area
left join recommendation_count as r on r.area = a.area
order by a.label, a.area
"""
AREA_FINDINGS_SQL = f"""
select f.finding, f.title, f.statement, {build_verification_sql("f")} as verification
from finding as f {join_public_dataset("f.dataset")}
where f.area = :area and {CURRENT_FINDING} and (f.type = 'evidence-gap') = :is_gap
order by {build_secondary_source_condition("f.verification, d.verification")}, f.direction is null,
  f.published desc, f.finding
limit :limit
"""
AREA_RECOMMENDATIONS_SQL = f"""
select r.recommendation, r.title, r.text, s.label as status_label
from recommendation as r
{join_public_dataset("r.dataset")}
join recommendation_status as n on n.recommendation = r.recommendation
{join_label("s", "recommendation-status", "n.status")}
where r.area = :area
order by r.issued desc, r.recommendation
limit :limit
"""
AREA_SCHEMES_SQL = f"""
select l.list as scheme, l.title, count(distinct h.indicator) as indicators
from availability as h
{join_public_dataset("h.dataset")}
join code_list as l on l.list = h.scheme
where h.area = :area
group by l.list
order by l.title, l.list
"""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area with the number of indicators, findings and recommendations for it.

    `country` is the country in which it lies; None if it is in several, or in none that is known.
    """

    area: str
    label: str
    level: str | None
    parent: str | None
    country: str | None
    indicators: int
    findings: int
    recommendations: int
    synthetic: int

    @property
    def is_country(self) -> bool:
        """Return whether the area is a country."""
        return self.level == "country"

    @property
    def is_combined(self) -> bool:
        """Return whether the area is made of others, as England and Wales is."""
        return self.level == "combined"

    @property
    def has_evidence(self) -> bool:
        """Return whether there is anything to say about the area; a synthetic one has nothing."""
        return bool(self.indicators or self.findings or self.recommendations) and not self.synthetic


@dataclass(frozen=True, slots=True)
class AreaRecommendationRow:
    """A recommendation for an area, with its latest status."""

    recommendation: str
    title: str | None
    text: str
    status_label: str | None


@dataclass(frozen=True, slots=True)
class AreaSchemeRow:
    """A classification in which an area has values, with the number of their indicators."""

    scheme: str
    title: str
    indicators: int


def select_areas(db: RowReader) -> list[AreaRow]:
    """Return every area, sorted by label."""
    return select_rows(db, AreaRow, AREAS_SQL)


def select_area_findings(
    db: RowReader, area: str, limit: int, *, is_gap: bool = False
) -> list[FindingStatementRow]:
    """Return current findings about an area, those of original sources first; or only the gaps.

    A gap is what was looked for and not found; each current finding is one or the other.
    """
    return select_rows(
        db, FindingStatementRow, AREA_FINDINGS_SQL, area=area, limit=limit, is_gap=is_gap
    )


def select_area_recommendations(
    db: RowReader, area: str, limit: int
) -> list[AreaRecommendationRow]:
    """Return recommendations for an area, the newest first."""
    return select_rows(db, AreaRecommendationRow, AREA_RECOMMENDATIONS_SQL, area=area, limit=limit)


def select_area_schemes(db: RowReader, area: str) -> list[AreaSchemeRow]:
    """Return the classifications in which an area has values."""
    return select_rows(db, AreaSchemeRow, AREA_SCHEMES_SQL, area=area)
