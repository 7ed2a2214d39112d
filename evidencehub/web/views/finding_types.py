"""Findings by what they are: causes and remedies apart from what was found."""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.store.related_evidence import TypedFindingRow
from evidencehub.web.page_request import Context

CAUSE_TYPES = ("cause", "remedy")


def build_causes(rows: Sequence[TypedFindingRow]) -> Context:
    """Return what is known of causes, and what was tried."""
    return {
        "causes": [row for row in rows if row.type == "cause"],
        "remedies": [row for row in rows if row.type == "remedy"],
    }
