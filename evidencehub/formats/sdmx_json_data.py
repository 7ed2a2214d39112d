"""Observations as SDMX-JSON: 1.0, its working draft, which some clients still read, and 2.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evidencehub.formats.sdmx_model import (
    ALL_DIMENSIONS,
    JSON_SCHEMA_10,
    JSON_SCHEMA_20,
    Cell,
    Component,
    DataMessage,
    Pairs,
    build_dataflow_urn,
    build_json_meta,
    build_urn,
    group_into_series,
)


def write_json_10(message: DataMessage) -> bytes:
    """Return the observations as SDMX-JSON 1.0."""
    structure, dataset = _build_parts(message, _describe_value_10)
    data = {"structure": structure, "dataSets": [dataset]}
    return _dump({"meta": build_json_meta(message.sender, JSON_SCHEMA_10), "data": data})


def write_json_10_draft(message: DataMessage) -> bytes:
    """Return the observations as the working draft of SDMX-JSON 1.0: no `meta`, no `data`."""
    structure, dataset = _build_parts(message, _describe_value_10)
    header = build_json_meta(message.sender, "")
    return _dump({"header": header, "structure": structure, "dataSets": [dataset]})


def write_json_20(message: DataMessage) -> bytes:
    """Return the observations as SDMX-JSON 2.0."""
    structure, dataset = _build_parts(message, _describe_value_20)
    agency, name = message.sender.agency, message.dataflow.id
    structure |= {
        "links": [
            {"rel": "dataflow", "urn": build_dataflow_urn(message)},
            {
                "rel": "datastructure",
                "urn": build_urn("datastructure", "DataStructure", agency, name),
            },
        ],
        "measures": {"observation": _list_measures(message)},
        "dataSets": [0],
    }
    data = {"structures": [structure], "dataSets": [{"structure": 0, **dataset}]}
    return _dump({"meta": build_json_meta(message.sender, JSON_SCHEMA_20), "data": data})


def _list_measures(message: DataMessage) -> list[dict[str, str]]:
    return [{"id": c.id, "name": c.name} for c in message.columns if c.kind == "measure"]


DescribeValue = Callable[[DataMessage, Component, Cell], dict[str, Any]]


def _build_parts(
    message: DataMessage, describe: DescribeValue
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the structure with the values that occur, and the data that refer to them."""
    tables = _ValueTables(message)
    is_flat = message.dimension_at_observation == ALL_DIMENSIONS and message.observations
    data: dict[str, Any] = {}
    for series in group_into_series(message):
        observations = {
            tables.build_key(item.dimensions): [item.value, *tables.find_places(item.attributes)]
            for item in series.observations
        }
        if is_flat:
            data = observations
        else:
            entry = {"observations": observations} if message.observations else {}
            data[tables.build_key(series.key)] = entry
    dataset = {"action": "Information", ("observations" if is_flat else "series"): data}
    return _describe_structure(message, tables, describe), dataset


class _ValueTables:
    """The values of each component in the order in which they came."""

    def __init__(self, message: DataMessage) -> None:
        self._places: dict[str, dict[Cell, int]] = {c.id: {} for c in message.columns}
        # clients take an attribute without any value for a fault, and count the others wrongly
        self.attributes = [
            column
            for place, column in enumerate(message.columns)
            if column.kind == "attribute" and any(row[place] is not None for row in message.rows)
        ]

    def find_place(self, name: str, value: Cell) -> int:
        places = self._places[name]
        return places.setdefault(value, len(places))

    def build_key(self, pairs: Pairs) -> str:
        return ":".join(str(self.find_place(name, value)) for name, value in pairs)

    def find_places(self, pairs: Pairs) -> list[int | None]:
        """Return the places of the values of attributes, None where there is none; as few as do."""
        values = dict(pairs)
        places = [
            self.find_place(item.id, values[item.id]) if item.id in values else None
            for item in self.attributes
        ]
        while places and places[-1] is None:
            places.pop()
        return places

    def list_values(self, name: str) -> Iterable[Cell]:
        return self._places[name]


def _describe_structure(
    message: DataMessage, tables: _ValueTables, describe: DescribeValue
) -> dict[str, Any]:
    positions = {item.id: n for n, item in enumerate(message.dataflow.dimensions)}

    def describe_all(components: Iterable[Component]) -> list[dict[str, Any]]:
        described = []
        for item in components:
            values = [describe(message, item, value) for value in tables.list_values(item.id)]
            position = {"keyPosition": positions[item.id]} if item.id in positions else {}
            entry = {"id": item.id, "name": item.name, **position}
            described.append(entry | ({"values": values} if values else {}))
        return described

    dimensions = [c for c in message.columns if c.id in positions]
    at_observation = message.dimension_at_observation
    is_flat = at_observation == ALL_DIMENSIONS
    at_level = [c for c in dimensions if is_flat or c.id == at_observation]
    key = [c for c in dimensions if c not in at_level]
    return {
        "name": message.dataflow.name,
        "dimensions": {
            "dataSet": [],
            "series": describe_all(key),
            "observation": describe_all(at_level),
        },
        "attributes": {
            "dataSet": [],
            "series": [],
            "observation": describe_all(tables.attributes if message.observations else ()),
        },
    }


def _describe_value_10(message: DataMessage, component: Component, value: Cell) -> dict[str, Any]:
    """Return a value; what is no code has a name only, but a dimension always has an identifier."""
    label = message.labels.get(component.id, {}).get(str(value))
    if component.kind == "time":
        return {"id": str(value), "name": str(value), **_describe_span(message, value)}
    if label is not None or component.kind == "dimension":
        return {"id": str(value), "name": label or str(value)}
    return {"name": str(value)}


def _describe_value_20(message: DataMessage, component: Component, value: Cell) -> dict[str, Any]:
    label = message.labels.get(component.id, {}).get(str(value))
    if component.kind == "time":
        return {"value": str(value), **_describe_span(message, value)}
    return {"value": value} if label is None else {"id": str(value), "name": label}


def _describe_span(message: DataMessage, value: Cell) -> dict[str, str]:
    start, end = message.spans[str(value)]
    return {"start": f"{start}T00:00:00Z", "end": f"{end}T23:59:59Z"}


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
