"""The page of one indicator: facts, chart, gap, course over time, notes, files, citation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evidencehub.domain.status import (
    NORMAL,
    RATIO_VALUE_TYPES,
    SERIES_BREAK,
    TOTAL,
    get_status_symbol,
)
from evidencehub.formats import citations
from evidencehub.formats.format import list_row_downloads
from evidencehub.store.database import RowReader
from evidencehub.web.addresses import build_path
from evidencehub.web.charts import scales
from evidencehub.web.page_request import Context, PageRequest, SelectField
from evidencehub.web.pages import indicator_exports
from evidencehub.web.views import group_comparison, helplines, main_facts, table_selection
from evidencehub.web.views.spreadsheet_export import MAX_SPREADSHEET_ROWS
from evidencehub.web.views.table_selection import TableSelection
from evidencehub.web.views.table_view import (
    SCHEME_SQL,
    Row,
    TableView,
    build_query_string,
    build_table_view,
    read_indicator,
    read_sources,
)

INDICATOR_FINDINGS_SQL = """
select f.finding, f.title, f.statement, f.verification
from finding_indicator as b join finding as f on f.finding = b.finding
where b.indicator = ? and f.superseded_by is null order by f.published desc, f.finding
"""
INDICATOR_RECOMMENDATIONS_SQL = """
select distinct r.recommendation, coalesce(r.title, r.text) as title, l.status,
  c.label as status_label
from recommendation as r
join recommendation_latest as l on l.recommendation = r.recommendation
left join code as c on c.list = 'recommendation-status' and c.code = l.status
where r.recommendation in (
  select recommendation from recommendation_indicator where indicator = ?1
  union
  select b.recommendation from recommendation_finding as b
  join finding_indicator as f on f.finding = b.finding where f.indicator = ?1)
order by r.issued desc, r.recommendation
"""
RELATED_INDICATORS_SQL = """
select i.indicator, i.title, i.family = ?2 as same, d.title as dataset_title
from indicator as i join dataset as d on d.dataset = i.dataset
where i.indicator <> ?1 and (i.family = ?2 or i.dataset = ?3) and d.synthetic = ?4
order by same desc, i.title, i.indicator
limit 30
"""
FAMILY_COUNTRIES_SQL = """
select count(distinct substr(l.jurisdiction, 1, 2)) as countries
from indicator as i
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
join held as h on h.indicator = i.indicator and h.known > 0
join code_list as l on l.list = h.scheme
where i.family = ?
"""
STATUS_LABELS_SQL = """
select code, label, definition from code
where list = 'obs-status' and code in (select value from json_each(?)) order by code
"""
MAIN_FACTS_SQL = "select text from main_fact where indicator = ? order by position"
OBSERVATION_COUNTS_SQL = """
select coalesce(sum(figures), 0) as figures, coalesce(sum(hidden), 0) as hidden,
  coalesce(sum(missing), 0) as missing,
  coalesce(sum(second_hand), 0) as second_hand
from held where indicator = ?
"""
INDICATOR_TOPICS_SQL = """
select s.list, s.code, c.label from subject as s
join code as c on c.list = s.list and c.code = s.code
where s.kind = 'indicator' and s.id = ? order by s.list, c.label
"""
LATEST_CHANGES_SQL = """
select version, changed_on, text from change where dataset = ? order by position limit 3
"""
METADATA_LABELS_SQL = """
select list, code, label, definition from code
where (list = 'verification' and code = ?) or (list = 'whose-ethnicity' and code = ?)
  or (list = 'ethnicity-recording' and code = ?) or (list = 'disclosure-policy' and code = ?)
"""
DATASET_FILES_SQL = """
select file, format, says, rows, bytes, version from file
where dataset = ? and version = ? and says <> 'as the publisher wrote it'
  and format in ('csv', 'csv.gz', 'parquet', 'datapackage')
