"""Recommendations on one axis of years: made, what happened, when it was last looked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidencehub.domain.code_lists import NO_RESPONSE_STATUS
from evidencehub.domain.period import parse_period
from evidencehub.messages.language import Language
from evidencehub.store.recommendations import RecommendationRow, StatusUpdateRow
from evidencehub.web.charts.time_plot import TimeTick
from evidencehub.web.charts.timeline import MOMENT_KINDS, Moment, MomentKind, Timeline, YearAxis
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.time_axis import YEAR_STEPS, convert_to_decimal_year, find_middle

MAX_YEAR_LABELS = 16  # of an axis on a wide screen
MAX_DENSE_YEAR_LABELS = 7  # of an axis on a narrow one: of more, every second is left out there


class DatedWords(NamedTuple):
    """A day, month or year as ISO 8601 has it, and what was then: as a kind and in words."""

    day: str
    kind: MomentKind
    words: str


@dataclass(frozen=True, slots=True)
class RecommendationTimelines:
    """The timelines of a list by recommendation, on their axis, with what its key must explain."""

    axis: YearAxis
    by_recommendation: Mapping[str, Timeline]

    @property
    def kinds(self) -> list[MomentKind]:
        """Return the kinds of marks in the list."""
        used_kinds = {moment.kind for moment in self._list_moments()}
        return [kind for kind in MOMENT_KINDS if kind in used_kinds]

    @property
    def has_span(self) -> bool:
        """Return whether a day is known by its year only."""
        return any(moment.span for moment in self._list_moments())

    def _list_moments(self) -> Iterator[Moment]:
        for timeline in self.by_recommendation.values():
            yield from timeline.moments


def build_recommendation_timelines(
    rows: Sequence[RecommendationRow],
    updates: Iterable[StatusUpdateRow],
    language: Language,
    name: str = "years",
) -> RecommendationTimelines:
    """Return a timeline for each recommendation; `name` tells the list from others of a page."""
    by_recommendation = group_rows(updates, lambda update: update.recommendation)
    dated = {
        row.recommendation: sorted(
            _list_dated(row, by_recommendation[row.recommendation], language),
            key=lambda entry: (entry.day, MOMENT_KINDS.index(entry.kind)),
        )
        for row in rows
    }
    moments = {key: [build_moment(*entry[:2]) for entry in days] for key, days in dated.items()}
    axis = build_year_axis([moment for line in moments.values() for moment in line], name)
    return RecommendationTimelines(
        axis,
        {
            key: Timeline(axis, moments[key], _describe(days, language))
            for key, days in dated.items()
        },
    )


def _list_dated(
    row: RecommendationRow, updates: Iterable[StatusUpdateRow], language: Language
) -> Iterator[DatedWords]:
    """Yield what a recommendation has a day of; a search without result is no event."""
    gettext = language.translations.gettext
    days: list[tuple[str | None, MomentKind, str]] = [
        (row.issued, "made", gettext("made")),
        (row.due, "due", gettext("to be done by")),
        (row.last_checked, "checked", gettext("last looked for")),
    ]
    days += [
        (update.updated, "event", update.status_label or update.status)
        for update in updates
        if update.status != NO_RESPONSE_STATUS
    ]
    for day, kind, words in days:
        if day and parse_period(day):
            yield DatedWords(day, kind, words)


def _describe(days: Iterable[DatedWords], language: Language) -> str:
    """Return what a timeline shows in words, by day: what a picture says to the blind."""
    text = language.translations.gettext("%(event)s: %(day)s")
    return "; ".join(
        text % {"event": entry.words, "day": language.format_date(entry.day)} for entry in days
    )


def build_moment(day: str, kind: MomentKind) -> Moment:
    """Return a day as a mark; of a month or a year the mark is in its middle.

    >>> build_moment("2021", "made")
    Moment(time=2021.5, kind='made', span=(2021.0, 2022.0))
    """
    period = parse_period(day)
    if period is None:
        raise ValueError(day)
    if period[0] == period[1]:
        return Moment(convert_to_decimal_year(day), kind)
    middle, start = find_middle(period), convert_to_decimal_year(period[0])
    is_year_only = start.is_integer() and middle == start + 0.5
    return Moment(middle, kind, (start, start + 1) if is_year_only else None)


def build_year_axis(moments: Sequence[Moment], name: str = "years") -> YearAxis:
    """Return the whole years that hold all marks, with a label for each year or each few."""
    if not moments:
        return YearAxis((0.0, 1.0), (), name)
    first = math.floor(min(moment.time for moment in moments))
    last = math.floor(max(moment.time for moment in moments)) + 1
    step = next((n for n in YEAR_STEPS if (last - first) / n <= MAX_YEAR_LABELS), YEAR_STEPS[-1])
    years = range(first, last, step)
    is_dense = len(years) > MAX_DENSE_YEAR_LABELS
    ticks = [TimeTick(float(y), str(y), is_dense and n % 2 == 1) for n, y in enumerate(years)]
    return YearAxis((float(first), float(last)), ticks, name)
