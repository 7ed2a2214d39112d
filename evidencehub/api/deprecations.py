"""What of the API should no longer be used: the one table, and the headers that say so.

The description of the API, its reference and the headers of answers are made from the table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import Literal

from evidencehub.store.resource_model import ApiResource

POLICY_PATH = "/api#changes"
MIN_NOTICE_DAYS = 365  # between the day on which something is deprecated and its last


@dataclass(frozen=True, slots=True)
class Deprecation:
    """A resource, or a parameter or a column of one, which is empty for all resources.

    `replacement` says in a sentence what to use. It works until `sunset_on`.
    """

    kind: Literal["resource", "parameter", "column"]
    resource: str
    name: str
    deprecated_on: date
    sunset_on: date
    replacement: str

    def __post_init__(self) -> None:
        """Refuse a notice that is too short."""
        if (self.sunset_on - self.deprecated_on).days < MIN_NOTICE_DAYS:
            raise ValueError(f"{self.name}: the notice is shorter than {MIN_NOTICE_DAYS} days.")

    def is_of(self, resource: str) -> bool:
        return self.resource in ("", resource)


DEPRECATIONS: tuple[Deprecation, ...] = ()
"""Everything that is deprecated. An entry stays until what it names is gone."""


def list_deprecated_names(kind: str, resource: str) -> Mapping[str, Deprecation]:
    """Return the deprecated parameters or columns of a resource by their names."""
    return {e.name: e for e in DEPRECATIONS if e.kind == kind and e.is_of(resource)}


def build_deprecation_headers(
    resource: ApiResource, parameters: Collection[str], columns: Collection[str]
) -> list[tuple[str, str]]:
    """Return the headers of an answer that was made with something deprecated; else none.

    `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) have the earliest days of what was used.
    """
    names = {"resource": {resource.name, ""}, "parameter": parameters, "column": columns}
    entries: Sequence[Deprecation] = [
        entry
        for entry in DEPRECATIONS
        if entry.is_of(resource.name) and entry.name in names[entry.kind]
    ]
    if not entries:
        return []
    begin = _get_midnight(min(entry.deprecated_on for entry in entries))
    end = _get_midnight(min(entry.sunset_on for entry in entries))
    return [
        ("deprecation", f"@{begin.timestamp():.0f}"),
        ("sunset", format_datetime(end, usegmt=True)),
        ("link", f'<{POLICY_PATH}>; rel="deprecation"; type="text/html"'),
    ]


def _get_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
