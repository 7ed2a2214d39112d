"""The resources with numbers: observations, gaps, inequality, comparison between countries."""

from __future__ import annotations

from evidencehub.model.vocabulary import INDICATOR, OBSERVATION
from evidencehub.serve.api.resource import Column, Filter, Kind, Resource, labelled

_KINDS: dict[str, Kind] = {
    "number": "number",
    "integer": "integer",
    "date": "date",
    "code": "code",
    "codes": "list",
}


def _whole_label(sql: str) -> str:
    """SQL for the label of a code with its list before it, as list:code."""
    return (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, ':') - 1)"
        f" and code = substr({sql}, instr({sql}, ':') + 1))"
    )


def _either_label(listed: str, sql: str) -> str:
    """SQL for the label of a code of one list, or of list:code."""
    return f"coalesce({labelled(listed, sql)}, {_whole_label(sql)})"


def _if_any(code: str, sql: str) -> str:
    """SQL that looks nothing up where there is no code: most rows have none of these."""
    return f"iif({code} = '', null, {sql})"


def _other_label(sql: str) -> str:
    """SQL for the labels of list=code;list=code; one alone, as most are, is looked up at once."""
    one = (
        f"(select label from code where list = substr({sql}, 1, instr({sql}, '=') - 1)"
        f" and code = substr({sql}, instr({sql}, '=') + 1))"
    )
    several = (
        "(select group_concat(coalesce(c.label, p.code), '; ') from other as p"
        f" left join code as c on c.list = p.list and c.code = p.code where p.other = {sql})"
    )
    return f"iif(instr({sql}, ';') = 0, {one}, {several})"


def group_label(scheme: str, sql: str) -> str:
    return f"(select label from code where list = {scheme} and code = {sql})"


def _said(name: str, sql: str) -> Column:
    """A column in the vocabulary's own words."""
    concept = OBSERVATION[name]
    return Column(name, sql, _KINDS.get(concept.kind, "text"), concept.says)


def label(name: str, sql: str, of: str) -> Column:
    return Column(name, sql, "text", f"label of {of}", label=True)


_INDICATOR = (
    Column("dataset", "{t}.dataset", "code", "the dataset it is published in"),
    Column("indicator", "{t}.indicator", "code", "id of the indicator"),
    label("indicator_title", "i.title", "indicator"),
    Column("family", "i.family", "code", INDICATOR["family"].says),
)


def place(t: str) -> tuple[Column, ...]:
    """The columns that say what and where, of a table with this short name."""
    mine = [Column(c.name, c.sql.replace("{t}", t), c.kind, c.says, c.label) for c in _INDICATOR]
    return (
        *mine,
        _said("area", f"{t}.area"),
        label("area_label", f"(select label from area where area = {t}.area)", "area"),
        _said("period_start", f"{t}.period_start"),
        _said("period_end", f"{t}.period_end"),
        _said("scheme", f"{t}.scheme"),
        label("scheme_title", "l.title", "scheme"),
    )


def dimensions(t: str) -> tuple[Column, ...]:
    return (
        _said("sex", f"{t}.sex"),
        label("sex_label", _either_label("sex", f"{t}.sex"), "sex"),
        _said("age", f"{t}.age"),
        label("age_label", _either_label("age", f"{t}.age"), "age"),
        _said("other", f"{t}.other"),
        label("other_label", _if_any(f"{t}.other", _other_label(f"{t}.other")), "other"),
    )


def adjustment(t: str) -> tuple[Column, ...]:
    return (
        _said("adjustment", f"{t}.adjustment"),
        label(
            "adjustment_label",
            _if_any(f"{t}.adjustment", labelled("adjustment", f"{t}.adjustment")),
            "adjustment",
        ),
    )


def unit(of: str = "of the value") -> tuple[Column, ...]:
    return (
        Column("unit", "i.unit", "code", f"unit {of}"),
        label("unit_label", labelled("unit", "i.unit"), "unit"),
    )


_VERIFICATION = "coalesce(o.verification, d.verification)"
_BASIS = "coalesce(o.counting_basis, l.counting_basis)"

_OBSERVATION = (
    *place("o"),
    _said("ethnicity", "o.ethnicity"),
    label("ethnicity_label", group_label("o.scheme", "o.ethnicity"), "ethnicity"),
    *dimensions("o"),
    _said("comparator", "o.comparator"),
    label(
        "comparator_label",
        _if_any(
            "o.comparator",
            f"coalesce({group_label('o.scheme', 'o.comparator')}, {_whole_label('o.comparator')})",
        ),
        "comparator",
    ),
    *adjustment("o"),
    _said("value", "o.value"),
    *unit(),
    *(_said(name, f"o.{name}") for name in ("value_min", "value_max", "ci_lower", "ci_upper")),
    _said("ci_level", "coalesce(o.ci_level, i.ci_level)"),
    *(_said(name, f"o.{name}") for name in ("se", "numerator", "denominator", "population")),
    _said("decimals", "coalesce(o.decimals, i.decimals)"),
    _said("obs_status", "o.obs_status"),
    label("obs_status_label", labelled("obs-status", "o.obs_status"), "obs_status"),
    _said("conf_status", "o.conf_status"),
    label("conf_status_label", labelled("conf-status", "o.conf_status"), "conf_status"),
    _said("counting_basis", _BASIS),
    label("counting_basis_label", labelled("counting-basis", _BASIS), "counting_basis"),
    _said("source", "o.source"),
    _said("locator", "o.locator"),
    _said("read_from", "o.read_from"),
    _said("verification", _VERIFICATION),
    label("verification_label", labelled("verification", _VERIFICATION), "verification"),
    _said("note", "o.note"),
    Column("derived", "o.derived", "text", "names of the columns that the hub has filled in"),
    Column("extra", "o.extra", "object", "the publisher's columns that carry no concept"),
)