order by format, file
"""


def build_context(request: PageRequest) -> Context:
    """Everything that the page of an indicator says."""
    indicator = read_indicator(request)
    table_view = build_table_view(request, indicator)
    topics = request.db.fetch_dicts(INDICATOR_TOPICS_SQL, (indicator["indicator"],))
    identifier, dataset = indicator["indicator"], indicator["dataset"]
    params = (identifier, indicator["family"], dataset, indicator["synthetic"])
    related_indicators = request.db.fetch_dicts(RELATED_INDICATORS_SQL, params)
    area = (
        table_selection.find_dimension_label(request.db, "area", table_view.selection["area"], "")
        if table_view
        else ""
    )
    labels_by_list = {
        row["list"]: row
        for row in request.db.fetch_dicts(METADATA_LABELS_SQL, _list_metadata_codes(indicator))
    }
    return {
        "title": indicator["title"],
        "description": indicator["definition"][:300],
        "kind": "article",
        "crumbs": [(row["label"], build_path("topics", row["code"])) for row in topics[:1]],
        "share": build_path("indicators", identifier, "share.png"),
        "structured": indicator_exports.build_structured_data(request, indicator, table_view, area),
        "indicator": indicator,
        "area": area,
        "labels": {name: row["label"] for name, row in labels_by_list.items()},
        "recording": labels_by_list.get("ethnicity-recording", {}).get("definition"),
        "topics": topics,
        "sources": read_sources(request, indicator),
        "findings_of": request.db.fetch_dicts(INDICATOR_FINDINGS_SQL, (identifier,)),
        "recommendations": request.db.fetch_dicts(INDICATOR_RECOMMENDATIONS_SQL, (identifier,)),
        "family": [row for row in related_indicators if row["same"]],
        "comparable": request.db(FAMILY_COUNTRIES_SQL, (indicator["family"],))[0][0] > 1,
        "others": [row for row in related_indicators if not row["same"]][:12],
        "row_downloads": list_row_downloads(),
        "counts": request.db.fetch_first(OBSERVATION_COUNTS_SQL, (identifier,)),
        "most_in_sheet": MAX_SPREADSHEET_ROWS,
        "own_facts": [text for (text,) in request.db(MAIN_FACTS_SQL, (identifier,))],
        "changes": request.db.fetch_dicts(LATEST_CHANGES_SQL, (dataset,)),
        "caveats": _merge_lines(indicator["caveats"], indicator["dataset_caveats"]),
        "files": request.db.fetch_dicts(DATASET_FILES_SQL, (dataset, indicator["version"])),
        "support": helplines.select_helplines(request.site, [row["code"] for row in topics]),
        "cite": citations.render_citations(
            indicator_exports.build_indicator_work(request, indicator)
        ),
        "snippets": indicator_exports.build_code_examples(request.base_url, identifier),
        **(_build_table_context(request, indicator, table_view) if table_view else {"shown": None}),
    }


def build_embed_context(request: PageRequest) -> Context:
    """The chart alone, to stand in other people's pages."""
    indicator = read_indicator(request)
    table_view = build_table_view(request, indicator)
    return {
        "title": indicator["title"],
        "indicator": indicator,
        "area": table_selection.find_dimension_label(
            request.db, "area", table_view.selection["area"], ""
        )
        if table_view
        else "",
        **(_build_table_context(request, indicator, table_view) if table_view else {"shown": None}),
    }


def _merge_lines(*texts: str | None) -> list[str]:
    """The lines of several texts, each once."""
    stripped_lines = [
        text_line.strip() for text in texts for text_line in (text or "").splitlines()
    ]
    unique_lines = list(dict.fromkeys(filter(None, stripped_lines)))
    return [
        text_line
        for text_line in unique_lines
        if not any(
            text_line in longer_line for longer_line in unique_lines if longer_line != text_line
        )
    ]


def _list_metadata_codes(indicator: Row) -> tuple[Any, ...]:
    names = ("verification", "whose", "recording", "disclosure_policy")
    return tuple(indicator[name] for name in names)


