"""The datasets: what is published here."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.store.resource_model import ApiResource, Filter

DATASETS = ApiResource(
    "datasets",
    "Published datasets, with their licence and publisher",
    "dataset as d",
    ("d.dataset",),
    columns.build(
        "d",
        ("dataset", "code", "id of the dataset"),
        ("title", "text", "its title"),
        ("description", "text", "what the dataset covers"),
        ("version", "text", "its current release"),
        ("created", "date", "date of that release"),
        ("licence", "text", "licence: an SPDX or Open Definition id"),
        ("licence_url", "text", "web address of the licence"),
        ("publisher", "text", "the publisher"),
        ("contact", "text", "contact for questions"),
        ("language", "text", "language of its text"),
        ("homepage", "text", "web address of the dataset's page at the publisher"),
        *columns.build_subjects("dataset", "d.dataset"),
        columns.build_list(
            "areas",
            "select area as v from dataset_country where dataset = d.dataset order by 1",
            "what it is about: countries, or the world",
        ),
        columns.build_list(
            "countries",
            "select distinct a.country as v from dataset_country as n join area as a"
            " on a.area = n.area where n.dataset = d.dataset and a.country is not null order by 1",
            "ISO 3166 codes of the countries that it is about",
        ),
        columns.build_list(
            "indicators",
            "select indicator as v from indicator where dataset = d.dataset order by 1",
            "indicators defined by the dataset",
        ),
        ("whose_ethnicity", "text", "whose ethnicity is recorded: the mother's, the patient's …"),
        ("ethnicity_recording", "text", "how ethnicity was recorded"),
        (
            "ethnicity_completeness",
            "text",
            "completeness: the share of people whose ethnicity is known",
        ),
        ("disclosure_policy", "text", "disclosure control policy for small counts"),
        ("verification", "code", "verification level of its values"),
        ("next_update", "text", "expected date of the next release"),
        ("caveats", "text", "caveats for users"),
        (
            "governance",
            "text",
            "for data about a people or lived experience: authority, protocol, consent, reuse",
        ),
        ("comparability", "text", "comparability with other data"),
        ("release_note", "text", "changes in this release"),
        (
            "observations",
            "integer",
            "number of observations",
            columns.build_observation_count("dataset = d.dataset"),
        ),
        ("synthetic", "boolean", "true: synthetic data for teaching"),
        columns.build_origin("d.origin"),
        columns.build_label("origin", "d.origin_title", "origin_title"),
        ("origin_url", "text", "address of the descriptor that was taken"),
        ("origin_sha256", "text", "SHA-256 of that descriptor as it came"),
        ("origin_fetched_at", "text", "when it was taken"),
    ),
    filters.build(
        "d",
        filters.build_origin("d"),
        *filters.build_subjects("dataset", "d.dataset"),
        *filters.build_coverage("dataset", "d.dataset"),
        Filter(
            "synthetic",
            "d.synthetic = {}",
            "that are synthetic (made up for teaching), or not",
            filter_type="boolean",
        ),
        *filters.build_contains("d", "title", "description"),
        filters.build_search("dataset", "d.dataset"),
    ),
    comparability_sql={"dataset": "d.dataset"},
    item_column="dataset",
    datasette_view="dataset",
)
