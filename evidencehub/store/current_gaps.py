"""The current gaps of indicators, for lists: the comparisons of the one selection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evidencehub.store.conditions import join_public_dataset
from evidencehub.store.database import RowReader
from evidencehub.store.gaps import GapValues
from evidencehub.store.labels import join_category, join_label
from evidencehub.store.typed_rows import select_rows_with_part

_CURRENT_GAPS_SQL = f"""
select
  w.indicator, i.title, w.area, a.label as area_label, w.scheme, w.ethnicity, e.label,
  coalesce(e.prose, '') as prose, e.language, w.period_start, w.period_end, w.value_type,
  w.published, w.awaits_verification, w.value, w.decimals, w.ci_level, w.derived,
  i.unit, u.label as unit_label, i.polarity, (
    select count(*) from gap as x
    where x.stratum = w.stratum and x.difference_lower is not null
  ) as tested,
  w.reference, h.label as reference_label, h.language as reference_language, w.reference_value,
  w.reference_decimals, w.difference, w.difference_lower, w.difference_upper, w.ratio,
  w.ratio_lower, w.ratio_upper, w.ratio_decimals, w.ratio_min, w.ratio_max
from comparison_value as w
join indicator as i on i.indicator = w.indicator
{join_public_dataset("w.dataset")}
join area as a on a.area = w.area
{join_category("e", "w.scheme", "w.ethnicity")}
left {join_category("h", "w.scheme", "w.reference")}
{join_label("u", "unit", "i.unit")}
where w.comparison_status = 'current' and w.synthetic = 0
  and w.{{column}} in (select value from json_each(:values))
order by w.indicator, instr(w.area, ':') > 0, a.parent is not null, a.label, w.area,
  w.period_end desc, w.period_start desc, w.published, w.sex, w.age, w.other, w.adjustment,
  w.scheme, w.reference, e.sort_order, w.ethnicity
"""


@dataclass(frozen=True, slots=True)
class CurrentGapRow:
    """A group beside its reference: the current comparison of an indicator in an area.

    `tested` is how many gaps of the same table have a confidence interval.
    """

    indicator: str
    title: str
    area: str
    area_label: str
    scheme: str
    ethnicity: str
    label: str
    prose: str
    language: str | None
    period_start: str
    period_end: str
    value_type: str
    published: int
    awaits_verification: int
    value: float | None
    decimals: int | None
    ci_level: float
    derived: str
    unit: str
    unit_label: str | None
    polarity: str
    tested: int
    gap: GapValues


def select_current_gaps(db: RowReader, indicators: Iterable[str]) -> list[CurrentGapRow]:
    """Return the current gaps of some indicators: by indicator, whole countries first."""
    return _select_by(db, "indicator", indicators)


def select_current_gaps_of_areas(db: RowReader, areas: Iterable[str]) -> list[CurrentGapRow]:
    """Return the current gaps of some areas: by indicator, the areas by name."""
    return _select_by(db, "area", areas)


def _select_by(db: RowReader, column: str, values: Iterable[str]) -> list[CurrentGapRow]:
    sql = _CURRENT_GAPS_SQL.format(column=column)
    return select_rows_with_part(db, CurrentGapRow, ("gap", GapValues), sql, values=[*values])