def _build_table_context(request: PageRequest, indicator: Row, table_view: TableView) -> Context:
    """What the page says of the table that it shows."""
    rows, selection = table_view.rows, table_view.selection
    scheme = request.db.fetch_first(SCHEME_SQL, (selection["scheme"],))
    fullest_period = max(selection.periods.items(), key=lambda pair: (pair[1], pair[0][::-1]))
    fixed_dimensions = {
        name: table_selection.find_dimension_label(
            request.db, name, selection[name], selection["scheme"]
        )
        for name in table_selection.DIMENSIONS
        if selection[name] not in ("", TOTAL) and name not in ("scheme", "area")
    }
    notes: dict[str, None] = {}
    for row in rows:
        if row["note"]:
            notes.setdefault(row["note"])
    return {
        "shown": table_view,
        "rows": rows,
        "scheme": scheme,
        "said": fixed_dimensions,
        "notes": list(notes),
        "options": _build_select_fields(table_view),
        "newest_of_groups": _find_newest_period_with_groups(selection),
        "quoted": main_facts.count_secondary_sources(rows),
        "marked": _list_status_symbols(request.db, table_view.all_rows),
        "more_groups": fullest_period[0]
        if fullest_period[1] > selection.periods[selection.period]
        else None,
        "more_view": build_query_string(table_view, fullest_period[0]),
        "facts": _draft_facts(table_view),
        "level": next((row["ci_level"] for row in rows if row["ci_lower"] is not None), None),
        "has_gaps": any(row["gap"] for row in rows),
        "is_ratio": indicator["value_type"] in RATIO_VALUE_TYPES,
        "verdicts": {row["verdict"] for row in rows} - {""},
        "marks": {row["mark"] for row in rows if row["value"] is not None},
        "course": _build_trend(table_view, indicator["value_type"]),
        "query": _build_api_query(indicator["indicator"], selection),
        "view": build_query_string(table_view),
    }


def _draft_facts(table_view: TableView) -> list[dict[str, Any]]:
    """Facts drafted from the period that is shown, else from the newest that allows some.

    A period with two groups to compare comes before a newer one with a single figure.
    """
    rows_by_period: dict[table_selection.Period, list[Row]] = {}
    for row in main_facts.exclude_secondary_sources(table_view.all_rows):
        rows_by_period.setdefault((row["period_start"], row["period_end"]), []).append(row)
    for min_groups in (2, 1):
        for period in dict.fromkeys([table_view.selection.period, *table_view.selection.periods]):
            groups = [row for row in rows_by_period.get(period, ()) if not row["residual"]]
            if len(groups) >= min_groups:
                return _draft_facts_for_period(table_view, period)
    return []


def _draft_facts_for_period(
    table_view: TableView, period: table_selection.Period
) -> list[dict[str, Any]]:
    """The facts of one period."""
    rows = [
        row for row in table_view.all_rows if (row["period_start"], row["period_end"]) == period
    ]
    selection = replace(table_view.selection, period=period)
    gaps = (
        group_comparison.compute_gaps(
            rows, selection, table_view.indicator, table_view.codes, table_view.comparator_code
        )
        if table_view.comparator_code
        else {}
    )
    return main_facts.draft_main_facts(rows, table_view.all_rows, gaps, table_view.comparator_code)


def _build_select_fields(table_view: TableView) -> list[SelectField]:
    """The fields of the form; a field with one choice only is left out."""
    short_labels = {row["ethnicity"]: row["short_label"] for row in table_view.rows}
    fields = list(table_view.selection.options)
    periods = [("/".join(period), "") for period in table_view.selection.periods]
    if len(periods) > 1:
        current_period = "/".join(table_view.selection.period)
        fields.append(
            SelectField(
                "period",
                "period",
                table_selection.select_nearby_choices(periods, current_period),
                current_period,
                len(periods),
            )
        )
    if len(table_view.comparator_choices) > 1:
        choices = [(code, short_labels.get(code, "")) for code in table_view.comparator_choices]
        fields.append(
            SelectField("comparator", "compare with", choices, table_view.comparator_code)
        )
    if len(table_view.rows) > 2:
        fields.append(
            SelectField("order", "order", [("scheme", ""), ("value", "")], table_view.order)
        )
    return fields


