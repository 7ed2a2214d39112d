"""The identifiers that a dataset defines and uses: indicators, findings, recommendations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class IdentifierUse(NamedTuple):
    """An id of some kind (indicator, finding …) where a dataset defines or uses it."""

    kind: str
    id: str
    file: str
    row: int | None
    field: str


@dataclass(slots=True)
class DatasetIdentifiers:
    """The ids that a dataset defines and those that it uses."""

    slug: str
    defines: list[IdentifierUse] = field(default_factory=list)
    uses: list[IdentifierUse] = field(default_factory=list)
