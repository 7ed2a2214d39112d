"""The code lists, and the codes of one list."""

from __future__ import annotations

from evidencehub.api import columns, filters
from evidencehub.domain.concepts import CODE_CONCEPTS
from evidencehub.store.resource_model import ApiResource

_COUNTING_BASIS = "counting basis: how people who belong to several groups are counted"

CODE_LISTS = ApiResource(
    "codes",
    "Code lists: ethnic classifications, areas, other dimensions and vocabularies",
    "code_list as l",
    ("l.list",),
    columns.build(
        "l",
        ("list", "code", "id of the list"),
        ("title", "text", "its title"),
        ("kind", "text", "kind of list: ethnicity, facet, area, dimension or vocabulary"),
        ("authority", "text", "the organisation that maintains it"),
        ("jurisdiction", "text", "country or area in which it is used"),
        ("language", "text", "language of its labels"),
        ("concept", "text", "the question or concept that it classifies"),
        ("counting_basis", "code", _COUNTING_BASIS),
        ("valid_from", "date", "first day on which it is valid"),
        ("valid_to", "date", "last day on which it is valid"),
        ("source_url", "text", "web address of its source"),
        ("verified", "text", "checked against the source: yes, partial, memory or no"),
        ("terms", "text", "its owner's licence and attribution"),
        ("terms_verified", "text", "how the terms are known: yes, partial, memory or no"),
        ("note", "text", "note"),
        ("codes", "integer", "number of codes", "(select count(*) from code where list = l.list)"),
        ("dataset", "code", "id of the dataset that defines it, if any"),
    ),
    filters.build(
        "l",
        ("kind", "of this kind", "", "list_kind"),
        ("jurisdiction", "used in this country or area"),
    ),
    item_column="list",
    datasette_view="code_list",
)

CODES_OF_LIST = ApiResource(
    "codes-of-a-list",
    "The codes of one list, labelled as in the source",
    "code as c",
    ("c.list", "c.code"),
    columns.build(
        "c",
        ("list", "code", CODE_CONCEPTS["list"].description),
        ("code", "code", CODE_CONCEPTS["code"].description),
        "label short_label prose language parent sort_order level",
        ("residual", "boolean", "true for unknown, not stated or declined"),
        "definition valid_from valid_to source verified note successor",
        columns.build_list(
            "aliases",
            "select alias as v from alias where list = c.list and code = c.code order by 1",
            "alternative spellings",
        ),
        concepts=CODE_CONCEPTS,
    ),
    filters.build("c", ("list", "in this list")),
    datasette_view="code",
)
