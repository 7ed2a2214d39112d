"""What is true of an answer as a whole, whatever its page and format: rows, releases, verdict."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidencehub.crosswalk.comparability_facts import Comparability
from evidencehub.crosswalk.comparability_periods import (
    CategoryPeriod,
    UnsharedPeriods,
    find_unshared_periods,
)
from evidencehub.store import query_sql
from evidencehub.store.comparability_verdicts import (
    MAX_ASSESSED_ROWS,
    MAX_COMPARED_COMBINATIONS,
    assess_combinations,
    refuse_too_large,
)
from evidencehub.store.database import Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.near_rows import NearRows, find_near_rows
from evidencehub.store.reference_data import ReferenceData
from evidencehub.store.search_matches import SearchMatches, match_pages

MAX_CATEGORY_PERIODS = 20_000
"""Combinations of an indicator, a group or an area, and a period that are looked at."""
ExecuteSql = Callable[..., list[Row]]
SEARCH_FILTER = "q"
"""The filter of every resource whose value is a search."""


@dataclass(frozen=True)
class AnswerSummary:
    """An answer as a whole.

    `datasets` are those that the rows are of. `comparability` is None if the resource has no
    values to compare, or the answer has no rows. `excluded_rows` is the number of synthetic rows
    that match and are left out because nobody named their dataset. `search` is how the words of a
    search were read, if the query has one. `near` says which filter to drop or to change where
    there are no rows. `indicators` are those that the rows are of, None if they are of none or too
    many to list.
    """

    total: int
    datasets: Sequence[str]
    comparability: Comparability | None
    excluded_rows: int = 0
    indicators: Collection[str] | None = None
    search: SearchMatches | None = None
    near: Sequence[NearRows] = ()


def summarise_answer(
    query: LogicalQuery, execute: ExecuteSql, reference_data: ReferenceData
) -> AnswerSummary:
    """Return the summary of all rows that match a query, whatever its limit and cursor."""
    summary = _summarise_rows(query, execute, reference_data)
    words = query.filter_values.get(SEARCH_FILTER)
    return replace(summary, search=match_pages(execute, words[0])) if words else summary


def _summarise_rows(
    query: LogicalQuery, execute: ExecuteSql, reference_data: ReferenceData
) -> AnswerSummary:
    total = query.total
    if total is None:
        total = int(str(execute(*query_sql.compile_count(query, reference_data))[0][0]))
    row_query = query.source_query or query
    excluded_rows = count_excluded_rows(row_query, execute, reference_data)
    if not total or not query.resource.comparison_subject:
        datasets = _list_datasets(row_query, execute, reference_data) if total else []
        near = () if total else find_near_rows(row_query, execute, reference_data)
        return AnswerSummary(total, datasets, None, excluded_rows, near=near)
    combinations = _read_combinations(query, total, execute, reference_data)
    if combinations is None:
        datasets = _list_datasets(query, execute, reference_data)
        return AnswerSummary(total, datasets, refuse_too_large(), excluded_rows)
    comparability = assess_combinations(
        query.resource.comparison_subject,
        combinations,
        reference_data,
        _find_unshared(query, combinations, execute, reference_data),
    )
    datasets = sorted({combination["dataset"] for combination in combinations})
    indicators = {combination["indicator"] for combination in combinations}
    return AnswerSummary(total, datasets, comparability, excluded_rows, indicators)


def compute_origin(
    query: LogicalQuery, summary: AnswerSummary, execute: ExecuteSql, reference_data: ReferenceData
) -> str:
    """Return a short digest of what all rows of a query are made from: releases, and how many.

    Rows that are of no dataset, such as codes, count by their keys.
    """
    facts: list[Any] = [summary.total]
    facts += [reference_data.release_digests.get(name, name) for name in summary.datasets]
    if summary.total and not summary.datasets:
        keys = query_sql.compile_distinct(
            query, query.resource.key_columns, summary.total, reference_data
        )
        facts += sorted(map(repr, execute(*keys)))
    return digest_facts(facts)


def compute_content_origin(
    query: LogicalQuery, summary: AnswerSummary, execute: ExecuteSql, reference_data: ReferenceData
) -> str:
    """Return a short digest of what the cells of all rows of a query are made from.

    Rows of values say what their indicators are called, which the datasets that define these
    decide; other rows may draw on anything in the build.
    """
    if not query.resource.comparison_subject or not summary.datasets:
        return reference_data.build
    origin = compute_origin(query, summary, execute, reference_data)
    definers = _list_definers(summary, reference_data)
    return digest_facts([origin, *(reference_data.release_digests[name] for name in definers)])


def _list_definers(summary: AnswerSummary, reference_data: ReferenceData) -> list[str]:
    """Return the datasets that define the indicators of values; all if these are not known."""
    indicators = summary.indicators
    if indicators is None:
        pairs = [pair for pair in reference_data.value_sources if pair[0] in summary.datasets]
        if {name for name, _ in pairs} != set(summary.datasets):
            return sorted(reference_data.release_digests)
        indicators = {indicator for _, indicator in pairs}
    return sorted({str(reference_data.indicators[name]["dataset"]) for name in indicators})


def digest_facts(facts: Sequence[Any]) -> str:
    """Return a short digest of facts that can be written as JSON."""
    text = json.dumps(facts, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def count_excluded_rows(
    query: LogicalQuery, execute: ExecuteSql, reference_data: ReferenceData
) -> int:
    """Return how many synthetic rows match and are left out because nobody named them."""
    if not query.exclusion:
        return 0
    if query.excluded_total is not None:
        return query.excluded_total
    rows = execute(*query_sql.compile_excluded_count(query, reference_data))
    return int(str(rows[0][0]))


def _list_datasets(
    query: LogicalQuery, execute: ExecuteSql, reference_data: ReferenceData
) -> list[str]:
    """Return the datasets of a query's rows, in order; none where rows are of no dataset."""
    dataset_sql = query.resource.comparability_sql.get("dataset")
    if dataset_sql is None:
        return []
    max_datasets = len(reference_data.datasets) + 1
    rows = execute(*query_sql.compile_distinct(query, [dataset_sql], max_datasets, reference_data))
    return sorted(name for (name,) in rows if name)


