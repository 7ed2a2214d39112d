"""The values behind a finding: the newest of the groups that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.status import SUPPRESSED, TOTAL
from evidencehub.messages.language import Language
from evidencehub.store.evidence_links import ItemIndicatorRow
from evidencehub.store.finding_observations import FindingObservationRow
from evidencehub.store.findings import ClaimRow, FindingGroupRow
from evidencehub.web.charts.dot_plot import DotPlot, PlotRow
from evidencehub.web.views import group_comparison
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.scale_labels import format_ticks

TABLE_DIMENSIONS = ("area", "scheme", "sex", "age", "other", "comparator", "adjustment")
RESTRICTING_DIMENSIONS = slice(2, None)  # of a key: those after area and scheme
MAX_TABLES_PER_INDICATOR = 3  # on the page of a finding

TableKey = tuple[str, ...]  # the values of TABLE_DIMENSIONS


@dataclass(frozen=True, slots=True)
class MissingGroup:
    """A group of a table without an observation in its period."""

    label: str
    language: str | None
    is_missing = True


FindingTable = dict[str, Any]


def select_finding_tables(
    rows: Iterable[FindingObservationRow], claims: Iterable[ClaimRow]
) -> list[FindingTable]:
    """Return the tables to show for one indicator: those that claims are about.

    Without a claim it is the least restricted one. Each is of the newest period with a value of a
    group that the finding is about.
    """
    tables = group_rows(rows, _identify_table)
    keys = [key for key in dict.fromkeys(map(_identify_table, claims)) if key in tables]
    if tables and not keys:
        keys = [min(tables, key=lambda key: (_count_restrictions(key), key))]
    return [build_finding_table(tables[key]) for key in keys[:MAX_TABLES_PER_INDICATOR]]


def select_groups_without_values(
    groups: Sequence[FindingGroupRow], rows: Iterable[FindingObservationRow]
) -> list[FindingGroupRow]:
    """Return the groups that a finding is about and that an indicator has no observation of."""
    groups_with_rows = {
        (row.scheme, code) for row in rows for code in (row.ethnicity, row.comparator)
    }
    return [row for row in groups if (row.scheme, row.ethnicity) not in groups_with_rows]


def _identify_table(row: FindingObservationRow | ClaimRow) -> TableKey:
    return tuple(str(getattr(row, name)) for name in TABLE_DIMENSIONS)


def _count_restrictions(key: TableKey) -> int:
    """Return how many dimensions are not at their total: 0 is about the whole population."""
    return sum(value not in ("", TOTAL) for value in key[RESTRICTING_DIMENSIONS])


def build_finding_table(rows: Sequence[FindingObservationRow]) -> FindingTable:
    """Return the table of the newest period, from observations of all its periods."""
    end, start = _find_newest_period(rows)
    table_rows = _fill_missing_groups(rows, (end, start))
    observations = [row for row in table_rows if isinstance(row, FindingObservationRow)]
    first = rows[0]
    return {
        "area": first.area_label,
        "comparator": first.comparator_label,
        "adjustment": first.adjustment_label,
        "adjustment_code": first.adjustment,
        "restriction_labels": _list_restrictions(first),
        "period_start": start,
        "period_end": end,
        "rows": table_rows,
        "has_total": any(row.level == "total" for row in observations),
        "ci_level": next((row.ci_level for row in observations if row.ci_level), None),
        "has_intervals": any(row.ci_lower is not None for row in observations),
        "notes": list(dict.fromkeys(row.note for row in observations if row.note)),
    }


def add_plot(
    table: FindingTable, indicator: ItemIndicatorRow, number: int, language: Language
) -> FindingTable:
    """Return a table with what draws its rows; `number` tells the charts of a page apart.

    The gap begins at the one group that the finding compares others with, if it names one.
    """
    rows = [row for row in table["rows"] if isinstance(row, FindingObservationRow)]
    reference = _find_reference(rows)
    scale = group_comparison.choose_scale(
        [value for row in rows for value in (row.value, row.value_min, row.value_max)],
        [limit for row in rows for limit in (row.ci_lower, row.ci_upper)],
        indicator.value_type,
        indicator.unit,
    )
    plot_rows = {row.ethnicity: _build_plot_row(row, reference) for row in rows}
    plot = DotPlot(
        scale,
        format_ticks(scale, language),
        f"grid-{number}",
        plot_rows[reference.ethnicity] if reference else None,
        is_group=reference is not None,
    )
    return {**table, "plot": plot, "plot_rows": plot_rows}


def _find_reference(rows: Iterable[FindingObservationRow]) -> FindingObservationRow | None:
    """Return the one group with a value that others are compared with; None of several."""
    compared = [row for row in rows if row.is_comparison_group and row.value is not None]
    return compared[0] if len(compared) == 1 else None


def _build_plot_row(row: FindingObservationRow, reference: FindingObservationRow | None) -> PlotRow:
    bounds = (row.value_min, row.value_max)
    is_censored = row.value is None and bounds != (None, None)
    return PlotRow(
        row.value,
        row.ci_lower,
        row.ci_upper,
        bounds if is_censored else None,
        "reference" if row is reference else "square",
        row.obs_status == SUPPRESSED,
    )


def _find_newest_period(rows: Sequence[FindingObservationRow]) -> tuple[str, str]:
    """Return end and start of the newest period of a group that the finding is about.

    Groups that it only compares with, and the total, count if there are no others.
    """
    groups = [row for row in rows if not row.is_overall] or rows
    affected = [row for row in groups if not row.is_comparison_group] or groups
    return max((row.period_end, row.period_start) for row in affected)


def _fill_missing_groups(
    rows: Iterable[FindingObservationRow], period: tuple[str, str]
) -> list[FindingObservationRow | MissingGroup]:
    """Return the observations of a period; a group that has none in it stays, without a value."""
    by_group: dict[str, FindingObservationRow | MissingGroup] = {}
    for row in rows:
        if (row.period_end, row.period_start) == period:
            by_group[row.ethnicity] = row
        elif not row.is_overall:
            by_group.setdefault(row.ethnicity, MissingGroup(row.label, row.language))
    return list(by_group.values())


def _list_restrictions(row: FindingObservationRow) -> list[str]:
    """Return the labels of sex and age if they are not at their total."""
    labels = ((row.sex, row.sex_label), (row.age, row.age_label))
    return [label for code, label in labels if code != TOTAL and label]
