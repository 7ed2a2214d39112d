"""The partners: whom the hub takes packages from, and what became of each package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidencehub.store.partners import (
    PartnerPackageRow,
    PartnerRow,
    select_partner_packages,
    select_partners,
)
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views.grouping import group_rows


@dataclass(frozen=True, slots=True)
class PartnerView:
    """A partner with its packages, by what became of them."""

    partner: PartnerRow
    packages: Mapping[str, Sequence[PartnerPackageRow]]
    has_packages: bool


def build_context(request: PageRequest) -> Context:
    """Return every partner with its packages."""
    packages = group_rows(select_partner_packages(request.db), lambda row: row.partner)
    return {
        "partners": [
            _build_view(partner, packages[partner.partner])
            for partner in select_partners(request.db)
        ]
    }


def _build_view(partner: PartnerRow, packages: Sequence[PartnerPackageRow]) -> PartnerView:
    by_state = group_rows(packages, lambda row: row.pull_state)
    return PartnerView(partner, by_state, has_packages=bool(packages))
