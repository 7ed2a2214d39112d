"""The workstreams with the topics that belong to each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evidencehub.store.codes import CodeRow


@dataclass(frozen=True, slots=True)
class WorkstreamTopics:
    """A workstream and its topics; `workstream` is None for the topics that have none."""

    workstream: CodeRow | None
    topics: Sequence[CodeRow]


def group_by_workstream(
    codes: Iterable[CodeRow], workstream_of_topic: Mapping[str, str]
) -> list[WorkstreamTopics]:
    """Return the workstreams in their order with their topics; topics of none come last.

    `workstream_of_topic` gives the code of the main workstream by the code of the topic.
    """
    rows = list(codes)
    workstreams = [row for row in rows if row.list == "workstream"]
    topics: dict[str, list[CodeRow]] = {row.code: [] for row in workstreams}
    other_topics: list[CodeRow] = []
    for row in rows:
        if row.list == "topic":
            topics.get(workstream_of_topic.get(row.code, ""), other_topics).append(row)
    sections = [WorkstreamTopics(row, topics[row.code]) for row in workstreams]
    return [*sections, WorkstreamTopics(None, other_topics)] if other_topics else sections