def filters(t: str) -> tuple[Filter, ...]:
    """The filters that all resources with numbers have."""
    return (
        Filter("dataset", f"{t}.dataset in {{}}", "published in this dataset", "dataset"),
        Filter("indicator", f"{t}.indicator in {{}}", "of this indicator", "indicator"),
        Filter(
            "family",
            f"{t}.indicator in (select indicator from indicator where family in {{}})",
            "of indicators of this family: what measures the same thing in several countries",
            "family",
        ),
        Filter("area", f"{t}.area in {{}}", "of this country or area", "area"),
        Filter("scheme", f"{t}.scheme in {{}}", "in this ethnic classification", "scheme"),
        Filter("sex", f"{t}.sex in {{}}", "of this sex; _T is both together", "sex"),
        Filter("age", f"{t}.age in {{}}", "of this age band; _T is all ages", "age"),
        Filter(
            "other",
            f"({t}.other in (select other from other where list || '=' || code in {{}})"
            f" or ({t}.other = '' and 'none' in {{}}))",
            "of this further dimension, as list=code; none: not broken down further",
            "other",
        ),
        Filter(
            "adjustment",
            f"case {t}.adjustment when '' then 'none' else {t}.adjustment end in {{}}",
            "adjusted for this; none: not adjusted",
            "adjustment",
        ),
        Filter(
            "from",
            f"{t}.period_start >= {{}}",
            "whose period begins on this day, month or year, or later",
            kind="from",
        ),
        Filter(
            "to",
            f"{t}.period_end <= {{}}",
            "whose period ends on this day, month or year, or earlier",
            kind="to",
        ),
    )


OBSERVATIONS = Resource(
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
    _OBSERVATION,
    (
        *filters("o"),
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
            "verification", f"{_VERIFICATION} in {{}}", "verified in this way", "verification"
        ),
    ),
    dataset="o.dataset",
    facts={
        name: f"o.{name}"
        for name in (
            "dataset", "indicator", "scheme", "period_start", "period_end", "sex", "age",
            "adjustment", "comparator", "obs_status",
        )
    },
    keyed="observation as o indexed by observation_key",
    table="observation",
    view="observation_flat",
    query=True,
)  # fmt: skip

_GAP_NUMBERS = {
    "difference": "the group's figure less the reference group's",
    "difference_se": "standard error of the difference",
    "difference_lower": "lower limit of the difference",
    "difference_upper": "upper limit of the difference",
    "ratio": "the group's figure divided by the reference group's",
    "ratio_se": "standard error of the ratio's logarithm",
    "ratio_lower": "lower limit of the ratio",
    "ratio_upper": "upper limit of the ratio",
}
STRATUM = (
    "stratum as s left join indicator as i on i.indicator = s.indicator"
    " left join code_list as l on l.list = s.scheme"
)
STRATUM_KEY = (
    "s.indicator", "s.area", "s.scheme", "s.dimension", "s.period_start", "s.period_end",
    "s.sex", "s.age", "s.other", "s.adjustment", "s.ethnicity", "s.dataset",
)  # fmt: skip
STRATUM_FACTS = {
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
LEVEL = Column("ci_level", "s.ci_level", "number", OBSERVATION["ci_level"].says)

GAPS = Resource(
    "gaps",
    "Each group beside the group it is compared with: absolute and relative together",
    f"gap as g join {STRATUM.replace('stratum as s', 'stratum as s on s.stratum = g.stratum')}",
    (*STRATUM_KEY, "g.ethnicity"),
    (
        *place("s"),
        Column("dimension", "s.dimension", "code", "what the groups are groups of"),
        Column("group", "g.ethnicity", "code", "the group, or the step of an ordered dimension"),
        label(
            "group_label",
            "(select label from code where code = g.ethnicity and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "group",
        ),
        Column("reference", "g.reference", "code", "the group that it is compared with"),
        label(
            "reference_label",
            "(select label from code where code = g.reference and list ="
            " case s.dimension when 'ethnicity' then s.scheme else s.dimension end)",
            "reference",
        ),
        *dimensions("s"),
        *adjustment("s"),
        *unit("of the indicator, and so of the difference"),
        *(Column(name, f"g.{name}", "number", says) for name, says in _GAP_NUMBERS.items()),
        LEVEL,
    ),
    (
        *filters("s"),
        Filter(
            "group",
            "(s.scheme, g.ethnicity) in (values {})",
            "of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
    ),
    dataset="s.dataset",
    facts=STRATUM_FACTS,
    table="gap",
    view="gap_flat",
)
