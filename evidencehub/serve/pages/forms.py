"""An indicator in other forms: pictures, citations, a word to machines."""

from __future__ import annotations

import textwrap

from evidencehub.serve.pages import cite, facts, slices
from evidencehub.serve.pages.page import Context, Document, Visit, missing, path
from evidencehub.serve.pages.shown import Row, Shown, found, sources, table


def picture(visit: Visit) -> Context:
    """What the chart of an indicator shows as a picture; raises RefusedError (404) without any."""
    indicator = found(visit)
    told = table(visit, indicator)
    if told is None:
        raise missing("figure of this indicator")
    names = [row["publisher"] or row["title"] for row in sources(visit, indicator)]
    return {
        "indicator": indicator,
        "area": slices.label(visit.ask, "area", told.of["area"], ""),
        "shown": told,
        "rows": told.rows,
        "verdicts": {row["verdict"] for row in told.rows} - {""},
        "marks": {row["mark"] for row in told.rows if row["value"] is not None},
        "quoted": facts.quoted(told.rows),
        "title_lines": textwrap.wrap(indicator["title"], 70),
        "source_line": textwrap.shorten("; ".join(dict.fromkeys(names)), 130, placeholder=" …"),
    }


def share(visit: Visit) -> Context:
    """What the picture shows that goes with a link to an indicator."""
    made = picture(visit)
    ranked = [row for row in made["rows"] if row["value"] is not None]
    return {
        **made,
        "rows": ranked,
        "title_lines": textwrap.wrap(made["indicator"]["title"], 34)[:4],
    }


def citation(visit: Visit) -> Document:
    """The indicator as a citation, in the form that the address ends with."""
    return cite.document(work(visit, found(visit)), visit.place["ending"])


def work(visit: Visit, indicator: Row) -> cite.Work:
    """The indicator as something to cite: its publisher here is the hub."""
    return cite.Work(
        identifier=indicator["indicator"],
        title=indicator["title"],
        url=visit.home + path("indicators", indicator["indicator"]),
        authors=_authors(visit, indicator),
        publisher=visit.site.organisation or visit.site.title,
        date=indicator["created"],
        version=indicator["version"],
        licence=indicator["licence"],
        kind="indicator",
        part_of=indicator["dataset_title"],
    )


def _authors(visit: Visit, indicator: Row) -> tuple[str, ...]:
    """Whoever published the sources of the figures, each once."""
    named = (row["publisher"] for row in sources(visit, indicator))
    return tuple(dict.fromkeys(filter(None, named)))


def snippets(home: str, identifier: str) -> list[tuple[str, str]]:
    """The lines that fetch the figures of an indicator, in each language of the API's page."""
    address = f"{home}/api/v1/observations.csv?indicator={identifier}"
    return [
        ("curl", f'curl -o {identifier}.csv "{address}"'),
        ("Python", f'import pandas as pd\n\nfigures = pd.read_csv("{address}")'),
        ("R", f'figures <- read.csv("{address}")'),
        ("JavaScript", f'const figures = await (await fetch("{address}")).text();'),
    ]


def structured(visit: Visit, indicator: Row, told: Shown | None, area: str) -> Row:
    """The indicator as schema.org describes a dataset."""
    here = visit.home + path("indicators", indicator["indicator"])
    api = f"{visit.home}/api/v1/observations"
    question = f"indicator={indicator['indicator']}"
    forms = (("csv", "text/csv"), ("json", "application/json"))
    known: Row = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{indicator['title']}, {area}" if area else indicator["title"],
        "description": indicator["definition"],
        "url": here,
        "identifier": here,
        "version": indicator["version"],
        "datePublished": indicator["created"][:10],
        "license": indicator["licence_url"] or indicator["licence"],
        "isAccessibleForFree": True,
        "creator": [
            {"@type": "Organization", "name": name}
            for name in _authors(visit, indicator) or [visit.site.title]
        ],
        "publisher": {
            "@type": "Organization",
            "name": visit.site.organisation or visit.site.title,
        },
        "includedInDataCatalog": {"@type": "DataCatalog", "name": visit.site.title},
        "isPartOf": {
            "@type": "Dataset",
            "url": visit.home + path("datasets", indicator["dataset"]),
        },
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": indicator["title"],
            "unitText": indicator["unit_label"] or indicator["unit"],
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": kind,
                "contentUrl": f"{api}.{ending}?{question}",
            }
            for ending, kind in forms
        ],
    }
    if told:
        starts = min(start for start, _ in told.of.periods)
        ends = max(end for _, end in told.of.periods)
        known["temporalCoverage"] = f"{starts}/{ends}"
    if area:
        known["spatialCoverage"] = {"@type": "Place", "name": area}
    return known
