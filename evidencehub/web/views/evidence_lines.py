"""Lines of evidence on the pages of groups and areas: a latest value and its gap, by topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from evidencehub.domain.status import NORMAL, RATIO_VALUE_TYPES
from evidencehub.store import latest_values
from evidencehub.store.coverage import CoverageRow
from evidencehub.store.database import RowReader
from evidencehub.store.latest_values import LatestValueRow, SeriesCoverageRow
from evidencehub.store.related_evidence import LabelledCodeRow
from evidencehub.web.charts.dot_plot import PlotRow
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views import group_comparison, helplines
from evidencehub.web.views.absent_topics import build_absent_topics
from evidencehub.web.views.gap_strips import build_list_plot, tells_inequality
from evidencehub.web.views.gap_view import GapView, UnitText, build_gap_view, build_unit_text
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.rounding import choose_ci_decimals

MAX_LINES = 100  # of a page
COUNT_VALUE_TYPE = "count"

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A latest value with its gap, in ready words and numbers.

    `restriction_labels` name the part of the population that the value is of. `plot` is the ratio
    on the scale of all lists; None if there is none, or if a difference is neither good nor bad.
    """

    row: LatestValueRow
    restriction_labels: tuple[str, ...]
    ci_decimals: int | None
    unit: UnitText
    gap: GapView
    plot: PlotRow | None = None

    @property
    def is_published_ratio(self) -> bool:
        """Return whether the value itself is a ratio, whose kind is to be named."""
        return self.row.value_type in RATIO_VALUE_TYPES

    @property
    def ratio_decimals(self) -> int | None:
        """Return the decimals of the ratio of the line."""
        return self.row.decimals if self.is_published_ratio else self.gap.digits.ratio

    @property
    def shows_status(self) -> bool:
        """Return whether a value has a status that a reader must know."""
        return self.row.has_value and self.row.obs_status != NORMAL

    @property
    def has_interval(self) -> bool:
        """Return whether the value has both confidence limits."""
        return self.row.ci_lower is not None and self.row.ci_upper is not None

    @property
    def could_have_gap(self) -> bool:
        """Return whether the line must say why there is no gap."""
        return self.row.has_value and self.row.value_type != COUNT_VALUE_TYPE


@dataclass(frozen=True, slots=True)
class TopicSection(Generic[Line]):
    """The lines of one topic; lines without a topic have no label."""

    label: str
    lines: Sequence[Line]


def build_evidence_line(row: LatestValueRow) -> EvidenceLine:
    """Return a line with the decimals of its numbers and the words for its part and unit."""
    ci_decimals = choose_ci_decimals(row.decimals, row.ci_lower, row.ci_upper, row.derived)
    unit = build_unit_text(row.unit, row.unit_label)
    restrictions = (row.sex_label, row.age_label, row.other_label)
    gap = build_gap_view(
        row.gap,
        value=row.value,
        decimals=row.decimals,
        ci_decimals=ci_decimals,
        ci_level=row.gap_ci_level,
        unit=unit,
    )
    plot = _build_plot_row(row)
    return EvidenceLine(row, tuple(filter(None, restrictions)), ci_decimals, unit, gap, plot)


def _build_plot_row(row: LatestValueRow) -> PlotRow | None:
    """Return the ratio of a line: of its gap, or the value that is published as one."""
    gap = row.gap
    if row.value_type in RATIO_VALUE_TYPES:
        gap = replace(gap, ratio=row.value, ratio_lower=row.ci_lower, ratio_upper=row.ci_upper)
    is_inequality = tells_inequality(row.polarity, row.value_type)
    if gap.ratio is None or gap.ratio <= 0 or not is_inequality:
        return None
    comparison = group_comparison.classify_gap(gap, row.tested)
    return PlotRow(gap.ratio, marker=group_comparison.choose_marker(comparison))


def limit_areas(
    coverage: Sequence[SeriesCoverageRow], max_lines: int = MAX_LINES
) -> list[SeriesCoverageRow]:
    """Return the first areas of every indicator and group: one of each, and as many as fit."""
    areas_by_series = group_rows(coverage, lambda row: (row.indicator, row.scheme, row.ethnicity))
    area_counts = [len(rows) for rows in areas_by_series.values()]
    limit = _find_max_areas(area_counts, max_lines)
    return [row for rows in areas_by_series.values() for row in rows[:limit]]


def _find_max_areas(area_counts: Sequence[int], max_lines: int) -> int:
    """Return how many areas each series may have, one at least."""
    limit = 1
    while limit < max(area_counts, default=1):
        if sum(min(count, limit + 1) for count in area_counts) > max_lines:
            break
        limit += 1
    return limit


def group_by_topic(
    db: RowReader, lines: Sequence[Line], get_indicator: Callable[[Line], str]
) -> list[TopicSection[Line]]:
    """Return the lines under the first topic of their indicator, in the order of topics.

    An indicator stands once, though it may belong to several topics; without any it stands last.
    """
    topics = [*latest_values.select_topics(db), LabelledCodeRow("topic", "", "", None)]
    codes = {topic.code for topic in topics}  # a topic about methods is none of them
    topics_by_indicator = latest_values.select_topics_of_indicators(db, map(get_indicator, lines))

    def find_first_topic(line: Line) -> str:
        indicator_topics = topics_by_indicator.get(get_indicator(line), ())
        return next((topic for topic in indicator_topics if topic in codes), "")

    by_topic = group_rows(lines, find_first_topic)
    return [
        TopicSection(topic.label, by_topic[topic.code])
        for topic in topics
        if topic.code in by_topic
    ]


def build_topic_context(
    request: PageRequest,
    lines: Sequence[Line],
    get_indicator: Callable[[Line], str],
    covered_indicators: Iterable[str],
    coverage: Iterable[CoverageRow],
    max_lines: int = MAX_LINES,
) -> Context:
    """Return the lines by topic, the topics without a value here, and helplines for the others.

    `coverage` is what the hub holds on the group or place by topic: it says why there is no value.
    """
    db = request.db
    sections, lines_not_shown = truncate_sections(
        group_by_topic(db, lines, get_indicator), max_lines
    )
    topics_by_indicator = latest_values.select_topics_of_indicators(db, covered_indicators)
    covered_topics = {topic for topics in topics_by_indicator.values() for topic in topics}
    topics = latest_values.select_topics(db)
    absent = [topic for topic in topics if topic.code not in covered_topics]
    return {
        "list_plot": build_list_plot(request.language),
        "sections": sections,
        "lines_not_shown": lines_not_shown,
        "absent_topics": build_absent_topics(
            absent, latest_values.select_covered_topics(db), coverage
        ),
        "helplines": helplines.select_helplines(request.site, sorted(covered_topics)),
    }


def truncate_sections(
    sections: Sequence[TopicSection[Line]], max_lines: int = MAX_LINES
) -> tuple[list[TopicSection[Line]], int]:
    """Return the sections with the first lines of all, and how many lines were left out."""
    remaining, truncated = max_lines, []
    for section in sections:
        truncated.append(TopicSection(section.label, section.lines[:remaining]))
        remaining -= len(truncated[-1].lines)
    total = sum(len(section.lines) for section in sections)
    return truncated, total - max_lines + remaining
