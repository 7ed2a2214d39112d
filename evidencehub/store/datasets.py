"""Datasets: their facts, observations, files and history."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.domain.status import NORMAL
from evidencehub.store.codes import CodeRow
from evidencehub.store.conditions import IS_PUBLIC_DATASET
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_label
from evidencehub.store.sources import SELECT_SOURCES_SQL, SourceRow
from evidencehub.store.typed_rows import select_lists, select_row, select_rows

DATASETS_SQL = f"""
select d.dataset, d.title, d.description, d.version, d.created, d.licence, d.language,
  (select coalesce(sum(h.observation_count), 0) from availability as h where h.dataset = d.dataset)
    as observation_count,
  (select count(*) from finding as f where f.dataset = d.dataset) as finding_count,
  coalesce(d.origin_title, d.origin) as origin_name
from dataset as d
where {IS_PUBLIC_DATASET}
order by d.title, d.dataset
limit :limit
"""
WORKSTREAMS_OF_DATASETS_SQL = """
select s.code, s.id as dataset
from subject as s
where s.list = 'workstream' and s.kind = 'dataset'
order by s.code, s.id
"""
DATASET_SQL = f"""
select d.dataset, d.title, d.description, d.version, d.created, d.licence, d.licence_url,
  d.publisher, d.contact, d.language, d.homepage, d.whose_ethnicity, d.ethnicity_completeness,
  d.verification, d.next_update, d.caveats, d.governance, d.comparability, d.about, d.synthetic,
  policy.label as policy, policy.definition as policy_definition,
  level.label as level, level.definition as level_definition,
  recording.label as recording, recording.definition as recording_definition
from dataset as d
{join_label("policy", "disclosure-policy", "d.disclosure_policy")}
{join_label("level", "verification", "d.verification")}
{join_label("recording", "ethnicity-recording", "d.ethnicity_recording")}
where d.dataset = :dataset
order by d.dataset
"""
DATASET_SUBJECTS_SQL = """
select 'country' as list, a.area as code, a.label, c.definition, c.language
from dataset_country as n
join area as a on a.area = n.area
join code as c on c.list = a.list and c.code = a.code
where n.dataset = :dataset
union all
select s.list, c.code, c.label, c.definition, c.language
from subject as s join code as c on c.list = s.list and c.code = s.code
where s.kind = 'dataset' and s.id = :dataset
union all
select c.list, c.code, c.label, c.definition, c.language
from dataset as d
join code as c on c.list = 'whose-ethnicity'
  and instr(';' || d.whose_ethnicity || ';', ';' || c.code || ';') > 0
where d.dataset = :dataset
order by 1, 3
"""
SCHEME_COUNTS_SQL = """
select h.scheme, l.title, sum(h.observation_count) as count,
  sum(h.observation_count - h.value_count) as without_value, min(h.period_start) as period_start,
  max(h.period_end) as period_end
from availability as h
join code_list as l on l.list = h.scheme
where h.dataset = :dataset
group by h.scheme
order by h.scheme
"""
STATUS_COUNTS_SQL = f"""
select c.label, c.definition, count(*) as count,
  sum(o.value is null and o.value_min is null and o.value_max is null) as without_value
from observation as o
join code as c on c.list = 'obs-status' and c.code = o.obs_status
where o.dataset = :dataset and (
  o.obs_status <> '{NORMAL}' or (o.value is null and o.value_min is null and o.value_max is null)
)
group by c.code
order by c.sort_order, c.code
"""
DATASET_INDICATORS_SQL = """
select i.indicator, i.title, coalesce(sum(h.observation_count), 0) as observation_count,
  min(h.period_start) as period_start, max(h.period_end) as period_end
from indicator as i
left join availability as h on h.indicator = i.indicator
where i.dataset = :dataset
group by i.indicator
order by i.title, i.indicator
limit :limit
"""
DATASET_FINDINGS_SQL = """
select finding as identifier, title, statement, verification from finding
where dataset = :dataset
order by finding
limit :limit
"""
DATASET_RECOMMENDATIONS_SQL = """
select recommendation as identifier, title, text as statement, verification from recommendation
where dataset = :dataset
order by recommendation
limit :limit
"""
ITEM_COUNTS_SQL = """
select (select count(*) from indicator where dataset = :dataset) as indicators,
  (select count(*) from finding where dataset = :dataset) as findings,
  (select count(*) from recommendation where dataset = :dataset) as recommendations,
  (select count(*) from source where dataset = :dataset) as sources
"""
DATASET_SOURCES_SQL = f"""
{SELECT_SOURCES_SQL}
where s.dataset = :dataset
order by s.title, s.source
limit :limit
"""
RELEASE_FILES_SQL = """
select file as path, format, says as description, rows as row_count, bytes as size_bytes, sha256
from file
where dataset = :dataset and version = :version
order by file like 'data/%', format = 'markdown', format = 'datapackage',
  format = 'csv-metadata', format = 'parquet',
  format = 'csv.gz', file
