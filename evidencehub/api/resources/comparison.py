"""Inequality in indicators of one family, compared between places: what is current in each."""

from __future__ import annotations

from evidencehub.api import columns, filters, inequality_columns
from evidencehub.domain.concepts import INDICATOR_CONCEPTS
from evidencehub.store.gap_facts import COMPARED_GAPS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

_FROM_SQL = (
    "compared_measure as s join indicator as i on i.indicator = s.indicator"
    " left join code_list as l on l.list = s.scheme"
    + columns.join_area("s")
    + inequality_columns.join_pair('s."group"', "s.reference")
)
_FAMILY_FILTER = Filter(
    "family",
    "exists (select 1 from (select s.family as f union select i.family) where f in {})",
    "for indicators in this family (required); comparisons that sources published themselves count"
    " in the family of the rates that they compare",
    codelist="family",
)
_SHARED_FILTERS = ("area", "country", "within", "scheme", "adjustment")
_GROUP_COLUMNS = (
    ResourceColumn(
        "group",
        "nullif(s.\"group\", '')",
        "code",
        "the group that is compared with the reference; null for measures over all groups",
    ),
    columns.build_label("group", columns.build_group_label("s.scheme", 's."group"')),
)
_KEY = (*inequality_columns.STRATUM_KEY, "s.measure", 's."group"', "s.reference", "s.published")

COMPARISON = ApiResource(
    "compare",
    "Inequality in indicators of one family, side by side: for each area and group the newest"
    " period that has a comparison, in each country's own classification",
    _FROM_SQL,
    _KEY,
    columns.build(
        "s",
        columns.build_row_id(_KEY),
        *inequality_columns.build_measure_columns("s", "s", *_GROUP_COLUMNS),
        *inequality_columns.PAIR_COLUMNS,
        ("value_type", "code", "type of the values compared, or of the comparison if published"),
        ("published", "boolean", "true if the source published the comparison itself"),
        (
            "awaits_verification",
            "boolean",
            "true if the newest values of the area are of a secondary source: no headline",
        ),
        ("headline", "boolean", "true if the group was chosen beforehand and may be quoted alone"),
        *(
            (
                name,
                "code" if "ethnicity" in name else "text",
                INDICATOR_CONCEPTS[name].description,
                f"i.{name}",
            )
            for name in (
                *("definition", "numerator_definition", "denominator_definition"),
                *("standardisation", "whose_ethnicity", "ethnicity_recording"),
            )
        ),
    ),
    (
        _FAMILY_FILTER,
        *(f for f in filters.build_values("s") if f.name in _SHARED_FILTERS),
        *filters.build_groups("for {}", '(s.scheme, s."group") in (values {})', "group"),
        inequality_columns.build_measure_filter("s"),
    ),
    comparability_sql=COMPARED_GAPS.comparability_sql,
    comparison_subject=COMPARED_GAPS.comparison_subject,
    category_sql=COMPARED_GAPS.category_sql,
    datasette_view="compared_measure",
    required_filter="family",
    accepts_posted_query=True,
)
