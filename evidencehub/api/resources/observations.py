"""The resources with numbers: observations, gaps, inequality, comparison between countries."""

from __future__ import annotations

from evidencehub.domain.concepts import INDICATOR_CONCEPTS, OBSERVATION_CONCEPTS
from evidencehub.domain.observation import OBSERVATION_COLUMNS
from evidencehub.domain.status import VERIFICATION_SQL
from evidencehub.store.resource_model import (
    ApiResource,
    ColumnType,
    Filter,
    ResourceColumn,
    build_label_placeholder,
)

_COLUMN_TYPES: dict[str, ColumnType] = {
    "number": "number",
    "integer": "integer",
    "date": "date",
    "code": "code",
    "codes": "list",
}


def _build_qualified_label(sql: str) -> str:
    """SQL for the label of a code with its list before it, as list:code."""
    return (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, ':') - 1)"
        f" and code = substr({sql}, instr({sql}, ':') + 1))"
    )


def _build_any_label(code_list: str, sql: str) -> str:
    """SQL for the label of a code of one list, or of list:code."""
    return f"coalesce({build_label_placeholder(code_list, sql)}, {_build_qualified_label(sql)})"


def _skip_if_empty(code: str, sql: str) -> str:
    """SQL that looks nothing up where there is no code: most rows have none of these."""
    return f"iif({code} = '', null, {sql})"


def _build_other_label(sql: str) -> str:
    """SQL for the labels of list=code;list=code; one alone, as most are, is looked up at once."""
    single_sql = (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, '=') - 1)"
        f" and code = substr({sql}, instr({sql}, '=') + 1))"
    )
    multiple_sql = (
        "(select group_concat(coalesce(c.label, p.code), '; ') from other as p"
        f" left join code as c on c.list = p.list and c.code = p.code where p.other = {sql})"
    )
    return f"iif(instr({sql}, ';') = 0, {single_sql}, {multiple_sql})"


def build_group_label(scheme: str, sql: str) -> str:
    return f"(select label from code where list = {scheme} and code = {sql})"


def _build_concept_column(name: str, sql: str) -> ResourceColumn:
    """A column in the vocabulary's own words."""
    concept = OBSERVATION_CONCEPTS[name]
    return ResourceColumn(
        name, sql, _COLUMN_TYPES.get(concept.cell_type, "text"), concept.description
    )


def build_label_column(name: str, sql: str, described_column: str) -> ResourceColumn:
    return ResourceColumn(name, sql, "text", f"label of {described_column}", is_label=True)


_INDICATOR_COLUMNS = (
    ResourceColumn("dataset", "{t}.dataset", "code", "the dataset it is published in"),
    ResourceColumn("indicator", "{t}.indicator", "code", "id of the indicator"),
    build_label_column("indicator_title", "i.title", "indicator"),
    ResourceColumn("family", "i.family", "code", INDICATOR_CONCEPTS["family"].description),
)


def build_context_columns(alias: str) -> tuple[ResourceColumn, ...]:
    """The columns that say what and where, of a table with this short name."""
    columns = [
        ResourceColumn(
            c.name, c.sql.replace("{t}", alias), c.column_type, c.description, c.is_label
        )
        for c in _INDICATOR_COLUMNS
    ]
    return (
        *columns,
        _build_concept_column("area", f"{alias}.area"),
        build_label_column(
            "area_label", f"(select label from area where area = {alias}.area)", "area"
        ),
        _build_concept_column("period_start", f"{alias}.period_start"),
        _build_concept_column("period_end", f"{alias}.period_end"),
        _build_concept_column("scheme", f"{alias}.scheme"),
        build_label_column("scheme_title", "l.title", "scheme"),
    )


def build_dimension_columns(alias: str) -> tuple[ResourceColumn, ...]:
    return (
        _build_concept_column("sex", f"{alias}.sex"),
        build_label_column("sex_label", _build_any_label("sex", f"{alias}.sex"), "sex"),
        _build_concept_column("age", f"{alias}.age"),
        build_label_column("age_label", _build_any_label("age", f"{alias}.age"), "age"),
        _build_concept_column("other", f"{alias}.other"),
        build_label_column(
            "other_label",
            _skip_if_empty(f"{alias}.other", _build_other_label(f"{alias}.other")),
            "other",
        ),
    )


