"""An indicator, and the one table of its figures that a page, a picture or a frame shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from evidencehub.measures.observed import Gap
from evidencehub.serve.pages import chart, compared, slices
from evidencehub.serve.pages.page import Visit, chosen, missing
from evidencehub.serve.pages.slices import Slice

Row = dict[str, Any]

INDICATOR = """
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
SCHEME = """
select title, language, counting_basis, authority, note from code_list where list = ?
"""
CODES = """
select code, label, coalesce(short_label, label) as short_label, language, parent, residual,
  sort_order
from code where list = ? order by sort_order, code
"""
SOURCES = """
select source, title, publisher, url, doi, published from source
where dataset = ?1 and source in (
  select source from observation where indicator = ?2 and dataset = ?1)
order by published desc, source
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """The table that a page shows: its rows with their places, and what they are compared with."""

    of: Slice
    every: Sequence[Row]
    rows: Sequence[Row]
    gaps: Mapping[str, Gap]
    scale: chart.Scale
    to: str
    choices: Sequence[str]
    order: str
    about: Row
    codes: Sequence[Row]

    @property
    def comparator(self) -> Row | None:
        """The row that the others are compared with."""
        return next((row for row in self.rows if row["is_comparator"]), None)


def found(visit: Visit) -> Row:
    """The indicator that the address names; raises RefusedError (404) where there is none."""
    row = visit.ask.one(INDICATOR, (visit.place["id"],))
    if row is None:
        raise missing("indicator of this name")
    return row


def table(visit: Visit, indicator: Row) -> Shown | None:
    """The table that the options choose, compared and placed; None without any figure."""
    one = slices.choose(visit, indicator["indicator"])
    if one is None:
        return None
    every = slices.figures(visit.ask, indicator["indicator"], one)
    rows = [row for row in every if (row["period_start"], row["period_end"]) == one.period]
    scheme = visit.ask.one(SCHEME, (one["scheme"],)) or {}
    about = {**indicator, "counting_basis": scheme.get("counting_basis")}
    choices = compared.comparators(rows, indicator)
    to = chosen(visit, "comparator", choices, choices[0] if choices else "")
    codes = visit.ask.named(CODES, (one["scheme"],)) if to else []
    gaps = compared.gaps(rows, one, about, codes, to) if to else {}
    kind = indicator["value_type"]
    scale = compared.drawn(rows, kind)
    order = chosen(visit, "order", ("scheme", "value"), "scheme")
    placed = compared.ordered(compared.lines(rows, scale, gaps, kind, to), order)
    return Shown(one, every, placed, gaps, scale, to, choices, order, about, codes)


def sources(visit: Visit, indicator: Row) -> list[Row]:
    """The publications that the figures of an indicator come from, the newest first."""
    return visit.ask.named(SOURCES, (indicator["dataset"], indicator["indicator"]))


def address(told: Shown, period: slices.Period | None = None) -> str:
    """The options that lead to the table that is shown, or to the same one of another period."""
    chosen = [(slices.OPTIONS[name], told.of[name]) for name in slices.DIMENSIONS]
    chosen += [("period", "/".join(period or told.of.period))]
    chosen += [] if period else [("comparator", told.to)]  # it may have no figure then
    chosen += [("order", told.order)] if told.order != "scheme" else []
    return urlencode([pair for pair in chosen if pair[1]])
