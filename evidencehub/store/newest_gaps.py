"""What is known of the newest gaps of a table besides: change, unknown ethnicity, events."""

from __future__ import annotations

from dataclasses import dataclass

from evidencehub.store.database import RowReader
from evidencehub.store.labels import join_category
from evidencehub.store.observations import TABLE_DIMENSIONS, Period, TableKey
from evidencehub.store.typed_rows import select_rows

GAP_CONTEXTS_SQL = f"""
select
  g.reference, e.label, e.language, coalesce(e.prose, '') as prose, g.ratio, x.*
from stratum as s
join gap as g on g.stratum = s.stratum
join gap_context as x on x.stratum = g.stratum and x.ethnicity = g.ethnicity
{join_category("e", "s.scheme", "g.ethnicity")}
where s.indicator = :indicator and s.scheme = :scheme and s.area = :area and s.sex = :sex
  and s.age = :age and s.other = :other and s.adjustment = :adjustment
  and s.dimension = 'ethnicity' and s.ethnicity = '' and s.period_start = :start
  and s.period_end = :end
order by e.sort_order, g.ethnicity
"""


@dataclass(frozen=True, slots=True)
class GapContextRow:
    """A gap with what is known besides; see `inequality.gap_context` for the numbers and words."""

    reference: str
    label: str
    language: str | None
    prose: str
    ratio: float | None
    stratum: int
    ethnicity: str
    unknown_difference_min: float | None
    unknown_difference_max: float | None
    unknown_ratio_min: float | None
    unknown_ratio_max: float | None
    events_above_reference: float | None
    events_above_reference_lower: float | None
    events_above_reference_upper: float | None
    earlier_start: str | None
    earlier_end: str | None
    difference_change: float | None
    difference_change_lower: float | None
    difference_change_upper: float | None
    ratio_change: float | None
    ratio_change_lower: float | None
    ratio_change_upper: float | None
    difference_word: str | None
    ratio_word: str | None
    moved: str | None

    @property
    def is_total(self) -> bool:
        """Return false: no gap is of all groups together."""
        return False

    @property
    def has_change(self) -> bool:
        """Return whether there is an earlier gap to compare with."""
        return self.earlier_start is not None

    @property
    def has_bounds(self) -> bool:
        """Return whether it is known how far unknown ethnicity may move the gap."""
        return self.unknown_ratio_min is not None

    @property
    def has_events(self) -> bool:
        """Return whether the events above the reference group's rate are known."""
        return self.events_above_reference is not None


def select_gap_contexts(
    db: RowReader, indicator: str, key: TableKey, period: Period
) -> list[GapContextRow]:
    """Return the contexts of the gaps of a table, in the order of its classification."""
    values = dict(zip(TABLE_DIMENSIONS, key, strict=True)) | {"start": period[0], "end": period[1]}
    del values["comparator"]
    return select_rows(db, GapContextRow, GAP_CONTEXTS_SQL, indicator=indicator, **values)
