"""Findings as other subjects list them: with their text and how well they are verified."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelatedFindingRow:
    """A finding about an indicator or an area."""

    finding: str
    title: str | None
    statement: str
    verification: str | None
