"""An indicator, and the one table of its figures that a page, a picture or a frame shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from evidencehub.inequality.records import GapRecord
from evidencehub.web.charts import scales
from evidencehub.web.page_request import PageRequest, create_not_found_error, read_option
from evidencehub.web.views import group_comparison, table_selection
from evidencehub.web.views.table_selection import TableSelection

Row = dict[str, Any]

INDICATOR_SQL = """
select
  i.*, d.title as dataset_title, d.version, d.created, d.next_update, d.licence, d.licence_url,
  d.publisher, d.contact, d.verification, d.synthetic, d.language as dataset_language,
  d.caveats as dataset_caveats, d.comparability, d.ethnicity_completeness, d.disclosure_policy,
  coalesce(i.whose_ethnicity, d.whose_ethnicity) as whose,
  coalesce(i.ethnicity_recording, d.ethnicity_recording) as recording,
  u.label as unit_label, u.definition as unit_definition, f.label as family_label
from indicator as i
join dataset as d on d.dataset = i.dataset
left join code as u on u.list = 'unit' and u.code = i.unit
left join code as f on f.list = 'family' and f.code = i.family
where i.indicator = ?
"""
SCHEME_SQL = """
select title, language, counting_basis, authority, note from code_list where list = ?
"""
SCHEME_CODES_SQL = """
select code, label, coalesce(short_label, label) as short_label, language, parent, residual,
  sort_order
from code where list = ? order by sort_order, code
"""
INDICATOR_SOURCES_SQL = """
select source, title, publisher, url, doi, published from source
where dataset = ?1 and source in (
  select source from observation where indicator = ?2 and dataset = ?1)
order by published desc, source
"""


@dataclass(frozen=True, slots=True)
class TableView:
    """The table that a page shows: its rows with their places, and what they are compared with."""

    selection: TableSelection
    all_rows: Sequence[Row]
    rows: Sequence[Row]
    gaps: Mapping[str, GapRecord]
    scale: scales.Scale
    comparator_code: str
    comparator_choices: Sequence[str]
    order: str
    indicator: Row
    codes: Sequence[Row]

    @property
    def comparator(self) -> Row | None:
        """The row that the others are compared with."""
        return next((row for row in self.rows if row["is_comparator"]), None)


def read_indicator(request: PageRequest) -> Row:
    """The indicator that the address names; raises RefusedError (404) where there is none."""
    row = request.db.fetch_first(INDICATOR_SQL, (request.path_params["id"],))
    if row is None:
        raise create_not_found_error("indicator of this name")
    return row


def build_table_view(request: PageRequest, indicator: Row) -> TableView | None:
    """The table that the options choose, compared and placed; None without any figure."""
    selection = table_selection.select_table(request, indicator["indicator"])
    if selection is None:
        return None
    all_rows = table_selection.read_observations(request.db, indicator["indicator"], selection)
    rows = [row for row in all_rows if (row["period_start"], row["period_end"]) == selection.period]
    scheme = request.db.fetch_first(SCHEME_SQL, (selection["scheme"],)) or {}
    indicator_with_basis = {**indicator, "counting_basis": scheme.get("counting_basis")}
    choices = group_comparison.list_comparators(rows, indicator)
    comparator_code = read_option(request, "comparator", choices, choices[0] if choices else "")
    codes = (
        request.db.fetch_dicts(SCHEME_CODES_SQL, (selection["scheme"],)) if comparator_code else []
    )
    gaps = (
        group_comparison.compute_gaps(rows, selection, indicator_with_basis, codes, comparator_code)
        if comparator_code
        else {}
    )
    value_type = indicator["value_type"]
    scale = group_comparison.choose_scale(rows, value_type)
    order = read_option(request, "order", ("scheme", "value"), "scheme")
    chart_rows = group_comparison.sort_rows(
        group_comparison.build_chart_rows(rows, scale, gaps, value_type, comparator_code), order
    )
    return TableView(
        selection,
        all_rows,
        chart_rows,
        gaps,
        scale,
        comparator_code,
        choices,
        order,
        indicator_with_basis,
        codes,
    )


def read_sources(request: PageRequest, indicator: Row) -> list[Row]:
    """The publications that the figures of an indicator come from, the newest first."""
    return request.db.fetch_dicts(
        INDICATOR_SOURCES_SQL, (indicator["dataset"], indicator["indicator"])
    )


def build_query_string(view: TableView, period: table_selection.Period | None = None) -> str:
    """The options that lead to the table that is shown, or to the same one of another period."""
    options = [
        (table_selection.OPTION_BY_DIMENSION[name], view.selection[name])
        for name in table_selection.DIMENSIONS
    ]
    options += [("period", "/".join(period or view.selection.period))]
    options += (
        [] if period else [("comparator", view.comparator_code)]
    )  # it may have no figure then
    options += [("order", view.order)] if view.order != "scheme" else []
    return urlencode([pair for pair in options if pair[1]])
