"""Observations as SDMX-ML: generic and structure-specific in 2.1, and 3.0."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from xml.sax.saxutils import quoteattr

from evidencehub.formats.sdmx_model import (
    ALL_DIMENSIONS,
    OBS_VALUE,
    VERSION,
    Cell,
    DataMessage,
    Observation,
    Pairs,
    build_dataflow_urn,
    group_into_series,
)

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas"
_NOT_OF_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_generic(message: DataMessage) -> bytes:
    """Return the observations as generic data of SDMX-ML 2.1."""
    reference = _quote(message.dataflow.id)
    body = [f'<mes:DataSet action="Information" structureRef={reference}>']
    for series in group_into_series(message):
        observations = [_render_generic_observation(item, message) for item in series.observations]
        if series.key:
            body += ["<gen:Series>", *_render_values("gen:SeriesKey", series.key)]
        body += observations
        body += ["</gen:Series>"] if series.key else []
    body.append("</mes:DataSet>")
    header = _render_structure("v2_1", message)
    spaces = {"gen": f"{_SCHEMAS}/v2_1/data/generic"}
    return _wrap("GenericData", "v2_1", spaces, message, header, body)


def _render_generic_observation(observation: Observation, message: DataMessage) -> str:
    parts = ["<gen:Obs>"]
    if message.dimension_at_observation == ALL_DIMENSIONS:
        parts += _render_values("gen:ObsKey", observation.dimensions)
    else:
        parts.append(f"<gen:ObsDimension value={_quote(observation.dimensions[0][1])}/>")
    if observation.value is not None:
        parts.append(f"<gen:ObsValue value={_quote(observation.value)}/>")
    return "".join(
        [*parts, *_render_values("gen:Attributes", observation.attributes), "</gen:Obs>"]
    )


def _render_values(element: str, pairs: Pairs) -> Iterator[str]:
    if pairs:
        yield f"<{element}>"
        yield from (f"<gen:Value id={_quote(n)} value={_quote(v)}/>" for n, v in pairs)
        yield f"</{element}>"


def write_structure_specific(message: DataMessage) -> bytes:
    """Return the observations as structure-specific data of SDMX-ML 2.1."""
    return _write_specific(message, "v2_1", ' ss:dataScope="DataStructure"')


def write_structure_specific_30(message: DataMessage) -> bytes:
    """Return the observations as structure-specific data of SDMX-ML 3.0."""
    return _write_specific(message, "v3_0", "")


def _write_specific(message: DataMessage, version: str, scope: str) -> bytes:
    reference = _quote(message.dataflow.id)
    attributes = f'xsi:type="flow:DataSetType"{scope} action="Information"'
    body = [f"<mes:DataSet ss:structureRef={reference} {attributes}>"]
    for series in group_into_series(message):
        observations = [f"<Obs{_render_specific(item)}/>" for item in series.observations]
        if series.key:
            body += [f"<Series{_render_attributes(series.key)}>", *observations, "</Series>"]
        else:
            body += observations
    body.append("</mes:DataSet>")
    spaces = {
        "ss": f"{_SCHEMAS}/{version}/data/structurespecific",
        "flow": _build_namespace(message),
    }
    header = _render_structure(version, message, f" namespace={_quote(spaces['flow'])}")
    return _wrap("StructureSpecificData", version, spaces, message, header, body)


def _render_specific(observation: Observation) -> str:
    value: Pairs = [] if observation.value is None else [(OBS_VALUE, observation.value)]
    return _render_attributes([*observation.dimensions, *value, *observation.attributes])


def _render_attributes(pairs: Pairs) -> str:
    return "".join(f" {name}={_quote(value)}" for name, value in pairs if value is not None)


def _build_namespace(message: DataMessage) -> str:
    return f"{build_dataflow_urn(message)}:ObsLevelDim:{message.dimension_at_observation}"


def _render_structure(version: str, message: DataMessage, namespace: str = "") -> str:
    agency, flow = message.sender.agency, message.dataflow.id  # clients take it for the DSD
    if version == "v2_1":
        reference = (
            f"<Ref agencyID={_quote(agency)} id={_quote(flow)} version={_quote(VERSION)}"
            ' class="Dataflow"/>'
        )
    else:
        reference = build_dataflow_urn(message)
    return (
        f"<mes:Structure structureID={_quote(flow)}{namespace}"
        f" dimensionAtObservation={_quote(message.dimension_at_observation)}>"
        f"<com:StructureUsage>{reference}</com:StructureUsage></mes:Structure>"
    )


def _wrap(
    element: str,
    version: str,
    spaces: Mapping[str, str],
    message: DataMessage,
    structure: str,
    body: Sequence[str],
) -> bytes:
    sender = message.sender
    namespaces = {
        "xsi": _XSI,
        "mes": f"{_SCHEMAS}/{version}/message",
        "com": f"{_SCHEMAS}/{version}/common",
        **spaces,
    }
    declarations = "".join(f" xmlns:{name}={_quote(uri)}" for name, uri in namespaces.items())
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:{element}{declarations}><mes:Header>'
        f"<mes:ID>{message.dataflow.id}</mes:ID><mes:Test>false</mes:Test>"
        f"<mes:Prepared>{sender.prepared}</mes:Prepared><mes:Sender id={_quote(sender.agency)}/>"
        f"{structure}</mes:Header>"
    )
    return "\n".join([head, *body, f"</mes:{element}>", ""]).encode()


@lru_cache(maxsize=20_000, typed=True)  # most cells are codes and texts that many rows share
def _quote(value: Cell) -> str:
    """Return a value as that of an attribute; what XML cannot hold is replaced."""
    text = _NOT_OF_XML.sub("�", str(value))
    return quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
