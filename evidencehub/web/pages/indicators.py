"""The page of one indicator: facts, chart, gap, trend, notes, files, citation."""

from __future__ import annotations

from collections.abc import Sequence

from evidencehub.domain.page_addresses import build_path
from evidencehub.domain.status import NORMAL, ODDS_RATIO, TOTAL, get_status_symbol
from evidencehub.formats import citations
from evidencehub.formats.format import list_row_downloads
from evidencehub.store import datasets, indicators, newest_gaps, observations
from evidencehub.store.database import RowReader
from evidencehub.store.indicators import IndicatorRow
from evidencehub.store.partners import find_origin
from evidencehub.store.related_evidence import LabelledCodeRow
from evidencehub.store.spreadsheets import list_spreadsheets
from evidencehub.web.page_request import Context, PageRequest
from evidencehub.web.views import (
    finding_types,
    helplines,
    indicator_metadata,
    main_facts,
    provenance,
)
from evidencehub.web.views.gap_trend import build_gap_trend
from evidencehub.web.views.headline import build_headline
from evidencehub.web.views.table_options import build_option_fields
from evidencehub.web.views.table_selection import OPTION_BY_DIMENSION, TableSelection
from evidencehub.web.views.table_view import (
    TableView,
    build_query_string,
    build_table_view,
    build_unit_view,
    read_indicator,
)
from evidencehub.web.views.trend import Trend, build_trend

EMBED_FRAME_HEIGHT, EMBED_ROW_HEIGHT = 420, 62  # pixels, on a narrow screen
MAX_DESCRIPTION_CHARS = 300
MAX_SAME_DATASET = 12  # other indicators of the dataset that the page names
API_FILTERS = ("scheme", "area", "sex", "age")


def build_context(request: PageRequest) -> Context:
    """Return everything that the page of an indicator says."""
    indicator = read_indicator(request)
    table_view = build_table_view(request, indicator)
    topics = indicators.select_indicator_topics(request.db, indicator.indicator)
    counts = observations.count_observations(request.db, indicator.indicator)
    return {
        "title": indicator.title,
        "description": indicator.definition[:MAX_DESCRIPTION_CHARS],
        "og_type": "article",
        "breadcrumbs": [(row.label, build_path("topics", row.code)) for row in topics[:1]],
        "share_image_path": (
            build_path("indicators", indicator.indicator, "share.png") + request.query
        ),
        "topics": topics,
        "helplines": helplines.select_helplines(request.site, [row.code for row in topics]),
        "counts": counts,
        "spreadsheets": list_spreadsheets(counts.observations),
        "row_downloads": list_row_downloads(),
        **_build_indicator_context(indicator, table_view),
        **_build_metadata_context(request.db, indicator),
        **_build_evidence_context(request.db, indicator),
        **_build_source_context(request, indicator, table_view),
        **(_build_table_context(request, table_view) if table_view else {}),
    }


def _build_indicator_context(indicator: IndicatorRow, table_view: TableView | None) -> Context:
    return {
        "indicator": indicator,
        "governance_lines": provenance.split_lines(indicator.governance),
        "unit": build_unit_view(indicator),
        "area": table_view.area_label if table_view else "",
        "table_view": table_view,
    }


def _build_metadata_context(db: RowReader, indicator: IndicatorRow) -> Context:
    """Return what the dataset says of the indicator, in labels and lines."""
    labels = indicators.select_metadata_labels(db, indicator)
    recording = labels.get("ethnicity-recording")
    return {
        "labels": {name: row.label for name, row in labels.items()},
        "recording_definition": recording.definition if recording else None,
        "authored_facts": indicators.select_authored_facts(db, indicator.indicator),
        "changes": datasets.select_dataset_changes(db, indicator.dataset, 3),
        "caveats": _merge_lines(indicator.caveats, indicator.dataset_caveats),
        "files": indicators.select_dataset_files(db, indicator),
    }


def _build_evidence_context(db: RowReader, indicator: IndicatorRow) -> Context:
    """Return the findings, recommendations and other indicators that belong to this one."""
    related = indicators.select_related_indicators(db, indicator)
    findings = indicators.select_indicator_findings(db, indicator.indicator)
    same_dataset = [row for row in related if not row.is_same_family]
    return {
        "related_findings": [row for row in findings if row.type not in finding_types.CAUSE_TYPES],
        **finding_types.build_causes(findings),
        "recommendations": indicators.select_indicator_recommendations(db, indicator.indicator),
        "same_family": [row for row in related if row.is_same_family],
        "same_dataset": same_dataset[:MAX_SAME_DATASET],
        "has_country_comparison": indicators.count_family_countries(db, indicator.family) > 1,
    }


def _build_source_context(
    request: PageRequest, indicator: IndicatorRow, table_view: TableView | None
) -> Context:
    """Return where the values come from, and how to cite and to fetch them."""
    sources = indicators.select_indicator_sources(request.db, indicator)
    work = indicator_metadata.build_indicator_work(request, indicator, sources)
    return {
        "sources": sources,
        "origin": find_origin(request.db, indicator.dataset),
        "structured_data": indicator_metadata.build_structured_data(
            request, indicator, table_view, sources
        ),
        "citations": citations.render_citations(work, request.language.translations),
        "code_examples": indicator_metadata.build_code_examples(
            request.base_url, indicator.indicator
        ),
    }