def _read_combinations(
    query: LogicalQuery, total: int, execute: ExecuteSql, reference_data: ReferenceData
) -> list[Mapping[str, Any]] | None:
    """Return the different facts of a query's rows; None if there are too many to assess."""
    if total > MAX_ASSESSED_ROWS:
        return None
    combinations = query.compared_facts
    if combinations is None:
        sql_by_name = query.resource.comparability_sql
        statement = query_sql.compile_distinct(
            query, list(sql_by_name.values()), MAX_COMPARED_COMBINATIONS, reference_data
        )
        combinations = [dict(zip(sql_by_name, row, strict=True)) for row in execute(*statement)]
    return None if len(combinations) > MAX_COMPARED_COMBINATIONS else list(combinations)


def _find_unshared(
    query: LogicalQuery,
    combinations: Sequence[Mapping[str, Any]],
    execute: ExecuteSql,
    reference_data: ReferenceData,
) -> Iterator[UnsharedPeriods]:
    """Yield the indicators whose groups, or areas, have no period in common.

    Only an indicator of several periods can have none in common. If there are too many
    categories to look at, each of these indicators is said not to be assessed.
    """
    spans: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for item in combinations:
        spans[item["indicator"]].add((item["period_start"], item["period_end"]))
    indicators = [name for name, periods in spans.items() if len(periods) > 1]
    if not indicators:
        return
    facts = query.resource.comparability_sql
    conditions = [query.resource.value_condition] if query.resource.value_condition else []
    for dimension, category_sql in query.resource.category_sql.items():
        columns = [facts["indicator"], category_sql, facts["period_start"], facts["period_end"]]
        rows = execute(
            *query_sql.compile_distinct(
                query, columns, MAX_CATEGORY_PERIODS, reference_data, *conditions
            )
        )
        if len(rows) > MAX_CATEGORY_PERIODS:
            yield from (UnsharedPeriods(name, dimension) for name in indicators)
        else:
            yield from find_unshared_periods(map(CategoryPeriod._make, rows), dimension)
