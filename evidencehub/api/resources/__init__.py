"""Every resource of the API, by name and in the order in which it is explained."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.api.resources.catalogue import DATASETS, FINDINGS, INDICATORS, RECOMMENDATIONS
from evidencehub.api.resources.codes import CODE_LISTS, CODES_OF_LIST, CROSSWALKS, SEARCH, SOURCES
from evidencehub.api.resources.inequality import COMPARISON, INEQUALITY
from evidencehub.api.resources.observations import GAPS, OBSERVATIONS
from evidencehub.store.resource_model import ApiResource

_RESOURCE_LIST = (
    OBSERVATIONS,
    GAPS,
    INEQUALITY,
    COMPARISON,
    DATASETS,
    INDICATORS,
    FINDINGS,
    RECOMMENDATIONS,
    SOURCES,
    CODE_LISTS,
    CROSSWALKS,
    SEARCH,
)
RESOURCES: Mapping[str, ApiResource] = {resource.name: resource for resource in _RESOURCE_LIST}
POST_QUERY_RESOURCES = tuple(
    resource.name for resource in _RESOURCE_LIST if resource.accepts_posted_query
)

__all__ = ["CODES_OF_LIST", "POST_QUERY_RESOURCES", "RESOURCES"]
