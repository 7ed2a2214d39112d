"""A finding: what it says, how certain it is, the values behind it, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from evidencehub.domain.status import get_value_symbol
from evidencehub.store import codes as code_store
from evidencehub.store import evidence_links, recommendations
from evidencehub.store import findings as finding_store
from evidencehub.store.database import RowReader
from evidencehub.store.finding_observations import select_finding_observations
from evidencehub.store.findings import ClaimRow, FindingDetailRow, FindingGroupRow
from evidencehub.web.page_request import Context, Document, PageRequest, read_code, require_row
from evidencehub.web.views import finding_tables, paging, provenance
from evidencehub.web.views.grouping import group_rows

_MEASURES_WITHOUT_UNIT = ("ratio", "numerator", "denominator")
MAX_DETAIL_CHARS = 400  # of a detail that is not folded away


@dataclass(frozen=True, slots=True)
class RoundedClaim:
    """A claim with its recomputed number rounded; `is_rounded` where rounding leaves a range.

    `is_marked` where the value has a status that readers must know of: provisional, estimated.
    """

    row: ClaimRow
    is_rounded: bool
    has_unit: bool
    is_marked: bool
    value_notes: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The verdict for readers: that it agrees says too little of a doubtful value."""
        if self.row.verdict not in ("equal", "within-rounding"):
            return self.row.verdict
        if self.is_marked:
            return "marked"
        return "noted" if self.value_notes else self.row.verdict

    @property
    def is_superseded(self) -> bool:
        """Whether there are values of the same series for a later period."""
        return self.row.state == "superseded"


def build_context(request: PageRequest) -> Context:
    """Return one finding; raise HttpError (404) where there is none of this name."""
    finding = _read_finding(request)
    name = finding.finding
    claims = finding_store.select_claims(request.db, name)
    groups = finding_store.select_finding_groups(request.db, name)
    return {
        **provenance.build_item_context(request, finding),
        "is_detail_long": len(finding.detail or "") > MAX_DETAIL_CHARS,
        "has_own_type": finding.type != "finding" and bool(finding.type_definition),
        "affected_groups": [row for row in groups if row.role == "affected"],
        "compared_groups": [row for row in groups if row.role == "compared"],
        "indicators": _build_indicator_tables(request, name, claims, groups),
        "responsible": finding_store.select_responsible_organisations(request.db, name),
        "claims": [round_claim(claim) for claim in claims],
        "newer_claim": _find_newest_superseded(claims),
        **_select_related_recommendations(request.db, name),
        "superseded_findings": finding_store.select_superseded_findings(request.db, name),
    }


def build_citation_document(request: PageRequest) -> Document:
    """Return how to cite a finding, as a file."""
    return provenance.build_citation_document(request, _read_finding(request))


def build_list_context(request: PageRequest) -> Context:
    """Return the findings by their first topic, filtered by options, a page at a time."""
    lists = ("topic", "workstream", "finding-type", "certainty")
    codes = group_rows(code_store.select_codes(request.db, *lists), lambda row: row.list)
    topics = {row.code: row for row in codes["topic"]}
    selected = {
        "topic": read_code(request, "topic", [*codes["topic"], *codes["workstream"]]),
        "type": read_code(request, "type", codes["finding-type"]),
        "certainty": read_code(request, "certainty", codes["certainty"]),
    }
    total = finding_store.count_matching_findings(request.db, selected)
    position = paging.parse_list_position(request, total)
    rows = finding_store.select_matching_findings(
        request.db,
        selected,
        only_topic=selected["topic"] if selected["topic"] in topics else "",
        limit=paging.PER_PAGE,
        offset=position.offset,
    )
    sections = group_rows(rows, lambda row: row.topic or "")
    return {
        "title": "",
        "types": codes["finding-type"],
        "certainties": codes["certainty"],
        "workstreams": codes["workstream"],
        "topics": codes["topic"],
        "selected": selected,
        "total": total,
        "position": position,
        "sections": [(topics.get(code), findings) for code, findings in sections.items()],
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
        is_rounded=claim.measure in ("difference", "ratio") and row.lowest != row.highest,
        has_unit=claim.measure not in _MEASURES_WITHOUT_UNIT and bool(claim.unit_label),
        is_marked=bool(get_value_symbol(claim.obs_status)),
        value_notes=tuple((claim.value_note or "").splitlines()),
    )


def _find_newest_superseded(claims: Sequence[ClaimRow]) -> ClaimRow | None:
    """Return the superseded claim whose newer values are the newest, None where none is."""
    superseded = [claim for claim in claims if claim.state == "superseded"]
    return max(superseded, key=lambda claim: claim.newer_period_end or "", default=None)


def _round(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def _read_finding(request: PageRequest) -> FindingDetailRow:
    finding = finding_store.select_finding(request.db, request.path_params["id"])
    return require_row(finding, "finding of this name")


def _build_indicator_tables(
    request: PageRequest,
    finding: str,
    claims: Sequence[ClaimRow],
    groups: Sequence[FindingGroupRow],
) -> list[tuple[Any, ...]]:
    """Return the indicators of a finding, each with its tables and the groups without values."""
    observations = select_finding_observations(request.db, finding)
    indicators = []
    chart_numbers = count()
    for indicator in evidence_links.select_item_indicators(request.db, "finding", finding):
        claims_of_indicator = [row for row in claims if row.indicator == indicator.indicator]
        rows = [row for row in observations if row.indicator == indicator.indicator]
        tables = [
            finding_tables.add_plot(table, indicator, next(chart_numbers), request.language)
            for table in finding_tables.select_finding_tables(rows, claims_of_indicator)
        ]
        without_values = finding_tables.select_groups_without_values(groups, rows)
        indicators.append((indicator, tables, without_values))
    return indicators


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
