"""What answers a question: comparisons of the one selection, latest values, findings.

What was read where another text quotes it stands in the series and waits to be verified: it never
gives the number of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidencehub.domain.status import RATIO_VALUE_TYPES
from evidencehub.statements.text_numbers import find_numbers
from evidencehub.store import latest_values
from evidencehub.store.database import RowReader
from evidencehub.store.questions import AnsweringFindingRow, AnswerRow, AskedGroupRow, QuestionRow
from evidencehub.web.views.evidence_lines import EvidenceLine, build_evidence_line
from evidencehub.web.views.gap_view import GapView, build_gap_view, build_unit_text
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ci_decimals


@dataclass(frozen=True, slots=True)
class ComparisonAnswer:
    """A comparison in ready words and numbers."""

    row: AnswerRow
    gap: GapView

    @property
    def names_its_kind(self) -> bool:
        """Return whether the source published it as a comparison, whose kind is to be named."""
        return bool(self.row.published)

    @property
    def is_ratio(self) -> bool:
        """Return whether it is a ratio of any kind."""
        return self.gap.values.ratio is not None


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """What is known of one group: the answer of today, and the series that it ends.

    `quoted` is None where the newest comparison waits to be verified.
    """

    quoted: ComparisonAnswer | None
    series: Sequence[ComparisonAnswer]

    @property
    def newest(self) -> ComparisonAnswer:
        """Return the newest comparison, whether it may be quoted or not."""
        return self.series[0]

    @property
    def has_trend(self) -> bool:
        """Return whether the table of the newest comparison has an earlier one to draw it with."""
        newest = self.newest.row
        periods = {
            item.row.period_start
            for item in self.series
            if item.row.indicator == newest.indicator and item.row.scheme == newest.scheme
        }
        return len(periods) > 1


@dataclass(frozen=True, slots=True)
class FindingAnswer:
    """A finding that answers a question; `statement` is empty if its numbers wait."""

    row: AnsweringFindingRow
    heading: str
    statement: str


def build_group_answers(rows: Sequence[AnswerRow]) -> list[GroupAnswer]:
    """Return the answer of each group, in the order of the rows."""
    return [
        _build_group_answer([_build_comparison(row) for row in members])
        for members in group_rows(rows, lambda row: (row.scheme, row.ethnicity)).values()
        if any(row.is_current for row in members)
    ]


def _build_group_answer(series: Sequence[ComparisonAnswer]) -> GroupAnswer:
    current = next(item for item in series if item.row.is_current)
    awaits = current.row.awaits_verification or series[0].row.awaits_verification
    return GroupAnswer(None if awaits else current, series)


def _build_comparison(row: AnswerRow) -> ComparisonAnswer:
    is_published = bool(row.published)
    limits = (
        (row.gap.ratio_lower, row.gap.ratio_upper)
        if row.value_type in RATIO_VALUE_TYPES
        else (row.gap.difference_lower, row.gap.difference_upper)
    )
    gap = build_gap_view(
        row.gap,
        value=row.value,
        decimals=row.decimals,
        ci_decimals=choose_ci_decimals(row.decimals, *limits, row.derived)
        if is_published
        else None,
        ci_level=row.ci_level,
        unit=build_unit_text(row.unit, row.unit_label),
        is_published=is_published,
    )
    return ComparisonAnswer(row, gap)


def build_finding_answers(rows: Iterable[AnsweringFindingRow]) -> list[FindingAnswer]:
    """Return the findings; of those that wait to be verified only words without a number."""
    return [FindingAnswer(row, *_choose_words(row)) for row in rows]


def _choose_words(row: AnsweringFindingRow) -> tuple[str, str]:
    """Return a heading and a statement, without numbers that nobody read in the original."""
    heading, statement = row.title or "", row.statement
    if row.awaits_verification:
        heading, statement = ("" if find_numbers(text) else text for text in (heading, statement))
    return heading, statement


def load_latest_lines(
    db: RowReader, question: QuestionRow, groups: Iterable[AskedGroupRow], indicators: Iterable[str]
) -> list[EvidenceLine]:
    """Return the latest value of each of the indicators for the groups and the place asked for."""
    wanted = set(indicators)
    coverage = [
        row
        for row in latest_values.select_group_coverage(
            db, [(group.scheme, group.ethnicity) for group in groups]
        )
        if row.indicator in wanted and question.area in (None, row.area)
    ]
    rows = latest_values.select_latest_by_group(db, coverage)
    return [build_evidence_line(row) for row in rows]
