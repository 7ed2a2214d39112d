"""The gaps: each group compared with a reference group."""

from __future__ import annotations

from evidencehub.api import columns, filters, inequality_columns
from evidencehub.domain.reference_kind import build_gap_kind_sql
from evidencehub.domain.status import TOTAL
from evidencehub.store.gap_facts import STRATUM_COMPARABILITY
from evidencehub.store.resource_model import ApiResource, ResourceColumn

_CATEGORY_LABEL_SQL = (
    "(select label from code where code = g.{} and list ="
    " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)"
)

_KIND_SQL = build_gap_kind_sql("g.reference")
_CONTEXT_COLUMNS = columns.build(
    "x",
    (
        "unknown_difference_min",
        "number",
        "lowest difference if all people of unknown ethnicity were of one group: a worst case",
    ),
    ("unknown_difference_max", "number", "highest difference in that case"),
    ("unknown_ratio_min", "number", "lowest ratio in that case"),
    ("unknown_ratio_max", "number", "highest ratio in that case"),
    (
        "events_above_reference",
        "number",
        "events that would not have happened at the reference group's rate; none below 10",
    ),
    ("events_above_reference_lower", "number", "lower confidence limit of these events"),
    ("events_above_reference_upper", "number", "upper confidence limit of these events"),
    (
        "earlier_start",
        "day",
        "first day of the earlier period compared with: it shares no time, and no break parts",
    ),
    ("earlier_end", "day", "last day of that period"),
    ("difference_change", "number", "the difference less the earlier difference"),
    ("difference_change_lower", "number", "lower confidence limit of that change"),
    ("difference_change_upper", "number", "upper confidence limit of that change"),
    ("ratio_change", "number", "the ratio divided by the earlier ratio"),
    ("ratio_change_lower", "number", "lower confidence limit of that change"),
    ("ratio_change_upper", "number", "upper confidence limit of that change"),
    (
        "difference_word",
        "text",
        "how the absolute gap changed; with -not-tested if there are no limits",
    ),
    ("ratio_word", "text", "how the relative gap changed"),
    ("moved", "text", "which side's value moved: group, reference, both, neither"),
)

_KEY = (*inequality_columns.STRATUM_KEY, "g.ethnicity")

GAPS = ApiResource(
    "gaps",
    "The gap between each group and its reference group: absolute (difference) and relative"
    " (ratio)",
    inequality_columns.join_stratum("gap", "g")
    + " left join gap_context as x on x.stratum = g.stratum and x.ethnicity = g.ethnicity"
    + inequality_columns.join_pair("g.ethnicity", "g.reference"),
    _KEY,
    columns.build(
        "g",
        columns.build_row_id(_KEY),
        *columns.build_context("s"),
        inequality_columns.build_dimension("s"),
        ResourceColumn(
            "group", "g.ethnicity", "code", "the group, or the category of an ordered dimension"
        ),
        columns.build_label("group", _CATEGORY_LABEL_SQL.format("ethnicity")),
        ("reference", "code", "the reference group"),
        columns.build_label("reference", _CATEGORY_LABEL_SQL.format("reference")),
        ("reference_kind", "text", inequality_columns.REFERENCE_KIND_DESCRIPTION, _KIND_SQL),
        *columns.build_dimensions("s"),
        *columns.build_adjustment("s"),
        *columns.build_unit("of the indicator and of the difference"),
        *inequality_columns.PAIR_COLUMNS,
        ("difference", "number", "the group's value minus the reference group's value"),
        ("difference_se", "number", "standard error of the difference"),
        ("difference_lower", "number", "lower confidence limit of the difference"),
        ("difference_upper", "number", "upper confidence limit of the difference"),
        ("ratio", "number", "the group's value divided by the reference group's value"),
        ("ratio_se", "number", "standard error of the natural logarithm of the ratio"),
        ("ratio_lower", "number", "lower confidence limit of the ratio"),
        ("ratio_upper", "number", "upper confidence limit of the ratio"),
        inequality_columns.build_ci_level(
            "s", "g.difference_lower", "g.ratio_lower", "g.ratio_upper"
        ),
        inequality_columns.build_ci_method("g"),
        ("decimals", "integer", "decimals that both values bear out, for the difference"),
        ("ratio_decimals", "integer", "decimals that both values bear out, for the ratio"),
        (
            "ratio_min",
            "number",
            "lowest ratio that the rounding of both values allows; empty if counts give the ratio",
        ),
        ("ratio_max", "number", "highest ratio that the rounding of both values allows"),
        *_CONTEXT_COLUMNS,
        columns.build_origin_of_dataset("s"),
    ),
    (
        *filters.build_values("s"),
        *filters.build_groups("for {}", "(s.scheme, g.ethnicity) in (values {})", "group"),
    ),
    comparability_sql={
        **STRATUM_COMPARABILITY,
        "reference_kind": _KIND_SQL,
        # neither, for most rows have both a difference, which has a unit, and a ratio
        "is_absolute": "case when g.difference is null then 0 when g.ratio is null then 1 end",
        "reference_group": f"iif(g.reference = '{TOTAL}', '', g.reference)",
        "is_secondary_source": inequality_columns.build_secondary_source_sql(
            "and o.ethnicity in (g.ethnicity, g.reference)"
        ),
    },
    comparison_subject="gaps",
    category_sql={"group": "g.ethnicity", "area": "s.area"},
    datasette_view="gap_flat",
    accepts_posted_query=True,
    row_key=("g.stratum", "g.ethnicity"),
    dimensions=(*inequality_columns.STRATUM_DIMENSIONS, "group", "reference_kind"),
)