limit :limit
"""
HELD_BACK_ROWS_SQL = """
select file, reason, rows as row_count from row_exclusion where dataset = :dataset
order by file, reason
"""
DATASET_CHANGES_SQL = """
select version, changed_on, text from change_note where dataset = :dataset
order by position
limit :limit
"""


@dataclass(frozen=True, slots=True)
class ListedDatasetRow:
    """A dataset in the list of all; `origin_name` is the partner that it was taken from, if any."""

    dataset: str
    title: str
    description: str
    version: str
    created: str
    licence: str
    language: str
    observation_count: int
    finding_count: int
    origin_name: str | None


@dataclass(frozen=True, slots=True)
class DatasetDetailRow:
    """A dataset with the labels of its codes."""

    dataset: str
    title: str
    description: str
    version: str
    created: str
    licence: str
    licence_url: str | None
    publisher: str | None
    contact: str | None
    language: str
    homepage: str | None
    whose_ethnicity: str | None
    ethnicity_completeness: str | None
    verification: str | None
    next_update: str | None
    caveats: str | None
    governance: str | None
    comparability: str | None
    about: str | None
    synthetic: int
    policy: str | None
    policy_definition: str | None
    level: str | None
    level_definition: str | None
    recording: str | None
    recording_definition: str | None


@dataclass(frozen=True, slots=True)
class SchemeCountRow:
    """How many observations a dataset has in a classification, and of which time."""

    scheme: str
    title: str
    count: int
    without_value: int
    period_start: str
    period_end: str


@dataclass(frozen=True, slots=True)
class StatusCountRow:
    """How many observations of a dataset have a status that is not the normal one."""

    label: str
    definition: str | None
    count: int
    without_value: int


@dataclass(frozen=True, slots=True)
class DatasetIndicatorRow:
    """An indicator of a dataset; without observations it has no period."""

    indicator: str
    title: str
    observation_count: int
    period_start: str | None
    period_end: str | None


@dataclass(frozen=True, slots=True)
class DatasetStatementRow:
    """A finding or a recommendation of a dataset."""

    identifier: str
    title: str | None
    statement: str
    verification: str | None


@dataclass(frozen=True, slots=True)
class DatasetItemCounts:
    """How many items of each kind a dataset has."""

    indicators: int
    findings: int
    recommendations: int
    sources: int


@dataclass(frozen=True, slots=True)
class DatasetFileRow:
    """A file of a release; `row_count` is None for what is not a table."""

    path: str
    format: str
    description: str
    row_count: int | None
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HeldBackRow:
    """How many rows of a file were not loaded, and why."""

    file: str
    reason: str
    row_count: int


@dataclass(frozen=True, slots=True)
class DatasetChangeRow:
    """One line of the changes of a dataset."""

    version: str
    changed_on: str | None
    text: str


def select_datasets(db: RowReader, limit: int) -> list[ListedDatasetRow]:
    """Return the first datasets by title."""
    return select_rows(db, ListedDatasetRow, DATASETS_SQL, limit=limit)


def select_datasets_by_workstream(db: RowReader) -> dict[str, set[str]]:
    """Return the datasets of each workstream that has any."""
    return {
        code: set(datasets)
        for code, datasets in select_lists(db, WORKSTREAMS_OF_DATASETS_SQL).items()
    }


def select_dataset(db: RowReader, identifier: str) -> DatasetDetailRow | None:
    """Return a dataset, or None."""
    return select_row(db, DatasetDetailRow, DATASET_SQL, dataset=identifier)


def select_dataset_subjects(db: RowReader, dataset: str) -> list[CodeRow]:
    """Return countries (as list “country”), topics, workstreams, and whose ethnicity it is."""
    return select_rows(db, CodeRow, DATASET_SUBJECTS_SQL, dataset=dataset)


def select_scheme_counts(db: RowReader, dataset: str) -> list[SchemeCountRow]:
    """Return how many observations a dataset has by classification."""
    return select_rows(db, SchemeCountRow, SCHEME_COUNTS_SQL, dataset=dataset)


def select_status_counts(db: RowReader, dataset: str) -> list[StatusCountRow]:
    """Return how many observations have a status other than normal, in the order of the list."""
    return select_rows(db, StatusCountRow, STATUS_COUNTS_SQL, dataset=dataset)


def select_item_counts(db: RowReader, dataset: str) -> DatasetItemCounts:
    """Return how many items of each kind a dataset has."""
    (counts,) = select_rows(db, DatasetItemCounts, ITEM_COUNTS_SQL, dataset=dataset)
    return counts


def select_dataset_indicators(db: RowReader, dataset: str, limit: int) -> list[DatasetIndicatorRow]:
    """Return the first indicators of a dataset by title."""
    return select_rows(
        db, DatasetIndicatorRow, DATASET_INDICATORS_SQL, dataset=dataset, limit=limit
    )


def select_dataset_findings(db: RowReader, dataset: str, limit: int) -> list[DatasetStatementRow]:
    """Return the first findings of a dataset by identifier."""
    return select_rows(db, DatasetStatementRow, DATASET_FINDINGS_SQL, dataset=dataset, limit=limit)


def select_dataset_recommendations(
    db: RowReader, dataset: str, limit: int
) -> list[DatasetStatementRow]:
    """Return the first recommendations of a dataset by identifier."""
    return select_rows(
        db, DatasetStatementRow, DATASET_RECOMMENDATIONS_SQL, dataset=dataset, limit=limit
    )


def select_dataset_sources(db: RowReader, dataset: str, limit: int) -> list[SourceRow]:
    """Return the first sources of a dataset by title."""
    return select_rows(db, SourceRow, DATASET_SOURCES_SQL, dataset=dataset, limit=limit)


def select_dataset_files(
    db: RowReader, dataset: str, version: str, limit: int
) -> list[DatasetFileRow]:
    """Return the first files of a release: those for people before those as published."""
    return select_rows(
        db, DatasetFileRow, RELEASE_FILES_SQL, dataset=dataset, version=version, limit=limit
    )


def select_held_back_rows(db: RowReader, dataset: str) -> list[HeldBackRow]:
    """Return which rows of a dataset were not loaded."""
    return select_rows(db, HeldBackRow, HELD_BACK_ROWS_SQL, dataset=dataset)


def select_dataset_changes(db: RowReader, dataset: str, limit: int) -> list[DatasetChangeRow]:
    """Return the first lines of the history of a dataset, the newest first."""
    return select_rows(db, DatasetChangeRow, DATASET_CHANGES_SQL, dataset=dataset, limit=limit)
