"""The change of many groups: of each the earliest and the latest gap that may be compared.

Lines of many groups lie on one another; a pair of dots has a row of its own, so that no group is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evidencehub.messages.language import Language
from evidencehub.store.observations import Period, TableObservationRow
from evidencehub.web.charts import scales
from evidencehub.web.charts.dot_plot import DotPlot
from evidencehub.web.charts.pair_plot import DotPair
from evidencehub.web.charts.scales import Scale
from evidencehub.web.views.scale_labels import format_ticks

PeriodTest = Callable[[Period, Period], bool]


@dataclass(frozen=True, slots=True)
class WrittenValue:
    """A difference or a ratio, as a number and in writing."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class DatedGap:
    """The gap of a group in a period, beside the group's observation."""

    period: Period
    observation: TableObservationRow
    is_secondary_source: bool
    difference: WrittenValue | None
    ratio: WrittenValue | None


@dataclass(frozen=True, slots=True)
class PairRow:
    """The gaps of one group in two periods, which may be compared if they are joined."""

    earlier: DatedGap
    later: DatedGap
    is_joined: bool

    @property
    def periods(self) -> tuple[Period, Period]:
        """Return both periods."""
        return self.earlier.period, self.later.period

    @property
    def has_secondary_source(self) -> bool:
        """Return whether a value of either period is from a secondary source."""
        return self.earlier.is_secondary_source or self.later.is_secondary_source

    @property
    def difference(self) -> DotPair | None:
        """Return what is drawn of the differences; None unless both periods have one."""
        return self._pair(self.earlier.difference, self.later.difference)

    @property
    def ratio(self) -> DotPair | None:
        """Return what is drawn of the ratios; None unless both periods have one."""
        return self._pair(self.earlier.ratio, self.later.ratio)

    def _pair(self, earlier: WrittenValue | None, later: WrittenValue | None) -> DotPair | None:
        if earlier is None or later is None:
            return None
        return DotPair(earlier.value, later.value, self.is_joined)


@dataclass(frozen=True, slots=True)
class GapPairs:
    """The groups with gaps in two periods: their differences and ratios, each on its own scale."""

    difference_plot: DotPlot
    ratio_plot: DotPlot
    rows: Sequence[PairRow]

    @property
    def common_periods(self) -> tuple[Period, Period] | None:
        """Return the two periods if they are the same of all groups."""
        pairs = {row.periods for row in self.rows}
        return next(iter(pairs)) if len(pairs) == 1 else None

    @property
    def has_separate_pair(self) -> bool:
        """Return whether two periods of a group must not be compared."""
        return not all(row.is_joined for row in self.rows)


def build_gap_pairs(
    groups: Iterable[Sequence[DatedGap]], may_compare: PeriodTest, language: Language
) -> GapPairs:
    """Return a row for each group; each has gaps in two periods at least, the oldest first."""
    rows = [_choose_periods(gaps, may_compare) for gaps in groups]
    return GapPairs(
        _build_plot("gaps", scales.build_linear_scale, [r.difference for r in rows], language),
        _build_plot("times", scales.build_log_scale, [r.ratio for r in rows], language),
        rows,
    )


def _choose_periods(gaps: Sequence[DatedGap], may_compare: PeriodTest) -> PairRow:
    """Return the latest gap with the earliest that compares with it, or with the earliest."""
    *earlier_gaps, later = gaps
    comparable = [gap for gap in earlier_gaps if may_compare(gap.period, later.period)]
    return PairRow((comparable or earlier_gaps)[0], later, bool(comparable))


def _build_plot(
    name: str,
    build_scale: Callable[[Sequence[float]], Scale],
    pairs: Iterable[DotPair | None],
    language: Language,
) -> DotPlot:
    values = [value for pair in pairs if pair for value in (pair.earlier, pair.later)]
    scale = build_scale(values)
    return DotPlot(scale, format_ticks(scale, language), name)
