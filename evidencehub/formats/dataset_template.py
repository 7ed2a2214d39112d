"""A new dataset folder: what `new` writes, as file names and texts.

What nobody stated is left out: the check lists it, and the dataset is a draft until it is known.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.concepts import CONCEPTS_BY_ROLE
from evidencehub.domain.stated_text import PUBLISHER_ROLE

TEMPLATE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "indicators": (
        "id", "family", "title", "definition", "unit", "scale", "value_type", "polarity",
        "numerator_definition", "denominator_definition", "method", "standardisation",
        "whose_ethnicity", "caveats", "workstreams", "topics",
    ),
    "observations": (
        "indicator", "area", "period", "scheme", "ethnicity", "sex", "age", "value", "ci_lower",
        "ci_upper", "numerator", "denominator", "obs_status", "conf_status", "source", "note",
    ),
    "sources": (
        "id", "title", "publisher", "type", "url", "doi", "published", "accessed", "licence",
    ),
}  # fmt: skip
MAX_SOURCE_ID_WORDS = 6
_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewDatasetAnswers:
    """What the questions of `new` were answered with; empty for what is unknown."""

    slug: str
    title: str
    created_on: str  # the day it is made, ISO 8601
    description: str = ""
    workstream: str = ""
    country: str = ""
    whose_ethnicity: str = ""
    ethnicity_recording: str = ""
    source_title: str = ""
    source_type: str = ""
    source_publisher: str = ""
    source_url: str = ""
    source_licence: str = ""
    source_accessed: str = ""
    verification: str = ""
    disclosure_policy: str = ""
    licence: str = ""
    publisher: str = ""
    contact: str = ""
    next_update: str = ""


def render_files(answers: NewDatasetAnswers) -> dict[str, str]:
    """Return every file of the new folder: its name, and its text."""
    texts = {
        f"data/{name}.csv": _render_csv(columns, [])
        for name, columns in TEMPLATE_COLUMNS.items()
        if name != "sources"
    }
    sources = [_build_source(answers)] if answers.source_title else []
    texts["data/sources.csv"] = _render_csv(TEMPLATE_COLUMNS["sources"], sources)
    texts["datapackage.json"] = (
        json.dumps(_build_descriptor(answers), ensure_ascii=False, indent=2) + "\n"
    )
    texts["about.md"] = _ABOUT_TEMPLATE.format(title=answers.title)
    texts["changes.md"] = f"# Changes\n\n## 1.0.0 ({answers.created_on})\n\n- First release.\n"
    return texts


def _build_source(answers: NewDatasetAnswers) -> dict[str, str]:
    doi = _DOI.fullmatch(answers.source_url)
    return {
        "id": _build_source_id(answers.source_title),
        "title": answers.source_title,
        "publisher": answers.source_publisher,
        "type": answers.source_type,
        "url": "" if doi else answers.source_url,
        "doi": doi[1] if doi else "",
        "accessed": answers.source_accessed,
        "licence": answers.source_licence,
    }


def _build_source_id(title: str) -> str:
    """Return an id that a person can read, from the first words of a title.

    >>> _build_source_id("Births in England, 2024: tables"), _build_source_id("出生数")
    ('births-in-england-2024-tables', 'source-1')
    """
    words = re.findall(r"[a-z0-9]+", title.casefold())
    return "-".join(words[:MAX_SOURCE_ID_WORDS]) or "source-1"


def _render_csv(columns: tuple[str, ...], rows: list[dict[str, str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _build_descriptor(answers: NewDatasetAnswers) -> dict[str, Any]:
    publisher = {"title": answers.publisher, "roles": [PUBLISHER_ROLE]}
    hub = {
        "state": "draft",
        "workstreams": [answers.workstream] if answers.workstream else [],
        "topics": [],
        "countries": [answers.country] if answers.country else [],
        "contact": answers.contact,
        "language": "en",
        "whose_ethnicity": answers.whose_ethnicity,
        "ethnicity_recording": answers.ethnicity_recording,
        "disclosure_policy": answers.disclosure_policy,
        "next_update": answers.next_update,
        "verification": answers.verification,
        "release_note": "First release.",
    }
    descriptor = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": answers.slug,
        "title": answers.title,
        "description": answers.description,
        "version": "1.0.0",
        "created": f"{answers.created_on}T00:00:00Z",
        "licenses": [{"name": answers.licence}] if answers.licence else [],
        "contributors": [publisher] if answers.publisher else [],
        "hub": _drop_unknown(hub),
        "resources": [_build_resource(name) for name in TEMPLATE_COLUMNS],
    }
    return _drop_unknown(descriptor)


def _drop_unknown(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that say something: an empty one says neither yes nor no."""
    return {name: value for name, value in properties.items() if value}


def _build_resource(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_build_field(name, column) for column in TEMPLATE_COLUMNS[name]]
    }
    if name != "observations":
        schema["primaryKey"] = ["id"]
    return {
        "name": name,
        "path": f"data/{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"header": True, "delimiter": ","},
        "schema": schema,
    }


def _build_field(role: str, name: str) -> dict[str, Any]:
    concept = CONCEPTS_BY_ROLE[role][name]
    field: dict[str, Any] = {
        "name": name,
        "type": concept.cell_type if concept.is_number else "string",
        "description": concept.description,
    }
    if concept.required:
        field["constraints"] = {"required": True}
    return field


_ABOUT_TEMPLATE = """# {title}

## What it shows

## How it was made

## What it does not show

## Whose ethnicity
"""
