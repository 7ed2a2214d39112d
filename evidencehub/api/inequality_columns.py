"""The stratum and the measures of inequality: what gaps, measures and comparison share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evidencehub.api import columns, filters
from evidencehub.domain.reference_kind import REFERENCE_KINDS, build_measure_kind_sql
from evidencehub.domain.row_identity import OBSERVATION_ID_COLUMNS, build_row_id_sql
from evidencehub.domain.status import build_secondary_source_condition
from evidencehub.store.conditions import join_observation
from evidencehub.store.gap_facts import build_level_sql
from evidencehub.store.resource_model import Filter, ResourceColumn

STRATUM_KEY = tuple(
    columns.qualify_names(
        "s",
        "indicator area scheme dimension period_start period_end sex age other adjustment"
        " ethnicity dataset",
    ).values()
)
STRATUM_DIMENSIONS = (
    *("dataset", "indicator", "family", "country", "area", "period", "scheme", "dimension"),
    *("sex", "age", "other", "adjustment", "unit"),
)
REFERENCE_KIND_DESCRIPTION = "what a gap is measured from: " + "; ".join(
    f"{kind}, {text}" for kind, text in REFERENCE_KINDS.items()
)


def build_dimension(stratum: str) -> ResourceColumn:
    """Return the column of the dimension of a stratum, the table with this alias."""
    (column,) = columns.build(
        stratum,
        ("dimension", "code", "the dimension that defines the groups, for example ethnicity"),
    )
    return column


CI_METHOD_DESCRIPTION = (
    "how the hub derived the confidence limits"
    " (regression and robust: only from distances to a line)"
)


_PAIR_SIDES = (("group", "v"), ("reference", "w"))
"""The two sides of a gap, and the aliases of their observations."""
_PAIR_VALUES = (
    ("value", "value of the {side}, as published"),
    ("ci_lower", "lower confidence limit of that value"),
    ("ci_upper", "upper confidence limit of that value"),
    ("numerator", "count that the value of the {side} is made from"),
    ("denominator", "count that this is divided by"),
)


def join_pair(group: str, reference: str) -> str:
    """Return the joins of the observations of both sides of a gap in the stratum `s`."""
    return "".join(
        f" {join_observation(alias, 's', ethnicity)}"
        for (_, alias), ethnicity in zip(_PAIR_SIDES, (group, reference), strict=True)
    )


def _build_pair_columns() -> Iterator[ResourceColumn]:
    """Yield the values of both sides of a gap, with their intervals and counts."""
    for side, alias in _PAIR_SIDES:
        for name, description in _PAIR_VALUES:
            text = description.format(side="reference group" if side == "reference" else side)
            yield ResourceColumn(f"{side}_{name}", f"{alias}.{name}", "number", text)
        id_sql = build_row_id_sql([f"{alias}.{name}" for name in OBSERVATION_ID_COLUMNS])
        yield ResourceColumn(
            f"{side}_observation",
            f"iif({alias}.indicator is null, null, {id_sql})",
            "text",
            "id of the observation of that value",
        )


PAIR_COLUMNS = tuple(_build_pair_columns())


def build_ci_method(alias: str) -> ResourceColumn:
    """Return the method of the confidence limits in the table of this alias; null if none."""
    sql = f"nullif({alias}.ci_method, '')"
    return ResourceColumn("ci_method", sql, "text", CI_METHOD_DESCRIPTION)


def build_ci_level(stratum: str, *limits: str) -> ResourceColumn:
    """Return the confidence level of a stratum, empty where none of these limits is given."""
    (column,) = columns.build(stratum, "ci_level")
    has_no_limit = " and ".join(f"{limit} is null" for limit in limits)
    return replace(column, sql=f"iif({has_no_limit}, null, {column.sql})")


def join_stratum(table: str, alias: str) -> str:
    """Return SQL for the rows of a table with their strata, indicators and classifications."""
    return (
        f"{table} as {alias} join stratum as s on s.stratum = {alias}.stratum"
        " left join indicator as i on i.indicator = s.indicator"
        " left join code_list as l on l.list = s.scheme" + columns.join_area("s")
    )


def build_secondary_source_sql(group_condition: str = "") -> str:
    """Return SQL that is 1 if a value in the stratum `s` was read in a secondary source.

    Most series are all of one or all of the other, which their availability says; only of the
    others each value is looked at. `group_condition` selects observations `o` of the stratum.
    """
    is_secondary = build_secondary_source_condition(
        "coalesce(o.verification, (select verification from dataset where dataset = o.dataset))"
    )
    return (
        "(select case when h.secondary_source_count = 0 then 0"
        " when h.secondary_source_count = h.observation_count then 1 else exists ("
        "select 1 from observation as o where o.indicator = s.indicator and o.area = s.area"
        f" and o.scheme = s.scheme {group_condition} and o.period_start = s.period_start"
        " and o.period_end = s.period_end and o.sex = s.sex and o.age = s.age"
        " and o.other = s.other and o.comparator = '' and o.adjustment = s.adjustment"
        f" and o.dataset = s.dataset and {is_secondary}) end"
        " from availability as h where h.indicator = s.indicator and h.area = s.area"
        " and h.scheme = s.scheme and h.dataset = s.dataset)"
    )


MEASURE_FROM = join_stratum("inequality", "q")


def build_measure_filter(measure: str) -> Filter:
    """Return the filter by measure, of the table with this alias."""
    (measure_filter,) = filters.build(
        measure, ("measure", "for this inequality measure", "inequality-measure", "measure")
    )
    return measure_filter


_LEVEL_DESCRIPTION = "whether the measure is absolute (in the indicator's unit) or relative"
_UNIT_DESCRIPTION = "unit of the value; relative measures have no unit, and bgv is in squared units"


_WITHIN = "the ethnic group within which an ordered dimension is analysed"


def _build_interval_columns(measure: str, stratum: str) -> tuple[ResourceColumn, ...]:
    """Return the columns that say how sure a measure is, and of how many groups."""
    return columns.build(
        measure,
        "se ci_lower ci_upper",
        build_ci_level(stratum, f"{measure}.ci_lower", f"{measure}.ci_upper"),
        build_ci_method(measure),
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


def build_measure_columns(
    measure: str, stratum: str, *group_columns: ResourceColumn
) -> tuple[ResourceColumn, ...]:
    """Return the columns of a measure, of the tables with these aliases.

    `group_columns` come before the reference: whom a measure is about, if not all groups.
    """
    level_sql = build_level_sql(measure)
    unit_sql = f"iif({level_sql} = 'absolute' and {measure}.measure <> 'bgv', i.unit, null)"
    within_sql = f"{stratum}.ethnicity"
    return columns.build(
        measure,
        *columns.build_context(stratum),
        build_dimension(stratum),
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
        (
            "reference",
            "code",
            "the group or groups from which it is calculated",
            f"nullif({measure}.reference, '')",
        ),
        (
            "reference_kind",
            "text",
            REFERENCE_KIND_DESCRIPTION,
            build_measure_kind_sql(
                f"{stratum}.dimension", f"{measure}.measure", f"{measure}.reference"
            ),
        ),
        ("value", "number", "the measure's value"),
        ("unit", "code", _UNIT_DESCRIPTION, unit_sql),
        columns.build_code_label("unit", "unit", unit_sql),
        *_build_interval_columns(measure, stratum),
    )
