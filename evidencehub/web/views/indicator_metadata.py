"""An indicator for machines and for reference lists: schema.org, citations, code examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evidencehub.domain.page_addresses import build_path
from evidencehub.formats import citations
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.sources import SourceRow
from evidencehub.web.page_request import PageRequest
from evidencehub.web.views.provenance import describe_sources
from evidencehub.web.views.table_view import TableView

_DOWNLOAD_TYPES = (("csv", "text/csv"), ("json", "application/json"))


def build_indicator_work(
    request: PageRequest, indicator: IndicatorRow, sources: Sequence[SourceRow]
) -> citations.CitedWork:
    """Return the indicator as something to cite: the hub compiled it from its sources."""
    hub = request.site.organisation or request.site.title
    return citations.CitedWork(
        identifier=indicator.indicator,
        title=indicator.title,
        url=request.base_url + build_path("indicators", indicator.indicator),
        authors=(hub,),
        publisher=hub,
        date=indicator.created,
        version=indicator.version,
        licence=indicator.licence,
        work_type="indicator",
        container_title=indicator.dataset_title,
        based_on=describe_sources(sources),
    )


def list_source_publishers(sources: Sequence[SourceRow]) -> tuple[str, ...]:
    """Return whoever published the sources of the values, each once."""
    return tuple(dict.fromkeys(source.publisher for source in sources if source.publisher))


def build_code_examples(base_url: str, identifier: str) -> list[tuple[str, str]]:
    """Return the code that fetches the values of an indicator, in several languages."""
    address = f"{base_url}/api/v1/observations.csv?indicator={identifier}"
    return [
        ("curl", f'curl -o {identifier}.csv "{address}"'),
        ("Python", f'import pandas as pd\n\nfigures = pd.read_csv("{address}")'),
        ("R", f'figures <- read.csv("{address}")'),
        ("JavaScript", f'const figures = await (await fetch("{address}")).text();'),
    ]


def build_structured_data(
    request: PageRequest,
    indicator: IndicatorRow,
    view: TableView | None,
    sources: Sequence[SourceRow],
) -> dict[str, Any]:
    """Return the indicator as schema.org describes a dataset."""
    address = request.base_url + build_path("indicators", indicator.indicator)
    publishers = list_source_publishers(sources) or (request.site.title,)
    area = view.area_label if view else ""
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{indicator.title}, {area}" if area else indicator.title,
        "description": indicator.definition,
        "url": address,
        "identifier": address,
        "version": indicator.version,
        "datePublished": indicator.created[:10],
        "license": indicator.licence_url or indicator.licence,
        "isAccessibleForFree": True,
        "creator": [{"@type": "Organization", "name": name} for name in publishers],
        "publisher": {
            "@type": "Organization",
            "name": request.site.organisation or request.site.title,
        },
        "includedInDataCatalog": {"@type": "DataCatalog", "name": request.site.title},
        "isPartOf": {
            "@type": "Dataset",
            "url": request.base_url + build_path("datasets", indicator.dataset),
        },
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": indicator.title,
            "unitText": indicator.unit_name,
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": media_type,
                "contentUrl": f"{request.base_url}/api/v1/observations.{ending}"
                f"?indicator={indicator.indicator}",
            }
            for ending, media_type in _DOWNLOAD_TYPES
        ],
        **(_describe_coverage(view) if view else {}),
    }


def _describe_coverage(view: TableView) -> dict[str, Any]:
    """Return the days from the first to the last period, and the area if it has a label."""
    first_day = min(start for start, _ in view.selection.periods)
    last_day = max(end for _, end in view.selection.periods)
    coverage: dict[str, Any] = {"temporalCoverage": f"{first_day}/{last_day}"}
    if view.area_label:
        coverage["spatialCoverage"] = {"@type": "Place", "name": view.area_label}
    return coverage
