"""What a descriptor says of its dataset, as rows of the database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from evidencehub.domain.governance import render_governance
from evidencehub.domain.licences import LicenceList
from evidencehub.domain.package import SourcePackage
from evidencehub.domain.package_origin import build_origin_row
from evidencehub.domain.stated_text import find_publisher
from evidencehub.load.staging_database import METADATA_TABLES

RowDicts = list[dict[str, Any]]
_RELEASE_HEADING = re.compile(r"##\s+v?(\d+\.\d+\.\d+)\s*(?:\((.*)\))?\s*")
_BULLET = re.compile(r"^[-*+]\s+")


def descriptor_rows(
    package: SourcePackage, licences: LicenceList, about_text: str, changes: str = ""
) -> dict[str, RowDicts]:
    """Rows for the staging tables dataset, dataset_subject, country, change, main_fact.

    `about_text` and `changes` are the texts of about.md and changes.md. The descriptor has passed
    its checks: what is required is there and of the right kind.
    """
    hub = package.hub
    subjects = [
        {"dataset": package.slug, "list": name, "code": code}
        for name, key in (("workstream", "workstreams"), ("topic", "topics"))
        for code in hub.get(key, [])
    ]
    created = str(package.descriptor.get("created") or "")[:10]
    changes_by_position = enumerate(parse_changes(changes, {package.version: created or None}), 1)
    return {
        "dataset": [_build_dataset_row(package, licences, about_text)],
        "dataset_subject": subjects,
        "dataset_country": [
            {"dataset": package.slug, "area": area} for area in hub.get("countries", [])
        ],
        "change_note": [
            {"dataset": package.slug, "position": position, **row}
            for position, row in changes_by_position
        ],
        "main_fact": [
            {"indicator": name, "position": position, "dataset": package.slug, "text": text}
            for name, texts in hub.get("main_facts", {}).items()
            for position, text in enumerate(texts, 1)
        ],
    }


def _build_dataset_row(
    package: SourcePackage, licences: LicenceList, about_text: str
) -> dict[str, Any]:
    descriptor, hub = package.descriptor, package.hub
    licence = _first_mapping(descriptor.get("licenses"))
    listed_licence = licences.find(str(licence.get("name")))
    return {
        **dict.fromkeys(METADATA_TABLES["dataset"]),  # what a draft does not say is not known
        "language": "en",
        **hub,
        **{name: descriptor.get(name) for name in ("title", "description", "created", "homepage")},
        "dataset": package.slug,
        "version": package.version,
        "licence": licence.get("name"),
        "licence_url": licence.get("path") or (listed_licence.url if listed_licence else None),
        "publisher": find_publisher(descriptor),
        "whose_ethnicity": _join_list(hub.get("whose_ethnicity")),
        "caveats": "\n".join(hub.get("caveats", [])) or None,
        "governance": render_governance(hub),
        "about": about_text or None,
        "synthetic": int(bool(hub.get("synthetic"))),
        **build_origin_row(hub.get("origin")),
    }


def parse_changes(text: str, day_by_version: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    r"""What changes.md says of each version, a row for each item or paragraph, in its order.

    A heading is `## 1.1.0 (23 November 2026)`, or has the day as 2026-11-23. Where it has none,
    `day_by_version` may know it, by version; else it is not known.

    >>> [row["text"] for row in parse_changes("## 1.0.1\n\n- A row\n  more.\n- A word.", {})]
    ['A row more.', 'A word.']
    """
    version, day = "", None
    lines: list[str] = []
    for line in [*text.splitlines(), "##"]:  # the last one ends what stands before it
        is_text = bool(line.strip()) and not line.startswith("#")
        item_text = _BULLET.sub("", line)
        if lines and (item_text != line or not is_text):
            yield {"version": version, "changed_on": day, "text": " ".join(lines)}
            lines = []
        if release := _RELEASE_HEADING.fullmatch(line):
            version, day = release[1], _parse_day(release[2]) or day_by_version.get(release[1])
        elif version and is_text:
            lines.append(item_text.strip())


def _parse_day(text: str | None) -> str | None:
    """An ISO day from one written `23 November 2026` or `2026-11-23`; None from anything else."""
    day_text = (text or "").strip()
    try:
        return date.fromisoformat(day_text).isoformat()
    except ValueError:
        pass
    try:  # the name of a month is English here: nothing sets another locale
        return datetime.strptime(day_text, "%d %B %Y").date().isoformat()  # noqa: DTZ007
    except ValueError:
        return None


def _first_mapping(entries: Any) -> Mapping[str, Any]:
    if isinstance(entries, list) and entries and isinstance(entries[0], Mapping):
        return entries[0]
    return {}


def _join_list(value: Any) -> str | None:
    return ";".join(value) if isinstance(value, list) else value
