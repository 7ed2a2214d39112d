"""The rows of one classification on their way to another: what their codes lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from evidencehub.crosswalk.aggregate import DataFrame, stratum_columns
from evidencehub.crosswalk.convertibility import IndicatorMetadata
from evidencehub.crosswalk.cover import GroupCovers, ObservationGrid, UniqueTargets, find_covers
from evidencehub.domain.status import CONFIDENTIAL, FREE
from evidencehub.messages.rendering import Message, Parameter, make_message

IndicatorsById = Mapping[str, IndicatorMetadata]


@dataclass(frozen=True, eq=False)
class TransferPlan:
    """The rows of one scheme and what its codes lead to."""

    source_rows: DataFrame
    grid: ObservationGrid
    target: str
    unique_targets: UniqueTargets
    caveats: tuple[Message, ...]

    @cached_property
    def covers(self) -> GroupCovers:
        """Which rows make which group."""
        return find_covers(
            self.grid, {code: target for code, (target, _) in self.unique_targets.items()}
        )

    @property
    def needs_addition(self) -> bool:
        """True where some row is of a group that is to be added to others."""
        leaves = [self.unique_targets[code][0] for code in self.grid.scheme.leaves]
        used_codes = [
            code for code in set(self.source_rows["ethnicity"]) if code in self.unique_targets
        ]
        return any(
            self.unique_targets[c][0] != c and leaves.count(self.unique_targets[c][0]) > 1
            for c in used_codes
        )

    def sum_note(self, codes: Sequence[str]) -> str:
        """A note on the codes whose figures were added."""
        params: dict[str, Parameter] = {"codes": tuple(codes), "scheme": self.grid.scheme.name}
        close_codes = tuple(c for c in codes if self.unique_targets[c][1] == "closeMatch")
        if close_codes:
            return make_message("crosswalk/close-sum", **params, close_codes=close_codes).render()
        return make_message("crosswalk/sum", **params).render()

    def published_note(self, code: str) -> str:
        """A note on the code under which a figure was published."""
        params = {"code": code, "scheme": self.grid.scheme.name}
        return make_message(_PUBLISHED_NOTES[self.unique_targets[code][1]], **params).render()

    def targets_of(self, code: str) -> list[str]:
        """The groups that a code, and what holds it, lead to; itself where there is none."""
        holders = (code, *self.grid.scheme.ancestors(code))
        return [self.unique_targets[c][0] for c in holders if c in self.unique_targets] or [code]

    def find_confidentiality(self, stratum: int, codes: Iterable[str]) -> str:
        """Return the confidentiality status that suppressed rows share, else plain confidential."""
        columns = [self.grid.column_by_code[code] for code in codes]
        rows = self.grid.row_of[stratum, columns]
        statuses = set(self.source_rows["conf_status"].iloc[rows[rows >= 0]]) - {FREE}
        return str(statuses.pop()) if len(statuses) == 1 else CONFIDENTIAL

    @cached_property
    def strata(self) -> DataFrame:
        """The key of each stratum, in the order of their numbers."""
        columns = stratum_columns(self.source_rows)
        return self.source_rows[columns].drop_duplicates().reset_index(drop=True)


_PUBLISHED_NOTES = {
    "": "crosswalk/published",
    "exactMatch": "crosswalk/published",
    "broadMatch": "crosswalk/narrower-published",
    "closeMatch": "crosswalk/close-published",
}
