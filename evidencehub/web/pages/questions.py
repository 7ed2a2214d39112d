"""The questions that people ask, each with what answers it now and what is not known."""

from __future__ import annotations

from evidencehub.domain.page_addresses import build_path
from evidencehub.store import codes as code_store
from evidencehub.store import evidence_links
from evidencehub.store import indicators as indicator_store
from evidencehub.store import questions as question_store
from evidencehub.store import recommendations as recommendation_store
from evidencehub.web.page_request import Context, PageRequest, require_row
from evidencehub.web.views import helplines, provenance, question_answers
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.structured_data import describe


def build_list_context(request: PageRequest) -> Context:
    """Return every question under its first topic."""
    questions = question_store.select_questions(request.db)
    by_topic = group_rows(questions, lambda row: row.topic or "")
    topics = code_store.select_codes(request.db, "topic")
    return {
        "title": "",
        "count": len(questions),
        "sections": [(row, by_topic[row.code]) for row in topics if row.code in by_topic],
    }


def build_context(request: PageRequest) -> Context:
    """Return one question; raise HttpError (404) where there is none of this name."""
    question = require_row(
        question_store.select_question(request.db, request.path_params["id"]),
        "question of this name",
    )
    name = question.question
    groups = question_store.select_asked_groups(request.db, name)
    indicators = question_store.select_linked_indicators(request.db, name)
    subjects = evidence_links.select_item_subjects(request.db, "question", name)
    findings = question_store.select_answering_findings(request.db, name)
    answers = question_store.select_answers(request.db, name)
    compared = {row.indicator for row in answers}
    lines = question_answers.load_latest_lines(
        request.db, question, groups, {code for code, _ in indicators} - compared
    )
    return {
        "title": provenance.shorten_title(question.text),
        "description": provenance.shorten_description(question.answer or question.text),
        "question": question,
        "groups": groups,
        "group_answers": question_answers.build_group_answers(answers),
        "quoted_lines": [line for line in lines if not line.row.is_secondary_source],
        "waiting_lines": [line for line in lines if line.row.is_secondary_source],
        "finding_answers": question_answers.build_finding_answers(findings),
        "recommendations": recommendation_store.select_recommendations_of_question(
            request.db, name
        ),
        "indicators": indicators,
        "is_compared": indicator_store.count_family_countries(request.db, question.family) > 1,
        "subjects": group_rows(subjects, lambda row: row.list),
        "helplines": helplines.select_helplines(request.site, [row.code for row in subjects]),
        "structured_data": describe(
            "QAPage", url=request.base_url + build_path("questions", name), name=question.text
        ),
    }
