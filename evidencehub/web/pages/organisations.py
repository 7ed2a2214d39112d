"""An organisation: recommendations to it, what became of them, and the evidence it published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evidencehub.store import codes as code_store
from evidencehub.store import findings, recommendations
from evidencehub.store import organisations as organisation_store
from evidencehub.store.codes import CodeRow
from evidencehub.store.organisations import OrganisationUpdateRow, PublishedSourceRow
from evidencehub.store.recommendations import ADDRESSEE_NOT_STATED, RecommendationRow
from evidencehub.web.page_request import Context, PageRequest, create_not_found_error
from evidencehub.web.views import provenance

MAX_ITEMS = 50  # sources of one organisation


@dataclass(frozen=True, slots=True)
class LinkedUpdate:
    """An update of a recommendation and the address of its source; empty without one."""

    row: OrganisationUpdateRow
    source_url: str


@dataclass(frozen=True, slots=True)
class LinkedPublication:
    """A source that an organisation published, and where to read it."""

    row: PublishedSourceRow
    url: str


@dataclass(frozen=True, slots=True)
class AddressedRecommendation:
    """A recommendation with what has been heard of it."""

    row: RecommendationRow
    updates: Sequence[LinkedUpdate]


def build_list_context(request: PageRequest) -> Context:
    """Return the organisations with recommendations, those with sources, and all others."""
    addressed = organisation_store.select_addressed_organisations(request.db)
    addressed_codes = {row.code for row in addressed}
    other_organisations = [
        row
        for row in organisation_store.select_organisations(request.db)
        if row.code not in addressed_codes
    ]
    return {
        "title": "",
        "addressed": addressed,
        "unaddressed_count": organisation_store.count_unaddressed_recommendations(request.db),
        "publishers": [row for row in other_organisations if row.count],
        "other_organisations": [row for row in other_organisations if not row.count],
    }


def build_context(request: PageRequest) -> Context:
    """Return one organisation; raise HttpError (404) for a code that is not in the list."""
    organisation = _read_organisation(request)
    addressed = recommendations.select_recommendations_to(request.db, organisation.code)
    updates = organisation_store.select_updates_of_organisation(request.db, organisation.code)
    sources = organisation_store.select_published_sources(request.db, organisation.label, MAX_ITEMS)
    description = organisation.definition or organisation.label
    return {
        "title": organisation.label,
        "description": provenance.shorten_description(description),
        "organisation": organisation,
        "recommendations": [_join_updates(row, updates) for row in addressed],
        "supporting_findings": findings.select_findings_of_organisation(
            request.db, organisation.code
        ),
        "sources": [
            LinkedPublication(row, provenance.choose_source_url(row.url, row.doi))
            for row in sources
        ],
        "max_items": MAX_ITEMS,
        "structured_data": _build_structured_data(organisation.label, description),
    }


def _read_organisation(request: PageRequest) -> CodeRow:
    name = request.path_params["code"]
    for row in code_store.select_codes(request.db, "organisation"):
        if row.code == name and name != ADDRESSEE_NOT_STATED:
            return row
    raise create_not_found_error("organisation of this name")


def _join_updates(
    row: RecommendationRow, updates: Iterable[OrganisationUpdateRow]
) -> AddressedRecommendation:
    return AddressedRecommendation(
        row,
        [
            LinkedUpdate(update, provenance.choose_source_url(update.url, update.doi))
            for update in updates
            if update.recommendation == row.recommendation
        ],
    )


def _build_structured_data(name: str, description: str) -> dict[str, Any]:
    """Return the organisation as a schema.org Organization."""
    return {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": name,
        "description": description,
    }
