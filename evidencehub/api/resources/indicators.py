"""The indicators: what is measured."""

from __future__ import annotations

from evidencehub.api.columns import (
    EXTRA_ROW,
    build_columns,
    build_concept_columns,
    build_subject_columns,
)
from evidencehub.api.filters import (
    build_column_filters,
    build_coverage_filters,
    build_search_filter,
    build_subject_filters,
)
from evidencehub.domain.concepts import INDICATOR_CONCEPTS
from evidencehub.store.resource_model import ApiResource

_COUNT_SQL = "(select count(*) from observation where indicator = i.indicator)"

INDICATORS = ApiResource(
    "indicators",
    "Indicators: what is measured, in which unit, and how to interpret it",
    "indicator as i",
    ("i.indicator",),
    (
        *build_columns(
            "i",
            ("indicator", "code", "id of the indicator"),
            ("dataset", "code", "the dataset that defines it"),
        ),
        *build_concept_columns(
            INDICATOR_CONCEPTS,
            "i",
            "family title definition unit scale decimals value_type polarity numerator_definition"
            " denominator_definition method standardisation",
        ),
        *build_columns(
            "i", ("whose_ethnicity", "text", INDICATOR_CONCEPTS["whose_ethnicity"].description)
        ),
        *build_concept_columns(
            INDICATOR_CONCEPTS,
            "i",
            "ethnicity_recording ethnicity_known ethnicity_unknown same_source population_year"
            " reference_group ci_method ci_level caveats series_breaks external_ids",
        ),
        *build_subject_columns("indicator", "i.indicator"),
        *build_columns(
            "i", ("observations", "integer", "number of observations", _COUNT_SQL), EXTRA_ROW
        ),
    ),
    (
        *build_column_filters(
            "i", ("dataset", "defined by this dataset"), ("family", "in this family", "family")
        ),
        *build_subject_filters("indicator", "i.indicator"),
        *build_coverage_filters("indicator", "i.indicator"),
        build_search_filter("indicator", "i.indicator"),
    ),
    comparability_sql={"dataset": "i.dataset"},
    item_column="indicator",
    datasette_view="indicator",
)
