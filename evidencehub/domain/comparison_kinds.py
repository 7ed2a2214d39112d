"""The facts that values are compared by: observations that share them are of one kind."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.domain.status import (
    SERIES_BREAK,
    VERIFICATION_SQL,
    build_secondary_source_condition,
)

COMPARISON_FACTS_SQL: Mapping[str, str] = {
    "dataset": "o.dataset",
    "indicator": "o.indicator",
    "scheme": "o.scheme",
    "period_start": "o.period_start",
    "period_end": "o.period_end",
    "sex": "o.sex",
    "age": "o.age",
    "adjustment": "o.adjustment",
    "comparator": "o.comparator",
    "has_break": f"o.obs_status = '{SERIES_BREAK}'",
    "is_secondary_source": build_secondary_source_condition(VERIFICATION_SQL),
}
"""Each fact as `ComparabilityFacts` names it, and its SQL over observations `o` of datasets `d`."""
CHUNK_ROWS = 65_536
"""Observations whose kinds are stored in one piece of four bytes each."""
UNKNOWN_KIND = 0
