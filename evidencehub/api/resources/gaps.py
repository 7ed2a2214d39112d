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
    "difference": "the group's figure less the reference group's",
    "difference_se": "standard error of the difference",
    "difference_lower": "lower limit of the difference",
    "difference_upper": "upper limit of the difference",
    "ratio": "the group's figure divided by the reference group's",
    "ratio_se": "standard error of the ratio's logarithm",
    "ratio_lower": "lower limit of the ratio",
    "ratio_upper": "upper limit of the ratio",
}

GAPS = ApiResource(
    "gaps",
    "Each group beside the group it is compared with: absolute and relative together",
    (
        f"gap as g join "
        f"{STRATUM_FROM.replace('stratum as s', 'stratum as s on s.stratum = g.stratum')}"
    ),
    (*STRATUM_KEY, "g.ethnicity"),
    (
        *build_context_columns("s"),
        ResourceColumn("dimension", "s.dimension", "code", "what the groups are groups of"),
        ResourceColumn(
            "group", "g.ethnicity", "code", "the group, or the step of an ordered dimension"
        ),
        build_label_column(
            "group_label",
            "(select label from code where code = g.ethnicity and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "group",
        ),
        ResourceColumn("reference", "g.reference", "code", "the group that it is compared with"),
        build_label_column(
            "reference_label",
            "(select label from code where code = g.reference and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "reference",
        ),
        *build_dimension_columns("s"),
        *build_adjustment_columns("s"),
        *build_unit_columns("of the indicator, and so of the difference"),
        *(ResourceColumn(name, f"g.{name}", "number", says) for name, says in _GAP_VALUES.items()),
        CI_LEVEL_COLUMN,
    ),
    (
        *build_value_filters("s"),
        Filter(
            "group",
            "(s.scheme, g.ethnicity) in (values {})",
            "of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
    ),
    dataset_sql="s.dataset",
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_table="gap",
    datasette_view="gap_flat",
)
