"""The relations between codes of two classifications."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.store.resource_model import ApiResource

_CONVERSION_SQL = (
    "(select verdict from scheme_conversion as v where v.from_scheme = x.from_scheme"
    " and v.to_scheme = x.to_scheme)"
)
_CONVERSION_DESCRIPTION = "whether counts can be converted: convertible, with-caveat or not"

CROSSWALKS = ApiResource(
    "crosswalks",
    "Crosswalk: how codes of different classifications relate (SKOS mapping relations)",
    "crosswalk as x",
    ("x.from_scheme", "x.from_code", "x.to_scheme", "x.relation", "coalesce(x.to_code, '')"),
    columns.build(
        "x",
        ("from_scheme", "code", "the source classification"),
        ("from_code", "code", "code in the source classification"),
        columns.build_label(
            "from_code", columns.build_group_label("x.from_scheme", "x.from_code"), "from_label"
        ),
        ("relation", "text", "SKOS mapping relation"),
        ("to_scheme", "code", "the target classification"),
        ("to_code", "code", "code in the target classification; null for noMatch"),
        columns.build_label(
            "to_code", columns.build_group_label("x.to_scheme", "x.to_code"), "to_label"
        ),
        ("conversion", "text", _CONVERSION_DESCRIPTION, _CONVERSION_SQL),
        ("note", "text", "note"),
        ("source", "text", "authority for the mapping"),
    ),
    filters.build(
        "x",
        ("from_scheme", "from this classification", "", "scheme"),
        ("to_scheme", "to this classification", "", "scheme"),
        ("relation", "with this relation"),
    ),
    datasette_view="crosswalk",
)
