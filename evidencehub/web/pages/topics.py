"""A topic or a workstream: what is measured, found and recommended, and what nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from evidencehub.domain.page_addresses import build_path
from evidencehub.store import codes as code_store
from evidencehub.store import questions, recommendations
from evidencehub.store import topics as topic_store
from evidencehub.store.codes import CodeRow
from evidencehub.store.related_evidence import TypedFindingRow
from evidencehub.store.topics import GroupCoverageRow, SchemeGroupRow, SubjectIndicatorRow
from evidencehub.web.page_request import Context, PageRequest, require_row
from evidencehub.web.views import finding_types, helplines, provenance
from evidencehub.web.views.gap_strips import build_list_plot, list_markers, load_gap_strips
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.structured_data import describe
from evidencehub.web.views.workstream_topics import WorkstreamTopics, group_by_workstream

MAX_ITEMS = 20  # questions, findings and recommendations of a topic on its page
MAX_INDICATORS = 40
FIRST_ITEMS = 6  # of a list that stand open
RESULT_TYPES = ("finding", "lived-experience")
BACKGROUND_TYPES = ("method", "context")


def build_list_context(request: PageRequest) -> Context:
    """Return every topic under its main workstream, with how much evidence there is."""
    codes = code_store.select_codes(request.db, "topic", "workstream")
    counts = topic_store.select_evidence_counts(request.db)
    return {
        "title": "",
        "sections": group_by_workstream(codes, topic_store.select_main_workstreams(request.db)),
        "counts": Counter({(row.list, row.code, row.kind): row.count for row in counts}),
    }


def build_context(request: PageRequest) -> Context:
    """Return one topic or workstream; raise HttpError (404) for a code that is neither."""
    codes = code_store.select_codes(request.db, "topic", "workstream")
    code = request.path_params["code"]
    subject = require_row(
        next((row for row in codes if row.code == code), None), "topic of this name"
    )
    sections = group_by_workstream(codes, topic_store.select_main_workstreams(request.db))
    workstream, workstream_topics = _find_section(sections, subject)
    is_workstream = subject.list == "workstream"
    topics = workstream_topics if is_workstream else ()
    all_questions = questions.select_questions(request.db, subject.code)
    all_recommendations = recommendations.select_recommendations_of_subject(
        request.db, subject.list, subject.code
    )
    return {
        "title": subject.label,
        "description": provenance.shorten_description(subject.definition or ""),
        "topic": subject,
        "workstream": None if is_workstream else workstream,
        "topics": topics,
        "first_items": FIRST_ITEMS,
        **_split_findings(
            topic_store.select_subject_findings(request.db, subject.list, subject.code)
        ),
        **_build_coverage(request, subject),
        "questions": all_questions[:MAX_ITEMS],
        "questions_not_shown": len(all_questions[MAX_ITEMS:]),
        "recommendations": all_recommendations[:MAX_ITEMS],
        "recommendation_count": len(all_recommendations),
        "datasets": topic_store.select_subject_datasets(request.db, subject.list, subject.code),
        "helplines": helplines.select_helplines(
            request.site, [subject.code, *(topic.code for topic in topics)]
        ),
        "structured_data": describe(
            "CollectionPage",
            name=subject.label,
            description=subject.definition,
            url=request.base_url + build_path("topics", subject.code),
        ),
    }


def build_missing_groups(
    groups: Iterable[SchemeGroupRow], groups_with_values: Collection[tuple[str, str]]
) -> Context:
    """Return the groups of each classification that have no values, by its title.

    Those of which a classification has values under a narrower or wider name are apart, each with
    the groups of that name.
    """
    by_coverage = group_rows(groups, lambda row: (row.scheme, row.code) in groups_with_values)
    namesakes = {
        row: [other for other in by_coverage[True] if _is_same_name(row, other)]
        for row in by_coverage[False]
    }
    absent = [row for row in by_coverage[False] if not namesakes[row]]
    return {
        "groups_without_values": list(group_rows(absent, lambda row: row.scheme_title).items()),
        "groups_under_other_names": [pair for pair in namesakes.items() if pair[1]],
    }


def _is_same_name(group: SchemeGroupRow, other: SchemeGroupRow) -> bool:
    """Return whether one classification has a group twice, with a wider and a narrower name.

    One name begins with the other, as “Asian” and “Asian non-Hispanic”, and both have the same
    broad headings.
    """
    shorter, longer = sorted((group.label, other.label), key=len)
    return (
        group.scheme == other.scheme
        and group.facets is not None
        and group.facets == other.facets
        and longer.startswith(f"{shorter} ")
    )


def _find_section(sections: Iterable[WorkstreamTopics], subject: CodeRow) -> WorkstreamTopics:
    """Return the workstream that a subject is, or to which it belongs."""
    for workstream, topics in sections:
        if subject in (workstream, *topics):
            return workstream, topics
    return None, []


def _split_findings(rows: Sequence[TypedFindingRow]) -> Context:
    """Return the first findings of each kind, and how many are not shown of all of them."""
    lists: dict[str, list[TypedFindingRow]] = {
        "results": [row for row in rows if row.type in RESULT_TYPES][:MAX_ITEMS],
        **finding_types.build_causes(rows, MAX_ITEMS),
        "programmes": [row for row in rows if row.type == "programme"][:MAX_ITEMS],
        "background": [row for row in rows if row.type in BACKGROUND_TYPES][:MAX_ITEMS],
        "evidence_gaps": [row for row in rows if row.type == "evidence-gap"][:MAX_ITEMS],
    }
    shown_count = sum(map(len, lists.values()))
    return {**lists, "finding_count": len(rows), "findings_not_shown": len(rows) - shown_count}


def _find_comparing_indicators(coverage: Iterable[GroupCoverageRow]) -> set[str]:
    """Return the indicators with values of two groups at least in one classification."""
    counts = Counter((row.indicator, row.scheme) for row in set(coverage))
    return {indicator for (indicator, _), count in counts.items() if count > 1}


def _build_indicator_lists(request: PageRequest, rows: Sequence[SubjectIndicatorRow]) -> Context:
    """Return the indicators with their gaps on one scale, and those that compare no groups."""
    strips = load_gap_strips(request.db, [row.indicator for row in rows])
    shown_rows = rows[:MAX_INDICATORS]
    compared = group_rows(shown_rows, lambda row: row.indicator in strips)
    return {
        "gap_strips": strips,
        "list_plot": build_list_plot(request.language),
        "list_markers": list_markers(strips),
        "indicators": shown_rows,
        "compared_indicators": compared[True],
        "other_indicators": compared[False],
    }


def _build_coverage(request: PageRequest, subject: CodeRow) -> Context:
    """Return the indicators, and the groups and countries that they leave out."""
    rows = topic_store.select_subject_indicators(request.db, subject.list, subject.code)
    coverage = topic_store.select_groups_with_values(request.db, subject.list, subject.code)
    countries = topic_store.select_country_coverage(request.db, subject.list, subject.code)
    lists = _build_indicator_lists(request, rows)
    # a published comparison is of one group with another that has no value of its own
    comparing = _find_comparing_indicators(coverage) | lists["gap_strips"].keys()
    comparators = topic_store.select_comparators(request.db, subject.list, subject.code)
    groups = topic_store.select_scheme_groups(request.db, {row.scheme for row in coverage})
    return {
        **lists,
        "indicator_count": len(rows),
        "indicators_without_comparison": [row for row in rows if row.indicator not in comparing],
        **build_missing_groups(
            groups, {(row.scheme, row.ethnicity) for row in coverage} | comparators
        ),
        "countries": [row for row in countries if row.is_covered],
        "countries_without": [row for row in countries if not row.is_covered],
    }
