"""The first observations of a dataset as people read them, in the order of a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidencehub.domain.status import (
    TOTAL,
    VERIFICATION_SQL,
    get_missing_symbol,
    get_value_symbol,
    has_derived_limits,
)
from evidencehub.store.conditions import select_decimals
from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_category, join_label, select_qualified_label
from evidencehub.store.typed_rows import select_rows

SORT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "group": ("o.scheme", "e.sort_order", "o.ethnicity"),
    "indicator": ("i.title", "i.indicator"),
    "place": ("a.label", "o.area"),
    "period": ("o.period_end", "o.period_start"),
    "value": ("o.value",),
}
"""What rows may be sorted by, as columns of the database; groups as their classification has them.

A row without a value comes last in either direction.
"""
_FIRST_ROWS_SQL = f"""
select i.indicator, i.title, coalesce(u.label, i.unit) as unit_label,
  o.ethnicity, e.label, e.language, a.area, a.label as area_label,
  o.period_start, o.period_end, {select_qualified_label("sex", "o.sex")} as sex_label,
  {select_qualified_label("age", "o.age")} as age_label,
  (
    select group_concat(c.label, ', ' order by p.list) from observation_dimension as p
    join code as c on c.list = p.list and c.code = p.code where p.other = o.other
  ) as other_label,
  {select_qualified_label("adjustment", "o.adjustment")} as adjustment_label,
  coalesce(w.label, {select_qualified_label("comparator", "o.comparator")}) as comparator_label,
  o.value, o.value_min, o.value_max, o.ci_lower, o.ci_upper, o.derived,
  {select_decimals()} as decimals, o.obs_status, s.label as obs_status_label,
  {VERIFICATION_SQL} as verification
from observation as o
join indicator as i on i.indicator = o.indicator
join dataset as d on d.dataset = o.dataset
join area as a on a.area = o.area
{join_category("e", "o.scheme", "o.ethnicity")}
{join_label("u", "unit", "i.unit")}
{join_label("s", "obs-status", "o.obs_status")}
left {join_category("w", "o.scheme", "o.comparator")}
where o.dataset = :dataset
order by {{order}}o.file, o.row
limit :limit
"""


@dataclass(frozen=True, slots=True)
class DatasetValueRow:
    """An observation of a dataset with the labels of its codes, which are empty for a total."""

    indicator: str
    title: str
    unit_label: str
    ethnicity: str
    label: str
    language: str | None
    area: str
    area_label: str
    period_start: str
    period_end: str
    sex_label: str
    age_label: str
    other_label: str | None
    adjustment_label: str
    comparator_label: str
    value: float | None
    value_min: float | None
    value_max: float | None
    ci_lower: float | None
    ci_upper: float | None
    derived: str | None
    decimals: int | None
    obs_status: str
    obs_status_label: str | None
    verification: str | None

    @property
    def is_total(self) -> bool:
        """Return whether the value is of all categories together."""
        return self.ethnicity == TOTAL

    @property
    def has_derived_interval(self) -> bool:
        """Return whether the hub derived the confidence interval; the source gives none."""
        return self.ci_lower is not None and has_derived_limits(self.derived)

    @property
    def missing_symbol(self) -> str:
        """Return what stands in the place of the value if it is missing."""
        return get_missing_symbol(self.obs_status)

    @property
    def value_symbol(self) -> str:
        """Return the mark beside the value; empty if its status needs none."""
        return get_value_symbol(self.obs_status)


def select_first_values(
    db: RowReader, dataset: str, limit: int, sort: str = "", *, is_descending: bool = False
) -> list[DatasetValueRow]:
    """Return the first observations by one of SORT_COLUMNS, else in the order of the files."""
    direction = " desc nulls last" if is_descending else " nulls last"
    order = "".join(f"{column}{direction}, " for column in SORT_COLUMNS.get(sort, ()))
    sql = _FIRST_ROWS_SQL.format(order=order)
    return select_rows(db, DatasetValueRow, sql, dataset=dataset, limit=limit)
