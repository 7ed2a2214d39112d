"""The gaps: each group compared with a reference group."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_adjustment_columns,
    build_context_columns,
    build_dimension_columns,
    build_label_column,
    build_unit_columns,
)
from evidencehub.api.filters import build_value_filters
from evidencehub.api.inequality_columns import (
    CI_LEVEL_COLUMN,
    STRATUM_COMPARABILITY,
    STRATUM_FROM,
    STRATUM_KEY,
)
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

_GAP_VALUES = {
    "difference": "the group's value minus the reference group's value",
    "difference_se": "standard error of the difference",
    "difference_lower": "lower confidence limit of the difference",
    "difference_upper": "upper confidence limit of the difference",
    "ratio": "the group's value divided by the reference group's value",
    "ratio_se": "standard error of the natural logarithm of the ratio",
    "ratio_lower": "lower confidence limit of the ratio",
    "ratio_upper": "upper confidence limit of the ratio",
}

GAPS = ApiResource(
    "gaps",
    (
        "The gap between each group and its reference group: absolute (difference) and "
        "relative (ratio)"
    ),
    (
        f"gap as g join "
        f"{STRATUM_FROM.replace('stratum as s', 'stratum as s on s.stratum = g.stratum')}"
    ),
    (*STRATUM_KEY, "g.ethnicity"),
    (
        *build_context_columns("s"),
        ResourceColumn(
            "dimension",
            "s.dimension",
            "code",
            "the dimension that defines the groups, for example ethnicity",
        ),
        ResourceColumn(
            "group", "g.ethnicity", "code", "the group, or the category of an ordered dimension"
        ),
        build_label_column(
            "group_label",
            "(select label from code where code = g.ethnicity and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "group",
        ),
        ResourceColumn("reference", "g.reference", "code", "the reference group"),
        build_label_column(
            "reference_label",
            "(select label from code where code = g.reference and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "reference",
        ),
        *build_dimension_columns("s"),
        *build_adjustment_columns("s"),
        *build_unit_columns("of the indicator and of the difference"),
        *(ResourceColumn(name, f"g.{name}", "number", says) for name, says in _GAP_VALUES.items()),
        CI_LEVEL_COLUMN,
    ),
    (
        *build_value_filters("s"),
        Filter(
            "group",
            "(s.scheme, g.ethnicity) in (values {})",
            "for this group: a code from any classification, or scheme:code",
            "ethnicity",
        ),
    ),
    dataset_sql="s.dataset",
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_table="gap",
    datasette_view="gap_flat",
)
