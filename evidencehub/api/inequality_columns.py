"""The stratum and the measures of inequality: what gaps, measures and comparison share."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.store.resource_model import Filter, ResourceColumn

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


def build_stratum_columns(stratum: str) -> tuple[ResourceColumn, ...]:
    """Return the columns of level and dimension of a stratum, the table with this alias."""
    return columns.build(
        stratum,
        "ci_level",
        ("dimension", "code", "the dimension that defines the groups, for example ethnicity"),
    )


CI_LEVEL_COLUMN, DIMENSION_COLUMN = build_stratum_columns("s")


def join_stratum(table: str, alias: str) -> str:
    """Return SQL for the rows of a table with their strata, indicators and classifications."""
    return (
        f"{table} as {alias} join stratum as s on s.stratum = {alias}.stratum"
        " left join indicator as i on i.indicator = s.indicator"
        " left join code_list as l on l.list = s.scheme"
    )


MEASURE_FROM = join_stratum("inequality", "q")


def build_measure_filter(measure: str) -> Filter:
    """Return the filter by measure, of the table with this alias."""
    (measure_filter,) = filters.build(
        measure, ("measure", "for this inequality measure", "inequality-measure", "measure")
    )
    return measure_filter


_LEVEL_SQL = "(select level from code where list = 'inequality-measure' and code = {}.measure)"
_LEVEL_DESCRIPTION = "whether the measure is absolute (in the indicator's unit) or relative"
_UNIT_DESCRIPTION = "unit of the value; relative measures have no unit, and bgv is in squared units"
_WITHIN = "the ethnic group within which an ordered dimension is analysed"


def build_measure_columns(
    measure: str, stratum: str, *group_columns: ResourceColumn
) -> tuple[ResourceColumn, ...]:
    """Return the columns of a measure, of the tables with these aliases.

    `group_columns` come before the reference: whom a measure is about, if not all groups.
    """
    level_sql = _LEVEL_SQL.format(measure)
    unit_sql = f"iif({level_sql} = 'absolute' and {measure}.measure <> 'bgv', i.unit, null)"
    ci_level, dimension = build_stratum_columns(stratum)
    within_sql = f"{stratum}.ethnicity"
    return columns.build(
        measure,
        *columns.build_context(stratum),
        dimension,
        ResourceColumn("ethnicity", f"nullif({within_sql}, '')", "code", _WITHIN),
        columns.build_label(
            "ethnicity", columns.build_group_label(f"{stratum}.scheme", within_sql)
        ),
        *columns.build_dimensions(stratum),
        *columns.build_adjustment(stratum),
        ("measure", "code", "the measure of inequality"),
        columns.build_code_label("measure", "inequality-measure", f"{measure}.measure"),
        ("absolute_or_relative", "text", _LEVEL_DESCRIPTION, level_sql),
        *group_columns,
        ("reference", "code", "the group or groups from which it is calculated"),
        ("value", "number", "the measure's value"),
        ("unit", "code", _UNIT_DESCRIPTION, unit_sql),
        columns.build_code_label("unit", "unit", unit_sql),
        "se ci_lower ci_upper",
        ci_level,
        ("ci_method", "text", "method used for the confidence interval"),
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
    )
