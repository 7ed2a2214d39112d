"""The relations between codes of two classifications."""

from __future__ import annotations

from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

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
