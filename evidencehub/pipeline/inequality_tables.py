"""Measures of inequality of one dataset, made from its staged observations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from evidencehub.check.summary import ObservationSummary
from evidencehub.domain.code_lists import CodeBook, CodeList
from evidencehub.domain.count_rounding import get_rounding_reach
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.status import (
    COMPARABLE_VALUE_TYPES,
    COMPOSITION,
    REPEATED_UNITS,
    SERIES_BREAK,
    TOTAL,
    build_scale_sql,
    quote_codes,
)
from evidencehub.load.staging_database import StagingDatabase
from evidencehub.messages.rendering import make_message

if TYPE_CHECKING:
    from evidencehub.inequality.records import ObservationRecord

MAX_COMPARED_OBSERVATIONS = (
    100_000  # figures; of a larger dataset only those of everybody in a group are compared
)

_INDICATORS_SQL = f"""
select
  id, value_type, polarity,
  {build_scale_sql()},
  coalesce(reference_group, ?, ''), standardisation like 'crude%' or standardisation like 'none%',
  coalesce(series_breaks, '') <> '',
  coalesce(unit_of_count, ?, '') not in {quote_codes(REPEATED_UNITS)}, ?
from indicators
"""
_OBSERVATIONS_SQL = f"""
select
  o.indicator, o.scheme, o.area, o.period_start, o.period_end, o.sex, o.age, o.other,
  o.adjustment, o.ethnicity, coalesce(o.counting_basis, ''), o.value, o.se, o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level, 95), o.numerator, o.denominator, o.population,
  coalesce(o.decimals, i.decimals), o.derived, coalesce(o.obs_status, '') = '{SERIES_BREAK}'
from observation as o join indicators as i on i.id = o.indicator
where o.comparator = ''
"""
_WHOLE_POPULATION_CONDITION = f"and o.sex = '{TOTAL}' and o.age = '{TOTAL}' and o.other = ''"
_OBSERVATION_COUNT_SQL = "select count(*) from observation where indicator = ?"


def fill_inequality_tables(
    package: SourcePackage,
    staging: StagingDatabase,
    book: CodeBook,
    observation_count: int,
    tally: ObservationSummary,
) -> None:
    """Fill the staging tables of inequality, and of what stands in the way of it.

    `observation_count` is the number of figures; `tally` holds what occurs in them.
    """
    hub = package.hub
    reach = get_rounding_reach(hub.get("disclosure_policy"))
    defaults = (hub.get("reference_group"), hub.get("unit_of_count"), reach)
    indicator_rows = staging.query(_INDICATORS_SQL, defaults)
    if not observation_count:
        return
    missing = _list_external_indicators(staging, {name for name, *_ in indicator_rows}, tally)
    observations_sql, compared_count = _OBSERVATIONS_SQL, observation_count
    if observation_count > MAX_COMPARED_OBSERVATIONS:
        observations_sql += _WHOLE_POPULATION_CONDITION
        compared_count, reason = _count_compared(staging, observations_sql, tally)
        omitted_count = observation_count - compared_count
        missing += [_build_missing_row(row[0], reason, omitted_count) for row in indicator_rows]
    staging.write_rows("inequality_missing", missing)
    if not compared_count:
        return
    for name, rows in _compile_tables(staging, indicator_rows, observations_sql, book).items():
        staging.write_rows(name, rows)


def _compile_tables(
    staging: StagingDatabase,
    indicator_rows: Iterable[tuple[Any, ...]],
    observations_sql: str,
    book: CodeBook,
) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Return the rows of each staging table of inequality, by its name."""
    # imported here: a dataset without observations needs no arithmetic
    from evidencehub.inequality.records import Category, IndicatorProperties, ObservationRecord
    from evidencehub.inequality.table import compile_inequality_table

    missing: list[tuple[Any, ...]] = []
    indicators: dict[str, IndicatorProperties] = {}
    for name, value_type, polarity, scale, reference, crude, breaks, apart, reach in indicator_rows:
        if value_type not in COMPARABLE_VALUE_TYPES:
            missing.append(_build_missing_row(name, _explain_value_type(value_type)))
            continue
        scheme, _, code = reference.partition(":")
        indicators[name] = IndicatorProperties(
            value_type, polarity, scale, scheme, code, bool(crude), bool(breaks), bool(apart), reach
        )
    records = map(ObservationRecord._make, staging.query(f"{observations_sql} order by o.rowid"))
    observations = [record for record in records if record.indicator in indicators]
    lists = _find_lists({record.scheme for record in observations}, book)
    schemes = {
        code_list.name: {
            code.code: Category(code.parent, code.residual == "1", int(code.sort_order or 0))
            for code in code_list.codes.values()
        }
        for code_list in lists
    }
    bases = {code_list.name: code_list.counting_basis for code_list in lists}
    tables = compile_inequality_table(
        observations, indicators, schemes, _order_codes(observations, book), bases
    )
    return {
        "stratum": tables.strata,
        "gap": tables.gaps,
        "gap_context": tables.gap_contexts,
        "inequality": tables.measures,
        "inequality_missing": [*missing, *tables.missing_estimates],
    }


