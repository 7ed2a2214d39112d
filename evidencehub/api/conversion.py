"""`convert=`: figures carried over into another classification, or the reasons why that cannot be.

A conversion is an answer to one question and is never stored. Whole tables go in, so that a
hidden figure is seen to be hidden; groups are chosen afterwards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evidencehub.api import cursor
from evidencehub.api.query_parameters import parse_query
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.crosswalk.mappability import Classification, CodeMapping
from evidencehub.http.parameters import (
    build_repeated_parameter_problem,
    shorten_value,
    suggest_names,
)
from evidencehub.http.problem_details import HttpError, RequestProblem
from evidencehub.store import query_sql
from evidencehub.store.database import HubDatabase, Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ResourceColumn

if TYPE_CHECKING:
    from evidencehub.crosswalk.row_adapter import ConvertedRows

TOP_LEVEL_TARGET = "headings"
MAX_CONVERTED_ROWS = 20_000  # rows that go into one conversion
INCOMPATIBLE_FILTERS = ("obs_status", "verification", "comparator")
"""Filters that would take rows out of a table, so that what is hidden would look absent."""
ORIGIN_COLUMNS = (
    ResourceColumn(
        "from_scheme", "", "code", "the classification in which the value was published"
    ),
    ResourceColumn(
        "from_codes",
        "",
        "text",
        "codes of the categories that were combined, separated by semicolons",
    ),
)
ExecuteSql = Callable[..., list[Row]]


@dataclass(frozen=True)
class ConversionData:
    """What is needed to convert: classifications and how their groups relate."""

    schemes: Mapping[str, Classification]
    crosswalks: Mapping[tuple[str, str], Sequence[CodeMapping]]


def read_conversion_data(database: HubDatabase) -> ConversionData:
    """The classifications and crosswalks of a build."""
    parents: dict[str, dict[str, str]] = defaultdict(dict)
    residual: dict[str, set[str]] = defaultdict(set)
    for code_list, code, parent, is_residual in database.fetch_all(
        "select list, code, coalesce(parent, ''), residual from code join code_list using (list)"
        " where kind in ('ethnicity', 'facet') order by list, sort_order, code"
    ):
        parents[code_list][code] = parent
        if is_residual:
            residual[code_list].add(code)
    schemes = {
        name: Classification(
            name,
            parents[name],
            frozenset(residual[name]),
            counting_basis,
            jurisdiction,
            kind == "facet",
        )
        for name, counting_basis, jurisdiction, kind in database.fetch_all(
            "select list, coalesce(counting_basis, ''), coalesce(jurisdiction, ''), kind"
            " from code_list where kind in ('ethnicity', 'facet')"
        )
    }
    crosswalks: dict[tuple[str, str], list[CodeMapping]] = defaultdict(list)
    for source, target, code, to_code, relation in database.fetch_all(
        "select from_scheme, to_scheme, from_code, coalesce(to_code, ''), relation from crosswalk"
    ):
        crosswalks[source, target].append(CodeMapping(code, to_code, relation))
    return ConversionData(schemes, crosswalks)


@dataclass(frozen=True)
class ConversionQuery:
    """A question with its conversion: what to read, what to convert to, what to keep of it."""

    table_query: LogicalQuery
    page_query: LogicalQuery
    target_scheme: str
    kept_groups: frozenset[tuple[str, str]]  # a classification, empty for any, and a code


def parse_conversion_query(
    params: Sequence[tuple[str, str]], reference_data: ReferenceData, *, streamed: bool
) -> ConversionQuery:
    """Return the query with `convert` in it; raise HttpError with every problem.

    The status is 409 where all is understood and does not go together, else 400.
    """
    targets = [value for name, value in params if name == "convert"]
    other_params = [(name, value) for name, value in params if name != "convert"]
    problems = _find_problems(targets, other_params, reference_data)
    try:
        page_query = parse_query(
            OBSERVATIONS, other_params, reference_data, all_rows=streamed, cursor_variant=targets[0]
        )
    except HttpError as error:
        raise HttpError(error.status, [*problems, *error.problems]) from None
    if problems:
        only_incompatible = all(problem.code == "not-with-convert" for problem in problems)
        raise HttpError(409 if only_incompatible else 400, problems)
    table_params = [
        (name, value)
        for name, value in other_params
        if name in OBSERVATIONS.filters_by_name and name != "ethnicity"
    ]
    table_query = parse_query(OBSERVATIONS, table_params, reference_data, all_rows=True)
    group_keys = (
        ("", value)
        if value in reference_data.schemes_by_group
        else (value.partition(":")[0], value.partition(":")[2])
        for value in page_query.filter_values.get("ethnicity", ())
    )
    return ConversionQuery(table_query, page_query, targets[0], frozenset(group_keys))


def _find_problems(
    targets: Sequence[str], other_params: Sequence[tuple[str, str]], reference_data: ReferenceData
) -> list[RequestProblem]:
    valid_targets = [*reference_data.value_sets["scheme"], TOP_LEVEL_TARGET]
    problems = []
    if len(targets) > 1:
        problems.append(build_repeated_parameter_problem("convert", len(targets)))
    for value in targets[:1]:
        if value not in valid_targets:
            suggestions = suggest_names(value, valid_targets, 3)
            text = (
                f"“{shorten_value(value)}” is not a classification. Use a code from "
                f"/api/v1/codes?kind=ethnicity, or {TOP_LEVEL_TARGET} for the top-level "
                "categories of each classification."
            )
            problems.append(RequestProblem("unknown-value", text, "convert", suggestions))
    problems += [
        RequestProblem(
            "not-with-convert",
            (
                "`convert` needs complete tables and cannot "
                "be combined with this filter. Remove the "
                "filter."
            ),
            name,
        )
        for name in dict.fromkeys(name for name, _ in other_params if name in INCOMPATIBLE_FILTERS)
    ]
    return problems


def convert_observations(
    conversion: ConversionQuery,
    execute: ExecuteSql,
    reference_data: ReferenceData,
    conversion_data: ConversionData,
) -> ConvertedRows:
    """The converted rows that are asked for, in the order that is asked for.

    Raise HttpError (409) with every obstacle if there is no conversion, and if more
    rows would have to be converted than one answer is made for.
    """
    # imported here: pandas takes half a second and much memory, and few ask for a conversion
    from evidencehub.crosswalk import row_adapter
    from evidencehub.crosswalk.aggregate import IndicatorMetadata

    total = execute(*query_sql.compile_count(conversion.table_query, reference_data))[0][0]
    if total > MAX_CONVERTED_ROWS:
        text = (
            f"This would convert {total} observations, and the maximum is "
            f"{MAX_CONVERTED_ROWS}. Add filters."
        )
        raise HttpError(409, [RequestProblem("too-much-to-convert", text, "convert")])
    names = [column.name for column in conversion.table_query.columns]
    sql, bindings = query_sql.compile_cells(
        conversion.table_query, total, reference_data, join_lists=False
    )
    observations = [dict(zip(names, row, strict=True)) for row in execute(sql, bindings)]
    if not observations:
        return row_adapter.ConvertedRows([], [], {}, [])
    measures = {
        name: IndicatorMetadata(
            outcome["value_type"],
            outcome["scale"],
            outcome["standardisation"] or "",
            outcome["ci_level"],
        )
        for name, outcome in reference_data.indicators.items()
    }
    outcome = row_adapter.convert_rows(
        observations,
        conversion.target_scheme,
        schemes=conversion_data.schemes,
        crosswalks=conversion_data.crosswalks,
        indicators=measures,
    )
    if not isinstance(outcome, row_adapter.ConvertedRows):
        problems = [
            RequestProblem("not-convertible", refusal.message, "convert", refusal.names)
            for refusal in outcome
        ]
        raise HttpError(409, problems)
    kept_rows = [
        _add_labels(row, reference_data) for row in outcome.rows if _is_kept_group(row, conversion)
    ]
    gaps = [
        _add_labels(row, reference_data)
        for row in outcome.unavailable
        if _is_kept_group(row, conversion)
    ]
    return replace(outcome, rows=_sort_rows(kept_rows, conversion.page_query), unavailable=gaps)


def _is_kept_group(row: Mapping[str, Any], conversion: ConversionQuery) -> bool:
    group_keys = {("", row["ethnicity"]), (row["scheme"], row["ethnicity"])}
    return not conversion.kept_groups or not conversion.kept_groups.isdisjoint(group_keys)


def _add_labels(row: Mapping[str, Any], reference_data: ReferenceData) -> dict[str, Any]:
    """A row with the names of its new group and classification."""
    group = f"{row['scheme']}:{row['ethnicity']}"
    return {
        **row,
        "ethnicity_label": reference_data.value_sets["ethnicity"].get(group),
        "scheme_title": reference_data.value_sets["scheme"].get(row["scheme"]),
    }


def _sort_rows(rows: list[dict[str, Any]], query: LogicalQuery) -> list[dict[str, Any]]:
    """The rows in the order of `sort`, those without a value last."""
    for column, descending in reversed(query.sort_order):
        name = column.name
        with_value = [row for row in rows if row[name] is not None]
        without_value = [row for row in rows if row[name] is None]
        rows = sorted(with_value, key=lambda row: row[name], reverse=descending) + without_value
    return rows


def list_columns(conversion: ConversionQuery) -> list[ResourceColumn]:
    """The columns of the answer: those that were asked for, and where each figure is from."""
    return [*conversion.page_query.columns, *ORIGIN_COLUMNS]


def build_json_row(row: Mapping[str, Any], columns: Sequence[ResourceColumn]) -> dict[str, Any]:
    """The columns of a row that are shown, objects read from their text."""
    values = {column.name: row[column.name] for column in columns}
    objects = [c.name for c in columns if c.column_type == "object" and values[c.name] is not None]
    return values | {name: json.loads(values[name]) for name in objects}


def _parse_offset(position: Sequence[Any] | None) -> int:
    return position[0] if position and isinstance(position[0], int) and position[0] > 0 else 0


def slice_page(
    conversion: ConversionQuery, rows: Sequence[Any], reference_data: ReferenceData
) -> tuple[Sequence[Any], str]:
    """The rows of the page that is asked for, and the cursor of the next, empty for none."""
    start = _parse_offset(conversion.page_query.cursor_position)
    limit = conversion.page_query.limit or len(rows)
    end = start + limit
    has_more = end < len(rows)
    next_cursor = (
        cursor.encode_cursor([end], conversion.page_query.digest, reference_data.edition)
        if has_more
        else ""
    )
    return rows[start:end], next_cursor
