"""The relations between codes of two classifications."""

from __future__ import annotations

from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

CROSSWALKS = ApiResource(
    "crosswalks",
    "Crosswalk: how codes of different classifications relate (SKOS mapping relations)",
    "crosswalk as x",
    ("x.from_scheme", "x.from_code", "x.to_scheme", "x.relation", "coalesce(x.to_code, '')"),
    (
        ResourceColumn("from_scheme", "x.from_scheme", "code", "the source classification"),
        ResourceColumn("from_code", "x.from_code", "code", ("code in the source "
"classification")),
        ResourceColumn(
            "from_label", "(select label from code where list = x.from_scheme"
            " and code = x.from_code)", "text", "label of from_code", is_label=True,
        ),
        ResourceColumn("relation", "x.relation", "text", "SKOS mapping relation"),
        ResourceColumn("to_scheme", "x.to_scheme", "code", "the target classification"),
        ResourceColumn("to_code", "x.to_code", "code", ("code in the target "
"classification; null for noMatch")),
        ResourceColumn(
            "to_label", "(select label from code where list = x.to_scheme"
            " and code = x.to_code)", "text", "label of to_code", is_label=True,
        ),
        ResourceColumn(
            "conversion",
            "(select verdict from scheme_conversion as v where v.from_scheme = x.from_scheme"
            " and v.to_scheme = x.to_scheme)",
            "text",
            "whether counts can be converted: convertible, with-caveat or not",
        ),
        ResourceColumn("note", "x.note", "text", "note"),
        ResourceColumn("source", "x.source", "text", "authority for the mapping"),
    ),
    (
        Filter("from_scheme", "x.from_scheme in {}", "from this classification", "scheme"),
        Filter("to_scheme", "x.to_scheme in {}", "to this classification", "scheme"),
        Filter("relation", "x.relation in {}", "with this relation", "relation"),
    ),
    datasette_table="crosswalk",
    datasette_view="crosswalk",
)  # fmt: skip
