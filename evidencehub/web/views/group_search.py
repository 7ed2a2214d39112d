"""Search for an ethnic group by its name: how words are folded, matched and corrected."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any

from evidencehub.domain.unicode_text import fold_text
from evidencehub.store.groups import AliasRow, FacetRow, GroupRow

MAX_GROUPS_LISTED = 60  # groups of the result of a search
MAX_WORDS_CORRECTED = 3  # words of a search without a result
MAX_UNSTEMMED_CHARS = 3  # letters; shorter words keep their s
MIN_SIMILARITY = 0.7  # of a word that is suggested
STOP_WORDS = frozenset(
    ("and", "or", "of", "the", "people", "person", "ethnic", "ethnicity", "group", "groups")
)


def search_groups(
    query: str, facets: Sequence[FacetRow], groups: Sequence[GroupRow], aliases: Sequence[AliasRow]
) -> dict[str, Any]:
    """Return the headings and groups whose label or alias has every word of the query.

    `suggestion` is a word if there are none.

    Words are matched by how they begin, whatever accents they have. Groups with most evidence
    come first.
    """
    words = select_significant_words(query)
    groups_by_key = {(group.scheme, group.code): group for group in groups}
    names = _list_names(groups_by_key.values(), aliases)
    hits = [
        group
        for key, group in groups_by_key.items()
        if any(has_word_prefixes(words, name) for name in names[key])
    ]
    hits.sort(key=lambda group: _rank_group(group, fold_text(query)))
    matching_facets = _match_facets(words, facets)
    suggestion = ""
    if not hits and not matching_facets:
        suggestion = suggest_word(words, [name for texts in names.values() for name in texts])
    return {
        "facets": matching_facets,
        "groups": hits[:MAX_GROUPS_LISTED],
        "groups_not_shown": len(hits[MAX_GROUPS_LISTED:]),
        "suggestion": suggestion,
    }


def _list_names(
    groups: Iterable[GroupRow], aliases: Iterable[AliasRow]
) -> dict[tuple[str, str], list[str]]:
    """Return the label and the aliases of each group, by scheme and code."""
    names = {(group.scheme, group.code): [group.label] for group in groups}
    for row in aliases:
        names.get((row.scheme, row.code), []).append(row.alias)
    return names


def _rank_group(group: GroupRow, folded_query: str) -> tuple[bool, int, int, str, str, str]:
    """Return what sorts a hit: the very name first, then those with most evidence."""
    return (
        fold_text(group.label) != folded_query, -group.indicators, -group.findings,
        group.country_label or "", group.scheme_title, group.label,
    )  # fmt: skip


def _match_facets(words: Sequence[str], facets: Sequence[FacetRow]) -> list[FacetRow]:
    """Return the headings whose label matches, then those whose definition does."""
    by_label = [facet for facet in facets if has_word_prefixes(words, facet.label)]
    by_definition = [facet for facet in facets if has_word_prefixes(words, facet.definition or "")]
    return [*by_label, *(facet for facet in by_definition if facet not in by_label)]


def split_singular_words(text: str) -> list[str]:
    """Return the words of a text, folded, those in plural as in singular."""
    return [
        word[:-1] if len(word) > MAX_UNSTEMMED_CHARS and word.endswith("s") else word
        for word in re.findall(r"\w+", fold_text(text))
    ]


def select_significant_words(query: str) -> list[str]:
    """Return the words that say which group is meant; all words if none does."""
    all_words = split_singular_words(query)
    ignored_words = {word.removesuffix("s") for word in STOP_WORDS} | STOP_WORDS
    return [word for word in all_words if word not in ignored_words] or all_words


def has_word_prefixes(words: Sequence[str], text: str) -> bool:
    """Return whether each of the words begins a word of the text."""
    text_words = split_singular_words(text)
    return bool(words) and all(
        any(text_word.startswith(word) for text_word in text_words) for word in words
    )


def suggest_word(words: Sequence[str], texts: Iterable[str]) -> str:
    """Return a word of the texts that is spelt like one of the words; empty if there is none."""
    spelling_by_folded: dict[str, str] = {}
    for text in texts:
        for spelling in re.findall(r"\w+", text):
            for folded in split_singular_words(spelling):
                spelling_by_folded.setdefault(folded, spelling)
    candidates = sorted(spelling_by_folded)
    for word in words[:MAX_WORDS_CORRECTED]:
        for match in difflib.get_close_matches(word, candidates, 1, MIN_SIMILARITY):
            return spelling_by_folded[match]
    return ""
