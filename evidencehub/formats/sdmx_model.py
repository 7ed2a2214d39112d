"""What SDMX messages say, whatever their version: structures and observations, ready to write.

Identifiers are those of SDMX already; every artefact is of one agency and has one version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

VERSION = "1.0.0"
"""The version of every artefact: how the hub is mapped to SDMX, not which release it is of."""
CONCEPT_SCHEME = "CONCEPTS"
TIME_PERIOD, OBS_VALUE, ALL_DIMENSIONS = "TIME_PERIOD", "OBS_VALUE", "AllDimensions"
_JSON_SCHEMAS = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas"
)
JSON_SCHEMA_10 = f"{_JSON_SCHEMAS}/1.0/sdmx-json-data-schema.json"
JSON_SCHEMA_20 = f"{_JSON_SCHEMAS}/2.0.0/sdmx-json-data-schema.json"
ComponentKind = Literal["dimension", "time", "measure", "attribute"]
DataType = Literal["code", "text", "number", "integer", "period"]
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a message, and the moment of what it is made from, in ISO 8601."""

    agency: str
    name: str
    prepared: str


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation: what kind of remark it is, and the remark."""

    kind: str
    text: str = ""
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class CodeItem:
    """A code; `parent` is the identifier of the broader one, `language` that of the name."""

    id: str
    name: str
    description: str = ""
    parent: str = ""
    notes: Sequence[Note] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class SdmxCodeList:
    """A code list."""

    id: str
    name: str
    codes: Sequence[CodeItem]
    description: str = ""
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a data structure, whose concept has the same identifier.

    A `code_list` is the identifier of the list of a code. Every attribute is one of observations:
    some clients cannot read one of a whole dataset.
    """

    id: str
    kind: ComponentKind
    data_type: DataType
    name: str
    description: str = ""
    code_list: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Dataflow:
    """A dataflow with its data structure, which has the same identifier.

    The components are the dimensions in the order of the key, the time period as the last of them,
    the measure, and the attributes.
    """

    id: str
    name: str
    components: Sequence[Component]
    description: str = ""
    notes: Sequence[Note] = ()

    @property
    def dimensions(self) -> list[Component]:
        """The dimensions in the order of the key, the time period as the last."""
        return [item for item in self.components if item.kind in ("dimension", "time")]

    @property
    def attributes(self) -> list[Component]:
        """The attributes, in order."""
        return [item for item in self.components if item.kind == "attribute"]


@dataclass(frozen=True, slots=True)
class Availability:
    """What data there are for a query of a dataflow: the codes of each dimension, and how many.

    `start` and `end` are the first and the last day.
    """

    dataflow: str
    codes: Mapping[str, Sequence[str]]
    start: str
    end: str
    series: int
    observations: int


StructureKind = Literal[
    "agencyscheme", "dataflow", "datastructure", "conceptscheme", "codelist", "dataconstraint"
]


@dataclass(frozen=True, slots=True)
class StructureMessage:
    """The artefacts of a structure message, by their kinds; of stubs only the names are written."""

    sender: Sender
    dataflows: Sequence[Dataflow] = ()
    data_structures: Sequence[Dataflow] = ()
    code_lists: Sequence[SdmxCodeList] = ()
    concepts: Sequence[Component] = ()
    has_agencies: bool = False
    availability: Availability | None = None
    stubs: frozenset[StructureKind] = frozenset()
    partial: frozenset[StructureKind] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether there is no artefact in it."""
        parts = (self.dataflows, self.data_structures, self.code_lists, self.concepts)
        return not (any(parts) or self.has_agencies or self.availability)


@dataclass(frozen=True, slots=True)
class DataMessage:
    """Observations of a dataflow.

    Each row has the cells of `columns`: dimensions in the order of the key, perhaps the measure,
    then attributes. `labels` has by component the names of its codes. Without `observations`
    only the keys of the series are written. `spans` gives the days of each time period.
    """

    sender: Sender
    dataflow: Dataflow
    columns: Sequence[Component]
    rows: Sequence[Sequence[Cell]]
    dimension_at_observation: str = TIME_PERIOD
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    spans: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    observations: bool = True


def build_urn(package: str, artefact: str, agency: str, name: str) -> str:
    """Return the URN of an artefact.

    >>> build_urn("codelist", "Codelist", "HUB", "sex")
    'urn:sdmx:org.sdmx.infomodel.codelist.Codelist=HUB:sex(1.0.0)'
    """
    return f"urn:sdmx:org.sdmx.infomodel.{package}.{artefact}={agency}:{name}({VERSION})"


def build_dataflow_urn(message: DataMessage) -> str:
    """Return the URN of the dataflow of a message."""
    return build_urn("datastructure", "Dataflow", message.sender.agency, message.dataflow.id)


Pairs = list[tuple[str, Cell]]
"""Identifiers of components with their values."""


class Observation(NamedTuple):
    """An observation within its series; attributes without a value are not in it."""

    dimensions: Pairs
    value: Cell
    attributes: Pairs


class SeriesRows(NamedTuple):
    """A series: the dimensions that its observations share, none for flat data."""

    key: Pairs
    observations: list[Observation]


def group_into_series(message: DataMessage) -> list[SeriesRows]:
    """Return the rows by their series; flat data are one without a key.

    Series come in the order of their first rows, observations as their rows do.
    """
    places = _place_components(message)
    series: dict[tuple[Cell, ...], list[Observation]] = {}
    for row in message.rows:
        observations = series.setdefault(tuple(row[n] for n, _ in places.key), [])
        if message.observations:
            observations.append(places.build_observation(row))
    names = [name for _, name in places.key]
    return [SeriesRows(list(zip(names, key, strict=True)), rows) for key, rows in series.items()]


class _Places(NamedTuple):
    """Where the cells of a row stand: of the series, of the observation, values, attributes."""

    key: list[tuple[int, str]]
    dimensions: list[tuple[int, str]]
    measures: list[int]
    attributes: list[tuple[int, str]]

    def build_observation(self, row: Sequence[Cell]) -> Observation:
        return Observation(
            [(name, row[n]) for n, name in self.dimensions],
            row[self.measures[0]] if self.measures else None,
            [(name, row[n]) for n, name in self.attributes if row[n] is not None],
        )


def _place_components(message: DataMessage) -> _Places:
    at_observation = message.dimension_at_observation
    dimensions = _find_columns(message, *_DIMENSION_KINDS)
    is_flat = at_observation == ALL_DIMENSIONS and message.observations
    at_level = dimensions if is_flat else [item for item in dimensions if item[1] == at_observation]
    return _Places(
        [item for item in dimensions if item not in at_level],
        at_level,
        [place for place, _ in _find_columns(message, "measure")],
        _find_columns(message, "attribute"),
    )


def _find_columns(message: DataMessage, *kinds: ComponentKind) -> list[tuple[int, str]]:
    """Return the places and the identifiers of the components of some kinds."""
    return [(n, item.id) for n, item in enumerate(message.columns) if item.kind in kinds]


_DIMENSION_KINDS: tuple[ComponentKind, ...] = ("dimension", "time")


def build_json_meta(sender: Sender, schema: str) -> dict[str, Any]:
    """Return what a message of SDMX-JSON says about itself."""
    return {
        **({"schema": schema} if schema else {}),
        "id": sender.agency,
        "prepared": sender.prepared,
        "test": False,
        "contentLanguages": ["en"],
        "sender": {"id": sender.agency, "name": sender.name},
    }
