"""The resources that others rest on: sources, code lists, crosswalks; and the search."""

from __future__ import annotations

from evidencehub.api.resources.catalogue import (
    build_concept_columns,
    build_date_filter,
    build_list_column,
)
from evidencehub.domain.concepts import CODE_CONCEPTS, SOURCE_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

SOURCES = ApiResource(
    "sources",
    "The publications that figures and findings come from",
    "source as s",
    ("s.dataset", "s.source"),
    (
        ResourceColumn("dataset", "s.dataset", "code", "the dataset that names it"),
        ResourceColumn("source", "s.source", "code", "id of the source within the dataset"),
        *build_concept_columns(
            SOURCE_CONCEPTS,
            "s",
            "title",
            "publisher",
            "type",
            "url",
            "doi",
            "published",
            "accessed",
            "licence",
            "verification",
        ),
        ResourceColumn(
            "extra", "s.extra", "object", "the publisher's columns that carry no concept"
        ),
    ),
    (
        Filter("dataset", "s.dataset in {}", "named by this dataset", "dataset"),
        Filter("type", "s.type in {}", "of this kind", "source_type"),
        Filter("verification", "s.verification in {}", "verified in this way", "verification"),
        build_date_filter("from", "s.published", "published then or later"),
        build_date_filter("to", "s.published", "published then or earlier"),
    ),
    dataset_sql="s.dataset",
    comparability_sql={"dataset": "s.dataset"},
    datasette_table="source",
    datasette_view="source",
)

CODE_LISTS = ApiResource(
    "codes",
    "The code lists: ethnic classifications, areas and all vocabularies",
    "code_list as l",
    ("l.list",),
    (
        ResourceColumn("list", "l.list", "code", "id of the list"),
        ResourceColumn("title", "l.title", "text", "its title"),
        ResourceColumn("kind", "l.kind", "text", "ethnicity, facet, area, dimension or vocabulary"),
        ResourceColumn("authority", "l.authority", "text", "who keeps it"),
        ResourceColumn("jurisdiction", "l.jurisdiction", "text", "where it is used"),
        ResourceColumn("language", "l.language", "text", "language of its labels"),
        ResourceColumn("concept", "l.concept", "text", "what it asks for"),
        ResourceColumn(
            "counting_basis", "l.counting_basis", "code", "how people of several groups count"
        ),
        ResourceColumn("valid_from", "l.valid_from", "date", "first day it may be used"),
        ResourceColumn("valid_to", "l.valid_to", "date", "last day it may be used"),
        ResourceColumn("source_url", "l.source_url", "text", "where it comes from"),
        ResourceColumn("verified", "l.verified", "text", "yes, partial, memory or no"),
        ResourceColumn("note", "l.note", "text", "a remark"),
        ResourceColumn(
            "codes", "(select count(*) from code where list = l.list)", "integer", "its codes"
        ),
        ResourceColumn("dataset", "l.dataset", "code", "the dataset that brought it, if one did"),
    ),
    (
        Filter("kind", "l.kind in {}", "of this kind", "list_kind"),
        Filter("jurisdiction", "l.jurisdiction in {}", "used there", "jurisdiction"),
    ),
    item_column="list",
    datasette_table="code_list",
    datasette_view="code_list",
)

CODES_OF_LIST = ApiResource(
    "codes-of-a-list",
    "Every code of one list, as its source names it",
    "code as c",
    ("c.list", "c.code"),
    (
        ResourceColumn("list", "c.list", "code", CODE_CONCEPTS["list"].description),
        ResourceColumn("code", "c.code", "code", CODE_CONCEPTS["code"].description),
        *build_concept_columns(
            CODE_CONCEPTS,
            "c",
            "label",
            "short_label",
            "prose",
            "language",
            "parent",
            "sort_order",
            "level",
        ),
        ResourceColumn(
            "residual", "c.residual", "boolean", "true for not known, not stated, declined"
        ),
        *build_concept_columns(
            CODE_CONCEPTS, "c", "definition", "valid_from", "valid_to", "source", "verified", "note"
        ),
        build_list_column(
            "aliases",
            "select alias as v from alias where list = c.list and code = c.code order by 1",
            "other spellings",
        ),
    ),
    (Filter("list", "c.list in {}", "of this list", "list"),),
    datasette_table="code",
    datasette_view="code",
)

CROSSWALKS = ApiResource(
    "crosswalks",
    "How codes of different classifications relate, after SKOS",
    "crosswalk as x",
    ("x.from_scheme", "x.from_code", "x.to_scheme", "x.relation", "coalesce(x.to_code, '')"),
    (
        ResourceColumn("from_scheme", "x.from_scheme", "code", "the classification of the code"),
        ResourceColumn("from_code", "x.from_code", "code", "the code"),
        ResourceColumn(
            "from_label", "(select label from code where list = x.from_scheme"
            " and code = x.from_code)", "text", "label of from_code", is_label=True,
        ),
        ResourceColumn("relation", "x.relation", "text", "how it relates, in the words of SKOS"),
        ResourceColumn("to_scheme", "x.to_scheme", "code", "the other classification"),
        ResourceColumn("to_code", "x.to_code", "code", "the code there; null for noMatch"),
        ResourceColumn(
            "to_label", "(select label from code where list = x.to_scheme"
            " and code = x.to_code)", "text", "label of to_code", is_label=True,
        ),
        ResourceColumn(
            "conversion",
            "(select verdict from conversion as v where v.from_scheme = x.from_scheme"
            " and v.to_scheme = x.to_scheme)",
            "text",
            "whether counts may be carried over: convertible, with-caveat or not",
        ),
        ResourceColumn("note", "x.note", "text", "a remark"),
        ResourceColumn("source", "x.source", "text", "who says so"),
    ),
    (
        Filter("from_scheme", "x.from_scheme in {}", "from this classification", "scheme"),
        Filter("to_scheme", "x.to_scheme in {}", "to this classification", "scheme"),
        Filter("relation", "x.relation in {}", "of this relation", "relation"),
    ),
    datasette_table="crosswalk",
    datasette_view="crosswalk",
)  # fmt: skip

SEARCH = ApiResource(
    "search",
    "Everything by words, the best match first",
    "search",
    ("rank", "kind", "id"),
    (
        ResourceColumn(
            "kind", "kind", "text", "dataset, indicator, finding, recommendation or code"
        ),
        ResourceColumn("id", "id", "code", "its id; list:code for a code"),
        ResourceColumn("title", "title", "text", "its title or label"),
        ResourceColumn(
            "matched",
            "snippet(search, -1, '[', ']', ' … ', 24)",
            "text",
            "where the words were found, in square brackets",
        ),
        ResourceColumn("rank", "rank", "number", "lower is better (BM25, titles count four times)"),
    ),
    (
        Filter(
            "q",
            "search match {}",
            "words to look for; this parameter has to be given",
            filter_type="text",
        ),
        Filter("kind", "kind in {}", "only this kind of thing", "search_kind"),
    ),
    datasette_table="search",
    required_filter="q",
    fixed_condition="rank match 'bm25(0, 0, 4.0, 1.0)'",
)
