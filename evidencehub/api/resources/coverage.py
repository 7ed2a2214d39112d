"""What is held by group of people, topic and country, and what is missing."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.store.resource_model import ApiResource, Filter

COVERAGE = ApiResource(
    "coverage",
    "Coverage: by group of people, topic and country what is held, looked for or missing",
    "evidence_coverage as w",
    ("w.facet", "w.topic", "w.country"),
    columns.build(
        "w",
        ("facet", "code", "group of people: a code of hub-facet, for navigation only"),
        columns.build_code_label("facet", "hub-facet", "w.facet"),
        ("topic", "code", "code of the topic"),
        columns.build_code_label("topic", "topic", "w.topic"),
        (
            "country",
            "code",
            "ISO 3166 code of the country; null for several together, or no place named",
            "nullif(w.country, '')",
        ),
        columns.build_label("country", "(select label from area where area = w.country)"),
        (
            "coverage_status",
            "text",
            "values, findings (and no value), not-found (it was looked for), or not-held",
        ),
        ("indicators", "integer", "number of indicators with a value"),
        ("findings", "integer", "number of findings that are no evidence gaps"),
        ("last_checked", "date", "when such evidence was last looked for"),
        ("evidence_gap", "code", "the finding that says where it was looked for"),
    ),
    filters.build(
        "w",
        Filter("facet", "w.facet in {}", "for this group of people", codelist="hub-facet"),
        Filter("topic", "w.topic in {}", "on this topic", codelist="topic"),
        Filter("country", "w.country in {}", "for this country", "country"),
        Filter(
            "coverage_status", "w.coverage_status in {}", "with this coverage", "coverage_status"
        ),
    ),
    datasette_view="evidence_coverage",
)
