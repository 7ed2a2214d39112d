"""Whether a question can be converted, from what it asks for and not from the rows it finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.crosswalk.convertibility import IndicatorMetadata, PublishedTables, list_obstacles
from evidencehub.crosswalk.mappability import Classification, CodeMapping, Obstacle
from evidencehub.domain.status import TOTAL
from evidencehub.http.problem_details import HttpError, RequestProblem, make_problem
from evidencehub.store import query_sql
from evidencehub.store.database import HubDatabase, Row
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.reference_data import ReferenceData

TOP_LEVEL_TARGET = "headings"
MAX_QUESTION_COMBINATIONS = 20_000  # groups of indicators that a question may be about
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
        name: Classification(name, parents[name], frozenset(residual[name]), *properties)
        for name, *properties in database.fetch_all(
            "select list, coalesce(counting_basis, ''), coalesce(country, ''),"
            " kind = 'facet' from code_list where kind in ('ethnicity', 'facet')"
        )
    }
    crosswalks: dict[tuple[str, str], list[CodeMapping]] = defaultdict(list)
    for source, target, *mapping in database.fetch_all(
        "select from_scheme, to_scheme, from_code, coalesce(to_code, ''), relation from crosswalk"
    ):
        crosswalks[source, target].append(CodeMapping(*mapping))
    return ConversionData(schemes, crosswalks)


_QUESTION_COLUMNS = (
    "o.indicator", "o.scheme", "o.ethnicity", "o.comparator", "o.adjustment",
    "coalesce(o.counting_basis, '')",
    f"o.ethnicity <> '{TOTAL}' and o.value is not null",
    "o.numerator is not null and o.denominator is not null",
)  # fmt: skip


def read_published_tables(
    query: LogicalQuery, execute: ExecuteSql, reference_data: ReferenceData
) -> list[PublishedTables]:
    """Return what the indicators of a question publish in each of its classifications.

    For an indicator, or a classification, that the question names and that has no row there is a
    table without codes. Raise HttpError (409) if the question is about too much.
    """
    rows = execute(
        *query_sql.compile_distinct(
            query, _QUESTION_COLUMNS, MAX_QUESTION_COMBINATIONS, reference_data
        )
    )
    if len(rows) > MAX_QUESTION_COMBINATIONS:
        raise HttpError(409, [make_problem("api/too-broad-to-convert", "convert")])
    by_table: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_table[row[0], row[1]].append(row)
    tables = [_describe_table(*key, table_rows) for key, table_rows in sorted(by_table.items())]
    return [*tables, *_list_empty_tables(query, by_table)]


def _describe_table(indicator: str, scheme: str, rows: Sequence[Row]) -> PublishedTables:
    codes, comparators, adjustments, bases = (
        frozenset(row[column] for row in rows) for column in (2, 3, 4, 5)
    )
    counts_of_values = [bool(row[7]) for row in rows if row[6]]
    has_counts = any(counts_of_values) or not counts_of_values
    return PublishedTables(
        indicator, scheme, codes - {TOTAL}, comparators, adjustments, bases, has_counts
    )


def _list_empty_tables(
    query: LogicalQuery, by_table: Iterable[tuple[str, str]]
) -> Iterator[PublishedTables]:
    """Yield the indicators and classifications that are named and have no rows together."""
    published = list(by_table)
    named_schemes = query.filter_values.get("scheme", ())
    named_indicators = query.filter_values.get("indicator", ())
    for scheme in sorted({*named_schemes} - {scheme for _, scheme in published}):
        for indicator in sorted({*named_indicators}) or [""]:
            yield PublishedTables(indicator, scheme)


def judge_question(
    target_scheme: str,
    kept_groups: Iterable[tuple[str, str]],
    tables: Sequence[PublishedTables],
    reference_data: ReferenceData,
    conversion_data: ConversionData,
) -> list[RequestProblem]:
    """Return every obstacle to converting what is asked, and the categories that are no target's.

    `kept_groups` are the categories that are asked for: a classification, empty for any, and a
    code. They are chosen from the converted ones.
    """
    target = "" if target_scheme == TOP_LEVEL_TARGET else target_scheme
    schemes = conversion_data.schemes
    obstacles = list_obstacles(
        tables,
        target,
        schemes=schemes,
        crosswalks=conversion_data.crosswalks,
        indicators=build_indicator_metadata(reference_data),
    )
    source_schemes = {table.scheme for table in tables}
    categories = {
        (scheme, code)
        for scheme in ({target} if target else source_schemes)
        for code in _list_categories(schemes[scheme], only_top_level=not target)
    }
    foreign_codes = [
        code
        for scheme, code in sorted(kept_groups)
        if tables and not _is_category(scheme, code, categories)
    ]
    code, params = "api/not-a-target-category", {"target": target_scheme}
    return [
        *map(build_obstacle_problem, obstacles),
        *(make_problem(code, "ethnicity", value=group, **params) for group in foreign_codes),
    ]


def _list_categories(scheme: Classification, *, only_top_level: bool) -> list[str]:
    """Return the codes of a classification, or those that no other holds."""
    return [code for code in scheme.parents if not (only_top_level and scheme.ancestors(code))]


def _is_category(scheme: str, code: str, categories: set[tuple[str, str]]) -> bool:
    """Return whether a code is one of the categories: with its classification, or in any."""
    if scheme:
        return (scheme, code) in categories
    return code in {category for _, category in categories}


def build_obstacle_problem(obstacle: Obstacle) -> RequestProblem:
    """Return an obstacle as the API reports it."""
    return make_problem("api/not-convertible", "convert", obstacle.names, reason=obstacle.message)


def build_indicator_metadata(reference_data: ReferenceData) -> dict[str, IndicatorMetadata]:
    """Return what must be known of each indicator before its values are added."""
    return {
        name: IndicatorMetadata(
            row["value_type"], row["scale"], row["standardisation"] or "", row["ci_level"]
        )
        for name, row in reference_data.indicators.items()
    }