def build_adjustment_columns(alias: str) -> tuple[ResourceColumn, ...]:
    return (
        _build_concept_column("adjustment", f"{alias}.adjustment"),
        build_label_column(
            "adjustment_label",
            _skip_if_empty(
                f"{alias}.adjustment", build_label_placeholder("adjustment", f"{alias}.adjustment")
            ),
            "adjustment",
        ),
    )


def build_unit_columns(qualifier: str = "of the value") -> tuple[ResourceColumn, ...]:
    return (
        ResourceColumn("unit", "i.unit", "code", f"unit {qualifier}"),
        build_label_column("unit_label", build_label_placeholder("unit", "i.unit"), "unit"),
    )


_COUNTING_BASIS_SQL = "coalesce(o.counting_basis, l.counting_basis)"

_DESCRIPTIONS = {column.name: column.description for column in OBSERVATION_COLUMNS}
_OBSERVATION_COLUMNS = (
    *build_context_columns("o"),
    _build_concept_column("ethnicity", "o.ethnicity"),
    build_label_column(
        "ethnicity_label", build_group_label("o.scheme", "o.ethnicity"), "ethnicity"
    ),
    *build_dimension_columns("o"),
    _build_concept_column("comparator", "o.comparator"),
    build_label_column(
        "comparator_label",
        _skip_if_empty(
            "o.comparator",
            (
                f"coalesce({build_group_label('o.scheme', 'o.comparator')}, "
                f"{_build_qualified_label('o.comparator')})"
            ),
        ),
        "comparator",
    ),
    *build_adjustment_columns("o"),
    _build_concept_column("value", "o.value"),
    *build_unit_columns(),
    *(
        _build_concept_column(name, f"o.{name}")
        for name in ("value_min", "value_max", "ci_lower", "ci_upper")
    ),
    _build_concept_column("ci_level", "coalesce(o.ci_level, i.ci_level)"),
    *(
        _build_concept_column(name, f"o.{name}")
        for name in ("se", "numerator", "denominator", "population")
    ),
    _build_concept_column("decimals", "coalesce(o.decimals, i.decimals)"),
    _build_concept_column("obs_status", "o.obs_status"),
    build_label_column(
        "obs_status_label", build_label_placeholder("obs-status", "o.obs_status"), "obs_status"
    ),
    _build_concept_column("conf_status", "o.conf_status"),
    build_label_column(
        "conf_status_label", build_label_placeholder("conf-status", "o.conf_status"), "conf_status"
    ),
    _build_concept_column("counting_basis", _COUNTING_BASIS_SQL),
    build_label_column(
        "counting_basis_label",
        build_label_placeholder("counting-basis", _COUNTING_BASIS_SQL),
        "counting_basis",
    ),
    _build_concept_column("source", "o.source"),
    _build_concept_column("locator", "o.locator"),
    _build_concept_column("read_from", "o.read_from"),
    _build_concept_column("verification", VERIFICATION_SQL),
    build_label_column(
        "verification_label",
        build_label_placeholder("verification", VERIFICATION_SQL),
        "verification",
    ),
    _build_concept_column("note", "o.note"),
    ResourceColumn("derived", "o.derived", "text", _DESCRIPTIONS["derived"]),
    ResourceColumn("extra", "o.extra", "object", _DESCRIPTIONS["extra"]),
)


