"""The first page: a question with its answer, gaps by workstream, what is known, what is new."""

from __future__ import annotations

import textwrap

from evidencehub.store import codes as code_store
from evidencehub.store import coverage, findings, questions, topics
from evidencehub.store.database import RowReader
from evidencehub.store.indicator_lists import select_workstream_indicators
from evidencehub.store.questions import QuestionRow
from evidencehub.store.releases import select_recent_changes
from evidencehub.store.site_totals import select_site_counts
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views import question_answers
from evidencehub.web.views.gap_strips import build_list_plot, list_markers, load_gap_strips
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.question_answers import ComparisonAnswer
from evidencehub.web.views.structured_data import describe
from evidencehub.web.views.workstream_topics import group_by_workstream

MAX_QUESTIONS = 6  # on the first page, in the order of their dataset
MAX_GAPS, MAX_FINDINGS = 2, 3  # of a workstream
MAX_RELEASES = 3
TITLE_LINE_CHARS, MAX_TITLE_LINES = 46, 3  # of the picture that goes with a link
TEXT_LINE_CHARS, MAX_TEXT_LINES = 56, 5


def build_context(request: PageRequest) -> Context:
    """Return a section for each workstream in its order; empty ones stay, to say so."""
    site = request.site
    all_questions = questions.select_questions(request.db)
    question, answer = _find_answered_question(request.db, all_questions[:MAX_QUESTIONS])
    return {
        "title": site.title,
        "description": site.description,
        "has_search_of_its_own": True,
        "counts": select_site_counts(request.db),
        "question": question,
        "answer": answer,
        "questions": [row for row in all_questions[:MAX_QUESTIONS] if row is not question],
        **_build_workstreams(request),
        **_build_coverage(request.db),
        "releases": select_recent_changes(request.db, MAX_RELEASES, with_withdrawals=False),
        "structured_data": describe(
            "DataCatalog", name=site.title, description=site.description, url=f"{request.base_url}/"
        ),
    }


def build_share_image_context(request: PageRequest) -> Context:
    """Return the picture that goes with a link to any page without one of its own."""
    site = request.site
    return {
        "title_lines": textwrap.wrap(site.title, TITLE_LINE_CHARS)[:MAX_TITLE_LINES],
        "text_lines": textwrap.wrap(site.description, TEXT_LINE_CHARS)[:MAX_TEXT_LINES],
        "columns": [],
    }


def _find_answered_question(
    db: RowReader, rows: list[QuestionRow]
) -> tuple[QuestionRow | None, ComparisonAnswer | None]:
    """Return the first question whose answer may be quoted, with that answer."""
    for row in rows:
        answers = question_answers.build_group_answers(questions.select_answers(db, row.question))
        quoted = next((answer.quoted for answer in answers if answer.quoted), None)
        if quoted is not None:
            return row, quoted
    return None, None


def _build_workstreams(request: PageRequest) -> Context:
    """Return each workstream with its topics that have evidence, gaps, and newest findings."""
    with_evidence = topics.select_topics_with_evidence(request.db)
    latest = group_rows(findings.select_latest_findings(request.db), lambda row: row.workstream)
    indicators = select_workstream_indicators(request.db)
    strips = load_gap_strips(
        request.db, {name for names in indicators.values() for name in names[:MAX_GAPS]}
    )
    strip_rows = {
        code: [strips[name].first.row for name in names[:MAX_GAPS] if name in strips]
        for code, names in indicators.items()
    }
    sections = [
        {
            "workstream": workstream,
            "topics": [topic for topic in members if topic.code in with_evidence],
            "indicators": strip_rows.get(workstream.code, ()),
            "indicators_not_shown": len(indicators.get(workstream.code, ()))
            - len(strip_rows.get(workstream.code, ())),
            "findings": latest[workstream.code][:MAX_FINDINGS],
            "findings_not_shown": len(latest[workstream.code][MAX_FINDINGS:]),
        }
        for workstream, members in group_by_workstream(
            code_store.select_codes(request.db, "topic", "workstream"),
            topics.select_main_workstreams(request.db),
        )
        if workstream
    ]
    return {
        "sections": sections,
        "gap_strips": strips,
        "list_plot": build_list_plot(request.language),
        "list_markers": list_markers(strips),
    }


def _build_coverage(db: RowReader) -> Context:
    """Return the grid of topics and broad groups: how much is held of each."""
    rows = coverage.select_facet_grid(db)
    return {
        "coverage": list(group_rows(rows, lambda row: (row.topic, row.topic_label)).items()),
        "coverage_facets": list(dict.fromkeys((row.code, row.label) for row in rows)),
    }
