"""Indicators: their properties, and the evidence, topics, files and notes that belong to them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from evidencehub.domain.status import build_verification_sql
from evidencehub.store.conditions import CURRENT_FINDING, join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_label
from evidencehub.store.related_evidence import LabelledCodeRow, TypedFindingRow
from evidencehub.store.sources import SELECT_SOURCES_SQL, SourceRow
from evidencehub.store.typed_rows import (
    select_column,
    select_count,
    select_pairs,
    select_row,
    select_rows,
)

MAX_RELATED_INDICATORS = 30  # of the same family or dataset

INDICATOR_SQL = f"""
select
  i.indicator, i.dataset, i.family, i.title, i.definition, i.unit, i.scale, i.value_type,
  i.polarity, i.numerator_definition, i.denominator_definition, i.unit_of_count, i.method,
  i.standardisation, i.ethnicity_known, i.ethnicity_unknown, i.reference_group, i.headline_group,
  i.ci_method, i.caveats, i.series_breaks, d.title as dataset_title, d.language, d.version,
  d.created, d.next_update, d.licence, d.licence_url, d.verification, d.synthetic,
  d.caveats as dataset_caveats, d.governance, d.comparability,
  d.ethnicity_completeness, d.disclosure_policy,
  coalesce(i.whose_ethnicity, d.whose_ethnicity) as whose_ethnicity,
  coalesce(i.ethnicity_recording, d.ethnicity_recording) as ethnicity_recording,
  coalesce(u.label, i.unit) as unit_name, u.label as unit_label,
  u.definition as unit_definition
from indicator as i
join dataset as d on d.dataset = i.dataset
{join_label("u", "unit", "i.unit")}
where i.indicator = :indicator
"""
INDICATOR_SOURCES_SQL = f"""
{SELECT_SOURCES_SQL}
where s.dataset = :dataset and s.source in (
  select source from observation where indicator = :indicator and dataset = :dataset)
order by s.published desc, s.source
"""
INDICATOR_FINDINGS_SQL = f"""
select f.finding, f.title, f.statement, d.language, f.type,
  {build_verification_sql("f")} as verification
from finding_indicator as b
join finding as f on f.finding = b.finding
join dataset as d on d.dataset = f.dataset
where b.indicator = :indicator and {CURRENT_FINDING} order by f.published desc, f.finding
"""
RECOMMENDATIONS_SQL = f"""
select distinct r.recommendation, coalesce(r.title, r.text) as title,
  coalesce(c.label, l.status) as status_label
from recommendation as r
join recommendation_status as l on l.recommendation = r.recommendation
{join_label("c", "recommendation-status", "l.status")}
where r.recommendation in (
  select recommendation from recommendation_indicator where indicator = :indicator
  union
  select b.recommendation from recommendation_finding as b
  join finding_indicator as f on f.finding = b.finding where f.indicator = :indicator)
order by r.issued desc, r.recommendation
"""
RELATED_INDICATORS_SQL = f"""
select i.indicator, i.title, i.family = :family as is_same_family, d.title as dataset_title
from indicator as i join dataset as d on d.dataset = i.dataset
where i.indicator <> :indicator and (i.family = :family or i.dataset = :dataset)
  and d.synthetic = :synthetic
order by is_same_family desc, i.title, i.indicator
limit {MAX_RELATED_INDICATORS}
"""
FAMILY_COUNTRIES_SQL = f"""
select count(distinct a.country) as countries
from indicator as i
{join_public_dataset("i.dataset")}
join availability as h on h.indicator = i.indicator and h.value_count > 0
join area as a on a.area = h.area
where i.family = :family
"""
NEWEST_PERIOD_SQL = """
select period_start, period_end from observation where indicator = :indicator
order by period_end desc, period_start desc limit 1
"""
MAIN_FACTS_SQL = "select text from main_fact where indicator = :indicator order by position"
INDICATOR_TOPICS_SQL = """
select c.list, c.code, c.label, c.definition
from code as c join subject as s on c.list = s.list and c.code = s.code
where s.kind = 'indicator' and s.id = :indicator order by s.list, c.label
"""
METADATA_LABELS_SQL = """
select list, code, label, definition from code
where (list = 'whose-ethnicity' and code = :whose_ethnicity)
  or (list = 'ethnicity-recording' and code = :ethnicity_recording)
  or (list = 'disclosure-policy' and code = :disclosure_policy)
"""
DATASET_FILES_SQL = """
select file, rows, bytes, version from file
where dataset = :dataset and version = :version and says <> 'as the publisher wrote it'
  and format in ('csv', 'csv.gz', 'parquet', 'datapackage')
