"""The code lists, and the codes of one list."""

from __future__ import annotations

from evidencehub.api.columns import build_concept_columns, build_list_column
from evidencehub.domain.concepts import CODE_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

CODE_LISTS = ApiResource(
    "codes",
    "Code lists: ethnic classifications, areas, other dimensions and vocabularies",
    "code_list as l",
    ("l.list",),
    (
        ResourceColumn("list", "l.list", "code", "id of the list"),
        ResourceColumn("title", "l.title", "text", "its title"),
        ResourceColumn(
            "kind",
            "l.kind",
            "text",
            "kind of list: ethnicity, facet, area, dimension or vocabulary",
        ),
        ResourceColumn("authority", "l.authority", "text", "the organisation that maintains it"),
        ResourceColumn(
            "jurisdiction", "l.jurisdiction", "text", "country or area in which it is used"
        ),
        ResourceColumn("language", "l.language", "text", "language of its labels"),
        ResourceColumn(
            "concept", "l.concept", "text", "the question or concept that it classifies"
        ),
        ResourceColumn(
            "counting_basis",
            "l.counting_basis",
            "code",
            "counting basis: how people who belong to several groups are counted",
        ),
        ResourceColumn("valid_from", "l.valid_from", "date", "first day on which it is valid"),
        ResourceColumn("valid_to", "l.valid_to", "date", "last day on which it is valid"),
        ResourceColumn("source_url", "l.source_url", "text", "web address of its source"),
        ResourceColumn(
            "verified",
            "l.verified",
            "text",
            "checked against the source: yes, partial, memory or no",
        ),
        ResourceColumn("note", "l.note", "text", "note"),
        ResourceColumn(
            "codes", "(select count(*) from code where list = l.list)", "integer", "number of codes"
        ),
        ResourceColumn("dataset", "l.dataset", "code", "id of the dataset that defines it, if any"),
    ),
    (
        Filter("kind", "l.kind in {}", "of this kind", "list_kind"),
        Filter(
            "jurisdiction", "l.jurisdiction in {}", "used in this country or area", "jurisdiction"
        ),
    ),
    item_column="list",
    datasette_table="code_list",
    datasette_view="code_list",
)

CODES_OF_LIST = ApiResource(
    "codes-of-a-list",
    "The codes of one list, labelled as in the source",
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
            "residual", "c.residual", "boolean", "true for unknown, not stated or declined"
        ),
        *build_concept_columns(
            CODE_CONCEPTS, "c", "definition", "valid_from", "valid_to", "source", "verified", "note"
        ),
        build_list_column(
            "aliases",
            "select alias as v from alias where list = c.list and code = c.code order by 1",
            "alternative spellings",
        ),
    ),
    (Filter("list", "c.list in {}", "in this list", "list"),),
    datasette_table="code",
    datasette_view="code",
)
