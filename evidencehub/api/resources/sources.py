"""The publications that values and findings come from."""

from __future__ import annotations

from evidencehub.api.columns import EXTRA_ROW, build_columns, build_concept_columns
from evidencehub.api.filters import build_column_filters, build_date_filter
from evidencehub.domain.concepts import SOURCE_CONCEPTS
from evidencehub.store.resource_model import ApiResource

SOURCES = ApiResource(
    "sources",
    "Sources: the publications from which values and findings are taken",
    "source as s",
    ("s.dataset", "s.source"),
    (
        *build_columns(
            "s",
            ("dataset", "code", "id of the dataset that cites it"),
            ("source", "code", "id of the source within the dataset"),
        ),
        *build_concept_columns(
            SOURCE_CONCEPTS,
            "s",
            "title publisher type url doi published accessed licence verification",
        ),
        *build_columns("s", EXTRA_ROW),
    ),
    (
        *build_column_filters(
            "s",
            ("dataset", "cited by this dataset"),
            ("type", "of this source type", "source-type"),
            ("verification", "with this verification level", "verification"),
        ),
        build_date_filter("from", "s.published", "published on or after this date"),
        build_date_filter("to", "s.published", "published on or before this date"),
    ),
    comparability_sql={"dataset": "s.dataset"},
    datasette_view="source",
)
