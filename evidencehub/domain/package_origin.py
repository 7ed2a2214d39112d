"""Where a package came from that was taken from a partner, and where the partner had it from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ORIGIN_COLUMNS = (
    *("origin", "origin_title", "origin_url", "origin_sha256", "origin_fetched_at"),
    "origin_chain",
)
"""The columns of a dataset that say its origin: all null for the hub's own."""
_MEMBERS = ("partner", "title", "url", "sha256", "fetched")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T.+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class OriginStep:
    """From whom a package was taken: the partner, the descriptor as it came, and when.

    `url` is the address of that descriptor, `sha256` its digest. What is not known is empty.
    """

    partner: str
    title: str = ""
    url: str = ""
    sha256: str = ""
    fetched_at: str = ""

    @property
    def name(self) -> str:
        """The title of the partner, or its name where it has none."""
        return self.title or self.partner


@dataclass(frozen=True, slots=True)
class PackageOrigin:
    """From whom the hub took a package; `chain` says where that partner had it from, and so on."""

    step: OriginStep
    chain: tuple[OriginStep, ...] = ()


def build_origin_row(origin: Mapping[str, Any] | None) -> dict[str, str | None]:
    """Return `hub.origin` of a descriptor as ORIGIN_COLUMNS; all None without a partner."""
    steps = list(_list_steps(origin))
    if not steps or "partner" not in steps[0]:
        return dict.fromkeys(ORIGIN_COLUMNS)
    chain = json.dumps(steps[1:], ensure_ascii=False) if steps[1:] else None
    values = [*(steps[0].get(name) for name in _MEMBERS), chain]
    return dict(zip(ORIGIN_COLUMNS, values, strict=True))


def parse_origin(*cells: str | None) -> PackageOrigin | None:
    """Return the origin that ORIGIN_COLUMNS say; None for a dataset of the hub's own.

    >>> parse_origin("toys", None, None, None, "2026-12-01", None).step.name
    'toys'
    """
    *texts, chain = cells
    if not texts[0]:
        return None
    steps = [[step.get(name, "") for name in _MEMBERS] for step in json.loads(chain or "[]")]
    first = OriginStep(*(cell or "" for cell in texts))
    return PackageOrigin(first, tuple(OriginStep(*step) for step in steps))


def keep_moment(text: str) -> str:
    """Return a day or a moment in ISO 8601; empty for any other text.

    >>> keep_moment("2026-12-01T06:00:00Z"), keep_moment("last week")
    ('2026-12-01T06:00:00Z', '')
    """
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text if _MOMENT.fullmatch(text) else ""


def _list_steps(origin: Mapping[str, Any] | None) -> Iterator[dict[str, str]]:
    """Yield what each step says, the nearest first."""
    step: Any = origin
    while isinstance(step, Mapping):
        texts = {name: str(step.get(name) or "") for name in _MEMBERS}
        texts["fetched"] = keep_moment(texts["fetched"])
        yield {name: text for name, text in texts.items() if text}
        step = step.get("derived_from")
