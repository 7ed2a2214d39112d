"""`convert=`: figures carried over into another classification, or the reasons why that cannot be.

A conversion is an answer to one question and is never stored. Whole tables go in, so that a
hidden figure is seen to be hidden; groups are chosen afterwards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evidencehub.api import cursor
from evidencehub.api.conversion_question import (
    TOP_LEVEL_TARGET,
    ConversionData,
    build_indicator_metadata,
    build_obstacle_problem,
    judge_question,
    read_published_tables,
)
from evidencehub.api.query_parameters import parse_query
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.crosswalk.comparability_periods import (
    CategoryPeriod,
    UnsharedPeriods,
    find_unshared_periods,
)
from evidencehub.domain.row_identity import OBSERVATION_ID_COLUMNS, build_row_id
from evidencehub.domain.status import SERIES_BREAK, is_secondary_source
from evidencehub.http.parameters import (
    build_repeated_parameter_problem,
    group_params,
    shorten_value,
    suggest_names,
)
from evidencehub.http.problem_details import HttpError, RequestProblem, make_problem
from evidencehub.store import query_sql
from evidencehub.store.answer_summary import ExecuteSql, digest_facts
from evidencehub.store.comparability_verdicts import STRATUM_FACTS
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.near_rows import NearRows, find_near_rows
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.resource_model import ResourceColumn

if TYPE_CHECKING:
    from evidencehub.crosswalk.row_adapter import ConvertedRows

MAX_CONVERTED_ROWS = 20_000  # rows that go into one conversion
QUESTION_FILTERS = ("dataset", "origin", "indicator", "family", "scheme", "adjustment")
"""Filters that say what is asked; whether it can be converted does not depend on the others."""
TABLE_FILTERS = frozenset(
    (
        *QUESTION_FILTERS,
        *("area", "country", "within", "sex", "age", "age_within", "other", "from", "to"),
        *("ethnicity_known_from", "same_source", "ethnicity_recording", "indicator_title_contains"),
    )
)
"""Filters that select whole tables; `ethnicity` chooses among what they are converted to."""
INCOMPATIBLE_PARAMETERS = OBSERVATIONS.filters_by_name.keys() - TABLE_FILTERS - {"ethnicity"} | {
    "group_by"
}
"""Those that would take rows out of a table, so that what is hidden would look absent."""
_FROM_CODES = "codes of the categories that were combined, separated by semicolons"
ORIGIN_COLUMNS = (
    ResourceColumn(
        "from_scheme", "", "code", "the classification in which the value was published"
    ),
    ResourceColumn("from_codes", "", "text", _FROM_CODES),
)
_CONVERTED = replace(OBSERVATIONS, columns=(*OBSERVATIONS.columns, *ORIGIN_COLUMNS))


@dataclass(frozen=True)
class ConversionQuery:
    """A question with its conversion: what to read, what to convert to, what to keep of it.

    `question_query` has the filters only that say what is asked, and not for which area or period.
    """

    table_query: LogicalQuery
    question_query: LogicalQuery
    page_query: LogicalQuery
    target_scheme: str
    kept_groups: frozenset[tuple[str, str]]  # a classification, empty for any, and a code


def parse_conversion_query(
    params: Sequence[tuple[str, str]], reference_data: ReferenceData, *, streamed: bool
) -> ConversionQuery:
    """Return the query with `convert` in it; raise HttpError with every problem.

    The status is 409 where all is understood and does not go together, else 400.
    """
    values_by_name = group_params(params)
    targets = values_by_name.pop("convert")
    other_params = [(name, value) for name, value in params if name != "convert"]
    problems = _find_problems(targets, values_by_name, reference_data)
    try:
        page_query = parse_query(
            _CONVERTED, other_params, reference_data, all_rows=streamed, cursor_variant=targets[0]
        )
    except HttpError as error:
        raise HttpError(error.status, [*problems, *error.problems]) from None
    if problems:
        only_incompatible = all(problem.code == "not-with-convert" for problem in problems)
        raise HttpError(409 if only_incompatible else 400, problems)
    groups = page_query.filter_values.get("ethnicity", ())
    table_query, question_query = (
        _parse_filters(other_params, names, reference_data)
        for names in (TABLE_FILTERS, QUESTION_FILTERS)
    )
    kept_groups = frozenset(_split_group(value, reference_data) for value in groups)
    return ConversionQuery(table_query, question_query, page_query, targets[0], kept_groups)


def _parse_filters(
    params: Sequence[tuple[str, str]], names: Collection[str], reference_data: ReferenceData
) -> LogicalQuery:
    """Return the query with these filters only, for all rows."""
    selected = [pair for pair in params if pair[0] in names]
    return parse_query(OBSERVATIONS, selected, reference_data, all_rows=True)


def _split_group(value: str, reference_data: ReferenceData) -> tuple[str, str]:
    """Return the classification of a group, empty for any, and its code."""
    if value in reference_data.schemes_by_group:
        return "", value
    scheme, _, code = value.partition(":")
    return scheme, code


def _find_problems(
    targets: Sequence[str], filter_names: Collection[str], reference_data: ReferenceData
) -> list[RequestProblem]:
    target, valid_targets = targets[0], [*reference_data.value_sets["scheme"], TOP_LEVEL_TARGET]
    problems = []
    if len(targets) > 1:
        problems.append(build_repeated_parameter_problem("convert", len(targets)))
    if target not in valid_targets:
        problems.append(
            make_problem(
                "api/unknown-value/classification",
                "convert",
                suggest_names(target, valid_targets, 3),
                value=shorten_value(target),
                top_level=TOP_LEVEL_TARGET,
            )
        )
    return problems + [
        make_problem("api/not-with-convert", name)
        for name in filter_names
        if name in INCOMPATIBLE_PARAMETERS
    ]


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

    count = _count_rows(conversion.table_query, execute, reference_data)
    problems = judge_question(
        conversion.target_scheme,
        conversion.kept_groups,
        read_published_tables(conversion.question_query, execute, reference_data),
        reference_data,
        conversion_data,
    )
    if problems:
        raise HttpError(409, problems)
    observations = _read_table(conversion.table_query, count, execute, reference_data)
    if not observations:
        return row_adapter.ConvertedRows([], [], {}, [])
    result = row_adapter.convert_rows(
        observations,
        conversion.target_scheme,
        schemes=conversion_data.schemes,
        crosswalks=conversion_data.crosswalks,
        indicators=build_indicator_metadata(reference_data),
    )
    if not isinstance(result, row_adapter.ConvertedRows):
        raise HttpError(409, [build_obstacle_problem(obstacle) for obstacle in result])
    rows, unavailable = (
        [_add_labels(row, reference_data) for row in rows if _is_kept_group(row, conversion)]
        for rows in (result.rows, result.unavailable)
    )
    rows, unavailable = _keep_newest(rows, unavailable, conversion.page_query.last_periods)
    return replace(result, rows=_sort_rows(rows, conversion.page_query), unavailable=unavailable)


def _keep_newest(
    rows: list[dict[str, Any]], unavailable: list[dict[str, Any]], last_periods: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the newest periods of each converted series, all if 0 are wanted.

    A category that could not be made in a period counts as one of its series.
    """
    if not last_periods:
        return rows, unavailable
    periods: dict[tuple[Any, ...], set[tuple[str, str]]] = defaultdict(set)
    for row in (*rows, *unavailable):
        periods[_get_series(row)].add((row["period_end"], row["period_start"]))
    newest = {series: sorted(ends)[-last_periods:] for series, ends in periods.items()}
    kept_rows, kept_unavailable = (
        [
            row
            for row in rows_of_kind
            if (row["period_end"], row["period_start"]) in newest[_get_series(row)]
        ]
        for rows_of_kind in (rows, unavailable)
    )
    return kept_rows, kept_unavailable


