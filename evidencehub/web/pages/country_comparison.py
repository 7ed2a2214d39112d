"""Inequality side by side: how wide the same gap is in several countries, each in its own groups.

Groups are never pooled across countries. Whether the rows may be compared, and why not, is what
the API says of the same question: one function assesses both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from evidencehub.domain.status import TOTAL
from evidencehub.store import gaps
from evidencehub.store.gap_facts import assess_family
from evidencehub.web.page_request import Context, PageRequest, read_option
from evidencehub.web.views import comparison_panels, helplines
from evidencehub.web.views.comparison_panels import ComparisonPanel

COMPARED_ATTRIBUTES = (
    "period", "area_label", "scheme_title", "definition", "population", "unit_label",
    "whose_ethnicity_label", "recording_label", "counting_basis_label", "ethnicity_completeness",
    "standardisation", "adjustment_label", "age_label", "sex_label", "series_breaks",
)  # fmt: skip
"""What is said of each country's values, in the order in which a reader needs it."""


class AttributeValue(NamedTuple):
    """What is said of the values of a panel: a text or a period; both empty if not stated."""

    text: str = ""
    period: tuple[str, str] | None = None


def build_context(request: PageRequest) -> Context:
    """Return one family, the gaps of each country in it, and whether they may be compared."""
    families = gaps.select_comparable_families(request.db)
    codes = [row.code for row in families]
    code = _read_family(request, codes)
    loaded = comparison_panels.load_panels(request.db, code)
    panels = comparison_panels.select_panels(loaded)
    return {
        "family": next((row for row in families if row.code == code), None),
        "families": families,
        "tables_not_shown": (loaded[0].table.tables if loaded else 0) - len(panels),
        "countries": list(dict.fromkeys(panel.table.country_label for panel in panels)),
        "verdict": _judge_comparability(request, code, panels),
        **_split_attributes(panels),
        "left_out": gaps.select_left_out(request.db, code),
        "indicators_without_gap": gaps.select_family_indicators(request.db, code),
        "helplines": helplines.select_helplines(
            request.site, gaps.select_family_topics(request.db, code)
        ),
        **_build_panel_context(request, panels),
    }


def _read_family(request: PageRequest, codes: Sequence[str]) -> str:
    """Return the family to show: a family of published comparisons belongs to another one."""
    parent = gaps.find_parent_family(request.db, request.options.get("family", ""))
    if parent in codes:
        return parent or ""
    return read_option(request, "family", codes, codes[0] if codes else "")


def _build_panel_context(request: PageRequest, panels: Sequence[ComparisonPanel]) -> Context:
    """Return the panels with their measures, on one scale, and what its key must explain."""
    panels = comparison_panels.add_measures(request.db, panels)
    rows = [row for panel in panels for row in panel.rows]
    return {
        "panels": panels,
        "plot": comparison_panels.build_ratio_plot(panels, request.language),
        "has_measures": any(panel.measures for panel in panels),
        "markers": {row.plot.marker for row in rows if row.plot.value is not None},
        "has_intervals": any(row.gap.values.ratio_lower for row in rows),
        "has_unverified_panel": any(panel.table.awaits_verification for panel in panels),
    }


def _judge_comparability(
    request: PageRequest, family: str, panels: Sequence[ComparisonPanel]
) -> Context | None:
    """Return whether the gaps of the family may be compared; None if there are none.

    A reason has no `panel_headings` if it concerns all panels.
    """
    if not panels or request.reference_data is None:
        return None
    comparability = assess_family(request.db, family, request.reference_data)
    if comparability is None:
        return None
    headings = {panel.table.indicator: panel.heading_parts for panel in panels}
    reasons = [
        {
            "code": reason.rule,
            "text": reason.message,
            "is_refusal": reason.kind == "refuse",
            "panel_headings": [headings.get(name) or (name,) for name in reason.indicators]
            if len(reason.indicators) < len(headings)
            else (),
        }
        for reason in comparability.reasons
    ]
    level = comparability.level
    return {"level": level, "is_comparable": level == "ok", "reasons": reasons}


def _split_attributes(panels: Sequence[ComparisonPanel]) -> Context:
    """Return what is said of the values: what differs between the panels, and what is the same."""
    names = _list_compared_attributes(panels)
    values = {name: [_get_attribute(panel, name) for panel in panels] for name in names}
    return {
        "differing_attributes": [pair for pair in values.items() if len(set(pair[1])) > 1],
        "shared_attributes": [
            (name, cells[0])
            for name, cells in values.items()
            if len(set(cells)) == 1 and cells[0] != AttributeValue()
        ],
    }


def _list_compared_attributes(panels: Sequence[ComparisonPanel]) -> list[str]:
    """Return the names of the attributes, without age and sex if all panels have the total."""
    omitted = {
        f"{name}_label"
        for name in ("age", "sex")
        if all(getattr(panel.table, name) == TOTAL for panel in panels)
    }
    return [name for name in COMPARED_ATTRIBUTES if name not in omitted]


def _get_attribute(panel: ComparisonPanel, name: str) -> AttributeValue:
    if name == "period":
        return AttributeValue(period=(panel.table.period_start, panel.table.period_end))
    return AttributeValue(getattr(panel.table, name) or "")
