"""The page of one indicator: facts, chart, gap, course over time, notes, files, citation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from evidencehub.serve.database import Reader
from evidencehub.serve.pages import chart, cite, compared, facts, forms, slices, support
from evidencehub.serve.pages.page import Context, Option, Visit, path
from evidencehub.serve.pages.shown import SCHEME, Row, Shown, address, found, sources, table
from evidencehub.serve.pages.slices import Slice
from evidencehub.serve.pages.spreadsheet import MAX_ROWS

SIGNS = {"Q": "[c]", "M": "[z]", **dict.fromkeys("LOHKS", "[x]")}
"""What stands in the place of a figure that is not there, by its status."""

FINDINGS = """
select f.finding, f.title, f.statement, f.verification
from finding_indicator as b join finding as f on f.finding = b.finding
where b.indicator = ? and f.superseded_by is null order by f.published desc, f.finding
"""
RECOMMENDATIONS = """
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
OTHERS = """
select i.indicator, i.title, i.family = ?2 as same, d.title as dataset_title
from indicator as i join dataset as d on d.dataset = i.dataset
where i.indicator <> ?1 and (i.family = ?2 or i.dataset = ?3) and d.synthetic = ?4
order by same desc, i.title, i.indicator
limit 30
"""
COUNTRIES = """
select count(distinct substr(l.jurisdiction, 1, 2)) as countries
from indicator as i
join dataset as d on d.dataset = i.dataset and d.synthetic = 0
join held as h on h.indicator = i.indicator and h.known > 0
join code_list as l on l.list = h.scheme
where i.family = ?
"""
MARKED = """
select code, label, definition from code
where list = 'obs-status' and code in (select value from json_each(?)) order by code
"""
OWN_FACTS = "select text from main_fact where indicator = ? order by position"
COUNTS = """
select coalesce(sum(figures), 0) as figures, coalesce(sum(hidden), 0) as hidden,
  coalesce(sum(missing), 0) as missing,
  coalesce(sum(second_hand), 0) as second_hand
from held where indicator = ?
"""
TOPICS = """
select s.list, s.code, c.label from subject as s
join code as c on c.list = s.list and c.code = s.code
where s.kind = 'indicator' and s.id = ? order by s.list, c.label
"""
CHANGES = """
select version, changed_on, text from change where dataset = ? order by position limit 3
"""
LABELS = """
select list, code, label, definition from code
where (list = 'verification' and code = ?) or (list = 'whose-ethnicity' and code = ?)
  or (list = 'ethnicity-recording' and code = ?) or (list = 'disclosure-policy' and code = ?)
"""
FILES = """
select file, format, says, rows, bytes, version from file
where dataset = ? and version = ? and says <> 'as the publisher wrote it'
  and format in ('csv', 'csv.gz', 'parquet', 'datapackage')
order by format, file
"""


def context(visit: Visit) -> Context:
    """Everything that the page of an indicator says."""
    indicator = found(visit)
    told = table(visit, indicator)
    topics = visit.ask.named(TOPICS, (indicator["indicator"],))
    identifier, dataset = indicator["indicator"], indicator["dataset"]
    bound = (identifier, indicator["family"], dataset, indicator["synthetic"])
    others = visit.ask.named(OTHERS, bound)
    area = slices.label(visit.ask, "area", told.of["area"], "") if told else ""
    coded = {row["list"]: row for row in visit.ask.named(LABELS, _coded(indicator))}
    return {
        "title": indicator["title"],
        "description": indicator["definition"][:300],
        "kind": "article",
        "crumbs": [(row["label"], path("topics", row["code"])) for row in topics[:1]],
        "share": path("indicators", identifier, "share.png"),
        "structured": forms.structured(visit, indicator, told, area),
        "indicator": indicator,
        "area": area,
        "labels": {name: row["label"] for name, row in coded.items()},
        "recording": coded.get("ethnicity-recording", {}).get("definition"),
        "topics": topics,
        "sources": sources(visit, indicator),
        "findings_of": visit.ask.named(FINDINGS, (identifier,)),
        "recommendations": visit.ask.named(RECOMMENDATIONS, (identifier,)),
        "family": [row for row in others if row["same"]],
        "comparable": visit.ask(COUNTRIES, (indicator["family"],))[0][0] > 1,
        "others": [row for row in others if not row["same"]][:12],
        "counts": visit.ask.one(COUNTS, (identifier,)),
        "most_in_sheet": MAX_ROWS,
        "own_facts": [text for (text,) in visit.ask(OWN_FACTS, (identifier,))],
        "changes": visit.ask.named(CHANGES, (dataset,)),
        "caveats": _lines(indicator["caveats"], indicator["dataset_caveats"]),
        "files": visit.ask.named(FILES, (dataset, indicator["version"])),
        "support": support.lines(visit.site, [row["code"] for row in topics]),
        "cite": cite.forms(forms.work(visit, indicator)),
        "snippets": forms.snippets(visit.home, identifier),
        **(_shown(visit, indicator, told) if told else {"shown": None}),
    }


