"""OData 4.01 in JSON: service document, metadata (CSDL as XML), pages of rows, errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from evidencehub.formats.format import RowColumn

JSON_TYPE = "application/json;odata.metadata=minimal;charset=utf-8"
XML_TYPE = "application/xml; charset=utf-8"
VERSION_HEADER = ("odata-version", "4.01")
DESCRIPTION = "Org.OData.Core.V1.Description"
NAMESPACE, CONTAINER = "EvidenceHub", "Container"
_EDM_TYPES: Mapping[str, str] = {
    "number": "Edm.Double",
    "integer": "Edm.Int64",
    "boolean": "Edm.Boolean",
    "day": "Edm.Date",
    "list": "Collection(Edm.String)",
}


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A list of the API as a set of entities: `key` is the column that tells them apart."""

    name: str
    title: str
    key: str
    columns: Sequence[RowColumn]


def write_service_document(root: str, sets: Sequence[EntitySet]) -> bytes:
    """Return what there is below `root`, which has no slash at its end."""
    document = {
        "@odata.context": f"{root}/$metadata",
        "value": [
            {"name": item.name, "kind": "EntitySet", "url": item.name, "title": item.title}
            for item in sets
        ],
    }
    return _dump(document)


def write_metadata(sets: Sequence[EntitySet]) -> bytes:
    """Return the types of all sets, their columns with descriptions."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
        "<edmx:DataServices>",
        f'<Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
    ]
    for item in sets:
        lines.append(f'<EntityType Name="{item.name}">')
        lines.append(f'<Key><PropertyRef Name="{item.key}"/></Key>')
        for column in item.columns:
            nullable = ' Nullable="false"' if column.name == item.key else ""
            edm_type = _EDM_TYPES.get(column.column_type, "Edm.String")
            described = f'<Annotation Term="{DESCRIPTION}" String={quoteattr(column.description)}/>'
            lines.append(f'<Property Name="{column.name}" Type="{edm_type}"{nullable}>')
            lines += [described, "</Property>"]
        lines.append("</EntityType>")
    lines.append(f'<EntityContainer Name="{CONTAINER}">')
    lines += [
        f'<EntitySet Name="{item.name}" EntityType="{NAMESPACE}.{item.name}"/>' for item in sets
    ]
    lines += ["</EntityContainer>", "</Schema>", "</edmx:DataServices>", "</edmx:Edmx>"]
    return ("\n".join(lines) + "\n").encode()


def write_page(
    root: str,
    item: EntitySet,
    rows: Sequence[Mapping[str, Any]],
    *,
    selected: str = "",
    count: int | None = None,
    next_link: str = "",
    annotations: Mapping[str, Any] = {},
) -> bytes:
    """Return a page of rows; objects are JSON as text, since their members are a publisher's own.

    `annotations` say of the page what the protocol has no word for, such as terms of use.
    """
    choice = f"({selected})" if selected else ""
    document: dict[str, Any] = {"@odata.context": f"{root}/$metadata#{item.name}{choice}"}
    document |= {f"@{NAMESPACE}.{name}": value for name, value in annotations.items()}
    if count is not None:
        document["@odata.count"] = count
    document["value"] = [{k: _render_cell(cell) for k, cell in row.items()} for row in rows]
    if next_link:
        document["@odata.nextLink"] = next_link
    return _dump(document)


def write_error(code: str, message: str, details: Sequence[tuple[str, str, str]] = ()) -> bytes:
    """Return an error; each of `details` is a code, a message and what it is about."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = [
            {"code": detail, "message": text, "target": target} for detail, text, target in details
        ]
    return _dump({"error": error})


def _render_cell(cell: Any) -> Any:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict) else cell


def _dump(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
