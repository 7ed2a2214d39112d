"""The code lists, and the codes of one list."""

from __future__ import annotations

from evidencehub.api.columns import build_concept_columns, build_list_column
from evidencehub.domain.concepts import CODE_CONCEPTS
from evidencehub.store.resource_model import ApiResource, Filter, ResourceColumn

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
