"""The rule on columns that look like a concept and do not say that they carry one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from evidencehub.check.definition import Rule, Violation, make_violation
from evidencehub.domain.code_lists import CodeBook, fold_label
from evidencehub.domain.concepts import CONCEPTS_BY_ROLE, INPUT_CONCEPTS
from evidencehub.domain.package import Resource, SourcePackage, list_annotations

_LOOKALIKE_CONCEPTS = {
    "lower_ci": "ci_lower", "upper_ci": "ci_upper", "lci": "ci_lower", "uci": "ci_upper",
    "ethnic_group": "ethnicity", "race": "ethnicity", "geography": "area", "geography_code": "area",
    "region": "area", "year": "period", "date": "period", "rate": "value", "count": "numerator",
    "gender": "sex", "moe": "margin_of_error", "unit_mult": "unit_multiplier",
    "scalar_factor": "unit_multiplier", "age_group": "age", "status": "obs_status", "notes": "note",
}  # fmt: skip


def _undeclared_lookalikes(package: SourcePackage, _: CodeBook) -> Iterator[Violation]:
    for resource in package.resources:
        if resource.role not in CONCEPTS_BY_ROLE or resource.role == "codes":
            continue
        inputs = INPUT_CONCEPTS.get(resource.role, {})
        vocabulary = {**CONCEPTS_BY_ROLE[resource.role], **inputs}
        declared = _declared_concepts(resource)
        hub_text = json.dumps(resource.hub, ensure_ascii=False)
        for field in resource.fields:
            name = field["name"]
            concept = _LOOKALIKE_CONCEPTS.get(
                fold_label(name).replace(" ", "_"), fold_label(name).replace(" ", "_")
            )
            if "hub" in field or name in vocabulary or concept not in vocabulary.keys() - declared:
                continue
            if f'"{name}"' not in hub_text:
                yield make_violation(
                    resource.file, 1, name, "metadata/lookalike", name=name, concept=concept
                )


def _declared_concepts(resource: Resource) -> set[str]:
    """The concepts that some field of the table says that it carries."""
    return {
        annotation.get("concept", field["name"])
        for field in resource.fields
        for annotation in list_annotations(field)
    }


RULES = (
    Rule(
        "metadata/lookalike",
        "descriptor",
        "A column that looks like a concept should be declared as one.",
        'Add `hub: {"concept": …}` to the field. Otherwise the column is published as it is.',
        _undeclared_lookalikes,
        "warning",
    ),
)
