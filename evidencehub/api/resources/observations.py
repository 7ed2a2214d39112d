"""The observations: every published value with its dimensions."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.comparison_kinds import COMPARISON_FACTS_SQL
from evidencehub.domain.concepts import INDICATOR_CONCEPTS
from evidencehub.domain.observation import OBSERVATION_COLUMNS
from evidencehub.domain.status import SUPPRESSED, VERIFICATION_SQL
from evidencehub.store.resource_model import ApiResource, Filter

_DESCRIPTIONS = {column.name: column.description for column in OBSERVATION_COLUMNS}
_COMPARATOR_LABEL_SQL = (
    f"coalesce({columns.build_group_label('o.scheme', 'o.comparator')}, "
    f"{columns.build_qualified_label('o.comparator')})"
)
_KEY = tuple(
    columns.qualify_names(
        "o",
        "indicator area scheme ethnicity period_start period_end sex age other comparator"
        " adjustment dataset",
    ).values()
)
_QUALITY_COLUMNS = columns.build(
    "i",
    "ethnicity_known same_source ethnicity_recording",
    concepts=INDICATOR_CONCEPTS,
    ethnicity_recording="coalesce(i.ethnicity_recording, d.ethnicity_recording)",
)
_TERMS_COLUMNS = columns.build(
    "t",
    ("source_licence", "text", "terms of the source, as its row states them", "t.licence"),
    columns.build_licence_basis("source_licence_basis", "t.licence_basis"),
)

_HAS_VALUE_SQL = "coalesce(o.value, o.value_min, o.value_max) is not null"
_COUNT_COLUMNS = columns.build(
    "o",
    ("with_value", "integer", "number with a value or bounds", f"sum({_HAS_VALUE_SQL})"),
    ("suppressed", "integer", "number suppressed", f"sum(o.obs_status = '{SUPPRESSED}')"),
    (
        "missing",
        "integer",
        "number without a value for another reason",
        f"sum(o.obs_status <> '{SUPPRESSED}' and not {_HAS_VALUE_SQL})",
    ),
)

OBSERVATIONS = ApiResource(
    "observations",
    "Observations, each in the ethnic classification in which it was published",
    "observation as o left join indicator as i on i.indicator = o.indicator"
    " left join dataset as d on d.dataset = o.dataset"
    " left join code_list as l on l.list = o.scheme"
    + columns.join_area("o")
    + " left join source as t on t.dataset = o.dataset and t.source = o.source",
    _KEY,
    columns.build(
        "o",
        columns.build_row_id(_KEY),
        *columns.build_context("o"),
        "ethnicity",
        columns.build_label("ethnicity", columns.build_group_label("o.scheme", "o.ethnicity")),
        *columns.build_dimensions("o"),
        *map(columns.show_empty_as_null, columns.build("o", "comparator")),
        columns.build_label(
            "comparator", columns.skip_if_empty("o.comparator", _COMPARATOR_LABEL_SQL)
        ),
        *columns.build_adjustment("o"),
        "value",
        *columns.build_unit(),
        "value_min value_max ci_lower ci_upper ci_level se numerator denominator population"
        " decimals obs_status conf_status counting_basis",
        *_QUALITY_COLUMNS,
        "source",
        *_TERMS_COLUMNS,
        "locator read_from verification note",
        ("derived", "text", _DESCRIPTIONS["derived"], "nullif(o.derived, '')"),
        ("extra", "object", _DESCRIPTIONS["extra"]),
        columns.build_origin("d.origin"),
        ci_level=(
            "iif(o.ci_lower is null and o.ci_upper is null, null, coalesce(o.ci_level, i.ci_level))"
        ),
        decimals="coalesce(o.decimals, i.decimals)",
        counting_basis="coalesce(o.counting_basis, l.counting_basis)",
        verification=VERIFICATION_SQL,
    ),
    filters.build(
        "o",
        *filters.build_values("o"),
        *filters.build_groups("for {}", "(o.scheme, o.ethnicity) in (values {})"),
        filters.build_optional(
            "o", "comparator", "with this published comparator; none: not a comparison"
        ),
        ("obs_status", "with this observation status", "obs-status"),
        Filter(
            "verification",
            f"{VERIFICATION_SQL} in {{}}",
            "with this verification level",
            codelist="verification",
        ),
        filters.build_licence_basis("source_licence_basis", "t.licence_basis"),
        *filters.build_contains("o", "note", "indicator_title", indicator_title="i.title"),
    ),
    comparability_sql=COMPARISON_FACTS_SQL,
    comparison_subject="values",
    category_sql={"group": "o.ethnicity", "area": "o.area"},
    value_condition=_HAS_VALUE_SQL,
    indexed_source="observation as o indexed by observation_key",
    datasette_view="observation_flat",
    accepts_posted_query=True,
    row_key=("o.rowid",),
    count_columns=_COUNT_COLUMNS,
    dimensions=(
        *("dataset", "indicator", "family", "country", "area", "period", "scheme", "ethnicity"),
        *("sex", "age", "other", "comparator", "adjustment", "unit", "obs_status", "verification"),
    ),
)
