"""Findings by what they are: causes and remedies apart from what was found."""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.store.related_evidence import TypedFindingRow
from evidencehub.web.page_request import Context

CAUSE_TYPES = ("cause", "remedy")


def build_causes(rows: Sequence[TypedFindingRow], limit: int | None = None) -> Context:
    """Return what is known of causes, and what was tried; the first few of each, if limited."""
    return {
        "causes": [row for row in rows if row.type == "cause"][:limit],
        "remedies": [row for row in rows if row.type == "remedy"][:limit],
    }
