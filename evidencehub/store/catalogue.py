"""What the database knows of a dataset for the catalogue of the hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.domain.catalogue import (
    Agent,
    CatalogueDataset,
    CoveredPlace,
    DatasetRelease,
    DayRange,
    SourceWork,
    Terms,
    Topic,
    UsedClassification,
    Variable,
    WithdrawnRelease,
    parse_contact,
)
from evidencehub.domain.page_addresses import keep_web_url
from evidencehub.domain.status import build_secondary_source_condition
from evidencehub.store.codes import CodeRow
from evidencehub.store.database import RowReader
from evidencehub.store.datasets import (
    DatasetDetailRow,
    SchemeCountRow,
    select_dataset,
    select_dataset_indicators,
    select_dataset_subjects,
    select_scheme_counts,
)
from evidencehub.store.partners import find_origin
from evidencehub.store.typed_rows import select_column, select_rows

NO_LIMIT = -1  # as SQLite has it: a catalogue leaves nothing out
DATASET_NAMES_SQL = "select dataset from dataset order by dataset"
SOURCE_TERMS_SQL = """
select title, publisher, coalesce(url, 'https://doi.org/' || doi) as url, licence, licence_basis
from source where dataset = :dataset
order by title, source
"""
_AWAITS_SQL = " union all ".join(
    f"select 1 from {table} as r join dataset as d on d.dataset = r.dataset "
    f"where r.dataset = :dataset and "
    + build_secondary_source_condition("coalesce(r.verification, d.verification)")
    for table in ("observation", "finding", "recommendation", "recommendation_update")
)
AWAITS_VERIFICATION_SQL = f"select exists ({_AWAITS_SQL})"


@dataclass(frozen=True, slots=True)
class SourceTermsRow:
    """A source of a dataset with the terms that its row states."""

    title: str
    publisher: str | None
    url: str | None
    licence: str | None
    licence_basis: str


def select_dataset_names(db: RowReader) -> list[str]:
    """Return the name of every dataset, synthetic ones too, in order."""
    return list(map(str, select_column(db, DATASET_NAMES_SQL)))


def read_catalogue_dataset(
    db: RowReader,
    name: str,
    default_publisher: str,
    releases: Sequence[DatasetRelease],
    withdrawn: Sequence[WithdrawnRelease],
) -> CatalogueDataset:
    """Return a dataset as the catalogue describes it. Raise KeyError for one that is not there.

    `default_publisher` publishes what names no publisher of its own.
    """
    row = select_dataset(db, name)
    if row is None:
        raise KeyError(name)
    subjects = select_dataset_subjects(db, name)
    schemes = select_scheme_counts(db, name)
    indicators = select_dataset_indicators(db, name, NO_LIMIT)
    sources = select_rows(db, SourceTermsRow, SOURCE_TERMS_SQL, dataset=name)
    (awaits_verification,) = select_column(db, AWAITS_VERIFICATION_SQL, dataset=name)
    return CatalogueDataset(
        name=name,
        title=row.title,
        description=row.description,
        language=row.language,
        publisher=Agent(row.publisher or default_publisher),
        contact=parse_contact(row.contact),
        licence=Terms(row.licence, keep_web_url(row.licence_url)),
        homepage=keep_web_url(row.homepage),
        next_update=row.next_update or "",
        population=_describe_population(subjects, schemes),
        observation_count=sum(scheme.count for scheme in schemes),
        topics=_list_topics(subjects),
        places=tuple(CoveredPlace(c.code, c.label) for c in subjects if c.list == "country"),
        period=_find_period(schemes),
        classifications=tuple(
            UsedClassification(scheme.scheme, scheme.title) for scheme in schemes
        ),
        variables=tuple(Variable(item.indicator, item.title) for item in indicators),
        sources=tuple(map(_describe_source, sources)),
        statements=tuple(_list_statements(row)),
        governance=tuple((row.governance or "").splitlines()),
        is_synthetic=bool(row.synthetic),
        awaits_verification=bool(awaits_verification),
        releases=tuple(releases),
        withdrawn=tuple(withdrawn),
        origin=find_origin(db, name),
    )


def _list_topics(subjects: Sequence[CodeRow]) -> tuple[Topic, ...]:
    return tuple(
        Topic(code.list, code.code, code.label, code.language)
        for code in subjects
        if code.list in ("topic", "workstream")
    )


def _describe_source(row: SourceTermsRow) -> SourceWork:
    return SourceWork(
        row.title, row.publisher or "", keep_web_url(row.url), row.licence or "", row.licence_basis
    )


def _find_period(schemes: Sequence[SchemeCountRow]) -> DayRange | None:
    if not schemes:
        return None
    start = min(scheme.period_start for scheme in schemes)
    return DayRange(start, max(scheme.period_end for scheme in schemes))


def _describe_population(subjects: Sequence[CodeRow], schemes: Sequence[SchemeCountRow]) -> str:
    """Return whose ethnicity the values are by, and in which classifications."""
    people = "; ".join(code.label for code in subjects if code.list == "whose-ethnicity")
    titles = "; ".join(scheme.title for scheme in schemes)
    parts = (people and f"Whose ethnicity: {people}.", titles and f"Classifications: {titles}.")
    return " ".join(filter(None, parts))


def _list_statements(row: DatasetDetailRow) -> list[str]:
    """Return what a reader has to know of a dataset, a sentence or two each."""
    labelled = (
        ("Verification", row.level, row.level_definition),
        ("Recording of ethnicity", row.recording, row.recording_definition),
        ("Completeness of ethnicity", row.ethnicity_completeness, None),
        ("Disclosure control", row.policy, row.policy_definition),
        ("Comparability", row.comparability, None),
        ("Next update", row.next_update, None),
    )
    statements = [
        " ".join(filter(None, (f"{name}: {label.rstrip('.')}.", definition)))
        for name, label, definition in labelled
        if label
    ]
    return [*(row.caveats or "").splitlines(), *statements]
