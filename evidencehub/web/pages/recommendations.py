"""A recommendation: what should be done, by whom, and what has become of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.store import codes as code_store
from evidencehub.store import evidence_links, findings
from evidencehub.store import recommendations as recommendation_store
from evidencehub.store.codes import CodeRow
from evidencehub.store.recommendations import (
    ADDRESSEE_NOT_STATED,
    UNKNOWN_STATUS,
    RecommendationDetailRow,
    RecommendationRow,
    StatusUpdateRow,
)
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import (
    Context,
    Document,
    PageRequest,
    create_not_found_error,
    read_option,
)
from evidencehub.web.views import helplines, paging, provenance
from evidencehub.web.views.provenance import LinkedSource

CLOSED_STATUSES = {"implemented", "rejected", "superseded"}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """An event in the life of a recommendation: issued, update, due or current; with its day."""

    kind: str
    day: str | None
    is_overdue: bool = False
    update: StatusUpdateRow | None = None
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class StatusCount:
    """A status and how many recommendations have it now."""

    row: CodeRow
    count: int
    is_unknown: bool


def build_context(request: PageRequest) -> Context:
    """Return one recommendation; raise HttpError (404) where there is none of this name."""
    recommendation = _read_recommendation(request)
    name = recommendation.recommendation
    current = recommendation_store.select_current_recommendation(request.db, name)
    updates = recommendation_store.select_updates(request.db, name)
    sources = provenance.select_sources(request.db, "recommendation", name)
    subjects = provenance.select_subjects(request.db, "recommendation", name)
    linked_findings = findings.select_findings_of_recommendation(request.db, name)
    return {
        "title": provenance.shorten_title(recommendation.title or recommendation.text),
        "description": provenance.shorten_description(recommendation.text),
        "og_type": "article",
        "recommendation": recommendation,
        "current": current,
        "status_definition": _find_status_definition(request, current.status),
        "has_changed_status": recommendation.status not in (UNKNOWN_STATUS, current.status),
        "timeline": build_timeline(recommendation, updates, current.status),
        "linked_findings": linked_findings,
        "same_source_findings": []
        if linked_findings
        else findings.select_findings_of_same_sources(request.db, name),
        "indicators": evidence_links.select_item_indicators(request.db, "recommendation", name),
        "sources": sources,
        "subjects": subjects,
        "helplines": helplines.select_helplines(
            request.site, [row.code for row in subjects.topics]
        ),
        "citation": provenance.render_citation(request, recommendation, sources),
        "structured_data": _build_structured_data(request, recommendation, sources),
    }


def build_citation_document(request: PageRequest) -> Document:
    """Return how to cite a recommendation, as a file."""
    return provenance.build_citation_document(request, _read_recommendation(request))


def build_list_context(request: PageRequest) -> Context:
    """Return the recommendations by their current status, filtered, a page at a time."""
    subjects = code_store.select_codes(request.db, "topic", "workstream")
    statuses = code_store.select_codes(request.db, "recommendation-status")
    organisations = recommendation_store.select_all_addressees(request.db)
    addressee_codes = [*(code for code, _ in organisations), ADDRESSEE_NOT_STATED]
    selected = {
        "status": read_option(request, "status", [row.code for row in statuses], ""),
        "topic": read_option(request, "topic", [row.code for row in subjects], ""),
        "organisation": read_option(request, "organisation", addressee_codes, ""),
    }
    rows = recommendation_store.select_recommendations(
        request.db, subject=selected["topic"], organisation=selected["organisation"]
    )
    matching_rows = [row for row in rows if selected["status"] in ("", row.status)]
    position = paging.parse_list_position(request, len(matching_rows))
    page_rows = matching_rows[position.offset : position.offset + paging.PER_PAGE]
    status_counts = [count_status(status, rows) for status in statuses]
    return {
        "title": "",
        "statuses": status_counts,
        "unused_statuses": [status for status in status_counts if not status.count],
        "selected": selected,
        "organisations": organisations,
        "addressee_not_stated": ADDRESSEE_NOT_STATED,
        "workstreams": [row for row in subjects if row.list == "workstream"],
        "topics": [row for row in subjects if row.list == "topic"],
        "unfiltered_total": len(rows),
        "total": len(matching_rows),
        "without_addressee": sum(not row.organisations for row in rows),
        "position": position,
        "sections": group_by_status(page_rows, statuses),
    }


def count_status(status: CodeRow, rows: Sequence[RecommendationRow]) -> StatusCount:
    """Return how many recommendations have a status."""
    count = sum(row.status == status.code for row in rows)
    return StatusCount(status, count, is_unknown=status.code == UNKNOWN_STATUS)


def group_by_status(
    rows: Sequence[RecommendationRow], statuses: Sequence[CodeRow]
) -> list[tuple[CodeRow, list[RecommendationRow]]]:
    """Return the rows of each status that has any, in the order of the code list."""
    sections = [(status, [row for row in rows if row.status == status.code]) for status in statuses]
    return [(status, status_rows) for status, status_rows in sections if status_rows]


def build_timeline(
    recommendation: RecommendationDetailRow, updates: Sequence[StatusUpdateRow], status: str
) -> list[TimelineEvent]:
    """Return what happened by day: its issue, the updates, the day it was due, and the release.

    Whether it is overdue depends on the day of the release: the data know nothing later.
    """
    release_day = recommendation.created[:10]
    events = [
        TimelineEvent(
            "update",
            update.updated,
            update=update,
            source_url=provenance.choose_source_url(update.url, update.doi),
        )
        for update in updates
    ]
    events.append(TimelineEvent("current", release_day))
    if due := recommendation.due:
        is_overdue = due < release_day and status not in CLOSED_STATUSES
        events.append(TimelineEvent("due", due, is_overdue=is_overdue))
    events.sort(key=lambda event: (event.day or "", event.kind == "current"))
    return [TimelineEvent("issued", recommendation.issued), *events]


def _read_recommendation(request: PageRequest) -> RecommendationDetailRow:
    name = request.path_params["id"]
    recommendation = recommendation_store.select_recommendation(request.db, name)
    if recommendation is None:
        raise create_not_found_error("recommendation of this name")
    return recommendation


def _find_status_definition(request: PageRequest, status: str) -> str:
    statuses = code_store.select_codes(request.db, "recommendation-status")
    return next((row.definition or "" for row in statuses if row.code == status), "")


def _build_structured_data(
    request: PageRequest, recommendation: RecommendationDetailRow, sources: Sequence[LinkedSource]
) -> dict[str, Any]:
    """Return the recommendation as a schema.org CreativeWork."""
    return provenance.drop_empty(
        {
            "@context": "https://schema.org",
            "@type": "CreativeWork",
            "genre": "Recommendation",
            "name": recommendation.title,
            "text": recommendation.text,
            "url": request.base_url + build_path("recommendations", recommendation.recommendation),
            "inLanguage": recommendation.language,
            "datePublished": recommendation.issued,
            "spatialCoverage": recommendation.area_label,
            "isBasedOn": provenance.build_structured_sources(sources),
            "isPartOf": provenance.build_structured_dataset(request, recommendation),
        }
    )
