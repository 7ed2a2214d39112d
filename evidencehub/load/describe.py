"""What a descriptor says of its dataset, as rows of the database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidencehub.model.package import SourcePackage

Rows = list[dict[str, Any]]


def rows(package: SourcePackage, about: str) -> dict[str, Rows]:
    """Rows for the staging tables dataset, dataset_subject and country.

    `about` is the text of about.md. The descriptor has passed its checks: what is required
    is there and of the right kind.
    """
    said, hub = package.descriptor, package.hub
    licence = _first(said.get("licenses"))
    dataset = {
        "dataset": package.slug,
        "title": said.get("title"),
        "description": said.get("description"),
        "version": package.version,
        "created": said.get("created"),
        "licence": licence.get("name"),
        "licence_url": licence.get("path"),
        "publisher": _publisher(said),
        "contact": hub.get("contact"),
        "language": hub.get("language", "en"),
        "homepage": said.get("homepage"),
        "whose_ethnicity": _joined(hub.get("whose_ethnicity")),
        "ethnicity_recording": hub.get("ethnicity_recording"),
        "ethnicity_completeness": hub.get("ethnicity_completeness"),
        "ethnicity_known": hub.get("ethnicity_known"),
        "ethnicity_unknown": hub.get("ethnicity_unknown"),
        "same_source": hub.get("same_source"),
        "population_year": hub.get("population_year"),
        "disclosure_policy": hub.get("disclosure_policy"),
        "verification": hub.get("verification"),
        "next_update": hub.get("next_update"),
        "caveats": "\n".join(hub.get("caveats", [])) or None,
        "comparability": hub.get("comparability"),
        "release_note": hub.get("release_note"),
        "about": about or None,
        "synthetic": int(bool(hub.get("synthetic"))),
    }
    subjects = [
        {"dataset": package.slug, "list": name, "code": code}
        for name, key in (("workstream", "workstreams"), ("topic", "topics"))
        for code in hub.get(key, [])
    ]
    countries = [{"dataset": package.slug, "area": area} for area in hub.get("countries", [])]
    return {"dataset": [dataset], "dataset_subject": subjects, "country": countries}


def _first(entries: Any) -> Mapping[str, Any]:
    if isinstance(entries, list) and entries and isinstance(entries[0], Mapping):
        return entries[0]
    return {}


def _publisher(said: Mapping[str, Any]) -> str | None:
    for entry in said.get("contributors") or []:
        if "publisher" in entry.get("roles", [entry.get("role")]):
            return str(entry.get("title"))
    return None


def _joined(value: Any) -> str | None:
    return ";".join(value) if isinstance(value, list) else value
