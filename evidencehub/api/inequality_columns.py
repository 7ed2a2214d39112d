"""The stratum and the measures of inequality: what gaps, measures and comparison share."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_adjustment_columns,
    build_context_columns,
    build_dimension_columns,
    build_group_label,
    build_label_column,
)
from evidencehub.domain.concepts import OBSERVATION_CONCEPTS
from evidencehub.store.resource_model import Filter, ResourceColumn, build_label_placeholder

STRATUM_FROM = (
    "stratum as s left join indicator as i on i.indicator = s.indicator"
    " left join code_list as l on l.list = s.scheme"
)

STRATUM_KEY = (
    "s.indicator", "s.area", "s.scheme", "s.dimension", "s.period_start", "s.period_end",
    "s.sex", "s.age", "s.other", "s.adjustment", "s.ethnicity", "s.dataset",
)  # fmt: skip

STRATUM_COMPARABILITY = {
    name: f"s.{name}"
    for name in (
        "dataset",
        "indicator",
        "scheme",
        "period_start",
        "period_end",
        "sex",
        "age",
        "adjustment",
    )
}

CI_LEVEL_COLUMN = ResourceColumn(
    "ci_level", "s.ci_level", "number", OBSERVATION_CONCEPTS["ci_level"].description
)

_MEASURE_LEVEL_SQL = (
    "(select level from code where list = 'inequality-measure' and code = q.measure)"
)

_MEASURE_UNIT_SQL = f"iif({_MEASURE_LEVEL_SQL} = 'absolute' and q.measure <> 'bgv', i.unit, null)"

MEASURE_COLUMNS = (
    *build_context_columns("s"),
    ResourceColumn(
        "dimension",
        "s.dimension",
        "code",
        "the dimension that defines the groups, for example ethnicity",
    ),
    ResourceColumn(
        "ethnicity",
        "nullif(s.ethnicity, '')",
        "code",
        "the ethnic group within which an ordered dimension is analysed",
    ),
    build_label_column(
        "ethnicity_label", build_group_label("s.scheme", "s.ethnicity"), "ethnicity"
    ),
    *build_dimension_columns("s"),
    *build_adjustment_columns("s"),
    ResourceColumn("measure", "q.measure", "code", "the measure of inequality"),
    build_label_column(
        "measure_label", build_label_placeholder("inequality-measure", "q.measure"), "measure"
    ),
    ResourceColumn(
        "absolute_or_relative",
        _MEASURE_LEVEL_SQL,
        "text",
        "whether the measure is absolute (in the indicator's unit) or relative",
    ),
    ResourceColumn(
        "reference", "q.reference", "code", "the group or groups from which it is calculated"
    ),
    ResourceColumn("value", "q.value", "number", "the measure's value"),
    ResourceColumn(
        "unit",
        _MEASURE_UNIT_SQL,
        "code",
        "unit of the value; relative measures have no unit, and bgv is in squared units",
    ),
    build_label_column("unit_label", build_label_placeholder("unit", _MEASURE_UNIT_SQL), "unit"),
    ResourceColumn("se", "q.se", "number", OBSERVATION_CONCEPTS["se"].description),
    ResourceColumn(
        "ci_lower", "q.ci_lower", "number", OBSERVATION_CONCEPTS["ci_lower"].description
    ),
    ResourceColumn(
        "ci_upper", "q.ci_upper", "number", OBSERVATION_CONCEPTS["ci_upper"].description
    ),
    CI_LEVEL_COLUMN,
    ResourceColumn("ci_method", "q.ci_method", "text", "method used for the confidence interval"),
    ResourceColumn("groups", "q.groups", "integer", "number of groups included"),
    ResourceColumn(
        "excluded",
        "q.excluded",
        "integer",
        "number of groups excluded: no value, or not a group (for example unknown)",
    ),
    ResourceColumn(
        "exploratory",
        "q.exploratory",
        "boolean",
        "true if the groups were chosen from the data: exploratory, not a test",
    ),
)

MEASURE_FROM = (
    "inequality as q join "
    f"{STRATUM_FROM.replace('stratum as s', 'stratum as s on s.stratum = q.stratum')}"
)

MEASURE_FILTER = Filter(
    "measure",
    "q.measure in {}",
    "for this inequality measure",
    "measure",
    codelist="inequality-measure",
)
