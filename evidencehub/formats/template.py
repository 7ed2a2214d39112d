"""A new dataset folder that passes its checks: what `new` writes, as file names and texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidencehub.model.vocabulary import ROLES

COLUMNS: Mapping[str, tuple[str, ...]] = {
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
_TYPES = {"number": "number", "integer": "integer"}


@dataclass(frozen=True, slots=True)
class Answers:
    """What the questions of `new` were answered with."""

    slug: str
    title: str
    description: str
    workstream: str
    country: str
    whose_ethnicity: str
    contact: str
    created: str  # the day it is made, ISO 8601


def files(answers: Answers) -> dict[str, str]:
    """Every file of the new folder: its name, and its text."""
    tables = {name: ",".join(columns) + "\n" for name, columns in COLUMNS.items()}
    tables["indicators"] += _csv_row(_indicator(answers), COLUMNS["indicators"])
    texts = {f"data/{name}.csv": text for name, text in tables.items()}
    texts["datapackage.json"] = (
        json.dumps(_descriptor(answers), ensure_ascii=False, indent=2) + "\n"
    )
    texts["about.md"] = _ABOUT.format(title=answers.title)
    texts["changes.md"] = f"# Changes\n\n## 1.0.0 ({answers.created})\n\n- First release.\n"
    return texts


def _indicator(answers: Answers) -> dict[str, str]:
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


def _descriptor(answers: Answers) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": answers.slug,
        "title": answers.title,
        "description": answers.description,
        "version": "1.0.0",
        "created": f"{answers.created}T00:00:00Z",
        "keywords": [],
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "contributors": [{"title": answers.contact, "roles": ["publisher"]}],
        "hub": {
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
        "resources": [_resource(name) for name in COLUMNS],
    }


def _resource(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(name, column) for column in COLUMNS[name]]}
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


def _field(role: str, name: str) -> dict[str, Any]:
    concept = ROLES[role][name]
    field: dict[str, Any] = {
        "name": name,
        "type": _TYPES.get(concept.kind, "string"),
        "description": concept.says,
    }
    if concept.required:
        field["constraints"] = {"required": True}
    return field


_ABOUT = """# {title}

## What it shows

## How it was made

## What it does not show

## Whose ethnicity
"""
