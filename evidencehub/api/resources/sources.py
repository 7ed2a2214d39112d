"""The publications that values and findings come from."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.concepts import SOURCE_CONCEPTS
from evidencehub.store.resource_model import ApiResource

SOURCES = ApiResource(
    "sources",
    "Sources: the publications from which values and findings are taken",
    "source as s",
    ("s.dataset", "s.source"),
    columns.build(
        "s",
        ("dataset", "code", "id of the dataset that cites it"),
        ("source", "code", "id of the source within the dataset"),
        "title publisher type url doi published accessed licence",
        columns.build_licence_basis("licence_basis", "s.licence_basis"),
        "verification",
        columns.EXTRA_ROW,
        columns.build_origin_of_dataset("s"),
        concepts=SOURCE_CONCEPTS,
    ),
    filters.build(
        "s",
        ("dataset", "cited by this dataset"),
        filters.build_origin("s"),
        ("type", "of this source type", "source-type"),
        ("verification", "with this verification level", "verification"),
        filters.build_licence_basis("licence_basis", "s.licence_basis"),
        *filters.build_contains("s", "title"),
        filters.build_date_bound("from", "s.published", "published on or after this date"),
        filters.build_date_bound("to", "s.published", "published on or before this date"),
    ),
    comparability_sql={"dataset": "s.dataset"},
    datasette_view="source",
)
