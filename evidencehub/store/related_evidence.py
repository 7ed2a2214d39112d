"""Findings as other subjects list them: with their text and how well they are verified."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FindingStatementRow:
    """A finding as other pages list it."""

    finding: str
    title: str | None
    statement: str
    verification: str | None


@dataclass(frozen=True, slots=True)
class TypedFindingRow:
    """A finding with its type, as pages list causes, remedies and gaps apart."""

    finding: str
    title: str | None
    statement: str
    language: str
    type: str
    verification: str | None


@dataclass(frozen=True, slots=True)
class LabelledCodeRow:
    """A code of a list, as what it describes needs it: a topic, a status, a kind of recording."""

    list: str
    code: str
    label: str
    definition: str | None
