"""The observations: every published value with its dimensions."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_adjustment_columns,
    build_columns,
    build_concept_columns,
    build_context_columns,
    build_dimension_columns,
    build_group_label,
    build_label_column,
    build_qualified_label,
    build_unit_columns,
    qualify_names,
    skip_if_empty,
)
from evidencehub.api.filters import (
    ANY_GROUP,
    build_column_filters,
    build_optional_filter,
    build_value_filters,
)
from evidencehub.domain.concepts import OBSERVATION_CONCEPTS
from evidencehub.domain.observation import OBSERVATION_COLUMNS
from evidencehub.domain.status import VERIFICATION_SQL
from evidencehub.store.resource_model import ApiResource, Filter

_DESCRIPTIONS = {column.name: column.description for column in OBSERVATION_COLUMNS}
_COMPARATOR_LABEL_SQL = (
    f"coalesce({build_group_label('o.scheme', 'o.comparator')}, "
    f"{build_qualified_label('o.comparator')})"
)

OBSERVATIONS = ApiResource(
    "observations",
    "Observations, each in the ethnic classification in which it was published",
    "observation as o left join indicator as i on i.indicator = o.indicator"
    " left join dataset as d on d.dataset = o.dataset"
    " left join code_list as l on l.list = o.scheme",
    tuple(
        qualify_names(
            "o",
            "indicator area scheme ethnicity period_start period_end sex age other comparator"
            " adjustment dataset",
        ).values()
    ),
    (
        *build_context_columns("o"),
        *build_concept_columns(OBSERVATION_CONCEPTS, "o", "ethnicity"),
        build_label_column("ethnicity", build_group_label("o.scheme", "o.ethnicity")),
        *build_dimension_columns("o"),
        *build_concept_columns(OBSERVATION_CONCEPTS, "o", "comparator"),
        build_label_column("comparator", skip_if_empty("o.comparator", _COMPARATOR_LABEL_SQL)),
        *build_adjustment_columns("o"),
        *build_concept_columns(OBSERVATION_CONCEPTS, "o", "value"),
        *build_unit_columns(),
        *build_concept_columns(
            OBSERVATION_CONCEPTS,
            "o",
            "value_min value_max ci_lower ci_upper ci_level se numerator denominator population"
            " decimals obs_status conf_status counting_basis source locator read_from verification"
            " note",
            ci_level="coalesce(o.ci_level, i.ci_level)",
            decimals="coalesce(o.decimals, i.decimals)",
            counting_basis="coalesce(o.counting_basis, l.counting_basis)",
            verification=VERIFICATION_SQL,
        ),
        *build_columns(
            "o",
            ("derived", "text", _DESCRIPTIONS["derived"]),
            ("extra", "object", _DESCRIPTIONS["extra"]),
        ),
    ),
    (
        *build_value_filters("o"),
        Filter(
            "ethnicity", "(o.scheme, o.ethnicity) in (values {})", f"for {ANY_GROUP}", "ethnicity"
        ),
        build_optional_filter(
            "o", "comparator", "with this published comparator; none: not a comparison"
        ),
        *build_column_filters("o", ("obs_status", "with this observation status", "obs-status")),
        Filter(
            "verification",
            f"{VERIFICATION_SQL} in {{}}",
            "with this verification level",
            codelist="verification",
        ),
    ),
    comparability_sql=qualify_names(
        "o",
        "dataset indicator scheme period_start period_end sex age adjustment comparator obs_status",
    ),
    indexed_source="observation as o indexed by observation_key",
    datasette_view="observation_flat",
    accepts_posted_query=True,
)