def build_value_filters(alias: str) -> tuple[Filter, ...]:
    """The filters that all resources with numbers have."""
    return (
        Filter("dataset", f"{alias}.dataset in {{}}", "published in this dataset", "dataset"),
        Filter("indicator", f"{alias}.indicator in {{}}", "of this indicator", "indicator"),
        Filter(
            "family",
            f"{alias}.indicator in (select indicator from indicator where family in {{}})",
            "of indicators of this family: what measures the same thing in several countries",
            "family",
        ),
        Filter("area", f"{alias}.area in {{}}", "of this country or area", "area"),
        Filter("scheme", f"{alias}.scheme in {{}}", "in this ethnic classification", "scheme"),
        Filter("sex", f"{alias}.sex in {{}}", "of this sex; _T is both together", "sex"),
        Filter("age", f"{alias}.age in {{}}", "of this age band; _T is all ages", "age"),
        Filter(
            "other",
            f"({alias}.other in (select other from other where list || '=' || code in {{}})"
            f" or ({alias}.other = '' and 'none' in {{}}))",
            "of this further dimension, as list=code; none: not broken down further",
            "other",
        ),
        Filter(
            "adjustment",
            f"case {alias}.adjustment when '' then 'none' else {alias}.adjustment end in {{}}",
            "adjusted for this; none: not adjusted",
            "adjustment",
        ),
        Filter(
            "from",
            f"{alias}.period_start >= {{}}",
            "whose period begins on this day, month or year, or later",
            filter_type="from",
        ),
        Filter(
            "to",
            f"{alias}.period_end <= {{}}",
            "whose period ends on this day, month or year, or earlier",
            filter_type="to",
        ),
    )


OBSERVATIONS = ApiResource(
    "observations",
    "Figures, each in the ethnic classification in which it was published",
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
            "of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "comparator",
            "case o.comparator when '' then 'none' else o.comparator end in {}",
            "in relation to this group; none: not a relative figure",
            "comparator",
        ),
        Filter("obs_status", "o.obs_status in {}", "with this status", "obs_status"),
        Filter(
            "verification", f"{VERIFICATION_SQL} in {{}}", "verified in this way", "verification"
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

_GAP_VALUES = {
    "difference": "the group's figure less the reference group's",
    "difference_se": "standard error of the difference",
    "difference_lower": "lower limit of the difference",
    "difference_upper": "upper limit of the difference",
    "ratio": "the group's figure divided by the reference group's",
    "ratio_se": "standard error of the ratio's logarithm",
    "ratio_lower": "lower limit of the ratio",
    "ratio_upper": "upper limit of the ratio",
}
STRATUM_FROM = (
    "stratum as s left join indicator as i on i.indicator = s.indicator"
    " left join code_list as l on l.list = s.scheme"
)
STRATUM_KEY = (
    "s.indicator", "s.area", "s.scheme", "s.dimension", "s.period_start", "s.period_end",
    "s.sex", "s.age", "s.other", "s.adjustment", "s.ethnicity", "s.dataset",
)  # fmt: skip
STRATUM_COMPARABILITY = {
    name: f"s.{name}"
    for name in (
        "dataset",
        "indicator",
        "scheme",
        "period_start",
        "period_end",
        "sex",
        "age",
        "adjustment",
    )
}
CI_LEVEL_COLUMN = ResourceColumn(
    "ci_level", "s.ci_level", "number", OBSERVATION_CONCEPTS["ci_level"].description
)

GAPS = ApiResource(
    "gaps",
    "Each group beside the group it is compared with: absolute and relative together",
    (
        f"gap as g join "
        f"{STRATUM_FROM.replace('stratum as s', 'stratum as s on s.stratum = g.stratum')}"
    ),
    (*STRATUM_KEY, "g.ethnicity"),
    (
        *build_context_columns("s"),
        ResourceColumn("dimension", "s.dimension", "code", "what the groups are groups of"),
        ResourceColumn(
            "group", "g.ethnicity", "code", "the group, or the step of an ordered dimension"
        ),
        build_label_column(
            "group_label",
            "(select label from code where code = g.ethnicity and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "group",
        ),
        ResourceColumn("reference", "g.reference", "code", "the group that it is compared with"),
        build_label_column(
            "reference_label",
            "(select label from code where code = g.reference and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "reference",
        ),
        *build_dimension_columns("s"),
        *build_adjustment_columns("s"),
        *build_unit_columns("of the indicator, and so of the difference"),
        *(ResourceColumn(name, f"g.{name}", "number", says) for name, says in _GAP_VALUES.items()),
        CI_LEVEL_COLUMN,
    ),
    (
        *build_value_filters("s"),
        Filter(
            "group",
            "(s.scheme, g.ethnicity) in (values {})",
            "of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
    ),
    dataset_sql="s.dataset",
    comparability_sql=STRATUM_COMPARABILITY,
    datasette_table="gap",
    datasette_view="gap_flat",
)
