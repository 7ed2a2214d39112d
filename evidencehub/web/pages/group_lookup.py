"""Look up your own group: facets, the national groups under them, and what nobody has measured."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from evidencehub.store import latest_values
from evidencehub.web.page_request import Context, PageRequest

MAX_GROUPS_LISTED = 60  # groups of an answer to a search
MAX_WORDS_CORRECTED = 3  # words of a search that found nothing
MAX_UNSTEMMED_CHARS = 3  # letters; shorter words keep their s
MAX_QUERY_CHARS = 100  # letters of a search that are read
STOP_WORDS = {
    "and",
    "or",
    "of",
    "the",
    "people",
    "person",
    "ethnic",
    "ethnicity",
    "group",
    "groups",
}
Row = dict[str, Any]

_GROUP_INDICATORS_CTE = """
held as (
  select distinct scheme, ethnicity, indicator from held_group where known = 1
)"""
_FACET_DESCENDANTS_CTE = """
under (facet, code) as (
  select code, code from code where list = 'hub-facet'
  union
  select u.facet, c.code from under as u
  join code as c on c.list = 'hub-facet' and c.parent = u.code
)"""
FACETS_SQL = """
select
  f.code, f.label, coalesce(f.short_label, f.label) as short_label, f.definition, f.language,
  f.parent, p.label as parent_label
from code as f left join code as p on p.list = f.list and p.code = f.parent
where f.list = 'hub-facet'
order by coalesce(p.sort_order, f.sort_order), f.parent is not null, f.sort_order, f.code
"""
GROUPS_SQL = f"""
with {_GROUP_INDICATORS_CTE}
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
ALIASES_SQL = """
select a.list as scheme, a.code, a.alias
from alias as a join code_list as l on l.list = a.list and l.kind = 'ethnicity'
order by a.list, a.code, a.alias
"""
COVERAGE_COUNTS_SQL = f"""
with recursive {_FACET_DESCENDANTS_CTE}, {_GROUP_INDICATORS_CTE}
select u.facet, s.code as topic, count(distinct h.indicator) as indicators
from held as h
join crosswalk as x on x.from_scheme = h.scheme and x.from_code = h.ethnicity
  and x.to_scheme = 'hub-facet'
join under as u on u.code = x.to_code
join subject as s on s.kind = 'indicator' and s.id = h.indicator and s.list = 'topic'
group by u.facet, s.code
order by u.facet, s.code
"""


def build_context(request: PageRequest) -> Context:
    """The facets with the groups that have evidence, the answer to a search, and the gaps."""
    facets, groups = request.db.fetch_dicts(FACETS_SQL), request.db.fetch_dicts(GROUPS_SQL)
    groups_with_evidence = [group for group in groups if group["indicators"] or group["findings"]]
    for facet in facets:
        facet["countries"] = group_by_country(
            [g for g in groups_with_evidence if g["facet"] == facet["code"]]
        )
    query = request.options.get("q", "").strip()[:MAX_QUERY_CHARS]
    search_result: Row = {}
    if query:
        search_result = search_groups(query, facets, groups, request.db.fetch_dicts(ALIASES_SQL))
    return {
        "asked": query,
        "answer": search_result,
        "facets": facets,
        "outside": group_by_country([g for g in groups_with_evidence if g["facet"] is None]),
        "table": build_coverage_table(
            facets,
            request.db.fetch_dicts(latest_values.TOPICS_SQL),
            request.db.fetch_dicts(COVERAGE_COUNTS_SQL),
        ),
    }


def group_by_country(groups: Iterable[Row]) -> list[Row]:
    """Groups by country, each country once, in the order in which they come."""
    sections = []
    for (code, label), grouped_rows in groupby(
        groups, key=lambda g: (g["country"], g["country_label"])
    ):
        country_groups = list(grouped_rows)
        sections.append(
            {
                "code": code,
                "label": label or "",
                "groups": country_groups,
                "total": len(country_groups),
            }
        )
    return sections


