"""The stratum and the measures of inequality: what gaps, measures and comparison share."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.reference_kind import PAIR_MEASURES, REFERENCE_KINDS, build_measure_kind_sql
from evidencehub.domain.status import TOTAL, build_secondary_source_condition, quote_codes
from evidencehub.store.resource_model import ResourceColumn

STRATUM_KEY = tuple(
    columns.qualify_names(
        "s",
        "indicator area scheme dimension period_start period_end sex age other adjustment"
        " ethnicity dataset",
    ).values()
)
STRATUM_COMPARABILITY = columns.qualify_names(
    "s", "dataset indicator scheme period_start period_end sex age adjustment dimension"
)
REFERENCE_KIND_DESCRIPTION = "what a gap is measured from: " + "; ".join(
    f"{kind}, {text}" for kind, text in REFERENCE_KINDS.items()
)
(CI_LEVEL_COLUMN,) = columns.build("s", "ci_level")
(DIMENSION_COLUMN,) = columns.build(
    "s", ("dimension", "code", "the dimension that defines the groups, for example ethnicity")
)


def join_stratum(table: str, alias: str) -> str:
    """Return SQL for the rows of a table with their strata, indicators and classifications."""
    return (
        f"{table} as {alias} join stratum as s on s.stratum = {alias}.stratum"
        " left join indicator as i on i.indicator = s.indicator"
        " left join code_list as l on l.list = s.scheme"
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
(MEASURE_FILTER,) = filters.build(
    "q", ("measure", "for this inequality measure", "inequality-measure", "measure")
)
_LEVEL_SQL = "(select level from code where list = 'inequality-measure' and code = q.measure)"
_UNIT_SQL = f"iif({_LEVEL_SQL} = 'absolute' and q.measure <> 'bgv', i.unit, null)"
_LEVEL_DESCRIPTION = "whether the measure is absolute (in the indicator's unit) or relative"
_UNIT_DESCRIPTION = "unit of the value; relative measures have no unit, and bgv is in squared units"
_KIND_SQL = build_measure_kind_sql("s.dimension", "q.measure", "q.reference")
_IS_PAIR_SQL = f"q.measure in {quote_codes(PAIR_MEASURES)}"
MEASURE_COMPARABILITY = {
    **STRATUM_COMPARABILITY,
    "reference_kind": _KIND_SQL,
    "reference_group": f"iif({_IS_PAIR_SQL} and q.reference <> '{TOTAL}', q.reference, '')",
    "is_absolute": f"{_LEVEL_SQL} = 'absolute'",
    # the same for all measures of a stratum: a measure may leave out a group without people
    "group_count": "(select max(x.groups) from inequality as x where x.stratum = q.stratum)",
    "is_exploratory": f"iif({_IS_PAIR_SQL}, q.exploratory, null)",
    "is_secondary_source": build_secondary_source_sql(),
}
MEASURE_CATEGORIES = {"area": "s.area"}
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
    ("reference_kind", "text", REFERENCE_KIND_DESCRIPTION, _KIND_SQL),
    ("value", "number", "the measure's value"),
    ("unit", "code", _UNIT_DESCRIPTION, _UNIT_SQL),
    columns.build_code_label("unit", "unit", _UNIT_SQL),
    "se ci_lower ci_upper",
    CI_LEVEL_COLUMN,
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