_SERIES_COLUMNS = tuple(
    sql.partition(".")[2] for sql in query_sql.list_series_columns(OBSERVATIONS)
)


def _get_series(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) or "" for name in _SERIES_COLUMNS)


def find_near(
    conversion: ConversionQuery,
    result: ConvertedRows,
    execute: ExecuteSql,
    reference_data: ReferenceData,
) -> list[NearRows]:
    """Return which filter leaves nothing to convert, if nothing is."""
    if result.rows or conversion.kept_groups:
        return []
    return find_near_rows(conversion.table_query, execute, reference_data)


def _count_rows(query: LogicalQuery, execute: ExecuteSql, reference_data: ReferenceData) -> int:
    """Return how many rows would be converted; raise HttpError (409) if these are too many."""
    total = int(execute(*query_sql.compile_count(query, reference_data))[0][0])
    if total > MAX_CONVERTED_ROWS:
        params = {"count": total, "max_count": MAX_CONVERTED_ROWS}
        raise HttpError(409, [make_problem("api/too-much-to-convert", "convert", **params)])
    return total


def _read_table(
    query: LogicalQuery, total: int, execute: ExecuteSql, reference_data: ReferenceData
) -> list[dict[str, Any]]:
    names = [column.name for column in query.columns]
    statement = query_sql.compile_cells(query, total, reference_data, join_lists=False)
    return [dict(zip(names, row, strict=True)) for row in execute(*statement)]


