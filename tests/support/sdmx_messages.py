"""What SDMX data messages say, read without the hub: rows by their keys, whatever the format.

Each reader gives the rows as sets of pairs, component and text, so that formats can be compared.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

CSV_PREFIXES = ("DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "ACTION")
MES = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message}"
GEN = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic}"
Rows = set[frozenset[tuple[str, str]]]


def read_rows(content_type: str, body: bytes) -> Rows:
    """The rows of a message, by the media type that it came with."""
    if "csv" in content_type:
        return read_csv(body)
    if "json" in content_type:
        return read_json(body)
    root = ET.fromstring(body)
    return read_generic(root) if root.tag.endswith("GenericData") else read_specific(root)


def read_csv(body: bytes) -> Rows:
    return _collect(
        {name: cell for name, cell in row.items() if name not in CSV_PREFIXES}
        for row in csv.DictReader(io.StringIO(body.decode(), newline=""))
    )


def read_generic(root: ET.Element) -> Rows:
    """Rows of SDMX-ML 2.1 generic data: series, or flat observations."""
    rows: list[dict[str, Any]] = []
    at_observation = root.find(f".//{MES}Structure").attrib["dimensionAtObservation"]  # type: ignore[union-attr]
    for series in root.iter(f"{GEN}Series"):
        key = _read_values(series.find(f"{GEN}SeriesKey"))
        for obs in series.iter(f"{GEN}Obs"):
            place = obs.find(f"{GEN}ObsDimension").attrib["value"]  # type: ignore[union-attr]
            rows.append({**key, at_observation: place, **_read_observation(obs)})
    rows += [
        {**_read_values(obs.find(f"{GEN}ObsKey")), **_read_observation(obs)}
        for obs in root.findall(f"{MES}DataSet/{GEN}Obs")
    ]
    return _collect(rows)


def _read_observation(obs: ET.Element) -> dict[str, Any]:
    value = obs.find(f"{GEN}ObsValue")
    measure = {} if value is None else {"OBS_VALUE": value.attrib["value"]}
    return {**measure, **_read_values(obs.find(f"{GEN}Attributes"))}


def _read_values(element: ET.Element | None) -> dict[str, str]:
    if element is None:
        return {}
    return {v.attrib["id"]: v.attrib["value"] for v in element.findall(f"{GEN}Value")}


def read_specific(root: ET.Element) -> Rows:
    """Rows of structure-specific data, 2.1 or 3.0."""
    rows: list[dict[str, Any]] = []
    dataset = next(e for e in root.iter() if e.tag.endswith("}DataSet"))
    for element in dataset:
        if element.tag == "Obs":
            rows.append(dict(element.attrib))
        rows += [{**element.attrib, **obs.attrib} for obs in element.findall("Obs")]
    return _collect(rows)


def read_json(body: bytes) -> Rows:
    """Rows of SDMX-JSON, of any version: places are looked up in the lists of values."""
    document = json.loads(body)
    data = document.get("data", document)
    structure = data["structures"][0] if "structures" in data else data["structure"]
    (dataset,) = data["dataSets"]
    dimensions, attributes = structure["dimensions"], structure["attributes"]["observation"]
    rows: list[dict[str, Any]] = []

    def read(observations: Mapping[str, list[Any]], key: Mapping[str, Any]) -> None:
        for places, cells in observations.items():
            own = _look_up(dimensions["observation"], places.split(":"))
            value, *others = cells
            rows.append({**key, **own, "OBS_VALUE": value, **_look_up(attributes, others)})

    for places, series in dataset.get("series", {}).items():
        read(series["observations"], _look_up(dimensions["series"], places.split(":")))
    read(dataset.get("observations", {}), {})
    return _collect(rows)


def _look_up(components: list[dict[str, Any]], places: Iterable[Any]) -> dict[str, Any]:
    return {
        component["id"]: _name(component["values"][int(place)])
        for component, place in zip(components, places, strict=False)
        if place is not None
    }


def _name(value: Mapping[str, Any]) -> Any:
    return value.get("id", value.get("value", value.get("name")))


def _collect(rows: Iterable[Mapping[str, Any]]) -> Rows:
    listed = [
        frozenset((name, str(cell)) for name, cell in row.items() if cell not in (None, ""))
        for row in rows
    ]
    assert len(set(listed)) == len(listed), "a row came twice"
    return set(listed)
