"""Every page of the site: its address, its options, its template, the function that fills it."""

from __future__ import annotations

from evidencehub.serve.pages import (
    changes,
    codes,
    compare,
    dataset,
    feeds,
    finding,
    forms,
    group,
    groups,
    home,
    indicator,
    organisation,
    place,
    recommendation,
    search,
    slices,
    tables,
    taken,
    texts,
    topic,
)
from evidencehub.serve.pages.page import IDENTIFIER, Page

_ID = rf"(?P<id>{IDENTIFIER})"
_CODE = rf"(?P<code>{IDENTIFIER})"

_SLUG = "(?P<id>[A-Za-z0-9_-]+)"
_TABLE = (*slices.NAMES, "comparator", "order")  # which table of an indicator is shown, and how
_ASKED = ("status", "topic", "organisation", "page")
SVG, PNG = "image/svg+xml; charset=utf-8", "image/png"

PAGES = (
    Page("/", home.context, "home.html"),
    Page(r"/share\.png", home.share, "share.svg", (), PNG),
    Page(rf"/indicators/{_ID}\.(?P<ending>xlsx|ods)", taken.of_indicator),
    Page(rf"/indicators/{_ID}\.svg", forms.picture, "chart.svg", _TABLE, SVG),
    Page(rf"/indicators/{_ID}\.png", forms.picture, "chart.svg", _TABLE, PNG),
    Page(rf"/indicators/{_ID}/share\.png", forms.share, "share.svg", (), PNG),
    Page(rf"/indicators/{_ID}\.(?P<ending>bib|ris|csl\.json)", forms.citation),
    Page(f"/indicators/{_ID}", indicator.context, "indicator.html", _TABLE),
    Page(f"/embed/{_ID}", indicator.embedded, "embed.html", _TABLE, embeddable=True),
    Page("/datasets", dataset.listed, "datasets.html"),
    Page(rf"/datasets/{_SLUG}\.(?P<ending>bib|ris|csl\.json)", dataset.cited),
    Page(rf"/datasets/{_SLUG}\.(?P<ending>xlsx|ods)", taken.of_dataset),
    Page(rf"/datasets/{_SLUG}\.zip", taken.package),
    Page(f"/datasets/{_SLUG}", dataset.context, "dataset.html"),
    Page("/codes", codes.listed, "codes.html"),
    Page(f"/codes/{_ID}", codes.context, "code_list.html"),
    Page("/changes", changes.context, "changes.html"),
    Page("/about", texts.about, "about.html"),
    Page("/writing", texts.plain, "writing.html"),
    Page("/accessibility", texts.plain, "accessibility.html"),
    Page(r"/feed\.atom", feeds.atom),
    Page(rf"/topics/{_ID}/feed\.atom", feeds.topic_atom),
    Page(r"/sitemap\.xml", feeds.sitemap),
    Page(r"/robots\.txt", feeds.robots),
    Page(r"/llms\.txt", feeds.llms),
    Page(r"/colours\.css", feeds.colours),
    Page("/findings", finding.listing, "findings.html", ("topic", "type", "certainty", "page")),
    Page(rf"/findings/{_ID}\.(?P<ending>bib|ris|csl\.json)", finding.citation),
    Page(f"/findings/{_ID}", finding.context, "finding.html"),
    Page("/recommendations", recommendation.listing, "recommendations.html", _ASKED),
    Page(rf"/recommendations/{_ID}\.(?P<ending>bib|ris|csl\.json)", recommendation.citation),
    Page(f"/recommendations/{_ID}", recommendation.context, "recommendation.html"),
    Page("/organisations", organisation.listing, "organisations.html"),
    Page(f"/organisations/{_CODE}", organisation.context, "organisation.html"),
    Page("/search", search.answer, "search.html", search.OPTIONS),
    Page("/topics", topic.listing, "topics.html"),
    Page(f"/topics/{_CODE}", topic.context, "topic.html"),
    Page("/groups", groups.context, "groups.html", ("q",)),
    Page(f"/groups/{_CODE}", group.facet, "group.html"),
    Page(f"/groups/{_ID}/{_CODE}", group.native, "group.html"),
    Page("/places", place.context, "places.html"),
    Page(f"/places/{_CODE}", place.area, "place.html"),
    Page("/hub", tables.context, "tables.html"),
    Page("/compare", compare.context, "compare.html", ("family",)),
)
"""In the order in which they are tried: an address with an ending stands before one without."""


def pages(*, sql: bool) -> list[Page]:
    """The pages of a site. Where strangers ask in `sql`, the list of tables is Datasette's."""
    return [one for one in PAGES if not (sql and one.path == "/hub")]
