"""The filters that several resources have."""

from __future__ import annotations

from typing import Literal

from evidencehub.store.resource_model import Filter


def build_subject_filters(record_type: str, key_sql: str) -> tuple[Filter, ...]:
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


def build_search_filter(record_type: str, key_sql: str) -> Filter:
    return Filter(
        "q",
        f"{key_sql} in (select id from search where kind = '{record_type}' and search match {{}})",
        "that contain all of these words; full-text search with English stemming",
        filter_type="text",
    )


def build_date_filter(name: Literal["from", "to"], sql: str, description: str) -> Filter:
    """Return a filter by a date that may be only a year or a month: compared to that precision."""
    operator = ">=" if name == "from" else "<="
    return Filter(
        name, f"{sql} {operator} substr({{}}, 1, length({sql}))", description, filter_type=name
    )


def build_coverage_filters(column: str, key_sql: str) -> tuple[Filter, ...]:
    """Return filters by what the values of a dataset or an indicator cover."""
    return (
        Filter(
            "area",
            f"{key_sql} in (select {column} from observation where area in {{}})",
            "with observations for this area",
            "area",
        ),
        Filter(
            "scheme",
            f"{key_sql} in (select {column} from observation where scheme in {{}})",
            "with observations in this ethnic classification",
            "scheme",
        ),
        Filter(
            "ethnicity",
            f"{key_sql} in (select {column} from observation"
            " where (scheme, ethnicity) in (values {}))",
            "with observations for this group: a code from any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "from",
            f"{key_sql} in (select {column} from observation where period_start >= {{}})",
            "with observations for periods that start on or after this date",
            filter_type="from",
        ),
        Filter(
            "to",
            f"{key_sql} in (select {column} from observation where period_end <= {{}})",
            "with observations for periods that end on or before this date",
            filter_type="to",
        ),
    )


def build_value_filters(alias: str) -> tuple[Filter, ...]:
    """Return the filters of every resource with values."""
    return (
        Filter("dataset", f"{alias}.dataset in {{}}", "from this dataset", "dataset"),
        Filter("indicator", f"{alias}.indicator in {{}}", "for this indicator", "indicator"),
        Filter(
            "family",
            f"{alias}.indicator in (select indicator from indicator where family in {{}})",
            "for indicators in this family, which measure the same thing in several countries",
            codelist="family",
        ),
        Filter("area", f"{alias}.area in {{}}", "for this country or area", "area"),
        Filter("scheme", f"{alias}.scheme in {{}}", "in this ethnic classification", "scheme"),
        Filter("sex", f"{alias}.sex in {{}}", "for this sex; _T is all sexes together", "sex"),
        Filter("age", f"{alias}.age in {{}}", "for this age group; _T is all ages", "age"),
        Filter(
            "other",
            f"({alias}.other in (select other from observation_dimension"
            " where list || '=' || code in {})"
            f" or ({alias}.other = '' and 'none' in {{}}))",
            "in this category of another dimension, as list=code; none: no further breakdown",
            "other",
        ),
        Filter(
            "adjustment",
            f"case {alias}.adjustment when '' then 'none' else {alias}.adjustment end in {{}}",
            "adjusted for this; none: unadjusted",
            "adjustment",
        ),
        Filter(
            "from",
            f"{alias}.period_start >= {{}}",
            "for periods that start on or after this day, month or year",
            filter_type="from",
        ),
        Filter(
            "to",
            f"{alias}.period_end <= {{}}",
            "for periods that end on or before this day, month or year",
            filter_type="to",
        ),
    )
