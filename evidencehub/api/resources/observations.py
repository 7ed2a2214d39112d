"""The observations: every published value with its dimensions."""

from __future__ import annotations

from evidencehub.api.columns import (
    build_adjustment_columns,
    build_context_columns,
    build_dimension_columns,
    build_group_label,
    build_label_column,
    build_observation_column,
    build_qualified_label,
    build_unit_columns,
    skip_if_empty,
)
from evidencehub.api.filters import build_value_filters
from evidencehub.domain.observation import OBSERVATION_COLUMNS
from evidencehub.domain.status import VERIFICATION_SQL
from evidencehub.store.resource_model import (
    ApiResource,
    Filter,
    ResourceColumn,
    build_label_placeholder,
)

_DESCRIPTIONS = {column.name: column.description for column in OBSERVATION_COLUMNS}
_COUNTING_BASIS_SQL = "coalesce(o.counting_basis, l.counting_basis)"

_OBSERVATION_COLUMNS = (
    *build_context_columns("o"),
    build_observation_column("ethnicity", "o.ethnicity"),
    build_label_column(
        "ethnicity_label", build_group_label("o.scheme", "o.ethnicity"), "ethnicity"
    ),
    *build_dimension_columns("o"),
    build_observation_column("comparator", "o.comparator"),
    build_label_column(
        "comparator_label",
        skip_if_empty(
            "o.comparator",
            (
                f"coalesce({build_group_label('o.scheme', 'o.comparator')}, "
                f"{build_qualified_label('o.comparator')})"
            ),
        ),
        "comparator",
    ),
    *build_adjustment_columns("o"),
    build_observation_column("value", "o.value"),
    *build_unit_columns(),
    *(
        build_observation_column(name, f"o.{name}")
        for name in ("value_min", "value_max", "ci_lower", "ci_upper")
    ),
    build_observation_column("ci_level", "coalesce(o.ci_level, i.ci_level)"),
    *(
        build_observation_column(name, f"o.{name}")
        for name in ("se", "numerator", "denominator", "population")
    ),
    build_observation_column("decimals", "coalesce(o.decimals, i.decimals)"),
    build_observation_column("obs_status", "o.obs_status"),
    build_label_column(
        "obs_status_label", build_label_placeholder("obs-status", "o.obs_status"), "obs_status"
    ),
    build_observation_column("conf_status", "o.conf_status"),
    build_label_column(
        "conf_status_label", build_label_placeholder("conf-status", "o.conf_status"), "conf_status"
    ),
    build_observation_column("counting_basis", _COUNTING_BASIS_SQL),
    build_label_column(
        "counting_basis_label",
        build_label_placeholder("counting-basis", _COUNTING_BASIS_SQL),
        "counting_basis",
    ),
    build_observation_column("source", "o.source"),
    build_observation_column("locator", "o.locator"),
    build_observation_column("read_from", "o.read_from"),
    build_observation_column("verification", VERIFICATION_SQL),
    build_label_column(
        "verification_label",
        build_label_placeholder("verification", VERIFICATION_SQL),
        "verification",
    ),
    build_observation_column("note", "o.note"),
    ResourceColumn("derived", "o.derived", "text", _DESCRIPTIONS["derived"]),
    ResourceColumn("extra", "o.extra", "object", _DESCRIPTIONS["extra"]),
)

OBSERVATIONS = ApiResource(
    "observations",
    "Observations, each in the ethnic classification in which it was published",
    "observation as o left join indicator as i on i.indicator = o.indicator"
    " left join dataset as d on d.dataset = o.dataset"
    " left join code_list as l on l.list = o.scheme",
    tuple(
        f"o.{name}"
        for name in (
            "indicator", "area", "scheme", "ethnicity", "period_start", "period_end", "sex",
            "age", "other", "comparator", "adjustment", "dataset",
        )
    ),
    _OBSERVATION_COLUMNS,
    (
        *build_value_filters("o"),
        Filter(
            "ethnicity",
            "(o.scheme, o.ethnicity) in (values {})",
            "for this group: a code from any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "comparator",
            "case o.comparator when '' then 'none' else o.comparator end in {}",
            "with this published comparator; none: not a comparison",
            "comparator",
        ),
        Filter(
            "obs_status",
            "o.obs_status in {}",
            "with this observation status",
            codelist="obs-status",
        ),
        Filter(
            "verification",
            f"{VERIFICATION_SQL} in {{}}",
            "with this verification level",
            codelist="verification",
        ),
    ),
    dataset_sql="o.dataset",
    comparability_sql={
        name: f"o.{name}"
        for name in (
            "dataset", "indicator", "scheme", "period_start", "period_end", "sex", "age",
            "adjustment", "comparator", "obs_status",
        )
    },
    indexed_source="observation as o indexed by observation_key",
    datasette_table="observation",
    datasette_view="observation_flat",
    accepts_posted_query=True,
)  # fmt: skip
