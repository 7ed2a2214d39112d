"""How groups of people ask to be named."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.store.resource_model import ApiResource

PREFERRED_TERMS = ApiResource(
    "preferred-terms",
    "Preferred terms: how groups of people ask to be named, by whom and since when",
    "preferred_term as p",
    ("p.scheme", "p.code", "p.term", "p.authority"),
    columns.build(
        "p",
        ("scheme", "code", "classification of the group; hub-facet for groups of all countries"),
        ("code", "code", "code of the group"),
        columns.build_label("code", columns.build_group_label("p.scheme", "p.code")),
        ("term", "text", "the term asked for"),
        ("avoid", "text", "terms asked not to be used, separated by semicolons"),
        ("authority", "text", "who asks for it"),
        ("dated", "date", "when it was asked for, as far as known"),
        ("source", "text", "web address of the source"),
        ("verified", "text", "how it was read: yes, partial, memory or no"),
        ("note", "text", "note"),
    ),
    filters.build(
        "p",
        ("scheme", "for groups of this classification"),
        *filters.build_groups("for {}", "(p.scheme, p.code) in (values {})"),
    ),
    datasette_view="preferred_term",
)