def _build_table_context(request: PageRequest, view: TableView) -> Context:
    """Return what the page says of the table that it shows."""
    db = request.db
    facts = main_facts.draft_facts(view)
    unit = build_unit_view(view.basis.indicator)
    fuller_period = _find_fuller_period(view.selection)
    trend = build_trend(view, request.language)
    return {
        "rows": view.rows,
        "has_values": any(row.observation.value is not None for row in view.rows),
        "fixed_dimensions": _label_fixed_dimensions(db, view.selection),
        "notes": list(dict.fromkeys(filter(None, (row.observation.note for row in view.rows)))),
        "options": build_option_fields(view),
        "latest_period": next(iter(view.selection.periods)),
        "has_notes_on_latest": _has_notes_on_latest(view),
        "newer_period_elsewhere": _find_newer_period_elsewhere(db, view),
        "latest_period_with_groups": _find_older_period_with_groups(view.selection),
        "status_symbols": _list_status_symbols(db, [row.observation for row in view.rows]),
        "fuller_period": fuller_period,
        "fuller_period_query": build_query_string(view, fuller_period) if fuller_period else "",
        "needs_comparator": "" in view.comparator_choices and not view.comparator_code,
        "is_compared_with_total": view.comparator_code == TOTAL,
        "glossary_terms": _list_glossary_terms(view),
        "headline": build_headline(facts, is_percentage=unit["is_percentage"]),
        "has_gaps": any(row.gap for row in view.rows) and view.comparator is not None,
        "gap_contexts": _select_gap_contexts(db, view),
        "trend": trend,
        "trend_symbols": _list_status_symbols(db, _list_cells(trend)),
        "gap_trend": build_gap_trend(view, request.language),
        "api_query": {
            "indicator": view.basis.indicator.indicator,
            **{name: view.selection[name] for name in API_FILTERS},
        },
        "table_query": build_query_string(view),
        "embed_height": EMBED_FRAME_HEIGHT + EMBED_ROW_HEIGHT * len(view.rows),
    }


def _list_cells(trend: Trend | None) -> list[observations.TableObservationRow]:
    """Return the observations of the table of a trend."""
    return [cell for _, cells in trend.rows for cell in cells if cell] if trend else []


def _select_gap_contexts(db: RowReader, view: TableView) -> list[newest_gaps.GapContextRow]:
    """Return what is known of the gaps besides, if the page shows those that the build made."""
    indicator = view.basis.indicator.indicator
    rows = newest_gaps.select_gap_contexts(db, indicator, view.basis.key, view.selection.period)
    return [row for row in rows if row.reference == view.comparator_code]


def _merge_lines(*texts: str | None) -> list[str]:
    """Return the lines of several texts, each once, without those that another one contains."""
    stripped = (line.strip() for text in texts for line in (text or "").splitlines())
    lines = list(dict.fromkeys(filter(None, stripped)))
    return [line for line in lines if not any(line in other for other in lines if other != line)]


def _list_glossary_terms(view: TableView) -> list[str]:
    """Return the words that the chart of a table uses and that readers ask about."""
    is_used = {
        "interval": view.ci_level is not None,
        "ratio": bool(view.gaps),
        "difference": bool(view.gaps),
        "reference": view.comparator is not None,
        "tested": bool(view.comparisons),
        ODDS_RATIO: view.basis.indicator.value_type == ODDS_RATIO,
        "secondary-source": bool(view.source_counts["total"]),
        "suppressed": view.has_suppressed_value,
    }
    return [term for term, is_there in is_used.items() if is_there]


def _label_fixed_dimensions(db: RowReader, selection: TableSelection) -> dict[str, str]:
    """Return the labels of the dimensions that restrict the table, by the name of their option."""
    return {
        OPTION_BY_DIMENSION[name]: observations.find_dimension_label(
            db, name, selection[name], selection["scheme"]
        )
        for name in observations.TABLE_DIMENSIONS
        if selection[name] not in ("", TOTAL) and name not in ("scheme", "area")
    }


def _has_notes_on_latest(view: TableView) -> bool:
    """Return whether each value of the newest period has a note, which may doubt the period."""
    is_newest = view.selection.period == next(iter(view.selection.periods))
    return is_newest and all(row.observation.note for row in view.rows)


def _find_newer_period_elsewhere(db: RowReader, view: TableView) -> observations.Period | None:
    """Return the newest period of the indicator, if this table ends before it."""
    newest = indicators.select_newest_period(db, view.basis.indicator.indicator)
    latest = next(iter(view.selection.periods))
    return newest if newest and newest[1] > latest[1] else None


def _find_older_period_with_groups(selection: TableSelection) -> observations.Period | None:
    """Return the newest period that lets groups be compared, if there are newer ones without."""
    newest = next((period for period, groups in selection.periods.items() if groups > 1), None)
    return newest if newest != next(iter(selection.periods)) else None


def _find_fuller_period(selection: TableSelection) -> observations.Period | None:
    """Return the newest of the periods with most groups, if the chosen one has fewer."""
    period, groups = max(selection.periods.items(), key=lambda pair: (pair[1], pair[0][::-1]))
    return period if groups > selection.periods[selection.period] else None


def _list_status_symbols(
    db: RowReader, rows: Sequence[observations.TableObservationRow]
) -> dict[str, LabelledCodeRow]:
    """Return the symbols that stand beside or instead of values, each with its first status."""
    statuses = sorted({row.obs_status for row in rows} - {NORMAL})
    symbols: dict[str, LabelledCodeRow] = {}
    for status in observations.select_status_labels(db, statuses):
        symbols.setdefault(get_status_symbol(status.code), status)
    return symbols
