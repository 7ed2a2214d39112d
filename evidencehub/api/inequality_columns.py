"""The stratum and the measures of inequality: what gaps, measures and comparison share."""

from __future__ import annotations

from dataclasses import replace

from evidencehub.api import columns, filters
from evidencehub.store.resource_model import ResourceColumn

STRATUM_KEY = tuple(
    columns.qualify_names(
        "s",
        "indicator area scheme dimension period_start period_end sex age other adjustment"
        " ethnicity dataset",
    ).values()
)
STRATUM_COMPARABILITY = columns.qualify_names(
    "s", "dataset indicator scheme period_start period_end sex age adjustment"
)
(DIMENSION_COLUMN,) = columns.build(
    "s", ("dimension", "code", "the dimension that defines the groups, for example ethnicity")
)


CI_METHOD_DESCRIPTION = (
    "how the hub derived the confidence limits"
    " (regression and robust: only from distances to a line)"
)


def build_ci_level(*limits: str) -> ResourceColumn:
    """Return the column of the confidence level, empty where none of these limits is given."""
    (column,) = columns.build("s", "ci_level")
    has_no_limit = " and ".join(f"{limit} is null" for limit in limits)
    return replace(column, sql=f"iif({has_no_limit}, null, s.ci_level)")


def join_stratum(table: str, alias: str) -> str:
    """Return SQL for the rows of a table with their strata, indicators and classifications."""
    return (
        f"{table} as {alias} join stratum as s on s.stratum = {alias}.stratum"
        " left join indicator as i on i.indicator = s.indicator"
        " left join code_list as l on l.list = s.scheme"
    )


MEASURE_FROM = join_stratum("inequality", "q")
(MEASURE_FILTER,) = filters.build(
    "q", ("measure", "for this inequality measure", "inequality-measure", "measure")
)
_LEVEL_SQL = "(select level from code where list = 'inequality-measure' and code = q.measure)"
_UNIT_SQL = f"iif({_LEVEL_SQL} = 'absolute' and q.measure <> 'bgv', i.unit, null)"
_LEVEL_DESCRIPTION = "whether the measure is absolute (in the indicator's unit) or relative"
_UNIT_DESCRIPTION = "unit of the value; relative measures have no unit, and bgv is in squared units"
_WITHIN = "the ethnic group within which an ordered dimension is analysed"

MEASURE_COLUMNS = columns.build(
    "q",
    *columns.build_context("s"),
    DIMENSION_COLUMN,
    ResourceColumn("ethnicity", "nullif(s.ethnicity, '')", "code", _WITHIN),
    columns.build_label("ethnicity", columns.build_group_label("s.scheme", "s.ethnicity")),
    *columns.build_dimensions("s"),
    *columns.build_adjustment("s"),
    ("measure", "code", "the measure of inequality"),
    columns.build_code_label("measure", "inequality-measure", "q.measure"),
    ("absolute_or_relative", "text", _LEVEL_DESCRIPTION, _LEVEL_SQL),
    ("reference", "code", "the group or groups from which it is calculated"),
    ("value", "number", "the measure's value"),
    ("unit", "code", _UNIT_DESCRIPTION, _UNIT_SQL),
    columns.build_code_label("unit", "unit", _UNIT_SQL),
    "se ci_lower ci_upper",
    build_ci_level("q.ci_lower"),
    ("ci_method", "text", CI_METHOD_DESCRIPTION),
    ("groups", "integer", "number of groups included"),
    (
        "excluded",
        "integer",
        "number of groups excluded: no value, or not a group (for example unknown)",
    ),
    (
        "exploratory",
        "boolean",
        "true if the groups were chosen from the data: exploratory, not a test",
    ),
    (
        "homogeneity_p",
        "number",
        "p-value of a test that all groups have the same true value (Cochran's Q)",
    ),
    ("decimals", "integer", "decimals that the values behind the measure bear out"),
)
