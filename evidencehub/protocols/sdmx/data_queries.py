"""Data queries: parsed into one logical query, with what the answer has of it and in which form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidencehub.formats.sdmx_model import ALL_DIMENSIONS, OBS_VALUE, TIME_PERIOD, Cell, Component
from evidencehub.http.problem_details import HttpError, make_problem
from evidencehub.protocols.sdmx import predicates
from evidencehub.protocols.sdmx.components import KEY_CELLS, MEASURE
from evidencehub.protocols.sdmx.dataflows import IndicatorFlow, parse_other
from evidencehub.protocols.sdmx.identifiers import encode_id
from evidencehub.protocols.sdmx.parameters import choose, parse_count
from evidencehub.protocols.sdmx.predicates import ComponentSelection
from evidencehub.protocols.sdmx.time_periods import format_period
from evidencehub.store import indicator_cubes
from evidencehub.store.logical_query import LogicalQuery
from evidencehub.store.resource_model import ApiResource

V1_PARAMETERS = (
    "startPeriod", "endPeriod", "firstNObservations", "lastNObservations",
    "dimensionAtObservation", "detail",
)  # fmt: skip
V2_PARAMETERS = (
    "c", "firstNObservations", "lastNObservations", "dimensionAtObservation", "attributes",
    "measures",
)  # fmt: skip
V1_REFUSED = ("updatedAfter", "includeHistory")
V2_REFUSED = (
    "updatedAfter", "includeHistory", "offset", "limit", "sort", "asOf", "reportingYearStartDay",
)  # fmt: skip
DETAILS = ("full", "dataonly", "serieskeysonly", "nodata")
_ALL_ATTRIBUTES, _NO_ATTRIBUTES = ("all", "dsd", "obs"), ("none", "msd", "dataset", "series")
"""Levels of attributes: all of the hub's are of observations."""
KEY_SEPARATORS = {"v1": "+", "v2": ","}


@dataclass(frozen=True, slots=True)
class DataQuery:
    """A data query of one dataflow.

    `columns` are the components that a row has, in order; `attributes` are the columns of the API
    whose values are attributes. Without `observations` only the keys of the series are wanted.
    """

    flow: IndicatorFlow
    query: LogicalQuery
    columns: Sequence[Component]
    attributes: Sequence[str]
    dimension_at_observation: str
    has_measure: bool
    observations: bool


def parse_data_query(
    base: str, key: str, values: Mapping[str, str], flow: IndicatorFlow, resource: ApiResource
) -> DataQuery:
    """Return the query of a request; raise HttpError for what it cannot mean (400, 404)."""
    chosen = parse_selections(base, key, values, flow)
    at_observation = _parse_dimension_at_observation(values, flow)
    detail = choose(values, "detail", DETAILS, "full")
    has_measure = detail in ("full", "dataonly") and _parse_measures(values)
    observations = detail in ("full", "dataonly")
    attributes = _parse_attributes(values, flow) if detail == "full" else []
    query = indicator_cubes.build_query(
        resource,
        flow.cube.indicator,
        [item.predicate for item in chosen],
        [*KEY_CELLS, "value", *attributes],
    )
    query = replace(
        query,
        first_periods=parse_count(values, "firstNObservations"),
        last_periods=parse_count(values, "lastNObservations"),
    )
    dimensions = [
        item
        for item in flow.dataflow.dimensions
        if observations or item.id != _find_left_out(at_observation)
    ]
    measure = [MEASURE] if has_measure else []
    columns = [*dimensions, *measure, *(flow.attributes[name] for name in attributes)]
    return DataQuery(flow, query, columns, attributes, at_observation, has_measure, observations)


def parse_selections(
    base: str, key: str, values: Mapping[str, str], flow: IndicatorFlow
) -> list[ComponentSelection]:
    """Return everything that a request selects by."""
    return [
        *predicates.parse_key(key, flow, separator=KEY_SEPARATORS[base]),
        *predicates.parse_bounds(values, flow),
        *predicates.parse_component_filters(values, flow),
    ]


def _find_left_out(at_observation: str) -> str:
    """Return the dimension that keys of series do not have."""
    return TIME_PERIOD if at_observation == ALL_DIMENSIONS else at_observation


def _parse_dimension_at_observation(values: Mapping[str, str], flow: IndicatorFlow) -> str:
    names = [*(item.id for item in flow.dataflow.dimensions), ALL_DIMENSIONS]
    return choose(values, "dimensionAtObservation", names, TIME_PERIOD)


def _parse_measures(values: Mapping[str, str]) -> bool:
    return choose(values, "measures", ("all", "none", OBS_VALUE), "all") != "none"


def _parse_attributes(values: Mapping[str, str], flow: IndicatorFlow) -> list[str]:
    """Return the columns of the attributes that are asked for, in their order."""
    wanted = set(values.get("attributes", "dsd").split(","))
    by_id = {item.id: name for name, item in flow.attributes.items()}
    unknown = wanted - {*_ALL_ATTRIBUTES, *_NO_ATTRIBUTES, *by_id}
    if unknown:
        raise HttpError(
            400,
            [
                make_problem(
                    "sdmx/unknown-component",
                    "attributes",
                    name=name[:80],
                    flow=flow.dataflow.id,
                    allowed=", ".join(["all", "none", *by_id]),
                )
                for name in sorted(unknown)
            ],
        )
    is_all = bool(wanted & {*_ALL_ATTRIBUTES})
    return [name for name, item in flow.attributes.items() if is_all or item.id in wanted]


class RowEncoder:
    """Turns rows of the database into rows of the components that a query asks for."""

    def __init__(self, query: DataQuery) -> None:
        self._query = query
        flow = query.flow
        self._dimensions = {item.id: item for item in flow.dimensions}
        columns = [*KEY_CELLS, "value", *query.attributes]
        self._places = {name: place for place, name in enumerate(columns)}
        self._coded = {name for name, item in flow.attributes.items() if item.data_type == "code"}
        self._names = [item.id for item in query.columns if item.kind in ("dimension", "time")]

    def encode_rows(self, rows: Iterable[Sequence[Any]]) -> Iterator[list[Cell]]:
        """Yield the cells of each row, in the order of the query's columns."""
        places, attributes = self._places, self._query.attributes
        for row in rows:
            cells = [self._encode_dimension(name, row) for name in self._names]
            if self._query.has_measure:
                cells.append(row[places["value"]])
            cells += [self._encode_attribute(name, row) for name in attributes]
            yield cells

    def _encode_dimension(self, name: str, row: Sequence[Any]) -> Cell:
        places = self._places
        if name == TIME_PERIOD:
            return format_period(row[places["period_start"]], row[places["period_end"]])
        item = self._dimensions[name]
        if item.column == "group":
            return item.codes[f"{row[places['scheme']]}:{row[places['ethnicity']]}"]
        cell = row[places[item.column]] or ""
        return item.codes[parse_other(cell).get(item.other_list, "") if item.other_list else cell]

    def _encode_attribute(self, name: str, row: Sequence[Any]) -> Cell:
        cell: Cell = row[self._places[name]]
        return encode_id(str(cell)) if cell is not None and name in self._coded else cell
