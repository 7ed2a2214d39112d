"""The topics on which a page has no value, each with what is known of why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidencehub.store.coverage import CoverageRow
from evidencehub.store.related_evidence import LabelledCodeRow
from evidencehub.web.views.grouping import group_rows


@dataclass(frozen=True, slots=True)
class AbsentTopics:
    """The topics without a value of a group or place.

    `elsewhere` have values of other groups or places, `nowhere` have none. The rest says why:
    on `with_findings` there is evidence but no value; for `searches` somebody looked and
    there was none. `has_unsearched` says whether on any topic nobody has recorded a search.
    """

    elsewhere: Sequence[LabelledCodeRow]
    nowhere: Sequence[LabelledCodeRow]
    with_findings: Sequence[LabelledCodeRow]
    searches: Sequence[CoverageRow]
    has_unsearched: bool


def build_absent_topics(
    topics: Sequence[LabelledCodeRow],
    topics_with_values: Iterable[str],
    coverage: Iterable[CoverageRow],
) -> AbsentTopics:
    """Return the topics by cause; `coverage` is what is held on the group or in the place."""
    rows_by_topic = group_rows(coverage, lambda row: row.topic)
    by_coverage = group_rows(topics, lambda topic: topic.code in set(topics_with_values))
    with_findings, searches, has_unsearched = [], [], False
    for topic in topics:
        by_status = group_rows(rows_by_topic[topic.code], lambda row: row.coverage_status)
        if by_status["values"]:  # of another group under the heading, or an area inside
            continue
        if by_status["findings"]:
            with_findings.append(topic)
        elif by_status["not-found"]:
            searches += by_status["not-found"]
        else:
            has_unsearched = True
    return AbsentTopics(
        by_coverage[True], by_coverage[False], with_findings, searches, has_unsearched
    )
