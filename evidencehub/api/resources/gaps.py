"""The gaps: each group compared with a reference group."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_adjustment_columns,
    build_columns,
    build_context_columns,
    build_dimension_columns,
    build_label_column,
    build_unit_columns,
)
from evidencehub.api.filters import ANY_GROUP, build_value_filters
from evidencehub.api.inequality_columns import (
    CI_LEVEL_COLUMN,
    DIMENSION_COLUMN,
    STRATUM_COMPARABILITY,
    STRATUM_KEY,
    join_stratum,
)
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

_CATEGORY_LABEL_SQL = (
    "(select label from code where code = g.{} and list ="
    " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)"
)

GAPS = ApiResource(
    "gaps",
    "The gap between each group and its reference group: absolute (difference) and relative"
    " (ratio)",
    join_stratum("gap", "g"),
    (*STRATUM_KEY, "g.ethnicity"),
    (
        *build_context_columns("s"),
        DIMENSION_COLUMN,
        ResourceColumn(
            "group", "g.ethnicity", "code", "the group, or the category of an ordered dimension"
        ),
        build_label_column("group", _CATEGORY_LABEL_SQL.format("ethnicity")),
        *build_columns("g", ("reference", "code", "the reference group")),
        build_label_column("reference", _CATEGORY_LABEL_SQL.format("reference")),
        *build_dimension_columns("s"),
        *build_adjustment_columns("s"),
        *build_unit_columns("of the indicator and of the difference"),
        *build_columns(
            "g",
            ("difference", "number", "the group's value minus the reference group's value"),
            ("difference_se", "number", "standard error of the difference"),
            ("difference_lower", "number", "lower confidence limit of the difference"),
            ("difference_upper", "number", "upper confidence limit of the difference"),
            ("ratio", "number", "the group's value divided by the reference group's value"),
            ("ratio_se", "number", "standard error of the natural logarithm of the ratio"),
            ("ratio_lower", "number", "lower confidence limit of the ratio"),
            ("ratio_upper", "number", "upper confidence limit of the ratio"),
        ),
        CI_LEVEL_COLUMN,
    ),
    (
        *build_value_filters("s"),
        Filter("group", "(s.scheme, g.ethnicity) in (values {})", f"for {ANY_GROUP}", "ethnicity"),
    ),
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_view="gap_flat",
)
