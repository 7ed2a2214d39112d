"""Who has a say over data about a people, and over what people told of their own experience.

The CARE principles for Indigenous data governance (Collective benefit, Authority to control,
Responsibility, Ethics; Global Indigenous Data Alliance, 2019) ask that this goes with the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PEOPLE_ASPECTS = {
    "authority": "Authority",
    "protocol": "Protocol",
    "consultation": "Consultation",
    "labels": "Labels",
    "permitted_reuse": "Permitted reuse",
}
"""What a package says of data about a people, by key of an entry of `hub.governance`."""
EXPERIENCE_ASPECTS = {
    "consent": "Consent",
    "owner": "Owner",
    "permitted_uses": "Permitted uses",
    "withdrawal": "Withdrawal",
    "wording_seen": "Whether they saw our wording",
}
"""What a package says of lived experience, by key of `hub.lived_experience`."""


def render_governance(hub: Mapping[str, Any]) -> str | None:
    """Return what a `hub` object says of governance, a line for each aspect; None if nothing.

    >>> render_governance({"lived_experience": {"owner": "The Toy Forum."}})
    'Lived experience. Owner: The Toy Forum.'
    """
    return "\n".join(_build_lines(hub)) or None


def _build_lines(hub: Mapping[str, Any]) -> Iterator[str]:
    for entry in hub.get("governance") or ():
        subject = f"Data about {entry['people']}"
        yield from _build_aspect_lines(subject, PEOPLE_ASPECTS, entry)
    experience = hub.get("lived_experience") or {}
    yield from _build_aspect_lines("Lived experience", EXPERIENCE_ASPECTS, experience)


def _build_aspect_lines(
    subject: str, aspects: Mapping[str, str], entry: Mapping[str, str]
) -> Iterator[str]:
    for key, name in aspects.items():
        if key in entry:
            yield f"{subject}. {name}: {entry[key]}"
