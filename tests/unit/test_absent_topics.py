"""Why a page has no value on a topic: each cause by itself."""

from __future__ import annotations

from evidencehub.store.coverage import CoverageRow
from evidencehub.store.related_evidence import LabelledCodeRow
from evidencehub.web.views.absent_topics import build_absent_topics


def make_topic(code: str) -> LabelledCodeRow:
    return LabelledCodeRow("topic", code, code.title(), None)


def make_row(topic: str, status: str, country: str = "XT") -> CoverageRow:
    looked = ("2026-01-31", "toy-gap") if status == "not-found" else (None, None)
    return CoverageRow(topic, topic.title(), country, "Toy Land", 0, 0, status, *looked)


def test_what_was_looked_for_is_told_apart_from_what_is_not_held() -> None:
    topics = [make_topic(code) for code in ("kites", "drums", "marbles", "puppets")]
    coverage = [
        make_row("kites", "not-found"), make_row("kites", "not-held", "XV"),
        make_row("drums", "findings"), make_row("drums", "not-found", "XV"),
        make_row("marbles", "not-held"),
        make_row("puppets", "values"), make_row("puppets", "findings", "XV"),
    ]  # fmt: skip
    absent = build_absent_topics(topics, ["drums", "puppets"], coverage)
    assert [topic.code for topic in absent.elsewhere] == ["drums", "puppets"]
    assert [topic.code for topic in absent.nowhere] == ["kites", "marbles"]
    assert [(row.topic, row.code) for row in absent.searches] == [("kites", "XT")]
    assert [topic.code for topic in absent.with_findings] == ["drums"]
    assert absent.has_unsearched


def test_where_each_topic_was_looked_for_no_search_is_missing() -> None:
    absent = build_absent_topics([make_topic("kites")], [], [make_row("kites", "not-found")])
    assert not absent.has_unsearched
    assert build_absent_topics([make_topic("kites")], [], []).has_unsearched