def embedded(visit: Visit) -> Context:
    """The chart alone, to stand in other people's pages."""
    indicator = found(visit)
    told = table(visit, indicator)
    return {
        "title": indicator["title"],
        "indicator": indicator,
        "area": slices.label(visit.ask, "area", told.of["area"], "") if told else "",
        **(_shown(visit, indicator, told) if told else {"shown": None}),
    }


def _lines(*texts: str | None) -> list[str]:
    """The lines of several texts, each once."""
    told = [line.strip() for text in texts for line in (text or "").splitlines()]
    once = list(dict.fromkeys(filter(None, told)))
    return [line for line in once if not any(line in other for other in once if other != line)]


def _coded(indicator: Row) -> tuple[Any, ...]:
    names = ("verification", "whose", "recording", "disclosure_policy")
    return tuple(indicator[name] for name in names)


def _shown(visit: Visit, indicator: Row, told: Shown) -> Context:
    """What the page says of the table that it shows."""
    rows, one = told.rows, told.of
    scheme = visit.ask.one(SCHEME, (one["scheme"],))
    most = max(one.periods.items(), key=lambda pair: (pair[1], pair[0][::-1]))
    said = {
        name: slices.label(visit.ask, name, one[name], one["scheme"])
        for name in slices.DIMENSIONS
        if one[name] not in ("", "_T") and name not in ("scheme", "area")
    }
    notes: dict[str, None] = {}
    for row in rows:
        if row["note"]:
            notes.setdefault(row["note"])
    return {
        "shown": told,
        "rows": rows,
        "scheme": scheme,
        "said": said,
        "notes": list(notes),
        "options": _options(told),
        "newest_of_groups": _newest_of_groups(one),
        "quoted": facts.quoted(rows),
        "marked": _marked(visit.ask, told.every),
        "more_groups": most[0] if most[1] > one.periods[one.period] else None,
        "more_view": address(told, most[0]),
        "facts": _facts(told),
        "level": next((row["ci_level"] for row in rows if row["ci_lower"] is not None), None),
        "has_gaps": any(row["gap"] for row in rows),
        "is_ratio": indicator["value_type"] in compared.RATIOS,
        "verdicts": {row["verdict"] for row in rows} - {""},
        "marks": {row["mark"] for row in rows if row["value"] is not None},
        "course": _course(told, indicator["value_type"]),
        "query": _query(indicator["indicator"], one),
        "view": address(told),
    }


def _facts(told: Shown) -> list[dict[str, Any]]:
    """Facts drafted from the period that is shown, else from the newest that allows some.

    A period with two groups to compare comes before a newer one with a single figure.
    """
    known: dict[slices.Period, list[Row]] = {}
    for row in facts.first_hand(told.every):
        known.setdefault((row["period_start"], row["period_end"]), []).append(row)
    for least in (2, 1):
        for period in dict.fromkeys([told.of.period, *told.of.periods]):
            groups = [row for row in known.get(period, ()) if not row["residual"]]
            if len(groups) >= least:
                return _drafted(told, period)
    return []


