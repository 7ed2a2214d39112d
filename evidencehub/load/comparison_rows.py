"""The comparisons of every family of indicators: which is current, which is history, and why.

An indicator of no family is one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import apsw

from evidencehub.domain.status import (
    RATIO_VALUE_TYPES,
    TOTAL,
    build_secondary_source_condition,
    quote_codes,
)
from evidencehub.inequality.selection import FamilyComparison, select_current

COMPARISON_COLUMNS = (
    "family", "area", "scheme", "ethnicity", "reference", "indicator", "dataset", "period_start",
    "period_end", "sex", "age", "other", "adjustment", "value_type", "published", "secondary",
    "synthetic", "people", "declared", "stratum", "comparison_status", "reason", "headline",
)  # fmt: skip
_COMPARISON_TYPES = quote_codes([*RATIO_VALUE_TYPES, "difference"])  # an index has a base of 100
_IS_DECLARED = "coalesce(i.headline_group = {0}.scheme || ':' || {1}.ethnicity, 0)"
_FAMILY_SQL = "coalesce(nullif(f.parent, ''), i.family, i.indicator)"


def _is_secondary(alias: str) -> str:
    return build_secondary_source_condition(f"coalesce({alias}.verification, d.verification)")


_FROM_INDICATOR_SQL = """
from indicator as i
join dataset as d on d.dataset = i.dataset
left join code as f on f.list = 'family' and f.code = i.family
"""
_OBSERVATION_OF_STRATUM_SQL = """
left join observation as {0} on {0}.indicator = s.indicator and {0}.area = s.area
  and {0}.scheme = s.scheme and {0}.ethnicity = {1} and {0}.period_start = s.period_start
  and {0}.period_end = s.period_end and {0}.sex = s.sex and {0}.age = s.age
  and {0}.other = s.other and {0}.comparator = '' and {0}.adjustment = s.adjustment
  and {0}.dataset = s.dataset
"""
_DERIVED_SQL = f"""
select
  {_FAMILY_SQL}, s.area, s.scheme, coalesce(g.ethnicity, ''), coalesce(g.reference, ''),
  s.indicator, s.dataset, s.period_start, s.period_end, s.sex, s.age, s.other, s.adjustment,
  i.value_type, 0, {_is_secondary("o")} or {_is_secondary("r")}, d.synthetic,
  coalesce(o.population, o.denominator), {_IS_DECLARED.format("s", "g")}, s.stratum
{_FROM_INDICATOR_SQL}
join stratum as s on s.indicator = i.indicator and s.dimension = 'ethnicity' and s.ethnicity = ''
left join gap as g on g.stratum = s.stratum
{_OBSERVATION_OF_STRATUM_SQL.format("o", "g.ethnicity")}
{_OBSERVATION_OF_STRATUM_SQL.format("r", "g.reference")}
where g.stratum is not null or exists (select 1 from inequality as q where q.stratum = s.stratum)
"""
_PUBLISHED_SQL = f"""
select
  {_FAMILY_SQL}, o.area, o.scheme, o.ethnicity, o.comparator, o.indicator, o.dataset,
  o.period_start, o.period_end, o.sex, o.age, o.other, o.adjustment, i.value_type, 1,
  {_is_secondary("o")}, d.synthetic, coalesce(o.population, o.denominator),
  {_IS_DECLARED.format("o", "o")}, null
{_FROM_INDICATOR_SQL}
join observation as o on o.indicator = i.indicator and o.comparator <> ''
  and instr(o.comparator, ':') = 0 and o.value is not null and o.ethnicity <> '{TOTAL}'
  and i.value_type in {_COMPARISON_TYPES}
join code as e on e.list = o.scheme and e.code = o.ethnicity and e.residual = 0
"""


def fill_comparisons(db: apsw.Connection) -> None:
    """Write every comparison of a family into the assembled database, with what it is."""
    rows = [*db.execute(_DERIVED_SQL), *db.execute(_PUBLISHED_SQL)]
    marks = ", ".join("?" * len(COMPARISON_COLUMNS))
    db.executemany(
        f"insert into comparison ({', '.join(COMPARISON_COLUMNS)}) values ({marks})",
        sorted(_judge(rows), key=str),
    )


def _judge(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    selected = select_current(FamilyComparison._make(row[:-1]) for row in rows)  # without stratum
    for row, choice in zip(rows, selected, strict=True):
        yield (*row, choice.status.value, choice.reason.value, int(choice.is_headline))
