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
    "What is published here, under which licence, by whom",
    "dataset as d",
    ("d.dataset",),
    (
        ResourceColumn("dataset", "d.dataset", "code", "id of the dataset"),
        ResourceColumn("title", "d.title", "text", "its title"),
        ResourceColumn("description", "d.description", "text", "what it shows"),
        ResourceColumn("version", "d.version", "text", "its current release"),
        ResourceColumn("created", "d.created", "date", "when that release was made"),
        ResourceColumn(
            "licence", "d.licence", "text", "terms of use: an SPDX or Open Definition id"
        ),
        ResourceColumn("licence_url", "d.licence_url", "text", "address of the licence"),
        ResourceColumn("publisher", "d.publisher", "text", "who publishes it"),
        ResourceColumn("contact", "d.contact", "text", "whom to ask"),
        ResourceColumn("language", "d.language", "text", "language of its texts"),
        ResourceColumn("homepage", "d.homepage", "text", "address of its own page"),
        *build_subject_columns("dataset", "d.dataset"),
        build_list_column(
            "areas",
            "select area as v from country where dataset = d.dataset order by 1",
            "countries that it speaks of",
        ),
        build_list_column(
            "indicators",
            "select indicator as v from indicator where dataset = d.dataset order by 1",
            "indicators that it defines",
        ),
        ResourceColumn("whose_ethnicity", "d.whose_ethnicity", "text", "whose ethnic group it is"),
        ResourceColumn(
            "ethnicity_recording", "d.ethnicity_recording", "text", "how it was recorded"
        ),
        ResourceColumn(
            "ethnicity_completeness",
            "d.ethnicity_completeness",
            "text",
            "for how many people it is known",
        ),
        ResourceColumn(
            "disclosure_policy", "d.disclosure_policy", "text", "how small counts are kept"
        ),
        ResourceColumn("verification", "d.verification", "code", "how its figures were verified"),
        ResourceColumn("next_update", "d.next_update", "text", "when the next release is expected"),
        ResourceColumn("caveats", "d.caveats", "text", "what a reader must know"),
        ResourceColumn("comparability", "d.comparability", "text", "what it can be compared with"),
        ResourceColumn("release_note", "d.release_note", "text", "what is new in this release"),
        ResourceColumn(
            "observations",
            "(select count(*) from observation where dataset = d.dataset)",
            "integer",
            "how many figures it has",
        ),
        ResourceColumn("synthetic", "d.synthetic", "boolean", "true: made up for teaching"),
    ),
    (
        *build_subject_filters("dataset", "d.dataset"),
        *build_coverage_filters("dataset", "d.dataset"),
        Filter(
            "synthetic", "d.synthetic = {}", "made up for teaching, or not", filter_type="boolean"
        ),
        build_search_filter("dataset", "d.dataset"),
    ),
    dataset_sql="d.dataset",
    comparability_sql={"dataset": "d.dataset"},
    item_column="dataset",
    datasette_table="dataset",
    datasette_view="dataset",
)
