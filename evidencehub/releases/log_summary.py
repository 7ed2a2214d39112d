"""What a log comes to: the versions of each dataset, the record of each, and what was withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from evidencehub.releases.log import LogEntry

ReleaseKey = tuple[str, str]  # dataset and version


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was withdrawn, why and when; an empty version means every release of the dataset."""

    dataset: str
    version: str
    reason: str
    withdrawn_at: str
    disclosure: bool


@dataclass(frozen=True)
class LogSummary:
    """The fold over a log. `latest` has, for each release, the entry that its record is of.

    `with_tombstones` are the withdrawals that left something to be told of what they erased.
    """

    versions: dict[str, set[str]] = field(default_factory=dict)
    latest: dict[ReleaseKey, LogEntry] = field(default_factory=dict)
    withdrawals: dict[ReleaseKey, Withdrawal] = field(default_factory=dict)
    with_tombstones: list[LogEntry] = field(default_factory=list)

    @cached_property
    def erased(self) -> set[ReleaseKey]:
        """Every release that was withdrawn for disclosure."""
        return {key for key, withdrawal in self.withdrawals.items() if withdrawal.disclosure}

    @cached_property
    def standing(self) -> dict[ReleaseKey, LogEntry]:
        """The entry of each release that was not erased."""
        return {key: entry for key, entry in self.latest.items() if key not in self.erased}


def summarise_log(entries: Iterable[LogEntry]) -> LogSummary:
    """Return what the entries of a log come to, one after the other."""
    summary = LogSummary()
    for entry in entries:
        slug, version = entry.dataset, entry.version
        if entry.event == "withdrawn":
            withdrawal = Withdrawal(slug, version, entry.reason, entry.logged_at, entry.disclosure)
            for concerned in {version} if version else summary.versions.get(slug, set()):
                summary.withdrawals[slug, concerned] = withdrawal
            if entry.commitment:
                summary.with_tombstones.append(entry)
            continue
        summary.versions.setdefault(slug, set()).add(version)
        summary.latest[slug, version] = entry
    return summary
