"""A finding: what it says, how certain it is, the values behind it, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from evidencehub.store import codes as code_store
from evidencehub.store import evidence_links, recommendations
from evidencehub.store import findings as finding_store
from evidencehub.store.codes import CodeRow
from evidencehub.store.database import RowReader
from evidencehub.store.evidence_links import ItemIndicatorRow
from evidencehub.store.finding_observations import select_finding_observations
from evidencehub.store.findings import ClaimRow, FindingDetailRow, FindingGroupRow, ListedFindingRow
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import (
    Context,
    Document,
    PageRequest,
    create_not_found_error,
    read_option,
)
from evidencehub.web.views import finding_tables, helplines, paging, provenance
from evidencehub.web.views.provenance import LinkedSource

MAX_DETAIL_CHARS = 400  # of a detail that is not folded away
FILTER_LISTS = {
    "topic": ("topic", "workstream"),
    "type": ("finding-type",),
    "certainty": ("certainty",),
}
"""The code lists of the values that each filter takes."""


@dataclass(frozen=True, slots=True)
class IndicatorTables:
    """An indicator of a finding, its tables, and the groups that it has no values of."""

    row: ItemIndicatorRow
    tables: Sequence[finding_tables.FindingTable]
    groups_without_values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class RoundedClaim:
    """A claim with its recomputed number rounded; `is_rounded` where rounding leaves a range."""

    row: ClaimRow
    is_rounded: bool
    has_unit: bool


def build_context(request: PageRequest) -> Context:
    """Return one finding; raise HttpError (404) where there is none of this name."""
    finding = _read_finding(request)
    name = finding.finding
    claims = finding_store.select_claims(request.db, name)
    groups = finding_store.select_finding_groups(request.db, name)
    sources = provenance.select_sources(request.db, "finding", name)
    subjects = provenance.select_subjects(request.db, "finding", name)
    return {
        "title": provenance.shorten_title(finding.title or finding.statement),
        "description": provenance.shorten_description(finding.statement),
        "og_type": "article",
        "finding": finding,
        "is_detail_long": len(finding.detail or "") > MAX_DETAIL_CHARS,
        "has_own_type": finding.type != "finding" and bool(finding.type_definition),
        "affected_groups": [row for row in groups if row.role == "affected"],
        "compared_groups": [row for row in groups if row.role == "compared"],
        "indicators": _build_indicator_tables(request.db, name, claims, groups),
        "claims": [round_claim(claim) for claim in claims],
        "sources": sources,
        **_select_related_recommendations(request.db, name),
        "subjects": subjects,
        "helplines": helplines.select_helplines(
            request.site, [row.code for row in subjects.topics]
        ),
        "superseded_findings": finding_store.select_superseded_findings(request.db, name),
        "citation": provenance.render_citation(request, finding, sources),
        "structured_data": _build_structured_data(request, finding, sources),
    }


def build_citation_document(request: PageRequest) -> Document:
    """Return how to cite a finding, as a file."""
    return provenance.build_citation_document(request, _read_finding(request))


def build_list_context(request: PageRequest) -> Context:
    """Return the findings by their first topic, filtered by options, a page at a time."""
    codes = code_store.select_codes(
        request.db, *(name for ls in FILTER_LISTS.values() for name in ls)
    )
    choices = {name: [row for row in codes if row.list in ls] for name, ls in FILTER_LISTS.items()}
    selected = {
        name: read_option(request, name, [row.code for row in rows], "")
        for name, rows in choices.items()
    }
    total = finding_store.count_matching_findings(request.db, selected)
    position = paging.parse_list_position(request, total)
    topics = [row for row in codes if row.list == "topic"]
    is_topic = selected["topic"] in {row.code for row in topics}
    rows = finding_store.select_matching_findings(
        request.db,
        selected,
        only_topic=selected["topic"] if is_topic else "",
        limit=paging.PER_PAGE,
        offset=position.offset,
    )
    return {
        "title": "",
        "types": choices["type"],
        "certainties": choices["certainty"],
        "workstreams": [row for row in codes if row.list == "workstream"],
        "topics": topics,
        "selected": selected,
        "total": total,
        "position": position,
        "sections": _group_by_topic(rows, topics),
    }


def round_claim(claim: ClaimRow) -> RoundedClaim:
    """Return a claim with the recomputed number at one decimal more than it is stated with."""
    decimals = (claim.decimals or 0) + 1
    row = replace(
        claim,
        recomputed=_round(claim.recomputed, decimals),
        lowest=_round(claim.lowest, decimals),
        highest=_round(claim.highest, decimals),
    )
    return RoundedClaim(
        row,
        is_rounded=claim.measure != "value" and row.lowest != row.highest,
        has_unit=claim.measure != "ratio" and bool(claim.unit_label),
    )


def _round(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def _read_finding(request: PageRequest) -> FindingDetailRow:
    finding = finding_store.select_finding(request.db, request.path_params["id"])
    if finding is None:
        raise create_not_found_error("finding of this name")
    return finding


def _build_indicator_tables(
    db: RowReader, finding: str, claims: Sequence[ClaimRow], groups: Sequence[FindingGroupRow]
) -> list[IndicatorTables]:
    """Return the indicators of a finding with the tables that show what it is about."""
    observations = select_finding_observations(db, finding)
    group_records = [asdict(group) for group in groups]
    indicators = []
    for indicator in evidence_links.select_item_indicators(db, "finding", finding):
        claim_records = [asdict(row) for row in claims if row.indicator == indicator.indicator]
        rows = [row for row in observations if row.indicator == indicator.indicator]
        indicators.append(
            IndicatorTables(
                indicator,
                finding_tables.select_finding_tables(rows, claim_records),
                finding_tables.select_groups_without_values(group_records, rows),
            )
        )
    return indicators


def _group_by_topic(
    rows: Sequence[ListedFindingRow], topics: Sequence[CodeRow]
) -> list[tuple[CodeRow | None, list[ListedFindingRow]]]:
    """Return the findings of each first topic; those of none under None."""
    topic_by_code = {row.code: row for row in topics}
    sections: dict[str | None, list[ListedFindingRow]] = {}
    for row in rows:
        sections.setdefault(row.topic, []).append(row)
    return [(topic_by_code.get(code or ""), findings) for code, findings in sections.items()]


def _select_related_recommendations(db: RowReader, finding: str) -> Context:
    """Return the recommendations that follow from a finding; else those of its sources."""
    linked = recommendations.select_recommendations_of_finding(db, finding)
    same_source = (
        [] if linked else recommendations.select_recommendations_of_same_sources(db, finding)
    )
    return {
        "recommendations": linked,
        "recommendation_updates": recommendations.select_updates_of_finding(db, finding),
        "same_source_recommendations": same_source,
    }


def _build_structured_data(
    request: PageRequest, finding: FindingDetailRow, sources: Sequence[LinkedSource]
) -> dict[str, Any]:
    """Return the finding as a schema.org Claim."""
    return provenance.drop_empty(
        {
            "@context": "https://schema.org",
            "@type": "Claim",
            "name": finding.title,
            "text": finding.statement,
            "url": request.base_url + build_path("findings", finding.finding),
            "inLanguage": finding.language,
            "datePublished": finding.published,
            "spatialCoverage": finding.area_label,
            "temporalCoverage": "/".join(filter(None, (finding.period_start, finding.period_end))),
            "appearance": provenance.build_structured_sources(sources),
            "isPartOf": provenance.build_structured_dataset(request, finding),
        }
    )
