"""The workstreams with the topics that belong to each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from evidencehub.store.codes import CodeRow

MAIN_WORKSTREAM_MARK = " Main workstream: "  # how the definition of a topic ends in the code list


@dataclass(frozen=True, slots=True)
class WorkstreamTopics:
    """A workstream and its topics; `workstream` is None for the topics that have none."""

    workstream: CodeRow | None
    topics: Sequence[CodeRow]


def group_by_workstream(codes: Iterable[CodeRow]) -> list[WorkstreamTopics]:
    """Return the workstreams in their order with their topics; topics of none come last."""
    rows = list(codes)
    workstreams = [row for row in rows if row.list == "workstream"]
    topics: dict[str, list[CodeRow]] = {row.label: [] for row in workstreams}
    other_topics: list[CodeRow] = []
    for row in rows:
        if row.list == "topic":
            _, _, label = (row.definition or "").partition(MAIN_WORKSTREAM_MARK)
            topics.get(label.rstrip("."), other_topics).append(drop_workstream_mark(row))
    sections = [WorkstreamTopics(row, topics[row.label]) for row in workstreams]
    return [*sections, WorkstreamTopics(None, other_topics)] if other_topics else sections


def drop_workstream_mark(row: CodeRow) -> CodeRow:
    """Return a topic or workstream with its definition alone; that may be empty."""
    return replace(row, definition=(row.definition or "").partition(MAIN_WORKSTREAM_MARK)[0])