def build_coverage_table(
    facets: Sequence[Row], topics: Sequence[Row], counts: Sequence[Row]
) -> Row:
    """How many indicators have a figure, by facet and topic; topics with none apart."""
    indicator_counts = {(row["facet"], row["topic"]): row["indicators"] for row in counts}
    topics_with_values = {topic for _, topic in indicator_counts}
    table_topics = [topic for topic in topics if topic["code"] in topics_with_values]
    return {
        "topics": table_topics,
        "nowhere": [topic for topic in topics if topic["code"] not in topics_with_values],
        "rows": [
            {
                **facet,
                "cells": [
                    indicator_counts.get((facet["code"], t["code"]), 0) for t in table_topics
                ],
            }
            for facet in facets
        ],
    }


def search_groups(
    query: str, facets: Sequence[Row], groups: Sequence[Row], aliases: Sequence[Row]
) -> Row:
    """Facets and groups whose label or alias has every word asked for, those with most first.

    Words are found by how they begin, whatever accents they bear. Where nothing is found,
    `suggestion` is a word that is spelt alike.
    """
    aliases_by_group: dict[tuple[str, str], list[str]] = {}
    for row in aliases:
        aliases_by_group.setdefault((row["scheme"], row["code"]), []).append(row["alias"])
    groups_by_key = {(group["scheme"], group["code"]): group for group in groups}
    texts = {
        key: [group_row["label"], *aliases_by_group.get(key, ())]
        for key, group_row in groups_by_key.items()
    }
    words = select_significant_words(query)
    hits = [
        groups_by_key[key]
        for key in groups_by_key
        if any(has_word_prefixes(words, text) for text in texts[key])
    ]
    hits.sort(
        key=lambda g: (
            fold_text(g["label"]) != fold_text(query), -g["indicators"], -g["findings"],
            g["country_label"] or "", g["scheme_title"], g["label"],
        )
    )  # fmt: skip
    matching_facets = [facet for facet in facets if has_word_prefixes(words, facet["label"])]
    matching_facets += [
        f
        for f in facets
        if f not in matching_facets and has_word_prefixes(words, f["definition"] or "")
    ]
    suggestion = (
        ""
        if hits or matching_facets
        else suggest_word(words, [t for ts in texts.values() for t in ts])
    )
    return {
        "groups": hits[:MAX_GROUPS_LISTED],
        "more": len(hits[MAX_GROUPS_LISTED:]),
        "facets": matching_facets,
        "near": suggestion,
    }


def fold_text(text: str) -> str:
    """Text without accents and capitals: “Māori” is found by “maori”."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def split_singular_words(text: str) -> list[str]:
    """The words of a text, folded, those in plural as in singular."""
    words = re.findall(r"\w+", fold_text(text))
    return [
        word[:-1] if len(word) > MAX_UNSTEMMED_CHARS and word.endswith("s") else word
        for word in words
    ]


def select_significant_words(query: str) -> list[str]:
    """The words that say which group is meant; all of them where none does."""
    all_words = split_singular_words(query)
    ignored_words = {word.removesuffix("s") for word in STOP_WORDS} | STOP_WORDS
    return [word for word in all_words if word not in ignored_words] or all_words


def has_word_prefixes(words: Sequence[str], text: str) -> bool:
    """Whether each word asked for begins a word of the text."""
    text_words = split_singular_words(text)
    return bool(words) and all(any(t.startswith(w) for t in text_words) for w in words)


def suggest_word(words: Sequence[str], texts: Iterable[str]) -> str:
    """A word of the texts that is spelt like one of those asked for; empty where none is."""
    original_by_folded: dict[str, str] = {}
    for text in texts:
        for original_word in re.findall(r"\w+", text):
            original_by_folded = (
                dict.fromkeys(split_singular_words(original_word), original_word)
                | original_by_folded
            )
    for word in words[:MAX_WORDS_CORRECTED]:
        for match in difflib.get_close_matches(word, sorted(original_by_folded), 1, 0.7):
            return original_by_folded[match]
    return ""
