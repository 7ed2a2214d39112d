"""An indicator in other forms: pictures, citations, a word to machines."""

from __future__ import annotations

import textwrap

from evidencehub.formats import citations
from evidencehub.web.addresses import build_path
from evidencehub.web.page_request import (
    Context,
    Document,
    PageRequest,
    create_not_found_error,
)
from evidencehub.web.views import main_facts, table_selection
from evidencehub.web.views.table_view import (
    Row,
    TableView,
    build_table_view,
    read_indicator,
    read_sources,
)


def build_chart_context(request: PageRequest) -> Context:
    """What the chart of an indicator shows as a picture; raises RefusedError (404) without any."""
    indicator = read_indicator(request)
    table_view = build_table_view(request, indicator)
    if table_view is None:
        raise create_not_found_error("figure of this indicator")
    publishers = [row["publisher"] or row["title"] for row in read_sources(request, indicator)]
    return {
        "indicator": indicator,
        "area": table_selection.find_dimension_label(
            request.db, "area", table_view.selection["area"], ""
        ),
        "shown": table_view,
        "rows": table_view.rows,
        "verdicts": {row["verdict"] for row in table_view.rows} - {""},
        "marks": {row["mark"] for row in table_view.rows if row["value"] is not None},
        "quoted": main_facts.count_secondary_sources(table_view.rows),
        "title_lines": textwrap.wrap(indicator["title"], 70),
        "source_line": textwrap.shorten(
            "; ".join(dict.fromkeys(publishers)), 130, placeholder=" …"
        ),
    }


def build_share_image_context(request: PageRequest) -> Context:
    """What the picture shows that goes with a link to an indicator."""
    chart_context = build_chart_context(request)
    rows_with_value = [row for row in chart_context["rows"] if row["value"] is not None]
    return {
        **chart_context,
        "rows": rows_with_value,
        "title_lines": textwrap.wrap(chart_context["indicator"]["title"], 34)[:4],
    }


def build_citation_document(request: PageRequest) -> Document:
    """The indicator as a citation, in the form that the address ends with."""
    return Document(
        *citations.render_citation_file(
            build_indicator_work(request, read_indicator(request)), request.path_params["ending"]
        )
    )


def build_indicator_work(request: PageRequest, indicator: Row) -> citations.CitedWork:
    """The indicator as something to cite: its publisher here is the hub."""
    return citations.CitedWork(
        identifier=indicator["indicator"],
        title=indicator["title"],
        url=request.base_url + build_path("indicators", indicator["indicator"]),
        authors=_list_source_publishers(request, indicator),
        publisher=request.site.organisation or request.site.title,
        date=indicator["created"],
        version=indicator["version"],
        licence=indicator["licence"],
        work_type="indicator",
        container_title=indicator["dataset_title"],
    )


def _list_source_publishers(request: PageRequest, indicator: Row) -> tuple[str, ...]:
    """Whoever published the sources of the figures, each once."""
    publishers = (row["publisher"] for row in read_sources(request, indicator))
    return tuple(dict.fromkeys(filter(None, publishers)))


def build_code_examples(base_url: str, identifier: str) -> list[tuple[str, str]]:
    """The lines that fetch the figures of an indicator, in each language of the API's page."""
    address = f"{base_url}/api/v1/observations.csv?indicator={identifier}"
    return [
        ("curl", f'curl -o {identifier}.csv "{address}"'),
        ("Python", f'import pandas as pd\n\nfigures = pd.read_csv("{address}")'),
        ("R", f'figures <- read.csv("{address}")'),
        ("JavaScript", f'const figures = await (await fetch("{address}")).text();'),
    ]


def build_structured_data(
    request: PageRequest, indicator: Row, table_view: TableView | None, area: str
) -> Row:
    """The indicator as schema.org describes a dataset."""
    indicator_url = request.base_url + build_path("indicators", indicator["indicator"])
    api = f"{request.base_url}/api/v1/observations"
    query = f"indicator={indicator['indicator']}"
    distributions = (("csv", "text/csv"), ("json", "application/json"))
    fields: Row = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{indicator['title']}, {area}" if area else indicator["title"],
        "description": indicator["definition"],
        "url": indicator_url,
        "identifier": indicator_url,
        "version": indicator["version"],
        "datePublished": indicator["created"][:10],
        "license": indicator["licence_url"] or indicator["licence"],
        "isAccessibleForFree": True,
        "creator": [
            {"@type": "Organization", "name": name}
            for name in _list_source_publishers(request, indicator) or [request.site.title]
        ],
        "publisher": {
            "@type": "Organization",
            "name": request.site.organisation or request.site.title,
        },
        "includedInDataCatalog": {"@type": "DataCatalog", "name": request.site.title},
        "isPartOf": {
            "@type": "Dataset",
            "url": request.base_url + build_path("datasets", indicator["dataset"]),
        },
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": indicator["title"],
            "unitText": indicator["unit_label"] or indicator["unit"],
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": media_type,
                "contentUrl": f"{api}.{extension}?{query}",
            }
            for extension, media_type in distributions
        ],
    }
    if table_view:
        first_day = min(start for start, _ in table_view.selection.periods)
        last_day = max(end for _, end in table_view.selection.periods)
        fields["temporalCoverage"] = f"{first_day}/{last_day}"
    if area:
        fields["spatialCoverage"] = {"@type": "Place", "name": area}
    return fields