order by format, file
"""


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """An indicator with what its dataset says; `unit_name` is the label of its unit or its code."""

    indicator: str
    dataset: str
    family: str | None
    title: str
    definition: str
    unit: str
    scale: float | None
    value_type: str
    polarity: str
    numerator_definition: str | None
    denominator_definition: str | None
    unit_of_count: str | None
    method: str | None
    standardisation: str | None
    ethnicity_known: float | None
    ethnicity_unknown: float | None
    reference_group: str | None
    headline_group: str | None
    ci_method: str | None
    caveats: str | None
    series_breaks: str | None
    dataset_title: str
    language: str
    version: str
    created: str
    next_update: str | None
    licence: str
    licence_url: str | None
    verification: str | None
    synthetic: int
    dataset_caveats: str | None
    governance: str | None
    comparability: str | None
    ethnicity_completeness: str | None
    disclosure_policy: str | None
    whose_ethnicity: str | None
    ethnicity_recording: str | None
    unit_name: str
    unit_label: str | None
    unit_definition: str | None


@dataclass(frozen=True, slots=True)
class IndicatorRecommendationRow:
    """A recommendation that rests on an indicator, with its latest status."""

    recommendation: str
    title: str
    status_label: str


@dataclass(frozen=True, slots=True)
class RelatedIndicatorRow:
    """Another indicator of the same family or, else, of the same dataset."""

    indicator: str
    title: str
    is_same_family: int | None
    dataset_title: str


@dataclass(frozen=True, slots=True)
class DownloadFileRow:
    """A file of a dataset to download; `rows` is None for a file that is no table."""

    file: str
    rows: int | None
    bytes: int
    version: str


def select_indicator(db: RowReader, indicator: str) -> IndicatorRow | None:
    """Return an indicator, or None if there is no indicator of this name."""
    return select_row(db, IndicatorRow, INDICATOR_SQL, indicator=indicator)


def select_indicator_sources(db: RowReader, indicator: IndicatorRow) -> list[SourceRow]:
    """Return the publications that the values come from, the newest first."""
    return select_rows(db, SourceRow, INDICATOR_SOURCES_SQL, **asdict(indicator))


def select_indicator_findings(db: RowReader, indicator: str) -> list[TypedFindingRow]:
    """Return the current findings about an indicator, the newest first."""
    return select_rows(db, TypedFindingRow, INDICATOR_FINDINGS_SQL, indicator=indicator)


def select_indicator_recommendations(
    db: RowReader, indicator: str
) -> list[IndicatorRecommendationRow]:
    """Return the recommendations that name an indicator or rest on a finding about it."""
    return select_rows(db, IndicatorRecommendationRow, RECOMMENDATIONS_SQL, indicator=indicator)


def select_related_indicators(db: RowReader, indicator: IndicatorRow) -> list[RelatedIndicatorRow]:
    """Return other indicators of the same family, then others of the same dataset."""
    return select_rows(db, RelatedIndicatorRow, RELATED_INDICATORS_SQL, **asdict(indicator))


def count_family_countries(db: RowReader, family: str | None) -> int:
    """Return the number of countries with a value of an indicator of this family."""
    return select_count(db, FAMILY_COUNTRIES_SQL, family=family)


def select_newest_period(db: RowReader, indicator: str) -> tuple[str, str] | None:
    """Return the first and the last day of the newest period of an indicator, if it has any."""
    return next(iter(select_pairs(db, NEWEST_PERIOD_SQL, indicator=indicator).items()), None)


def select_authored_facts(db: RowReader, indicator: str) -> list[str]:
    """Return the main facts that the dataset itself states, in its order."""
    return select_column(db, MAIN_FACTS_SQL, indicator=indicator)


def select_indicator_topics(db: RowReader, indicator: str) -> list[LabelledCodeRow]:
    """Return the topics and workstreams of an indicator."""
    return select_rows(db, LabelledCodeRow, INDICATOR_TOPICS_SQL, indicator=indicator)


def select_metadata_labels(db: RowReader, indicator: IndicatorRow) -> dict[str, LabelledCodeRow]:
    """Return the labels of an indicator's metadata codes, by code list."""
    rows = select_rows(db, LabelledCodeRow, METADATA_LABELS_SQL, **asdict(indicator))
    return {row.list: row for row in rows}


def select_dataset_files(db: RowReader, indicator: IndicatorRow) -> list[DownloadFileRow]:
    """Return the files of the current version of an indicator's dataset."""
    return select_rows(db, DownloadFileRow, DATASET_FILES_SQL, **asdict(indicator))