def _drafted(told: Shown, period: slices.Period) -> list[dict[str, Any]]:
    """The facts of one period."""
    rows = [row for row in told.every if (row["period_start"], row["period_end"]) == period]
    one = replace(told.of, period=period)
    gaps = compared.gaps(rows, one, told.about, told.codes, told.to) if told.to else {}
    return facts.draft(rows, told.every, gaps, told.to)


def _options(told: Shown) -> list[Option]:
    """The fields of the form; a field with one choice only is left out."""
    names = {row["ethnicity"]: row["short_label"] for row in told.rows}
    found = list(told.of.options)
    periods = [("/".join(period), "") for period in told.of.periods]
    if len(periods) > 1:
        now = "/".join(told.of.period)
        found.append(Option("period", "period", slices.near(periods, now), now, len(periods)))
    if len(told.choices) > 1:
        choices = [(code, names.get(code, "")) for code in told.choices]
        found.append(Option("comparator", "compare with", choices, told.to))
    if len(told.rows) > 2:
        found.append(Option("order", "order", [("scheme", ""), ("value", "")], told.order))
    return found


def _course(told: Shown, kind: str) -> Context | None:
    """Small charts on one scale, one for each group with a figure in two periods at least."""
    periods = list(told.of.periods)[: slices.PERIODS][::-1]
    if len(periods) < 2:
        return None
    by_group: dict[str, dict[Any, Row]] = {}
    for row in told.every:
        by_group.setdefault(row["ethnicity"], {})[(row["period_start"], row["period_end"])] = row
    series = {
        code: rows
        for code, rows in by_group.items()
        if sum(row["value"] is not None for row in rows.values()) > 1
    }
    if not series:
        return None
    shown = [row for rows in series.values() for row in rows.values()]
    scale = compared.drawn([{**row, "ci_lower": None, "ci_upper": None} for row in shown], kind)
    times = [_year(start) for start, _ in periods]
    span = (min(times), max(times))
    panels = []
    for rows in series.values():
        line = [rows.get(period) for period in periods]
        values = [row["value"] if row else None for row in line]
        breaks = [bool(row and row["obs_status"] == "B") for row in line]
        known = _unbroken([row for row in line if row and row["value"] is not None])
        drawn = chart.panel(times, values, scale, span, breaks)
        panels.append({"first": known[0], "last": known[-1], "drawn": drawn})
    columns = [next(iter(rows.values())) for rows in by_group.values()]
    table = [
        (period, [by_group[c["ethnicity"]].get(period) for c in columns]) for period in periods
    ]
    cut = len(told.of.periods) - len(periods)
    return {"panels": panels, "scale": scale, "columns": columns, "table": table, "cut": cut}


def _unbroken(rows: list[Row]) -> list[Row]:
    """The newest stretch of a course: what stands before a break is not to be compared with it."""
    broken = [place for place, row in enumerate(rows) if row["obs_status"] == "B"]
    return rows[broken[-1] :] if broken else rows


def _year(day: str) -> float:
    return int(day[:4]) + (int(day[5:7]) - 1) / 12


def _newest_of_groups(one: Slice) -> slices.Period | None:
    """The newest period that lets groups be compared, where there are newer ones without."""
    newest = next((period for period, groups in one.periods.items() if groups > 1), None)
    return newest if newest != next(iter(one.periods)) else None


def _marked(ask: Reader, rows: Sequence[Row]) -> list[Row]:
    """The signs that stand beside or instead of figures, each once, with what they mean."""
    statuses = sorted({row["obs_status"] for row in rows} - {"A"})
    signs: dict[str, Row] = {}
    for row in ask.named(MARKED, (json.dumps(statuses),)) if statuses else []:
        sign = SIGNS.get(row["code"], f"[{row['code'].lower()}]")
        signs.setdefault(sign, {**row, "sign": sign})
    return list(signs.values())


def _query(identifier: str, one: Slice) -> list[tuple[str, str]]:
    """The question to the API that gives the rows of the table."""
    names = ("scheme", "area", "sex", "age")
    fixed = [(name, one[name]) for name in names]
    return [("indicator", identifier), *fixed]
