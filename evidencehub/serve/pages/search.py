"""The search of the site: what a person asks, what was found, and how it can be narrowed down."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from evidencehub.serve.pages import search_words
from evidencehub.serve.pages.page import Context, Visit, path
from evidencehub.serve.pages.search_rank import Ranked, ranked
from evidencehub.serve.pages.search_words import Ask, Term
from evidencehub.serve.problem import Fault, RefusedError

SIZE = 20  # results on a page
CHOICES = 8  # of a filter, the most frequent first
FILTERS = ("kind", "topic", "place")
OPTIONS = ("q", *FILTERS, "page")
"""Every option of the page, as in its address."""

KINDS = {
    "indicator": "Indicator",
    "finding": "Finding",
    "recommendation": "Recommendation",
    "dataset": "Dataset",
    "topic": "Topic",
    "workstream": "Workstream",
    "group": "Ethnic group",
    "place": "Place",
    "organisation": "Organisation",
    "list": "Classification or code list",
    "source": "Source",
    "page": "Page of this site",
}
"""Every kind of thing that is found; the template has these words for translators too."""

_FOLDERS = {
    "topic": "topics",
    "workstream": "topics",
    "list": "codes",
    "indicator": "indicators",
    "finding": "findings",
    "recommendation": "recommendations",
    "dataset": "datasets",
    "group": "groups",
    "place": "places",
    "organisation": "organisations",
}
_PAGES = {"downloads": "/datasets"}
_WHOLE = re.compile(r"[1-9][0-9]{0,5}")
_MARKED = re.compile("(\x02[^\x03]*\x03)")

SHOWN = """
select rowid, snippet(search_page, 5, char(2), char(3), '…', 32), context
from search_page
where search_page match ? and rowid in (select value from json_each(?))
"""
NARROWED = """
select page, facet, code from search_facet where page in (select value from json_each(?))
"""
LABELS = """
select 'topic', code, label from code
where list = 'topic' and code in (select value from json_each(?))
union all
select 'place', area, label from area where area in (select value from json_each(?))
"""
TOPICS = """
select c.code, c.label
from search_facet as f join code as c on c.list = 'topic' and c.code = f.code
where f.facet = 'topic'
group by c.code
order by count(*) desc, c.code
limit 6
"""
INDICATORS = """
select i.indicator, i.title
from finding_indicator as f
join indicator as i on i.indicator = f.indicator
join dataset as d on d.dataset = i.dataset
where d.synthetic = 0
group by i.indicator
order by count(*) desc, i.indicator
limit 5
"""
GROUPS = """
select code, label from code where list = 'hub-facet' order by sort_order, code limit 8
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found, as it is listed.

    `parts` is a line of its text, in pieces: the text of each, and whether it was looked for.
    """

    kind: str
    kind_label: str
    id: str
    title: str
    url: str
    parts: Sequence[tuple[str, bool]]
    context: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter as a link; the link of a chosen one takes it away again."""

    value: str
    label: str
    count: int
    chosen: bool
    url: str


def answer(visit: Visit) -> Context:
    """The page of a search."""
    return context(visit.ask, visit.given)


def context(ask: Ask, given: Mapping[str, str]) -> Context:
    """What templates/search.html shows for the options q, kind, topic, place and page.

    Raises RefusedError (400) for a kind, topic, place or page that there is none of.
    """
    question = given.get("q", "").encode("utf-8", "replace").decode().strip()
    words = search_words.parse(question)
    terms, corrections = search_words.terms(ask, words)
    found = ranked(ask, search_words.as_meant(words, corrections), terms)
    chosen = {name: given[name] for name in FILTERS if given.get(name)}
    facets = _facets(ask, found, chosen)
    kept = [one for one in found if _fits(facets[one.page], chosen)]
    number, last = _page(given.get("page", "1"), len(kept))
    start = (number - 1) * SIZE
    link = {"q": question, **chosen}
    return {
        "title": question,
        "q": question,
        "total": len(kept),
        "everything": len(found),
        "first": start + 1,
        "hits": _hits(ask, kept[start : start + SIZE], terms),
        "corrections": [c for c in corrections if c.misspelt],
        "also": [c for c in corrections if not c.misspelt],
        "grouping": search_words.grouping(question),
        "narrowed": bool(chosen),
        "filters": _filters(ask, found, facets, chosen, question),
        "unfiltered": _address({"q": question}),
        "page": number,
        "pages": last,
        "previous": _address({**link, "page": str(number - 1)}) if number > 1 else "",
        "next": _address({**link, "page": str(number + 1)}) if number < last else "",
        "suggestions": {} if kept else _suggestions(ask),
    }


def address_of(kind: str, name: str) -> str:
    """The address of what was found.

    >>> address_of("group", "opensafely-ethnicity/16:10"), address_of("source", "births/ons-2021")
    ('/groups/opensafely-ethnicity/16:10', '/datasets/births#source-ons-2021')
    """
    if kind == "page":
        return _PAGES.get(name, f"/{name}")
    if kind == "source":
        dataset, _, source = name.partition("/")
        return f"{path('datasets', dataset)}#source-{quote(source)}"
    return path(_FOLDERS[kind], *(name.split("/", 1) if kind == "group" else [name]))


