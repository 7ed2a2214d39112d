"""The relations between codes of two classifications."""

from __future__ import annotations

from evidencehub.api.columns import build_columns, build_group_label, build_label_column
from evidencehub.api.filters import build_column_filters
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
    (
        *build_columns(
            "x",
            ("from_scheme", "code", "the source classification"),
            ("from_code", "code", "code in the source classification"),
        ),
        build_label_column(
            "from_code", build_group_label("x.from_scheme", "x.from_code"), "from_label"
        ),
        *build_columns(
            "x",
            ("relation", "text", "SKOS mapping relation"),
            ("to_scheme", "code", "the target classification"),
            ("to_code", "code", "code in the target classification; null for noMatch"),
        ),
        build_label_column("to_code", build_group_label("x.to_scheme", "x.to_code"), "to_label"),
        *build_columns(
            "x",
            ("conversion", "text", _CONVERSION_DESCRIPTION, _CONVERSION_SQL),
            ("note", "text", "note"),
            ("source", "text", "authority for the mapping"),
        ),
    ),
    build_column_filters(
        "x",
        ("from_scheme", "from this classification", "", "scheme"),
        ("to_scheme", "to this classification", "", "scheme"),
        ("relation", "with this relation"),
    ),
    datasette_view="crosswalk",
)
