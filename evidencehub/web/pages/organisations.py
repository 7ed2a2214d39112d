"""An organisation: recommendations to it, what became of them, and the evidence it published."""

from __future__ import annotations

from evidencehub.store import codes as code_store
from evidencehub.store import findings, recommendations
from evidencehub.store import organisations as organisation_store
from evidencehub.store.codes import CodeRow
from evidencehub.store.recommendations import ADDRESSEE_NOT_STATED
from evidencehub.web.page_request import Context, PageRequest, require_row
from evidencehub.web.views import provenance
from evidencehub.web.views.grouping import group_rows
from evidencehub.web.views.recommendation_timelines import build_recommendation_timelines
from evidencehub.web.views.structured_data import describe

MAX_ITEMS = 50  # sources of one organisation


def build_list_context(request: PageRequest) -> Context:
    """Return the organisations with recommendations, those with sources, and all others."""
    addressed = organisation_store.select_addressed_organisations(request.db)
    addressed_codes = {row.code for row in addressed}
    organisations = organisation_store.select_organisations(request.db)
    return {
        "title": "",
        "addressed": addressed,
        "unaddressed_count": organisation_store.count_unaddressed_recommendations(request.db),
        "publishers": [row for row in organisations if row.count],
        "other_organisations": [
            row for row in organisations if not row.count and row.code not in addressed_codes
        ],
    }


def build_context(request: PageRequest) -> Context:
    """Return one organisation; raise HttpError (404) for a code that is not in the list."""
    organisations = _select_organisations(request)
    organisation = require_row(
        organisations.get(request.path_params["code"]), "organisation of this name"
    )
    addressed = recommendations.select_recommendations_to(request.db, organisation.code)
    issued = recommendations.select_recommendations_by(request.db, organisation.code)
    updates = recommendations.select_updates_of_several(
        request.db, [row.recommendation for row in [*addressed, *issued]]
    )
    sources = organisation_store.select_published_sources(request.db, organisation.label, MAX_ITEMS)
    description = organisation.definition or organisation.label
    return {
        "title": organisation.label,
        "description": provenance.shorten_description(description),
        "organisation": organisation,
        "successor": organisations.get(organisation.successor or ""),
        "predecessors": [
            row for row in organisations.values() if row.successor == organisation.code
        ],
        "recommendations": addressed,
        "issued": issued,
        "addressed_timelines": build_recommendation_timelines(
            addressed, updates, request.language, "years-addressed"
        ),
        "issued_timelines": build_recommendation_timelines(
            issued, updates, request.language, "years-issued"
        ),
        "updates": group_rows(updates, lambda row: row.recommendation),
        "supporting_findings": findings.select_findings_of_organisation(
            request.db, organisation.code
        ),
        "sources": sources,
        "max_items": MAX_ITEMS,
        "structured_data": describe(
            "Organization", name=organisation.label, description=description
        ),
    }


def _select_organisations(request: PageRequest) -> dict[str, CodeRow]:
    rows = {row.code: row for row in code_store.select_codes(request.db, "organisation")}
    rows.pop(ADDRESSEE_NOT_STATED, None)
    return rows
