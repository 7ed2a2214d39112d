"""The datasets: what is published here."""

from __future__ import annotations

from evidencehub.api.columns import build_list_column, build_subject_columns
from evidencehub.api.filters import (
    build_coverage_filters,
    build_search_filter,
    build_subject_filters,
)
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

DATASETS = ApiResource(
    "datasets",
    "Published datasets, with their licence and publisher",
    "dataset as d",
    ("d.dataset",),
    (
        ResourceColumn("dataset", "d.dataset", "code", "id of the dataset"),
        ResourceColumn("title", "d.title", "text", "its title"),
        ResourceColumn("description", "d.description", "text", "what the dataset covers"),
        ResourceColumn("version", "d.version", "text", "its current release"),
        ResourceColumn("created", "d.created", "date", "date of that release"),
        ResourceColumn("licence", "d.licence", "text", "licence: an SPDX or Open Definition id"),
        ResourceColumn("licence_url", "d.licence_url", "text", "web address of the licence"),
        ResourceColumn("publisher", "d.publisher", "text", "the publisher"),
        ResourceColumn("contact", "d.contact", "text", "contact for questions"),
        ResourceColumn("language", "d.language", "text", "language of its text"),
        ResourceColumn(
            "homepage", "d.homepage", "text", "web address of the dataset's page at the publisher"
        ),
        *build_subject_columns("dataset", "d.dataset"),
        build_list_column(
            "areas",
            "select area as v from dataset_country where dataset = d.dataset order by 1",
            "countries covered",
        ),
        build_list_column(
            "indicators",
            "select indicator as v from indicator where dataset = d.dataset order by 1",
            "indicators defined by the dataset",
        ),
        ResourceColumn(
            "whose_ethnicity",
            "d.whose_ethnicity",
            "text",
            "whose ethnicity is recorded: the mother's, the patient's …",
        ),
        ResourceColumn(
            "ethnicity_recording", "d.ethnicity_recording", "text", "how ethnicity was recorded"
        ),
        ResourceColumn(
            "ethnicity_completeness",
            "d.ethnicity_completeness",
            "text",
            "completeness: the share of people whose ethnicity is known",
        ),
        ResourceColumn(
            "disclosure_policy",
            "d.disclosure_policy",
            "text",
            "disclosure control policy for small counts",
        ),
        ResourceColumn(
            "verification", "d.verification", "code", "verification level of its values"
        ),
        ResourceColumn("next_update", "d.next_update", "text", "expected date of the next release"),
        ResourceColumn("caveats", "d.caveats", "text", "caveats for users"),
        ResourceColumn("comparability", "d.comparability", "text", "comparability with other data"),
        ResourceColumn("release_note", "d.release_note", "text", "changes in this release"),
        ResourceColumn(
            "observations",
            "(select count(*) from observation where dataset = d.dataset)",
            "integer",
            "number of observations",
        ),
        ResourceColumn("synthetic", "d.synthetic", "boolean", "true: synthetic data for teaching"),
    ),
    (
        *build_subject_filters("dataset", "d.dataset"),
        *build_coverage_filters("dataset", "d.dataset"),
        Filter(
            "synthetic",
            "d.synthetic = {}",
            "that are synthetic (made up for teaching), or not",
            filter_type="boolean",
        ),
        build_search_filter("dataset", "d.dataset"),
    ),
    dataset_sql="d.dataset",
    comparability_sql={"dataset": "d.dataset"},
    item_column="dataset",
    datasette_table="dataset",
    datasette_view="dataset",
)