def _is_kept_group(row: Mapping[str, Any], conversion: ConversionQuery) -> bool:
    group_keys = {("", row["ethnicity"]), (row["scheme"], row["ethnicity"])}
    return not conversion.kept_groups or not conversion.kept_groups.isdisjoint(group_keys)


def _add_labels(row: Mapping[str, Any], reference_data: ReferenceData) -> dict[str, Any]:
    """A row with its id, the labels of its new codes, and whole numbers in columns of them."""
    group = f"{row['scheme']}:{row['ethnicity']}"
    labels = {
        f"{name}_label": reference_data.code_lists[code_list].get(row[name])
        for name, code_list in _RELABELLED_COLUMNS.items()
    }
    decimals = row["decimals"]
    return {
        **row,
        **labels,
        "id": build_row_id(*(row[name] for name in OBSERVATION_ID_COLUMNS)),
        "decimals": None if decimals is None else int(decimals),
        "derived": row["derived"] or "",  # as in rows that are not converted
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


_RELABELLED_COLUMNS = {
    "obs_status": "obs-status",
    "conf_status": "conf-status",
    "verification": "verification",
    "counting_basis": "counting-basis",
}
"""The columns whose codes a conversion may change, with their code lists."""


def list_facts(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the different facts of converted rows by which they are judged."""
    names = (*STRATUM_FACTS, "comparator", "obs_status", "verification")
    combinations = sorted({tuple(row[name] or "" for name in names) for row in rows})
    return [
        {
            **dict(zip(names[:-2], combination, strict=False)),
            "has_break": combination[-2] == SERIES_BREAK,
            "is_secondary_source": is_secondary_source(combination[-1]),
        }
        for combination in combinations
    ]


def list_unshared_periods(rows: Sequence[Mapping[str, Any]]) -> Iterator[UnsharedPeriods]:
    """Yield the indicators whose converted groups, or areas, have no period in common."""
    with_value = [row for row in rows if row["value"] is not None]
    for dimension, column in (("group", "ethnicity"), ("area", "area")):
        yield from find_unshared_periods(
            (
                CategoryPeriod(
                    row["indicator"], row[column], row["period_start"], row["period_end"]
                )
                for row in with_value
            ),
            dimension,
        )


def list_columns(conversion: ConversionQuery) -> list[ResourceColumn]:
    """The columns of the answer: those that were asked for, and where each figure is from."""
    return list(dict.fromkeys([*conversion.page_query.columns, *ORIGIN_COLUMNS]))


def build_json_row(row: Mapping[str, Any], columns: Sequence[ResourceColumn]) -> dict[str, Any]:
    """The columns of a row that are shown, objects read from their text."""
    values = {column.name: row[column.name] for column in columns}
    objects = [c.name for c in columns if c.column_type == "object" and values[c.name] is not None]
    return values | {name: json.loads(values[name]) for name in objects}


def slice_page(conversion: ConversionQuery, rows: Sequence[Any]) -> tuple[Sequence[Any], str]:
    """The rows of the page that is asked for, and the cursor of the next, empty for none.

    Raise HttpError (410) for a cursor of an answer that has changed.
    """
    query = conversion.page_query
    (position,) = query.cursor_position or (0,)
    start = max(position, 0) if isinstance(position, int) else 0
    end = start + (query.limit or len(rows))
    has_more = end < len(rows)
    origin = digest_facts(rows) if has_more or query.cursor_position is not None else ""
    cursor.require_current(query, origin)
    next_cursor = cursor.encode_cursor([end], query.digest, origin) if has_more else ""
    return rows[start:end], next_cursor
