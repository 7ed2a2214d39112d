"""Every page of the site: its address, its options, its template, the function that fills it."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

from evidencehub.domain.page_addresses import IDENTIFIER_PATTERN
from evidencehub.formats.catalogue_renderings import list_description_names, list_site_paths
from evidencehub.formats.format import list_endings, list_spreadsheet_formats
from evidencehub.web.page_request import PageRoute, compile_pattern
from evidencehub.web.pages import (
    all_indicators,
    catalogue,
    changes,
    code_documents,
    code_lists,
    country_comparison,
    coverage,
    crawlers,
    database_tables,
    datasets,
    design,
    downloads,
    ethnic_group,
    feeds,
    findings,
    group_lookup,
    home,
    indicator_exports,
    indicators,
    organisations,
    partners,
    places,
    questions,
    recommendations,
    search,
    static_pages,
    topics,
)
from evidencehub.web.views import dataset_preview, table_selection

_RENDERING = rf"/(?P<name>{'|'.join(map(re.escape, list_site_paths()))})"
_ID = rf"(?P<id>{IDENTIFIER_PATTERN})"
_CODE = rf"(?P<code>{IDENTIFIER_PATTERN})"
_DATASET = "/datasets/(?P<id>[A-Za-z0-9_-]+)"
_DESCRIPTION = (
    r"(?P<version>[0-9]+\.[0-9]+\.[0-9]+)/"
    rf"(?P<name>{'|'.join(map(re.escape, list_description_names()))})"
)
_CODE_LIST = f"/codes/{_ID}"
_CODE_DOCUMENT = rf"\.(?P<ending>{'|'.join(map(re.escape, code_documents.DOCUMENTS))})"
_INDICATOR = f"/indicators/{_ID}"
_SPREADSHEET_ENDINGS = (re.escape(entry.ending) for entry in list_spreadsheet_formats())
_SPREADSHEET = rf"\.(?P<ending>{'|'.join(_SPREADSHEET_ENDINGS)})"
_CITATION = rf"\.(?P<ending>{'|'.join(map(re.escape, list_endings('citation')))})"
# which table of an indicator is shown, and how
_TABLE_OPTIONS = (*table_selection.TABLE_OPTIONS, "comparator", "order")
_CHART_OPTIONS = (*_TABLE_OPTIONS, "chart")
_FINDING_OPTIONS = ("topic", "type", "certainty", "page")
_RECOMMENDATION_OPTIONS = ("status", "topic", "organisation", "made_by", "page")
SVG_MEDIA_TYPE, PNG_MEDIA_TYPE = "image/svg+xml; charset=utf-8", "image/png"
_chart = functools.partial(
    PageRoute,
    handler=indicator_exports.build_chart_context,
    template="chart.svg",
    options=_CHART_OPTIONS,
)
_share_image = functools.partial(
    PageRoute, template="share.svg", content_type=PNG_MEDIA_TYPE, file_ending="png"
)
_text = functools.partial(
    PageRoute, handler=crawlers.build_text_context, content_type="text/plain; charset=utf-8"
)

PAGE_ROUTES = (
    PageRoute("/", home.build_context, "home.html"),
    _share_image(r"/share\.png", home.build_share_image_context),
    PageRoute(_INDICATOR + _SPREADSHEET, downloads.export_indicator),
    _chart(rf"{_INDICATOR}\.svg", content_type=SVG_MEDIA_TYPE, file_ending="svg"),
    _chart(rf"{_INDICATOR}\.png", content_type=PNG_MEDIA_TYPE, file_ending="png"),
    _share_image(
        rf"{_INDICATOR}/share\.png",
        indicator_exports.build_share_image_context,
        options=_TABLE_OPTIONS,
    ),
    PageRoute(_INDICATOR + _CITATION, indicator_exports.build_citation_document),
    PageRoute(_INDICATOR, indicators.build_context, "indicator.html", _TABLE_OPTIONS),
    PageRoute(
        f"/embed/{_ID}",
        indicator_exports.build_embed_context,
        "embed.html",
        _CHART_OPTIONS,
        is_embeddable=True,
    ),
    PageRoute(
        "/indicators", all_indicators.build_context, "indicators.html", all_indicators.OPTIONS
    ),
    PageRoute("/datasets", datasets.build_list_context, "datasets.html"),
    PageRoute(_DATASET + _CITATION, datasets.build_citation_document),
    PageRoute(_DATASET + _SPREADSHEET, downloads.export_dataset),
    PageRoute(rf"{_DATASET}\.zip", downloads.export_package),
    PageRoute(_DATASET, datasets.build_context, "dataset.html", (dataset_preview.SORT_OPTION,)),
    PageRoute("/codes", code_lists.build_list_context, "codes.html"),
    PageRoute(_CODE_LIST + _CODE_DOCUMENT, code_documents.build_document),
    PageRoute(_CODE_LIST, code_lists.build_context, "code_list.html"),
    PageRoute("/design", design.build_context, "design.html"),
    PageRoute("/partners", partners.build_context, "partners.html"),
    PageRoute("/changes", changes.build_context, "changes.html"),
    PageRoute("/about", static_pages.build_about_context, "about.html"),
    PageRoute("/glossary", static_pages.build_empty_context, "glossary.html"),
    PageRoute("/writing", static_pages.build_empty_context, "writing.html"),
    PageRoute("/accessibility", static_pages.build_empty_context, "accessibility.html"),
    PageRoute("/privacy", static_pages.build_empty_context, "privacy.html"),
    PageRoute(r"/feed\.atom", feeds.build_site_feed),
    PageRoute(rf"/topics/{_ID}/feed\.atom", feeds.build_topic_feed),
    PageRoute(r"/sitemap\.xml", crawlers.build_sitemap),
    PageRoute(r"/sitemap-(?P<part>[1-9][0-9]{0,3})\.xml", crawlers.build_sitemap),
    _text(r"/robots\.txt", template="robots.txt"),
    _text(r"/llms\.txt", template="llms.txt"),
    _text(
        r"/\.well-known/security\.txt",
        handler=crawlers.build_security_context,
        template="security.txt",
        cache_control="no-store",  # it has a clock in it
    ),
    PageRoute("/catalog", catalogue.build_graph),
    PageRoute(_RENDERING, catalogue.build_document),
    PageRoute(f"{_DATASET}/{_DESCRIPTION}", catalogue.build_description),
    PageRoute("/dump/", catalogue.build_dump_manifest),
    PageRoute(r"/dump/hub\.zip", catalogue.build_archive),
    PageRoute(r"/colours\.css", static_pages.build_theme_stylesheet),
    PageRoute("/findings", findings.build_list_context, "findings.html", _FINDING_OPTIONS),
    PageRoute(f"/findings/{_ID}{_CITATION}", findings.build_citation_document),
    PageRoute(f"/findings/{_ID}", findings.build_context, "finding.html"),
    PageRoute(
        "/recommendations",
        recommendations.build_list_context,
        "recommendations.html",
        _RECOMMENDATION_OPTIONS,
    ),
    PageRoute(f"/recommendations/{_ID}{_CITATION}", recommendations.build_citation_document),
    PageRoute(f"/recommendations/{_ID}", recommendations.build_context, "recommendation.html"),
    PageRoute("/coverage", coverage.build_context, "coverage.html", ("group", "country", "by")),
    PageRoute("/questions", questions.build_list_context, "questions.html"),
    PageRoute(f"/questions/{_ID}", questions.build_context, "question.html"),
    PageRoute("/organisations", organisations.build_list_context, "organisations.html"),
    PageRoute(f"/organisations/{_CODE}", organisations.build_context, "organisation.html"),
    PageRoute("/search", search.build_context, "search.html", search.OPTION_NAMES),
    PageRoute("/topics", topics.build_list_context, "topics.html"),
    PageRoute(f"/topics/{_CODE}", topics.build_context, "topic.html"),
    PageRoute("/groups", group_lookup.build_context, "groups.html", ("q",)),
    PageRoute(f"/groups/{_CODE}", ethnic_group.build_facet_context, "group.html"),
    PageRoute(f"/groups/{_ID}/{_CODE}", ethnic_group.build_group_context, "group.html"),
    PageRoute("/places", places.build_list_context, "places.html"),
    PageRoute(f"/places/{_CODE}", places.build_context, "place.html"),
    PageRoute("/hub", database_tables.build_context, "database_tables.html"),
    PageRoute("/compare", country_comparison.build_context, "compare.html", ("family",)),
)
"""Pages in the order in which they are tried: a path with an ending before one without."""


def select_routes(*, allow_sql: bool) -> list[PageRoute]:
    """Return the pages of a site; where visitors may write SQL, Datasette lists the tables."""
    return [route for route in PAGE_ROUTES if not (allow_sql and route.pattern == "/hub")]


def list_parameters(path: str) -> Collection[str] | None:
    """Return the parameters of a page, picture, feed or static file, which ignores all others.

    None where an unknown one is refused: the API, and the tables of Datasette.
    """
    if path in {"/api", "/favicon.ico"} or path.startswith(("/static/", "/-/static/")):
        return ()
    if path.startswith(STRICT_PREFIXES):
        return None
    return next((options for pattern, options in _OPTIONS_BY_PATTERN if pattern.match(path)), None)


STRICT_PREFIXES = ("/hub", "/api/", "/sdmx/", "/oai")
_OPTIONS_BY_PATTERN = [(compile_pattern(page), page.options) for page in PAGE_ROUTES]
