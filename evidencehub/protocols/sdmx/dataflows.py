"""Dataflows: one for each indicator, with the dimensions that its own rows need.

An indicator has one unit and one definition, so its rows make honest series; a dataset may hold
several (docs/decisions/0061). A dimension takes a code list of the hub as it is if all its values
are of that list; else the dataflow has a list of its own, with what occurs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evidencehub.formats.sdmx_model import Component, Dataflow
from evidencehub.protocols.sdmx.components import (
    ALWAYS_DIMENSIONS,
    DIMENSION_COLUMNS,
    DIMENSION_NAMES,
    MEASURE,
    OPTIONAL_COLUMNS,
    TIME_COMPONENT,
)
from evidencehub.protocols.sdmx.identifiers import (
    encode_code,
    encode_id,
    encode_name,
    name_own_list,
    split_own_list,
)
from evidencehub.store.indicator_cubes import IndicatorCube
from evidencehub.store.reference_data import ReferenceData

AREA_LIST = "hub__area"
"""The identifier of the list of all areas; no list of the hub can have it."""
NOT_BROKEN_DOWN_LABEL = "Not broken down by this"


@dataclass(frozen=True)
class FlowDimension:
    """A dimension of a dataflow.

    `column` is that of the cube; of `other` it is the further list `other_list` within it. `codes`
    are the values that occur as SDMX has them, by the values of the hub, `labels` their names.
    """

    id: str
    column: str
    code_list: str
    codes: Mapping[str, str]
    labels: Mapping[str, str]
    other_list: str = ""


@dataclass(frozen=True)
class IndicatorFlow:
    """A dataflow with what its rows are made from."""

    dataflow: Dataflow
    cube: IndicatorCube
    dimensions: Sequence[FlowDimension]
    attributes: Mapping[str, Component] = field(default_factory=dict)

    @property
    def own_lists(self) -> Iterator[FlowDimension]:
        """The dimensions whose code lists are of this dataflow alone."""
        name = self.dataflow.id
        return (item for item in self.dimensions if split_own_list(item.code_list) == name)

    def find_dimension(self, name: str) -> FlowDimension | None:
        """Return the dimension of an identifier, None for the time period and for others."""
        return next((item for item in self.dimensions if item.id == name), None)


class FlowBuilder:
    """Makes dataflows of cubes, with the labels and the attributes of one build."""

    def __init__(
        self,
        reference_data: ReferenceData,
        attributes: Mapping[str, Component],
        other_names: Mapping[str, str],
    ) -> None:
        """`other_names` are the identifiers of the dimensions for further lists."""
        self._data, self._attributes = reference_data, attributes
        self._other_names = other_names

    def build_flow(self, cube: IndicatorCube, dataflow: Dataflow) -> IndicatorFlow:
        """Return the dataflow of an indicator with its components; `dataflow` names it."""
        dimensions = list(self._list_dimensions(cube, dataflow.id))
        attributes = {
            name: item
            for name, item in self._attributes.items()
            if not any(dimension.column == name for dimension in dimensions)
        }
        components = [
            *(self._build_component(item) for item in dimensions),
            TIME_COMPONENT,
            MEASURE,
            *attributes.values(),
        ]
        named = Dataflow(
            dataflow.id, dataflow.name, components, dataflow.description, dataflow.notes
        )
        return IndicatorFlow(named, cube, dimensions, attributes)

    def _build_component(self, item: FlowDimension) -> Component:
        if item.other_list:
            name = str(self._data.schemes[item.other_list]["title"])
        else:
            name = DIMENSION_NAMES[item.id]
        return Component(
            item.id, "dimension", "code", name, code_list=item.code_list, is_required=True
        )

    def _list_dimensions(self, cube: IndicatorCube, flow: str) -> Iterator[FlowDimension]:
        for column, name in DIMENSION_COLUMNS.items():
            if column == OPTIONAL_COLUMNS[0]:
                yield from self._list_other_dimensions(cube, flow)
            values = cube.columns[column]
            if column == "dataset":
                is_needed = len(values) > 1
            else:
                is_needed = column in ALWAYS_DIMENSIONS or any(values)
            if is_needed:
                yield self._build_dimension(cube, flow, column, name)

    def _build_dimension(
        self, cube: IndicatorCube, flow: str, column: str, name: str
    ) -> FlowDimension:
        if column == "area":
            return self._build_area_dimension(cube, name)
        is_optional = column in OPTIONAL_COLUMNS
        pairs = {value: self._split_value(column, value) for value in cube.columns[column]}
        shared = self._find_shared_list(column, [pair[0] for pair in pairs.values()])
        codes, labels = {}, {}
        for value, (list_name, code) in pairs.items():
            prefix = list_name if not shared and value != code else ""
            codes[value] = encode_code(code, prefix, is_optional=is_optional)
            label = self._find_label(cube, column, value, list_name, code)
            title = f" ({self._data.schemes[prefix]['title']})" if prefix else ""
            labels[codes[value]] = label + title
        code_list = encode_name(shared) if shared else name_own_list(flow, name)
        return FlowDimension(name, column, code_list, codes, labels)

    def _build_area_dimension(self, cube: IndicatorCube, name: str) -> FlowDimension:
        codes = {value: encode_id(value) for value in cube.columns["area"]}
        known_labels = self._data.value_sets["area"]
        labels = {code: known_labels.get(value, value) for value, code in codes.items()}
        return FlowDimension(name, "area", AREA_LIST, codes, labels)

    def _split_value(self, column: str, value: str) -> tuple[str, str]:
        """Return the list and the code of a value; the list is empty where it is not known."""
        code_list, colon, code = value.partition(":")
        if colon and code_list in self._data.schemes:
            return code_list, code
        if column in self._data.code_lists and value in self._data.code_lists[column]:
            return column, value
        return "", value

    def _find_shared_list(self, column: str, lists: Sequence[str]) -> str:
        """Return the one list that all values are of, if it is one of the hub."""
        names = set(lists)
        if column in ("dataset", "comparator", "area") or len(names) != 1:
            return ""
        return names.pop()

    def _find_label(
        self, cube: IndicatorCube, column: str, value: str, code_list: str, code: str
    ) -> str:
        if not value:
            return NOT_BROKEN_DOWN_LABEL
        if column == "dataset":
            return str(self._data.datasets[value]["title"])
        schemes = [group.partition(":")[0] for group in cube.columns["group"]]
        for name in (code_list, *(schemes if column == "comparator" else ())):
            label = self._data.code_lists.get(name, {}).get(code)
            if label is not None:
                return label
        return value

    def _list_other_dimensions(self, cube: IndicatorCube, flow: str) -> Iterator[FlowDimension]:
        parsed = [parse_other(value) for value in cube.columns["other"]]
        for code_list in sorted({name for item in parsed for name in item}):
            list_codes = sorted({item.get(code_list, "") for item in parsed})
            name = self._other_names[code_list]
            is_optional = "" in list_codes
            codes = {code: encode_code(code, is_optional=is_optional) for code in list_codes}
            list_labels = self._data.code_lists.get(code_list, {})
            labels = {
                codes[code]: list_labels.get(code, code) if code else NOT_BROKEN_DOWN_LABEL
                for code in list_codes
            }
            list_id = name_own_list(flow, name) if is_optional else encode_name(code_list)
            yield FlowDimension(name, "other", list_id, codes, labels, code_list)


def parse_other(value: str) -> dict[str, str]:
    """Return the codes of further lists in a cell `other`, by their lists.

    >>> parse_other("fifths=5;regions=north")
    {'fifths': '5', 'regions': 'north'}
    """
    pairs = (part.partition("=") for part in value.split(";") if part)
    return {code_list: code for code_list, _, code in pairs}