Facets = Mapping[int, frozenset[tuple[str, str]]]


def _facets(ask: Ask, found: Sequence[Ranked], chosen: Mapping[str, str]) -> Facets:
    """What each page may be narrowed down by: its kind, its topics, its places."""
    _judge(ask, chosen)
    facets = {one.page: {("kind", one.kind)} for one in found}
    for page, facet, code in ask(NARROWED, (json.dumps(list(facets)),)):
        facets[page].add((facet, code))
    return {page: frozenset(told) for page, told in facets.items()}


def _judge(ask: Ask, chosen: Mapping[str, str]) -> None:
    """Refuse a value that no filter has."""
    bound = [json.dumps([chosen[name]] if name in chosen else []) for name in ("topic", "place")]
    known = {(facet, code) for facet, code, _ in ask(LABELS, bound)}
    known |= {("kind", kind) for kind in KINDS}
    faults = [
        Fault("bad-value", f"There is no {name} “{value[:60]}” to search in.", name)
        for name, value in chosen.items()
        if (name, value) not in known
    ]
    if faults:
        raise RefusedError(400, faults)


def _page(text: str, total: int) -> tuple[int, int]:
    """The number of the page that is asked for, and that of the last one."""
    last = max(1, -(-total // SIZE))
    if not _WHOLE.fullmatch(text) or int(text) > last:
        told = f"“page” is a whole number, 1 to {last} for this search; it is “{text[:60]}”."
        raise RefusedError(400, [Fault("bad-value", told, "page")])
    return int(text), last


def _fits(facets: Iterable[tuple[str, str]], chosen: Mapping[str, str]) -> bool:
    return chosen.items() <= set(facets)


def _hits(ask: Ask, found: Sequence[Ranked], terms: Sequence[Term]) -> list[Hit]:
    if not found:
        return []
    bound = (search_words.any_of(terms), json.dumps([one.page for one in found]))
    shown = {page: (text, about) for page, text, about in ask(SHOWN, bound)}
    return [
        Hit(
            one.kind,
            KINDS[one.kind],
            one.id,
            one.title,
            address_of(one.kind, one.id),
            _parts(shown[one.page][0]),
            shown[one.page][1],
        )
        for one in found
    ]


def _parts(text: str) -> list[tuple[str, bool]]:
    """A text with signs around what was looked for, in pieces."""
    pieces = [piece for piece in _MARKED.split(text) if piece]
    return [(piece.strip("\x02\x03"), piece.startswith("\x02")) for piece in pieces]


def _filters(
    ask: Ask, found: Sequence[Ranked], facets: Facets, chosen: Mapping[str, str], question: str
) -> list[dict[str, Any]]:
    """For each filter its choices; each counts what the other filters leave."""
    counts = {}
    for name in FILTERS:
        others = {other: value for other, value in chosen.items() if other != name}
        left = (facets[one.page] for one in found if _fits(facets[one.page], others))
        counts[name] = Counter(code for told in left for facet, code in told if facet == name)
        if name in chosen:
            counts[name].setdefault(chosen[name], 0)
    bound = [json.dumps(list(counts[name])) for name in ("topic", "place")]
    labels = {(facet, code): label for facet, code, label in ask(LABELS, bound)}
    labels |= {("kind", kind): label for kind, label in KINDS.items()}
    return [
        {"name": name, "choices": _choices(name, counts[name], labels, chosen, question)}
        for name in FILTERS
        if len(counts[name]) > 1 or name in chosen
    ]


def _choices(
    name: str,
    counts: Mapping[str, int],
    labels: Mapping[tuple[str, str], str],
    chosen: Mapping[str, str],
    question: str,
) -> list[Choice]:
    often = sorted(counts, key=lambda value: (-counts[value], labels[name, value]))
    shown = often[:CHOICES] if name != "kind" else often
    if name in chosen and chosen[name] not in shown:
        shown = [*shown[:-1], chosen[name]]
    found = []
    for value in shown:
        is_chosen = chosen.get(name) == value
        others = {other: told for other, told in chosen.items() if other != name}
        link = {"q": question, **others, **({} if is_chosen else {name: value})}
        found.append(Choice(value, labels[name, value], counts[value], is_chosen, _address(link)))
    return found


def _suggestions(ask: Ask) -> dict[str, list[tuple[str, str]]]:
    """Where to go on when nothing was found: addresses and titles."""
    return {
        "topics": [(path("topics", code), label) for code, label in ask(TOPICS, ())],
        "indicators": [(path("indicators", name), title) for name, title in ask(INDICATORS, ())],
        "groups": [(path("groups", code), label) for code, label in ask(GROUPS, ())],
    }


def _address(options: Mapping[str, str]) -> str:
    return "/search?" + urlencode(options)