def _explain_value_type(value_type: str) -> str:
    """Return why values of a type are in no measure."""
    if value_type == COMPOSITION:
        return make_message("inequality/value-type/composition").render()
    return make_message("inequality/value-type", value_type=value_type).render()


def _build_missing_row(indicator: str, reason: str, count: int = 0) -> tuple[str | int, ...]:
    """Return a row that says why values of an indicator are in no measure."""
    return (indicator, "", "", "", "estimate", reason, count)


def _find_lists(names: Iterable[str], book: CodeBook) -> list[CodeList]:
    """Return the code lists of these names, in that order, without those that do not exist."""
    return [code_list for code_list in map(book.get_list, sorted(names)) if code_list is not None]


def _list_external_indicators(
    staging: StagingDatabase, defined_indicators: set[str], tally: ObservationSummary
) -> list[tuple[str | int, ...]]:
    """What is missing of indicators that another dataset defines."""
    reason = make_message("inequality/external-indicator").render()
    return [
        _build_missing_row(name, reason, observation_count)
        for name in sorted(tally.first_rows["indicator"].keys() - defined_indicators)
        for (observation_count,) in staging.query(_OBSERVATION_COUNT_SQL, (name,))
    ]


def _count_compared(
    staging: StagingDatabase, observations_sql: str, tally: ObservationSummary
) -> tuple[int, str]:
    """How many figures of a large dataset are compared, and why not more."""
    compared_count = 0
    max_count = f"{MAX_COMPARED_OBSERVATIONS:,}"
    if "" in tally.first_rows["other"]:
        ((compared_count,),) = staging.query(f"select count(*) from ({observations_sql})")
    if compared_count > MAX_COMPARED_OBSERVATIONS:
        return 0, make_message("inequality/too-many-observations", max_count=max_count).render()
    return (
        compared_count,
        make_message("inequality/whole-population-only", max_count=max_count).render(),
    )


def _order_codes(observations: Iterable[ObservationRecord], book: CodeBook) -> dict[str, list[str]]:
    """The codes of each ordered dimension that occurs, the most disadvantaged first."""
    from evidencehub.inequality.records import ETHNICITY

    names = {
        assignment.partition("=")[0]
        for dimensions in {observation.dimensions for observation in observations}
        for assignment in filter(None, dimensions.split(";"))
    }
    lists = _find_lists(names - {ETHNICITY}, book)
    return {code_list.name: _order_list(code_list) for code_list in lists if code_list.ordered}


def _order_list(code_list: CodeList) -> list[str]:
    """Return the proper codes of an ordered list, the most disadvantaged first."""
    proper_codes = [c for c in code_list.codes.values() if c.residual != "1" and c.code[0] != "_"]
    proper_codes.sort(key=lambda c: int(c.sort_order or 0))
    codes = [c.code for c in proper_codes]
    return codes[::-1] if code_list.ordered == "disadvantaged-last" else codes
