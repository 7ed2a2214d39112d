"""The indicators: what is measured."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.concepts import INDICATOR_CONCEPTS
from evidencehub.store.resource_model import ApiResource

_COUNT_SQL = columns.build_observation_count("indicator = i.indicator")

INDICATORS = ApiResource(
    "indicators",
    "Indicators: what is measured, in which unit, and how to interpret it",
    "indicator as i",
    ("i.indicator",),
    columns.build(
        "i",
        ("indicator", "code", "id of the indicator"),
        ("dataset", "code", "the dataset that defines it"),
        "family title definition unit scale decimals value_type polarity numerator_definition"
        " denominator_definition unit_of_count method standardisation",
        ("whose_ethnicity", "text", INDICATOR_CONCEPTS["whose_ethnicity"].description),
        "ethnicity_recording ethnicity_known ethnicity_unknown same_source population_year"
        " reference_group headline_group ci_method ci_level caveats series_breaks external_ids",
        *columns.build_subjects("indicator", "i.indicator"),
        columns.build_list(
            "countries",
            "select distinct a.country as v from availability as h join area as a"
            " on a.area = h.area where h.indicator = i.indicator and a.country is not null"
            " order by 1",
            "ISO 3166 codes of the countries that its observations are about",
        ),
        ("observations", "integer", "number of observations", _COUNT_SQL),
        columns.EXTRA_ROW,
        columns.build_origin_of_dataset("i"),
        concepts=INDICATOR_CONCEPTS,
    ),
    filters.build(
        "i",
        ("dataset", "defined by this dataset"),
        filters.build_origin("i"),
        ("family", "in this family", "family"),
        *filters.build_subjects("indicator", "i.indicator"),
        *filters.build_coverage("indicator", "i.indicator"),
        *filters.build_quality("i"),
        *filters.build_contains("i", "title", "definition"),
        filters.build_search("indicator", "i.indicator"),
    ),
    comparability_sql={"dataset": "i.dataset"},
    item_column="indicator",
    datasette_view="indicator",
)
