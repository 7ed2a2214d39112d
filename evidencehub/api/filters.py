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
            f"of this {code_list}",
            codelist=code_list,
        )
        for code_list in ("workstream", "topic")
    )


def build_search_filter(record_type: str, key_sql: str) -> Filter:
    return Filter(
        "q",
        f"{key_sql} in (select id from search where kind = '{record_type}' and search match {{}})",
        "with all of these words, in any form that English has for them",
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
            "with figures of this area",
            "area",
        ),
        Filter(
            "scheme",
            f"{key_sql} in (select {column} from observation where scheme in {{}})",
            "with figures in this ethnic classification",
            "scheme",
        ),
        Filter(
            "ethnicity",
            f"{key_sql} in (select {column} from observation"
            " where (scheme, ethnicity) in (values {}))",
            "with figures of this group: a code of any classification, or scheme:code",
            "ethnicity",
        ),
        Filter(
            "from",
            f"{key_sql} in (select {column} from observation where period_start >= {{}})",
            "with figures of periods that begin then or later",
            filter_type="from",
        ),
        Filter(
            "to",
            f"{key_sql} in (select {column} from observation where period_end <= {{}})",
            "with figures of periods that end then or earlier",
            filter_type="to",
        ),
    )


def build_value_filters(alias: str) -> tuple[Filter, ...]:
    """Return the filters of every resource with values."""
    return (
        Filter("dataset", f"{alias}.dataset in {{}}", "published in this dataset", "dataset"),
        Filter("indicator", f"{alias}.indicator in {{}}", "of this indicator", "indicator"),
        Filter(
            "family",
            f"{alias}.indicator in (select indicator from indicator where family in {{}})",
            "of indicators of this family: what measures the same thing in several countries",
            codelist="family",
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
