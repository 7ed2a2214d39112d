"""Every resource of the API, by name and in the order in which it is explained."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.serve.api.figures import GAPS, OBSERVATIONS
from evidencehub.serve.api.lists import DATASETS, FINDINGS, INDICATORS, RECOMMENDATIONS
from evidencehub.serve.api.references import CODES, CROSSWALKS, LIST_CODES, SEARCH, SOURCES
from evidencehub.serve.api.resource import Resource
from evidencehub.serve.api.unequal import COMPARE, INEQUALITY

_ALL = (
    OBSERVATIONS,
    GAPS,
    INEQUALITY,
    COMPARE,
    DATASETS,
    INDICATORS,
    FINDINGS,
    RECOMMENDATIONS,
    SOURCES,
    CODES,
    CROSSWALKS,
    SEARCH,
)
RESOURCES: Mapping[str, Resource] = {resource.name: resource for resource in _ALL}
QUERIED = tuple(resource.name for resource in _ALL if resource.query)

__all__ = ["LIST_CODES", "QUERIED", "RESOURCES"]
