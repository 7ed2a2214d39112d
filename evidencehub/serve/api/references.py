"""The resources that others rest on: sources, code lists, crosswalks; and the search."""

from __future__ import annotations

from evidencehub.model.vocabulary import CODE, SOURCE
from evidencehub.serve.api.lists import between, cells_of, told
from evidencehub.serve.api.resource import Column, Filter, Resource

SOURCES = Resource(
    "sources",
    "The publications that figures and findings come from",
    "source as s",
    ("s.dataset", "s.source"),
    (
        Column("dataset", "s.dataset", "code", "the dataset that names it"),
        Column("source", "s.source", "code", "id of the source within the dataset"),
        *told(
            SOURCE, "s", "title", "publisher", "type", "url", "doi", "published", "accessed",
            "licence", "verification",
        ),
        Column("extra", "s.extra", "object", "the publisher's columns that carry no concept"),
    ),
    (
        Filter("dataset", "s.dataset in {}", "named by this dataset", "dataset"),
        Filter("type", "s.type in {}", "of this kind", "source_type"),
        Filter("verification", "s.verification in {}", "verified in this way", "verification"),
        between("from", "s.published", "published then or later"),
        between("to", "s.published", "published then or earlier"),
    ),
    dataset="s.dataset",
    facts={"dataset": "s.dataset"},
    table="source",
    view="source",
)  # fmt: skip

CODES = Resource(
    "codes",
    "The code lists: ethnic classifications, areas and all vocabularies",
    "code_list as l",
    ("l.list",),
    (
        Column("list", "l.list", "code", "id of the list"),
        Column("title", "l.title", "text", "its title"),
        Column("kind", "l.kind", "text", "ethnicity, facet, area, dimension or vocabulary"),
        Column("authority", "l.authority", "text", "who keeps it"),
        Column("jurisdiction", "l.jurisdiction", "text", "where it is used"),
        Column("language", "l.language", "text", "language of its labels"),
        Column("concept", "l.concept", "text", "what it asks for"),
        Column("counting_basis", "l.counting_basis", "code", "how people of several groups count"),
        Column("valid_from", "l.valid_from", "date", "first day it may be used"),
        Column("valid_to", "l.valid_to", "date", "last day it may be used"),
        Column("source_url", "l.source_url", "text", "where it comes from"),
        Column("verified", "l.verified", "text", "yes, partial, memory or no"),
        Column("note", "l.note", "text", "a remark"),
        Column("codes", "(select count(*) from code where list = l.list)", "integer", "its codes"),
        Column("dataset", "l.dataset", "code", "the dataset that brought it, if one did"),
    ),
    (
        Filter("kind", "l.kind in {}", "of this kind", "list_kind"),
        Filter("jurisdiction", "l.jurisdiction in {}", "used there", "jurisdiction"),
    ),
    item="list",
    table="code_list",
    view="code_list",
)

LIST_CODES = Resource(
    "codes-of-a-list",
    "Every code of one list, as its source names it",
    "code as c",
    ("c.list", "c.code"),
    (
        Column("list", "c.list", "code", CODE["list"].says),
        Column("code", "c.code", "code", CODE["code"].says),
        *told(
            CODE, "c", "label", "short_label", "prose", "language", "parent", "sort_order",
            "level",
        ),
        Column("residual", "c.residual", "boolean", "true for not known, not stated, declined"),
        *told(CODE, "c", "definition", "valid_from", "valid_to", "source", "verified", "note"),
        cells_of(
            "aliases",
            "select alias as v from alias where list = c.list and code = c.code order by 1",
            "other spellings",
        ),
    ),
    (Filter("list", "c.list in {}", "of this list", "list"),),
    table="code",
    view="code",
)  # fmt: skip

CROSSWALKS = Resource(
    "crosswalks",
    "How codes of different classifications relate, after SKOS",
    "crosswalk as x",
    ("x.from_scheme", "x.from_code", "x.to_scheme", "x.relation", "coalesce(x.to_code, '')"),
    (
        Column("from_scheme", "x.from_scheme", "code", "the classification of the code"),
        Column("from_code", "x.from_code", "code", "the code"),
        Column(
            "from_label", "(select label from code where list = x.from_scheme"
            " and code = x.from_code)", "text", "label of from_code", label=True,
        ),
        Column("relation", "x.relation", "text", "how it relates, in the words of SKOS"),
        Column("to_scheme", "x.to_scheme", "code", "the other classification"),
        Column("to_code", "x.to_code", "code", "the code there; null for noMatch"),
        Column(
            "to_label", "(select label from code where list = x.to_scheme"
            " and code = x.to_code)", "text", "label of to_code", label=True,
        ),
        Column(
            "conversion",
            "(select verdict from conversion as v where v.from_scheme = x.from_scheme"
            " and v.to_scheme = x.to_scheme)",
            "text",
            "whether counts may be carried over: convertible, with-caveat or not",
        ),
        Column("note", "x.note", "text", "a remark"),
        Column("source", "x.source", "text", "who says so"),
    ),
    (
        Filter("from_scheme", "x.from_scheme in {}", "from this classification", "scheme"),
        Filter("to_scheme", "x.to_scheme in {}", "to this classification", "scheme"),
        Filter("relation", "x.relation in {}", "of this relation", "relation"),
    ),
    table="crosswalk",
    view="crosswalk",
)  # fmt: skip

SEARCH = Resource(
    "search",
    "Everything by words, the best match first",
    "search",
    ("rank", "kind", "id"),
    (
        Column("kind", "kind", "text", "dataset, indicator, finding, recommendation or code"),
        Column("id", "id", "code", "its id; list:code for a code"),
        Column("title", "title", "text", "its title or label"),
        Column(
            "matched", "snippet(search, -1, '[', ']', ' … ', 24)", "text",
            "where the words were found, in square brackets",
        ),
        Column("rank", "rank", "number", "lower is better (BM25, titles count four times)"),
    ),
    (
        Filter("q", "search match {}", "words to look for; this parameter has to be given",
               kind="text"),
        Filter("kind", "kind in {}", "only this kind of thing", "search_kind"),
    ),
    table="search",
    required="q",
    always="rank match 'bm25(0, 0, 4.0, 1.0)'",
)  # fmt: skip
