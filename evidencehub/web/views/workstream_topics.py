"""The workstreams with the topics that belong to each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evidencehub.store.codes import CodeRow
from evidencehub.web.views.grouping import group_rows

WorkstreamTopics = tuple[CodeRow | None, list[CodeRow]]
"""A workstream and its topics; no workstream for the topics that have none."""


def group_by_workstream(
    codes: Iterable[CodeRow], workstream_of_topic: Mapping[str, str]
) -> list[WorkstreamTopics]:
    """Return the workstreams in their order with their topics; topics of none come last.

    `workstream_of_topic` gives the code of the main workstream by the code of the topic.
    """
    rows = group_rows(codes, lambda row: row.list)
    topics = group_rows(rows["topic"], lambda row: workstream_of_topic.get(row.code))
    sections: list[WorkstreamTopics] = [
        (row, topics.pop(row.code, [])) for row in rows["workstream"]
    ]
    other_topics = [row for row in rows["topic"] if workstream_of_topic.get(row.code) in topics]
    return [*sections, (None, other_topics)] if other_topics else sections
