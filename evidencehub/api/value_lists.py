"""Where the permitted values of a parameter are listed, for descriptions and for refusals."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.api.resources import ALL_RESOURCES
from evidencehub.store.reference_data import ReferenceData

_PATHS: Mapping[str, str] = {
    "dataset": "datasets?fields=dataset,title",
    "indicator": "indicators?fields=indicator,title",
    "finding": "findings?fields=finding,statement",
    "recommendation": "recommendations?fields=recommendation,text",
    "question": "questions?fields=question,text",
    "scheme": "codes?kind=ethnicity",
    "classification": "codes?kind=ethnicity",
    "country": "codes/iso-3166",
    "list": "codes",
    "ethnicity": "codes?kind=ethnicity",
    "comparator": "codes?kind=ethnicity",
    "area": "codes?kind=area",
    "other": "codes?kind=dimension",
    "jurisdiction": "codes?fields=list,jurisdiction",
}
"""Sets of values that are no single code list; of a kind of lists, the lists that have them."""

_CODE_LISTS = {
    filter_.value_set: filter_.codelist
    for resource in ALL_RESOURCES
    for filter_ in resource.filters
    if filter_.codelist
}


def find_values_path(value_set: str, reference_data: ReferenceData) -> str:
    """Return the path below /api/v1 that lists the values of a set; empty for the hub's own."""
    code_list = _CODE_LISTS.get(value_set, value_set)
    if value_set in _PATHS:
        return _PATHS[value_set]
    return f"codes/{code_list}" if code_list in reference_data.code_lists else ""