def _build_trend(table_view: TableView, value_type: str) -> Context | None:
    """Small charts on one scale, one for each group with a figure in two periods at least."""
    periods = list(table_view.selection.periods)[: table_selection.MAX_PERIODS_SHOWN][::-1]
    if len(periods) < 2:
        return None
    by_group: dict[str, dict[Any, Row]] = {}
    for row in table_view.all_rows:
        by_group.setdefault(row["ethnicity"], {})[(row["period_start"], row["period_end"])] = row
    series = {
        code: rows
        for code, rows in by_group.items()
        if sum(row["value"] is not None for row in rows.values()) > 1
    }
    if not series:
        return None
    series_rows = [row for rows in series.values() for row in rows.values()]
    scale = group_comparison.choose_scale(
        [{**row, "ci_lower": None, "ci_upper": None} for row in series_rows], value_type
    )
    times = [_convert_to_decimal_year(start) for start, _ in periods]
    time_range = (min(times), max(times))
    panels = []
    for rows in series.values():
        period_rows = [rows.get(period) for period in periods]
        values = [row["value"] if row else None for row in period_rows]
        breaks = [bool(row and row["obs_status"] == SERIES_BREAK) for row in period_rows]
        unbroken_rows = _drop_rows_before_break(
            [row for row in period_rows if row and row["value"] is not None]
        )
        panel_geometry = scales.build_trend_panel(times, values, scale, time_range, breaks)
        panels.append(
            {"first": unbroken_rows[0], "last": unbroken_rows[-1], "drawn": panel_geometry}
        )
    columns = [next(iter(rows.values())) for rows in by_group.values()]
    table = [
        (period, [by_group[c["ethnicity"]].get(period) for c in columns]) for period in periods
    ]
    periods_not_shown = len(table_view.selection.periods) - len(periods)
    return {
        "panels": panels,
        "scale": scale,
        "columns": columns,
        "table": table,
        "cut": periods_not_shown,
    }


def _drop_rows_before_break(rows: list[Row]) -> list[Row]:
    """The newest stretch of a course: what stands before a break is not to be compared with it."""
    break_positions = [
        position for position, row in enumerate(rows) if row["obs_status"] == SERIES_BREAK
    ]
    return rows[break_positions[-1] :] if break_positions else rows


def _convert_to_decimal_year(day: str) -> float:
    return int(day[:4]) + (int(day[5:7]) - 1) / 12


def _find_newest_period_with_groups(selection: TableSelection) -> table_selection.Period | None:
    """The newest period that lets groups be compared, where there are newer ones without."""
    newest = next((period for period, groups in selection.periods.items() if groups > 1), None)
    return newest if newest != next(iter(selection.periods)) else None


def _list_status_symbols(db: RowReader, rows: Sequence[Row]) -> list[Row]:
    """The signs that stand beside or instead of figures, each once, with what they mean."""
    statuses = sorted({row["obs_status"] for row in rows} - {NORMAL})
    symbols: dict[str, Row] = {}
    for row in db.fetch_dicts(STATUS_LABELS_SQL, (json.dumps(statuses),)) if statuses else []:
        symbol = get_status_symbol(row["code"])
        symbols.setdefault(symbol, {**row, "sign": symbol})
    return list(symbols.values())


def _build_api_query(identifier: str, selection: TableSelection) -> list[tuple[str, str]]:
    """The question to the API that gives the rows of the table."""
    filter_names = ("scheme", "area", "sex", "age")
    fixed = [(name, selection[name]) for name in filter_names]
    return [("indicator", identifier), *fixed]
