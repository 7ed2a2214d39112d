"""Rows of hub.db on the partners: whom the hub takes packages from, and what was taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from evidencehub.domain.package_origin import keep_moment
from evidencehub.errors import HubError
from evidencehub.source.partner_lock import (
    LOCK_FILE,
    LockedPackage,
    LockedPartner,
    PullState,
    read_lock,
)
from evidencehub.source.partners import KINDS, Partner, read_partners

RowDicts = list[dict[str, Any]]


def read_partner_rows(project: Path) -> dict[str, RowDicts]:
    """Return the rows of `partner` and `partner_package`, from the two files of a project.

    A partner that was pulled stays, with its packages, when it is no longer in `partners.yaml`.
    Raise HubError for a file that is damaged, or names partners that cannot be.
    """
    listed = {partner.name: partner for partner in read_partners(project)}
    pulled = read_lock(project)
    described: dict[str, Partner | LockedPartner] = {**pulled, **listed}
    return {
        "partner": [
            _build_partner_row(name, partner, pulled.get(name), is_listed=name in listed)
            for name, partner in sorted(described.items())
        ],
        "partner_package": [
            _build_package_row(name, slug, package)
            for name, partner in sorted(pulled.items())
            for slug, package in sorted(partner.packages.items())
        ],
    }


def _build_partner_row(
    name: str, partner: Partner | LockedPartner, pulled: LockedPartner | None, *, is_listed: bool
) -> dict[str, Any]:
    _check_word(name, partner.kind, KINDS)
    return {
        "partner": name,
        "title": partner.title,
        "partner_kind": partner.kind,
        "url": partner.url or None,
        "listed": int(is_listed),
        "pulled_at": (pulled and keep_moment(pulled.pulled_at)) or None,
        "failure": (pulled and pulled.failure) or None,
    }


def _build_package_row(name: str, slug: str, package: LockedPackage) -> dict[str, Any]:
    _check_word(f"{name}, {slug}", package.state, get_args(PullState))
    texts: Mapping[str, str] = {
        column: getattr(package, column)
        for column in ("version", "url", "sha256", "title", "licence")
    }
    return {
        "partner": name,
        "dataset": slug,
        "pull_state": package.state,
        **{column: text or None for column, text in texts.items()},
        "pulled_at": keep_moment(package.pulled_at) or None,
        "pull_reasons": json.dumps(package.reasons, ensure_ascii=False),
    }


def _check_word(place: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise HubError(
            f"{LOCK_FILE}, {place}: “{word}” must be one of {', '.join(words)}. Restore the file "
            "from version control, or pull again."
        )
