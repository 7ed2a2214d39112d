"""The publications that values and findings come from."""

from __future__ import annotations

from evidencehub.api.columns import build_concept_columns
from evidencehub.api.filters import build_date_filter
from evidencehub.domain.concepts import SOURCE_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

SOURCES = ApiResource(
    "sources",
    "Sources: the publications from which values and findings are taken",
    "source as s",
    ("s.dataset", "s.source"),
    (
        ResourceColumn("dataset", "s.dataset", "code", "id of the dataset that cites it"),
        ResourceColumn("source", "s.source", "code", "id of the source within the dataset"),
        *build_concept_columns(
            SOURCE_CONCEPTS,
            "s",
            "title",
            "publisher",
            "type",
            "url",
            "doi",
            "published",
            "accessed",
            "licence",
            "verification",
        ),
        ResourceColumn(
            "extra", "s.extra", "object", "the publisher's columns that have no concept"
        ),
    ),
    (
        Filter("dataset", "s.dataset in {}", "cited by this dataset", "dataset"),
        Filter("type", "s.type in {}", "of this source type", codelist="source-type"),
        Filter(
            "verification",
            "s.verification in {}",
            "with this verification level",
            codelist="verification",
        ),
        build_date_filter("from", "s.published", "published on or after this date"),
        build_date_filter("to", "s.published", "published on or before this date"),
    ),
    dataset_sql="s.dataset",
    comparability_sql={"dataset": "s.dataset"},
    datasette_table="source",
    datasette_view="source",
)
