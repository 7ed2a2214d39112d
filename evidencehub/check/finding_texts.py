"""Findings of a staging database with their claims, as their readers have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from evidencehub.statements.stated_finding import TEXT_COLUMNS, StatedClaim, StatedFinding

Query = Callable[[str], list[tuple[Any, ...]]]

_CLAIM_SQL = f"select finding, {', '.join(StatedClaim._fields)} from claims order by rowid"
_FINDING_SQL = f"""
select
  file, row, id, coalesce(unbound_figures, ''), coalesce(unbound_reason, ''), period_start,
  period_end, published, reviewed,
  {", ".join(TEXT_COLUMNS)}
from findings order by rowid
"""


def read_stated_findings(query: Query) -> list[StatedFinding]:
    """Return the findings that `query` reads from a staging database, in order of file."""
    rows = query(_FINDING_SQL)
    claims: dict[str, list[StatedClaim]] = defaultdict(list)
    for finding, *cells in query(_CLAIM_SQL) if rows else ():
        claims[finding].append(StatedClaim(*cells))
    return [_build_finding(row, claims) for row in rows]


def _build_finding(row: tuple[Any, ...], claims: dict[str, list[StatedClaim]]) -> StatedFinding:
    file, number, identifier, unbound, reason, start, end, published, reviewed, *texts = row
    days = [(start or end, end or start)] if start or end else []
    return StatedFinding(
        file,
        number,
        identifier,
        {column: text for column, text in zip(TEXT_COLUMNS, texts, strict=True) if text},
        claims[identifier],
        unbound,
        reason,
        [*days, *((day, day) for day in (published, reviewed) if day)],
        has_period=bool(days),
    )
