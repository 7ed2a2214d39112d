"""Measures of inequality of one dataset, made from its staged observations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from evidencehub.check.summary import ObservationSummary
from evidencehub.domain.code_lists import CodeBook
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.status import COMPARABLE_VALUE_TYPES, PERCENTAGE, TOTAL
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
  coalesce(scale, case value_type when '{PERCENTAGE}' then 100 else 1 end),
  coalesce(reference_group, ?), standardisation like 'crude%' or standardisation like 'none%'
from indicators
"""
_OBSERVATIONS_SQL = """
select
  o.indicator, o.scheme, o.area, o.period_start, o.period_end, o.sex, o.age, o.other,
  o.adjustment, o.ethnicity, coalesce(o.counting_basis, ''), o.value, o.se, o.ci_lower,
  o.ci_upper, coalesce(o.ci_level, i.ci_level, 95), o.numerator, o.denominator, o.population
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
    indicator_rows = staging.query(_INDICATORS_SQL, (package.hub.get("reference_group"),))
    if not observation_count:
        return
    missing = _list_external_indicators(staging, {name for name, *_ in indicator_rows}, tally)
    observations_sql = _OBSERVATIONS_SQL
    if observation_count > MAX_COMPARED_OBSERVATIONS:
        observations_sql += _WHOLE_POPULATION_CONDITION
        compared_count, reason = _count_compared(staging, observations_sql, tally)
        missing += [
            (indicator_row[0], "", "", "", "estimate", reason, observation_count - compared_count)
            for indicator_row in indicator_rows
        ]
    staging.write_rows("inequality_missing", missing)
    if observation_count > MAX_COMPARED_OBSERVATIONS and not compared_count:
        return
    # imported here: a dataset without figures needs no arithmetic
    from evidencehub.inequality.records import Category, IndicatorProperties, ObservationRecord
    from evidencehub.inequality.table import compile_inequality_table

    indicators: dict[str, IndicatorProperties] = {}
    for name, value_type, polarity, scale, reference, crude in indicator_rows:
        if value_type not in COMPARABLE_VALUE_TYPES:
            reason = make_message("inequality/value-type", value_type=value_type).render()
            staging.write_rows("inequality_missing", [(name, "", "", "", "estimate", reason, 0)])
            continue
        scheme, _, code = (reference or "").partition(":")
        indicators[name] = IndicatorProperties(
            value_type, polarity, scale, scheme, code, bool(crude)
        )
    all_observations = map(
        ObservationRecord._make, staging.query(f"{observations_sql} order by o.rowid")
    )
    observations = [
        indicator_row for indicator_row in all_observations if indicator_row.indicator in indicators
    ]
    lists_by_name = {
        name: book.get_list(name)
        for name in {indicator_row.scheme for indicator_row in observations}
    }
    lists = {name: code_list for name, code_list in lists_by_name.items() if code_list is not None}
    schemes = {
        name: {
            code.code: Category(code.parent, code.residual == "1", int(code.sort_order or 0))
            for code in code_list.codes.values()
        }
        for name, code_list in lists.items()
    }
    bases = {name: code_list.counting_basis for name, code_list in lists.items()}
    inequality_tables = compile_inequality_table(
        observations, indicators, schemes, _order_codes(observations, book), bases
    )
    staging.write_rows("stratum", inequality_tables.strata)
    staging.write_rows("gap", inequality_tables.gaps)
    staging.write_rows("inequality", inequality_tables.measures)
    staging.write_rows("inequality_missing", inequality_tables.missing_estimates)


def _list_external_indicators(
    staging: StagingDatabase, defined_indicators: set[str], tally: ObservationSummary
) -> list[tuple[str | int, ...]]:
    """What is missing of indicators that another dataset defines."""
    reason = make_message("inequality/external-indicator").render()
    return [
        (name, "", "", "", "estimate", reason, observation_count)
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

    other_values = {observation.dimensions for observation in observations}
    names = {
        assignment.partition("=")[0]
        for other_value in other_values
        for assignment in other_value.split(";")
        if assignment
    }
    codes_by_dimension = {}
    for name in sorted(names - {ETHNICITY}):
        code_list = book.get_list(name)
        if code_list is not None and code_list.ordered:
            proper_codes = [
                c for c in code_list.codes.values() if c.residual != "1" and c.code[0] != "_"
            ]
            codes = [c.code for c in sorted(proper_codes, key=lambda c: int(c.sort_order or 0))]
            codes_by_dimension[name] = codes[
                :: -1 if code_list.ordered == "disadvantaged-last" else 1
            ]
    return codes_by_dimension
