"""The filters that several resources have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from evidencehub.store.resource_model import Filter

ANY_GROUP = (
    "this group: a code from any classification, or scheme:code; a code of hub-facet stands for"
    " all groups under it"
)
_ALL_WITHIN = "this area or any area within it"
_ALL_BELOW = "this group or any group below it in its classification: a code, or scheme:code"
_PERIOD_BOUNDS: tuple[tuple[Literal["from", "to"], str, str], ...] = (
    ("from", "period_start >= {}", "start on or after"),
    ("to", "period_end <= {}", "end on or before"),
)


def build(alias: str, *rows: tuple[str, ...] | Filter) -> tuple[Filter, ...]:
    """Return the filters of the table `alias`: by columns, or as they are.

    A row is a column's name, a description, the code list and the set of values. Without either of
    the last two the values are those of the set that has the column's name.
    """

    def describe(name: str, description: str, codelist: str = "", value_set: str = "") -> Filter:
        value_set = value_set or ("" if codelist else name)
        return Filter(name, f"{alias}.{name} in {{}}", description, value_set, codelist=codelist)

    return tuple(row if isinstance(row, Filter) else describe(*row) for row in rows)


def build_areas(description: str, condition_sql: str) -> tuple[Filter, ...]:
    """Return the filters by an area, by the country that it lies in, and by all within an area.

    `condition_sql` has {} for the areas, `description` for the area in words.
    """
    in_country = condition_sql.format("(select area from area where country in {})")
    return (
        Filter("area", condition_sql, description.format("this country or area"), "area"),
        Filter("country", in_country, description.format("an area in this country"), "country"),
        Filter(
            "within", condition_sql, description.format(_ALL_WITHIN), "area", includes_lower=True
        ),
    )


def build_groups(
    description: str, condition_sql: str, name: str = "ethnicity"
) -> tuple[Filter, Filter]:
    """Return the filters by a group, and by a group with all that are below it.

    `condition_sql` has {} for pairs of a scheme and a code, `description` for the group in words.
    """
    return (
        Filter(name, condition_sql, description.format(ANY_GROUP), "ethnicity"),
        Filter(
            f"{name}_within",
            condition_sql,
            description.format(_ALL_BELOW),
            "ethnicity",
            includes_lower=True,
        ),
    )


def build_contains(alias: str, *columns: str, **sql_by_name: str) -> Iterator[Filter]:
    """Yield filters by a part of the text of columns; `sql_by_name` is for those computed."""
    for name in columns:
        sql = sql_by_name.get(name, f"{alias}.{name}")
        yield Filter(
            f"{name}_contains",
            f"instr(fold_text({sql}), {{}}) > 0",
            f"whose {name} contains this text, in any case and with or without accents",
            filter_type="part",
        )


def build_subjects(record_type: str, key_sql: str) -> tuple[Filter, ...]:
    return tuple(
        Filter(
            code_list,
            f"{key_sql} in (select id from subject"
            f" where kind = '{record_type}' and list = '{code_list}' and code in {{}})",
            f"in this {code_list}",
            codelist=code_list,
        )
        for code_list in ("workstream", "topic")
    )


def build_search(record_type: str, key_sql: str) -> Filter:
    sql = (
        f"{key_sql} in (select id from search_match"
        f" where query = {{}} and kind = '{record_type}' and has_all_words)"
    )
    description = (
        "that the search finds by all of these words, or by words for them: `search_words` in the"
        " answer says what else was looked for"
    )
    return Filter("q", sql, description, filter_type="text")


def build_date_bound(name: Literal["from", "to"], sql: str, description: str) -> Filter:
    """Return a filter by a date that may be only a year or a month: compared to that precision."""
    condition = f"{sql} {'>=' if name == 'from' else '<='} substr({{}}, 1, length({sql}))"
    return Filter(name, condition, description, filter_type=name)


def _build_period_bounds(sql: str, description: str, precision: str = "date") -> Iterator[Filter]:
    """Yield filters by the ends of periods; `sql` has the comparison as {}."""
    for name, comparison, verb in _PERIOD_BOUNDS:
        text = f"{description} periods that {verb} this {precision}"
        yield Filter(name, sql.format(comparison), text, filter_type=name)


def build_coverage(column: str, key_sql: str) -> tuple[Filter, ...]:
    """Return filters by what the values of a dataset or an indicator cover."""
    sql = f"{key_sql} in (select {column} from observation where {{}})"
    scheme = "with observations in this ethnic classification"
    return (
        *build_areas("with observations for {}", sql.format("area in {}")),
        Filter("scheme", sql.format("scheme in {}"), scheme, "classification"),
        *build_groups("with observations for {}", sql.format("(scheme, ethnicity) in (values {})")),
        *_build_period_bounds(sql, "with observations for"),
    )


def build_values(alias: str) -> tuple[Filter, ...]:
    """Return the filters of every resource with values."""
    family_sql = f"{alias}.indicator in (select indicator from indicator where family in {{}})"
    family_description = (
        "for indicators in this family, which measure the same thing in several countries"
    )
    other_sql = (
        f"({alias}.other in (select other from observation_dimension"
        f" where list || '=' || code in {{}}) or ({alias}.other = '' and 'none' in {{}}))"
    )
    other_description = (
        "in this category of another dimension, as list=code; none: no further breakdown"
    )
    return build(
        alias,
        ("dataset", "from this dataset"),
        build_origin(alias),
        ("indicator", "for this indicator"),
        Filter("family", family_sql, family_description, codelist="family"),
        *build_areas("for {}", f"{alias}.area in {{}}"),
        ("scheme", "in this ethnic classification", "", "classification"),
        ("sex", "for this sex; _T is all sexes together"),
        ("age", "for this age group; _T is all ages"),
        Filter(
            "age_within",
            f"{alias}.age in {{}}",
            "for this age group or any that lies within it: 18+ has 18-24 and 65+ in it",
            "age",
            includes_lower=True,
        ),
        Filter("other", other_sql, other_description, "other"),
        build_optional(alias, "adjustment", "adjusted for this; none: unadjusted"),
        *build_quality(alias),
        *_build_period_bounds(f"{alias}.{{}}", "for", "day, month or year"),
    )


def build_quality(alias: str) -> Iterator[Filter]:
    """Yield filters by how ethnicity is known in an indicator, whose id the table has."""
    sql = f"{alias}.indicator in (select indicator from indicator where {{}})"
    yield Filter(
        "ethnicity_known_from",
        sql.format("ethnicity_known >= {}"),
        "for indicators in which the ethnicity of at least this percentage is known",
        filter_type="at_least",
    )
    yield Filter(
        "same_source",
        sql.format("same_source in {}"),
        "for indicators whose numerator and denominator have ethnicity from one source, or not",
        codelist="same-source",
    )
    yield Filter(
        "ethnicity_recording",
        sql.format("ethnicity_recording in {}"),
        "for indicators in which ethnicity was recorded in this way",
        codelist="ethnicity-recording",
    )


def build_licence_basis(name: str, sql: str) -> Filter:
    """Return the filter by the ground on which the figures of a source are used."""
    text = "whose source may be used on this ground"
    return Filter(name, f"{sql} in {{}}", text, "licence_basis")


def build_origin(alias: str) -> Filter:
    """Return the filter by the partner that a dataset was taken from; `none` for the hub's own."""
    condition = "select dataset from dataset where coalesce(origin, 'none') in {}"
    text = "from a dataset that was taken from this partner; none: from the hub's own"
    return Filter("origin", f"{alias}.dataset in ({condition})", text, "origin")


def build_optional(alias: str, name: str, description: str) -> Filter:
    """Return a filter by a column that may be empty, for which the value is `none`."""
    column = f"{alias}.{name}"
    sql = f"case {column} when '' then 'none' else {column} end in {{}}"
    return Filter(name, sql, description, name)
