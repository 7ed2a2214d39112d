"""Inequality in one number: measures over all groups, and the same beside other countries."""

from __future__ import annotations

from evidencehub.api.resources.observations import (
    CI_LEVEL_COLUMN,
    STRATUM_COMPARABILITY,
    STRATUM_FROM,
    STRATUM_KEY,
    build_adjustment_columns,
    build_context_columns,
    build_dimension_columns,
    build_group_label,
    build_label_column,
    build_value_filters,
)
from evidencehub.domain.concepts import INDICATOR_CONCEPTS, OBSERVATION_CONCEPTS
from evidencehub.domain.status import TOTAL
from evidencehub.store.resource_model import (
    ApiResource,
    Filter,
    ResourceColumn,
    build_label_placeholder,
)

_MEASURE_LEVEL_SQL = (
    "(select level from code where list = 'inequality-measure' and code = q.measure)"
)
_MEASURE_UNIT_SQL = f"iif({_MEASURE_LEVEL_SQL} = 'absolute' and q.measure <> 'bgv', i.unit, null)"
_MEASURE_COLUMNS = (
    *build_context_columns("s"),
    ResourceColumn("dimension", "s.dimension", "code", "what the groups are groups of"),
    ResourceColumn(
        "ethnicity",
        "nullif(s.ethnicity, '')",
        "code",
        "the group within which an ordered dimension is followed",
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
    ResourceColumn("reference", "q.reference", "code", "the group or groups that it starts from"),
    ResourceColumn("value", "q.value", "number", "the measure's value"),
    ResourceColumn(
        "unit",
        _MEASURE_UNIT_SQL,
        "code",
        "unit of the value; relative measures have none, and bgv has the unit's square",
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
    ResourceColumn("ci_method", "q.ci_method", "text", "how the interval was made"),
    ResourceColumn("groups", "q.groups", "integer", "groups that the measure was made from"),
    ResourceColumn(
        "excluded", "q.excluded", "integer", "groups left out: no figure, or not a group"
    ),
    ResourceColumn(
        "exploratory",
        "q.exploratory",
        "boolean",
        "true where the data chose the groups: a hint, not a test",
    ),
)
_MEASURE_FROM = (
    "inequality as q join "
    f"{STRATUM_FROM.replace('stratum as s', 'stratum as s on s.stratum = q.stratum')}"
)
_MEASURE_FILTER = Filter("measure", "q.measure in {}", "only this measure", "measure")

INEQUALITY = ApiResource(
    "inequality",
    "Measures of inequality over all groups of an indicator, in one place and period",
    _MEASURE_FROM,
    (*STRATUM_KEY, "q.measure"),
    _MEASURE_COLUMNS,
    (*build_value_filters("s"), _MEASURE_FILTER),
    dataset_sql="s.dataset",
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_table="inequality",
    datasette_view="inequality_flat",
)

_SAME_SERIES_SQL = (
    "x.indicator = s.indicator and x.area = s.area and x.scheme = s.scheme"
    " and x.dimension = 'ethnicity' and x.other = ''"
)


def _build_total_condition(column: str) -> str:
    """SQL for everybody: the total, or all there is where a series has none (mothers, babies)."""
    return (
        f"(s.{column} = '{TOTAL}'"
        f" or not exists (select 1 from stratum as x where {_SAME_SERIES_SQL} and "
        f"x.{column} = '{TOTAL}'))"
    )


COMPARISON = ApiResource(
    "compare",
    "Inequality in indicators of one family, side by side: the latest period of each place, "
    "everybody, within each country's own classification",
    _MEASURE_FROM,
    (*STRATUM_KEY, "q.measure"),
    (
        *_MEASURE_COLUMNS,
        ResourceColumn(
            "definition", "i.definition", "text", INDICATOR_CONCEPTS["definition"].description
        ),
        ResourceColumn(
            "numerator_definition",
            "i.numerator_definition",
            "text",
            INDICATOR_CONCEPTS["numerator_definition"].description,
        ),
        ResourceColumn(
            "denominator_definition",
            "i.denominator_definition",
            "text",
            INDICATOR_CONCEPTS["denominator_definition"].description,
        ),
        ResourceColumn(
            "standardisation",
            "i.standardisation",
            "text",
            INDICATOR_CONCEPTS["standardisation"].description,
        ),
        ResourceColumn(
            "whose_ethnicity",
            "i.whose_ethnicity",
            "code",
            INDICATOR_CONCEPTS["whose_ethnicity"].description,
        ),
        ResourceColumn(
            "ethnicity_recording",
            "i.ethnicity_recording",
            "code",
            INDICATOR_CONCEPTS["ethnicity_recording"].description,
        ),
    ),
    (
        Filter(
            "family",
            "i.family in {}",
            "indicators of this family; this parameter has to be given",
            "family",
        ),
        *(f for f in build_value_filters("s") if f.name in ("area", "scheme", "adjustment")),
        _MEASURE_FILTER,
    ),
    dataset_sql="s.dataset",
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_table="inequality",
    datasette_view="inequality_flat",
    fixed_condition=f"s.dimension = 'ethnicity' and s.other = '' and "
    f"{_build_total_condition('sex')}"
    f" and {_build_total_condition('age')}"
    f" and s.period_end = (select max(x.period_end) from stratum as x where {_SAME_SERIES_SQL})",
    required_filter="family",
)
