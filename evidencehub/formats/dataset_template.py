"""A new dataset folder that passes its checks: what `new` writes, as file names and texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidencehub.domain.concepts import CONCEPTS_BY_ROLE

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
    "sources": ("id", "title", "publisher", "type", "url", "published", "licence"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewDatasetAnswers:
    """What the questions of `new` were answered with."""

    slug: str
    title: str
    description: str
    workstream: str
    country: str
    whose_ethnicity: str
    contact: str
    created_on: str  # the day it is made, ISO 8601


def render_files(answers: NewDatasetAnswers) -> dict[str, str]:
    """Every file of the new folder: its name, and its text."""
    tables = {name: ",".join(columns) + "\n" for name, columns in TEMPLATE_COLUMNS.items()}
    tables["indicators"] += _csv_row(
        _build_first_indicator(answers), TEMPLATE_COLUMNS["indicators"]
    )
    texts = {f"data/{name}.csv": text for name, text in tables.items()}
    texts["datapackage.json"] = (
        json.dumps(_build_descriptor(answers), ensure_ascii=False, indent=2) + "\n"
    )
    texts["about.md"] = _ABOUT_TEMPLATE.format(title=answers.title)
    texts["changes.md"] = f"# Changes\n\n## 1.0.0 ({answers.created_on})\n\n- First release.\n"
    return texts


def _build_first_indicator(answers: NewDatasetAnswers) -> dict[str, str]:
    return {
        "id": f"{answers.slug}-rate",
        "title": answers.title,
        "definition": answers.description,
        "unit": "per-100000-population",
        "scale": "100000",
        "value_type": "rate",
        "polarity": "neutral",
        "method": "not stated by the source",
        "standardisation": "not stated",
        "whose_ethnicity": answers.whose_ethnicity,
        "workstreams": answers.workstream,
    }


def _csv_row(row: Mapping[str, str], columns: tuple[str, ...]) -> str:
    cells = (row.get(name, "") for name in columns)
    return ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in cells) + "\n"


def _build_descriptor(answers: NewDatasetAnswers) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": answers.slug,
        "title": answers.title,
        "description": answers.description,
        "version": "1.0.0",
        "created": f"{answers.created_on}T00:00:00Z",
        "keywords": [],
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "contributors": [{"title": answers.contact, "roles": ["publisher"]}],
        "hub": {
            "state": "draft",
            "workstreams": [answers.workstream],
            "topics": [],
            "countries": [answers.country],
            "contact": answers.contact,
            "language": "en",
            "whose_ethnicity": answers.whose_ethnicity,
            "ethnicity_recording": "unknown",
            "ethnicity_completeness": "not stated",
            "disclosure_policy": "already-published",
            "next_update": "not planned",
            "verification": "C1",
            "caveats": [],
            "release_note": "First release.",
        },
        "resources": [_build_resource(name) for name in TEMPLATE_COLUMNS],
    }


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
