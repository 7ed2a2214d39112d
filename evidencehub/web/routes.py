"""Every page of the site: its address, its options, its template, the function that fills it."""

from __future__ import annotations

import re

from evidencehub.formats.format import list_endings
from evidencehub.web.addresses import IDENTIFIER_PATTERN
from evidencehub.web.page_request import PageRoute
from evidencehub.web.pages import (
    changes,
    code_lists,
    country_comparison,
    crawlers,
    database_tables,
    datasets,
    downloads,
    ethnic_group,
    feeds,
    findings,
    group_lookup,
    home,
    indicator_exports,
    indicators,
    organisations,
    places,
    recommendations,
    search,
    static_pages,
    topics,
)
from evidencehub.web.views import table_selection

_ID_PATTERN = rf"(?P<id>{IDENTIFIER_PATTERN})"
_CODE_PATTERN = rf"(?P<code>{IDENTIFIER_PATTERN})"

_WORKBOOK_ENDING = f"(?P<ending>{'|'.join(map(re.escape, list_endings('workbook')))})"
_CITATION_ENDING = f"(?P<ending>{'|'.join(map(re.escape, list_endings('citation')))})"
_DATASET_ID = "(?P<id>[A-Za-z0-9_-]+)"
# which table of an indicator is shown, and how
_TABLE_OPTIONS = (*table_selection.TABLE_OPTIONS, "comparator", "order")
_RECOMMENDATION_OPTIONS = ("status", "topic", "organisation", "page")
SVG_MEDIA_TYPE, PNG_MEDIA_TYPE = "image/svg+xml; charset=utf-8", "image/png"

PAGE_ROUTES = (
    PageRoute("/", home.build_context, "home.html"),
    PageRoute(r"/share\.png", home.build_share_image_context, "share.svg", (), PNG_MEDIA_TYPE),
    PageRoute(rf"/indicators/{_ID_PATTERN}\.{_WORKBOOK_ENDING}", downloads.export_indicator),
    PageRoute(
        rf"/indicators/{_ID_PATTERN}\.svg",
        indicator_exports.build_chart_context,
        "chart.svg",
        _TABLE_OPTIONS,
        SVG_MEDIA_TYPE,
    ),
    PageRoute(
        rf"/indicators/{_ID_PATTERN}\.png",
        indicator_exports.build_chart_context,
        "chart.svg",
        _TABLE_OPTIONS,
        PNG_MEDIA_TYPE,
    ),
    PageRoute(
        rf"/indicators/{_ID_PATTERN}/share\.png",
        indicator_exports.build_share_image_context,
        "share.svg",
        (),
        PNG_MEDIA_TYPE,
    ),
    PageRoute(
        rf"/indicators/{_ID_PATTERN}\.{_CITATION_ENDING}", indicator_exports.build_citation_document
    ),
    PageRoute(
        f"/indicators/{_ID_PATTERN}", indicators.build_context, "indicator.html", _TABLE_OPTIONS
    ),
    PageRoute(
        f"/embed/{_ID_PATTERN}",
        indicators.build_embed_context,
        "embed.html",
        _TABLE_OPTIONS,
        is_embeddable=True,
    ),
    PageRoute("/datasets", datasets.build_list_context, "datasets.html"),
    PageRoute(rf"/datasets/{_DATASET_ID}\.{_CITATION_ENDING}", datasets.build_citation_document),
    PageRoute(rf"/datasets/{_DATASET_ID}\.{_WORKBOOK_ENDING}", downloads.export_dataset),
    PageRoute(rf"/datasets/{_DATASET_ID}\.zip", downloads.export_package),
    PageRoute(f"/datasets/{_DATASET_ID}", datasets.build_context, "dataset.html"),
    PageRoute("/codes", code_lists.build_list_context, "codes.html"),
    PageRoute(f"/codes/{_ID_PATTERN}", code_lists.build_context, "code_list.html"),
    PageRoute("/changes", changes.build_context, "changes.html"),
    PageRoute("/about", static_pages.build_about_context, "about.html"),
    PageRoute("/writing", static_pages.build_empty_context, "writing.html"),
    PageRoute("/accessibility", static_pages.build_empty_context, "accessibility.html"),
    PageRoute(r"/feed\.atom", feeds.build_site_feed),
    PageRoute(rf"/topics/{_ID_PATTERN}/feed\.atom", feeds.build_topic_feed),
    PageRoute(r"/sitemap\.xml", crawlers.build_sitemap),
    PageRoute(r"/robots\.txt", crawlers.build_robots_txt),
    PageRoute(r"/llms\.txt", crawlers.build_llms_txt),
    PageRoute(r"/colours\.css", static_pages.build_theme_stylesheet),
    PageRoute(
        "/findings",
        findings.build_list_context,
        "findings.html",
        ("topic", "type", "certainty", "page"),
    ),
    PageRoute(rf"/findings/{_ID_PATTERN}\.{_CITATION_ENDING}", findings.build_citation_document),
    PageRoute(f"/findings/{_ID_PATTERN}", findings.build_context, "finding.html"),
    PageRoute(
        "/recommendations",
        recommendations.build_list_context,
        "recommendations.html",
        _RECOMMENDATION_OPTIONS,
    ),
    PageRoute(
        rf"/recommendations/{_ID_PATTERN}\.{_CITATION_ENDING}",
        recommendations.build_citation_document,
    ),
    PageRoute(
        f"/recommendations/{_ID_PATTERN}", recommendations.build_context, "recommendation.html"
    ),
    PageRoute("/organisations", organisations.build_list_context, "organisations.html"),
    PageRoute(f"/organisations/{_CODE_PATTERN}", organisations.build_context, "organisation.html"),
    PageRoute("/search", search.build_context, "search.html", search.OPTION_NAMES),
    PageRoute("/topics", topics.build_list_context, "topics.html"),
    PageRoute(f"/topics/{_CODE_PATTERN}", topics.build_context, "topic.html"),
    PageRoute("/groups", group_lookup.build_context, "groups.html", ("q",)),
    PageRoute(f"/groups/{_CODE_PATTERN}", ethnic_group.build_facet_context, "group.html"),
    PageRoute(
        f"/groups/{_ID_PATTERN}/{_CODE_PATTERN}", ethnic_group.build_group_context, "group.html"
    ),
    PageRoute("/places", places.build_list_context, "places.html"),
    PageRoute(f"/places/{_CODE_PATTERN}", places.build_context, "place.html"),
    PageRoute("/hub", database_tables.build_context, "database_tables.html"),
    PageRoute("/compare", country_comparison.build_context, "compare.html", ("family",)),
)
"""Pages in the order in which they are tried: a path with an ending before one without."""


def select_routes(*, allow_sql: bool) -> list[PageRoute]:
    """Return the pages of a site; where visitors may write SQL, Datasette lists the tables."""
    return [route for route in PAGE_ROUTES if not (allow_sql and route.pattern == "/hub")]
