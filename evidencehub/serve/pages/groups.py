"""Look up your own group: facets, the national groups under them, and what nobody has measured."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from evidencehub.serve.pages import latest
from evidencehub.serve.pages.page import Context, Visit

FOUND = 60  # groups of an answer to a search
TRIED = 3  # words of a search that found nothing
FEW = 3  # letters; shorter words keep their s
LONG = 100  # letters of a search that are read
NOISE = {"and", "or", "of", "the", "people", "person", "ethnic", "ethnicity", "group", "groups"}
Row = dict[str, Any]

_HELD = """
held as (
  select distinct scheme, ethnicity, indicator from held_group where known = 1
)"""
_UNDER = """
under (facet, code) as (
  select code, code from code where list = 'hub-facet'
  union
  select u.facet, c.code from under as u
  join code as c on c.list = 'hub-facet' and c.parent = u.code
)"""
FACETS = """
select
  f.code, f.label, coalesce(f.short_label, f.label) as short_label, f.definition, f.language,
  f.parent, p.label as parent_label
from code as f left join code as p on p.list = f.list and p.code = f.parent
where f.list = 'hub-facet'
order by coalesce(p.sort_order, f.sort_order), f.parent is not null, f.sort_order, f.code
"""
GROUPS = f"""
with {_HELD}
select
  l.list as scheme, c.code, c.label, c.short_label, c.language, l.title as scheme_title,
  substr(l.jurisdiction, 1, 2) as country, n.label as country_label, x.to_code as facet,
  x.relation, count(distinct h.indicator) as indicators, (
    select count(distinct g.finding) from finding_group as g
    join finding as f on f.finding = g.finding
    join dataset as t on t.dataset = f.dataset and t.synthetic = 0
    where g.scheme = c.list and g.ethnicity = c.code
  ) as findings
from code_list as l
join code as c on c.list = l.list and c.residual = 0 and coalesce(c.level, '') <> 'total'
left join dataset as d on d.dataset = l.dataset
left join crosswalk as x on x.from_scheme = c.list and x.from_code = c.code
  and x.to_scheme = 'hub-facet'
left join held as h on h.scheme = c.list and h.ethnicity = c.code
left join area as n on n.area = substr(l.jurisdiction, 1, 2)
where l.kind = 'ethnicity' and coalesce(d.synthetic, 0) = 0
group by l.list, c.code, x.to_code
order by n.label, l.title, l.list, c.sort_order, c.code
"""
ALIASES = """
select a.list as scheme, a.code, a.alias
from alias as a join code_list as l on l.list = a.list and l.kind = 'ethnicity'
order by a.list, a.code, a.alias
"""
COUNTS = f"""
with recursive {_UNDER}, {_HELD}
select u.facet, s.code as topic, count(distinct h.indicator) as indicators
from held as h
join crosswalk as x on x.from_scheme = h.scheme and x.from_code = h.ethnicity
  and x.to_scheme = 'hub-facet'
join under as u on u.code = x.to_code
join subject as s on s.kind = 'indicator' and s.id = h.indicator and s.list = 'topic'
group by u.facet, s.code
order by u.facet, s.code
"""


def context(visit: Visit) -> Context:
    """The facets with the groups that have evidence, the answer to a search, and the gaps."""
    facets, groups = visit.ask.named(FACETS), visit.ask.named(GROUPS)
    told = [group for group in groups if group["indicators"] or group["findings"]]
    for facet in facets:
        facet["countries"] = countries([g for g in told if g["facet"] == facet["code"]])
    asked = visit.given.get("q", "").strip()[:LONG]
    answer: Row = {}
    if asked:
        answer = search(asked, facets, groups, visit.ask.named(ALIASES))
    return {
        "asked": asked,
        "answer": answer,
        "facets": facets,
        "outside": countries([g for g in told if g["facet"] is None]),
        "table": gaps(facets, visit.ask.named(latest.TOPICS), visit.ask.named(COUNTS)),
    }


def countries(groups: Iterable[Row]) -> list[Row]:
    """Groups by country, each country once, in the order in which they come."""
    found = []
    for (code, label), here in groupby(groups, key=lambda g: (g["country"], g["country_label"])):
        told = list(here)
        found.append({"code": code, "label": label or "", "groups": told, "total": len(told)})
    return found


def gaps(facets: Sequence[Row], topics: Sequence[Row], counts: Sequence[Row]) -> Row:
    """How many indicators have a figure, by facet and topic; topics with none apart."""
    known = {(row["facet"], row["topic"]): row["indicators"] for row in counts}
    there = {topic for _, topic in known}
    shown = [topic for topic in topics if topic["code"] in there]
    return {
        "topics": shown,
        "nowhere": [topic for topic in topics if topic["code"] not in there],
        "rows": [
            {**facet, "cells": [known.get((facet["code"], t["code"]), 0) for t in shown]}
            for facet in facets
        ],
    }


def search(asked: str, facets: Sequence[Row], groups: Sequence[Row], aliases: Sequence[Row]) -> Row:
    """Facets and groups whose label or alias has every word asked for, those with most first.

    Words are found by how they begin, whatever accents they bear. Where nothing is found,
    `near` is a word that is spelt alike.
    """
    also: dict[tuple[str, str], list[str]] = {}
    for row in aliases:
        also.setdefault((row["scheme"], row["code"]), []).append(row["alias"])
    once = {(group["scheme"], group["code"]): group for group in groups}
    texts = {key: [one["label"], *also.get(key, ())] for key, one in once.items()}
    wanted = query_words(asked)
    hits = [once[key] for key in once if any(matches(wanted, text) for text in texts[key])]
    hits.sort(
        key=lambda g: (
            folded(g["label"]) != folded(asked), -g["indicators"], -g["findings"],
            g["country_label"] or "", g["scheme_title"], g["label"],
        )
    )  # fmt: skip
    told = [facet for facet in facets if matches(wanted, facet["label"])]
    told += [f for f in facets if f not in told and matches(wanted, f["definition"] or "")]
    near = "" if hits or told else nearest(wanted, [t for ts in texts.values() for t in ts])
    return {"groups": hits[:FOUND], "more": len(hits[FOUND:]), "facets": told, "near": near}


def folded(text: str) -> str:
    """Text without accents and capitals: “Māori” is found by “maori”."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def word_list(text: str) -> list[str]:
    """The words of a text, folded, those in plural as in singular."""
    found = re.findall(r"\w+", folded(text))
    return [word[:-1] if len(word) > FEW and word.endswith("s") else word for word in found]


def query_words(asked: str) -> list[str]:
    """The words that say which group is meant; all of them where none does."""
    found = word_list(asked)
    skip = {word.removesuffix("s") for word in NOISE} | NOISE
    return [word for word in found if word not in skip] or found


def matches(wanted: Sequence[str], text: str) -> bool:
    """Whether each word asked for begins a word of the text."""
    there = word_list(text)
    return bool(wanted) and all(any(t.startswith(w) for t in there) for w in wanted)


def nearest(wanted: Sequence[str], texts: Iterable[str]) -> str:
    """A word of the texts that is spelt like one of those asked for; empty where none is."""
    known: dict[str, str] = {}
    for text in texts:
        for told in re.findall(r"\w+", text):
            known = dict.fromkeys(word_list(told), told) | known
    for word in wanted[:TRIED]:
        for close in difflib.get_close_matches(word, sorted(known), 1, 0.7):
            return known[close]
    return ""
