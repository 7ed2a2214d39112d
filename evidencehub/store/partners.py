"""Partners: whom the hub takes packages from, what was taken, and where a dataset came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from evidencehub.domain.package_origin import ORIGIN_COLUMNS, PackageOrigin, parse_origin
from evidencehub.store.database import RowReader
from evidencehub.store.typed_rows import select_rows

PARTNERS_SQL = """
select partner, title, partner_kind, url, listed, pulled_at, failure from partner
order by title, partner
"""
PARTNER_PACKAGES_SQL = """
select p.partner, p.dataset, p.pull_state, p.version, p.url, p.title, p.licence, p.pulled_at,
  p.pull_reasons, d.dataset is not null as is_published
from partner_package as p
left join dataset as d on d.dataset = p.dataset and d.origin = p.partner
order by p.partner, coalesce(p.title, p.dataset), p.dataset
"""
ORIGIN_SQL = f"select {', '.join(ORIGIN_COLUMNS)} from dataset where dataset = :dataset"


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A partner; `pulled_at` is None where it was never pulled, `listed` 0 where it is no more."""

    partner: str
    title: str
    partner_kind: str
    url: str | None
    listed: int
    pulled_at: str | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class PartnerPackageRow:
    """A package of a partner; `is_published` is 1 where a dataset of the hub came from it."""

    partner: str
    dataset: str
    pull_state: str
    version: str | None
    url: str | None
    title: str | None
    licence: str | None
    pulled_at: str | None
    pull_reasons: str
    is_published: int

    @property
    def reasons(self) -> Sequence[str]:
        """Why it is quarantined, was withdrawn or failed, a sentence or two each."""
        return tuple(json.loads(self.pull_reasons))


def select_partners(db: RowReader) -> list[PartnerRow]:
    """Return every partner by title."""
    return select_rows(db, PartnerRow, PARTNERS_SQL)


def select_partner_packages(db: RowReader) -> list[PartnerPackageRow]:
    """Return the packages of every partner by title."""
    return select_rows(db, PartnerPackageRow, PARTNER_PACKAGES_SQL)


def find_origin(db: RowReader, dataset: str) -> PackageOrigin | None:
    """Return where a dataset came from; None for the hub's own."""
    rows = db(ORIGIN_SQL, {"dataset": dataset})
    return parse_origin(*rows[0]) if rows else None
