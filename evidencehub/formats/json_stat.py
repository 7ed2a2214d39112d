"""Observations as a dataset of JSON-stat 2.0 (https://json-stat.org/full/), and the list of them.

JSON-stat is a cube, so it is made of one dataflow. What is measured (the value, its limits, its
counts) is a dimension of its own, with the role of a metric. A cell without an entry was not
published; a value that is suppressed or missing has a status and no value.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evidencehub.formats.sdmx_model import Cell, Component, Dataflow, DataMessage, Sender

MEASURE_DIMENSION = "MEASURE"
STATUS = "OBS_STATUS"
AREA = "REF_AREA"
CONTENT_TYPE = "application/json"


def write_json_stat(message: DataMessage, href: str) -> bytes:
    """Return the observations as a dataset; `href` is its address.

    The message is flat: every dimension is in each row.
    """
    cube = _Cube(message)
    label = message.dataflow.name
    notes = [
        ": ".join(filter(None, (note.title, note.text)))
        for note in message.dataflow.notes
        if note.text
    ]
    values, status, attributes = cube.fill()
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": label,
        "source": message.sender.name,
        "updated": message.sender.prepared,
        "href": href,
        "note": [message.dataflow.description, *notes],
        "id": cube.ids,
        "size": [len(cube.categories[name]) for name in cube.ids],
        "role": {
            "time": [item.id for item in message.columns if item.kind == "time"],
            "geo": [AREA],
            "metric": [MEASURE_DIMENSION],
        },
        "dimension": cube.describe_dimensions(),
        "value": values,
        "status": status,
        "extension": {
            "status": {"label": message.labels.get(STATUS, {})},
            "attributes": attributes,
        },
    }
    return _dump(document)


def write_collection(
    sender: Sender, dataflows: Iterable[Dataflow], build_href: Mapping[str, str]
) -> bytes:
    """Return the list of datasets, each with its address."""
    items = [
        {"class": "dataset", "href": build_href[item.id], "label": item.name} for item in dataflows
    ]
    document = {
        "version": "2.0",
        "class": "collection",
        "label": sender.name,
        "updated": sender.prepared,
        "link": {"item": items},
    }
    return _dump(document)


class _Cube:
    """The places of observations in a cube of the values that occur."""

    def __init__(self, message: DataMessage) -> None:
        self._message = message
        parts: dict[str, list[tuple[int, Component]]] = defaultdict(list)
        for place, component in enumerate(message.columns):
            parts[_find_part(message, place, component)].append((place, component))
        self._dimensions, self._measures = parts["dimension"], parts["measure"]
        self._attributes = parts["attribute"]
        self.ids = [*(c.id for _, c in self._dimensions), MEASURE_DIMENSION]
        self.categories: dict[str, dict[Cell, int]] = {
            c.id: self._list_categories(n, c) for n, c in self._dimensions
        }
        names = [c.id for _, c in self._measures]
        self.categories[MEASURE_DIMENSION] = {name: n for n, name in enumerate(names)}

    def _list_categories(self, place: int, component: Component) -> dict[Cell, int]:
        """Return the values of a dimension with their places; periods in the order of time."""
        values: Iterable[Cell] = dict.fromkeys(row[place] for row in self._message.rows)
        if component.kind == "time":
            values = sorted(values, key=self._sort_key)
        return {value: n for n, value in enumerate(values)}

    def _sort_key(self, period: Cell) -> tuple[str, str]:
        return self._message.spans[str(period)]

    def fill(self) -> tuple[dict[str, Cell], dict[str, Cell], dict[str, dict[str, Cell]]]:
        """Return values, statuses and other attributes by the places of their cells."""
        values: dict[str, Cell] = {}
        status: dict[str, Cell] = {}
        attributes: dict[str, dict[str, Cell]] = {}
        for row in self._message.rows:
            first = self._find_place(row)
            for offset, (place, _) in enumerate(self._measures):
                if row[place] is not None:
                    values[str(first + offset)] = row[place]
            for place, component in self._attributes:
                if row[place] is None:
                    continue
                if component.id == STATUS:
                    status[str(first)] = row[place]
                else:
                    attributes.setdefault(component.id, {})[str(first)] = row[place]
        return values, status, attributes

    def _find_place(self, row: Sequence[Cell]) -> int:
        """Return the place of the first measure of a row, in row-major order."""
        place = 0
        for column, component in self._dimensions:
            categories = self.categories[component.id]
            place = place * len(categories) + categories[row[column]]
        return place * len(self._measures)

    def describe_dimensions(self) -> dict[str, Any]:
        components: dict[str, Component] = {c.id: c for _, c in self._dimensions}
        measures = {c.id: c.name for _, c in self._measures}
        labels = {**self._message.labels, MEASURE_DIMENSION: measures}
        described: dict[str, Any] = {}
        for name in self.ids:
            names = labels.get(name, {})
            values = [str(value) for value in self.categories[name]]
            described[name] = {
                "label": components[name].name if name in components else "Measure",
                "category": {
                    "index": values,
                    "label": {value: names.get(value, value) for value in values},
                },
            }
        return described


def _find_part(message: DataMessage, place: int, component: Component) -> str:
    """Return what a component is in a cube: numbers that belong beside the value are measures."""
    if component.kind in ("dimension", "time"):
        return "dimension"
    if component.kind == "measure":
        return "measure"
    is_number = component.data_type == "number"
    has_values = is_number and any(row[place] is not None for row in message.rows)
    return "measure" if has_values else "attribute"


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
