"""A recommendation: what should be done, by whom, and what has become of it since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.domain.code_lists import NO_RESPONSE_STATUS, OUTCOME_LEVEL
from evidencehub.messages.language import Language
from evidencehub.store import codes as code_store
from evidencehub.store import evidence_links, findings
from evidencehub.store import recommendations as recommendation_store
from evidencehub.web.charts.part_strip import Part
from evidencehub.web.page_request import (
    Context,
    Document,
    PageRequest,
    read_code,
    read_option,
    require_row,
)
from evidencehub.web.views import paging, provenance
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.recommendation_timelines import build_recommendation_timelines

CLOSED_STATUSES = {"implemented", "rejected", "superseded"}
MAX_STATUS_AGE_YEARS = 2  # of a status that is not final; after them the page says how old it is


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """An event in the life of a recommendation: issued, update, due or checked; with its day.

    `aspect` is that of an update: response, implementation, outcome, or none.
    """

    kind: str
    day: str | None
    is_overdue: bool = False
    update: recommendation_store.StatusUpdateRow | None = None
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class StatusPart:
    """The recommendations of one status; of those not found out, apart if nobody has looked."""

    code: str
    rows: Sequence[recommendation_store.RecommendationRow]
    number: int
    part: Part


def build_context(request: PageRequest) -> Context:
    """Return one recommendation; raise HttpError (404) where there is none of this name."""
    recommendation = _read_recommendation(request)
    name = recommendation.recommendation
    current = recommendation_store.select_current_recommendation(request.db, name)
    updates = recommendation_store.select_updates(request.db, name)
    linked_findings = findings.select_findings_of_recommendation(request.db, name)
    statuses = code_store.select_codes(request.db, "recommendation-status")
    return {
        **provenance.build_item_context(request, recommendation),
        "current": current,
        "status_definition": next(
            (row.definition or "" for row in statuses if row.code == current.status), ""
        ),
        "is_status_old": is_status_old(current, recommendation.created),
        "has_changed_status": recommendation.status
        not in (recommendation_store.UNKNOWN_STATUS, current.status),
        "timelines": build_recommendation_timelines([current], updates, request.language),
        "story": build_story(recommendation, updates, current.status, statuses),
        "linked_findings": linked_findings,
        "same_source_findings": []
        if linked_findings
        else findings.select_findings_of_same_sources(request.db, name),
        "indicators": evidence_links.select_item_indicators(request.db, "recommendation", name),
    }


def build_citation_document(request: PageRequest) -> Document:
    """Return how to cite a recommendation, as a file."""
    return provenance.build_citation_document(request, _read_recommendation(request))


def build_list_context(request: PageRequest) -> Context:
    """Return the recommendations by their current status, filtered, a page at a time."""
    lists = ("topic", "workstream", "recommendation-status", "organisation-kind")
    codes = group_rows(code_store.select_codes(request.db, *lists), lambda row: row.list)
    statuses = [row for row in codes["recommendation-status"] if row.level != OUTCOME_LEVEL]
    organisations = recommendation_store.select_all_addressees(request.db)
    addressees = [*(code for code, _ in organisations), recommendation_store.ADDRESSEE_NOT_STATED]
    selected = {
        "status": read_code(request, "status", statuses),
        "topic": read_code(request, "topic", [*codes["topic"], *codes["workstream"]]),
        "organisation": read_option(request, "organisation", addressees, ""),
        "made_by": read_code(request, "made_by", codes["organisation-kind"]),
    }
    rows = recommendation_store.select_recommendations(
        request.db,
        subject=selected["topic"],
        organisation=selected["organisation"],
        issuer_kind=selected["made_by"],
    )
    matching_rows = [row for row in rows if selected["status"] in ("", row.status)]
    position = paging.parse_list_position(request, len(matching_rows))
    updates = recommendation_store.select_updates_of_several(
        request.db, [row.recommendation for row in matching_rows]
    )
    page_rows = matching_rows[position.offset : position.offset + paging.PER_PAGE]
    return {
        "title": "",
        **_group_by_status(statuses, rows, page_rows),
        "status_parts": build_status_parts(rows, request.language),
        "timelines": build_recommendation_timelines(matching_rows, updates, request.language),
        "selected": selected,
        "organisations": organisations,
        "addressee_not_stated": recommendation_store.ADDRESSEE_NOT_STATED,
        "workstreams": codes["workstream"],
        "issuer_kinds": codes["organisation-kind"],
        "topics": codes["topic"],
        "unfiltered_total": len(rows),
        "total": len(matching_rows),
        "without_addressee": sum(not row.organisations for row in rows),
        "position": position,
    }


def _group_by_status(
    statuses: Sequence[code_store.CodeRow],
    rows: Sequence[recommendation_store.RecommendationRow],
    page_rows: Sequence[recommendation_store.RecommendationRow],
) -> Context:
    """Return the statuses with their numbers of recommendations, and those of a page."""
    status_counts = Counter(row.status for row in rows)
    by_status = group_rows(page_rows, lambda row: row.status)
    return {
        "statuses": statuses,
        "status_counts": status_counts,
        "unused_statuses": [row for row in statuses if not status_counts[row.code]],
        "sections": [(row, by_status[row.code]) for row in statuses if row.code in by_status],
    }


def build_status_parts(
    rows: Sequence[recommendation_store.RecommendationRow], language: Language
) -> list[StatusPart]:
    """Return the recommendations by status in their order; last those that nobody looked for."""
    ordered = sorted(rows, key=lambda row: row.awaits_search)
    groups = group_rows(ordered, lambda row: (row.status, row.awaits_search))
    return [
        StatusPart(
            status,
            members,
            number,
            Part(len(members), language.format_number(len(members)), awaits_search),
        )
        for number, ((status, awaits_search), members) in enumerate(groups.items())
    ]


def is_status_old(current: recommendation_store.RecommendationRow, created: str) -> bool:
    """Return whether the last news of an open recommendation is old on the day of the release."""
    if current.status_date is None or not current.has_news:
        return False
    oldest_year = int(created[:4]) - MAX_STATUS_AGE_YEARS
    is_open = current.status not in CLOSED_STATUSES
    return is_open and current.status_date < f"{oldest_year}{created[4:10]}"


def build_story(
    recommendation: recommendation_store.RecommendationDetailRow,
    updates: Sequence[recommendation_store.StatusUpdateRow],
    status: str,
    statuses: Sequence[code_store.CodeRow],
) -> list[StoryEvent]:
    """Return what happened by day: its issue, the updates, the day it was due, the last search.

    A search without result and the day last checked are one event. Whether it is overdue depends on
    the day of the release: the data know nothing later.
    """
    last_checked = recommendation.last_checked
    events = _list_update_events(updates, last_checked, statuses)
    if due := recommendation.due:
        is_overdue = due < recommendation.created[:10] and status not in CLOSED_STATUSES
        events.append(StoryEvent("due", due, is_overdue=is_overdue))
    events.sort(key=lambda event: (event.day or "", event.kind == "checked"))
    return [StoryEvent("issued", recommendation.issued), *events]


def _list_update_events(
    updates: Sequence[recommendation_store.StatusUpdateRow],
    last_checked: str | None,
    statuses: Sequence[code_store.CodeRow],
) -> list[StoryEvent]:
    """Return the updates with their aspects, and the last search with what it is recorded as."""
    aspects = {row.code: row.level or "" for row in statuses}
    by_search = group_rows(
        updates,
        lambda update: update.status == NO_RESPONSE_STATUS and update.updated == last_checked,
    )
    events = [
        StoryEvent("update", update.updated, update=update, aspect=aspects.get(update.status, ""))
        for update in by_search[False]
    ]
    if last_checked:
        search = next(iter(by_search[True]), None)
        events.append(StoryEvent("checked", last_checked, update=search))
    return events


def _read_recommendation(request: PageRequest) -> recommendation_store.RecommendationDetailRow:
    name = request.path_params["id"]
    recommendation = recommendation_store.select_recommendation(request.db, name)
    return require_row(recommendation, "recommendation of this name")
