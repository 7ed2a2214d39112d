"""Hubs that take packages from each other, each a project of its own on this machine."""

from __future__ import annotations

from pathlib import Path

from evidencehub.exchange.pull import PullSite, pull_partner
from evidencehub.pipeline import BuildPaths
from evidencehub.pipeline.stage_task import StageBudget
from evidencehub.source.partner_lock import LockedPartner, read_lock, write_lock
from evidencehub.source.partners import Partner
from tests.support.dataset_builder import BuildWorkspace

UNHURRIED = StageBudget(time_limit=900)  # a busy machine fails no test


class HubProject(BuildWorkspace):
    """A hub with a folder of its own, from which partners, recipes and settings are read."""

    def __init__(self, root: Path, url: str = "") -> None:
        super().__init__(root)
        self.url = url
        self.write_settings()

    def write_settings(self, url: str = "") -> None:
        self.url = url or self.url
        line = f"url: {self.url}\n" if self.url else ""
        (self.root / "metadata.yaml").write_text(f"title: A hub\n{line}", "utf-8")

    @property
    def paths(self) -> BuildPaths:
        return BuildPaths(
            [self.datasets], self.codes, self.root / "metadata.yaml", self.out, self.archive
        )

    def pull(self, partner: Partner) -> LockedPartner:
        """Pull from a partner as the command does, and keep what was taken."""
        locked = read_lock(self.root)
        others = {name: entry for name, entry in locked.items() if name != partner.name}
        moment = "2026-12-01T12:00:00Z"
        site = PullSite(self.root, self.paths, moment, self.url, UNHURRIED, others)
        locked[partner.name] = pull_partner(site, partner, locked.get(partner.name))
        write_lock(self.root, locked)
        return read_lock(self.root)[partner.name]
