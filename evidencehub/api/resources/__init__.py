"""Every resource of the API, by name and in the order in which it is explained."""

from __future__ import annotations

from collections.abc import Mapping

from evidencehub.api.resources.codes import CODE_LISTS, CODES_OF_LIST
from evidencehub.api.resources.comparison import COMPARISON
from evidencehub.api.resources.coverage import COVERAGE
from evidencehub.api.resources.crosswalks import CROSSWALKS
from evidencehub.api.resources.datasets import DATASETS
from evidencehub.api.resources.findings import FINDINGS
from evidencehub.api.resources.gaps import GAPS
from evidencehub.api.resources.indicators import INDICATORS
from evidencehub.api.resources.inequality import INEQUALITY
from evidencehub.api.resources.observations import OBSERVATIONS
from evidencehub.api.resources.preferred_terms import PREFERRED_TERMS
from evidencehub.api.resources.questions import QUESTIONS
from evidencehub.api.resources.recommendations import RECOMMENDATIONS
from evidencehub.api.resources.search import SEARCH
from evidencehub.api.resources.sources import SOURCES
from evidencehub.store.resource_model import ApiResource

_RESOURCE_LIST = (
    *(OBSERVATIONS, GAPS, INEQUALITY, COMPARISON, DATASETS, INDICATORS, FINDINGS, RECOMMENDATIONS),
    *(QUESTIONS, COVERAGE, PREFERRED_TERMS, SOURCES, CODE_LISTS, CROSSWALKS, SEARCH),
)
RESOURCES: Mapping[str, ApiResource] = {resource.name: resource for resource in _RESOURCE_LIST}
ALL_RESOURCES = (*_RESOURCE_LIST, CODES_OF_LIST)
POST_QUERY_RESOURCES = tuple(
    resource.name for resource in _RESOURCE_LIST if resource.accepts_posted_query
)

__all__ = ["ALL_RESOURCES", "CODES_OF_LIST", "POST_QUERY_RESOURCES", "RESOURCES"]
